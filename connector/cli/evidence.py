"""``phanhoi case evidence``: the evidence file of a case, for people and for the verifier."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import JsonFlag, guarded, one_of, reading, run
from connector.cli.log_export import files, told, write_manifest

if TYPE_CHECKING:
    from connector.services.log_export import Exported


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="evidence", help="Lập hồ sơ chứng cứ / make the evidence file of a case")(evidence)


def evidence(
    name: str = typer.Argument(
        help="Số, mã hồ sơ hoặc mã của cổng / number, case code or a system's reference"
    ),
    out: Path = typer.Option(..., "--out", help="Thư mục ghi tệp / folder for the files"),
    by: str = typer.Option(..., "--by", help="Tài khoản cán bộ lập / account of the official"),
    audience: str = typer.Option("export", "--for", help="export | intake | unit"),
    as_json: bool = JsonFlag,
) -> None:
    """A PDF for people and a bundle for the verifier; making them is an entry of the log."""
    from connector.app import load_names, load_rules
    from connector.clock import LOCAL_ZONE, SystemClock
    from connector.rules.visibility import Audience
    from connector.services.evidence import (
        AUDIENCES,
        Request,
        evidence_name,
        make_evidence,
        require_evidence,
    )
    from connector.services.officers import official
    from connector.services.sealed import sealed_now

    guarded(lambda: one_of([audience], AUDIENCES))
    clock = SystemClock()

    async def work() -> "Exported":
        async with reading() as at:
            asked = Request(name=name, audience=Audience(audience), officer=official(at.settings, by))
            async with at.db.reading() as conn:  # nothing is sealed or written for a case that is refused
                row = await require_evidence(conn, name)
            proof = await sealed_now(at.db, at.settings, clock)
            with files(out, evidence_name(row, clock.now()), ["jsonl", "pdf"]) as (outs, manifest):
                done = await make_evidence(
                    at.db,
                    asked,
                    outs,
                    proof=proof,
                    book=load_rules(at.settings),
                    names=load_names(at.settings, clock.now().astimezone(LOCAL_ZONE).date()),
                    clock=clock,
                )
                write_manifest(manifest, done)
            return done

    told(run(work), out, as_json=as_json)
