"""The full node: transactions go in, blocks come out, and other nodes agree."""

from dataclasses import replace

import pytest

from chain.accounts import broken_invariants
from chain.params import DifficultyRule, ProofKind
from chain.refusals import WrongNonce
from consensus.compact import bits_for_difficulty
from consensus.headers import BadConsensusParams
from consensus.headertree import UnknownBlock
from consensus.node import Node
from consensus.proof import Sha256d
from tests.chain.sample_app import KEYS, MINER, Put, found, signed, transfer
from tests.consensus.blocks import INTERVAL_MS, NOW_MS, PARAMS

BORN = found(PARAMS)


def mined(node: Node, now_ms: int = NOW_MS, nonce: int = 0):
    block = node.build(MINER, now_ms, nonce)
    node.receive_block(block, now_ms)
    return block


def test_a_new_node_stands_on_genesis():
    node = Node(BORN)
    assert node.head == BORN.block.header
    assert node.state is BORN.state
    assert (node.view().height, node.view().time_ms) == (0, 0)


def test_a_block_confirms_what_waits_and_the_mempool_lets_it_go():
    node = Node(BORN)
    node.receive_transaction(transfer(BORN, KEYS[0], 0, KEYS[1], 5))
    node.receive_transaction(signed(BORN, KEYS[0], 1, Put("a", 7)))
    block = mined(node)
    assert len(block.transactions) == 2
    assert len(node.mempool) == 0
    assert node.view().query("locker", "content", "a") == 7
    with pytest.raises(WrongNonce):
        node.receive_transaction(transfer(BORN, KEYS[0], 0, KEYS[1], 5))


def test_an_offered_transaction_is_in_a_block_once():
    node = Node(BORN)
    for _ in range(3):
        node.receive_transaction(transfer(BORN, KEYS[0], 0))
    assert len(mined(node).transactions) == 1
    assert len(mined(node, NOW_MS + 1).transactions) == 0


def test_two_nodes_that_mine_against_each_other_agree_in_the_end():
    left, right = Node(BORN), Node(BORN)
    for height in range(1, 6):
        now_ms = height * INTERVAL_MS
        for node, key in ((left, KEYS[0]), (right, KEYS[1])):
            node.receive_transaction(transfer(BORN, key, node.view().nonce(key.public)))
            mined(node, now_ms, nonce=int(node is right))
    assert left.head != right.head
    mined(right, 6 * INTERVAL_MS)
    for header in right.tree.headers.path(BORN.block.id, right.head.id):
        left.receive_block(right.tree.block(header.id), NOW_MS)
    assert left.head == right.head
    assert left.state == right.state
    assert [each.sender for each in left.mempool] == [KEYS[0].public] * 5
    mined(left, NOW_MS)
    assert left.view().nonce(KEYS[0].public) == 5
    assert list(broken_invariants(left.state)) == []


def test_the_view_of_an_older_block_is_as_it_was():
    node = Node(BORN)
    node.receive_transaction(transfer(BORN, KEYS[0], 0, KEYS[1], 5))
    first = mined(node)
    node.receive_transaction(transfer(BORN, KEYS[0], 1, KEYS[1], 5))
    mined(node)
    balances = [node.view(block_id).balance(KEYS[1].public) for block_id in (BORN.block.id, first.id, None)]
    assert balances == [1_000_000, 1_000_005, 1_000_010]
    with pytest.raises(UnknownBlock):
        node.view(bytes(32))


def test_a_node_really_searches_where_the_chain_asks_for_it():
    difficulty = replace(PARAMS.difficulty, genesis_bits=bits_for_difficulty(64))
    born = found(replace(PARAMS, proof=ProofKind.SHA256D, difficulty=difficulty))
    node = Node(born, proof=Sha256d())
    for _ in range(3):
        mined(node)
    assert node.head.height == 3
    assert all(header.id.hex() < "04" + "0" * 62 for header in list(node.tree.headers)[1:])


@pytest.mark.parametrize("rule", list(DifficultyRule))
def test_a_node_follows_each_difficulty_rule(rule):
    difficulty = replace(PARAMS.difficulty, rule=rule, window=4, half_life_ms=INTERVAL_MS)
    node = Node(found(replace(PARAMS, difficulty=difficulty)))
    for height in range(1, 12):
        mined(node, height * 1_000)
    harder = node.head.bits != difficulty.genesis_bits
    assert node.head.height == 11
    assert harder == (rule is not DifficultyRule.FIXED)


def test_parameters_without_a_meaning_stop_a_node_from_starting():
    born = found(replace(PARAMS, time=replace(PARAMS.time, median_blocks=0)))
    with pytest.raises(BadConsensusParams, match=r"time\.median_blocks: got 0, expected at least 1"):
        Node(born)
