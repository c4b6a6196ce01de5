"""The Merkle tree: the vectors of RFC 9162 and of Certificate Transparency; each proof holds, each changed one fails."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    consistency_ranges,
    cover,
    fold,
    inclusion_proof,
    inclusion_ranges,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The eight leaves of Certificate Transparency's reference tests."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

INCLUSION = {
    (0, 1): "",
    (0, 8): """96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
               5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
               6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4""",
    (5, 8): """bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b
               ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
               d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 3): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 5): """6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
               5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
               bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
}
CONSISTENCY = {
    (1, 1): "",
    (1, 8): INCLUSION[0, 8],
    (6, 8): """0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
               ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
               d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 5): """5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
               bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
}


def many(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def textbook(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + textbook(leaves[:k]) + textbook(leaves[k:])).digest()


# ---- published vectors ----------------------------------------------------------------------------------------


def test_the_empty_tree_has_the_published_root() -> None:
    assert (
        root([])
        == EMPTY_ROOT
        == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("case", INCLUSION)
def test_published_inclusion_proofs(case: tuple[int, int]) -> None:
    index, size = case
    proof = inclusion_proof(index, LEAVES[:size])
    assert [part.hex() for part in proof] == INCLUSION[case].split()
    assert verify_inclusion(index, size, LEAVES[index], proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize("case", CONSISTENCY)
def test_published_consistency_proofs(case: tuple[int, int]) -> None:
    old, new = case
    proof = consistency_proof(old, LEAVES[:new])
    assert [part.hex() for part in proof] == CONSISTENCY[case].split()
    roots = [bytes.fromhex(text) for text in ROOTS]
    assert verify_consistency(old, new, roots[old - 1], roots[new - 1], proof)


def test_the_worked_example_of_rfc_9162() -> None:
    """§2.1.5: seven leaves; nodes named as in its drawing (its l is m), here by their leaves."""
    c, d, j = (2, 3), (3, 4), (6, 7)
    b, g, h, i, k, m = (1, 2), (0, 2), (2, 4), (4, 6), (0, 4), (4, 7)
    assert inclusion_ranges(0, 7) == [b, h, m]
    assert inclusion_ranges(3, 7) == [c, g, m]
    assert inclusion_ranges(4, 7) == [(5, 6), j, k]
    assert inclusion_ranges(6, 7) == [i, k]
    assert consistency_ranges(3, 7) == [c, d, g, m]
    assert consistency_ranges(4, 7) == [m]
    assert consistency_ranges(6, 7) == [i, j, k]


# ---- every tree -----------------------------------------------------------------------------------------------


@given(st.integers(0, 80))
def test_the_root_is_the_textbook_one(size: int) -> None:
    assert root(many(size)) == textbook(many(size))


@given(st.data(), st.integers(1, 80))
def test_every_inclusion_proof_holds_and_no_changed_one(data: st.DataObject, size: int) -> None:
    leaves = many(size)
    index = data.draw(st.integers(0, size - 1))
    proof, whole = inclusion_proof(index, leaves), root(leaves)
    assert verify_inclusion(index, size, leaves[index], proof, whole)
    other = data.draw(st.integers(-1, size).filter(lambda number: number != index))
    assert not verify_inclusion(other, size, leaves[index], proof, whole)
    assert not verify_inclusion(index, size, leaf_hash(b"x"), proof, whole)
    assert not verify_inclusion(index, size, leaves[index], proof, leaf_hash(b"x"))
    assert not verify_inclusion(index, size, leaves[index], [*proof, leaf_hash(b"x")], whole)
    for place in range(len(proof)):
        changed = [*proof[:place], leaf_hash(b"x"), *proof[place + 1 :]]
        assert not verify_inclusion(index, size, leaves[index], changed, whole)
        assert not verify_inclusion(index, size, leaves[index], proof[:place] + proof[place + 1 :], whole)


@given(st.data(), st.integers(1, 80))
def test_every_consistency_proof_holds_and_no_changed_one(data: st.DataObject, new: int) -> None:
    leaves = many(new)
    old = data.draw(st.integers(0, new))
    proof, before, after = consistency_proof(old, leaves), root(leaves[:old]), root(leaves)
    wrong = leaf_hash(b"x")
    assert verify_consistency(old, new, before, after, proof)
    assert not verify_consistency(old, new, wrong, after, proof)
    assert old == 0 or not verify_consistency(old, new, before, wrong, proof)
    assert not verify_consistency(old, new, before, after, [*proof, wrong])
    for place in range(len(proof)):
        changed = [*proof[:place], wrong, *proof[place + 1 :]]
        assert not verify_consistency(old, new, before, after, changed)
        assert not verify_consistency(old, new, before, after, proof[:place] + proof[place + 1 :])


@given(st.data(), st.integers(1, 80))
def test_a_history_that_was_rewritten_is_not_consistent(data: st.DataObject, new: int) -> None:
    leaves = many(new)
    old = data.draw(st.integers(1, new))
    other = list(leaves)
    other[data.draw(st.integers(0, old - 1))] = leaf_hash(b"x")
    assert not verify_consistency(old, new, root(leaves[:old]), root(other), consistency_proof(old, other))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_cover_is_exact_and_stands_as_the_tree_does(start: int, length: int) -> None:
    at = start
    for level, first in cover(start, start + length):
        assert first == at
        assert first % (1 << level) == 0
        at += 1 << level
    assert at == start + length


@given(st.data(), st.integers(1, 120))
def test_leaves_and_subtrees_give_one_root(data: st.DataObject, size: int) -> None:
    leaves = many(size)
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    frontier = Frontier()
    for leaf in leaves[:start]:
        frontier.append(leaf)
    for level, first in cover(start, stop):
        frontier.append_subtree(level, root(leaves[first : first + (1 << level)]))
    for leaf in leaves[stop:]:
        frontier.append(leaf)
    assert (frontier.size, frontier.root) == (size, root(leaves))
    assert Frontier(frontier.nodes).root == frontier.root
    assert fold(frontier.nodes) == frontier.root


def test_a_copied_frontier_goes_its_own_way() -> None:
    frontier = Frontier()
    frontier.append(LEAVES[0])
    frontier.copy().append(LEAVES[1])
    assert (frontier.size, frontier.root.hex()) == (1, ROOTS[0])


@pytest.mark.parametrize(
    ("size", "level", "value"), [(1, 1, b"x" * 32), (0, -1, b"x" * 32), (0, 63, b"x" * 32), (0, 0, b"x")]
)
def test_a_subtree_that_cannot_begin_there_is_refused(size: int, level: int, value: bytes) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    with pytest.raises(ValueError, match="no subtree"):
        frontier.append_subtree(level, value)


def test_proofs_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_ranges(3, 3)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_ranges(4, 3)
    with pytest.raises(ValueError, match="no root"):
        fold([])
