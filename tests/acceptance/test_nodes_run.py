"""The promise over several hosts, in short: a cable pulled, a host killed, one told to stop, in mid-work."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.demo.hosts import Hosts, why_not
from tests.acceptance.kit import processes_naming, rehearse

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

NO_HOSTS = why_not()
needs_hosts = pytest.mark.skipif(NO_HOSTS is not None, reason=f"no network namespaces here: {NO_HOSTS}")
CASES, NODES, BLOWS = 10, 3, 3


def reaches(hosts: Hosts, number: int) -> bool:
    """Whether a process on that host gets through to this machine."""
    ping = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2).close()"
    with socket.create_server((hosts.address, 0)) as door:
        command = [
            *hosts.within(number),
            sys.executable,
            "-c",
            ping,
            hosts.address,
            str(door.getsockname()[1]),
        ]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


@needs_hosts
def test_a_pulled_cable_cuts_one_host_off_and_no_other() -> None:
    with Hosts(2) as hosts:
        assert [reaches(hosts, number) for number in (0, 1)] == [True, True]
        hosts.cut(0)
        assert [reaches(hosts, number) for number in (0, 1)] == [False, True]
        hosts.heal(0)
        # who was looked for in vain is looked for again after a second or two
        assert any(reaches(hosts, 0) for _ in range(5))
        names = hosts.names
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not [name for name in names if name in left]


@needs_hosts
def test_hosts_that_are_cut_off_and_killed_neither_lose_nor_double_a_case(tmp_path: Path) -> None:
    done = rehearse(
        *("adapters.demo.nodes", "--cases", CASES, "--nodes", NODES, "--blows", BLOWS),
        *("--minutes", 6, "--folder", tmp_path / "data"),
    )
    told = json.loads(done.stdout)
    assert told["ok"], (told, done.stderr)
    assert done.returncode == os.EX_OK
    assert (told["cases"], told["nodes"]) == (CASES, NODES)
    assert (told["duplicates"], told["lost"], told["in_doubt"]) == (0, 0, 0)
    assert told["converged"] is True
    assert told["effects_repeated"] == []
    assert [one["kind"] for one in told["blows"]] == ["cut", "kill", "stop"]
    assert told["taken_over"] >= 2, "what was cut off and what was killed must have been taken over"
    assert set(told["throughput"]) == {"before", "during", "after"}
    assert processes_naming(tmp_path) == []
