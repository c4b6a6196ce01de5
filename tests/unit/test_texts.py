"""The catalogue of texts for officials: both languages, the same places."""

from collections import Counter

import pytest

from connector.texts import CATALOGUE, PARTS, Text, places, say


def test_every_text_has_both_languages_and_the_same_places():
    assert CATALOGUE
    for key, text in CATALOGUE.items():
        area, _, name = key.partition(".")
        assert area, key
        assert name, key
        assert text.vi.strip(), key
        assert text.en.strip(), key
        assert places(text.vi) == places(text.en), key


def test_no_text_is_hidden_by_another_of_the_same_key() -> None:
    given = Counter(key for part in PARTS for key in part)
    assert [key for key, times in given.items() if times > 1] == []


def test_vietnamese_comes_first_and_english_on_request():
    assert say("error.next_step", step="chờ") == "Việc cần làm: chờ"
    assert say("error.next_step", "en", step="wait") == "What to do: wait"


@pytest.mark.parametrize(
    ("vi", "en"),
    [
        ("", "text"),
        ("chữ", " "),
        ("{so} hồ sơ", "cases"),
        ("{so} hồ sơ", "{count} cases"),
        ("{}", "{}"),
        ("{0}", "{0}"),
        ("{ho_so.nguoi_gui}", "{ho_so.nguoi_gui}"),
        ("{ho_so[ten]}", "{ho_so[ten]}"),
        ("{hở", "{hở"),
    ],
)
def test_a_half_translated_or_unsafe_text_cannot_be_made(vi, en):
    with pytest.raises(ValueError):
        Text(vi, en)


def test_places_may_be_formatted_and_repeated():
    text = Text("{n:,} hồ sơ, {n:d} lượt", "{n:d} cases")
    assert text.say(n=1200) == "1,200 hồ sơ, 1200 lượt"


def test_a_missing_argument_or_key_is_a_bug_that_shows():
    with pytest.raises(KeyError):
        say("error.next_step")
    with pytest.raises(KeyError):
        say("khong.co")
