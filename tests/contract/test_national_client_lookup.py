"""The national portal's client over real HTTP: what proves an earlier write (contract §10.8.2)."""

from typing import Any
from uuid import uuid4

import pytest

from adapters.national_portal.render import insert_id
from connector.errors import (
    Transient,
)
from connector.system import Files, Key, System, Verdict
from tests.contract.national_scripted import (
    CODE,
    REF,
    ROW,
    Portal,
    Raw,
    accept,
    answer,
    no,
    ok,
    progress,
    push,
    sample,
    with_act,
)


def _short(status: str, changed: str = "20261117081003", **more: Any) -> dict[str, Any]:
    return ok("Tra cứu thành công", ROW | {"TRANGTHAI": status, "NGAYCAPNHAT": changed} | more)


async def test_our_transaction_id_in_the_history_proves_the_write(portal: Portal, client: System):
    operation = accept()
    portal.on("LayChiTietPAKN", with_act("TIEP_NHAN", "3", echo=str(operation.key.id).upper()))
    sighting = await client.find(operation.key)
    assert sighting.verdict is Verdict.FOUND
    assert sighting.receipt is not None
    assert (sighting.receipt.ref, sighting.receipt.facts["TRANGTHAI"]) == (REF, "3")


async def test_a_portal_that_repeats_other_ids_of_ours_proves_absence(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", with_act("TIEP_NHAN", "3", echo=str(uuid4())))
    portal.on("TraCuuPAKN", _short("3"))
    assert (await client.find(accept().key)).verdict is Verdict.ABSENT


async def test_an_old_copy_proves_nothing(portal: Portal, client: System):
    """The detail lags behind the short row: its silence is no absence."""
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", _short("3"))
    assert (await client.find(accept().key)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("name", "action", "status"),
    [
        ("tiep_nhan", "TIEP_NHAN", "3"),
        ("tu_choi", "TU_CHOI", "11"),
        ("yeu_cau_bo_sung", "YEU_CAU_BO_SUNG", "6"),
        ("chuyen", "TRA_LAI", "13"),
        ("chuyen", "TRA_LAI", "12"),
    ],
)
async def test_without_transaction_ids_status_and_actor_decide(
    portal: Portal, client: System, name: str, action: str, status: str
):
    key = Key(id=uuid4(), operation=name, ref=REF)
    portal.on("LayChiTietPAKN", with_act(action, status))
    assert (await client.find(key)).verdict is Verdict.FOUND
    portal.on("LayChiTietPAKN", with_act(action, status, agency="000.00.77.H56"))
    assert (await client.find(key)).verdict is Verdict.UNKNOWN
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", _short("2", "20261116091500"))
    assert (await client.find(key)).verdict is Verdict.ABSENT


async def test_progress_without_transaction_ids_is_unknown_once_we_acted_at_all(
    portal: Portal, client: System
):
    key = progress(REF, "ev-1").key
    portal.on("LayChiTietPAKN", with_act("TIEN_DO", "5"))
    assert (await client.find(key)).verdict is Verdict.UNKNOWN
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", _short("2", "20261116091500"))
    assert (await client.find(key)).verdict is Verdict.ABSENT


async def test_a_case_that_the_portal_does_not_know_has_no_trace(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", no("PAKN không tồn tại", code=-3))
    assert (await client.find(accept().key)).verdict is Verdict.ABSENT


async def test_a_transfer_that_hides_the_case_is_found_by_the_short_row(portal: Portal, client: System):
    key = Key(id=uuid4(), operation="chuyen", ref=REF)
    portal.on("LayChiTietPAKN", no("Đơn vị không có quyền xử lý PAKN này"))
    portal.on("TraCuuPAKN", _short("13", MADONVI="000.00.77.H56"))
    assert (await client.find(key)).verdict is Verdict.FOUND
    portal.on("TraCuuPAKN", no("Đơn vị không có quyền xử lý PAKN này"))
    assert (await client.find(key)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("held", "text_hash", "verdict"),
    [
        (None, None, Verdict.ABSENT),
        (0, None, Verdict.ABSENT),
        (1, "same", Verdict.FOUND),
        ("1", "same", Verdict.FOUND),
        (1, "other", Verdict.ABSENT),
        (2, "same", Verdict.FOUND),
        (2, "other", Verdict.UNKNOWN),
    ],
)
async def test_an_answer_is_found_by_version_and_hash(
    portal: Portal, client: System, held: object, text_hash: str | None, verdict: Verdict
):
    key = answer().key
    digest = key.natural["MABAMTRALOI"] if text_hash == "same" else None if text_hash is None else "0" * 64
    portal.on("TraCuuPAKN", _short("5", LANTRALOI=held, MABAMTRALOI=digest))
    portal.on("LayChiTietPAKN", with_act("TIEP_NHAN", "5"))
    assert (await client.find(key)).verdict is verdict


@pytest.mark.parametrize(("text", "verdict"), [("Đã trả kết quả.", Verdict.FOUND), ("Khác.", Verdict.ABSENT)])
async def test_without_hashes_the_answers_text_is_compared(
    portal: Portal, client: System, text: str, verdict: Verdict
):
    portal.on("TraCuuPAKN", _short("8"))
    portal.on("LayChiTietPAKN", with_act("TRA_LOI", "8", LANTRALOI=1, NOIDUNGTRALOI=text))
    assert (await client.find(answer().key)).verdict is verdict


async def test_a_push_is_found_by_our_code(portal: Portal, client: System):
    portal.on("TraCuuPAKN", sample("lookup"), ok("Tra cứu thành công"))
    found = await client.find(push().key)
    assert found.verdict is Verdict.FOUND
    assert found.receipt is not None
    assert found.receipt.ref == "900000456"
    assert (await client.find(push().key)).verdict is Verdict.ABSENT


async def test_that_a_case_exists_does_not_prove_an_update_of_it(portal: Portal, client: System):
    key = push(updating=True, ref="900000456").key
    held = sample("lookup")["result"][0]["MABAM"]
    portal.on("TraCuuPAKN", sample("lookup"))
    portal.on("LayChiTietPAKN", no("Đơn vị không có quyền xử lý PAKN này"))
    assert (await client.find(key)).verdict is Verdict.UNKNOWN
    for digest, verdict in ((held, Verdict.FOUND), ("0" * 64, Verdict.ABSENT)):
        known = Key(id=key.id, operation="dong_bo", ref=key.ref, code=CODE, natural={"MABAM": digest})
        assert (await client.find(known)).verdict is verdict


async def test_a_look_up_that_cannot_be_read_says_so(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", Raw(502))
    with pytest.raises(Transient):
        await client.find(accept().key)


async def test_every_operation_can_be_looked_up(client: System):
    assert client.capabilities.lookup == client.capabilities.operations
    assert len(client.capabilities.operations) == 7
    assert client.capabilities.files is Files.REFERENCE
    assert client.capabilities.refresh


async def test_an_acceptance_is_found_after_the_case_moved_on(portal: Portal, client: System):
    """Accepting happens once: what came after it does not hide it."""
    body = with_act("TIEP_NHAN", "3")
    later = body["result"][0]["LICHSU"][-1] | {"LICHSUID": 4, "HANHDONG": "THU_HOI", "TRANGTHAITRUOC": "3"}
    body["result"][0]["LICHSU"].append(later | {"TRANGTHAISAU": "14", "MADONVI": "000.00.00.G22"})
    body["result"][0]["TRANGTHAI"] = "14"
    portal.on("LayChiTietPAKN", body)
    assert (await client.find(accept().key)).verdict is Verdict.FOUND


async def test_an_answer_is_found_by_its_transaction_id_alone(portal: Portal, client: System):
    key = Key(id=uuid4(), operation="ket_qua", ref=REF)
    portal.on("TraCuuPAKN", no("Đơn vị không có quyền xử lý PAKN này"))
    portal.on("LayChiTietPAKN", with_act("TRA_LOI", "8", echo=str(key.id)), with_act("TRA_LOI", "8"))
    assert (await client.find(key)).verdict is Verdict.FOUND
    assert (await client.find(key)).verdict is Verdict.UNKNOWN


async def test_an_update_is_found_by_its_transaction_id_or_that_of_its_insert(portal: Portal, client: System):
    key = push(updating=True, ref="900000456").key
    portal.on("TraCuuPAKN", sample("lookup"))
    portal.on(
        "LayChiTietPAKN",
        with_act("GUI", "2", echo=str(key.id)),
        with_act("GUI", "2", echo=str(insert_id(key.id))),
    )
    for _ in range(2):
        assert (await client.find(key)).verdict is Verdict.FOUND


async def test_what_nobody_can_look_up_is_unknown(portal: Portal, client: System):
    assert (await client.find(Key(id=uuid4(), operation="khac", ref=REF))).verdict is Verdict.UNKNOWN
    assert (await client.find(Key(id=uuid4(), operation="dong_bo"))).verdict is Verdict.UNKNOWN
    assert portal.seen == []


async def test_a_short_row_with_an_unreadable_date_still_tells_its_status(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", _short("2", "20261332256199"), _short("3", "20261332256199"))
    assert (await client.find(accept().key)).verdict is Verdict.ABSENT
    assert (await client.find(accept().key)).verdict is Verdict.UNKNOWN


async def test_a_busy_second_reading_leaves_the_look_up_open(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", no("Hệ thống đang bận, vui lòng thử lại sau"))
    with pytest.raises(Transient):
        await client.find(accept().key)
