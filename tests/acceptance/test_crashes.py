"""The connector dies at every crash point, by its own SIGKILL, and its next start makes of it what was to be.

Each scene is played twice: broken off here, and undisturbed in a town of its own. Both must leave the same data behind.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.case import ActKind
from tests.acceptance.casting import Role, cast
from tests.acceptance.crashing import (
    HASTE,
    Left,
    Scene,
    broken_off,
    closed_by_telling,
    died,
    left_by,
    undisturbed_run,
    until_at_rest,
)
from tests.acceptance.kit import until
from tests.acceptance.town import Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

IN_PARTS = {
    f"PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__ATTACHMENTS__{name}": value
    for name, value in (("INLINE_MAX_BYTES", "0"), ("CHUNK_BYTES", "1024"))
}
GATHERING = {"PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__BATCH_LINGER_MS": "1000"}

PUBLISHED = Role(plot="published", shows=(ActKind.PROGRESS,))
REFUSED = Role(plot="refused")
UP_WITH_FILES = Role(plot="up_published", files=True)
GOV_REFUSED = Role(plot="refused", portal=GOVERNMENT)
GOV_UP = Role(plot="up_published", portal=GOVERNMENT, files=True)
GOV_PAPER = Role(plot="published", portal=GOVERNMENT, paper=3000)
RATED = Role(plot="published", shows=(ActKind.PROGRESS, ActKind.RATED))
SUPPLEMENTED = Role(plot="supplemented")
TIGHTENED = Role(plot="up_published", tightened=True)
GOV_TIGHTENED = Role(plot="up_published", portal=GOVERNMENT, tightened=True)


SCENES = (
    Scene(
        # what is stored is only confirmed by the next start, so no page of the queue is moved past in this scene
        dies=(
            f"observe.told:{NATIONAL}",
            f"observe.storing:{GOVERNMENT}",
            f"observe.page:{GOVERNMENT}",
            "queue.confirmed",
        ),
        roles=(REFUSED, GOV_REFUSED),
    ),
    Scene(
        dies=(
            "observe.stored:register",
            f"settle.planning:{NATIONAL}/create",
            "settle.planned",
            f"deliver.rendered:{NATIONAL}/create",
            f"deliver.answered:{NATIONAL}/create",
            f"refresh.fetched:{NATIONAL}",
        ),
        roles=(UP_WITH_FILES,),
    ),
    Scene(
        dies=(
            f"deliver.marking:{GOVERNMENT}/create",
            f"deliver.answered:{GOVERNMENT}/create",
            "deliver.doubted",
            "deliver.looked_up",
            f"record.recording:{GOVERNMENT}/create",
            f"record.recorded:{GOVERNMENT}/create",
        ),
        roles=(GOV_UP,),
    ),
    Scene(
        dies=(
            f"deliver.sending:{NATIONAL}/append/accepted",
            f"deliver.answered:{NATIONAL}/append/progress",
            f"deliver.answered:{NATIONAL}/append/answered",
            "deliver.answered:register/append/rated",
        ),
        roles=(RATED,),
    ),
    Scene(dies=("deliver.failed",), roles=(REFUSED,), fails={"service": "TuChoiPAKN", "mode": "busy"}),
    Scene(
        dies=("batch.gathered:tien_do/many", "batch.answered:ket_qua/many"),
        roles=(PUBLISHED,) * 3,
        env=GATHERING,
    ),
    Scene(
        dies=("upload.chunk::2", "upload.whole", f"deliver.answered:{GOVERNMENT}/append/answered"),
        roles=(GOV_PAPER,),
        env=IN_PARTS,
    ),
    Scene(
        dies=("write.committing:create", "deliver.answered:register/create", "write.committing:append"),
        roles=(SUPPLEMENTED,),
    ),
    Scene(dies=(f"deliver.answered:{NATIONAL}/tighten",), roles=(TIGHTENED,)),
    Scene(dies=(f"deliver.answered:{GOVERNMENT}/tighten",), roles=(GOV_TIGHTENED,)),
)

UNCONFIRMED = Scene(
    dies=(f"observe.moved:{GOVERNMENT}",),
    roles=(GOV_REFUSED,),
    env={"PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__POISON_PASSES": "1"},
)
"""Stored, and its portal does not know it; whatever is garbled once waits for a person at once."""

STORIES = cast(900, {**{str(scene): scene.roles for scene in SCENES}, "unconfirmed": UNCONFIRMED.roles})


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Left:
    told = [one for stories in STORIES.values() for one in stories]
    return undisturbed_run(module_folder / "undisturbed", told)


@pytest.mark.parametrize("scene", SCENES, ids=str)
async def test_dying_there_changes_nothing_in_the_result(
    scene: Scene, town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    left = await broken_off(town, scene, STORIES[str(scene)], tmp_path)
    assert left == undisturbed.of(left)


async def test_what_was_stored_by_a_connector_that_died_is_confirmed_and_not_read_again(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """It would come garbled now, and its case, which is known whole, would wait for a person for ever."""
    env = town.environment(**HASTE, **UNCONFIRMED.env)
    async with town.people(STORIES["unconfirmed"]) as people:
        dying = town.start(tmp_path, "dying", {**env, "PHANHOI_CRASH_AT": UNCONFIRMED.dies[0]})
        with dying.watched():
            assert await died(town, people, dying, closed_by_telling(town.stage.url))
        assert _queue(town)
        with ExitStack() as stack:
            with _garbled_items(town):
                again = town.connector(tmp_path, "again", env)
                stack.callback(again.stop)
                until(lambda: not _queue(town), "the queue is empty", while_runs=again)
            world = await until_at_rest(town, people, again)
        left = await left_by(town, people, world)
    assert left == undisturbed.of(left)


def _queue(town: Town) -> list[dict[str, str]]:
    """What waits at the Government Portal."""
    return list(httpx.get(f"{town.at.government_control}/control/queue").raise_for_status().json())


@contextmanager
def _garbled_items(town: Town) -> Iterator[None]:
    """Whatever is read of the Government Portal's queue cannot be read."""
    url = f"{town.at.government_control}/control/profile"
    rule = {"service": "GetItem", "mode": "malformed_body", "times": 1000}
    httpx.patch(url, json={"fail_next": [rule]}).raise_for_status()
    try:
        yield
    finally:
        httpx.patch(url, json={"fail_next": []}).raise_for_status()
