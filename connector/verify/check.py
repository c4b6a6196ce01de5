"""Checks one file: an export of the log, or a case's evidence, from its first line to its last."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.verify.finding import Fact, Finding, Kind, Result, safe
from connector.verify.lines import BadLine, Line, parse, read_lines
from connector.verify.seal import Sealed, judge_head
from connector.verify.shapes import Head, head_of, is_hash
from connector.verify.trust import Trust
from connector.verify.walk import Mark, Source, Walk
from connector.verify.wanted import Wanted

BROUGHT = (Source.GIVEN, Source.START)


@dataclass
class _Digests:
    """Of all before the present line, and of all including it; ``ended``: the present line is whole."""

    before: str = ""
    whole: str = ""
    ended: bool = False


def check_file(path: Path, trust: Trust) -> Result:
    """Check a file; never raises for what is in it."""
    result = Result(file=safe(path))
    try:
        with path.open("rb") as stream:
            check_stream(stream, trust, result)
    except OSError as error:
        result.findings = [Finding(kind=Kind.UNREADABLE, name=safe(error.strerror or path.name))]
    return result


def check_stream(stream: BinaryIO, trust: Trust, result: Result) -> None:
    """Check what a stream gives, in constant memory; fills ``result``."""
    digests = _Digests()
    lines = _digested(stream, digests)
    first = next(lines, None)
    try:
        head = head_of(parse(first)) if first else None
    except BadLine as bad:
        result.findings.append(Finding(kind=Kind.NO_EXPORT, name=bad.fault.value))
        return
    if head is None:
        result.findings.append(Finding(kind=Kind.NO_EXPORT, name="empty"))
        return
    sealed = judge_head(head, trust, result)
    walk = _walk(head, sealed, trust, result)
    before = _take_all(lines, walk, digests, result)
    walk.close()
    result.sha256 = digests.whole
    result.entries, result.first, result.last = walk.entries, walk.first, walk.last
    result.size = sealed.checkpoint.size if sealed.checkpoint else None
    _settle(walk, sealed, trust, result)
    if walk.end is not None and not digests.ended:
        result.findings.append(Finding(kind=Kind.TRUNCATED, seq=walk.due, name="end"))
    _check_end(walk, before, result)
    _facts(walk, head, trust, result)


def _digested(stream: BinaryIO, digests: _Digests) -> Iterator[Line]:
    whole = hashlib.sha256()
    for line in read_lines(stream):
        digests.before = whole.hexdigest() if line.content.startswith(b'{"end"') else ""
        digests.ended = line.whole
        whole.update(line.content)
        yield line
    while rest := stream.read(1 << 20):  # behind a line that was too long
        whole.update(rest)
    digests.whole = whole.hexdigest()


def _walk(head: Head, sealed: Sealed, trust: Trust, result: Result) -> Walk:
    try:
        wanted = Wanted(head.wanted)
    except ValueError:
        result.findings.append(Finding(kind=Kind.DAMAGED, line=1, name="filter"))
        wanted = Wanted({})
    complete_from = trust.start.size if trust.start else None
    if not head.wanted:
        complete_from = 0
    return Walk(sealed.marks, wanted, sealed.checkpoint.size if sealed.checkpoint else None, complete_from)


def _take_all(lines: Iterator[Line], walk: Walk, digests: _Digests, result: Result) -> str:
    """Hand all lines over; gives the digest of all before the last one."""
    more, before = True, ""
    for line in lines:
        if not more:
            result.findings.append(Finding(kind=Kind.AFTER_END, line=line.number))
            for _ in lines:
                pass  # the digest of the whole file is wanted even so
            break
        more = walk.take(line)
        before = digests.before
    return before


def _settle(walk: Walk, sealed: Sealed, trust: Trust, result: Result) -> None:
    """From the walk to findings: what is wrong with entries, then with the tree, then with what is missing."""
    result.findings += walk.findings
    own = sealed.checkpoint
    _set_aside_lost(walk, result)
    if walk.unequal:
        result.findings.append(_unequal(walk))
    if not walk.broken and walk.end is None:
        result.findings.append(Finding(kind=Kind.TRUNCATED, seq=walk.due, name="end"))
    elif own and not walk.broken and walk.tree.size < own.size:
        to = own.size if own.size > walk.due else None
        result.findings.append(Finding(kind=Kind.CUT_OFF, seq=walk.due, to=to))
    _rolled_back(own.size if own else walk.tree.size, walk, trust, result)
    if not walk.broken:
        _missed(walk, result)
        _anchor(walk, result)


def _unequal(walk: Walk) -> Finding:
    """The first checkpoint that the entries do not give; whether the log or the file was changed, its own one tells.

    Whoever rewrote the log holds its key and can have signed every checkpoint in the file: only what the auditor
    brought says then from where on it differs.
    """
    mark = walk.unequal[0]
    rewritten = any(one.source is Source.OWN for one in walk.passed)
    kind, sources = (Kind.REWRITTEN, BROUGHT) if rewritten else (Kind.TREE, tuple(Source))
    first = walk.proven(mark.size, sources) + 1 if mark.size else None
    to = mark.size if first is not None and mark.size > first else None
    return Finding(kind=kind, seq=first, to=to, name=mark.name or None)


def _set_aside_lost(walk: Walk, result: Result) -> None:
    """Brought checkpoints of a branch that the log itself declares lost are no contradiction, and vouch for nothing."""
    lost = [mark for mark in walk.unequal if mark.source in BROUGHT and walk.declares_lost(mark)]
    walk.unequal = [mark for mark in walk.unequal if mark not in lost]
    if lost:
        result.tell(Fact.LOST_BRANCH, count=len(lost))


def _rolled_back(size: int, walk: Walk, trust: Trust, result: Result) -> None:
    known = [mark for mark in trust.marks if not walk.declares_lost(mark)]
    newest = max(known, key=lambda mark: mark.size, default=None)
    if newest is None or newest.size <= size:
        return
    if trust.old:
        result.tell(Fact.OLD, size=size, newest=newest.size)
    else:
        to = newest.size if newest.size > size + 1 else None
        result.findings.append(Finding(kind=Kind.ROLLED_BACK, seq=size + 1, to=to, name=newest.name))


def _missed(walk: Walk, result: Result) -> None:
    """Checkpoints whose size the file's gaps jump over."""
    missed = [mark for mark in walk.missed if mark.size <= walk.tree.size]
    for mark in missed:
        if mark.source is Source.EARLIER:
            result.findings.append(Finding(kind=Kind.GAP, seq=mark.size))
    if given := sum(mark.source is Source.GIVEN for mark in missed):
        result.tell(Fact.NOT_PASSED, count=given)


def _anchor(walk: Walk, result: Result) -> None:
    """How far what the auditor brought vouches for the file."""
    reach = max((mark.size for mark in walk.passed if mark.trusted), default=None)
    if reach is None:
        result.findings.append(Finding(kind=Kind.ONLY_ITSELF))
    elif reach < walk.tree.size:
        result.findings.append(Finding(kind=Kind.ANCHORED_PARTLY, seq=reach + 1, to=walk.tree.size))


def _check_end(walk: Walk, before: str, result: Result) -> None:
    end = walk.end
    if end is None:
        return
    if not is_hash(end.sha256) or end.sha256 != before:
        result.findings.append(Finding(kind=Kind.DIGEST))
    elif not walk.broken and (end.entries, end.gaps) != (walk.entries, walk.gaps):
        result.findings.append(Finding(kind=Kind.COUNTS))


def _facts(walk: Walk, head: Head, trust: Trust, result: Result) -> None:
    for one in walk.restored:
        result.tell(Fact.RESTORED, at=one.at_size, to=max(one.lost_size, one.at_size), branch=one.branch)
    if earlier := _count(walk.passed, Source.EARLIER):
        result.tell(Fact.EARLIER, count=earlier)
    if given := _count(walk.passed, Source.GIVEN) + _count(walk.passed, Source.START):
        result.tell(Fact.COMPARED, count=given)
    if trust.start and not walk.broken and any(mark.source is Source.START for mark in walk.passed):
        result.tell(Fact.COMPLETE, start=trust.start.size, size=walk.tree.size)
    if walk.left_out:
        result.tell(Fact.LEFT_OUT, count=walk.left_out)
    if walk.opened:
        result.tell(Fact.OPENED, count=walk.opened)
    if walk.summary:
        result.tell(Fact.SUMMARY)
    if walk.left_out and head.wanted:
        result.tell(Fact.FILTERED)
    if "outcome" in head.wanted:
        result.tell(Fact.OUTCOME)


def _count(marks: list[Mark], source: Source) -> int:
    return sum(mark.source is source for mark in marks)
