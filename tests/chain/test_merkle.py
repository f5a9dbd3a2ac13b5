"""Merkle trees against RFC 6962's definitions, the transparency-dev vectors and forgery."""

import json
import pickle
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.hashing import sha256
from chain.merkle import (
    EMPTY_ROOT,
    InvalidMerkleProof,
    NoSuchLeaf,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    verify_consistency,
    verify_hash_inclusion,
    verify_inclusion,
)
from tests.shared import shared_file

# The eight leaves of the Certificate Transparency test trees, and the root of all eight.
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
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
CT_ROOT_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"

leaf_lists = st.lists(st.binary(max_size=40), min_size=1, max_size=70)
distinct_leaf_lists = st.lists(st.binary(max_size=8), min_size=2, max_size=70, unique=True)


def split(size: int) -> int:
    """Largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def rfc_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:]))


def rfc_path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return ()
    k = split(len(leaves))
    if index < k:
        return (*rfc_path(index, leaves[:k]), rfc_root(leaves[k:]))
    return (*rfc_path(index - k, leaves[k:]), rfc_root(leaves[:k]))


def rfc_subproof(old: int, leaves: Sequence[bytes], whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return () if whole else (rfc_root(leaves),)
    k = split(len(leaves))
    if old <= k:
        return (*rfc_subproof(old, leaves[:k], whole), rfc_root(leaves[k:]))
    return (*rfc_subproof(old - k, leaves[k:], False), rfc_root(leaves[:k]))


def vectors(kind: str) -> list[dict[str, Any]]:
    path = shared_file("vectors/merkle_rfc6962/all_inclusion_consistency.json")
    cases: list[dict[str, Any]] = json.loads(path.read_text())[kind]
    assert len(cases) == 98
    return cases


def uint64(value: int) -> int:
    return value % 2**64


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [b64decode(item) for item in case["proof"] or []]


def check_inclusion_vector(case: dict[str, Any]) -> None:
    verify_hash_inclusion(
        b64decode(case["root"]),
        b64decode(case["leafHash"]),
        uint64(case["leafIdx"]),
        uint64(case["treeSize"]),
        hashes(case),
    )


def check_consistency_vector(case: dict[str, Any]) -> None:
    verify_consistency(
        b64decode(case["root1"]),
        uint64(case["size1"]),
        b64decode(case["root2"]),
        uint64(case["size2"]),
        hashes(case),
    )


def is_refused(check: Any, case: dict[str, Any]) -> bool:
    try:
        check(case)
    except InvalidMerkleProof:
        return True
    return False


def test_all_published_inclusion_cases_are_judged_as_published() -> None:
    wrong = [c["file"] for c in vectors("inclusion") if is_refused(check_inclusion_vector, c) != c["wantErr"]]
    assert wrong == []


def test_all_published_consistency_cases_are_judged_as_published() -> None:
    wrong = [
        c["file"] for c in vectors("consistency") if is_refused(check_consistency_vector, c) != c["wantErr"]
    ]
    assert wrong == []


def test_an_empty_leaf_hash_is_refused_even_under_an_equal_root() -> None:
    """Policy: the RFC's algorithm alone would accept this case, where the root is the (empty) leaf hash."""
    (case,) = (
        c for c in vectors("inclusion") if c["file"] == "inclusion/single-entry/empty-root-and-leaf.json"
    )
    with pytest.raises(InvalidMerkleProof, match="hash length: got 0, expected 32"):
        check_inclusion_vector(case)


@pytest.mark.parametrize(
    "name",
    [
        "size1-is-zero-and-does-not-equal-size2",
        "size1-is-zero-and-size2-is-not-zero",
        "sizes-are-equal-zero-and-proof-is-empty",
    ],
)
def test_consistency_with_the_empty_tree_is_refused(name: str) -> None:
    """Policy: every tree extends the empty one, so a proof of it says nothing (the RFC excludes size 0)."""
    (case,) = (c for c in vectors("consistency") if c["file"] == f"consistency/additional/{name}.json")
    with pytest.raises(InvalidMerkleProof, match="old size: got 0"):
        check_consistency_vector(case)


def test_the_certificate_transparency_tree_has_its_published_root() -> None:
    assert merkle_root(CT_LEAVES).hex() == CT_ROOT_8


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle_root([]) == EMPTY_ROOT == sha256(b"")


@given(leaf_lists)
def test_root_is_the_rfc_definition(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == rfc_root(leaves)


@given(leaf_lists, st.data())
def test_inclusion_proof_is_the_rfc_path_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(leaves, index)
    assert proof == rfc_path(index, leaves)
    verify_inclusion(merkle_root(leaves), leaves[index], index, len(leaves), proof)


@given(leaf_lists, st.data())
def test_consistency_proof_is_the_rfc_proof_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof = consistency_proof(leaves, old)
    assert proof == rfc_subproof(old, leaves, True)
    verify_consistency(merkle_root(leaves[:old]), old, merkle_root(leaves), len(leaves), proof)


@st.composite
def forged(draw: st.DrawFn, proof: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A proof that differs from the given one: one flipped bit, one hash dropped, added or doubled."""
    items = list(proof)
    kind = draw(st.sampled_from(["add", "flip", "drop", "double"] if items else ["add"]))
    at = draw(st.integers(0, max(len(items) - 1, 0)))
    if kind == "add":
        items.insert(at, draw(st.binary(min_size=32, max_size=32)))
    elif kind == "flip":
        bit = draw(st.integers(0, 255))
        items[at] = (int.from_bytes(items[at], "big") ^ 1 << bit).to_bytes(32, "big")
    elif kind == "drop":
        del items[at]
    else:
        items.insert(at, items[at])
    return tuple(items)


@given(distinct_leaf_lists, st.data())
def test_forged_inclusion_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size, root = len(leaves), merkle_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    with pytest.raises(InvalidMerkleProof):
        verify_inclusion(root, leaves[index], index, size, data.draw(forged(proof)))
    with pytest.raises(InvalidMerkleProof):
        verify_inclusion(root, leaves[index] + b"x", index, size, proof)
    other = data.draw(st.integers(-2, 2 * size).filter(lambda i: i != index))
    with pytest.raises(InvalidMerkleProof):
        verify_inclusion(root, leaves[index], other, size, proof)


@given(distinct_leaf_lists, st.data())
def test_forged_consistency_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size, root = len(leaves), merkle_root(leaves)
    old = data.draw(st.integers(1, size - 1))
    old_root, proof = merkle_root(leaves[:old]), consistency_proof(leaves, old)
    with pytest.raises(InvalidMerkleProof):
        verify_consistency(old_root, old, root, size, data.draw(forged(proof)))
    rewritten = merkle_root([*leaves[: old - 1], leaves[old - 1] + b"x"])
    with pytest.raises(InvalidMerkleProof):
        verify_consistency(rewritten, old, root, size, proof)
    with pytest.raises(InvalidMerkleProof):
        verify_consistency(old_root, old, merkle_root([*leaves, b""]), size, proof)


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    left, right = merkle_root(CT_LEAVES[:2]), merkle_root(CT_LEAVES[2:4])
    root = merkle_root(CT_LEAVES[:4])
    assert merkle_root([left + right]) != root
    with pytest.raises(InvalidMerkleProof):
        verify_inclusion(root, left + right, 0, 1, ())
    with pytest.raises(InvalidMerkleProof):
        verify_inclusion(root, leaf_hash(CT_LEAVES[0]) + leaf_hash(CT_LEAVES[1]), 0, 2, (right,))


def test_repeating_the_last_leaf_changes_the_root() -> None:
    """Bitcoin's tree repeats an odd last node, which let two lists share one root (CVE-2012-2459)."""
    assert merkle_root(CT_LEAVES[:3]) != merkle_root([*CT_LEAVES[:3], CT_LEAVES[2]])


def test_a_proof_hash_of_the_wrong_length_is_refused() -> None:
    proof = inclusion_proof(CT_LEAVES, 0)
    with pytest.raises(InvalidMerkleProof, match="hash length: got 31, expected 32"):
        verify_inclusion(merkle_root(CT_LEAVES), CT_LEAVES[0], 0, 8, (proof[0][:31], *proof[1:]))
    with pytest.raises(InvalidMerkleProof, match="hash length: got 33, expected 32"):
        verify_consistency(
            merkle_root(CT_LEAVES[:1]), 1, merkle_root(CT_LEAVES), 8, (proof[0] + b"x", *proof[1:])
        )


def test_a_proof_of_the_wrong_length_is_refused_as_such() -> None:
    root, proof = merkle_root(CT_LEAVES), inclusion_proof(CT_LEAVES, 0)
    with pytest.raises(InvalidMerkleProof, match="proof length: got 4, expected fewer hashes"):
        verify_inclusion(root, CT_LEAVES[0], 0, 8, (*proof, root))
    with pytest.raises(InvalidMerkleProof, match="proof length: got 2, expected more hashes"):
        verify_inclusion(root, CT_LEAVES[0], 0, 8, proof[:2])


def test_proofs_of_leaves_and_sizes_a_tree_does_not_have_are_refused() -> None:
    for index in (-1, 8):
        with pytest.raises(NoSuchLeaf, match=f"no-such-leaf: got {index}, expected 0 to 7"):
            inclusion_proof(CT_LEAVES, index)
    for size in (-1, 0, 9):
        with pytest.raises(NoSuchLeaf, match=f"no-such-leaf: got {size}, expected 1 to 8"):
            consistency_proof(CT_LEAVES, size)


def test_errors_survive_pickling() -> None:
    for error in (InvalidMerkleProof("root", b"\x01", b"\x02"), NoSuchLeaf(9, 0, 7)):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
    assert (
        str(InvalidMerkleProof("root", b"\x01", b"\x02")) == "invalid-merkle-proof: root: got 01, expected 02"
    )


def test_with_the_size_known_a_leaf_has_no_proof_of_another_place() -> None:
    """Leaves that a shorter path places elsewhere need a wrong size, which a root does not rule out."""
    for size in range(1, 14):
        leaves = [bytes([number]) for number in range(size)]
        root = merkle_root(leaves)
        for index, leaf in enumerate(leaves):
            proof = inclusion_proof(leaves, index)
            for claimed in set(range(size)) - {index}:
                with pytest.raises(InvalidMerkleProof):
                    verify_inclusion(root, leaf, claimed, size, proof)
