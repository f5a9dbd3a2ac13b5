"""One block of a `DevChain`: signs what is asked for, runs the production transition, keeps what came of it."""

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from apps.testing.crash import AppCrash
from apps.testing.keys import account_of, key_of
from apps.testing.refusal import ActionRefused, Attempt, Witness, carrier_of
from apps.testing.snapshot import DevBlock, Snapshot
from apps.testing.wording import asked_for
from chain.app import where_is
from chain.codec import EncodeError
from chain.context import Environment, View
from chain.errors import ChainError
from chain.hashing import sha256
from chain.records import Action
from chain.refusals import AppCrashed, InvalidTransactionInBlock
from chain.registry import UnknownAction
from chain.transaction import Transaction, sign
from chain.transition import ChainSpec, Executed, check_transaction, execute_content


class Request(NamedTuple):
    """An action, whose it is, and what its sender pays."""

    sender: str
    action: Action
    fee: int


def next_block(
    spec: ChainSpec, witness: Witness, now: Snapshot, requests: Sequence[Request], time_ms: int, miner: str
) -> Snapshot:
    """The chain after one more block, `time_ms` its time, in which these requests stand in this order.

    Raises ActionRefused where one may not stand in a block, AppCrash.
    """
    environment = Environment(now.head.height + 1, time_ms)
    transactions = _signed(spec, now, requests, environment.height)
    executed = _executed(spec, witness, now, requests, transactions, environment, account_of(miner))
    identifier = sha256(
        now.head.id + executed.state.root + time_ms.to_bytes(8) + b"".join(t.id for t in transactions)
    )
    receipts = {receipt.origin: receipt for receipt in executed.receipts}
    attempts = [
        Attempt(
            *request[:2], environment.height, carrier_of(spec.registry, request.action), error, receipts[t.id]
        )
        for request, t, error in zip(requests, transactions, witness.seen, strict=True)
    ]
    events = [
        (emitted.app, spec.registry.decode_event(emitted))
        for receipt in executed.receipts
        for emitted in receipt.events
    ]
    head = DevBlock(
        id=identifier,
        parent=now.head,
        height=environment.height,
        time_ms=time_ms,
        miner=account_of(miner),
        reward=executed.reward,
        transactions=tuple(transactions),
        receipts=executed.receipts,
        events=tuple(events),
        attempts=tuple(attempts),
    )
    return Snapshot(now.chain_id, executed.state, head)


def _signed(spec: ChainSpec, now: Snapshot, requests: Sequence[Request], height: int) -> list[Transaction]:
    view: View = spec.view(now.trie, now.environment)
    nonces: dict[str, int] = {}
    transactions = []
    for request in requests:
        key = key_of(request.sender)
        nonce = nonces.setdefault(request.sender, view.nonce(key.public))
        nonces[request.sender] += 1
        try:
            names = spec.registry.encode_action(request.action)
            transactions.append(sign(key, spec.chain_id, nonce, request.fee, *names))
        except (UnknownAction, EncodeError) as error:
            _refuse(request, height, where_is(type(request.action)), error)
    return transactions


def _executed(
    spec: ChainSpec,
    witness: Witness,
    now: Snapshot,
    requests: Sequence[Request],
    transactions: Sequence[Transaction],
    environment: Environment,
    miner: bytes,
) -> Executed:
    witness.seen.clear()
    try:
        return execute_content(spec, now.trie, environment, miner, transactions)
    except InvalidTransactionInBlock as error:
        cause = error.__cause__
        assert isinstance(cause, ChainError)
        _refuse(requests[error.args[0]], environment.height, where_is(check_transaction), cause)
    except AppCrashed as error:
        app, origin, fault, where = error.args
        doing = f"in block {environment.height}"
        if origin.startswith("transaction "):
            position = [transaction.id.hex() for transaction in transactions].index(origin.split()[1])
            doing = f"on {asked_for(*requests[position][:2])}"
        raise AppCrash(app, origin, fault, where, doing) from error.__cause__


def _refuse(request: Request, height: int, where: str, error: ChainError) -> NoReturn:
    raise ActionRefused(Attempt(request.sender, request.action, height, where, error, None)) from error
