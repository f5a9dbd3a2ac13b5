"""The state transition: what a transaction and a block do to the state. Pure; read it top to bottom.

A transaction that breaks a rule of the ledger (signature, chain, nonce, fee, unknown action) makes its block
invalid. An application's refusal (`AppError`) drops the action's writes, keeps the fee and the nonce, and
leaves a failed receipt.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chain import accounts
from chain.accounts import Account, account_of, put_account
from chain.app import where_is
from chain.block import Block, Roots, WrongRoot
from chain.codec import EncodeError, codec_for, encode
from chain.context import HOOK_SENDER, Context, Environment, View
from chain.errors import AppError, InvalidTransaction, has_stable_text
from chain.merkle import merkle_root
from chain.params import ChainParams, subsidy_at
from chain.records import MAX_EVENTS, Action, Emitted, Failure, Receipt
from chain.refusals import (
    AppCrashed,
    BlockTooLarge,
    FeeNotCovered,
    FeeTooLow,
    InvalidTransactionInBlock,
    TransactionTooLarge,
    WrongChain,
    WrongNonce,
    WrongReward,
)
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import Transaction, check_signature
from chain.trie import Trie

Authenticate = Callable[[Transaction], None]
_FAILURE = codec_for(Failure)


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
) -> Executed:
    """What `block` does to `state`, its parent's. The header rules are the consensus layer's.

    Raises InvalidBlock: ForeignBody, BlockTooLarge, InvalidTransactionInBlock, WrongReward, WrongRoot.
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
    return executed


def check_content(spec: ChainSpec, block: Block) -> None:
    """Everything about a block's content that needs no state. Raises ForeignBody, BlockTooLarge."""
    block.check_whole()
    if block.size > spec.params.max_block_bytes:
        raise BlockTooLarge(block.size, spec.params.max_block_bytes)


def execute_content(
    spec: ChainSpec,
    state: Trie,
    environment: Environment,
    miner: bytes,
    transactions: Iterable[Transaction],
    authenticate: Authenticate = check_signature,
) -> Executed:
    """Run hooks and transactions on `state` and pay the miner. Raises InvalidTransactionInBlock."""
    draft = Overlay(state)
    receipts = run_hooks(spec, draft, environment, "begin_block")
    fees = 0
    for position, transaction in enumerate(transactions):
        try:
            receipts.append(apply_transaction(spec, draft, environment, transaction, authenticate))
        except InvalidTransaction as error:
            raise InvalidTransactionInBlock(position, transaction.id, error.rule, str(error)) from error
        fees += transaction.fee
    receipts += run_hooks(spec, draft, environment, "end_block")
    reward = pay_miner(spec, draft, environment.height, miner, fees)
    return Executed(state.updated(draft.writes), tuple(receipts), reward)


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
    handler = spec.registry.route(transaction.app, transaction.action).handler
    ctx = _context(spec, draft, environment, transaction.app, transaction.sender)
    return _attempt(spec, ctx, transaction.id, handler, action)


def check_transaction(spec: ChainSpec, account: Account, transaction: Transaction) -> Action:
    """Every rule on a transaction but its signature; gives the typed action.

    Raises WrongChain, TransactionTooLarge, FeeTooLow, UnknownAction, MalformedAction, WrongNonce,
    FeeNotCovered.
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
    """Run one block hook of all applications, by name. One that refuses is rolled back alone and recorded."""
    receipts = []
    for app in spec.registry.apps.values():
        ctx = _context(spec, draft, environment, app.name, HOOK_SENDER)
        receipt = _attempt(spec, ctx, f"hook/{app.name}/{hook}".encode(), getattr(app, hook))
        if receipt.failure is not None or receipt.events:
            receipts.append(receipt)
    return receipts


def pay_miner(spec: ChainSpec, draft: Overlay, height: int, miner: bytes, fees: int) -> int:
    """Create the subsidy, pay it and the fees to `miner`, and give their sum.

    The last coins: where the supply would outgrow what a balance can hold, the subsidy is what is left below that.
    """
    left = accounts.MAX_SUPPLY - accounts.supply_of(draft)
    subsidy = min(subsidy_at(spec.params.reward, height), left)
    if subsidy:
        accounts.mint(draft, subsidy)
    if subsidy + fees:
        accounts.credit(draft, miner, subsidy + fees)
    return subsidy + fees


def receipts_root(receipts: Iterable[Receipt]) -> bytes:
    """RFC 6962 root over the encoded receipts, in order."""
    return merkle_root([encode(receipt) for receipt in receipts])


def roots_of(block_transactions: bytes, executed: Executed) -> Roots:
    """The roots of a new block whose transactions root is `block_transactions`."""
    return Roots(block_transactions, receipts_root(executed.receipts), executed.state.root)


def _context(spec: ChainSpec, draft: Overlay, environment: Environment, app: str, sender: bytes) -> Context:
    """A context with a layer of its own over `draft`."""
    return Context(Overlay(draft), environment, spec.params, spec.registry, app, sender)


def _attempt(
    spec: ChainSpec, ctx: Context, origin: bytes, method: Callable[..., object], *arguments: Action
) -> Receipt:
    """Run a method of an application; merge its layer down on success, drop it on refusal. Raises AppCrashed."""
    events: tuple[Emitted, ...] = ()
    try:
        failure = _refusal(method, ctx, *arguments)
        if failure is None:
            events = _emitted(spec, ctx)
    except Exception as error:
        doing = origin.decode() if ctx.sender == HOOK_SENDER else f"transaction {origin.hex()}"
        fault = f"{type(error).__name__}: {error}"
        raise AppCrashed(ctx.app, doing, fault, where_is(method)) from error
    if failure is None:
        ctx.state.merge_down()
    return Receipt(origin, failure, events)


def _refusal(method: Callable[..., object], *arguments: object) -> Failure | None:
    try:
        method(*arguments)
    except AppError as error:
        return _failure(error)
    return None


def _failure(error: AppError) -> Failure:
    """The refusal as a receipt keeps it. Raises TypeError, EncodeError where that would not be the same everywhere."""
    for value in error.args:
        if not has_stable_text(value):
            kind = type(value).__name__
            raise TypeError(f"{type(error).__name__} carries a {kind}, whose text differs between processes")
    failure = Failure(error.rule[:64], str(error)[:256])
    _FAILURE.encode(failure)
    return failure


def _emitted(spec: ChainSpec, ctx: Context) -> tuple[Emitted, ...]:
    """The events as a receipt keeps them. Raises UndeclaredEvent, EncodeError."""
    if len(ctx.events) > MAX_EVENTS:
        raise EncodeError(
            "wrong-length", "Receipt.events", f"{len(ctx.events)} events", f"at most {MAX_EVENTS}"
        )
    return tuple([spec.registry.encode_event(ctx.app, event) for event in ctx.events])


def _check_root(which: str, got: bytes, expected: bytes) -> None:
    if got != expected:
        raise WrongRoot(which, got, expected)
