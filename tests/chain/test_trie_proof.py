"""Proofs of present and absent keys: the honest ones verify, no changed one does."""

import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.hashing import sha256
from chain.trie import Trie
from chain.trie_proof import InvalidProof, Step, TrieProof
from tests.chain.test_trie import keys, maps, values


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@given(maps, keys)
def test_a_proof_gives_the_value_or_the_absence_of_any_key(model: dict[bytes, bytes], key: bytes) -> None:
    trie = Trie().updated(model)
    assert trie.proof(key).verify(trie.root, key) == model.get(key)


@given(maps, keys, values)
def test_a_present_key_is_proven_present(model: dict[bytes, bytes], key: bytes, value: bytes) -> None:
    trie = Trie().updated({**model, key: value})
    assert trie.proof(key).verify(trie.root, key) == value


@given(maps, keys, keys)
def test_a_proof_of_another_key_is_refused_or_says_the_truth(
    model: dict[bytes, bytes], key: bytes, other: bytes
) -> None:
    trie = Trie().updated(model)
    try:
        assert trie.proof(other).verify(trie.root, key) == model.get(key)
    except InvalidProof:
        assert key != other


@given(maps, maps, keys)
def test_a_proof_under_another_root_is_refused(
    model: dict[bytes, bytes], other: dict[bytes, bytes], key: bytes
) -> None:
    trie, elsewhere = Trie().updated(model), Trie().updated(other)
    if model != other:
        with pytest.raises(InvalidProof):
            trie.proof(key).verify(elsewhere.root, key)
    with pytest.raises(InvalidProof):
        trie.proof(key).verify(flipped(trie.root, 0), key)


@st.composite
def tampered(draw: st.DrawFn, proof: TrieProof) -> TrieProof:
    """A proof that differs from the given one in one place."""
    assert proof.leaf is not None
    key, value = proof.leaf
    kind = draw(
        st.sampled_from(["key", "value", "no leaf", *(["step", "drop", "double"] if proof.steps else [])])
    )
    if kind == "key":
        return replace(proof, leaf=(draw(keys.filter(lambda k: k != key)), value))
    if kind == "value":
        return replace(proof, leaf=(key, draw(values.filter(lambda v: v != value))))
    if kind == "no leaf":
        return replace(proof, leaf=None)
    at = draw(st.integers(0, len(proof.steps) - 1))
    step = proof.steps[at]
    middle = {"step": (draw(tampered_step(step)),), "drop": (), "double": (step, step)}[kind]
    return replace(proof, steps=proof.steps[:at] + middle + proof.steps[at + 1 :])


@st.composite
def tampered_step(draw: st.DrawFn, step: Step) -> Step:
    kind = draw(st.sampled_from(["index", "mask", "sibling", "length"]))
    if kind == "index":
        return replace(step, byte_index=draw(st.integers(-1, 2**33).filter(lambda i: i != step.byte_index)))
    if kind == "mask":
        return replace(step, mask=draw(st.integers(-1, 2**17).filter(lambda m: m != step.mask)))
    if kind == "sibling":
        return replace(step, sibling=flipped(step.sibling, draw(st.integers(0, 255))))
    return replace(step, sibling=step.sibling[: draw(st.integers(0, 31))])


@given(maps.filter(bool), keys, st.data())
def test_a_tampered_proof_is_refused(model: dict[bytes, bytes], key: bytes, data: st.DataObject) -> None:
    trie = Trie().updated(model)
    proof = trie.proof(key)
    with pytest.raises(InvalidProof):
        data.draw(tampered(proof)).verify(trie.root, key)


def test_a_present_key_cannot_be_proven_absent_by_the_way_to_another() -> None:
    trie = Trie().updated({b"a": b"1", b"b": b"2", b"c": b"3"})
    for other in (b"b", b"c"):
        with pytest.raises(InvalidProof, match=r"leaf: got .*, expected a key that takes the same way"):
            trie.proof(other).verify(trie.root, b"a")


def test_a_branch_does_not_pass_for_a_leaf() -> None:
    """Branch and leaf differ in their first byte, so a leaf made of a branch's bytes has another hash."""
    trie = Trie().updated({b"a": b"1", b"b": b"2"})
    (step,) = trie.proof(b"a").steps
    below = sha256(b"\x00\x00\x00\x00\x01a1")
    body = step.byte_index.to_bytes(4, "big") + step.mask.to_bytes(2, "big") + below + step.sibling
    assert sha256(b"\x01" + body) == trie.root
    with pytest.raises(InvalidProof, match="root"):
        TrieProof((), (b"", body[4:])).verify(trie.root, b"")


def test_the_empty_map_proves_every_key_absent() -> None:
    empty = Trie()
    assert empty.proof(b"k").verify(empty.root, b"k") is None
    with pytest.raises(InvalidProof, match="steps in an empty map: got 1, expected 0"):
        TrieProof((Step(0, 0x100, bytes(32)),), None).verify(empty.root, b"k")


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([(0, 3)], "position: got (0, 3), expected a u32 and one of nine bits"),
        ([(-1, 1)], "position: got (-1, 1), expected a u32 and one of nine bits"),
        ([(1, 1), (1, 2)], "position: got (1, 2), expected a later one than the branch above"),
        ([(2, 1), (1, 1)], "position: got (1, 1), expected a later one than the branch above"),
    ],
)
def test_malformed_positions_are_refused_with_what_was_got(steps: list[tuple[int, int]], text: str) -> None:
    proof = TrieProof(tuple(Step(index, mask, bytes(32)) for index, mask in steps), (b"k", b"v"))
    with pytest.raises(InvalidProof) as caught:
        proof.verify(bytes(32), b"k")
    assert str(caught.value) == f"invalid-state-proof: {text}"


def test_a_sibling_of_the_wrong_length_is_refused_as_such() -> None:
    proof = TrieProof((Step(0, 1, bytes(31)),), (b"k", b"v"))
    with pytest.raises(InvalidProof, match="sibling length: got 31, expected 32"):
        proof.verify(bytes(32), b"k")


def test_proofs_and_their_errors_survive_pickling() -> None:
    trie = Trie().updated({b"a": b"1", b"b": b"2"})
    again: Any = pickle.loads(pickle.dumps(trie.proof(b"a")))
    assert again.verify(trie.root, b"a") == b"1"
    error = InvalidProof("root", b"\x01", b"\x02")
    assert str(pickle.loads(pickle.dumps(error))) == "invalid-state-proof: root: got 01, expected 02"
