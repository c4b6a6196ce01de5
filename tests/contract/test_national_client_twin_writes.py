"""The national portal's client against its twin: every write, its repeat, its loss, batches, pushes."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from connector.errors import (
    Conflict,
    ConnectorError,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
)
from connector.system import Operation, Receipt, System, Verdict
from tests.contract.national_twin_bench import (
    CODE,
    NEIGHBOUR,
    Bench,
    accept,
    accepted,
    answer,
    ask,
    listed,
    progress,
    push,
    refuse,
    transfer,
    twin_bench,
    upload,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with twin_bench() as made:
        yield made


@pytest.fixture
def client(bench: Bench) -> System:
    return bench.client()


WRITES: dict[str, tuple[str, bool, Callable[[str], Operation], str]] = {
    "tiep_nhan": ("TiepNhanPAKN", False, accept, "ACCEPTED"),
    "tu_choi": ("TuChoiPAKN", False, refuse, "REFUSED"),
    "yeu_cau_bo_sung": ("YeuCauBoSungPAKN", False, ask, "SUPPLEMENT_REQUESTED"),
    "chuyen": ("ChuyenPAKN", False, transfer, "TRANSFERRED"),
    "tien_do": ("CapNhatTienDoPAKN", True, progress, "IN_PROGRESS"),
    "ket_qua": ("DongBoKetQuaXuLyPAKN", True, answer, "ANSWERED"),
}
"""Service, whether the case must be accepted before, the operation, the status it leads to."""

every_write = pytest.mark.parametrize("name", WRITES)


async def prepared(bench: Bench, client: System, name: str) -> tuple[Operation, str]:
    _, late, make, status = WRITES[name]
    ref = await accepted(bench, client) if late else await bench.case()
    return make(ref), status


@every_write
async def test_a_write_takes_effect_once_and_carries_our_transaction_id(
    bench: Bench, client: System, name: str
):
    write, status = await prepared(bench, client, name)
    first = await client.apply(write)
    again = await client.apply(write)
    dump = await bench.dump(write.key.ref or "")
    assert dump["status"] == status
    assert (first.ref, first.duplicate, again.ref, again.duplicate) == (
        write.key.ref,
        False,
        write.key.ref,
        True,
    )
    assert [act["transaction"] for act in dump["history"]].count(str(write.key.id)) == 1


@every_write
async def test_a_write_whose_answer_was_lost_is_found_and_not_there_before(
    bench: Bench, client: System, name: str
):
    write, _ = await prepared(bench, client, name)
    assert (await client.find(write.key)).verdict is Verdict.ABSENT
    bench.fail_next(WRITES[name][0], "drop_after_commit")
    with pytest.raises(InDoubt):
        await client.apply(write)
    sighting = await client.find(write.key)
    assert sighting.verdict is Verdict.FOUND
    assert sighting.receipt is not None
    assert sighting.receipt.ref == write.key.ref
    assert (await client.apply(write)).duplicate


@every_write
async def test_a_write_that_never_arrived_is_absent(bench: Bench, client: System, name: str):
    write, _ = await prepared(bench, client, name)
    bench.fail_next(WRITES[name][0], "drop_before")
    with pytest.raises(InDoubt):
        await client.apply(write)
    assert (await client.find(write.key)).verdict is Verdict.ABSENT
    assert not (await client.apply(write)).duplicate


@every_write
async def test_a_session_that_died_between_does_not_show(bench: Bench, client: System, name: str):
    write, _ = await prepared(bench, client, name)
    bench.fail_next(WRITES[name][0], "session")
    assert (await client.apply(write)).ref == write.key.ref


@every_write
@pytest.mark.parametrize(
    ("mode", "kind"), [("busy", Transient), ("http_503", Transient), ("html_502", InDoubt)]
)
async def test_a_portal_that_is_unwell_has_its_error(
    bench: Bench, client: System, name: str, mode: str, kind: type[ConnectorError]
):
    write, _ = await prepared(bench, client, name)
    bench.fail_next(WRITES[name][0], mode)
    with pytest.raises(kind):
        await client.apply(write)
    assert (await client.find(write.key)).verdict is Verdict.ABSENT


@every_write
async def test_a_write_that_the_state_forbids_is_a_conflict(bench: Bench, client: System, name: str):
    write, _ = await prepared(bench, client, name)
    await bench.event(write.key.ref or "", "recall", reason="Chuyển nhầm.")
    with pytest.raises(Conflict) as caught:
        await client.apply(write)
    assert caught.value.detail["status"] == "14"


@every_write
async def test_a_write_to_a_strangers_case_is_not_ours(bench: Bench, client: System, name: str):
    ref = await bench.case(agency=NEIGHBOUR)
    with pytest.raises(NotOurs):
        await client.apply(WRITES[name][2](ref))


@every_write
async def test_a_write_to_an_unknown_case_is_refused_for_good(client: System, name: str):
    with pytest.raises(Permanent):
        await client.apply(WRITES[name][2]("900009999"))


async def test_our_code_is_linked_by_the_acceptance(bench: Bench, client: System):
    ref = await bench.case()
    receipt = await client.apply(accept(ref, CODE))
    assert receipt.facts["MAPAKNDONVI"] == CODE
    assert (await client.fetch(ref)).data["MAPAKNDONVI"] == CODE
    other = await bench.case()
    with pytest.raises(Permanent):
        await client.apply(accept(other, CODE))


async def test_a_supplement_brings_the_case_back_to_the_list(bench: Bench, client: System):
    ref = await bench.case()
    before = (await listed(client))[0].version
    await client.apply(ask(ref))
    assert await listed(client) == []
    await bench.event(ref, "supplement", text="Mã hồ sơ là 123.", files=[upload("bo-sung.pdf")])
    (row,) = await listed(client)
    assert row.data["TRANGTHAI"] == "7"
    assert row.version != before
    act = (await client.fetch(ref)).data["LICHSU"][-1]
    assert (act["HANHDONG"], act["NOIDUNG"]) == ("DA_BO_SUNG", "Mã hồ sơ là 123.")
    assert len(act["TEPID"]) == 1


async def test_what_happens_after_the_answer_shows_in_the_detail_only(bench: Bench, client: System):
    ref = await accepted(bench, client)
    await client.apply(answer(ref))
    await bench.event(ref, "publish")
    await bench.event(ref, "rate", like=True, comment="Hài lòng")
    record = await client.fetch(ref)
    assert await listed(client) == []
    assert (record.data["TRANGTHAI"], record.data["DANHGIA"], record.data["YKIENDANHGIA"]) == (
        "9",
        "1",
        "Hài lòng",
    )
    assert [act["HANHDONG"] for act in record.data["LICHSU"]][-3:] == ["TRA_LOI", "CONG_KHAI", "DANH_GIA"]


async def test_a_new_version_replaces_the_answer_and_another_text_under_the_same_version_does_not(
    bench: Bench, client: System
):
    ref = await accepted(bench, client)
    await client.apply(answer(ref))
    with pytest.raises(Permanent):
        await client.apply(answer(ref, 1, "Nội dung khác."))
    receipt = await client.apply(answer(ref, 2, "Nội dung khác."))
    assert receipt.facts["LANTRALOI"] == "2"
    assert (await bench.dump(ref))["answer"]["text"] == "Nội dung khác."
    assert (await client.find(answer(ref, 1, "Chưa từng gửi.").key)).verdict is Verdict.UNKNOWN


async def test_the_answers_date_in_its_other_form(bench: Bench):
    client = bench.client(answer_date_form="dd/MM/yyyy")
    ref = await accepted(bench, client)
    bench.turn(answer_date_form="slash")
    assert (await client.apply(answer(ref))).facts["TRANGTHAI"] == "8"


async def test_progress_and_answers_of_one_moment_share_calls(bench: Bench, client: System):
    refs = [await accepted(bench, client) for _ in range(12)]
    receipts = await asyncio.gather(*(client.apply(progress(ref)) for ref in refs))
    assert [receipt.ref for receipt in receipts] == refs
    assert [len(entry["items"]) for entry in bench.journal("CapNhatTienDoPAKN")] == [10, 2]
    await asyncio.gather(*(client.apply(answer(ref)) for ref in refs))
    assert [len(entry["items"]) for entry in bench.journal("DongBoKetQuaXuLyPAKN")] == [10, 2]
    assert {(await bench.dump(ref))["status"] for ref in refs} == {"ANSWERED"}


@pytest.mark.parametrize("per_item", [True, False])
async def test_one_bad_item_leaves_its_neighbours_alone(bench: Bench, client: System, per_item: bool):
    refs = [await accepted(bench, client) for _ in range(3)]
    await bench.event(refs[1], "recall", reason="Chuyển nhầm.")
    bench.turn(per_item=per_item)
    writes = [progress(ref) for ref in refs]
    found = await asyncio.gather(*(client.apply(write) for write in writes), return_exceptions=True)
    if per_item:
        assert [type(end) for end in found] == [Receipt, Conflict, Receipt]
    else:
        assert [type(end) for end in found] == [InDoubt] * 3
    verdicts = [(await client.find(write.key)).verdict for write in writes]
    assert verdicts == [Verdict.FOUND, Verdict.ABSENT, Verdict.FOUND]


async def test_a_session_that_dies_in_mid_batch_costs_nothing(bench: Bench, client: System):
    """Half of the items took effect before the session died; the resent batch repeats them without a second act."""
    refs = [await accepted(bench, client) for _ in range(4)]
    bench.turn(session_dies_in_batch=1)
    writes = [progress(ref) for ref in refs]
    receipts = await asyncio.gather(*(client.apply(write) for write in writes))
    assert sorted(receipt.duplicate for receipt in receipts) == [False, False, True, True]
    for write in writes:
        history = (await bench.dump(write.key.ref or ""))["history"]
        assert [act["transaction"] for act in history].count(str(write.key.id)) == 1


async def test_sessions_that_live_for_two_calls_only_do_not_show(bench: Bench, client: System):
    bench.turn(session_calls=2)
    refs = [await bench.case() for _ in range(5)]
    for ref in refs:
        await client.apply(accept(ref))
        await client.apply(progress(ref))
        await client.fetch(ref)
    assert len(bench.journal("login")) > 5


async def test_a_push_links_and_its_repeat_finds_the_same_case(bench: Bench, client: System):
    write = push()
    assert (await client.find(write.key)).verdict is Verdict.ABSENT
    first = await client.apply(write)
    again = await client.apply(push())
    found = await client.find(write.key)
    dump = await bench.dump(first.ref)
    assert (first.duplicate, again.ref, again.duplicate) == (False, first.ref, True)
    assert found.receipt is not None
    assert found.receipt.ref == first.ref
    assert dump["own_code"] == CODE
    assert (dump["sender"]["name"], dump["sender"]["phone"]) == (None, None)


async def test_identity_goes_along_only_if_the_settings_say_so(bench: Bench):
    receipt = await bench.client(send_identity="name_phone").apply(push())
    sender = (await bench.dump(receipt.ref))["sender"]
    assert (sender["name"], sender["phone"], sender["address"]) == ("Nguyễn Văn Mẫu", "0900000000", None)


@pytest.mark.parametrize("code", [3, -3, -1, 0])
async def test_exists_is_understood_under_any_code(bench: Bench, client: System, code: int):
    ref = (await client.apply(push())).ref
    bench.turn(exists_code=code)
    receipt = await client.apply(push())
    assert (receipt.ref, receipt.duplicate) == (ref, True)


async def test_an_update_replaces_the_senders_side(bench: Bench, client: System):
    ref = (await client.apply(push())).ref
    await client.apply(push(updating=True, ref=ref, title="Bỏ hai giấy tờ"))
    assert (await bench.dump(ref))["title"] == "Bỏ hai giấy tờ"


async def test_an_update_of_a_case_that_the_portal_lost_becomes_an_insert(bench: Bench, client: System):
    receipt = await client.apply(push(updating=True))
    assert (await bench.dump(receipt.ref))["own_code"] == CODE
    assert [entry["outcome"] for entry in bench.journal("DongBoPAKN")][-1] == "ok"
    assert len(bench.journal("DongBoPAKN")) == 2


async def test_a_push_whose_answer_was_lost_is_found_by_our_code(bench: Bench, client: System):
    write = push()
    bench.fail_next("DongBoPAKN", "drop_after_commit")
    with pytest.raises(InDoubt):
        await client.apply(write)
    found = await client.find(write.key)
    assert found.receipt is not None
    assert (await client.apply(write)).ref == found.receipt.ref


async def test_a_pushed_case_lives_on_by_its_national_id(bench: Bench, client: System):
    ref = (await client.apply(push())).ref
    await client.apply(accept(ref))
    await client.apply(progress(ref))
    await client.apply(answer(ref))
    assert (await bench.dump(ref))["status"] == "ANSWERED"


@pytest.mark.parametrize("view", ["status", "forbidden"])
async def test_a_transferred_case_is_told_or_hidden(bench: Bench, client: System, view: str):
    ref = await bench.case()
    write = transfer(ref)
    await client.apply(write)
    bench.turn(transfer_view=view)
    assert (await client.find(write.key)).verdict is Verdict.FOUND
    if view == "status":
        assert (await client.fetch(ref)).data["TRANGTHAI"] == "13"
    else:
        with pytest.raises(NotOurs):
            await client.fetch(ref)
