"""Quirk switches (national-portal contract §10.9): each alone, some together; all turned at run time."""

import base64
import hashlib
import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.national_portal.twin import Profile
from tests.unit.national_twin_kit import OURS, PASSWORD, Kit, kit

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


LIST = "DanhSachPAKNChoXuLy"
PDF = b"%PDF-1.7 mau"
FILE = {"name": "a.pdf", "media_type": "application/pdf", "content_base64": base64.b64encode(PDF).decode()}


async def detail(portal: Kit, case_id: int) -> dict[str, Any]:
    return (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]


@pytest.mark.parametrize(
    ("form", "good", "bad"), [("number", 0, -1), ("string", "0", "-1"), ("zeros", "00", "-1")]
)
async def test_error_code_form(portal: Kit, form: str, good: object, bad: object) -> None:
    portal.switch(error_code_form=form)
    assert (await portal.call(LIST))["error_code"] == good
    assert (await portal.call("KhongCo"))["error_code"] == bad
    assert (await portal.raw_login(username=OURS, password="sai"))["error_code"] == bad


async def test_error_code_form_at_random_shows_all_three(portal: Kit) -> None:
    portal.switch(error_code_form="random")
    seen = {repr((await portal.call(LIST))["error_code"]) for _ in range(40)}
    assert seen == {"0", "'0'", "'00'"}


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("empty", ""),
        ("capital", "Tiếp nhận Thành công"),
        ("nfd", unicodedata.normalize("NFD", "Tiếp nhận thành công")),
        ("negative", "Tiếp nhận không thành công"),
    ],
)
async def test_message_form(portal: Kit, form: str, message: str) -> None:
    portal.switch(message_form=form)
    told = await portal.accept(await portal.create())
    assert (told["error_code"], told["message"]) == ("0", message)


async def test_result_key(portal: Kit) -> None:
    portal.switch(result_key="data")
    told = await portal.call(LIST)
    assert told["data"] == []
    assert "result" not in told


@pytest.mark.parametrize(("form", "key"), [("lower", "paknid"), ("mixed", "Paknid")])
async def test_key_case(portal: Kit, form: str, key: str) -> None:
    portal.switch(key_case=form)
    case_id = await portal.create()
    row = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert row[key] == case_id
    inner = row[{"lower": "lichsu", "mixed": "Lichsu"}[form]][0]
    assert {"lower": "hanhdong", "mixed": "Hanhdong"}[form] in inner, "nested objects as well"


async def test_result_shape(portal: Kit) -> None:
    portal.switch(result_shape="object")
    case_id = await portal.create()
    assert (await portal.call(LIST))["result"]["PAKNID"] == case_id
    await portal.create()
    assert len((await portal.call(LIST))["result"]) == 2, "only a single row loses its array"


async def test_nested_string(portal: Kit) -> None:
    portal.switch(nested_string=True)
    item = await detail(portal, await portal.create(files=[FILE]))
    assert json.loads(item["LICHSU"])[0]["HANHDONG"] == "GUI"
    assert json.loads(item["TEPDINHKEM"])[0]["TENTEP"] == "a.pdf"


async def test_number_form(portal: Kit) -> None:
    portal.switch(number_form="string")
    case_id = await portal.create()
    assert (await detail(portal, case_id))["PAKNID"] == str(case_id)


@pytest.mark.parametrize(("form", "shown"), [("absent", "nothing"), ("null", None), ("empty", "")])
async def test_null_form(portal: Kit, form: str, shown: object) -> None:
    portal.switch(null_form=form)
    assert (await detail(portal, await portal.create())).get("MATTHC", "nothing") == shown


@pytest.mark.parametrize(
    ("form", "shown"), [("hyphen", "20261115--203000"), ("slash", "15/11/2026 20:30:00")]
)
async def test_date_form(portal: Kit, form: str, shown: str) -> None:
    portal.switch(date_form=form)
    assert (await detail(portal, await portal.create()))["NGAYGUI"] == shown


async def test_an_impossible_date_hits_the_picked_case_only(portal: Kit) -> None:
    good, bad = await portal.create(), await portal.create()
    portal.switch(date_form="impossible", impossible_case=[bad])
    rows = {row["PAKNID"]: row for row in (await portal.call(LIST))["result"]}
    assert (rows[good]["NGAYGUI"], rows[bad]["NGAYGUI"]) == ("20261115203000", "20261332256199")


async def test_html_content(portal: Kit) -> None:
    portal.switch(html_content=True)
    item = await detail(portal, await portal.create(content="Đường hỏng"))
    assert item["NOIDUNG"] == '<p onclick="x()">Đường hỏng</p><script>alert(1)</script>'


@pytest.mark.parametrize("every", [True, 2, [900000002]])
async def test_unknown_status(portal: Kit, every: Any) -> None:
    """A pick: all cases, every n-th id, or the listed ones."""
    portal.switch(unknown_status=every)
    for _ in range(2):
        await portal.create()
    seen = {row["PAKNID"]: row["TRANGTHAI"] for row in (await portal.call(LIST))["result"]}
    assert seen == {900000001: "99" if every is True else "2", 900000002: "99"}


async def test_session_life(portal: Kit) -> None:
    portal.switch(session_life_s=0)
    assert (await portal.call(LIST))["message"].startswith("Phiên làm việc không hợp lệ")


async def test_session_calls(portal: Kit) -> None:
    portal.switch(session_calls=2)
    codes = [(await portal.call(LIST))["error_code"] for _ in range(3)]
    assert codes == ["0", "0", "-1"]


async def test_a_session_may_die_in_mid_batch(portal: Kit) -> None:
    """The first half took effect; after a new login the same batch ends as repeats and the rest."""
    cases = [await portal.reach("ACCEPTED") for _ in range(4)]
    portal.switch(session_dies_in_batch=1)
    data = [portal.step(case_id, f"ev-{case_id}") for case_id in cases]
    died = await portal.call("CapNhatTienDoPAKN", data=data)
    assert died["message"] == "Phiên làm việc không hợp lệ hoặc đã hết hạn"
    assert [(await portal.dump(case_id))["status"] for case_id in cases] == ["IN_PROGRESS"] * 2 + [
        "ACCEPTED"
    ] * 2
    assert (await portal.call(LIST))["error_code"] == "-1", "that session stays dead"
    await portal.login()
    again = await portal.call("CapNhatTienDoPAKN", data=data)
    assert [row.get("TRUNGLAP") for row in again["result"]] == ["1", "1", None, None]


@pytest.mark.parametrize("code", [3, -3, -1, 0])
async def test_exists_code(portal: Kit, code: int) -> None:
    portal.switch(exists_code=code)
    await portal.push()
    told = await portal.push()
    assert told["error_code"] == str(code)
    assert told["message"].endswith("đã tồn tại")


async def test_list_scope_open(portal: Kit) -> None:
    await portal.reach("IN_PROGRESS")
    await portal.reach("CLOSED")
    portal.switch(list_scope="open")
    await portal.login()
    assert [row["TRANGTHAI"] for row in (await portal.call(LIST))["result"]] == ["5"]


async def test_stale_read(portal: Kit) -> None:
    """The detail lags one act behind the list."""
    case_id = await portal.reach("REWORK")
    portal.switch(stale_read=True)
    listed = (await portal.call(LIST))["result"][0]
    item = await detail(portal, case_id)
    assert (listed["TRANGTHAI"], item["TRANGTHAI"]) == ("10", "8")
    assert item["LICHSU"][-1]["HANHDONG"] == "TRA_LOI"


async def test_file_404(portal: Kit) -> None:
    case_id = await portal.create(files=[FILE])
    portal.switch(file_404=[case_id])
    address = (await detail(portal, case_id))["TEPDINHKEM"][0]["DUONGDAN"]
    reply = await portal.http.get(portal.served.url + "/" + address.split("/", 3)[3])
    assert reply.status_code == 404


async def test_file_hash(portal: Kit) -> None:
    portal.switch(file_hash=True)
    entry = (await detail(portal, await portal.create(files=[FILE])))["TEPDINHKEM"][0]
    assert entry["MABAM"] != hashlib.sha256(PDF).hexdigest()
    assert len(entry["MABAM"]) == 64


async def test_file_type(portal: Kit) -> None:
    portal.switch(file_type=True)
    entry = (await detail(portal, await portal.create(files=[FILE])))["TEPDINHKEM"][0]
    content = (await portal.http.get(portal.served.url + "/" + entry["DUONGDAN"].split("/", 3)[3])).content
    assert content.startswith(b"MZ")


async def test_file_not_rebased(portal: Kit) -> None:
    """The announced host answers, but only to say that it should not have been asked."""
    portal.switch(file_not_rebased=True)
    entry = (await detail(portal, await portal.create(files=[FILE])))["TEPDINHKEM"][0]
    assert (await portal.http.get(entry["DUONGDAN"])).status_code == 403
    assert portal.twin.journal.entries()[-1]["outcome"] == "not_rebased"
    rebased = portal.served.url + "/" + entry["DUONGDAN"].split("/", 3)[3]
    assert (await portal.http.get(rebased)).content == PDF


async def test_quirks_combine(portal: Kit) -> None:
    portal.switch(
        error_code_form="zeros",
        message_form="nfd",
        result_key="data",
        key_case="lower",
        result_shape="object",
        nested_string=True,
        number_form="string",
        null_form="empty",
        date_form="hyphen",
        html_content=True,
        unknown_status=True,
    )
    case_id = await portal.create()
    told = await portal.call("LayChiTietPAKN", PAKNID=case_id)
    item = told["data"]
    assert told["error_code"] == "00"
    assert (item["paknid"], item["trangthai"], item["matthc"]) == (str(case_id), "99", "")
    assert json.loads(item["lichsu"])[0]["thoidiem"] == "20261115--203000"


async def test_all_random_forms_stay_readable(portal: Kit) -> None:
    """Whatever is drawn: one JSON object with a code, a message and a result."""
    forms = ("error_code_form", "message_form", "result_key", "key_case", "null_form", "date_form")
    portal.switch(**dict.fromkeys(forms, "random"))
    await portal.create()
    for _ in range(20):
        told = await portal.call(LIST)
        assert int(told["error_code"]) == 0
        assert len(told.get("result", told.get("data"))) == 1


async def test_the_same_seed_draws_the_same() -> None:
    async def drawn(seed: int) -> list[str]:
        async with kit(Profile(error_code_form="random", key_case="random"), seed=seed) as portal:
            await portal.create()
            return [json.dumps(await portal.call(LIST)) for _ in range(10)]

    first = await drawn(7)
    assert await drawn(7) == first
    assert await drawn(8) != first


async def test_login_obeys_the_forms_too() -> None:
    async with kit(Profile(message_form="empty", error_code_form="number")) as portal:
        told = await portal.raw_login(username=OURS, password=PASSWORD)
        assert (told["error_code"], told["message"]) == (0, "")
