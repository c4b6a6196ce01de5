"""Every point of a delivery with every kind of write: ``make crashes``. Left out of ``make test`` for its length.

One story dies six times over one and the same write: before it is marked, before it leaves, after it took effect, and
twice over its record.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.case import ActKind
from tests.acceptance.casting import Later, Role, cast
from tests.acceptance.crashing import Left, Scene, broken_off, undisturbed_run
from tests.acceptance.town import Town

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]

POINTS = (
    "deliver.rendered",
    "deliver.marking",
    "deliver.sending",
    "deliver.answered",
    "record.recording",
    "record.recorded",
)

BOTH = {
    "append/accepted": Role(plot="published"),
    "append/assigned": Role(plot="published"),
    "append/progress": Role(plot="published", shows=(ActKind.PROGRESS,)),
    "append/late_notice": Role(plot="late"),
    "append/supplement_requested": Role(plot="supplemented"),
    "append/refused": Role(plot="refused"),
    "append/lapsed": Role(plot="lapsed"),
    "append/transferred": Role(plot="transferred"),
    "append/returned": Role(plot="returned"),
    "append/answered": Role(plot="published", paper=1),
    "append/closed": Role(plot="private"),
    "create": Role(plot="up_published", files=True),
    "tighten": Role(plot="up_published", tightened=True),
}
"""What goes to a portal, and the plot that tells of it."""

HOME = {
    "create": Role(plot="refused", files=True),
    "update": Role(plot="refused", later=Later.CONTENT),
    "tighten": Role(plot="refused", later=Later.PRIVATE),
    "append/supplemented": Role(plot="supplemented"),
    "append/published": Role(plot="published"),
    "append/unpublished": Role(plot="unpublished"),
    "append/rated": Role(plot="published", shows=(ActKind.RATED,)),
    "append/returned_for_rework": Role(plot="reworked"),
    "append/recalled": Role(plot="recalled"),
    "append/reminded": Role(plot="hurried"),
    "append/due_changed": Role(plot="hurried"),
}
"""What comes to the register."""

WRITES = {
    **{
        f"{portal}/{kind}": role.at(portal)
        for portal in (NATIONAL, GOVERNMENT)
        for kind, role in BOTH.items()
    },
    # the Government Portal has no operation that changes a case
    f"{NATIONAL}/update": Role(plot="up_published", later=Later.PAPER),
    f"{GOVERNMENT}/append/recall_refused": Role(plot="kept", portal=GOVERNMENT),
    f"{GOVERNMENT}/append/recall_agreed": Role(plot="recalled", portal=GOVERNMENT),
    **{f"register/{kind}": role for kind, role in HOME.items()},
}

STORIES = cast(970, {kind: (role,) for kind, role in WRITES.items()})


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Left:
    told = [one for stories in STORIES.values() for one in stories]
    return undisturbed_run(module_folder / "undisturbed", told)


@pytest.mark.parametrize("kind", WRITES)
async def test_dying_at_every_point_of_this_write_changes_nothing(
    kind: str, town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    scene = Scene(dies=tuple(f"{point}:{kind}" for point in POINTS), roles=(WRITES[kind],))
    left = await broken_off(town, scene, STORIES[kind], tmp_path)
    assert left == undisturbed.of(left)
