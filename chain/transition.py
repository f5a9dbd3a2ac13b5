"""The state transition: what a transaction and a block do to the state. Pure; read it top to bottom.

A transaction that breaks a rule of the ledger (signature, chain, nonce, fee, unknown action) makes its block invalid. An
application's refusal (`AppError`) drops the action's writes, keeps the fee and the nonce, and leaves a failed receipt.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from chain import accounts
from chain.accounts import Account, account_of, put_account
from chain.block import Block, Roots, transactions_root
from chain.codec import encode
from chain.context import Context, Environment, View
from chain.errors import AppError, InvalidBlock, InvalidTransaction
from chain.merkle import merkle_root
from chain.params import ChainParams, subsidy_at
from chain.records import Action, Emitted, Event, Failure, Receipt
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import Transaction, check_signature
from chain.trie import Trie

Authenticate = Callable[[Transaction], None]
HOOK_SENDER = bytes(32)


class WrongChain(InvalidTransaction):
    """Signed for another chain. Args: chain id got, chain id expected."""

    rule: ClassVar[str] = "wrong-chain"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0].hex()[:16]}, expected {self.args[1].hex()[:16]}"


class WrongNonce(InvalidTransaction):
    """A replayed (too low) or gapped (too high) nonce. Args: nonce got, nonce expected."""

    rule: ClassVar[str] = "wrong-nonce"

    def __str__(self) -> str:
        got, expected = self.args
        return f"{self.rule}: got {got}, expected {expected} ({'replayed' if got < expected else 'a gap'})"


class FeeTooLow(InvalidTransaction):
    """Args: fee got, smallest allowed."""

    rule: ClassVar[str] = "fee-too-low"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at least {self.args[1]}"


class FeeNotCovered(InvalidTransaction):
    """The sender cannot pay the fee. Args: balance, fee."""

    rule: ClassVar[str] = "fee-not-covered"

    def __str__(self) -> str:
        return f"{self.rule}: balance {self.args[0]}, fee {self.args[1]}"


class TransactionTooLarge(InvalidTransaction):
    """Args: bytes got, bytes allowed."""

    rule: ClassVar[str] = "transaction-too-large"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, at most {self.args[1]}"


class InvalidTransactionInBlock(InvalidBlock):
    """A block with a transaction that may not stand there. Args: position, transaction id, the transaction's error."""

    rule: ClassVar[str] = "invalid-transaction-in-block"

    def __str__(self) -> str:
        position, identifier, error = self.args
        return f"{self.rule}: number {position} ({identifier.hex()[:16]}): {error}"


class WrongRoot(InvalidBlock):
    """A commitment that does not match what it commits to. Args: which, got, expected."""

    rule: ClassVar[str] = "wrong-root"

    def __str__(self) -> str:
        which, got, expected = self.args
        return f"{self.rule}: {which}: got {got.hex()[:16]}, expected {expected.hex()[:16]}"


class WrongReward(InvalidBlock):
    """A coinbase that does not pay subsidy plus fees. Args: got, expected."""

    rule: ClassVar[str] = "wrong-reward"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected {self.args[1]}"


class BlockTooLarge(InvalidBlock):
    """Args: bytes got, bytes allowed."""

    rule: ClassVar[str] = "block-too-large"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, at most {self.args[1]}"


@dataclass(frozen=True, slots=True)
class ChainSpec:
    """What fixes a chain's rules: its id, its parameters, its applications."""

    chain_id: bytes
    params: ChainParams
    registry: Registry

    def view(self, state: Trie, environment: Environment) -> View:
        """A read-only view of `state` as of `environment`."""
        return View(state, environment, self.params, self.registry)


@dataclass(frozen=True, slots=True)
class Executed:
    """What a block's content does."""

    state: Trie
    receipts: tuple[Receipt, ...]
    reward: int
    """Subsidy plus fees, as the coinbase must state it."""


def apply_block(
    spec: ChainSpec, state: Trie, block: Block, authenticate: Authenticate = check_signature
) -> tuple[Trie, tuple[Receipt, ...]]:
    """The state after `block` and its receipts. `state` is the parent's; header rules are the consensus layer's.

    Raises InvalidBlock: BlockTooLarge, WrongRoot, InvalidTransactionInBlock, WrongReward.
    """
    check_content(spec, block)
    environment = Environment(block.header.height, block.header.time_ms)
    executed = execute_content(
        spec, state, environment, block.coinbase.miner, block.transactions, authenticate
    )
    if block.coinbase.reward != executed.reward:
        raise WrongReward(block.coinbase.reward, executed.reward)
    _check_root("receipts", block.roots.receipts, receipts_root(executed.receipts))
    _check_root("state", block.roots.state, executed.state.root)
    return executed.state, executed.receipts


def check_content(spec: ChainSpec, block: Block) -> None:
    """Everything about a block's content that needs no state. Raises BlockTooLarge, WrongRoot."""
    size = len(block.to_bytes())
    if size > spec.params.max_block_bytes:
        raise BlockTooLarge(size, spec.params.max_block_bytes)
    _check_root("commitment", block.header.commitment, block.roots.commitment())
    _check_root(
        "transactions", block.roots.transactions, transactions_root(block.coinbase, block.transactions)
    )


def execute_content(
    spec: ChainSpec,
    state: Trie,
    environment: Environment,
    miner: bytes,
    transactions: Iterable[Transaction],
    authenticate: Authenticate = check_signature,
) -> Executed:
    """Run hooks and transactions on `state` and pay the miner. Raises InvalidTransactionInBlock, SupplyOverflow."""
    draft = Overlay(state)
    receipts = run_hooks(spec, draft, environment, "begin_block")
    fees = 0
    for position, transaction in enumerate(transactions):
        try:
            receipts.append(apply_transaction(spec, draft, environment, transaction, authenticate))
        except InvalidTransaction as error:
            raise InvalidTransactionInBlock(position, transaction.id, error) from error
        fees += transaction.fee
    receipts += run_hooks(spec, draft, environment, "end_block")
    subsidy = subsidy_at(spec.params.reward, environment.height)
    if subsidy:
        accounts.mint(draft, subsidy)
    if subsidy + fees:
        accounts.credit(draft, miner, subsidy + fees)
    return Executed(state.updated(draft.writes), tuple(receipts), subsidy + fees)


def apply_transaction(
    spec: ChainSpec,
    draft: Overlay,
    environment: Environment,
    transaction: Transaction,
    authenticate: Authenticate = check_signature,
) -> Receipt:
    """Carry out one transaction on `draft`. Raises InvalidTransaction, and then leaves `draft` as it was."""
    account = account_of(draft, transaction.sender)
    action = check_transaction(spec, account, transaction)
    authenticate(transaction)
    charged = Account(account.balance - transaction.fee, account.nonce + 1)
    put_account(draft, transaction.sender, charged)
    route = spec.registry.route(transaction.app, transaction.action)
    run = partial(_run_action, route.handler, action)
    view = View(draft, environment, spec.params, spec.registry)
    failure, events = _attempt(spec, draft, view, route.app, transaction.sender, run)
    return Receipt(transaction.id, failure, events)


def check_transaction(spec: ChainSpec, account: Account, transaction: Transaction) -> Action:
    """Every rule on a transaction but its signature; gives the typed action.

    Raises WrongChain, TransactionTooLarge, FeeTooLow, UnknownAction, MalformedAction, WrongNonce, FeeNotCovered.
    """
    if transaction.chain_id != spec.chain_id:
        raise WrongChain(transaction.chain_id, spec.chain_id)
    size = len(transaction.encoded)
    if size > spec.params.max_transaction_bytes:
        raise TransactionTooLarge(size, spec.params.max_transaction_bytes)
    if transaction.fee < spec.params.min_fee:
        raise FeeTooLow(transaction.fee, spec.params.min_fee)
    action = spec.registry.decode_action(transaction.app, transaction.action, transaction.body)
    if transaction.nonce != account.nonce:
        raise WrongNonce(transaction.nonce, account.nonce)
    if account.balance < transaction.fee:
        raise FeeNotCovered(account.balance, transaction.fee)
    return action


def run_hooks(spec: ChainSpec, draft: Overlay, environment: Environment, hook: str) -> list[Receipt]:
    """Run one block hook of every application, in name order; a hook that refuses is rolled back alone and recorded."""
    receipts = []
    for app in spec.registry.apps.values():
        view = View(draft, environment, spec.params, spec.registry)
        failure, events = _attempt(spec, draft, view, app.name, HOOK_SENDER, getattr(app, hook))
        if failure is not None or events:
            receipts.append(Receipt(f"hook/{app.name}/{hook}".encode(), failure, events))
    return receipts


def receipts_root(receipts: Iterable[Receipt]) -> bytes:
    """RFC 6962 root over the encoded receipts, in order."""
    return merkle_root([encode(receipt) for receipt in receipts])


def roots_of(block_transactions: bytes, executed: Executed) -> Roots:
    """The roots of a new block whose transactions root is `block_transactions`."""
    return Roots(block_transactions, receipts_root(executed.receipts), executed.state.root)


def _run_action(handler: Callable[[Context, Action], None], action: Action, ctx: Context) -> None:
    handler(ctx, action)


def _attempt(
    spec: ChainSpec, draft: Overlay, view: View, app: str, sender: bytes, run: Callable[[Context], None]
) -> tuple[Failure | None, tuple[Emitted, ...]]:
    """Run application code on a layer of its own; merge it on success, drop it on refusal."""
    layer = Overlay(draft)
    events: list[Event] = []
    try:
        run(Context(view, layer, app, sender, events.append))
    except AppError as error:
        return Failure(error.rule[:64], str(error)[:256]), ()
    layer.merge_down()
    return None, tuple(spec.registry.encode_event(app, event) for event in events)


def _check_root(which: str, got: bytes, expected: bytes) -> None:
    if got != expected:
        raise WrongRoot(which, got, expected)
