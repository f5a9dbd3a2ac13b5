"""A coordination zone on an in-memory chain, its participants, and the steps of a request."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar, cast

from apps.coordination.actions import (
    Area,
    Ask,
    Band,
    ChData,
    ChGrade,
    Deadlines,
    Decision,
    Grade,
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
from apps.coordination.commitment import LOWEST_CDBM, MapPoint, Measurement, proof_of, root_of
from apps.coordination.stages import Status
from apps.coordination.state import RequestRecord
from apps.testing import DevChain, account_of
from chain.accounts import ACCOUNTS
from chain.errors import AppError
from chain.params import SHARECOIN
from chain.records import Action, Event
from tests.apps.strict_chain import StrictChain

E = TypeVar("E", bound=Event)
FUNDS = 1000 * SHARECOIN
NAMES = ("buyer", "other", "registrar", "ca", "ca2", "ca3", "ss", "ss2", "ss3", "rsp", "rsp2", "vsp", "vsp2")
DEADLINES = Deadlines(
    request_blocks=5,
    data_blocks=6,
    grade_blocks=7,
    decision_blocks=8,
    vote_blocks=9,
    reward_blocks=10,
    challenge_blocks=20,
)
BAND = Band(2_630_000_000, 2_650_000_000)
PAPER = Terms(
    agencies=(account_of("ca"),),
    quorum=1,
    owners=(account_of("ss"),),
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
    deadlines=DEADLINES,
    area=Area(0, 0, 20_000, 20_000),
    band=BAND,
)
"""The paper's contract: one agency, one owner, nothing else."""
ASK = Ask(
    x_cm=10_000,
    y_cm=9_000,
    height_cm=150,
    band=BAND,
    power_cdbm=2300,
    min_power_cdbm=500,
    licence_blocks=30,
)


def terms(**changes: object) -> Terms:
    """The paper's terms but for these changes; names of participants stand for their accounts."""
    for what in ("agencies", "owners", "providers"):
        if what in changes:
            changes[what] = tuple(map(account_of, cast("Sequence[str]", changes[what])))
    return replace(PAPER, **changes)  # type: ignore[arg-type]


def measurements_of(
    vsps: Sequence[str] = ("vsp",), count: int = 5, start_cdbm: int = -8500
) -> list[Measurement]:
    """Distinct measurements, taken by the participants in turn."""
    return [
        Measurement(
            500 * place,
            700 * place,
            start_cdbm + 13 * place,
            1000 * place,
            account_of(vsps[place % len(vsps)]),
        )
        for place in range(count)
    ]


def map_of(measurements: Sequence[Measurement]) -> list[MapPoint]:
    """A map that agrees with the measurements and uses all of them."""
    return [MapPoint(one.x_cm, one.y_cm, one.rss_cdbm, True) for one in measurements]


def decision_of(
    verdict: Verdict = Verdict.GRANT, points: int = 5, aggregate: int = 0, map_root: bytes = bytes(32)
) -> Decision:
    """A consistent decision on `ASK`."""
    power, margin = {
        Verdict.GRANT: (ASK.power_cdbm, 120),
        Verdict.REDUCE: (1495, 0),
        Verdict.DENY: (LOWEST_CDBM, -340),
    }[verdict]
    return Decision(verdict, power, margin, 4000, 5600, map_root, points, points, aggregate)


def found(chosen: Terms = PAPER, fee: int = 0, **balances: int) -> DevChain:
    """A chain with a zone on these terms, opened by the registrar."""
    funds = {**dict.fromkeys(NAMES, FUNDS), **balances}
    chain = StrictChain(Coordination(), balances=funds, fee=fee)
    chain.execute("registrar", OpenZone("campus", chosen), fee=0)
    return chain


def pay(chain: DevChain, request: str = "one", who: str = "buyer") -> None:
    """Step 1."""
    record = chain.query(Coordination.zone, "campus")
    assert record is not None
    chain.execute(who, PayCoin(request, "campus", record.terms.price, ASK))


def ask_data(chain: DevChain, request: str = "one") -> None:
    """Steps 1 and 2."""
    pay(chain, request)
    chain.execute("ca", TxData(request))


def deliver(
    chain: DevChain, who: str = "ss", request: str = "one", count: int = 5, vsps: Sequence[str] = ()
) -> None:
    """Step 3 of one owner."""
    root = root_of(measurements_of(vsps or ("vsp",), count))
    chain.execute(who, RxData(request, root, count, tuple(map(account_of, vsps))))


def collect(
    chain: DevChain, request: str = "one", owners: Sequence[str] = ("ss",), vsps: Sequence[str] = ()
) -> None:
    """Steps 1 to 3."""
    ask_data(chain, request)
    for owner in owners:
        deliver(chain, owner, request, vsps=vsps)


def grade(
    chain: DevChain, agencies: Sequence[str] = ("ca",), request: str = "one", grades: Sequence[Grade] = ()
) -> None:
    """Step 4."""
    for agency in agencies:
        chain.execute(agency, ChGrade(request, tuple(grades)))


def result(
    chain: DevChain,
    verdict: Verdict = Verdict.GRANT,
    agencies: Sequence[str] = ("ca",),
    request: str = "one",
    **changes: int | bytes,
) -> None:
    """Step 5."""
    for agency in agencies:
        chain.execute(agency, ChData(request, replace(decision_of(verdict), **changes)))  # type: ignore[arg-type]


def decided(chosen: Terms = PAPER, verdict: Verdict = Verdict.GRANT) -> DevChain:
    """A chain on which the only agency has decided the request `one`."""
    chain = found(chosen)
    collect(chain)
    grade(chain)
    result(chain, verdict)
    return chain


def vote(chain: DevChain, who: str, approve: bool = True, request: str = "one") -> None:
    """A provider's vote on the certified result."""
    certified = record_of(chain, request).result
    assert certified is not None
    chain.execute(who, Vote(request, certified, approve))


def reward(chain: DevChain, who: str = "ss", request: str = "one") -> None:
    """Step 6."""
    chain.execute(who, RewCoin(request))


def record_of(chain: DevChain, request: str = "one") -> RequestRecord:
    record = chain.query(Coordination.request, request)
    assert record is not None
    return record


def status_of(chain: DevChain, request: str = "one") -> str:
    """The six words, shortened: `YYYNNN`."""
    status = chain.query(Coordination.status, request)
    assert isinstance(status, Status)
    return "".join(word[0] for _, word in status.words())


def refuse(chain: DevChain, who: str, action: Action, fee: int = 7) -> str:
    """The rule that refuses the action; but for fee and nonce the block is as good as an empty one."""
    before = chain.state
    chain.mine()
    idle, balance = everything_but_accounts(chain), chain.balance(who)
    chain.state = before
    with chain.refuses(AppError) as refused:
        chain.execute(who, action, fee=fee)
    assert refused.attempt.receipt is not None
    assert refused.attempt.receipt.events == ()
    assert everything_but_accounts(chain) == idle
    assert chain.balance(who) == balance - fee
    assert refused.failure.message.startswith(refused.error_rule + ": ")
    chain.state = before
    return refused.error_rule


def everything_but_accounts(chain: DevChain) -> list[tuple[bytes, bytes]]:
    """The state without balances and nonces."""
    return [pair for pair in chain.state.trie.scan() if not pair[0].startswith(ACCOUNTS)]


def happened(chain: DevChain, kind: type[E]) -> list[E]:
    """Every event of a kind."""
    return [event for _, _, event in chain.events if isinstance(event, kind)]


def proved(measurements: Sequence[Measurement], index: int) -> tuple[Measurement, tuple[bytes, ...]]:
    """A measurement and the proof that it is number `index`."""
    return measurements[index], proof_of(measurements, index)
