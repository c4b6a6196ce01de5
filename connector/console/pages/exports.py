"""The log and the evidence of a case as files: each export is an entry of the log before anybody has it."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from connector.console.visit import Handed, Visit
from connector.errors import UserError
from connector.ledger.entry import EntryKind
from connector.ledger.filter import LogFilter
from connector.rules.visibility import Audience
from connector.services.evidence import Request, evidence_name, make_evidence, require_evidence
from connector.services.log_export import VIEWS, Exported, Out, export_log, file_name
from connector.services.officers import official
from connector.services.sealed import sealed_now

VIEW_NAMES = tuple(VIEWS)


@dataclass(frozen=True, kw_only=True)
class ExportForm:
    """What can be chosen."""

    choices: dict[str, tuple[str, ...]]
    asked: dict[str, str]


async def form(visit: Visit) -> ExportForm:
    """Before the log is exported."""
    return ExportForm(choices=_choices(visit), asked={})


def _choices(visit: Visit) -> dict[str, tuple[str, ...]]:
    return {
        "system": tuple(sorted(visit.site.settings.systems)),
        "kind": tuple(kind.value for kind in EntryKind),
        "view": VIEW_NAMES,
    }


async def export(visit: Visit) -> Handed:
    """What fits all conditions, as the file that proves itself, one view of it for people, and the manifest."""
    ctx, wanted = visit.site.ctx, await _wanted(visit)
    actor = official(ctx.settings, visit.actor)
    proof = await sealed_now(ctx.db, ctx.settings, ctx.clock)
    view = visit.given("view")
    with ExitStack() as stack:
        outs = _opened(stack, file_name("nhat-ky", ctx.clock.now()), ("jsonl", *([view] if view else [])))
        done = await export_log(ctx.db, wanted, outs, proof=proof, actor=actor, clock=ctx.clock)
        return await asyncio.to_thread(_packed, outs, done)


async def _wanted(visit: Visit) -> LogFilter:
    chosen = {key: visit.given(key) for key in ("system", "kind", "view")}
    for key, known in _choices(visit).items():
        if chosen[key] and chosen[key] not in known:
            msg = f"{key}: one of {', '.join(known)}"
            raise UserError(msg)
    first, last, name = visit.given_day("first"), visit.given_day("last"), visit.given("case")
    if first and last and first > last:
        msg = "ngày đầu sau ngày cuối / the first day lies after the last"
        raise UserError(msg)
    return LogFilter(
        first=first,
        last=last,
        systems=(chosen["system"],) if chosen["system"] else (),
        case_id=await visit.case_id(name) if name else None,
        kinds=(chosen["kind"],) if chosen["kind"] else (),
    )


async def evidence(visit: Visit) -> Handed:
    """The evidence file of a case: a document for people and a bundle for the verifier; no sender, no content."""
    ctx, number = visit.site.ctx, await visit.numbered_case("id")
    asked = Request(name=str(number), audience=Audience.EXPORT, officer=official(ctx.settings, visit.actor))
    async with ctx.db.reading() as conn:  # nothing is sealed or written for a case that is refused
        row = await require_evidence(conn, asked.name)
    proof = await sealed_now(ctx.db, ctx.settings, ctx.clock)
    with ExitStack() as stack:
        outs = _opened(stack, evidence_name(row, ctx.clock.now()), ("jsonl", "pdf"))
        done = await make_evidence(
            ctx.db, asked, outs, proof=proof, book=ctx.book, names=visit.site.names, clock=ctx.clock
        )
        return await asyncio.to_thread(_packed, outs, done)


def _opened(stack: ExitStack, name: str, kinds: tuple[str, ...]) -> dict[str, Out]:
    """Files without a name on the disk: whatever happens, nothing of them stays."""
    return {
        kind: Out(name=f"{name}.{kind}", file=_binary(stack.enter_context(TemporaryFile()))) for kind in kinds
    }


def _binary(file: object) -> BinaryIO:
    return file  # type: ignore[return-value]  # a wrapper that is not declared as one


def _packed(outs: Mapping[str, Out], done: Exported) -> Handed:
    """All files and the manifest in one."""
    name = outs["jsonl"].name.removesuffix(".jsonl")
    packed = _binary(TemporaryFile())  # noqa: SIM115  # it is closed when it is sent
    with ZipFile(packed, "w", ZIP_DEFLATED) as into:
        for one in outs.values():
            one.file.seek(0)
            with into.open(one.name, "w", force_zip64=True) as part:
                shutil.copyfileobj(one.file, part)
        into.writestr(f"{name}.manifest.json", done.manifest_file())
    packed.seek(0)
    return Handed(name=f"{name}.zip", kind="application/zip", file=packed)
