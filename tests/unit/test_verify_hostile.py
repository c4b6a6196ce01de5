"""Files that somebody made to mislead, stop or exhaust the verifier: a clear verdict, never a crash."""

import io
import json
import tracemalloc
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.verify.check import check_file, check_stream
from connector.verify.finding import Kind, Result, Verdict, safe
from connector.verify.lines import MOST_BYTES
from connector.verify.shapes import FIELDS, entry_bytes
from connector.verify.show import as_json, report
from connector.verify.trust import Trust, keys_of
from tests.unit.log_maker import Key, export, keys_document, line_bytes, make_log, written

KEY, LOG = Key(), make_log(30)
LINES = export(LOG, KEY, earlier=(10,))
GOOD = written(LINES)
BY_LINE = GOOD.splitlines(keepends=True)


def judge(data: bytes) -> Result:
    result = Result(file="x")
    check_stream(io.BytesIO(data), Trust(keys=keys_of(keys_document([KEY]))), result)
    assert report([result], ("vi", "en"))
    json.dumps(as_json([result]))
    return result


def with_line(number: int, content: bytes) -> bytes:
    return b"".join([*BY_LINE[: number - 1], content, *BY_LINE[number:]])


# ---- lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\n", "not_json"),
        (b"\xff\xfe{}\n", "not_utf8"),
        (b'{"entry":\n', "not_json"),
        (b"[]\n", "no_object"),
        (b"{}\n", "shape"),
        (b'{"entry":{"seq":NaN}}\n', "not_json"),
        (b'{"entry":{"seq":-Infinity}}\n', "not_json"),
        (b'{"entry":{"seq":7},"entry":{"seq":7}}\n', "told_twice"),
        (b'{"entry":{"seq":true}}\n', "shape"),
        (b'{"entry":{"seq":7.0}}\n', "shape"),
        (b'{"entry":{"seq":7},"them":1}\n', "shape"),
        (b'{"entry":{"seq":7},"open":[]}\n', "shape"),
        (b'{"entry":' + b"[" * 50_000 + b"\n", "too_deep"),
        (b'{"entry":[' + b"[]," * 100_000 + b"0]}\n", "too_many"),
        (b'{"case":' + b"[" * 60 + b"]" * 60 + b"}\n", "too_deep"),
        (b'{"entry":{"seq":' + b"9" * 5000 + b"}}\n", "not_json"),
        (b'{"gap":[7,8]}\n', "shape"),
        (b'{"gap":[7,8,[[0,"xyz"]]]}\n', "shape"),
        (b'{"gap":[7,8,[["0","%s"]]]}\n' % (b"0" * 64), "shape"),
        (b'{"end":{"entries":true,"gaps":0}}\n', "shape"),
        (b'{"phanhoi":"log-export/1"}\n', "shape"),
        (b'{"case":{}}\n', "shape"),
    ],
)
def test_a_line_without_one_meaning_is_named(content, fault):
    result = judge(with_line(7, content))
    first = result.findings[0]
    assert (first.kind, first.line, first.seq, first.name) == (Kind.DAMAGED, 7, 6, fault)


def test_names_told_twice_by_escapes_are_one_name():
    twice = BY_LINE[5].replace(b'{"entry":', b'{"\\u0065ntry":{"seq":5},"entry":')
    assert judge(with_line(6, twice)).findings[0].name == "told_twice"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"PK\x05\x06" + b"\0" * 18,  # a zip of nothing
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"{}\n",
        b'{"phanhoi":"log-export/2"}\n',
        b'{"phanhoi":"log-export/1","origin":5}\n',
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        b"".join(BY_LINE[1:]),
    ],
)
def test_what_is_no_export_is_not_judged(data):
    result = judge(data)
    assert (result.verdict, result.findings[0].kind) == (Verdict.UNCHECKED, Kind.NO_EXPORT)


def test_line_ends_of_another_system_change_nothing_but_the_digest():
    assert [one.kind for one in judge(GOOD.replace(b"\n", b"\r\n")).findings] == [Kind.DIGEST]


def test_an_endless_line_is_not_read_into_memory(tmp_path):
    path = tmp_path / "dai.jsonl"
    with path.open("wb") as out:
        out.write(b"".join(BY_LINE[:4]) + b'{"entry":"')
        out.truncate(200_000_000)
    tracemalloc.start()
    try:
        first = check_file(path, Trust(keys=keys_of(keys_document([KEY])))).findings[0]
        assert (first.kind, first.line, first.name) == (Kind.DAMAGED, 5, "too_long")
        assert tracemalloc.get_traced_memory()[1] < 4 * MOST_BYTES
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file():
    peaks = []
    for count in (200, 1600):
        stream = io.BytesIO(written(export(make_log(count), KEY)))
        tracemalloc.start()
        check_stream(stream, Trust(), result := Result(file="x"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert result.entries == count
    assert peaks[1] < peaks[0] * 1.5 + 50_000


# ---- what is inside ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("checkpoint", "không phải"),
        ("checkpoint", ""),
        ("checkpoint", "\ud800\n\n— a AAAAAAAA\n"),
        ("earlier", ["x"]),
        ("earlier", ["x"] * 100_000),
        ("keys", []),
        ("keys", {"format": "phanhoi-log-keys/1", "origin": "x", "keys": [{"id": 1}]}),
        ("keys", {"format": "phanhoi-log-keys/1", "origin": "x", "keys": {"id": 1}}),
        ("filter", {"case": "1"}),
        ("filter", {"from": "hôm nay"}),
        ("filter", {"until": "9999-12-31"}),
        ("filter", {"kind": [1]}),
        ("filter", {"them": 1}),
        ("origin", "\x1b[31m"),
    ],
)
def test_a_head_that_makes_no_sense_is_wrong(name, value):
    data = written([{**LINES[0], name: value}, *LINES[1:]]) if "\ud800" not in value else None
    if data is None:
        head = json.dumps({**LINES[0], name: value}).encode() + b"\n"
        data = head + b"".join(BY_LINE[1:])
    result = Result(file="x")
    check_stream(io.BytesIO(data), Trust(), result)
    assert result.verdict is Verdict.WRONG
    assert "\x1b" not in report([result], ("vi",))


def test_a_head_with_a_key_whose_name_is_no_text_never_crashes():
    document = keys_document([KEY])
    document["keys"][0]["name"] = 5
    judged = Result(file="x")
    check_stream(io.BytesIO(written([{**LINES[0], "keys": document}, *LINES[1:]])), Trust(), judged)
    assert judged.findings[0].kind is Kind.DAMAGED


def test_two_spellings_of_one_entry_are_a_change():
    entry = LINES[4]["entry"]
    for strange in ({"data": {**entry["data"], "attempt": 1.0}}, {"actor": "\u212a"}, {"data": []}):
        forged = [*LINES[:4], {"entry": {**entry, **strange}}, *LINES[5:]]
        assert judge(written(forged)).findings[0].kind is Kind.CHANGED


def test_names_that_steer_a_terminal_do_not_reach_it():
    assert safe("a\x1b[2Jb\u202e\n" + "c" * 200) == "a?[2Jb??" + "c" * 72 + "…"


# ---- fuzz -------------------------------------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=20), st.integers(0, 40))
@example(0, b"", 1)
@example(len(GOOD) - 1, b"", 1)
def test_any_cut_and_paste_is_judged_and_never_called_right(at, more, less):
    data = GOOD[:at] + more + GOOD[at + less :]
    if data != GOOD:
        assert judge(data).verdict in (Verdict.WRONG, Verdict.UNCHECKED)


UNSEALED = {"made_at", "timestamp", "keys", "earlier", "filter"}
"""Of the head. Whoever makes the closing digest anew may write into them what fits; the entries stay proven."""


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.data())
def test_any_value_in_any_place_is_judged_and_never_called_right(at, data):
    """Even though the closing digest is made anew."""
    line = json.loads(json.dumps(LINES[at]))
    spot, path = line, []
    while True:
        path.append(
            data.draw(st.sampled_from(list(spot) if isinstance(spot, dict) else list(range(len(spot)))))
        )
        inner = spot[path[-1]]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        spot = inner
    spot[path[-1]] = data.draw(trees)
    result = judge(written([*LINES[:at], line, *LINES[at + 1 :]]))
    if not rfc_same(inner, spot[path[-1]]) and path[0] not in UNSEALED and line.get("open") != {}:
        assert result.verdict in (Verdict.WRONG, Verdict.UNCHECKED)


def rfc_same(one: Any, other: Any) -> bool:
    try:
        return bool(rfc8785.dumps(one) == rfc8785.dumps(other))
    except (ValueError, TypeError):
        return False


@given(
    st.dictionaries(
        st.text("abcXYZ_09", min_size=1, max_size=6),
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(max_codepoint=127), max_size=12),
        max_size=6,
    )
)  # fmt: skip
def test_the_quick_canonical_form_is_the_canonical_form(data):
    fields = dict.fromkeys(FIELDS, "") | {"data": data, "commitments": {}}
    without = {name: value for name, value in fields.items() if name != "hash"}
    assert entry_bytes(fields) == rfc8785.dumps(without)


def test_the_maker_writes_what_the_quick_form_reads():
    assert line_bytes({"a": "ấ"}) == '{"a":"ấ"}\n'.encode()
