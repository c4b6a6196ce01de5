"""A daemon that was told to stop is gone in time, and says what hung."""

import json
import subprocess
import sys

from connector.errors import StopOverdue

HANGS = """
import asyncio
from connector.logs import log_to_stderr
from connector.stopping import LastCall

async def part():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def main():
    log_to_stderr(20)
    hangs = asyncio.create_task(part(), name="a part")
    await asyncio.sleep(0)
    LastCall(0.3, asyncio.get_running_loop()).start()
    hangs.cancel()
    await asyncio.gather(hangs, return_exceptions=True)

asyncio.run(main())
"""


def test_what_hangs_at_the_stop_is_named_and_the_process_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == StopOverdue.exit_status
    (told,) = [json.loads(line) for line in done.stderr.splitlines() if "stop_overdue" in line]
    assert told["code"] == StopOverdue.code
    assert "gửi dòng" not in told["next_step"]
    assert any(one.startswith("a part: <string>:") for one in told["standing"]), told


def test_a_stop_in_time_is_left_alone() -> None:
    quick = "import asyncio\nfrom connector.stopping import LastCall\nasync def main(): LastCall(60, asyncio.get_running_loop()).start()\nasyncio.run(main())"
    done = subprocess.run(
        [sys.executable, "-c", quick], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
