"""Every rule for which a transaction or a block's content is refused, by name, with the state unchanged."""

import pickle
from dataclasses import replace

import pytest

from chain import accounts
from chain.bank import Transfer
from chain.block import Block, Coinbase, ForeignBody, Header, WrongRoot, transactions_root
from chain.codec import encode
from chain.errors import InvalidTransaction
from chain.genesis import Born
from chain.params import ChainParams
from chain.refusals import (
    BlockTooLarge,
    FeeNotCovered,
    FeeTooLow,
    InvalidTransactionInBlock,
    TransactionTooLarge,
    WrongChain,
    WrongNonce,
    WrongReward,
)
from chain.registry import MalformedAction, UnknownAction
from chain.state import Overlay
from chain.transaction import Transaction, WrongSignature, sign
from chain.transition import apply_block, apply_transaction, roots_of
from tests.chain.rewarded import ALICE, BOB, BORN, PARAMS, SUBSIDY, run
from tests.chain.sample_app import (
    BALANCE,
    KEYS,
    MINER,
    environment,
    found,
    transfer,
)


def block_of(born: Born, transactions) -> Block:
    """A valid block on genesis."""
    transactions = tuple(transactions)
    executed = run(born, transactions)
    coinbase = Coinbase(MINER, executed.reward)
    roots = roots_of(transactions_root(coinbase, transactions), executed)
    bits = born.spec.params.difficulty.genesis_bits
    return Block(Header(born.block.id, roots.commitment(), 1_000, bits, 1, 0), roots, coinbase, transactions)


def recommitted(block: Block, **changes) -> Block:
    """The block with other contents, and a header and a transactions root that commit to them."""
    block = replace(block, **changes)
    root = transactions_root(block.coinbase, block.transactions)
    roots = replace(block.roots, transactions=root)
    return replace(block, roots=roots, header=replace(block.header, commitment=roots.commitment()))


def signed_body(app: str, action: str, body: bytes, **changes) -> Transaction:
    values = {"chain_id": BORN.spec.chain_id, "nonce": 0, "fee": 1, **changes}
    return sign(ALICE, app=app, action=action, body=body, **values)


TO_BOB = encode(Transfer(BOB.public, 1))
INVALID = [
    ("wrong-signature", WrongSignature, replace(transfer(BORN, ALICE, 0), signature=bytes(64))),
    ("wrong-signature", WrongSignature, replace(transfer(BORN, ALICE, 0), sender=BOB.public)),
    ("wrong-chain", WrongChain, signed_body("bank", "Transfer", TO_BOB, chain_id=bytes(32))),
    ("wrong-nonce", WrongNonce, transfer(BORN, ALICE, 1)),
    ("wrong-nonce", WrongNonce, transfer(BORN, ALICE, 2**64 - 1)),
    ("fee-not-covered", FeeNotCovered, transfer(BORN, ALICE, 0, fee=BALANCE + 1)),
    ("unknown-action", UnknownAction, signed_body("bank", "Mint", TO_BOB)),
    ("unknown-action", UnknownAction, signed_body("casino", "Bet", b"\x90")),
    ("malformed-action", MalformedAction, signed_body("bank", "Transfer", TO_BOB[:-1] + b"\xc3")),
    ("malformed-action", MalformedAction, signed_body("bank", "Transfer", TO_BOB[:-1] + b"\xff")),
    (
        "malformed-action",
        MalformedAction,
        signed_body("bank", "Transfer", TO_BOB[:-1] + b"\xcf\x80" + bytes(7)),
    ),
]


@pytest.mark.parametrize(("rule", "error", "transaction"), INVALID)
def test_an_invalid_transaction_is_refused_by_name_and_leaves_the_state(rule, error, transaction):
    draft = Overlay(BORN.state)
    with pytest.raises(error) as caught:
        apply_transaction(BORN.spec, draft, environment(), transaction)
    assert caught.value.rule == rule
    assert str(caught.value).startswith(rule)
    assert draft.writes == {}


@pytest.mark.parametrize(("rule", "error", "transaction"), INVALID)
def test_a_block_with_an_invalid_transaction_is_invalid_and_says_which(rule, error, transaction):
    block = block_of(BORN, [transfer(BORN, KEYS[2], 0, KEYS[3])])
    block = recommitted(block, transactions=(*block.transactions, transaction))
    with pytest.raises(InvalidTransactionInBlock) as caught:
        apply_block(BORN.spec, BORN.state, block)
    assert caught.value.args[:3] == (1, transaction.id, rule)
    assert isinstance(caught.value.__cause__, InvalidTransaction)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_fee_and_size_limits_of_the_chain_hold_at_their_edges():
    largest = transfer(BORN, ALICE, 0, BOB, 5, fee=7)
    size = len(largest.encoded)
    for fee, limit, error in ((7, size, None), (8, size, FeeTooLow), (7, size - 1, TransactionTooLarge)):
        params = ChainParams("sample", min_fee=fee, max_transaction_bytes=limit)
        born = found(params)
        again = transfer(born, ALICE, 0, BOB, 5, fee=7)
        if error is None:
            apply_transaction(born.spec, Overlay(born.state), environment(), again)
        else:
            with pytest.raises(error):
                apply_transaction(born.spec, Overlay(born.state), environment(), again)


def test_a_valid_block_gives_the_state_its_header_commits_to():
    block = block_of(BORN, [transfer(BORN, key, 0, BOB, 3) for key in KEYS])
    executed = apply_block(BORN.spec, BORN.state, Block.from_bytes(block.to_bytes()))
    assert executed.state.root == block.roots.state
    assert list(accounts.broken_invariants(executed.state)) == []
    assert accounts.supply_of(executed.state) == BALANCE * len(KEYS) + SUBSIDY


GOOD = block_of(BORN, [transfer(BORN, ALICE, 0, BOB, 3), transfer(BORN, BOB, 0, ALICE, 4)])
BAD_BLOCKS = [
    ("foreign-body", ForeignBody, replace(GOOD, header=replace(GOOD.header, commitment=bytes(32)))),
    ("foreign-body", ForeignBody, replace(GOOD, roots=replace(GOOD.roots, transactions=bytes(32)))),
    ("foreign-body", ForeignBody, replace(GOOD, transactions=GOOD.transactions[::-1])),
    ("foreign-body", ForeignBody, replace(GOOD, transactions=GOOD.transactions[:1])),
    ("wrong-root", WrongRoot, recommitted(GOOD, roots=replace(GOOD.roots, receipts=bytes(32)))),
    ("wrong-root", WrongRoot, recommitted(GOOD, roots=replace(GOOD.roots, state=bytes(32)))),
    ("wrong-root", WrongRoot, recommitted(GOOD, transactions=GOOD.transactions[::-1])),
    ("wrong-root", WrongRoot, recommitted(GOOD, coinbase=replace(GOOD.coinbase, miner=BOB.public))),
    ("wrong-reward", WrongReward, recommitted(GOOD, coinbase=Coinbase(MINER, GOOD.coinbase.reward + 1))),
    ("wrong-reward", WrongReward, recommitted(GOOD, coinbase=Coinbase(MINER, GOOD.coinbase.reward - 1))),
    (
        "invalid-transaction-in-block",
        InvalidTransactionInBlock,
        recommitted(GOOD, transactions=(*GOOD.transactions, GOOD.transactions[0])),
    ),
]


@pytest.mark.parametrize(("rule", "error", "block"), BAD_BLOCKS)
def test_a_block_that_breaks_a_rule_is_refused_by_name(rule, error, block):
    with pytest.raises(error) as caught:
        apply_block(BORN.spec, BORN.state, block)
    assert caught.value.rule == rule
    assert str(caught.value).startswith(rule)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_wrong_root_is_named():
    wrong = recommitted(GOOD, roots=replace(GOOD.roots, receipts=bytes(32)))
    with pytest.raises(WrongRoot, match="wrong-root: receipts: got 0000000000000000, expected"):
        apply_block(BORN.spec, BORN.state, wrong)


def test_a_block_may_be_as_large_as_the_limit_and_not_a_byte_larger():
    def block_under(limit: int) -> tuple[Born, Block]:
        born = found(replace(PARAMS, max_block_bytes=limit))
        return born, block_of(born, [transfer(born, ALICE, 0)])

    size = block_under(10_000)[1].size
    born, block = block_under(size)
    apply_block(born.spec, born.state, block)
    born, block = block_under(size - 1)
    with pytest.raises(BlockTooLarge, match=f"block-too-large: got {size} bytes, at most {size - 1}"):
        apply_block(born.spec, born.state, block)
