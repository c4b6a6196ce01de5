"""The national portal's client over real HTTP: addressing, session, reading (contract §2, §10.6.1–2, §10.8)."""

import asyncio
import json
from datetime import datetime

import pytest

from connector.clock import LOCAL_ZONE
from connector.errors import (
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import System
from tests.contract.national_scripted import (
    AGENCY,
    DSTCODE,
    NOW,
    REF,
    ROW,
    SAMPLES,
    SESSION_DEAD,
    Connect,
    Dropped,
    ManualClock,
    Portal,
    Raw,
    Reply,
    accept,
    ends,
    no,
    ok,
    records,
    sample,
)


async def test_login_comes_first_and_its_session_goes_along(portal: Portal, client: System):
    portal.on("DanhSachPAKNChoXuLy", ok())
    await records(client)
    login, listing = portal.seen
    assert login.path == "/forward/mapi/login"
    assert login.json == {"username": AGENCY, "password": "mat-khau-mau"}
    assert listing.json == {"session": "phien-1", "madonvi": AGENCY, "service": "DanhSachPAKNChoXuLy"}


async def test_the_headers_are_those_of_real_clients(portal: Portal, client: System):
    await client.ping()
    headers = portal.seen[0].headers
    assert headers["accept"] == headers["content-type"] == "application/json"
    assert headers["charset"] == "utf-8"


@pytest.mark.parametrize(
    ("place", "header", "query"),
    [("header", DSTCODE, None), ("query", None, [DSTCODE]), ("none", None, None)],
)
async def test_dstcode_goes_by_header_or_query_or_not_at_all(
    portal: Portal, connect: Connect, place: str, header: str | None, query: list[str] | None
):
    portal.on("DanhSachPAKNChoXuLy", ok())
    await records(connect(dstcode_in=place))
    for seen in portal.seen:
        assert seen.headers.get("dstcode") == header
        assert seen.query.get("dstcode") == query


async def test_dstcode_goes_only_on_the_listed_calls(portal: Portal, connect: Connect):
    portal.on("DanhSachPAKNChoXuLy", ok())
    portal.on("LayDanhMucCoQuan", ok())
    client = connect(dstcode_on=["login", "share"])
    await records(client)
    await client.catalogue("agencies")
    assert ["dstcode" in seen.headers for seen in portal.seen] == [True, False, True]


async def test_catalogues_take_the_share_path_and_the_rest_the_integration_path(
    portal: Portal, connect: Connect
):
    portal.on("DanhSachPAKNChoXuLy", ok())
    portal.on("LayDanhMucLinhVuc", ok())
    client = connect(share_path="chia-se/mapi/g", integration_path="tich-hop/mapi/g")
    await records(client)
    await client.catalogue("fields")
    assert [seen.path for seen in portal.seen[1:]] == ["/forward/tich-hop/mapi/g", "/forward/chia-se/mapi/g"]


async def test_other_service_and_field_names_are_those_of_the_settings(portal: Portal, connect: Connect):
    portal.on("PaknChiTiet", ok("", {**sample("detail")["result"][0], "MATT": "2"}))
    client = connect(
        services={"chi_tiet": "PaknChiTiet"}, fields={"chi_tiet": {"PAKNID": "idPakn", "TRANGTHAI": "MaTT"}}
    )
    portal.script["PaknChiTiet"][0]["result"][0]["IDPAKN"] = int(REF)  # type: ignore[index]
    record = await client.fetch(REF)
    assert portal.bodies("PaknChiTiet")[0]["idPakn"] == int(REF)
    assert record.data["TRANGTHAI"] == "2"


async def test_one_login_serves_all_lanes(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", sample("detail"))
    await asyncio.gather(*(client.fetch(REF) for _ in range(20)))
    assert portal.logins == 1


async def test_the_session_is_renewed_before_its_stated_life_ends(
    portal: Portal, connect: Connect, clock: ManualClock
):
    portal.on("DanhSachPAKNChoXuLy", ok())
    client = connect(session_ttl_s=540)
    await records(client)
    await clock.sleep(541)
    await records(client)
    assert [seen.json["session"] for seen in portal.calls("DanhSachPAKNChoXuLy")] == ["phien-1", "phien-2"]


async def test_row_5_a_session_that_died_early_is_replaced_and_the_call_resent_once(
    portal: Portal, client: System
):
    portal.on("TiepNhanPAKN", SESSION_DEAD, ok("Tiếp nhận thành công", ROW))
    operation = accept()
    assert (await client.apply(operation)).ref == REF
    first, second = portal.bodies("TiepNhanPAKN")
    assert first | {"session": ""} == second | {"session": ""}
    assert (first["session"], second["session"]) == ("phien-1", "phien-2")


async def test_row_5_a_second_refusal_of_the_session_is_an_alarm_and_no_storm(portal: Portal, client: System):
    portal.on("TiepNhanPAKN", SESSION_DEAD)
    with pytest.raises(CredentialsRefused):
        await client.apply(accept())
    with pytest.raises(CredentialsRefused):
        await client.apply(accept())
    assert portal.logins == 2
    assert len(portal.calls("TiepNhanPAKN")) == 2


async def test_row_5_a_session_that_others_worked_under_and_that_died_as_well_is_no_alarm(
    portal: Portal, client: System
):
    """Sessions that die often must not hold the whole system: the account is good, others have just used it."""
    portal.on(
        "login", sample("login")
    )  # one session for all, so that its second refusal comes after its good use
    portal.on("TiepNhanPAKN", sample("accept"), SESSION_DEAD)
    await client.apply(accept())
    with pytest.raises(Transient) as caught:
        await client.apply(accept())
    assert type(caught.value) is Transient


async def test_row_6_a_refused_login_stops_all_lanes_without_a_storm(
    portal: Portal, connect: Connect, clock: ManualClock
):
    portal.on("login", sample("login.refused"))
    client = connect(refusal_cooldown_s=900)
    lanes = await ends(*(client.fetch(REF) for _ in range(30)), client.apply(accept()), client.ping())
    assert {type(end) for end in lanes} == {CredentialsRefused}
    assert len(portal.seen) == 1
    await clock.sleep(901)
    with pytest.raises(CredentialsRefused):
        await client.ping()
    assert len(portal.seen) == 2


async def test_a_login_refused_in_unknown_words_is_not_guessed_at(
    portal: Portal, client: System, clock: ManualClock
):
    """Trying again and again could lock the account."""
    portal.on("login", no("Lỗi không xác định"))
    for _ in range(3):
        with pytest.raises(Transient) as caught:
            await client.ping()
        assert caught.value.retry_after_s == 900
        await clock.sleep(60)
    assert len(portal.seen) == 1


@pytest.mark.parametrize(
    "reply", [Raw(200, b"<html></html>"), Raw(500), {"error_code": "0", "message": "thành công"}]
)
async def test_a_login_that_cannot_be_read_is_transient(portal: Portal, client: System, reply: Reply):
    portal.on("login", reply)
    with pytest.raises(Transient) as caught:
        await client.ping()
    assert not isinstance(caught.value, CredentialsRefused)


async def test_ping_logs_in_and_tells_the_remotes_clock(portal: Portal, client: System):
    pong = await client.ping()
    assert pong.server_time == NOW
    assert [seen.path for seen in portal.seen] == ["/forward/mapi/login"]


async def test_the_list_gives_hints_oldest_change_first_and_each_case_once(portal: Portal, client: System):
    portal.on("DanhSachPAKNChoXuLy", sample("quirks/list_repeated_rows"))
    found = await records(client)
    assert [(record.ref, record.kind, record.complete) for record in found] == [
        ("900000231", "row", False),
        ("900000232", "row", False),
    ]
    assert found[1].data["NGAYCAPNHAT"] == datetime(2026, 11, 19, 12, tzinfo=LOCAL_ZONE)


async def test_a_bad_item_is_kept_with_its_problem_and_its_neighbours_go_on(portal: Portal, client: System):
    portal.on("DanhSachPAKNChoXuLy", sample("quirks/list_odd_items"))
    found = await records(client)
    whole = [record.ref for record in found if not record.problems]
    broken = [record for record in found if record.problems]
    assert whole == ["900000221", "900000222"]
    assert len(broken) == 4
    assert len({record.ref for record in found}) == 6
    assert all(record.raw for record in found)


async def test_the_same_row_has_the_same_version_and_a_changed_row_another(portal: Portal, client: System):
    row = sample("list")["result"][0]
    moved = row | {"TRANGTHAI": "7"}
    portal.on("DanhSachPAKNChoXuLy", ok("", row), ok("", row | {"TENTRANGTHAI": "khác"}), ok("", moved))
    first, second, third = [(await records(client))[0].version for _ in range(3)]
    assert first == second != third


async def test_a_change_of_this_very_second_counts_again_once_the_second_is_over(
    portal: Portal, client: System, clock: ManualClock
):
    """The portal tells time by the second: a second change within it would else stay unseen."""
    row = sample("list")["result"][0] | {"NGAYCAPNHAT": "20261120080000"}
    portal.on("DanhSachPAKNChoXuLy", ok("", row))
    just_now = (await records(client))[0].version
    await clock.sleep(10)
    later = [(await records(client))[0].version for _ in range(2)]
    assert just_now != later[0] == later[1]


async def test_the_watermark_is_the_newest_change_told_page_by_page(portal: Portal, connect: Connect):
    portal.on("DanhSachPAKNChoXuLy", sample("quirks/list_repeated_rows"))
    pages = [page async for page in connect(page_size=1).changes("2026-11-18T00:00:00+07:00")]
    assert [page.watermark for page in pages] == ["2026-11-18T12:00:00+07:00", "2026-11-19T12:00:00+07:00"]
    assert [page.total for page in pages] == [2, 2]


async def test_a_change_in_the_future_does_not_carry_the_watermark_away(portal: Portal, client: System):
    portal.on("DanhSachPAKNChoXuLy", ok("", sample("list")["result"][0] | {"NGAYCAPNHAT": "20991231000000"}))
    pages = [page async for page in client.changes(None)]
    assert pages[0].watermark == NOW.isoformat()


async def test_an_empty_list_is_one_empty_page_that_keeps_the_watermark(portal: Portal, client: System):
    portal.on("DanhSachPAKNChoXuLy", ok())
    pages = [page async for page in client.changes("2026-11-18T00:00:00+07:00")]
    assert [(page.records, page.watermark, page.total) for page in pages] == [
        ((), "2026-11-18T00:00:00+07:00", 0)
    ]


async def test_the_window_is_asked_with_overlap_and_only_if_switched_on(portal: Portal, connect: Connect):
    portal.on("DanhSachPAKNChoXuLy", ok())
    since = "2026-11-18T08:00:00+07:00"
    windowed = connect(use_window=True, window_overlap_h=24)
    await records(windowed, since)
    await records(windowed, None)
    await records(connect(), since)
    assert [body.get("TuNgay") for body in portal.bodies("DanhSachPAKNChoXuLy")] == [
        "20261117080000",
        None,
        None,
    ]
    assert not windowed.capabilities.whole_list
    assert connect().capabilities.whole_list


async def test_a_detail_keeps_its_exact_bytes(portal: Portal, client: System):
    body = (SAMPLES / "detail.json").read_bytes()
    portal.on("LayChiTietPAKN", Raw(200, body))
    record = await client.fetch(REF)
    assert record.raw == body
    assert (record.kind, record.complete, record.problems) == ("case", True, ())


async def test_a_details_version_ignores_expiring_addresses_and_labels_only(portal: Portal, client: System):
    first = sample("detail")
    second = json.loads(json.dumps(first))
    second["result"][0]["TEPDINHKEM"][0]["DUONGDAN"] = "http://provider.example/tep/khac"
    second["result"][0]["TENTRANGTHAI"] = "khác"
    third = json.loads(json.dumps(first))
    third["result"][0]["LICHSU"][1]["NOIDUNG"] = "khác"
    portal.on("LayChiTietPAKN", first, second, third)
    versions = [(await client.fetch(REF)).version for _ in range(3)]
    assert versions[0] == versions[1] != versions[2]


async def test_a_detail_older_than_its_list_is_asked_again_later_but_not_for_ever(
    portal: Portal, client: System
):
    portal.on("DanhSachPAKNChoXuLy", ok("", sample("list")["result"][0] | {"NGAYCAPNHAT": "20261117000000"}))
    portal.on("LayChiTietPAKN", sample("detail"))
    await records(client)
    for _ in range(3):
        with pytest.raises(Transient, match="older"):
            await client.fetch(REF)
    assert (await client.fetch(REF)).ref == REF


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (no("PAKN 900000123 không tồn tại", code="-3"), Permanent),
        (no("Đơn vị không có quyền xử lý PAKN này"), NotOurs),
        (no("Dịch vụ không được hỗ trợ: LayChiTietPAKN"), ContractDrift),
        (no("Hệ thống đang bận, vui lòng thử lại sau"), Transient),
        (no("Lỗi lạ"), Permanent),
        (ok("Lấy chi tiết thành công"), Permanent),
        (ok("", sample("detail")["result"][0] | {"PAKNID": 1}), Unreadable),
        (Raw(200, (SAMPLES / "quirks" / "adapter_error.html").read_bytes()), Transient),
        (Raw(502, b"<html></html>"), Transient),
        (Raw(404), Transient),
        (Raw(503), Transient),
        (Dropped(), Transient),
        ({"message": "thành công"}, Transient),
    ],
)
async def test_a_read_that_fails_is_never_in_doubt(
    portal: Portal, client: System, reply: Reply, kind: type[ConnectorError]
):
    portal.on("LayChiTietPAKN", reply)
    with pytest.raises(kind) as caught:
        await client.fetch(REF)
    assert isinstance(caught.value, Transient) == issubclass(kind, Transient)


async def test_row_16_an_unknown_answer_to_a_read_is_asked_once_more(portal: Portal, client: System):
    portal.on("LayChiTietPAKN", no("Lỗi lạ"), sample("detail"))
    assert (await client.fetch(REF)).ref == REF


async def test_catalogues(portal: Portal, client: System):
    portal.on("LayDanhMucCoQuan", sample("agencies"))
    portal.on("LayDanhMucLinhVuc", sample("fields"))
    agencies, fields = await client.catalogue("agencies"), await client.catalogue("fields")
    assert (agencies[0].code, agencies[0].name) == (AGENCY, "UBND tỉnh Thanh Hóa")
    assert [(entry.code, entry.parent) for entry in fields] == [
        ("G15-MAU01", "000.00.00.G15"),
        ("G09-MAU02", "000.00.00.G09"),
    ]
    assert await client.catalogue("khac") == ()
