"""The block tree: which block is the head, what is refused and what is remembered."""

import itertools
from dataclasses import replace

import pytest

from chain.block import Coinbase, ForeignBody, WrongRoot
from chain.errors import InvalidBlock
from chain.params import DifficultyRule, ProofKind
from chain.refusals import BlockTooLarge, InvalidTransactionInBlock, WrongReward
from consensus.blocktree import BlockTree, InvalidAncestor
from consensus.compact import BadCompactTarget
from consensus.executor import SharedExecutor
from consensus.headers import (
    InsufficientProof,
    TargetAboveLimit,
    TimeTooNew,
    TimeTooOld,
    WrongHeight,
    WrongTarget,
)
from consensus.headertree import UnknownBlock
from consensus.proof import scheme_for
from tests.chain.sample_app import KEYS, MINER, found, transfer
from tests.consensus.blocks import INTERVAL_MS, NOW_MS, PARAMS, Quarry, recommitted, resealed

BORN = found(PARAMS)
QUARRY = Quarry(BORN)
GENESIS = BORN.block
A = QUARRY.chain(GENESIS, 5, salt=1)
B = QUARRY.chain(GENESIS, 6, salt=2)


def fresh(born=BORN, **limits) -> BlockTree:
    return BlockTree(born, SharedExecutor(born), **limits)


def test_the_head_is_the_block_with_most_work_and_on_a_tie_the_first():
    tree = fresh()
    assert tree.head == GENESIS.header
    for block in A[:3]:
        change = tree.add(block, NOW_MS)
        assert (change.disconnected, change.connected) == ((), (block,))
    for block in B[:3]:
        assert tree.add(block, NOW_MS) is None
    assert tree.head == A[2].header
    change = tree.add(B[3], NOW_MS)
    assert change.disconnected == (A[2], A[1], A[0])
    assert change.connected == tuple(B[:4])
    assert tree.head == B[3].header


def test_work_counts_and_not_length():
    difficulty = replace(PARAMS.difficulty, rule=DifficultyRule.BITCOIN, window=4)
    born = found(replace(PARAMS, difficulty=difficulty))
    tree, quarry = fresh(born), Quarry(born)
    easy, hard = quarry.chain(born.block, 7), quarry.chain(born.block, 5, after_ms=1)
    for block in [*easy, *hard]:
        tree.add(block, NOW_MS)
    assert tree.head == hard[-1].header
    assert tree.headers.candidate(easy[-1].id).work == 2 * 8
    assert tree.headers.candidate(hard[-1].id).work == 2 * 4 + 8 * 2


def test_a_block_that_is_known_changes_nothing():
    tree = fresh()
    tree.add(A[0], NOW_MS)
    assert tree.add(A[0], NOW_MS) is None
    assert tree.add(GENESIS, NOW_MS) is None
    assert len(tree) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_children_before_parents_in_any_order_lead_to_the_same_head(order):
    tree = fresh()
    joined = []
    for index in order:
        change = tree.add(A[index], NOW_MS)
        joined += change.connected if change is not None else ()
    assert joined == A
    assert tree.head == A[-1].header
    assert tree.orphans == 0


def test_an_orphan_waits_for_its_parent_and_the_oldest_gives_way():
    tree = fresh(orphans=2)
    for block in A[1:4]:
        assert tree.add(block, NOW_MS) is None
    assert tree.orphans == 2
    tree.add(A[0], NOW_MS)
    assert tree.head == A[0].header
    tree.add(A[1], NOW_MS)
    assert tree.head == A[3].header


def test_a_flood_of_orphans_stays_within_the_pool():
    tree = fresh(orphans=10)
    for number in range(1_000):
        tree.add(resealed(A[1], previous=number.to_bytes(32, "big")), NOW_MS)
    assert tree.orphans == 10
    tree.add(A[0], NOW_MS)
    assert tree.head == A[0].header


HEADER_FAULTS = [
    ("wrong-height", WrongHeight, {"height": 3}),
    ("wrong-target", WrongTarget, {"bits": 0x207FFFFE}),
    ("wrong-target", WrongTarget, {"bits": 0x1D00FFFF}),
    ("bad-compact-target", BadCompactTarget, {"bits": 0}),
    ("bad-compact-target", BadCompactTarget, {"bits": 0x01FEDCBA}),
    ("time-too-old", TimeTooOld, {"time_ms": 0}),
]


@pytest.mark.parametrize(("rule", "error", "changes"), HEADER_FAULTS)
def test_a_bad_header_is_refused_by_name_and_remembered(rule, error, changes):
    tree = fresh()
    bad = resealed(A[0], **changes)
    for _ in range(2):
        with pytest.raises(error) as caught:
            tree.add(bad, NOW_MS)
        assert caught.value.rule == rule
    assert tree.refusal(bad.id).args == caught.value.args
    assert tree.add(A[0], NOW_MS).connected == (A[0],)


CONTENT_FAULTS = [
    ("wrong-root", WrongRoot, lambda b: recommitted(b, roots=replace(b.roots, state=bytes(32)))),
    ("wrong-root", WrongRoot, lambda b: recommitted(b, roots=replace(b.roots, receipts=bytes(32)))),
    ("wrong-reward", WrongReward, lambda b: recommitted(b, coinbase=Coinbase(MINER, 101))),
    (
        "invalid-transaction-in-block",
        InvalidTransactionInBlock,
        lambda b: recommitted(b, transactions=(transfer(BORN, KEYS[0], 5),)),
    ),
]


@pytest.mark.parametrize(("rule", "error", "spoil"), CONTENT_FAULTS)
def test_bad_content_is_refused_by_name_and_the_senders_other_blocks_still_count(rule, error, spoil):
    tree = fresh()
    tree.add(A[0], NOW_MS)
    bad = spoil(A[1])
    with pytest.raises(error) as caught:
        tree.add(bad, NOW_MS)
    assert caught.value.rule == rule
    assert tree.head == A[0].header
    child = resealed(A[2], previous=bad.id)
    with pytest.raises(InvalidAncestor, match=f"invalid-ancestor: parent {bad.id.hex()[:16]} .*{rule}"):
        tree.add(child, NOW_MS)
    with pytest.raises(InvalidAncestor, match=rule):
        tree.add(resealed(A[3], previous=child.id), NOW_MS)
    for block in A[1:]:
        tree.add(block, NOW_MS)
    assert tree.head == A[-1].header


def test_an_orphan_branch_that_turns_out_invalid_is_dropped_and_the_rest_connects():
    tree = fresh()
    bad = recommitted(A[1], coinbase=Coinbase(MINER, 101))
    child = resealed(A[2], previous=bad.id)
    grandchild = resealed(A[3], previous=child.id)
    for block in (grandchild, child, bad, B[1]):
        assert tree.add(block, NOW_MS) is None
    assert tree.add(A[0], NOW_MS).connected == (A[0],)
    assert isinstance(tree.refusal(bad.id), WrongReward)
    assert isinstance(tree.refusal(child.id), InvalidAncestor)
    assert isinstance(tree.refusal(grandchild.id), InvalidAncestor)
    assert tree.orphans == 1
    assert tree.add(B[0], NOW_MS).connected == (B[0], B[1])


def test_a_mutated_body_does_not_mark_the_honest_block():
    tree = fresh()
    mutated = replace(A[0], coinbase=Coinbase(KEYS[0].public, 100))
    for _ in range(2):
        with pytest.raises(ForeignBody):
            tree.add(mutated, NOW_MS)
    assert tree.refusal(A[0].id) is None
    assert tree.add(A[0], NOW_MS).connected == (A[0],)


def test_a_mutated_orphan_does_not_take_the_place_of_the_honest_one():
    tree = fresh()
    with pytest.raises(ForeignBody):
        tree.add(replace(A[1], coinbase=Coinbase(KEYS[0].public, 100)), NOW_MS)
    tree.add(A[1], NOW_MS)
    assert tree.add(A[0], NOW_MS).connected == (A[0], A[1])


def test_a_block_from_the_future_is_refused_until_its_time_comes():
    tree = fresh()
    latest = A[0].header.time_ms - PARAMS.time.max_future_ms
    with pytest.raises(TimeTooNew):
        tree.add(A[0], latest - 1)
    assert tree.refusal(A[0].id) is None
    assert tree.add(A[0], latest).connected == (A[0],)


def test_a_proof_is_really_checked_with_or_without_the_parent():
    born = found(replace(PARAMS, proof=ProofKind.SHA256D))
    quarry = Quarry(born)
    one = quarry.block(born.block)
    two = quarry.block(one)
    scheme = scheme_for(ProofKind.SHA256D)

    def spoilt(block):
        nonce = next(n for n in range(1_000) if not scheme.holds(resealed(block, nonce=n).header))
        return resealed(block, nonce=nonce)

    tree = fresh(born)
    for bad in (spoilt(two), spoilt(one)):
        with pytest.raises(InsufficientProof):
            tree.add(bad, NOW_MS)
    assert tree.orphans == 0
    tree.add(two, NOW_MS)
    assert tree.add(one, NOW_MS).connected == (one, two)


def test_an_orphan_with_an_impossible_target_is_refused():
    tree = fresh()
    with pytest.raises(BadCompactTarget):
        tree.add(resealed(A[1], bits=0), NOW_MS)
    assert tree.orphans == 0


def test_the_best_chain_can_be_asked_for():
    tree = fresh()
    for block in [*A[:2], *B[:3]]:
        tree.add(block, NOW_MS)
    assert [tree.on_best_chain(block.id) for block in [GENESIS, *A[:2], *B[:4]]] == [
        *[True, False, False],
        *[True, True, True, False],
    ]
    assert tree.branch().ancestor(1) == B[0].header
    assert tree.branch(A[1].id).ancestor(1) == A[0].header
    assert tree.block(A[0].id) is A[0]
    with pytest.raises(UnknownBlock):
        tree.block(B[5].id)


def test_a_refusal_is_an_invalid_block_with_everything_a_message_needs():
    tree = fresh()
    bad = resealed(A[0], height=3)
    with pytest.raises(InvalidBlock) as caught:
        tree.add(bad, NOW_MS)
    assert str(caught.value) == "wrong-height: header 3: got height 3, expected 1"


def test_a_reorganisation_may_reach_back_a_thousand_blocks():
    quarry = Quarry(BORN)
    long, longer = (quarry.chain(GENESIS, length, salt=length) for length in (1_000, 1_001))
    tree = fresh()
    for block in [*long, *longer[:-1]]:
        tree.add(block, NOW_MS)
    change = tree.add(longer[-1], NOW_MS)
    assert change.disconnected == tuple(reversed(long))
    assert change.connected == tuple(longer)
    assert long[0].header.time_ms == INTERVAL_MS


def test_an_orphan_may_not_claim_a_target_that_is_easier_than_any_the_chain_allows():
    difficulty = replace(PARAMS.difficulty, genesis_bits=0x1D00FFFF, limit_bits=0x1D00FFFF)
    tree = fresh(found(replace(PARAMS, difficulty=difficulty)))
    cheap = resealed(A[1], bits=0x1D010000)
    with pytest.raises(
        TargetAboveLimit, match="got bits 0x1d010000, expected a target not above that of 0x1d00ffff"
    ):
        tree.add(cheap, NOW_MS)
    assert tree.orphans == 0
    assert isinstance(tree.refusal(cheap.id), TargetAboveLimit)
    tree.add(resealed(A[1], bits=0x1D00FFFF), NOW_MS)
    assert tree.orphans == 1


def test_an_orphan_over_the_chains_limit_takes_no_place():
    limit = A[1].size
    for allowed, error in ((limit, None), (limit - 1, BlockTooLarge)):
        tree = fresh(found(replace(PARAMS, max_block_bytes=allowed)))
        if error is None:
            tree.add(A[1], NOW_MS)
            assert tree.orphans == 1
            continue
        with pytest.raises(error):
            tree.add(A[1], NOW_MS)
        assert tree.orphans == 0
