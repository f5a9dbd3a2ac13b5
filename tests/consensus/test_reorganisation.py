"""Any sequence of forks and reorganisations ends in the state of a replay from genesis."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import accounts
from chain.bank import Transfer
from chain.block import Block
from chain.context import Environment
from chain.invariants import broken_invariants
from chain.transaction import Transaction
from chain.transition import apply_block
from chain.trie import Trie
from consensus.executor import ReexecutingExecutor, SharedExecutor
from consensus.node import Node
from tests.chain.sample_app import BALANCE, KEYS, Put, Take, found, signed
from tests.consensus.blocks import NOW_MS, PARAMS, Quarry

BORN = found(PARAMS)

ACTIONS = st.one_of(
    st.builds(Transfer, st.sampled_from([key.public for key in KEYS[:3]]), st.integers(0, BALANCE // 3)),
    st.builds(Put, st.sampled_from("ab"), st.integers(0, BALANCE // 3)),
    st.builds(Take, st.sampled_from("ab")),
)
CONTENTS = st.lists(st.tuples(st.integers(0, 2), ACTIONS), max_size=3)
# A new block stands on one of the newest three, or on any: long branches and deep forks both occur.
PARENTS = st.one_of(st.integers(-3, -1), st.integers(0, 50))
TREES = st.lists(st.tuples(PARENTS, CONTENTS), min_size=1, max_size=14)


def grown(tree) -> list[Block]:
    """Valid blocks of a random tree, in the order they were made."""
    quarry = Quarry(BORN)
    for number, (choice, contents) in enumerate(tree):
        made = quarry.made
        parent = made[choice] if -len(made) <= choice < 0 else made[choice % len(made)]
        nonces: dict[int, int] = {}
        transactions = []
        for who, action in contents:
            nonce = nonces.setdefault(who, quarry.nonce(parent, KEYS[who].public))
            transactions.append(signed(BORN, KEYS[who], nonce, action))
            nonces[who] += 1
        quarry.block(parent, transactions, KEYS[number % 8].public, salt=number)
    return quarry.made[1:]


def replayed(node: Node) -> Trie:
    """The state of the node's best chain, executed anew from genesis, every invariant checked on the way."""
    state = BORN.state
    for header in node.tree.headers.path(BORN.block.id, node.head.id):
        state = apply_block(BORN.spec, state, node.tree.block(header.id)).state
        check_invariants(state, header.height)
    return state


def check_invariants(state: Trie, height: int) -> None:
    view = BORN.spec.view(state, Environment(height, 0))
    assert list(broken_invariants(BORN.spec.registry, view)) == []
    assert accounts.supply_of(state) == BALANCE * len(KEYS) + 100 * height


@settings(max_examples=60, deadline=None)
@given(tree=TREES, data=st.data())
def test_any_tree_in_any_order_ends_in_the_state_of_a_replay(tree, data):
    blocks = grown(tree)
    order = data.draw(st.permutations(blocks))
    node = Node(BORN, SharedExecutor(BORN, recent=2, checkpoint=5))
    on_chain: list[Block] = []
    for block in order:
        change = node.receive_block(block, NOW_MS)
        if change is None:
            continue
        for left in change.disconnected:
            assert on_chain.pop() == left
        on_chain += change.connected
        assert node.head == on_chain[-1].header
        check_invariants(node.state, node.head.height)
    assert len(node.tree) == len(blocks) + 1
    assert node.tree.orphans == 0
    assert node.head.height == max(block.header.height for block in blocks)
    assert node.state == replayed(node)


@settings(max_examples=25, deadline=None)
@given(tree=TREES, data=st.data())
def test_nodes_that_reexecute_everything_agree_in_whatever_order_they_hear_of_it(tree, data):
    blocks = grown(tree)
    shared = SharedExecutor(BORN)
    nodes = [Node(BORN, shared), Node(BORN, ReexecutingExecutor(BORN, shared))]
    for node in nodes:
        for block in data.draw(st.permutations(blocks)):
            node.receive_block(block, NOW_MS)
    assert nodes[0].head.height == nodes[1].head.height
    assert (
        nodes[0].tree.headers.candidate(nodes[0].head.id).work
        == nodes[1].tree.headers.candidate(nodes[1].head.id).work
    )
    assert nodes[1].state == replayed(nodes[1])
    assert shared.executions == len(blocks)


@settings(max_examples=40, deadline=None)
@given(tree=TREES)
def test_no_transaction_is_lost_or_doubled_by_reorganisations(tree):
    """What was ever confirmed is on the best chain, or waits, or can no longer be applied there."""
    node = Node(BORN)
    ever: dict[bytes, Transaction] = {}
    for block in grown(tree):
        change = node.receive_block(block, NOW_MS)
        if change is None:
            continue
        ever |= {each.id: each for joined in change.connected for each in joined.transactions}
        path = node.tree.headers.path(BORN.block.id, node.head.id)
        confirmed = [each.id for header in path for each in node.tree.block(header.id).transactions]
        assert len(set(confirmed)) == len(confirmed)
        waiting = {(each.sender, each.nonce): each.id for each in node.mempool}
        assert not set(waiting.values()) & set(confirmed)
        for each in ever.values():
            gone = each.nonce < node.view().nonce(each.sender) or node.view().balance(each.sender) < each.fee
            assert each.id in confirmed or gone or (each.sender, each.nonce) in waiting


@cache
def rivals(depth: int) -> tuple[Quarry, list[Block], list[Block]]:
    quarry = Quarry(BORN)
    return quarry, quarry.chain(BORN.block, depth, salt=1), quarry.chain(BORN.block, depth, salt=2)


@pytest.mark.parametrize("depth", [1, 10, 100])
def test_two_branches_that_overtake_each_other_again_and_again_leave_the_right_state(depth):
    quarry, left, right = rivals(depth)
    node = Node(BORN, SharedExecutor(BORN, recent=4, checkpoint=16))
    for block in [*left, *right]:
        node.receive_block(block, NOW_MS)
    assert node.head == left[-1].header
    behind, ahead = right[-1], left[-1]
    for turn in range(30):
        # The branch that is behind grows by two and takes the lead.
        first = quarry.block(behind, salt=turn)
        second = quarry.block(first, salt=turn) if turn else None
        moved = [node.receive_block(block, NOW_MS) for block in (first, second) if block is not None]
        behind, ahead = ahead, second or first
        change = moved[-1]
        assert change is not None
        assert node.head == ahead.header == change.connected[-1].header
        assert len(change.disconnected) >= depth
    assert node.state == replayed(node)


def test_a_reorganisation_takes_time_in_proportion_to_its_depth_and_not_to_the_chain():
    quarry, left, right = rivals(100)
    node = Node(BORN, SharedExecutor(BORN, recent=1_000))
    for block in left:
        node.receive_block(block, NOW_MS)
    executor = node.executor
    assert isinstance(executor, SharedExecutor)
    before = executor.executions
    for block in right:
        node.receive_block(block, NOW_MS)
    node.receive_block(quarry.block(right[-1]), NOW_MS)
    assert node.head.height == 101
    assert executor.executions - before == 101
