"""Compares one case with its twin: link, what it is about, every act both ways, files, answer, status. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from adapters.life.reading import SENDER_FIELDS, SeenAct, SeenCase, nfc
from adapters.life.script import GOVERNMENT, REGISTER, Story
from adapters.life.standing import expected_status
from adapters.life.verdict import Difference, Fault
from adapters.life.vocabulary import INWARD, KINDS, NATURES, OUTWARD
from connector.case import ActKind


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The register's case and the portal's, of one story."""

    story: Story
    register: SeenCase
    portal: SeenCase

    @property
    def linked(self) -> bool:
        """Whether they name each other."""
        return not any(_link(self))

    @property
    def outward(self) -> tuple[SeenAct, ...]:
        """The register's acts that the portal must show."""
        return tuple(act for act in self.register.acts if act.own and act.kind in OUTWARD)

    @property
    def inward(self) -> tuple[SeenAct, ...]:
        """The portal's acts that the register must show."""
        return tuple(act for act in self.portal.acts if act.kind in INWARD)

    @property
    def acts(self) -> int:
        """Acts that travel, both directions together."""
        return len(self.outward) + len(self.inward)

    def differs(self, fault: Fault, system: str, what: str) -> Difference:
        """A difference of this pair."""
        ref = self.register.ref if system == REGISTER else self.portal.ref
        story = self.story
        return Difference(fault=fault, story=story.number, plot=story.plot, system=system, what=what, ref=ref)


def compare_pair(pair: Pair, *, identity_travels: bool) -> list[Difference]:
    """Everything in which the two differ from each other or from the story."""
    return [
        *_link(pair),
        *_head(pair),
        *_sender(pair, identity_travels=identity_travels),
        *_acts_out(pair),
        *_acts_in(pair),
        *_files(pair),
        *_answer(pair),
        *_recall(pair),
        *_status(pair),
    ]


def _link(pair: Pair) -> Iterable[Difference]:
    story, register, portal = pair.story, pair.register, pair.portal
    if story.birth != REGISTER and register.origin != (portal.system, portal.ref):
        yield pair.differs(Fault.WRONG, REGISTER, "origin does not name the portal's case")
    # a portal that was only refused or given back was never told our code (contract §10.6.4, §10.6.6)
    told = story.birth == REGISTER or any(act.kind is ActKind.ACCEPTED for act in portal.acts)
    if (told or portal.code) and portal.code != register.code:
        yield pair.differs(Fault.WRONG, portal.system, "our case code differs")


def _head(pair: Pair) -> Iterable[Difference]:
    story = pair.story
    for case in (pair.register, pair.portal):
        for name, want, have in (
            ("title", story.title, case.title),
            ("content", story.content, case.content),
        ):
            if nfc(want) != nfc(have):
                yield pair.differs(Fault.WRONG, case.system, f"{name} differs from what the sender wrote")
        if case.private != story.private:
            yield pair.differs(Fault.WRONG, case.system, "private flag")
    if pair.register.kind != NATURES[story.nature]:
        yield pair.differs(Fault.WRONG, REGISTER, f"nature {pair.register.kind}")
    if pair.portal.kind != KINDS[pair.portal.system].get(story.nature):
        yield pair.differs(Fault.WRONG, pair.portal.system, f"kind {pair.portal.kind}")


def _sender(pair: Pair, *, identity_travels: bool) -> Iterable[Difference]:
    """A portal's sender arrives whole; a local sender stays at home unless the setting says otherwise."""
    here, there = pair.register.sender, pair.portal.sender
    if pair.story.birth != REGISTER:
        for name in SENDER_FIELDS:
            if nfc(here.get(name)) != nfc(there.get(name)):
                yield pair.differs(Fault.WRONG, REGISTER, f"sender.{name} differs")
    elif not identity_travels:
        for name in SENDER_FIELDS:
            if nfc(there.get(name)):
                yield pair.differs(Fault.UNEXPECTED, pair.portal.system, f"sender.{name} of a local sender")


def _acts_out(pair: Pair) -> Iterable[Difference]:
    portal = pair.portal
    sent = tuple((OUTWARD[act.kind], act) for act in pair.outward if act.kind is not None)
    shown = tuple((act.kind, act) for act in portal.acts if act.kind in set(OUTWARD.values()))
    yield from _one_by_one(pair, sent, shown, portal.system)
    for act in portal.acts:
        if act.kind is None:
            yield pair.differs(Fault.UNEXPECTED, portal.system, f"unknown history action {act.action[:40]}")


def _acts_in(pair: Pair) -> Iterable[Difference]:
    register = pair.register
    sent = tuple((act.kind, act) for act in pair.inward if act.kind is not None)
    shown = tuple((act.kind, act) for act in register.acts if not act.own and act.kind in INWARD)
    yield from _one_by_one(pair, sent, shown, REGISTER)
    ids = Counter(act.id for act in register.acts)
    for act_id, count in ids.items():
        if count > 1:
            yield pair.differs(Fault.DUPLICATE, REGISTER, f"act id {act_id} ×{count}")


Told = tuple[ActKind | None, SeenAct]


def _one_by_one(pair: Pair, sent: Sequence[Told], shown: Sequence[Told], where: str) -> Iterable[Difference]:
    """Each act that was sent is shown exactly once: first those with equal text, then the rest in order."""
    for kind in sorted({kind for kind, _ in (*sent, *shown) if kind is not None}):
        rest = [act for other, act in shown if other is kind]
        waiting = [act for other, act in sent if other is kind and not _take(rest, act, _same)]
        changed = [act for act in waiting if _take(rest, act, _any)]
        for _ in changed:
            yield pair.differs(Fault.WRONG, where, f"text of {kind}")
        for _ in range(len(waiting) - len(changed)):
            yield pair.differs(Fault.LOST, where, f"act {kind}")
        for _ in rest:
            yield pair.differs(Fault.DUPLICATE, where, f"act {kind} that the other side did once less")


def _take(rest: list[SeenAct], act: SeenAct, fits: Callable[[SeenAct, SeenAct], bool]) -> bool:
    for index, other in enumerate(rest):
        if fits(act, other):
            del rest[index]
            return True
    return False


def _same(sent: SeenAct, shown: SeenAct) -> bool:
    """Equal texts. Where one side keeps no text of such an act, the other side's stock phrase is no difference."""
    return (
        not sent.text
        or nfc(sent.text) == nfc(shown.text)
        or (sent.kind is ActKind.ANSWERED and not shown.text)
    )


def _any(_: SeenAct, __: SeenAct) -> bool:
    return True


def _files(pair: Pair) -> Iterable[Difference]:
    """Same files by role and hash on both sides; those of an answer are compared with the answer."""
    here, there = (
        Counter((item.role, item.sha256) for item in case.files if item.role != "answer")
        for case in (pair.register, pair.portal)
    )
    # a file of the register's inner work (with a result) has no role on a portal
    for gone, system in (((here - there), pair.portal.system), ((there - here), REGISTER)):
        for (role, _), count in sorted(gone.items(), key=str):
            yield pair.differs(Fault.LOST, system, f"{count} file(s) with the role {role}")


def _answer(pair: Pair) -> Iterable[Difference]:
    """The portal holds the last version of the register's answer, whole."""
    answers = [act for act in pair.register.acts if act.own and act.kind is ActKind.ANSWERED]
    held, where = pair.portal.answer, pair.portal.system
    if not answers:
        if held is not None:
            yield pair.differs(Fault.UNEXPECTED, where, "an answer that the register never gave")
        return
    if held is None:
        yield pair.differs(Fault.LOST, where, "answer")
        return
    last = answers[-1]
    hashes = {item.id: item.sha256 for item in pair.register.files}
    facts = (
        ("text", nfc(last.text) == nfc(held.text)),
        ("version", last.details.get("version", "1") == str(held.version)),
        ("publishable", (last.details.get("publishable") == "1") == held.publishable),
        ("signer", nfc(last.details.get("signer")) == nfc(held.signer)),
        ("files", sorted(str(hashes.get(name)) for name in last.files) == list(held.files)),
    )
    for name, equal in facts:
        if not equal:
            yield pair.differs(Fault.WRONG, where, f"answer.{name}")


def _recall(pair: Pair) -> Iterable[Difference]:
    """The Government Portal keeps what a person answered to its recall; the national one has no such service."""
    if pair.portal.system != GOVERNMENT:
        return
    answers = {ActKind.RECALL_AGREED: "agreed", ActKind.RECALL_REFUSED: "refused"}
    given = [answers[act.kind] for act in pair.register.acts if act.own and act.kind in answers]
    want, have = given[-1] if given else None, pair.portal.recall_answer
    if want != have:
        fault = Fault.LOST if have is None else Fault.WRONG
        yield pair.differs(fault, pair.portal.system, f"answer to the recall: {have}, not {want}")


def _status(pair: Pair) -> Iterable[Difference]:
    want, have = expected_status(pair.story), pair.portal.status
    if have is not want:
        yield pair.differs(Fault.WRONG, pair.portal.system, f"status {have}, not {want}")
