"""``phanhoi quarantine``: what waits for a person."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    account,
    console,
    fail,
    guarded,
    known_system,
    moment,
    one_of,
    opened,
    print_json,
    reading,
    run,
    tell,
)
from connector.errors import ConnectorError, NotFoundError, UserError

if TYPE_CHECKING:
    from connector.store.quarantine import Item

STATES = ("open", "resolved", "dismissed")
HIGHEST = 2**63 - 1
"""Numbers beyond this the database cannot hold, so no item has one."""

app = typer.Typer(no_args_is_help=True, help="Mục chờ người xử lý / what waits for a person")


@app.command(name="list", help="Danh sách / the items")
def list_items(
    state: str = typer.Option("open", help="open | resolved | dismissed"),
    system: str | None = typer.Option(None),
    as_json: bool = JsonFlag,
) -> None:
    """Items with reason and nearest candidates."""
    from rich.table import Table

    from connector.store import quarantine as store

    async def work() -> list[store.Item]:
        async with reading() as app_, app_.db.reading() as conn:
            known_system(app_.settings, system)
            one_of([state], STATES)
            return await store.listed(conn, state=state, system=system)

    found = run(work)
    if as_json:
        print_json(found)
        return
    table = Table(
        "#",
        tell("head.system"),
        tell("head.code"),
        tell("head.subject"),
        tell("head.reason"),
        tell("head.seen"),
    )
    for one in found:
        near = f" ({tell('quarantine.near')}: {', '.join(one.candidates)})" if one.candidates else ""
        table.add_row(
            str(one.id), one.system, one.code, one.subject, one.reason + near, moment(one.last_seen)
        )
    console().print(table)


@app.command(name="retry", help="Thử lại / try again")
def retry(items: list[int] = typer.Argument(None), every: bool = typer.Option(False, "--all")) -> None:
    """Map the kept record anew, or deliver anew."""
    guarded(lambda: _named(items, every=every))
    from connector.services import control
    from connector.store import quarantine as store

    async def work() -> tuple[int, list[ConnectorError]]:
        async with opened() as app_:
            wanted = list(items or [])
            if every:
                async with app_.ctx.db.reading() as conn:
                    wanted = [one.id for one in await store.listed(conn)]
            failed = await control.retry_each(app_.ctx, wanted, actor=account())
        return len(wanted) - len(failed), failed

    count, failed = run(work)
    console().print(tell("quarantine.retried", count=count))
    if failed:
        fail(failed[0])


@app.command(name="dismiss", help="Bỏ qua, kèm lý do / dismiss, with a note")
def dismiss(item: int, note: str = typer.Option(..., help="Lý do / why")) -> None:
    """Close an item by a person's decision."""
    guarded(lambda: _named([item], every=False))
    from connector.services import control

    async def work() -> "Item":
        async with opened(calls=False) as app_:
            return await control.dismiss(app_.ctx, item, actor=account(), note=note)

    console().print(tell("quarantine.dismissed", id=run(work).id))


def _named(items: list[int] | None, *, every: bool) -> None:
    if bool(items) == every:
        msg = "name the items' numbers, or --all"
        raise UserError(msg)
    for number in items or []:
        if not 0 < number <= HIGHEST:
            msg = f"no open quarantine item {number}"
            raise NotFoundError(msg)
