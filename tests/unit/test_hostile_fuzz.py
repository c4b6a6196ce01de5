"""Every reader of what comes in, on whatever comes in: a value, or an error of its own kind, and nothing else."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.government_portal.xml import XmlRefused, parse
from adapters.national_portal import wire
from adapters.national_portal.decode import Vocabulary, decode_item
from adapters.national_portal.files import rebase
from adapters.national_portal.verdict import Intent, Judge
from adapters.register.rest_client import _told
from connector import strict_json
from connector.canonical import digest
from connector.errors import MappingFileError, Permanent, SettingsError
from connector.filetype import SIGNATURES, flaw
from connector.mapping import MappingSet, has_markup, plain_text
from connector.mapping.text import clean
from connector.mapping.values import READERS, BadValue
from connector.nfc import nfc
from connector.transport import check_url, safe_text, safe_url
from connector.transport.address import is_open
from connector.transport.retry import retry_after_s
from tests.unit.test_national_settings import settings as portal

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = datetime(2026, 11, 18, tzinfo=UTC)
WORDS = Vocabulary()
FIELDS = st.sampled_from(
    ["PAKNID", "TRANGTHAI", "NGAYCAPNHAT", "HANXULY", "LICHSU", "TEPDINHKEM", "TEPID", "LANTRALOI", "TIEUDE", "CONGKHAI", "khac"]
)  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
DATES = st.from_regex(r"[0-9/: T.+-]{0,25}", fullmatch=True)
NUMBERS = st.from_regex(r"[+-]?[0-9_]{0,30}(\.[0-9]{0,5})?(e[0-9]{1,3})?", fullmatch=True)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT, DATES, NUMBERS)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | ANY_TEXT, inner, max_size=5), max_leaves=25
)  # fmt: skip


@FEW
@given(st.binary(max_size=300) | TREES.map(lambda tree: json.dumps(tree).encode()))
def test_json_is_read_or_refused(body: bytes):
    with contextlib.suppress(strict_json.BadJson):
        tree = strict_json.read(body)
        assert strict_json.write(tree)


@FEW
@given(
    st.builds(
        lambda **top: json.dumps(top).encode(), error_code=SCALARS, message=SCALARS, result=TREES, data=TREES
    )
)
def test_an_envelope_is_an_answer_or_garbled(body: bytes):
    with contextlib.suppress(wire.Garbled):
        answer = wire.read_answer(200, body)
        for intent in Intent:
            Judge(portal())(intent, answer.code, answer.message)
        for item in answer.items:
            for kind in ("row", "case"):
                assert digest(decode_item(item, kind, WORDS).data)


@FEW
@given(st.dictionaries(FIELDS | ANY_TEXT, TREES, max_size=8))
@example({"PAKNID": "-0", "NGAYCAPNHAT": "00010101"})
def test_an_item_is_decoded_with_problems_and_always_has_a_canonical_form(tree: dict[str, object]):
    item = strict_json.read(json.dumps(tree))
    for kind in ("row", "case"):
        found = decode_item(item, kind, WORDS)
        assert digest(found.data)
        assert all(len(one.where) < 400 for one in found.problems)


@FEW
@given(TREES)
def test_a_case_of_the_register_is_a_record_or_a_record_of_its_problem(tree: object):
    record = _told(strict_json.read(json.dumps(tree)))
    assert record.ref
    assert record.version
    assert digest(record.data)


@FEW
@given(SCALARS | DATES | NUMBERS)
def test_dates_and_numbers_of_the_wire_are_read_or_refused(value: object):
    wire.read_integer(value)
    with contextlib.suppress(ValueError):
        moment = wire.read_date(value)
        assert moment is None or moment.astimezone(UTC).isoformat()


@pytest.mark.parametrize("form", READERS)
@FEW
@given(value=TREES)
def test_a_form_of_the_mapping_gives_a_value_or_a_bad_value(form: str, value: object):
    with contextlib.suppress(BadValue):
        READERS[form](value)


@FEW
@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "<b",
                "</b>",
                "<script",
                "</script>",
                "<!--",
                "-->",
                "&lt;",
                "&amp;",
                '"',
                "'",
                " ",
                "ế",
                "x",
                "=",
                "/",
            ]
        )
    ).map("".join)
)
def test_plain_text_is_plain_and_stays_so(text: str):
    once = plain_text(text)
    assert not has_markup(once)
    assert plain_text(once) == once


@FEW
@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str):
    assert clean(clean(text)) == clean(text)
    assert nfc(nfc(text)) == nfc(text)
    safe_text(text)
    safe_url(text)


@FEW
@given(st.binary(max_size=300))
def test_xml_is_read_or_refused(data: bytes):
    with contextlib.suppress(XmlRefused):
        parse(data)


@FEW
@given(ANY_TEXT | st.from_regex(r"https?://[a-z0-9.:@%\[\]\\/-]{0,40}", fullmatch=True))
@example("tep/\ud800")
def test_an_address_is_checked_or_refused(url: str):
    with contextlib.suppress(SettingsError):
        assert check_url(url, ("a.example",)).hostname
    assert is_open(url) in {True, False}
    with contextlib.suppress(Permanent):
        path = rebase(url, portal())
        assert path.isascii()
        assert ".." not in path.split("/")


@FEW
@given(ANY_TEXT | DATES, st.none() | ANY_TEXT)
@example("Thu, 01 Jan 1970 00:00:00 -9999", "Thu, 01 Jan 9999 00:00:00 +9999")
def test_a_wish_to_come_back_later_is_within_bounds(value: str, date: str | None):
    wait = retry_after_s(value, now=NOW, cap_s=60, server_date=date)
    assert wait is None or 0 <= wait <= 60


@FEW
@given(st.sampled_from(sorted(SIGNATURES)), st.binary(max_size=200), st.binary(max_size=60))
def test_a_file_is_judged_whatever_it_holds(kind: str, middle: bytes, tail: bytes):
    flaw(kind, SIGNATURES[kind] + middle + b"PK\x05\x06" + tail)


MAPPINGS = Path(__file__).parents[2] / "mappings"
FILES = sorted(
    str(path.relative_to(MAPPINGS))
    for path in MAPPINGS.rglob("*.toml")
    if path.parent.name.endswith("portal")
)
FILES += ["agencies.csv", "national_portal/statuses.csv"]


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.data())
def test_a_damaged_mapping_file_is_read_or_named_with_its_line(
    name: str, drawn: st.DataObject, tmp_path_factory
):
    extra = tmp_path_factory.mktemp("them")
    content = bytearray((MAPPINGS / name).read_bytes())
    for _ in range(drawn.draw(st.integers(1, 3))):
        at = drawn.draw(st.integers(0, len(content) - 1))
        content[at : at + drawn.draw(st.integers(0, 30))] = drawn.draw(
            st.sampled_from(
                [
                    b"",
                    b"\x00",
                    b"\xff",
                    b'"',
                    b"[",
                    b"[[x]]\n",
                    b"\r",
                    b",,,",
                    b"{",
                    b"'''",
                    b"=",
                    b"\xe2\x80\xa8",
                ]
            )
        )
    (extra / name).parent.mkdir(exist_ok=True)
    (extra / name).write_bytes(content)
    problems: tuple[str, ...] = ()
    try:
        MappingSet.load(MAPPINGS, extra)
    except MappingFileError as error:
        problems = error.problems
    assert all(":" in one for one in problems)
