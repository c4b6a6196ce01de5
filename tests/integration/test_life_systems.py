"""The player and the judge against the real register and the real twins, over HTTP; no connector between them."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256

import pytest

from adapters.government_portal.twin import running as government_twin
from adapters.life.compare import judge
from adapters.life.faces import PortalFace, RegisterFace, RegisterTokens
from adapters.life.http import JsonHttp, RefusedByServerError
from adapters.life.play import Player, PlayOptions
from adapters.life.reading import SENDER_FIELDS, nfc
from adapters.life.script import GOVERNMENT, NATIONAL, PORTALS, REGISTER, Expect, Story
from adapters.life.story import tell
from adapters.life.verdict import Fault
from adapters.national_portal.twin import running as national_twin
from adapters.register.models import AgencyIn, HolderIn
from adapters.register.testing import running as running_register
from adapters.register.tokens import Role
from connector.clock import SystemClock
from connector.store.embedded import EmbeddedServer

STORIES = tell(4, 70)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedServer(tmp_path_factory.mktemp("life") / "postgres")
    yield server.start()
    server.stop()


@dataclass(frozen=True, kw_only=True)
class Systems:
    """The three faces, and where the register listens."""

    register: RegisterFace
    national: PortalFace
    government: PortalFace
    register_url: str

    def player(self, stories: tuple[Story, ...], **options: int) -> Player:
        return Player(
            stories,
            register=self.register,
            national=self.national,
            government=self.government,
            clock=SystemClock(),
            options=PlayOptions(tick_s=0.1, births_per_tick=None, **options),
        )


@pytest.fixture
async def systems(database: str) -> AsyncIterator[Systems]:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        register = await stack.enter_async_context(running_register(database))
        national = await stack.enter_async_context(national_twin())
        government = await stack.enter_async_context(government_twin())
        await register.register.put_agencies(
            [
                AgencyIn(code="000.00.00.H56", name="UBND tỉnh Thanh Hóa"),
                AgencyIn(code="000.00.77.H56", name="Sở Mẫu (hư cấu)", parent="000.00.00.H56"),
            ],
            province_role=[HolderIn(agency="000.00.00.H56")],
        )
        tokens = {role: register.tokens[Role(role)] for role in ("intake", "officer", "exchange")}
        face = RegisterFace(register.url, RegisterTokens(**tokens), clock)
        stack.push_async_callback(face.aclose)
        portals = {}
        for system, url in ((NATIONAL, national.control_url), (GOVERNMENT, government.control_url)):
            http = JsonHttp(system, url, clock)
            stack.push_async_callback(http.aclose)
            portals[system] = PortalFace(system, http, clock)
        yield Systems(
            register=face,
            national=portals[NATIONAL],
            government=portals[GOVERNMENT],
            register_url=register.url,
        )


async def test_every_local_story_comes_to_its_end_in_the_real_register(systems: Systems) -> None:
    local = tuple(story for story in STORIES if story.expect is Expect.LOCAL)
    play = systems.player(local)
    await play.run()
    assert not play.progress.stuck
    assert play.progress.settled == len(local)
    found = await judge(
        local, register=systems.register, national=systems.national, government=systems.government
    )
    assert found.converged
    assert found.cases == len(local)


async def test_what_senders_enter_is_read_back_as_they_wrote_it_and_a_restart_enters_nothing_twice(
    systems: Systems,
) -> None:
    stories = tell(5, 70)
    await systems.player(stories).tick()
    await systems.player(stories).tick()
    world = await systems.player(stories).world()
    for system in (REGISTER, *PORTALS):
        born = {story.key: story for story in stories if story.birth == system}
        cases = [case for case in world.of(system) if case.key in born]
        assert Counter(case.key for case in cases) == Counter(born.keys())
        for case in cases:
            story = born[case.key or (0, 0)]
            assert (nfc(case.title), nfc(case.content)) == (nfc(story.title), nfc(story.content))
            assert case.private == story.private
            assert case.sender == {name: getattr(story.sender, name) for name in SENDER_FIELDS}
            assert sorted(str(file.sha256) for file in case.files if file.role == "question") == sorted(
                sha256(file.content).hexdigest() for file in story.files
            )


async def test_without_a_connector_the_judge_calls_every_travelling_case_lost(systems: Systems) -> None:
    stories = tuple(story for story in tell(6, 40) if story.expect is Expect.SYNCED)
    await systems.player(stories).tick()
    found = await judge(
        stories, register=systems.register, national=systems.national, government=systems.government
    )
    assert not found.converged
    assert len(found.of(Fault.LOST)) == len(found.differences) == len(stories)
    assert found.linked == 0


async def test_officials_of_a_local_story_are_refused_when_they_come_too_late(systems: Systems) -> None:
    """The register's own state machine speaks, and the player hears the code."""
    story = next(one for one in tell(8, 200) if one.plot == "stays_refused")
    play = systems.player((story,))
    await play.run()
    case = next(case for case in (await play.world()).register if case.key == story.key)
    with pytest.raises(RefusedByServerError) as refused:
        await systems.register.do(story.steps[0], case)
    assert refused.value.status == 409
    assert refused.value.code == "FINAL"


async def test_a_wrong_token_is_told_and_not_taken_for_an_empty_register(systems: Systems) -> None:
    wrong = RegisterFace(
        systems.register_url, RegisterTokens(intake="x", officer="x", exchange="x"), SystemClock()
    )
    with pytest.raises(RefusedByServerError) as refused:
        await wrong.cases(whole=True)
    await wrong.aclose()
    assert (refused.value.status, refused.value.code) == (401, "NO_TOKEN")
