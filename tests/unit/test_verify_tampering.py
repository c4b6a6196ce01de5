"""One hundred random tamperings, of every kind that we can think of: each is named, with its place.

Whoever tampers here is clever: he computes the closing digest anew, sometimes the hashes too, sometimes he has a key.
"""

import copy
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from connector.ledger.note import parse_checkpoint, parse_note
from connector.verify.check import check_stream
from connector.verify.finding import Finding, Kind, Result, Verdict
from connector.verify.show import finding_text
from connector.verify.trust import Trust, keys_of
from connector.verify.walk import Mark, Source
from tests.unit.log_maker import (
    Json,
    Key,
    Log,
    entry_hash,
    export,
    key_from,
    keys_document,
    line_bytes,
    make_log,
    note,
    written,
)

KEY = Key()
COUNT = 120
EARLIER = (40, 90)
CASE = 3


@dataclass
class Tampered:
    """A tampered file, what the auditor has, and what must be named."""

    data: bytes
    kind: Kind
    seq: int | None
    kept: list[str] = field(default_factory=list)
    name: str | None = None


Tamper = Callable[[random.Random, Log], Tampered]
TAMPERS: dict[str, Tamper] = {}


def tamper(make: Tamper) -> Tamper:
    TAMPERS[make.__name__] = make
    return make


def judge(data: bytes, kept: list[str]) -> Result:
    result = Result(file="thu.jsonl")
    marks = [
        Mark(size=one.size, root=one.root, source=Source.GIVEN, trusted=True)
        for one in (parse_checkpoint(parse_note(text).text) for text in kept)
    ]
    check_stream(io.BytesIO(data), Trust(keys=keys_of(keys_document([KEY])), marks=marks), result)
    return result


def whole(log: Log) -> list[Json]:
    return export(log, KEY, earlier=EARLIER)


def of_case(log: Log) -> list[Json]:
    return export(log, KEY, earlier=EARLIER, keep=lambda entry: entry["case_id"] == CASE, told={"case": CASE})


def entry_line(rng: random.Random, lines: list[Json], first: int = 1, last: int = COUNT - 2) -> int:
    """Index of a random entry's line in a whole export: entry n is line n."""
    assert len(lines) == COUNT + 1
    return rng.randint(first, last)


def finished(rng: random.Random, lines: list[Json], before: list[Json]) -> bytes:
    """With the closing digest made anew, or left as it was before."""
    if rng.random() < 0.5:
        return written(lines)
    return b"".join(map(line_bytes, lines)) + written(before).splitlines(keepends=True)[-1]


def test_what_nobody_touched_is_right():
    log = make_log(COUNT)
    for lines in (whole(log), of_case(log)):
        result = judge(written(lines), [note(log, 77, KEY)] if lines[0]["filter"] == {} else [])
        assert (result.verdict, result.findings) == (Verdict.RIGHT, [])


@pytest.mark.parametrize("number", range(100))
def test_every_tampering_is_named_with_its_place(number):
    rng = random.Random(number)
    make = list(TAMPERS.values())[number % len(TAMPERS)]
    told = make(rng, make_log(COUNT, seed=number))
    result = judge(told.data, told.kept)
    assert result.verdict is Verdict.WRONG
    first = result.findings[0]
    assert first.kind is told.kind, result.findings
    assert fits(first, told.seq), first
    assert told.name is None or first.name == told.name
    assert all(all(finding_text(first, lang)) for lang in ("vi", "en"))


def fits(first: Finding, seq: int | None) -> bool:
    if seq is None or first.to is None:
        return first.seq == seq
    assert first.seq is not None
    return first.seq <= seq <= first.to


def test_there_are_enough_kinds_of_tampering():
    assert 12 <= len(TAMPERS) <= 33  # each of them comes three times among the hundred


# ---- entries ----------------------------------------------------------------------------------------------------


@tamper
def change_a_field(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines, last=COUNT)
    name, value = rng.choice(
        [
            ("kind", "erased"),
            ("actor", "ai-do"),
            ("system", "khac"),
            ("case_id", 99),
            ("at", "2026-11-02T00:00:00Z"),
        ]
    )
    lines[at]["entry"][name] = value
    return Tampered(finished(rng, lines, before), Kind.CHANGED, at)


@tamper
def change_data(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines, last=COUNT)
    data = lines[at]["entry"]["data"]
    rng.choice(
        [
            lambda: data.update(attempt=data["attempt"] + 1),
            lambda: data.update(them="1"),
            lambda: data.pop("note"),
            lambda: data.update(attempt=float(data["attempt"])),
        ]
    )()
    return Tampered(finished(rng, lines, before), Kind.CHANGED, at)


@tamper
def change_a_commitment(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines) // 3 * 3 or 3
    lines[at]["entry"]["commitments"]["title"] = "0" * 64
    return Tampered(finished(rng, lines, before), Kind.CHANGED, at)


@tamper
def replace_with_a_valid_hash(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    lines[at]["entry"]["actor"] = "ai-do"
    lines[at]["entry"]["hash"] = entry_hash(lines[at]["entry"])
    return Tampered(finished(rng, lines, before), Kind.REPLACED, at)


@tamper
def replace_and_chain_anew(rng, log):
    forged = copy.deepcopy(log)
    at = rng.randint(1, COUNT)
    forged.entries[at - 1]["actor"] = "ai-do"
    forged.rechain(at - 1)
    lines = whole(forged)
    lines[0] = whole(log)[0]
    return Tampered(written(lines), Kind.TREE, at)


@tamper
def delete(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    some = rng.randint(1, min(4, COUNT - at - 1))
    del lines[at : at + some]
    return Tampered(finished(rng, lines, before), Kind.MISSING, at)


@tamper
def delete_and_renumber(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    del lines[at]
    for line in lines[at:]:
        line["entry"]["seq"] -= 1
    return Tampered(finished(rng, lines, before), Kind.MISSING, at)


@tamper
def insert(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    forged = copy.deepcopy(lines[at]["entry"]) | {"actor": "ai-do"}
    if rng.random() < 0.7:
        forged["hash"] = entry_hash(forged)
    lines.insert(at, {"entry": forged})
    return Tampered(finished(rng, lines, before), Kind.INSERTED, at)


@tamper
def insert_and_renumber(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    forged = copy.deepcopy(lines[at]["entry"]) | {"actor": "ai-do"}
    forged["hash"] = entry_hash(forged)
    for line in lines[at:]:
        line["entry"]["seq"] += 1
    lines.insert(at, {"entry": forged})
    return Tampered(finished(rng, lines, before), Kind.INSERTED, at)


@tamper
def duplicate(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines, last=COUNT)
    lines.insert(at, lines[at])
    return Tampered(finished(rng, lines, before), Kind.DUPLICATED, at)


@tamper
def reorder(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at, other = sorted(rng.sample(range(1, COUNT + 1), 2))
    if rng.random() < 0.5:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, lines.pop(other))
    return Tampered(finished(rng, lines, before), Kind.REORDERED, at)


@tamper
def alter_an_opening(rng, log):
    lines = copy.deepcopy(before := rng.choice((whole, of_case))(log))
    line = rng.choice([one for one in lines if "open" in one])
    name = rng.choice(("title", "place"))
    line["open"][name][rng.randrange(2)] = rng.choice(("0" * 32, "Nội dung khác", None, 5))
    return Tampered(finished(rng, lines, before), Kind.OPENING, line["entry"]["seq"], name=name)


@tamper
def open_what_was_never_committed_to(rng, log):
    lines = copy.deepcopy(before := whole(log))
    at = entry_line(rng, lines)
    lines[at].setdefault("open", {})["them"] = ["0" * 32, "bịa"]
    return Tampered(finished(rng, lines, before), Kind.OPENING, at, name="them")


# ---- the end ----------------------------------------------------------------------------------------------------


@tamper
def break_off(rng, log):
    lines = whole(log)
    data = written(lines)
    at = entry_line(rng, lines)
    start = data.index(b'{"entry":{"format":2,"seq":%d,' % at)
    return Tampered(data[: start + rng.choice((0, 30))], Kind.TRUNCATED, at)


@tamper
def cut_the_tail(rng, log):
    lines = whole(log)
    at = entry_line(rng, lines, last=COUNT)
    return Tampered(written(lines[:at]), Kind.CUT_OFF, at)


@tamper
def roll_back(rng, log):
    """An older backup: right in itself, signed by the true key."""
    size = rng.randint(91, COUNT - 1)
    data = written(export(log, KEY, size=size, earlier=EARLIER))
    return Tampered(data, Kind.ROLLED_BACK, size + 1, kept=[note(log, COUNT, KEY)])


@tamper
def roll_back_and_go_on(rng, log):
    """From an older backup the log grew again, another way."""
    size = rng.randint(91, COUNT - 1)
    other = make_log(COUNT, seed=77_000)
    forged = Log(copy.deepcopy(log.entries[:size] + other.entries[size:]), {**log.openings})
    forged.rechain(size)
    data = written(export(forged, KEY, earlier=EARLIER, opened=False))
    return Tampered(data, Kind.REWRITTEN, size + 1, kept=[note(log, COUNT, KEY)])


@tamper
def take_an_older_checkpoint(rng, log):
    lines = whole(log)
    size = rng.randint(91, COUNT - 1)
    lines[0]["checkpoint"] = note(log, size, KEY, previous=90)
    return Tampered(written(lines), Kind.BEYOND, size + 1)


@tamper
def alter_the_last_line(rng, log):
    *body, last = written(whole(log)).splitlines(keepends=True)
    if rng.random() < 0.5:
        return Tampered(b"".join(body) + last.replace(b'"entries":120', b'"entries":119'), Kind.COUNTS, None)
    place = last.index(b'"sha256":"') + 10 + rng.randrange(64)
    digit = b"1" if last[place : place + 1] != b"1" else b"2"
    return Tampered(b"".join(body) + last[:place] + digit + last[place + 1 :], Kind.DIGEST, None)


@tamper
def add_after_the_end(rng, log):
    more = rng.choice((b"{}\n", b"\n", b"them", line_bytes(whole(log)[5])))
    return Tampered(written(whole(log)) + more, Kind.AFTER_END, None)


# ---- head and checkpoints ---------------------------------------------------------------------------------------


@tamper
def sign_with_another_key(rng, log):
    """Another key, and a list inside the file that vouches for it."""
    other = Key(name=rng.choice((KEY.name, "phanhoi-2027")), secret=key_from(9))
    lines = export(log, other, earlier=EARLIER)
    return Tampered(written(lines), Kind.RE_SIGNED, COUNT, name=other.name)


@tamper
def rewrite_and_sign_with_the_true_key(rng, log):
    """Whoever holds the key can rewrite all; a checkpoint kept elsewhere shows it."""
    forged = copy.deepcopy(log)
    at = rng.randint(1, COUNT)
    forged.entries[at - 1]["actor"] = "ai-do"
    forged.rechain(at - 1)
    kept = [note(log, rng.randint(at, COUNT), KEY), *([note(log, at - 1, KEY)] if at > 1 else [])]
    return Tampered(written(export(forged, KEY, earlier=EARLIER)), Kind.REWRITTEN, at, kept=kept)


@tamper
def rewrite_but_leave_the_earlier_checkpoint(rng, log):
    """The same, while the file still tells of the checkpoint before."""
    forged = copy.deepcopy(log)
    at = rng.randint(1, 90)
    forged.entries[at - 1]["data"]["attempt"] = 77
    forged.rechain(at - 1)
    lines = export(forged, KEY, earlier=EARLIER)
    lines[0]["earlier"] = whole(log)[0]["earlier"]
    lines[0]["checkpoint"] = note(forged, COUNT, KEY, previous=0)
    return Tampered(written(lines), Kind.REWRITTEN, at)


@tamper
def use_a_key_after_its_time(rng, log):
    lines = whole(log)
    lines[0]["checkpoint"] = note(log, COUNT, KEY, previous=90, time="2025-12-31T23:59:59Z")
    return Tampered(finished(rng, lines, whole(log)), Kind.KEY_NOT_VALID, COUNT, name=KEY.name)


@tamper
def alter_the_checkpoint(rng, log):
    lines = copy.deepcopy(before := whole(log))
    old, new = rng.choice(
        (("\n120\n", "\n121\n"), ("time 2026-11", "time 2026-10"), ("previous 90", "previous 89"))
    )
    lines[0]["checkpoint"] = lines[0]["checkpoint"].replace(old, new)
    seq = 121 if "121" in new else 120
    return Tampered(finished(rng, lines, before), Kind.BAD_SIGNATURE, seq, name=KEY.name)


@tamper
def alter_an_earlier_checkpoint(rng, log):
    lines = copy.deepcopy(before := whole(log))
    which = rng.randrange(2)
    lines[0]["earlier"][which] = lines[0]["earlier"][which].replace("time 2026-11", "time 2026-10")
    return Tampered(finished(rng, lines, before), Kind.BAD_SIGNATURE, EARLIER[which], name=KEY.name)


@tamper
def alter_the_head(rng, log):
    lines = copy.deepcopy(before := whole(log))
    lines[0]["made_at"] = "2026-11-28T00:00:00Z"
    data = b"".join(map(line_bytes, lines)) + written(before).splitlines(keepends=True)[-1]
    return Tampered(data, Kind.DIGEST, None)


@tamper
def alter_the_filter(rng, log):
    lines = copy.deepcopy(before := of_case(log))
    lines[0]["filter"] = rng.choice(({"case": 4}, {"kind": ["reported"]}, {"until": "2026-10-01"}))
    first = next(line["entry"]["seq"] for line in lines if "entry" in line)
    return Tampered(finished(rng, lines, before), Kind.FILTER, first)


@tamper
def call_a_filtered_file_whole(rng, log):
    lines = copy.deepcopy(before := of_case(log))
    lines[0]["filter"] = {}
    return Tampered(finished(rng, lines, before), Kind.INCOMPLETE, 1)


# ---- gaps -------------------------------------------------------------------------------------------------------


@tamper
def alter_a_hash_of_a_gap(rng, log):
    lines = copy.deepcopy(before := of_case(log))
    line = rng.choice([one for one in lines if "gap" in one])
    rng.choice(line["gap"][2])[1] = f"{rng.getrandbits(256):064x}"
    return Tampered(finished(rng, lines, before), Kind.TREE, line["gap"][0])


@tamper
def lie_about_a_gap(rng, log):
    """Overlap, hole, wrong level, a subtree too few or too many, back to front."""
    lines = copy.deepcopy(before := of_case(log))
    gap = rng.choice([one for one in lines if "gap" in one])["gap"]
    seq = gap[0]
    wrong = rng.randrange(6)
    match wrong:
        case 0:
            gap[0] -= 1
        case 1:
            gap[0] += 1
        case 2:
            rng.choice(gap[2])[0] += rng.choice((1, -1, 61, 10**9))
        case 3:
            gap[2].pop()
        case 4:
            gap[2].append([0, "0" * 64])
        case 5:
            gap[1] = seq - 1
    return Tampered(finished(rng, lines, before), Kind.GAP, seq)


@tamper
def hide_an_entry_in_a_gap(rng, log):
    """Taken out of the case's file, and its gap made whole with the true hashes: only a whole export can show it."""
    kept = [entry["seq"] for entry in log.entries if entry["case_id"] == CASE]
    out = rng.choice(kept)
    lines = export(log, KEY, earlier=EARLIER, keep=lambda entry: entry["seq"] != out)
    return Tampered(written(lines), Kind.INCOMPLETE, out)
