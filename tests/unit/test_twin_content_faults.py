"""Faults of the content and the truth of journal, effects and control port, in both twins (docs/twins.md)."""

import asyncio
import base64
import hashlib
import itertools
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.unit.government_twin_talk import PDF, answer_xml, change, file_xml, filed_xml, ref
from tests.unit.national_twin_kit import FIRST_DAY
from tests.unit.twin_lines import GOVERNMENT, NATIONAL, OWN_CODE, GovernmentLine, NationalLine, line

At = NationalLine | GovernmentLine
FILE = {"name": "a.pdf", "media_type": "application/pdf", "content_base64": base64.b64encode(PDF).decode()}


@pytest_asyncio.fixture(params=[NATIONAL, GOVERNMENT])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[At]:
    async with line(request.param) as found:
        yield found


@pytest_asyncio.fixture
async def national() -> AsyncIterator[NationalLine]:
    async with line(NATIONAL) as found:
        assert isinstance(found, NationalLine)
        yield found


@pytest_asyncio.fixture
async def government() -> AsyncIterator[GovernmentLine]:
    async with line(GOVERNMENT) as found:
        assert isinstance(found, GovernmentLine)
        yield found


# ---- the National Portal's answers --------------------------------------------------------------------------


async def answered(at: NationalLine, case: str, **switches: Any) -> dict[str, Any]:
    await at.switch(**switches)
    reply = await at.post(await at.detail(case))
    assert reply.status_code == 200
    return reply.json()


@pytest.mark.parametrize(
    ("form", "good"),
    [("padded", " 0 "), ("float", 0.0), ("boolean", True), ("null", None), ("object", {"code": 0})],
)
async def test_error_code_in_types_that_no_contract_has(national: NationalLine, form: str, good: Any) -> None:
    told = (await answered(national, await national.born(), error_code_form=form))["error_code"]
    assert (told, type(told)) == (good, type(good))


async def test_error_code_absent(national: NationalLine) -> None:
    assert "error_code" not in await answered(national, await national.born(), error_code_form="absent")


async def test_rows_with_a_field_more_or_less_or_in_another_order(national: NationalLine) -> None:
    case = await national.born()
    [plain] = (await answered(national, case))["result"]
    [more] = (await answered(national, case, new_fields=True))["result"]
    assert set(more) - set(plain) == {"TRUONGMOI"}
    [less] = (await answered(national, case, dropped_fields=True))["result"]
    assert len(set(plain) - set(less)) == 1
    named = ["TIEUDE", "NGAYGUI"]
    [less] = (await answered(national, case, dropped_fields=True, dropped_names=named))["result"]
    assert set(plain) - set(less) == set(named)
    [shuffled] = (await answered(national, case, key_order=True))["result"]
    assert list(shuffled) != list(plain)
    assert shuffled == plain


async def test_a_changed_schema_hides_the_rows_one_level_deeper(national: NationalLine) -> None:
    told = await answered(national, await national.born(), schema_change=True)
    assert set(told["result"]) == {"phienBan", "danhSach"}


async def test_unknown_kinds_and_events_strike_the_picked_case(national: NationalLine) -> None:
    good, bad = await national.born(), await national.born()
    for case, kind, event in ((good, "1", "CHUYEN"), (bad, "99", "HANH_DONG_LA")):
        [row] = (await answered(national, case, unknown_kind=[int(bad)], unknown_event=[int(bad)]))["result"]
        assert (row["LOAIPAKN"], row["LICHSU"][-1]["HANHDONG"]) == (kind, event)


async def test_a_skewed_clock_moves_the_portals_own_time(national: NationalLine) -> None:
    await national.switch(clock_skew_s=3600)
    [row] = (await answered(national, await national.born(), clock_skew_s=3600))["result"]
    assert row["NGAYCHUYEN"] == datetime.fromisoformat(FIRST_DAY).strftime("%Y%m%d101500")


async def test_a_file_that_never_ends(national: NationalLine) -> None:
    case = await national.born(files=[FILE])
    [row] = (await answered(national, case, file_endless=True))["result"]
    address = national.base + "/" + row["TEPDINHKEM"][0]["DUONGDAN"].split("/", 3)[3]
    size = 0
    async with national.http.stream("GET", address) as reply:
        async for piece in reply.aiter_raw():
            size += len(piece)
            if size > 1_000_000:
                break
    assert "content-length" not in reply.headers
    assert (await national.journal())[-1]["faults"] == ["file_endless"]


# ---- the Government Portal's answers ------------------------------------------------------------------------


async def test_records_with_an_element_more_or_less_or_in_another_order(government: GovernmentLine) -> None:
    case = await government.born()
    peer = government.peer

    async def names(**switches: Any) -> list[str]:
        await government.switch(**switches)
        reply = await peer.history(case)
        return [item.tag.partition("}")[2] for item in reply.all("CurrentStatus")[0]]

    plain = await names()
    assert await names(new_fields=True) == [*plain, "FutureElement"]
    assert len(await names(dropped_fields=True)) == len(plain) - 1
    assert "ChangedAt" not in await names(dropped_fields=True, dropped_names=["ChangedAt"])
    await government.switch(key_order=True)
    replies = [await peer.history(case) for _ in range(6)]
    orders = [[item.tag.partition("}")[2] for item in reply.all("CurrentStatus")[0]] for reply in replies]
    assert {tuple(sorted(found)) for found in orders} == {tuple(sorted(plain))}
    assert len({tuple(found) for found in orders}) > 1
    assert (await government.journal())[-1]["answer_schema"]


async def test_a_changed_schema_is_another_namespace(government: GovernmentLine) -> None:
    await government.switch(schema_change=True)
    raw = (await government.peer.call("Ping")).raw
    assert b"urn:govportal:feedback:2" in raw
    assert b"urn:govportal:feedback:1" not in raw


async def test_a_download_that_never_ends_always_has_one_more_chunk(government: GovernmentLine) -> None:
    case = await government.born(files=[FILE])
    file_id = (await government.peer.dump(case))["files"][0]["id"]
    await government.switch(file_endless=True)
    for number in (1, 2, 9):
        inner = f"<f:AttachmentId>{file_id}</f:AttachmentId><f:ChunkNo>{number}</f:ChunkNo>"
        reply = await government.peer.call("DownloadAttachment", inner)
        assert (reply.text("ChunkNo"), reply.text("ChunkCount")) == (str(number), str(number + 1))
        assert base64.b64decode(reply.text("Chunk") or "") == PDF


async def test_a_stale_read_means_the_picked_case(government: GovernmentLine) -> None:
    cases = [await government.born(), await government.born()]
    for case in cases:
        await government.peer.status(case, "ACCEPTED")
    await government.switch(stale_read=[int(cases[0])])
    told = [(await government.peer.history(case)).text("CurrentStatus", "Status") for case in cases]
    assert told == ["ASSIGNED", "ACCEPTED"]


# ---- effects ------------------------------------------------------------------------------------------------


async def test_effects_of_the_national_portal_by_natural_key(national: NationalLine) -> None:
    """Every service with an effect is counted; repeats and refusals are not."""
    kit = national.kit
    refused, asked, moved, worked = [await kit.create() for _ in range(4)]
    for _ in range(2):
        await kit.refuse(refused)
        await kit.ask(asked)
        await kit.transfer(moved)
        await kit.accept(worked)
        await kit.progress(worked, "ev-1")
        await kit.answer(worked, 1)
        await kit.push()
    await kit.push(updating="True", TieuDe="Tiêu đề mới")
    found = await national.effects()
    assert found["repeated"] == []
    keys = [list(row["keys"]) for row in found["cases"]]
    day = "2026-11-17T"
    assert keys == [
        [f"act:refused/{day}09:00:00+07:00"],
        [f"act:supplement_requested/{day}09:00:00+07:00"],
        [f"act:transferred/000.00.00.G22/{day}10:00:00+07:00"],
        [f"act:accepted/{day}08:10:00+07:00", "act:progress/ev-1", "answer:1"],
        [f"create:{OWN_CODE}", "update:2026-11-16T09:15:00+07:00"],
    ]
    assert {name: found["cases"][3][name] for name in ("case", "creates", "acts", "answers")} == {
        "case": str(worked),
        "creates": 0,
        "acts": 2,
        "answers": 1,
    }


async def test_effects_of_the_government_portal_by_natural_key(government: GovernmentLine) -> None:
    peer = government.peer
    case, other = await government.born(), await government.born()
    (first, _), _ = await peer.pending()
    moment = datetime.fromisoformat("2099-01-01T08:00:00+07:00")
    calls = [
        ("ConfirmReceived", f"<f:ItemId>{first}</f:ItemId><f:Result>done</f:Result>"),
        ("UpdateCaseStatus", ref(case) + change("ACCEPTED", at=moment)),
        ("SubmitAnswer", ref(case) + answer_xml(at=moment)),
        ("TransferCase", ref(other) + "<f:ToOrgan>VPCP</f:ToOrgan><f:Reason>Sai</f:Reason>"),
        ("SubmitCase", filed_xml(files=file_xml())),
    ]
    for operation, inner in calls * 2:
        await peer.call(operation, inner)
    found = await government.effects()
    assert found["repeated"] == []
    assert [list(row["keys"]) for row in found["cases"]] == [
        [f"confirm:{first}/done", "act:ACCEPTED/2099-01-01T08:00:00+07:00", "answer:1"],
        ["act:RETURNED_VPCP/VPCP"],
        [f"create:{OWN_CODE}"],
    ]
    entries = [entry for entry in await government.journal() if entry["effect"]]
    assert [entry["service"] for entry in entries] == [operation for operation, _ in calls]
    assert [entry["case"] for entry in entries[1:4]] == [case, case, other]


async def test_two_reports_of_progress_in_one_second_are_two_effects(government: GovernmentLine) -> None:
    case, peer = await government.born(), government.peer
    moment = datetime.fromisoformat("2099-01-01T08:00:00+07:00")
    await peer.call("UpdateCaseStatus", ref(case) + change("ACCEPTED", at=moment))
    for text in ("Đã kiểm tra", "Đang dự thảo"):
        await peer.call("UpdateCaseStatus", ref(case) + change("IN_PROGRESS", note=text, at=moment))
    found = await government.effects()
    assert (found["repeated"], found["cases"][0]["acts"]) == ([], 3)


async def test_a_twin_that_takes_repeats_as_new_is_found_out(national: NationalLine) -> None:
    """The proof must be able to fail: without idempotence the same deed counts twice."""
    case = await national.born()
    await national.kit.accept(int(case))
    await national.switch(idempotent=False)
    for _ in range(2):
        await national.kit.progress(int(case), "ev-1")
    assert (await national.effects())["repeated"] == [{"case": case, "key": "act:progress/ev-1"}]


async def test_a_batch_that_dies_half_way_has_its_effects_in_journal_and_counts(
    national: NationalLine,
) -> None:
    kit = national.kit
    cases = [await kit.create() for _ in range(2)]
    for case in cases:
        await kit.accept(case)
    await national.switch(session_dies_in_batch=1)
    since = (await national.journal())[-1]["n"]
    await kit.call("CapNhatTienDoPAKN", data=[kit.step(case, f"ev-{case}") for case in cases])
    [entry] = await national.journal(since)
    assert (entry["outcome"], entry["effect"]) == ("session_died_in_batch", True)
    assert [row["acts"] for row in (await national.effects())["cases"]] == [2, 1]


# ---- journal and control port -------------------------------------------------------------------------------


async def test_the_journal_tells_arrival_faults_and_effect_and_no_content(at: At) -> None:
    case = await at.born()
    await at.post(await at.accept(case))
    await at.switch(http_503=True)
    await at.post(await at.read())
    did, failed = await at.journal()
    assert (did["case"], did["outcome"], did["status"], did["effect"]) == (case, "ok", 200, True)
    assert did["key"]
    assert datetime.fromisoformat(did["at"]) <= datetime.fromisoformat(failed["at"])
    assert (failed["faults"], failed["status"], failed["effect"]) == (["http_503"], 503, False)
    assert await at.journal(did["n"]) == [failed]
    text = json.dumps([did, failed], ensure_ascii=False)
    assert not [word for word in ("Nguyễn", "Lý do", "mat-khau", "phien-") if word in text]


async def test_a_reset_empties_journal_and_effects(at: At) -> None:
    await at.post(await at.create())
    await at.control("POST", "reset")
    assert (await at.journal(), await at.effects()) == ([], {"cases": [], "repeated": []})


async def test_the_control_port_refuses_in_one_shape_and_names_what_is_unknown(at: At) -> None:
    refusals = [
        ("PUT", "profile", {"khong_co": 1, "busy": True}, 400, "khong_co"),
        ("PATCH", "profile", {"la": 1}, 400, "la"),
        ("PUT", "profile", [1], 400, "JSON object"),
        ("POST", "fail_next", {"mode": "no"}, 400, "fail_next.mode"),
        ("POST", "refuse", {"for_s": 0}, 400, "for_s"),
        ("POST", "refuse", {"for_s": True}, 400, "for_s"),
        ("GET", "journal?since=x", None, 400, "since"),
        ("GET", "cases/0", None, 404, "no such case"),
        ("GET", "no-such-place", None, 404, "Not Found"),
        ("DELETE", "profile", None, 405, "Method"),
    ]
    for method, path, body, status, word in refusals:
        reply = await at.http.request(method, f"{at.control_url}/control/{path}", json=body)
        assert (reply.status_code, set(reply.json())) == (status, {"error"}), path
        assert word in reply.json()["error"]
    assert (await at.control("GET", "profile"))["busy"] is False, "a refused profile changes nothing"


async def test_put_replaces_patch_changes_and_ordered_failures_stay(at: At) -> None:
    await at.switch(empty_list=True, fail_next={"mode": "busy", "times": 2})
    await at.control("PATCH", "profile", {"http_504": 0.5})
    told = await at.control("GET", "profile")
    assert (told["empty_list"], told["http_504"], len(told["fail_next"])) == (True, 0.5, 1)
    await at.control("POST", "fail_next", {"mode": "slow", "delay_s": 0.01})
    assert [rule["mode"] for rule in (await at.control("GET", "profile"))["fail_next"]] == ["busy", "slow"]
    await at.switch()
    told = await at.control("GET", "profile")
    assert (told["empty_list"], told["http_504"], told["fail_next"]) == (False, False, [])


@pytest.mark.parametrize("portal", ["national", "government"])
async def test_the_program_starts_with_a_shipped_profile(portal: str) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"adapters.{portal}_portal.twin", "--profile", "worst"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        ready = json.loads(await asyncio.wait_for(program.stdout.readline(), 30))
        async with httpx.AsyncClient() as http:
            told = (await http.get(f"{ready['control_url']}/control/profile")).json()
        assert (told["lose_first"], told["http_503"]) == ("creates", 0.02)
    finally:
        program.terminate()
        assert await asyncio.wait_for(program.wait(), 30) == 0


@pytest.mark.parametrize("portal", [NATIONAL, GOVERNMENT])
async def test_the_same_seed_gives_the_same_run_over_the_wire(portal: str) -> None:
    async def run() -> list[tuple[int | None, list[str]]]:
        async with line(portal, seed=7) as at:
            for _ in range(4):
                await at.born()
            await at.switch(http_503=0.3, omit_rows=0.4, reorder=0.4, key_order=0.2, malformed_body=0.2)
            seen = []
            for _ in range(15):
                reply = await at.post(await at.listing())
                seen.append(hashlib.sha256(b"".join(sorted(reply.content.split(b"<")))).hexdigest())
            assert len(set(seen)) > 1
            return [(entry["status"], entry["faults"]) for entry in await at.journal()]

    first, second = await run(), await run()
    assert first == second
    assert {"http_503", "omit_rows", "malformed_body"} <= set(
        itertools.chain.from_iterable(found for _, found in first)
    )
