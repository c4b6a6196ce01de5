"""The government twin's control API, and the twin as a program of its own."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from adapters.government_portal.twin import main
from adapters.government_portal.twin.profile import Profile
from tests.unit.government_twin_talk import NEIGHBOUR, ORGAN, answer_xml, ref, talking


async def test_a_citizens_case_is_assigned_at_once_and_dumped_whole():
    async with talking() as peer:
        case = await peer.file_case(own_code="A-1", field="TTHC")
        dump = await peer.dump(case)
        assert (dump["id"], dump["own_code"], dump["status"], dump["agency"]) == (
            case,
            "A-1",
            "ASSIGNED",
            ORGAN,
        )
        assert [row["action"] for row in dump["history"]] == ["NEW", "ASSIGNED"]
        assert dump["sender"]["name"] == "Nguyễn Văn Mẫu"
        assert dump["answer"] is None
        assert (await peer.http.get(f"{peer.twin.control_url}/control/cases")).json() == [dump]


async def test_the_dump_tells_the_answer_and_its_files():
    async with talking() as peer:
        case = await peer.answered(publishable=False)
        dump = await peer.dump(case)
        assert (dump["answer"]["version"], dump["answer"]["publishable"]) == (1, False)
        assert dump["history"][-1]["text"] == dump["answer"]["text"]
        assert dump["history"][-1]["transaction"]


async def test_ids_are_the_same_for_the_same_seed():
    async def first(seed: int) -> str:
        async with talking(seed=seed) as peer:
            return await peer.file_case()

    assert await first(3) == await first(3) != await first(4)


@pytest.mark.parametrize(
    "facts",
    [{"title": ""}, {"agency": "999.99.99.X99"}, {"agency": "VPCP"}, {"due_at": "mai"}, {"sender": "ai"}, {"place": [1]}, {"files": ["a.pdf"]}, {"files": "a.pdf"}, {"due_at": "9999-12-31T23:59:59-14:00"}, {"due_at": "2026-12-31T00:00:00"},
     {"files": [{"name": "a.pdf", "media_type": "application/pdf", "content_base64": "%"}]}, {"title": "a\x00b"}],
)  # fmt: skip
async def test_a_case_that_makes_no_sense_is_a_400(facts):
    async with talking() as peer:
        body = {"title": "T", "content": "N", "agency": ORGAN, **facts}
        answer = await peer.http.post(f"{peer.twin.control_url}/control/cases", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("supplement", {"text": "x"}),
        ("publish", {}),
        ("unpublish", {}),
        ("rework", {"reason": "x"}),
        ("rate", {"like": True}),
        ("close", {}),
    ],
)
async def test_an_event_that_the_state_forbids_is_a_409(event, facts):
    async with talking() as peer:
        answer = await peer.event(await peer.file_case(), event, **facts)
        assert answer.status_code == 409
        assert answer.json() == {"error": "the case is ASSIGNED"}


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("recall", {"reason": "x"}),
        ("remind", {"text": "x"}),
        ("rework", {"reason": "x"}),
        ("change_due", {"due_at": "2026-12-31T00:00:00Z"}),
    ],
)
async def test_a_finished_case_takes_no_such_event(event, facts):
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "REFUSED")
        assert (await peer.event(case, event, **facts)).status_code == 409


async def test_unknown_cases_events_and_bodies():
    async with talking() as peer:
        case = await peer.file_case()
        base = f"{peer.twin.control_url}/control/cases"
        assert (await peer.http.get(f"{base}/1")).status_code == 404
        assert (await peer.event("1", "publish")).status_code == 404
        assert (await peer.event(case, "dance")).status_code == 404
        assert (await peer.event(case, "rate", like="yes")).status_code == 400
        assert (await peer.event(case, "remind")).status_code == 400
        assert (await peer.http.post(f"{base}/{case}/remind", content=b"{")).status_code == 400
        assert (await peer.http.post(base, json=[])).status_code == 400


async def test_the_office_transfers_a_case_and_the_old_thread_ends():
    async with talking() as peer:
        case = await peer.file_case()
        answer = (await peer.event(case, "transfer", agency=NEIGHBOUR, reason="Đúng thẩm quyền")).json()
        assert answer["status"] == "TRANSFERRED"
        child = await peer.dump(answer["new_id"])
        assert (child["parent"], child["agency"], child["status"]) == (case, NEIGHBOUR, "ASSIGNED")


async def test_the_office_forwards_what_came_back():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.call("TransferCase", ref(case) + "<f:ToOrgan>VPCP</f:ToOrgan><f:Reason>Sai</f:Reason>")
        answer = (await peer.event(case, "transfer", agency=ORGAN, reason="Vẫn là tỉnh")).json()
        assert answer["status"] == "RETURNED_VPCP"
        assert (await peer.dump(answer["new_id"]))["status"] == "ASSIGNED"


async def test_the_portal_closes_published_and_unpublishable_cases():
    async with talking() as peer:
        public, private = await peer.answered(), await peer.answered(publishable=False)
        assert (await peer.event(public, "close")).status_code == 409
        await peer.event(public, "publish")
        for case in (public, private):
            assert (await peer.event(case, "close")).json()["status"] == "CLOSED"


async def test_taken_off_the_site_an_answer_may_be_published_again():
    async with talking() as peer:
        case = await peer.answered()
        for event in ("publish", "unpublish", "publish"):
            assert (await peer.event(case, event)).json() == {"id": case, "status": "PUBLISHED"}
        assert (await peer.dump(case))["published"] is True


async def test_a_reworked_answer_is_answered_again():
    async with talking() as peer:
        case = await peer.answered()
        await peer.event(case, "rework", reason="Chưa đủ")
        assert (await peer.call("SubmitAnswer", ref(case) + answer_xml("Bản hai", version=2))).ok
        assert (await peer.dump(case))["rework_no"] == 1


async def test_put_replaces_and_patch_changes_the_switches():
    async with talking() as peer:
        url = f"{peer.twin.control_url}/control/profile"
        await peer.switch(empty_list=True)
        patched = (await peer.http.patch(url, json={"clock_skew_s": 5})).json()
        assert (patched["empty_list"], patched["clock_skew_s"]) == (1.0, 5)
        assert (await peer.http.put(url, json={})).json()["empty_list"] == 0


@pytest.mark.parametrize(
    "profile",
    [{"no_such": 1}, {"http_503": 2}, {"http_503": "often"}, {"auth": ["kerberos"]}, {"valid_passwords": [True]}, {"echo_submitted": 1},
     {"fail_next": {"mode": "explode"}}, {"fail_next": {"times": 1}}, {"fail_next": 3}, {"fail_next": {"mode": "busy", "times": "2"}}, {"slow_s": "1"}],
)  # fmt: skip
async def test_a_switch_that_makes_no_sense_is_refused_and_changes_nothing(profile):
    async with talking(profile={"echo_submitted": True}) as peer:
        answer = await peer.http.put(f"{peer.twin.control_url}/control/profile", json=profile)
        assert answer.status_code == 400
        assert peer.twin.world.desk.profile.echo_submitted is True


async def test_reset_forgets_everything_and_goes_back_to_the_first_switches():
    async with talking(profile={"echo_submitted": True}) as peer:
        case = await peer.file_case()
        await peer.switch()
        await peer.http.post(f"{peer.twin.control_url}/control/reset")
        health = (await peer.http.get(f"{peer.twin.control_url}/control/health")).json()
        counts = ("cases", "pending", "requests", "answers_outside_schema", "crashes")
        assert {health[name] for name in counts} == {0}
        assert peer.twin.world.desk.profile.echo_submitted is True
        assert await peer.file_case() == case


# ---- the program --------------------------------------------------------------------------------------------


async def start(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.government_portal.twin", *arguments,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip


async def test_the_program_says_where_it_listens_and_stops_cleanly_on_sigterm(tmp_path):
    profile = tmp_path / "profile.json"
    profile.write_text('{"echo_submitted": true}', "utf-8")
    ready = tmp_path / "ready.json"
    process = await start(
        "--password-env",
        "TWIN_WORD",
        "--ready-file",
        str(ready),
        "--profile",
        str(profile),
        TWIN_WORD="mật-khẩu-mẫu",
    )
    assert process.stdout is not None
    line = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    assert line == json.loads(ready.read_text("utf-8"))
    assert set(line) == {"url", "control_url", "username"}
    async with httpx.AsyncClient(trust_env=False) as http:
        told = (await http.get(f"{line['control_url']}/control/profile")).json()
        assert told["echo_submitted"] is True
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


def test_wrong_arguments_end_with_status_2(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("NO_SUCH_WORD", raising=False)
    assert main(["--password-env", "NO_SUCH_WORD"]) == 2
    assert "NO_SUCH_WORD" in capsys.readouterr().err
    assert main(["--profile", str(tmp_path / "none.json")]) == 2
    (tmp_path / "bad.json").write_text('{"no_such": 1}', "utf-8")
    assert main(["--profile", str(tmp_path / "bad.json")]) == 2
    assert "no_such" in capsys.readouterr().err


def test_every_switch_is_documented():
    """A switch that the manual does not name might as well not exist."""
    manual = (Path(__file__).parents[2] / "docs" / "twins.md").read_text("utf-8")
    assert [name for name in Profile().dump() if f"`{name}`" not in manual] == []
