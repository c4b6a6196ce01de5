"""What the player reads of a twin with ten thousand cases: only what changed, whoever changed it."""

import pytest

from adapters.life.faces import PortalFace
from adapters.life.http import JsonHttp
from connector.clock import SystemClock
from tests.unit.twin_lines import GOVERNMENT, NATIONAL, line


@pytest.mark.parametrize("portal", [NATIONAL, GOVERNMENT])
async def test_the_changes_add_up_to_the_whole(portal: str) -> None:
    """A case that is entered, accepted by its agency and recalled by the portal shows each time."""
    async with line(portal) as at:
        http = JsonHttp("control", at.control_url, SystemClock())
        face = PortalFace(f"{portal}_portal", http, SystemClock())
        assert await face.cases() == ()
        case = await at.born()
        told = [await face.cases()]
        await at.born()
        assert at.good(await at.post(await at.accept(case)))
        told.append(await face.cases())
        await at.control("POST", f"cases/{case}/recall", {"reason": "Thu hồi"})
        told.append(await face.cases())
        assert told[-1] == await face.cases(whole=True)
        await http.aclose()
    assert [len(cases) for cases in told] == [1, 2, 2]
    history = [len(cases[0].acts) for cases in told]
    assert history == sorted(set(history))
