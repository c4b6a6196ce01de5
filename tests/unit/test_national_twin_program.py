"""The twin as a program: start settings, profile file, ready line, clean stop (docs/twins.md)."""

import asyncio
import dataclasses
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.national_portal.twin import Profile, ProfileError, main
from adapters.national_portal.twin.events import EVENTS
from adapters.national_portal.twin.twin import SERVICES
from tests.unit.national_twin_kit import OURS

MANUAL = Path(__file__).parents[2] / "docs" / "twins.md"


async def test_the_program_tells_where_it_listens_and_stops_on_sigterm(tmp_path: Path) -> None:
    ready, profile = tmp_path / "ready.json", tmp_path / "profile.json"
    profile.write_text('{"error_code_form": "zeros"}', encoding="utf-8")
    program = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "adapters.national_portal.twin",
            "--seed",
            "3",
            "--password-env",
            "TWIN_SECRET",
        ),
        *(
            "--ready-file",
            str(ready),
            "--profile",
            str(profile),
            "--prefix",
            "/VXPAdapter/RestService/forward",
        ),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TWIN_SECRET": "bi-mat-thu", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert program.stdout is not None
    try:
        line = await asyncio.wait_for(program.stdout.readline(), 30)
        told = json.loads(line)
        assert set(told) == {"url", "control_url"}
        assert json.loads(ready.read_text(encoding="utf-8")) == told
        async with httpx.AsyncClient() as http:
            body = {"username": OURS, "password": "bi-mat-thu"}
            reply = await http.post(f"{told['url']}/mapi/login", json=body)
            assert reply.json()["error_code"] == "00"
            assert (await http.get(f"{told['control_url']}/control/health")).json()["seed"] == 3
        program.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(program.wait(), 10) == 0
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


def test_the_program_refuses_settings_that_make_no_sense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KHONG_CO", raising=False)
    assert main(["--password-env", "KHONG_CO"]) == 2
    assert "KHONG_CO" in capsys.readouterr().err
    wrong = tmp_path / "sai.json"
    wrong.write_text('{"khong_co": true}', encoding="utf-8")
    assert main(["--profile", str(wrong)]) == 2
    assert "khong_co" in capsys.readouterr().err
    wrong.write_text("[", encoding="utf-8")
    assert main(["--profile", str(wrong)]) == 2
    assert "sai.json" in capsys.readouterr().err


def test_the_program_says_that_a_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "in use" in capsys.readouterr().err


# ---- the profile ------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"error_code_form": "chu"},
        {"per_item": 1},
        {"exists_code": "3"},
        {"session_life_s": -1},
        {"list_scope": None},
    ],
)
def test_a_profile_names_what_it_does_not_know(wrong: dict[str, Any]) -> None:
    with pytest.raises(ProfileError, match=next(iter(wrong))):
        Profile.parse(wrong)


def test_a_profile_survives_its_dump() -> None:
    profile = Profile.parse({"http_503": 0.5, "unknown_status": [1], "fail_next": {"mode": "slow"}})
    assert Profile.parse(json.loads(json.dumps(profile.dump()))) == profile


def test_the_manual_names_every_switch_service_and_event() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    names = [item.name for item in dataclasses.fields(Profile)] + list(SERVICES) + list(EVENTS)
    assert [name for name in names if f"`{name}`" not in manual] == []
