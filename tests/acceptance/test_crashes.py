"""The connector dies at every crash point, by its own SIGKILL, and its next start makes of it what was to be.

Each scene is played twice: broken off here, and undisturbed in a town of its own. Both must leave the same data behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.case import ActKind
from tests.acceptance.casting import Role, cast
from tests.acceptance.crashing import Left, Scene, broken_off, undisturbed_run
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
        dies=(
            f"observe.told:{NATIONAL}",
            f"observe.storing:{GOVERNMENT}",
            f"observe.page:{GOVERNMENT}",
            f"observe.moved:{GOVERNMENT}",
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

STORIES = cast(900, {str(scene): scene.roles for scene in SCENES})


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
