"""The export file: whatever was picked, a reader with one frontier meets every checkpoint's root."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger.export import Gap, Lines, Proof, gaps
from connector.ledger.filter import LogFilter
from connector.ledger.note import parse_checkpoint, parse_keys, parse_note, verify_note
from connector.ledger.tree import cover, root
from tests.unit.evidence_kit import SENT_AT, chain, drafts, leaves, proof, roots

ENTRIES = chain(drafts(60))
LEAVES = leaves(ENTRIES)


def written(picked: Sequence[int], against: Proof) -> list[dict[str, Any]]:
    """The lines of a file with these entries."""
    lines, told, done = Lines(), [], 0

    def fill(last: int) -> None:
        for gap in gaps(done + 1, last, against.cuts):
            nodes = [
                (level, root(LEAVES[start : start + (1 << level)]))
                for level, start in cover(gap.first - 1, gap.last)
            ]
            told.append(lines.gap(gap, nodes))

    told.append(lines.head(against, {}, SENT_AT))
    for seq in picked:
        fill(seq - 1)
        told.append(lines.entry(ENTRIES[seq - 1]))
        done = seq
    fill(against.size)
    body = b"".join(told)
    end = lines.end()
    assert json.loads(end)["end"]["sha256"] == hashlib.sha256(body).hexdigest()
    return [json.loads(line) for line in [*told, end]]


@given(
    picked=st.sets(st.integers(1, 60)),
    size=st.integers(1, 60),
    earlier=st.sets(st.integers(1, 60), max_size=3),
)
def test_every_choice_of_entries_meets_the_root_of_every_checkpoint(
    picked: set[int], size: int, earlier: set[int]
) -> None:
    against = proof(ENTRIES, size, sorted(one for one in earlier if one < size))
    lines = written(sorted(one for one in picked if one <= size), against)
    passed = roots(lines)
    _, keys = parse_keys(lines[0]["keys"])
    for note in [lines[0]["checkpoint"], *lines[0]["earlier"]]:
        told = verify_note(parse_note(note), keys)
        assert passed[told.size] == told.root == root(LEAVES[: told.size])


def test_gaps_are_cut_where_a_checkpoint_ends_and_nowhere_else() -> None:
    assert gaps(3, 10, (2, 5, 10, 12)) == [Gap(3, 5), Gap(6, 10)]
    assert gaps(3, 10, ()) == [Gap(3, 10)]
    assert gaps(3, 2, (2,)) == []


def test_the_last_line_counts_what_was_written() -> None:
    *_, end = written([2, 3, 9], proof(ENTRIES, 20))
    assert (end["end"]["entries"], end["end"]["gaps"]) == (3, 3)


def test_an_entry_stands_as_its_hash_covers_it_with_its_format() -> None:
    line = json.loads(Lines().entry(ENTRIES[4], {"header.title": ("00" * 16, "Chợ Mẫu")}))
    assert line["entry"]["format"] == 2
    assert line["open"] == {"header.title": ["00" * 16, "Chợ Mẫu"]}


def test_the_first_line_tells_what_the_entries_were_picked_by() -> None:
    head = json.loads(Lines().head(proof(ENTRIES), LogFilter(kinds=("sent",), case_id=4).as_json(), SENT_AT))
    assert head["phanhoi"] == "log-export/1"
    assert head["filter"] == {"case": 4, "kind": ["sent"]}
    assert parse_checkpoint(parse_note(head["checkpoint"]).text).size == 60


def test_days_of_a_filter_are_whole_days_in_vietnam() -> None:
    wanted = LogFilter(first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert wanted.since is not None
    assert wanted.before is not None
    assert wanted.since.isoformat() == "2026-11-01T00:00:00+07:00"
    assert wanted.before.isoformat() == "2026-12-01T00:00:00+07:00"


@pytest.mark.parametrize("other", [LogFilter(), LogFilter(kinds=("sent",)), LogFilter(actors=("sent",))])
def test_the_digest_of_a_filter_tells_conditions_apart(other: LogFilter) -> None:
    assert other.digest != LogFilter(systems=("sent",)).digest
