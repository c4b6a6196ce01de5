"""The plots: which acts follow each other, and how often each plot is told.

A block of :data:`CAST` holds every plot at its share; a run shuffles one block after the other, so any hundred
stories show every kind of act in both directions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.life.pen import Pen
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER, Expect, Step
from connector.case import Nature, SenderKind

Steps = tuple[Step, ...]
TRAVELLING = (Nature.CONDUCT, Nature.CONDUCT, Nature.REGULATION, Nature.PROPOSAL)
"""Natures whose cases travel (the first twice as often)."""

SOON_S = 2
"""A due instant that a demo can wait for."""


def _handled(pen: Pen) -> Steps:
    """From intake to the unit's result."""
    return (pen.hand_over(), *pen.progress(pen.rng.choice((0, 0, 1, 2))), pen.result())


def _answered(pen: Pen) -> Steps:
    return (*_handled(pen), pen.answer(with_file=pen.rng.random() < 0.3))


def published(pen: Pen) -> Steps:
    """The straight way; every other sender rates the answer."""
    rating = (pen.rate(),) if pen.rng.random() < 0.5 else ()
    return (*_answered(pen), pen.publish(), *rating)


def hurried(pen: Pen) -> Steps:
    """The portal reminds and moves the due date while the unit works."""
    return (
        pen.hand_over(),
        *pen.progress(1),
        pen.remind(),
        *pen.progress(1),
        pen.change_due(),
        pen.result(),
        pen.answer(),
        pen.publish(),
        pen.rate(),
    )


def late(pen: Pen) -> Steps:
    """The unit's time passes; the sender is told why. Only where no law sets a term that a demo cannot wait for (R01)."""
    notice = pen.late_notice(wait_s=SOON_S + 1)
    return (pen.hand_over(due_in_s=SOON_S), notice, pen.result(), pen.answer(), pen.publish())


def supplemented(pen: Pen) -> Steps:
    """Something was missing; the sender adds it."""
    return (pen.ask_supplement(), pen.supplement(), *published(pen))


def lapsed(pen: Pen) -> Steps:
    """Something was missing; nobody added it."""
    return (pen.ask_supplement(due_in_s=SOON_S), pen.lapse(wait_s=SOON_S + 1))


def refused(pen: Pen) -> Steps:
    """Outside the fields, or told twice."""
    return (pen.refuse(pen.rng.choice(("NGOAI_LINH_VUC", "TRUNG_LAP", "THIEU_THONG_TIN"))),)


def wrong_door(pen: Pen) -> Steps:
    """A complaint, a denunciation or a question of law: refused, with the right door named."""
    return (pen.refuse(pen.rng.choice(("KHIEU_NAI_TO_CAO", "TU_VAN_PHAP_LUAT"))),)


def returned(pen: Pen) -> Steps:
    """Not the province's business: back to the Government Office."""
    return (pen.return_vpcp(),)


def transferred(pen: Pen) -> Steps:
    """Another agency's business."""
    return (pen.transfer_out(),)


def reworked(pen: Pen) -> Steps:
    """The portal sends the answer back; the corrected version is published."""
    return (*_answered(pen), pen.rework(), pen.answer(with_file=True), pen.publish(), pen.rate())


def sent_back(pen: Pen) -> Steps:
    """Intake is not content with the unit's first result; another agency gives its view."""
    return (
        pen.hand_over(),
        *pen.coordinate(),
        pen.result(),
        pen.send_back(),
        pen.result(),
        pen.answer(),
        pen.publish(),
    )


def recalled(pen: Pen) -> Steps:
    """The portal takes the case back while the unit works; a person agrees."""
    return (pen.hand_over(), *pen.progress(1), pen.recall(), pen.decide_recall(agree=True))


def kept(pen: Pen) -> Steps:
    """The portal takes the case back; a person refuses with a reason, and the case goes on."""
    return (
        pen.hand_over(),
        *pen.progress(1),
        pen.recall(),
        pen.decide_recall(agree=False),
        pen.result(),
        pen.answer(),
        pen.publish(),
    )


def unpublished(pen: Pen) -> Steps:
    """Published, then taken off the site."""
    return (*_answered(pen), pen.publish(), pen.unpublish())


def private(pen: Pen) -> Steps:
    """Content secret at the sender's wish: answered privately and closed."""
    return (*_handled(pen), pen.answer(publishable=False))


def local(pen: Pen) -> Steps:
    """Handled and answered in the register alone."""
    return _answered(pen)


def local_supplemented(pen: Pen) -> Steps:
    """The same, with a question to the sender first."""
    return (pen.ask_supplement(), pen.supplement(), *_answered(pen))


def local_reassigned(pen: Pen) -> Steps:
    """The same, by another agency of the province."""
    return (pen.reassign(), *_answered(pen))


def untouched(_: Pen) -> Steps:
    """Nobody can do anything: the case never reaches the register."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One line of the cast.

    Attributes:
        share: how many stories of a block follow it.
        raw: contract fields that make it a seeded fault.
    """

    name: str
    write: Callable[[Pen], Steps]
    birth: str
    twin: str | None
    share: int = 1
    natures: tuple[Nature, ...] = TRAVELLING
    sender: SenderKind = SenderKind.CITIZEN
    expect: Expect = Expect.SYNCED
    private: bool = False
    raw: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


def _from(
    portal: str,
    write: Callable[[Pen], Steps],
    share: int = 1,
    *,
    natures: tuple[Nature, ...] = TRAVELLING,
    sender: SenderKind = SenderKind.CITIZEN,
    private: bool = False,
) -> Plot:
    return Plot(
        name=write.__name__,
        write=write,
        birth=portal,
        twin=REGISTER,
        share=share,
        natures=natures,
        sender=sender,
        private=private,
    )


def _to(
    portal: str, write: Callable[[Pen], Steps], share: int = 1, *, sender: SenderKind = SenderKind.CITIZEN
) -> Plot:
    name = f"up_{write.__name__}"
    return Plot(name=name, write=write, birth=REGISTER, twin=portal, share=share, sender=sender)


def _stays(write: Callable[[Pen], Steps], nature: Nature, share: int = 1, *, secret: bool = False) -> Plot:
    return Plot(
        name=f"stays_{write.__name__}",
        write=write,
        birth=REGISTER,
        twin=None,
        share=share,
        natures=(nature,),
        expect=Expect.LOCAL,
        private=secret,
    )


def _seeded(portal: str, name: str, **raw: str) -> Plot:
    return Plot(
        name=name,
        write=untouched,
        birth=portal,
        twin=REGISTER,
        expect=Expect.QUARANTINE,
        raw=raw,
        reason=name,
    )


_WITH_SITE = (*TRAVELLING, Nature.SITE)
_FIRM = SenderKind.ENTERPRISE

CAST: tuple[Plot, ...] = (
    _from(NATIONAL, published, 6, natures=_WITH_SITE),
    _from(NATIONAL, hurried, 2),
    _from(NATIONAL, late),
    _from(NATIONAL, supplemented, 3),
    _from(NATIONAL, lapsed),
    _from(NATIONAL, refused, 2),
    _from(NATIONAL, wrong_door),
    _from(NATIONAL, returned),
    _from(NATIONAL, transferred),
    _from(NATIONAL, reworked, 2),
    _from(NATIONAL, sent_back),
    _from(NATIONAL, recalled),
    _from(NATIONAL, unpublished),
    _from(NATIONAL, private, private=True),
    _seeded(NATIONAL, "unknown_kind", kind="9"),
    _from(GOVERNMENT, published, 3),
    _from(GOVERNMENT, hurried, sender=_FIRM),
    _from(GOVERNMENT, late),
    _from(GOVERNMENT, supplemented, 2, sender=_FIRM),
    _from(GOVERNMENT, lapsed),
    _from(GOVERNMENT, refused),
    _from(GOVERNMENT, returned),
    _from(GOVERNMENT, transferred),
    _from(GOVERNMENT, reworked, 2, sender=_FIRM),
    _from(GOVERNMENT, recalled),
    _from(GOVERNMENT, kept),
    _from(GOVERNMENT, unpublished),
    _from(GOVERNMENT, private, private=True),
    _seeded(GOVERNMENT, "unmapped_agency", agency="000.00.98.H56"),
    _to(NATIONAL, published, 7),
    _to(NATIONAL, hurried),
    _to(NATIONAL, reworked, 2),
    _to(NATIONAL, unpublished),
    _to(GOVERNMENT, published, 2, sender=_FIRM),
    _to(GOVERNMENT, reworked, sender=_FIRM),
    _to(GOVERNMENT, hurried, sender=_FIRM),
    _stays(local, Nature.SITE, 4),
    _stays(local_supplemented, Nature.SITE),
    _stays(local_reassigned, Nature.SITE),
    _stays(refused, Nature.CONDUCT),
    _stays(wrong_door, Nature.COMPLAINT),
    _stays(wrong_door, Nature.DENUNCIATION),
    _stays(wrong_door, Nature.LEGAL_ADVICE),
    _stays(private, Nature.CONDUCT, 2, secret=True),
)
"""Every plot with its share of a block."""
