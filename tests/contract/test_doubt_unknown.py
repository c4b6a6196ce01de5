"""Every write of both portals in a state in which no question shows whether it took effect, against the twins.

Where the portal takes a repeat for a second write, nothing is repeated: a person decides. Where the contract makes the
repeat harmless, it is: the same key has one effect.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from adapters.government_portal.client import GovernmentPortal
from adapters.national_portal.profile import OPERATIONS, SERVICES
from connector.clock import SystemClock
from connector.errors import InDoubt, Undecidable
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.sync.lookup import MOST_LOOKUPS, look_up
from connector.system import Key, Operation, System, Verdict
from tests.contract import national_twin_bench as national
from tests.contract.government_kit import CODE, Scene, now, scene
from tests.contract.national_twin_bench import Bench, twin_bench
from tests.contract.test_doubt_verdicts import GOVERNMENT_FIELDS, LATE, MOMENTS, NATIONAL_WRITES

SETTLING_S = 20.0


async def asked(system: System, write: Operation, *, after_s: float) -> Verdict:
    """What the core makes of a lost reply, so long after the write was sent.

    Raises:
        InDoubt: it will ask again.
        Undecidable: it leaves the write to a person.
    """
    clock = SystemClock()
    item = SimpleNamespace(
        id=1, target=system.name, operation=write, sent_at=clock.now() - timedelta(seconds=after_s)
    )

    async def call(_: str, work: Callable[[], Awaitable[Any]]) -> Any:
        return await work()

    work = SimpleNamespace(settling_s=SETTLING_S)
    ctx = SimpleNamespace(settings=SimpleNamespace(work=work), clock=clock, call=call)
    return (await look_up(cast("Context", ctx), system, cast("Delivery", item))).verdict


# ---- the National Portal, where it does not promise that a repeat has no effect -------------------------------


async def _old_copy(bench: Bench, ref: str) -> None:
    """The detail lacks our act, and the short row is newer: its silence proves nothing."""
    del ref
    bench.turn(stale_read=1)


async def _newer_answer(bench: Bench, ref: str) -> None:
    """Somebody else's later version stands there: ours may have been before it."""
    await bench.client().apply(national.answer(ref, 2, "Bản trả lời mới hơn."))


async def _no_digest(bench: Bench, ref: str) -> None:
    """Neither digest nor transaction id is told, so that an update looks like none."""
    del ref
    bench.turn(dropped_fields=1, dropped_names=["MABAM", "MAGIAODICH"])


NATIONAL: dict[str, Callable[[Bench, str], Awaitable[None]]] = {
    "dong_bo": _no_digest,
    "tiep_nhan": _old_copy,
    "tu_choi": _old_copy,
    "yeu_cau_bo_sung": _old_copy,
    "chuyen": _old_copy,
    "tien_do": _old_copy,
    "ket_qua": _newer_answer,
}


@pytest.mark.parametrize("name", NATIONAL)
async def test_what_the_national_portal_cannot_tell_is_left_to_a_person_and_not_repeated(name: str) -> None:
    async with twin_bench() as bench:
        client = bench.client(remote_idempotent=False)
        if name == "dong_bo":
            ref = (await client.apply(national.push())).ref
            write = national.push(updating=True, ref=ref, title="Bỏ hai giấy tờ")
        else:
            ref = await (national.accepted(bench, client) if name in LATE else bench.case())
            write = NATIONAL_WRITES[name](ref)
        bench.fail_next(SERVICES[name], "drop_after_commit")
        with pytest.raises(InDoubt):
            await client.apply(write)
        await NATIONAL[name](bench, ref)
        sent = len(bench.journal(SERVICES[name]))
        assert (await client.find(write.key)).verdict is Verdict.UNKNOWN
        with pytest.raises(InDoubt):
            await asked(client, write, after_s=SETTLING_S)
        with pytest.raises(Undecidable):
            await asked(client, write, after_s=SETTLING_S * MOST_LOOKUPS)
        assert len(bench.journal(SERVICES[name])) == sent


def test_no_write_of_the_national_portal_is_left_out() -> None:
    assert NATIONAL.keys() == OPERATIONS.keys()


# ---- the Government Portal, whose contract promises that a repeat has no effect --------------------------------


async def _mute(on: Scene, write: Operation) -> None:
    """Its history names no messages, and nothing else tells one such act from another."""
    del write
    await on.quirk(omit_message_id=1)


async def _as_ever(on: Scene, write: Operation) -> None:
    """It never shows it."""


GOVERNMENT: dict[str, Callable[[Scene, Operation], Awaitable[None]]] = {
    "UpdateCaseStatus": _mute,
    "SubmitAnswer": _mute,
    "ConfirmReceived": _as_ever,
}


ALWAYS_TOLD = {"TransferCase", "SubmitCase"}
"""The twin tells a former holder what became of a case. Where a portal says that it is not ours, nobody can know either."""


async def government_write(on: Scene, name: str) -> Operation:
    if name == "ConfirmReceived":
        await on.born()
        [item] = (await on.control.get("/control/queue")).json()
        fields = {"ItemId": item["id"], "Result": "done"}
        return Operation(key=Key(id=uuid4(), operation=name), fields=fields)
    ref = await on.born()
    await on.update(ref, "ACCEPTED")
    fields = GOVERNMENT_FIELDS[name] | {MOMENTS[name]: now()}
    return Operation(key=Key(id=uuid4(), operation=name, ref=ref, code=CODE), fields=fields)


@pytest.mark.parametrize("name", GOVERNMENT)
async def test_what_the_government_portal_cannot_tell_has_one_effect_however_often_it_is_sent(
    name: str,
) -> None:
    async with scene() as on:
        write = await government_write(on, name)
        await on.quirk(fail_next=[{"service": name, "mode": "drop_after_commit"}])
        with pytest.raises(InDoubt):
            await on.portal.apply(write)
        await GOVERNMENT[name](on, write)
        assert (await on.portal.find(write.key)).verdict is Verdict.UNKNOWN
        assert await asked(on.portal, write, after_s=SETTLING_S) is Verdict.UNKNOWN
        before = (await on.control.get("/control/effects")).json()
        assert (await on.portal.apply(write)).duplicate
        assert (await on.control.get("/control/effects")).json() == before


def test_no_write_of_the_government_portal_is_left_out() -> None:
    assert GOVERNMENT.keys() | ALWAYS_TOLD == GovernmentPortal.capabilities.operations
