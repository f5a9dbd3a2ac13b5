"""A licence against a header: the honest proof shows it, no other proof shows anything else."""

import pickle
from dataclasses import replace

import pytest

from apps.admm.actions import SubmitBandwidth
from apps.admm.licence_proof import (
    ForeignRoots,
    LicenceProof,
    MalformedHolder,
    NoLicence,
    check_licence,
    prove_licence,
)
from apps.admm.scientific import Scientific
from apps.admm.state import Licence
from apps.testing import account_of, key_of
from chain.block import Block, Coinbase, Header, transactions_root
from chain.codec import decode, encode
from chain.context import Environment
from chain.errors import ChainError
from chain.transaction import sign
from chain.transition import apply_block, execute_content, roots_of
from chain.trie import Trie
from chain.trie_proof import InvalidProof, TrieProof
from tests.apps.admm.scene import MHZ, answer, running, terms

ANN, BOB, OTHER, MINER = (account_of(name) for name in ("ann", "bob", "other", "miner"))


def settling_block(max_rounds: int = 1) -> tuple[Block, Trie]:
    """A block in which an acquisition of two operators settles, and the state after it."""
    chain = running(("ann", "bob"), terms(max_rounds=max_rounds))
    answer(chain, {"ann": 80 * MHZ})
    submit = chain.registry.encode_action(SubmitBandwidth("band", 1, 60 * MHZ))
    transaction = sign(key_of("bob"), chain.spec.chain_id, 0, 0, *submit)
    height = chain.height + 1
    environment = Environment(height, height * chain.interval_ms)
    executed = execute_content(chain.spec, chain.state.trie, environment, MINER, [transaction])
    coinbase = Coinbase(MINER, executed.reward)
    roots = roots_of(transactions_root(coinbase, [transaction]), executed)
    header = Header(bytes(32), roots.commitment(), environment.time_ms, 0, height, 0)
    block = Block(header, roots, coinbase, (transaction,))
    return block, apply_block(chain.spec, chain.state.trie, block).state


BLOCK, STATE = settling_block()
PROOF = prove_licence(STATE, BLOCK.roots, "band", ANN)


def test_a_licence_is_audited_with_88_bytes_and_a_proof() -> None:
    header = Header.from_bytes(BLOCK.header.to_bytes())
    proof = decode(LicenceProof, encode(PROOF))
    licence = check_licence(header, proof, "band", ANN)
    start = 0 if ANN < BOB else 40 * MHZ
    assert licence == Licence(60 * MHZ, start, Scientific(2, -10), 1, False, 5)


def test_other_roots_are_not_the_headers() -> None:
    forged = replace(BLOCK.roots, state=STATE.updated({b"a": b"b"}).root)
    with pytest.raises(ForeignRoots, match="foreign-roots: got"):
        check_licence(BLOCK.header, replace(PROOF, roots=forged), "band", ANN)


def test_another_header_does_not_commit_to_the_licence() -> None:
    with pytest.raises(ForeignRoots):
        check_licence(replace(BLOCK.header, commitment=bytes(32)), PROOF, "band", ANN)
    before, _ = settling_block(2)
    with pytest.raises(ForeignRoots):
        check_licence(before.header, PROOF, "band", ANN)


def test_a_changed_licence_does_not_lead_to_the_root() -> None:
    assert PROOF.proof.leaf is not None
    path, value = PROOF.proof.leaf
    wider = encode(replace(decode(Licence, value), bandwidth=61 * MHZ))
    with pytest.raises(InvalidProof):
        check_licence(BLOCK.header, with_leaf((path, wider)), "band", ANN)


def test_a_changed_way_does_not_lead_to_the_root() -> None:
    step = PROOF.proof.steps[0]
    steps = (replace(step, sibling=bytes(32)), *PROOF.proof.steps[1:])
    with pytest.raises(InvalidProof):
        check_licence(BLOCK.header, LicenceProof(BLOCK.roots, replace(PROOF.proof, steps=steps)), "band", ANN)


def test_the_proof_of_one_operator_says_nothing_of_another() -> None:
    with pytest.raises((InvalidProof, NoLicence)):
        check_licence(BLOCK.header, PROOF, "band", BOB)
    with pytest.raises((InvalidProof, NoLicence)):
        check_licence(BLOCK.header, PROOF, "band 2", ANN)


def test_the_absence_of_a_licence_is_proven_too() -> None:
    for name, operator in (("band", OTHER), ("tv", ANN), ("ban", ANN)):
        proof = prove_licence(STATE, BLOCK.roots, name, operator)
        with pytest.raises(NoLicence, match="has granted none"):
            check_licence(BLOCK.header, proof, name, operator)


def test_before_settlement_there_is_no_licence() -> None:
    block, state = settling_block(2)
    with pytest.raises(NoLicence):
        check_licence(block.header, prove_licence(state, block.roots, "band", ANN), "band", ANN)


@pytest.mark.parametrize(
    ("name", "operator"), [("ba\0nd", ANN), ("\ud800", ANN), ("band", ANN[:-1]), ("band", b"")]
)
def test_a_holder_that_nobody_can_be_is_refused(name: str, operator: bytes) -> None:
    with pytest.raises(MalformedHolder, match="expected a name without NUL and a public key of 32 bytes"):
        prove_licence(STATE, BLOCK.roots, name, operator)
    with pytest.raises(MalformedHolder):
        check_licence(BLOCK.header, PROOF, name, operator)


@pytest.mark.parametrize(
    "error", [ForeignRoots(ANN, BOB), NoLicence("band", ANN), MalformedHolder("band", b"")]
)
def test_the_refusals_survive_a_process_pool(error: ChainError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.args, str(copy)) == (error.args, str(error))
    assert str(error).startswith(error.rule)


def with_leaf(leaf: tuple[bytes, bytes]) -> LicenceProof:
    return LicenceProof(BLOCK.roots, TrieProof(PROOF.proof.steps, leaf))
