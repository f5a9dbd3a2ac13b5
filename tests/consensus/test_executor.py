"""Executors: one execution a block, results at any depth, and a second opinion that notices any difference."""

import gc
import pickle
from dataclasses import replace
from itertools import count

import pytest

from chain import transaction as transaction_module
from chain.app import App
from chain.block import Block, Coinbase, ForeignBody
from chain.context import Context
from chain.refusals import AppCrashed, InvalidTransactionInBlock, WrongReward
from chain.state import Overlay
from chain.table import Table
from chain.transaction import WrongSignature
from consensus.executor import ExecutionDiverged, NeverExecuted, ReexecutingExecutor, SharedExecutor
from consensus.node import Node
from consensus.signatures import SignatureCache
from tests.chain.sample_app import KEYS, MINER, Crash, Put, found, signed, transfer
from tests.consensus.blocks import NOW_MS, PARAMS, Quarry, recommitted

BORN = found(PARAMS)
GENESIS = BORN.block


def busy_chain(quarry: Quarry, length: int) -> list[Block]:
    """A chain with a transfer and a box in each block."""
    born, parent, blocks = quarry.born, quarry.born.block, []
    for number in range(length):
        transactions = [
            transfer(born, KEYS[0], number, KEYS[1], 5),
            signed(born, KEYS[1], number, Put(f"box {number}", 7)),
        ]
        parent = quarry.block(parent, transactions)
        blocks.append(parent)
    return blocks


def test_a_block_is_executed_once_however_often_it_is_asked_for():
    (block,) = busy_chain(Quarry(BORN), 1)
    executor = SharedExecutor(BORN)
    first = executor.execute(block)
    assert executor.execute(Block.from_bytes(block.to_bytes())) is first
    assert executor.result(block.id) is first
    assert executor.executions == 1


def test_a_signature_is_checked_once_in_mempool_template_and_blocks():
    node = Node(BORN)
    for number in range(3):
        node.receive_transaction(transfer(BORN, KEYS[number], 0))
    block = node.build(MINER, NOW_MS)
    node.receive_block(block, NOW_MS)
    twin = replace(block, header=replace(block.header, nonce=1))
    node.receive_block(twin, NOW_MS)
    assert len(block.transactions) == 3
    assert node.executor.signatures.checks == 3


def test_a_verdict_on_a_signature_is_not_taken_for_another_signature():
    cache = SignatureCache()
    good = transfer(BORN, KEYS[0], 0)
    bad = replace(good, signature=bytes(64))
    cache.authenticate(good)
    for _ in range(2):
        with pytest.raises(WrongSignature):
            cache.authenticate(bad)
    cache.authenticate(good)
    assert cache.checks == 2


def test_the_signature_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(transaction_module, "verify", lambda *_: None)
    cache = SignatureCache(capacity=10)
    for number in range(100):
        cache.authenticate(transfer(BORN, KEYS[0], number))
    assert len(cache._reasons) == 10
    cache.authenticate(transfer(BORN, KEYS[0], 99))
    cache.authenticate(transfer(BORN, KEYS[0], 0))
    assert cache.checks == 101


def _overlays() -> set[int]:
    gc.collect()
    return {id(thing) for thing in gc.get_objects() if type(thing) is Overlay}


def test_a_failure_is_remembered_as_the_same_error_and_leaves_no_stack_behind():
    (block,) = busy_chain(Quarry(BORN), 1)
    bad = recommitted(block, transactions=(*block.transactions, transfer(BORN, KEYS[2], 9)))
    executor = SharedExecutor(BORN)
    errors = []
    overlays = _overlays()
    for _ in range(3):
        with pytest.raises(InvalidTransactionInBlock) as caught:
            executor.execute(bad)
        errors.append((caught.value.args, str(caught.value)))
    assert errors[0] == errors[1] == errors[2]
    assert executor.executions == 1
    del caught
    # Other tests of the session may keep some of theirs.
    assert _overlays() <= overlays


def test_a_mutated_body_is_refused_without_a_memory_of_it():
    (block,) = busy_chain(Quarry(BORN), 1)
    executor = SharedExecutor(BORN)
    with pytest.raises(ForeignBody):
        executor.execute(replace(block, coinbase=Coinbase(KEYS[0].public, 1)))
    assert executor.execute(block).state.root == block.roots.state
    with pytest.raises(ForeignBody):
        executor.execute(replace(block, coinbase=Coinbase(KEYS[0].public, 1)))


@pytest.mark.parametrize(("recent", "checkpoint"), [(1, 1_000), (3, 7), (4, 1), (100, 1_000)])
def test_dropped_results_are_recomputed_at_any_depth(recent, checkpoint):
    blocks = busy_chain(Quarry(BORN), 20)
    executor = SharedExecutor(BORN, recent, checkpoint)
    for block in blocks:
        executor.execute(block)
    for block in [blocks[0], blocks[19], blocks[7], blocks[8], blocks[2], GENESIS]:
        result = executor.result(block.id)
        assert result.state.root == block.roots.state
        assert len(result.receipts) == len(block.transactions) + (block is not GENESIS)
    assert len(executor._recent) <= recent


def test_recomputing_starts_at_the_nearest_result_that_is_kept():
    blocks = busy_chain(Quarry(BORN), 20)
    executor = SharedExecutor(BORN, recent=2, checkpoint=5)
    for block in blocks:
        executor.execute(block)
    before = executor.executions
    executor.result(blocks[12].id)
    assert executor.executions - before == 3


def test_the_results_used_last_are_those_that_are_kept():
    blocks = busy_chain(Quarry(BORN), 3)
    executor = SharedExecutor(BORN, recent=2)
    executor.execute(blocks[0])
    executor.execute(blocks[1])
    kept = executor.result(blocks[0].id)
    executor.execute(Quarry(BORN).block(GENESIS, salt=9))
    assert executor.result(blocks[0].id) is kept


def test_a_long_branch_run_again_does_not_push_out_the_results_in_use():
    quarry = Quarry(BORN)
    one, other = (quarry.chain(GENESIS, 20, salt=salt) for salt in (1, 2))
    executor = SharedExecutor(BORN, recent=8)
    for block in [*one, *other]:
        executor.execute(block)
    executor.result(one[-1].id)
    before = executor.executions
    for _ in range(3):
        executor.result(other[-1].id)
        executor.result(one[-1].id)
    assert executor.executions == before


def test_a_result_of_a_block_that_was_never_executed_is_refused():
    one, two = busy_chain(Quarry(BORN), 2)
    executor = SharedExecutor(BORN)
    with pytest.raises(NeverExecuted, match=one.id.hex()):
        executor.result(one.id)
    with pytest.raises(NeverExecuted, match=one.id.hex()):
        executor.execute(two)


def test_a_bug_of_an_application_passes_through_every_layer():
    quarry = Quarry(BORN)
    block = recommitted(quarry.block(GENESIS), transactions=(signed(BORN, KEYS[0], 0, Crash()),))
    node = Node(BORN)
    with pytest.raises(AppCrashed, match=f"locker crashed in transaction {block.transactions[0].id.hex()}"):
        node.receive_block(block, NOW_MS)


def test_reexecution_agrees_with_the_shared_execution_on_a_busy_chain():
    shared = SharedExecutor(BORN)
    executors = [ReexecutingExecutor(BORN, shared) for _ in range(3)]
    for block in busy_chain(Quarry(BORN), 10):
        for executor in executors:
            assert executor.execute(block).state.root == block.roots.state
    assert shared.executions == 10
    assert [executor._own.executions for executor in executors] == [10, 10, 10]
    assert shared.signatures.checks == 20


def test_reexecution_agrees_with_the_shared_execution_on_what_is_refused():
    shared = SharedExecutor(BORN)
    executor = ReexecutingExecutor(BORN, shared)
    bad = recommitted(Quarry(BORN).block(GENESIS), coinbase=Coinbase(MINER, 101))
    with pytest.raises(WrongReward):
        executor.execute(bad)


def test_a_nondeterministic_application_is_caught_and_the_block_named():
    calls = count()

    class Moody(App):
        name = "moody"
        rows = Table(str, int)

        def end_block(self, ctx: Context) -> None:
            self.rows.set(ctx, "calls", 7 if ctx.height < 3 else next(calls))

    born = found(PARAMS, apps=[Moody()])
    shared = SharedExecutor(born)
    executor = ReexecutingExecutor(born, shared)
    quarry = Quarry(born)
    quarry.executor = shared
    one, two, three = quarry.chain(born.block, 3)
    executor.execute(one)
    executor.execute(two)
    with pytest.raises(ExecutionDiverged) as caught:
        executor.execute(three)
    message = str(caught.value)
    assert message.startswith(f"block 3 ({three.id.hex()}): this execution gave refusal wrong-root: state")
    assert message.endswith(f"the shared one state root {three.roots.state.hex()}")
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_what_building_gave_is_taken_over_by_the_shared_executor_only():
    shared = SharedExecutor(BORN)
    for executor, executions in ((shared, 0), (ReexecutingExecutor(BORN, shared), 1)):
        node = Node(BORN, executor)
        block = node.build(MINER, NOW_MS, nonce=executions)
        node.receive_block(block, NOW_MS)
        own = executor if executor is shared else executor._own
        assert own.executions == executions
