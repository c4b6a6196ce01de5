"""Tells the stories: the same seed always tells the same ones, and story *n* does not depend on how many are told."""

from functools import lru_cache
from random import Random

from adapters.life import texts
from adapters.life.files import jpeg, pdf
from adapters.life.pen import Pen
from adapters.life.people import person
from adapters.life.plots import CAST, Plot
from adapters.life.script import GOVERNMENT, NATIONAL, Story, StoryFile, tagged
from connector.case import Channel, SenderKind

LOCAL_CHANNELS = (
    Channel.WEB,
    Channel.WEB,
    Channel.MOBILE_APP,
    Channel.ZALO,
    Channel.ZALO,
    Channel.FACEBOOK,
    Channel.PHONE,
    Channel.OFFICER,
)


def tell(seed: int, count: int) -> tuple[Story, ...]:
    """The first ``count`` stories of a seed."""
    return tuple(story(seed, number) for number in range(1, count + 1))


def story(seed: int, number: int) -> Story:
    """Story ``number`` (from 1) of a seed."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose, protects nothing
    plot = _plot(seed, number)
    nature = rng.choice(plot.natures)
    firm = plot.sender is SenderKind.ENTERPRISE
    topic = rng.choice(texts.BUSINESS if firm else texts.TOPICS[nature])
    letter = texts.letter(rng, topic)
    label = f"KB {seed}-{number:05d}"
    pen = Pen(rng, label=label, topic=topic, portal=_portal(plot))
    return Story(
        seed=seed,
        number=number,
        plot=plot.name,
        birth=plot.birth,
        twin=plot.twin,
        expect=plot.expect,
        nature=nature,
        channel=_channel(rng, plot),
        sender=person(rng, number=number, kind=plot.sender),
        title=tagged(letter.title, seed=seed, number=number),
        content=letter.content,
        field_code=topic.field,
        private=plot.private,
        files=_files(rng, label),
        steps=plot.write(pen),
        raw=plot.raw,
        reason=plot.reason,
    )


def _portal(plot: Plot) -> str | None:
    return plot.birth if plot.birth in (NATIONAL, GOVERNMENT) else plot.twin


def _plot(seed: int, number: int) -> Plot:
    block = _block(seed, (number - 1) // _block_size())
    return block[(number - 1) % _block_size()]


def _block_size() -> int:
    return sum(plot.share for plot in CAST)


@lru_cache(maxsize=64)
def _block(seed: int, index: int) -> tuple[Plot, ...]:
    """One block of the cast in an order of its own."""
    plots = [plot for plot in CAST for _ in range(plot.share)]
    Random(f"{seed}/block/{index}").shuffle(plots)  # noqa: S311 - repeatable on purpose, protects nothing
    return tuple(plots)


def _channel(rng: Random, plot: Plot) -> Channel:
    if plot.birth == NATIONAL:
        return Channel.NATIONAL_PORTAL
    if plot.birth == GOVERNMENT:
        firm = plot.sender is SenderKind.ENTERPRISE
        return Channel.GOVERNMENT_PORTAL_BUSINESS if firm else Channel.GOVERNMENT_PORTAL_CITIZEN
    return rng.choice(LOCAL_CHANNELS)


def _files(rng: Random, label: str) -> tuple[StoryFile, ...]:
    """Every third sender attaches something."""
    if rng.random() >= 0.33:
        return ()
    papers = (pdf("giay-hen.pdf", f"{label} receipt"), jpeg("anh-hien-truong.jpg", f"{label} photo"))
    return papers[: rng.choice((1, 1, 2))]


__all__ = ["LOCAL_CHANNELS", "Story", "story", "tell"]
