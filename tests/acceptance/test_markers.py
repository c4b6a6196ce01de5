"""The marker test: what a sender planted is found where the law lets it be, and nowhere else (Quy chế Đ7.2, Đ7.3, Đ13.2).

Real programs, real HTTP, the real data files. Each case carries words of its own; after the connector has done its
work, every outlet is searched for them in every form a program may write.
"""

import base64
import json
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from adapters.demo.stage import Stage, free_port
from adapters.life.http import JsonHttp
from connector.clock import LOCAL_ZONE, SystemClock
from tests.acceptance.kit import until
from tests.acceptance.markers import Planted, found_in, leaks, planted
from tests.acceptance.outlets import Outlets, outlets
from tests.acceptance.town import Town
from tests.trace_receiver import receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

LOCAL = planted("LươngĐịa", 1)
UPWARD = planted("QuỳnhLên", 2)
PRIVATE = planted("MaiKín", 3)
DENOUNCED = planted("TrầnTố", 4)
SECRET = planted("PhạmMật", 5, marking="TOI_MAT-")
INBOUND = planted("CổngVề", 6)
ALL = (LOCAL, UPWARD, PRIVATE, DENOUNCED, SECRET, INBOUND)
OFFICER = "cb-mau-01"


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=5) as stage:
        yield Town(stage)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The four ways in: a channel, an official's screen, and what the two portals hold."""

    intake: JsonHttp
    officer: JsonHttp
    national: JsonHttp
    government: JsonHttp

    async def submit(self, case: Planted, nature: str, **more: Any) -> str:
        """T1; the case's code."""
        file = base64.b64encode(b"%PDF-1.4 " + case.content.encode()).decode()
        body = {
            "channel": "web",
            "content": case.content,
            "title": case.content,
            "nature": nature,
            "field": "thu_tuc_hanh_chinh",
            "sender": {"name": case.name, "phone": case.phone, "anonymous": False},
            "files": [{"file_name": case.file_name, "media_type": "application/pdf", "content_base64": file}],
            **more,
        }
        return str((await self.intake.post("/api/v1/intake/cases", body))["code"])

    async def hand_over(self, code: str) -> None:
        """T9: accepted, so that the case may go up."""
        case = await self.officer.get(f"/api/v1/cases/{code}")
        order = {"officer": OFFICER, "unit": "Phòng Nghiệp vụ (mẫu)"}
        await self.officer.post(f"/api/v1/cases/{case['id']}/acts/hand_over", order)

    async def public(self) -> bytes:
        """What anybody may read without an account."""
        told = [await self.intake.get(f"/api/v1/public/{path}") for path in ("cases", "statistics")]
        return json.dumps(told, ensure_ascii=False).encode()

    async def portals(self) -> bytes:
        """Everything that the portals were told, and the journals of their calls."""
        told = [
            await http.get(path)
            for http in (self.national, self.government)
            for path in ("/control/cases", "/control/journal")
        ]
        return json.dumps(told, ensure_ascii=False).encode()


@asynccontextmanager
async def desk(town: Town) -> AsyncIterator[Desk]:
    clock, at = SystemClock(), town.at
    doors = Desk(
        intake=JsonHttp("test.intake", at.register, clock, token=at.tokens["intake"]),
        officer=JsonHttp("test.officer", at.register, clock, token=at.tokens["officer"]),
        national=JsonHttp("test.national", at.national_control, clock),
        government=JsonHttp("test.government", at.government_control, clock),
    )
    try:
        yield doors
    finally:
        for http in (doors.intake, doors.officer, doors.national, doors.government):
            await http.aclose()


async def plant(doors: Desk) -> dict[str, str]:
    """Six cases, one of each kind that the law treats in its own way; their codes by content."""
    codes = {
        LOCAL.content: await doors.submit(LOCAL, "hien_truong"),
        UPWARD.content: await doors.submit(UPWARD, "hanh_vi_cong_vu"),
        PRIVATE.content: await doors.submit(PRIVATE, "hanh_vi_cong_vu", private=True),
        DENOUNCED.content: await doors.submit(DENOUNCED, "to_cao"),
        SECRET.content: await doors.submit(SECRET, "hanh_vi_cong_vu"),
    }
    for one in (UPWARD, PRIVATE, SECRET):
        await doors.hand_over(codes[one.content])
    body = {
        "title": INBOUND.content,
        "content": INBOUND.content,
        "kind": "1",
        "agency": "000.00.00.H56",
        "sender": {"name": INBOUND.name, "phone": INBOUND.phone},
        "anonymous": False,
        "files": [
            {
                "name": INBOUND.file_name,
                "media_type": "application/pdf",
                "content_base64": base64.b64encode(b"%PDF-1.4 mau").decode(),
            }
        ],
    }
    await doors.national.post("/control/cases", body)
    return codes


def commands(town: Town, held: int) -> dict[str, bytes]:
    """What every reading command prints, for people and for programs; ``held`` is the case that trips the wire."""
    rows = town.told("cases")
    numbers = [str(row["id"]) for row in rows]
    asked: list[tuple[str, ...]] = [
        ("status",),
        ("cases",),
        ("runs",),
        ("gaps",),
        ("report", "month", f"{datetime.now(LOCAL_ZONE):%Y-%m}"),
        ("secrecy", "show", str(held)),
        ("deliveries", "--state", "done"),
        ("quarantine", "list"),
        ("log", "show"),
        ("log", "checkpoints"),
        ("reconcile", "run", "--here"),
        ("reconcile", "findings", "--all"),
        ("resync", "list"),
        ("contract", "show"),
        ("retention", "plan"),
        ("secrecy", "list"),
        ("keys", "info"),
        ("config", "show"),
        ("alerts", "list", "--all"),
        ("alerts", "digest", "--print"),
        *(("case", "show", number) for number in numbers),
    ]
    printed: dict[str, bytes] = {}
    for one in asked:
        for extra in ((), ("--json",)):
            done = town.phanhoi(*one, *extra)
            assert done.status == 0, (one, done.err)
            printed[" ".join((*one, *extra))] = (done.out + done.err).encode()
    return printed


def files(town: Town, folder: Path) -> dict[str, bytes]:
    """What the commands write for others to take away: the log, and the evidence of each case that may be shown."""
    assert town.phanhoi("log", "export", "--out", folder, "--format", "csv", "--format", "pdf").status == 0
    made = [
        town.phanhoi("case", "evidence", str(row["id"]), "--out", folder, "--by", OFFICER).status
        for row in town.told("cases")
    ]
    assert 0 in made, "not every case is held"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def support(town: Town, folder: Path, port: int, env: dict[str, str]) -> dict[str, bytes]:
    """What monitoring and support are given: the metrics, the reasons of readiness, and every file of the doctor's bundle."""
    base, out = f"http://127.0.0.1:{port}", folder / "support.tar.gz"
    logged = [part for path in sorted(folder.glob("*.err")) for part in ("--log", path)]
    told = town.phanhoi("doctor", "--out", out, *logged, env=env)
    assert told.status in {0, 1}, told.err
    with tarfile.open(out) as archive:
        found = {one.name: archive.extractfile(one) for one in archive.getmembers()}
        given = {name: file.read() for name, file in found.items() if file is not None}
    assert any(name.endswith("metrics.txt") and b"phanhoi_cases " in text for name, text in given.items())
    given["doctor"] = (told.out + told.err).encode()
    for path in ("metrics", "readyz"):
        with urlopen(f"{base}/{path}", timeout=60) as reply:  # noqa: S310  # our own process
            given[path] = reply.read()
    return given


def rests(town: Town) -> bool:
    status = town.told("status")
    return bool(status["idle"]) and len(town.told("cases")) >= len(ALL)


def messages(heard: Outlets) -> list[bytes]:
    """What was told by mail, as a mail program reads it, and by webhook."""
    mails = [message_from_bytes(one, policy=default) for one in heard.mails]
    parts = [part.get_content().encode() for mail in mails for part in mail.iter_parts()]  # type: ignore[attr-defined]
    return [*heard.mails, *heard.calls, *parts, *(str(mail["Subject"]).encode() for mail in mails)]


async def test_what_a_sender_planted_is_nowhere_but_where_it_may_be(town: Town, tmp_path: Path) -> None:
    # whatever is put aside is told, and a digest goes out beside it
    with outlets(QUARANTINE_GROWTH="1") as heard, receiver() as (traces, taken):
        await _play(town, tmp_path, heard, traces)
    assert any(b"deliver" in body for _, body in taken), "the daemon has traced"
    for _, body in taken:
        assert found_in(body, [word for one in ALL for word in one.words]) == []
    assert any(b"quarantine_growing" in one for one in heard.calls), "something was told"
    assert any(b"daily" in one for one in heard.calls)
    assert heard.mails
    for one in messages(heard):
        assert found_in(one, [word for one in ALL for word in one.words]) == []


async def _play(town: Town, tmp_path: Path, heard: Outlets, traces: str) -> None:
    async with desk(town) as doors:
        codes = await plant(doors)
        port = free_port()
        own = {"PHANHOI_OBSERVABILITY__PORT": str(port), "PHANHOI_OBSERVABILITY__TRACES_URL": traces}
        telling = town.environment(**heard.environment, **own)
        running = town.connector(tmp_path, env=telling)
        try:
            until(lambda: rests(town), "everything has gone its way", while_runs=running)
            secret = codes[SECRET.content]
            held = town.told("secrecy", "list")
            assert [row["code"] for row in held] == [secret]
            told = await doors.portals()
            for number, printed in commands(town, held[0]["case_id"]).items():
                assert found_in(printed, [word for one in ALL for word in one.words]) == [], number
            for name, content in support(town, tmp_path, port, telling).items():
                assert found_in(content, [word for one in ALL for word in one.words]) == [], name
            for name, content in files(town, tmp_path / "taken").items():
                assert found_in(content, [word for one in ALL for word in one.words]) == [], name
            assert town.phanhoi("alerts", "digest", env=telling).status == 0
            digest = lambda: any(b"daily" in one for one in heard.calls) and len(heard.mails) > 1  # noqa: E731
            until(digest, "alerts and digest were told", while_runs=running)
            confirm = ("secrecy", "confirm", secret, "--by", OFFICER, "--basis", "BB-01/2026")
            assert town.phanhoi(*confirm).status == 0
            until(lambda: town.told("status")["idle"], "nothing is left to do", while_runs=running)
            assert found_in(await doors.portals(), SECRET.words) == []
            assert found_in(await doors.public(), [word for one in ALL for word in one.words]) == []
        finally:
            done = running.stop()
        assert done.status == 0, done.err

    words_that_travel = (UPWARD.content, UPWARD.file_name, *INBOUND.words)
    assert found_in(told, [UPWARD.content]) == [UPWARD.content], "the case itself has gone up"
    assert found_in(told, [w for one in ALL for w in one.words if w not in words_that_travel]) == []
    assert found_in((done.out + done.err).encode(), [word for one in ALL for word in one.words]) == []

    # the raw data files of register and connector, the settings, and the logs of all programs
    assert leaks(town.stage.folder, [word for one in ALL for word in one.words]) == []


def test_the_search_itself_finds_a_word_in_each_form(tmp_path: Path) -> None:
    """A search that finds nothing proves nothing unless it would have found something."""
    word = LOCAL.name
    (tmp_path / "plain").write_bytes(b"x" * 100 + word.encode())
    (tmp_path / "escaped").write_text(json.dumps({"name": word}), encoding="ascii")
    (tmp_path / "base64").write_bytes(base64.b64encode(b'{"a":"' + word.encode() + b'"}'))
    (tmp_path / "phone").write_bytes(b"+84900770133")
    found = leaks(tmp_path, [word, LOCAL.phone])
    assert found == [f"base64: {word}", f"escaped: {word}", f"phone: {LOCAL.phone}", f"plain: {word}"]
