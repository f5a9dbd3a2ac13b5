"""The block template: whatever transactions are offered, the block is valid and as full as they allow."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chain.transaction import check_signature
from chain.transition import apply_block
from consensus.difficulty import next_bits
from consensus.headertree import HeaderTree
from consensus.template import block_time_ms, build_block, room_for_transactions
from tests.chain.sample_app import BALANCE, KEYS, MINER, Jam, Put, found, signed, transfer
from tests.consensus.blocks import PARAMS, Quarry
from tests.consensus.lineage import Lineage

BORN = found(PARAMS)


def built(born, transactions):
    spec, branch = born.spec, HeaderTree(born.block.header).branch(born.block.id)
    bits = next_bits(spec.params.difficulty, branch)
    return build_block(
        spec, check_signature, born.block.header, born.state, MINER, 600_000, bits, transactions
    )


def test_a_template_is_a_valid_block_and_its_result_that_of_executing_it():
    template = built(BORN, [signed(BORN, KEYS[0], 0, Put("a", 5)), signed(BORN, KEYS[1], 0, Jam())])
    executed = apply_block(BORN.spec, BORN.state, template.block)
    assert executed == template.executed
    assert len(template.block.transactions) == 2


def test_transactions_that_turn_out_invalid_are_left_out():
    good = [transfer(BORN, KEYS[0], 0), transfer(BORN, KEYS[0], 1)]
    bad = [
        transfer(BORN, KEYS[0], 0),
        transfer(BORN, KEYS[2], 4),
        replace(transfer(BORN, KEYS[3], 0), signature=bytes(64)),
        transfer(BORN, KEYS[4], 0, fee=BALANCE + 1),
    ]
    template = built(BORN, [good[0], *bad, good[1]])
    assert template.block.transactions == tuple(good)
    apply_block(BORN.spec, BORN.state, template.block)


@settings(max_examples=30, deadline=None)
@given(limit=st.integers(300, 3_000), amounts=st.lists(st.integers(0, 2**62), max_size=10))
def test_a_template_never_exceeds_the_block_limit(limit, amounts):
    born = found(replace(PARAMS, max_block_bytes=limit))
    transactions = [transfer(born, KEYS[0], nonce, amount=amount) for nonce, amount in enumerate(amounts)]
    template = built(born, transactions)
    apply_block(born.spec, born.state, template.block)
    if len(template.block.transactions) < len(transactions):
        skipped = transactions[len(template.block.transactions)]
        assert template.block.size + len(skipped.encoded) > limit - 80


def test_room_for_transactions_is_never_negative():
    assert room_for_transactions(found(replace(PARAMS, max_block_bytes=10)).spec) == 0


def test_a_blocks_time_is_the_clocks_but_always_after_the_median():
    lineage = Lineage.from_genesis(0x207FFFFF)
    for time_ms in range(1_000, 12_000, 1_000):
        lineage.extend(time_ms, 0x207FFFFF)
    assert block_time_ms(BORN.spec, lineage, 50_000) == 50_000
    assert block_time_ms(BORN.spec, lineage, 0) == 6_001


def test_an_empty_template_still_pays_the_miner_and_runs_the_hooks():
    quarry = Quarry(BORN)
    block = quarry.block(BORN.block)
    assert quarry.view(block).balance(MINER) == 100
    assert len(quarry.executor.result(block.id).receipts) == 1
