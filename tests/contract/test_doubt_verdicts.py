"""Every write of both portals, against the twins over real HTTP: found, absent, and where nobody can know."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.government_portal.client import GovernmentPortal
from adapters.national_portal.profile import OPERATIONS, SERVICES
from connector.errors import InDoubt
from connector.system import Key, Operation, System, Verdict
from tests.contract import national_twin_bench as national
from tests.contract.government_kit import AGENCY, CODE, now, scene

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"

GOVERNMENT_FIELDS: dict[str, dict[str, Any]] = {
    "UpdateCaseStatus": {"Status": "IN_PROGRESS", "ActorOrganId": AGENCY},
    "SubmitAnswer": {"Text": "Đã trả kết quả.", "Publishable": True, "Version": 1},
    "TransferCase": {"ToOrgan": "VPCP", "Reason": "Không thuộc thẩm quyền"},
    "SubmitCase": {
        "Channel": "AGENCY",
        "SubmitterType": "BUSINESS",
        "Submitter": {"FullName": "Nguyễn Văn Mẫu"},
        "Title": "Chậm cấp phép",
        "Content": "Đã quá hạn.",
        "CaseKind": "CONDUCT",
        "ReceivingOrgan": AGENCY,
    },
}
MOMENTS = {"UpdateCaseStatus": "OccurredAt", "SubmitAnswer": "IssuedAt", "SubmitCase": "SubmittedAt"}
NATIONAL_WRITES: dict[str, Callable[[str], Operation]] = {
    "dong_bo": lambda _ref: national.push(),
    "tiep_nhan": national.accept,
    "tu_choi": national.refuse,
    "yeu_cau_bo_sung": national.ask,
    "chuyen": national.transfer,
    "tien_do": national.progress,
    "ket_qua": national.answer,
}
LATE = {"tien_do", "ket_qua"}
"""Writes that an accepted case alone allows."""

CANNOT_TELL = {("government_portal", "ConfirmReceived")}
"""Writes that no question shows: repeated under the same key, which the contract makes harmless."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A portal with one write ready, and the hand that breaks the next answer to it."""

    system: System
    write: Operation
    breaks: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def at_national(name: str) -> AsyncIterator[Stage]:
    async with national.twin_bench() as bench:
        client = bench.client()
        ref = await (national.accepted(bench, client) if name in LATE else bench.case())

        async def breaks(mode: str) -> None:
            bench.fail_next(SERVICES[name], mode)

        yield Stage(system=client, write=NATIONAL_WRITES[name](ref), breaks=breaks)


@asynccontextmanager
async def at_government(name: str) -> AsyncIterator[Stage]:
    async with scene() as on:
        ref = None if name == "SubmitCase" else await on.born()
        if ref is not None:
            await on.update(ref, "ACCEPTED")
        fields = dict(GOVERNMENT_FIELDS[name]) | ({MOMENTS[name]: now()} if name in MOMENTS else {})
        key = Key(id=uuid4(), operation=name, ref=ref, code=CODE)

        async def breaks(mode: str) -> None:
            await on.quirk(fail_next=[{"service": name, "mode": mode}])

        yield Stage(system=on.portal, write=Operation(key=key, fields=fields), breaks=breaks)


AT: dict[str, Callable[[str], AbstractAsyncContextManager[Stage]]] = {
    "national_portal": at_national,
    "government_portal": at_government,
}
EVERY = sorted(
    [("national_portal", name) for name in OPERATIONS]
    + [("government_portal", name) for name in GovernmentPortal.capabilities.operations]
)
LOOKED_UP = [one for one in EVERY if one not in CANNOT_TELL]


@pytest.mark.parametrize(("portal", "name"), LOOKED_UP)
async def test_a_write_whose_answer_was_lost_after_its_effect_is_found(portal: str, name: str) -> None:
    async with AT[portal](name) as stage:
        await stage.breaks("drop_after_commit")
        with pytest.raises(InDoubt):
            await stage.system.apply(stage.write)
        sighting = await stage.system.find(stage.write.key)
        assert sighting.verdict is Verdict.FOUND
        assert sighting.receipt is not None
        assert stage.write.key.ref in (None, sighting.receipt.ref)


@pytest.mark.parametrize(("portal", "name"), LOOKED_UP)
async def test_a_write_that_never_arrived_is_absent_and_may_be_sent_again(portal: str, name: str) -> None:
    async with AT[portal](name) as stage:
        await stage.breaks("drop_before")
        with pytest.raises(InDoubt):
            await stage.system.apply(stage.write)
        assert (await stage.system.find(stage.write.key)).verdict is Verdict.ABSENT
        assert not (await stage.system.apply(stage.write)).duplicate


@pytest.mark.parametrize(("portal", "name"), LOOKED_UP)
async def test_the_portal_states_that_it_can_look_the_write_up(portal: str, name: str) -> None:
    async with AT[portal](name) as stage:
        assert name in stage.system.capabilities.lookup


async def test_where_no_question_shows_a_write_nobody_claims_to_know() -> None:
    async with scene() as on:
        for portal, name in CANNOT_TELL:
            assert portal == on.portal.name
            assert name not in on.portal.capabilities.lookup
            assert on.portal.capabilities.idempotent, "else it would have to be held"
            key = Key(id=uuid4(), operation=name)
            assert (await on.portal.find(key)).verdict is Verdict.UNKNOWN


async def test_a_national_portal_that_is_not_idempotent_by_contract_does_not_claim_to_be() -> None:
    async with national.twin_bench() as bench:
        assert not bench.client(remote_idempotent=False).capabilities.idempotent


@pytest.mark.parametrize(("portal", "name"), EVERY)
def test_the_manual_has_a_row_for_every_write(portal: str, name: str) -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert [line for line in rows if f"`{name}`" in line.split("|")[2]], portal
