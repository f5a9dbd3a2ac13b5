"""The paper's contract played on a chain in memory: its run, its steps out of order, its unanimity, its silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.coordination.actions import (
    Area,
    Ask,
    Band,
    ChData,
    ChGrade,
    Deadlines,
    Decision,
    GradeRewards,
    OpenZone,
    PayCoin,
    RewCoin,
    RxData,
    Terms,
    TxData,
    Verdict,
    Vote,
)
from apps.coordination.app import Coordination
from apps.coordination.stages import STEPS, Cause, Status
from apps.testing import DevChain, account_of
from chain.params import SHARECOIN
from chain.records import Action

FEE = SHARECOIN // 100
"""A hundredth of a coin for each transaction, as the paper's balances imply."""
BUYER, OWNER, AGENCY = "fb-user", "ss-owner", "ca-miner"
PROVIDERS = ("rsp-1", "rsp-2")
START = {BUYER: 4 * SHARECOIN, OWNER: SHARECOIN, AGENCY: SHARECOIN}
"""Balances of Fig. 6; the agency's, which the paper does not show, pays its own fees."""

_REQUEST, _ZONE = "request-1", "campus"
_BLOCKS = 10
_BAND = Band(2_630_000_000, 2_650_000_000)
_ASK = Ask(10_000, 9_000, 150, _BAND, 2300, 500, 30)
_DECISION = Decision(Verdict.GRANT, _ASK.power_cdbm, 120, 4000, 5600, bytes(32), 5, 5, 0)
_TERMS = Terms(
    agencies=(account_of(AGENCY),),
    quorum=1,
    owners=(account_of(OWNER),),
    min_owners=1,
    providers=(),
    unanimity=False,
    providers_revoke=False,
    price=SHARECOIN,
    pay_on_denial=True,
    vsp_budget=0,
    grade_rewards=GradeRewards(0, 0, 0, 0),
    bond=0,
    map_tolerance_cdb=0,
    min_points=3,
    max_licence_blocks=1000,
    deadlines=Deadlines(*[_BLOCKS] * 7),
    area=Area(0, 0, 20_000, 20_000),
    band=_BAND,
)
_RUN: tuple[tuple[str, Action], ...] = (
    (BUYER, PayCoin(_REQUEST, _ZONE, SHARECOIN, _ASK)),
    (AGENCY, TxData(_REQUEST)),
    (OWNER, RxData(_REQUEST, bytes(32), 5, ())),
    (AGENCY, ChGrade(_REQUEST, ())),
    (AGENCY, ChData(_REQUEST, _DECISION)),
    (OWNER, RewCoin(_REQUEST)),
)
"""The six functions by their callers; the data stay off chain, here nobody asks for them."""


@dataclass(frozen=True, slots=True)
class PaperRun:
    """The paper's run and what else happens when its functions are called otherwise."""

    coins: dict[str, float]
    """Balance of each participant in coins at the end, the agency's without the subsidies of its blocks."""
    statuses: tuple[str, ...]
    """Statuses after each function, as Y and N in the paper's order."""
    escrow: tuple[float, ...]
    """What the contract holds after each function, coins."""
    refused: int
    """Of `tried` calls out of order, how many were refused without effect on the request or its money."""
    tried: int


@dataclass(frozen=True, slots=True)
class Balloted:
    """How a request ended that the agency would grant."""

    votes: tuple[bool | None, ...]
    """What each provider said; None: nothing."""
    cause: Cause
    licensed: bool


def paper_run() -> PaperRun:
    """Play the six functions, one a block, mined by the agency; before each, try the five others."""
    chain = _founded(_TERMS)
    statuses, escrow, refused, tried = [], [], 0, 0
    for number, (who, action) in enumerate(_RUN):
        out_of_order = [call for other, call in enumerate(_RUN) if other != number]
        refused += sum(_is_refused(chain, *call) for call in out_of_order)
        tried += len(out_of_order)
        _do(chain, [(who, action)])
        statuses.append(_status(chain))
        escrow.append(chain.escrow(f"request/{_REQUEST}") / SHARECOIN)
    coins = {name: chain.balance(name) / SHARECOIN for name in START}
    return PaperRun(coins, tuple(statuses), tuple(escrow), refused, tried)


def ballots() -> list[Balloted]:
    """The same request with two providers: both approve, one refuses, one or both say nothing."""
    chosen: Sequence[tuple[bool | None, bool | None]] = (
        (True, True),
        (True, False),
        (True, None),
        (None, None),
    )
    return [_balloted(votes) for votes in chosen]


def refund_without_data() -> float:
    """Coins that the buyer has in the end when the owner never answers, fees paid; the paper has no such path."""
    chain = _founded(_TERMS)
    _do(chain, _RUN[:2])
    for _ in range(_BLOCKS + 1):
        _do(chain, [])
    return chain.balance(BUYER) / SHARECOIN


def _founded(terms: Terms) -> DevChain:
    chain = DevChain(Coordination(), balances=START, fee=FEE, subsidy=0)
    chain.block([(AGENCY, OpenZone(_ZONE, terms))], miner=AGENCY)
    return chain


def _do(chain: DevChain, actions: Sequence[tuple[str, Action]]) -> None:
    for receipt in chain.block(actions, miner=AGENCY):
        if not receipt.succeeded:
            raise RuntimeError(f"a step of the paper's run was refused: {receipt.failure}")


def _is_refused(chain: DevChain, who: str, action: Action) -> bool:
    """Whether the call fails and leaves status and escrow alone; the chain is as before."""
    before, status, label = chain.state, _status(chain), f"request/{_REQUEST}"
    held = chain.escrow(label)
    (receipt,) = chain.block([(who, action)], miner=AGENCY)
    same = (_status(chain), chain.escrow(label)) == (status, held)
    chain.state = before
    return same and not receipt.succeeded


def _balloted(votes: tuple[bool | None, bool | None]) -> Balloted:
    terms = replace(_TERMS, providers=tuple(map(account_of, PROVIDERS)), unanimity=True)
    chain = _founded(terms)
    for call in _RUN[:5]:
        _do(chain, [call])
    record = chain.query(Coordination.request, _REQUEST)
    assert record is not None
    assert record.result is not None
    ballot = [
        (who, Vote(_REQUEST, record.result, said))
        for who, said in zip(PROVIDERS, votes, strict=True)
        if said is not None
    ]
    for who, vote in ballot:
        chain.block([(who, vote)], miner=AGENCY, fee=0)
    for _ in range(_BLOCKS + 1):
        _do(chain, [])
    ended = chain.query(Coordination.request, _REQUEST)
    assert ended is not None
    return Balloted(votes, ended.cause, chain.query(Coordination.licence, _REQUEST) is not None)


def _status(chain: DevChain) -> str:
    """The six words, shortened: `YYYNNN`."""
    status = chain.query(Coordination.status, _REQUEST)
    words = dict(status.words()) if isinstance(status, Status) else {}
    return "".join(words.get(step, "NO")[0] for step in STEPS)
