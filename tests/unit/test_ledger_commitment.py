"""Commitments: bound to salt, name and value, and never guessed without the salt."""

from typing import Any

import pytest

from connector.canonical import digest
from connector.ledger.commitment import commitment, commitments, large, opens, salted

VALUES: dict[str, Any] = {
    "title": "Đường Lê Lợi bị ngập",
    "when": "2026-11-27T03:04:05Z",
    "acts": [{"kind": "answer", "no": 1}],
    "nothing": None,
}


def test_a_commitment_is_the_digest_of_salt_name_and_value() -> None:
    assert commitment("title", ("00" * 16, "ngập")) == digest(["00" * 16, "title", "ngập"])


def test_every_value_opens_its_own_commitment_only() -> None:
    openings = salted(VALUES)
    made = commitments(openings)
    for name, opening in openings.items():
        assert opens(name, opening, made[name])
        assert not opens("other", opening, made[name])
        assert not opens(name, (opening[0], "khác"), made[name])
        assert not opens(name, ("00" * 16, opening[1]), made[name])


def test_equal_values_have_unlike_commitments() -> None:
    assert commitments(salted(VALUES)) != commitments(salted(VALUES))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_has_no_canonical_form_opens_nothing(value: object) -> None:
    assert not opens("title", ("00" * 16, value), "00" * 32)


def test_bytes_are_committed_by_digest_and_size() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert large(b"") == {"sha256": empty, "size": 0}
