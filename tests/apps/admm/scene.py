"""Small acquisitions on an in-memory chain, operators with a problem of known solution, and what tests say of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from apps.admm.actions import (
    MAX_ADMITTED,
    AdmitOperators,
    OpenAcquisition,
    StartRounds,
    SubmitBandwidth,
    Terms,
)
from apps.admm.app import Admm
from apps.admm.scientific import Scientific
from apps.admm.state import AcquisitionRecord, Operator
from apps.testing import DevChain, account_of
from chain.accounts import ACCOUNTS
from chain.errors import AppError
from chain.params import SHARECOIN
from chain.records import Action, Event
from tests.apps.strict_chain import StrictChain

E = TypeVar("E", bound=Event)
FUNDS = 1000 * SHARECOIN
MHZ = 10**6
TERMS = Terms(
    bandwidth=100 * MHZ,
    penalty=Scientific(1, -17),
    relaxation_ppm=1_000_000,
    tolerance_ppb=1_000,
    round_blocks=4,
    max_rounds=200,
    balancing_rounds=0,
)
NAMES = ("ann", "bob", "cay", "dee", "eve", "fay")


def found(names: Sequence[str] = NAMES, check: bool = True) -> DevChain:
    """A chain with the application and funds for an owner, a stranger and operators."""
    funds = dict.fromkeys(("owner", "other", *names), FUNDS)
    return StrictChain(Admm(), balances=funds, check_every_block=check)


def running(
    names: Sequence[str] = NAMES[:3], terms: Terms = TERMS, name: str = "band", check: bool = True
) -> DevChain:
    """A chain on whose acquisition round 1 is open, with these operators."""
    chain = found(tuple({*NAMES, *names}), check)
    start(chain, names, terms, name)
    return chain


def start(chain: DevChain, names: Sequence[str], terms: Terms = TERMS, name: str = "band") -> None:
    """Open an acquisition, admit the operators and open round 1."""
    accept(chain, "owner", OpenAcquisition(name, terms))
    keys = tuple(map(account_of, names))
    for first in range(0, len(keys), MAX_ADMITTED):
        accept(chain, "owner", AdmitOperators(name, keys[first : first + MAX_ADMITTED]))
    accept(chain, "owner", StartRounds(name))


def answer(chain: DevChain, answers: Mapping[str, int], name: str = "band") -> None:
    """One block in which these operators answer the open round."""
    open_round = record_of(chain, name).round
    receipts = chain.block(
        [(who, SubmitBandwidth(name, open_round, asked)) for who, asked in answers.items()]
    )
    for receipt in receipts:
        assert receipt.succeeded, receipt.failure


def record_of(chain: DevChain, name: str = "band") -> AcquisitionRecord:
    record = chain.query("admm", "acquisition", name)
    assert isinstance(record, AcquisitionRecord)
    return record


def operator_of(chain: DevChain, who: str, name: str = "band") -> Operator:
    operator = chain.query("admm", "operator", name, account_of(who))
    assert isinstance(operator, Operator)
    return operator


def accept(chain: DevChain, who: str, action: Action) -> None:
    chain.execute(who, action)


def refuse(chain: DevChain, who: str, action: Action, fee: int = 7) -> str:
    """The rule that refuses the action; but for fee and nonce the block is as good as an empty one."""
    before = chain.state
    chain.mine()
    idle, balance, nonce = everything_but_accounts(chain), chain.balance(who), nonce_of(chain, who)
    chain.state = before
    with chain.refuses(AppError) as refused:
        chain.execute(who, action, fee=fee)
    assert refused.attempt.receipt is not None
    assert refused.attempt.receipt.events == ()
    assert everything_but_accounts(chain) == idle
    assert chain.balance(who) == balance - fee
    assert nonce_of(chain, who) == nonce + 1
    assert refused.failure.message.startswith(refused.error_rule + ": ")
    return refused.failure.rule


def nonce_of(chain: DevChain, who: str) -> int:
    return chain.view.nonce(account_of(who))


def everything_but_accounts(chain: DevChain) -> list[tuple[bytes, bytes]]:
    """The state without balances and nonces."""
    return [pair for pair in chain.state.trie.scan() if not pair[0].startswith(ACCOUNTS)]


def happened(chain: DevChain, kind: type[E]) -> list[tuple[int, E]]:
    """(height, event) of every event of a kind."""
    return [(height, event) for height, _, event in chain.events if isinstance(event, kind)]


def best_bandwidth_hz(cost: float, centre_hz: float, penalty: float) -> float:
    """The w that minimises cost / w + penalty / 2 * (w - centre)^2: an operator with a closed optimum.

    Newton's method from above on the increasing, convex side of penalty * w^3 - penalty * centre * w^2 = cost.
    """
    ratio = cost / penalty
    bandwidth: float = max(centre_hz, 0.0) + ratio ** (1 / 3) + 1.0
    for _ in range(200):
        value = bandwidth**2 * (bandwidth - centre_hz) - ratio
        step = value / (bandwidth * (3 * bandwidth - 2 * centre_hz))
        bandwidth -= step
        if abs(step) < 1e-9 * bandwidth:
            break
    return bandwidth


def play(
    chain: DevChain,
    costs: Mapping[str, float],
    rounds: int,
    watch: Callable[[Mapping[str, int]], None] = lambda answers: None,
) -> None:
    """Let every operator answer as it is best for it, round after round, until the acquisition settles."""
    for _ in range(rounds):
        record = record_of(chain)
        if record.phase != "running":
            return
        answers = {}
        for who, cost in costs.items():
            operator = operator_of(chain, who)
            centre_hz = (operator.split - operator.dual) / 1e6
            answers[who] = min(
                round(best_bandwidth_hz(cost, centre_hz, penalty_of(record))), record.terms.bandwidth
            )
        answer(chain, answers)
        watch(answers)


def penalty_of(record: AcquisitionRecord) -> float:
    """The penalty of the open round as a float, W/Hz^2."""
    return float(f"{record.penalty.significand}e{record.penalty.exponent}")


def terms(penalty: Scientific = TERMS.penalty, **changes: int) -> Terms:
    """The usual terms but for these changes."""
    return replace(replace(TERMS, penalty=penalty), **changes)  # type: ignore[arg-type]
