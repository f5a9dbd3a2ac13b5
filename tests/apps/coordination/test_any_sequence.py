"""Random sequences of actions against coordination: invariants hold after every block, refusals change nothing."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.coordination.actions import (
    Challenge,
    ChData,
    ChGrade,
    Deadlines,
    Grade,
    GradeRewards,
    OpenZone,
    PayCoin,
    PostBond,
    RevokeLicence,
    RewCoin,
    RxData,
    ShowPoint,
    Terms,
    TxData,
    Verdict,
    Vote,
    WithdrawBond,
)
from apps.coordination.app import Coordination
from apps.coordination.commitment import proof_of, root_of
from apps.coordination.stages import STEPS, Stage
from apps.testing import account_of
from chain.records import Action
from tests.apps.coordination.contract_scene import (
    ASK,
    FUNDS,
    NAMES,
    decision_of,
    found,
    map_of,
    measurements_of,
    proved,
    refuse,
    terms,
)

PLAIN = terms(price=101, deadlines=Deadlines(2, 2, 2, 2, 2, 2, 2))
FULL = replace(
    terms(agencies=("ca", "ca2", "ca3"), owners=("ss", "ss2"), providers=("rsp", "rsp2"), quorum=2),
    price=101,
    unanimity=True,
    providers_revoke=True,
    pay_on_denial=False,
    vsp_budget=51,
    grade_rewards=GradeRewards(12, 6, 2, 0),
    bond=7,
    deadlines=Deadlines(4, 6, 6, 6, 4, 4, 3),
)
DATA = measurements_of(("vsp", "vsp2"))
TRUE = map_of(DATA)
MAPS = [[*TRUE, *TRUE], [replace(TRUE[0], rss_cdbm=0), *TRUE[1:], *TRUE]]
"""Of both owners, who deliver the same; the second contradicts the first measurement."""
agencies = st.sampled_from(("ca", "ca2", "ca3", "ca", "ca2", "other"))
requests = st.sampled_from(("one", "one", "two"))
owners = st.sampled_from(("ss", "ss2", "ss", "other"))
people = st.sampled_from(NAMES)


class CoordinationMachine(RuleBasedStateMachine):
    """Any sequence of actions keeps every invariant; what is refused costs its fee and nothing else."""

    chosen: Terms = FULL

    @initialize(
        steps=st.integers(1, 7),
        number=st.integers(0, 1),
        verdict=st.sampled_from((Verdict.GRANT, Verdict.REDUCE, Verdict.DENY)),
        late=st.booleans(),
    )
    def begin(self, steps: int, number: int, verdict: Verdict, late: bool) -> None:
        """A zone, and a request that has got some way."""
        self.chain = found(self.chosen)
        self.yes: dict[str, int] = {}
        if self.chosen.bond:
            self.chain.block([(agency, PostBond("campus")) for agency in ("ca", "ca2", "ca3")])
        self.go_on("one", steps, number, verdict, late)

    def do(self, who: str, action: Action) -> None:
        before = self.chain.state
        (receipt,) = self.chain.block([(who, action)])
        if not receipt.succeeded:
            self.chain.state = before
            refuse(self.chain, who, action)

    @rule(who=people, name=requests)
    def pay(self, who: str, name: str) -> None:
        self.do(who, PayCoin(name, "campus", 101, ASK))

    @rule(who=agencies, name=requests)
    def ask(self, who: str, name: str) -> None:
        self.do(who, TxData(name))

    @rule(who=owners, name=requests, vsps=st.sampled_from(((), ("vsp",), ("vsp", "vsp2"), ("a", "b", "c"))))
    def deliver(self, who: str, name: str, vsps: tuple[str, ...]) -> None:
        self.do(who, RxData(name, root_of(DATA), 5, tuple(map(account_of, vsps))))

    @rule(who=agencies, name=requests, grade=st.sampled_from((Grade.GOOD, Grade.GOOD, Grade.EXCELLENT)))
    def grade(self, who: str, name: str, grade: Grade) -> None:
        deliveries = self.chain.query(Coordination.deliveries_of, name)
        count = sum(len(delivery.vsps) for _, delivery in deliveries)
        self.do(who, ChGrade(name, (grade,) * count))

    @rule(
        who=agencies,
        name=requests,
        verdict=st.sampled_from((Verdict.GRANT, Verdict.GRANT, Verdict.REDUCE, Verdict.DENY)),
        number=st.integers(0, 1),
        behind=st.sampled_from((0, 0, 0, 1)),
    )
    def give_result(self, who: str, name: str, verdict: Verdict, number: int, behind: int) -> None:
        zone = self.chain.query(Coordination.zone, "campus")
        assert zone is not None
        aggregate = max(zone.certified - behind, 0)
        decision = decision_of(verdict, aggregate=aggregate, map_root=root_of(MAPS[number]))
        points = sum(delivery.points for _, delivery in self.chain.query(Coordination.deliveries_of, name))
        self.do(who, ChData(name, replace(decision, map_leaves=max(points, 10))))

    @rule(
        name=requests,
        steps=st.integers(1, 6),
        number=st.integers(0, 1),
        verdict=st.sampled_from(tuple(Verdict)),
    )
    def make_progress(self, name: str, steps: int, number: int, verdict: Verdict) -> None:
        self.go_on(name, steps, number, verdict, late=False)

    def go_on(self, name: str, steps: int, number: int, verdict: Verdict, late: bool) -> None:
        """So many steps of a request as its participants should take them."""
        for _ in range(steps):
            record = self.chain.query(Coordination.request, name)
            match record.stage if record else None:
                case None:
                    self.pay("buyer", name)
                case Stage.PAID:
                    self.ask("ca", name)
                case Stage.COLLECTING:
                    self.deliver("ss", name, ("vsp",))
                    self.deliver("ss2", name, ("vsp2",))
                case Stage.GRADING:
                    self.grade("ca", name, Grade.GOOD)
                    self.grade("ca2", name, Grade.GOOD)
                case Stage.DECIDING:
                    self.give_result("ca", name, verdict, number, 0)
                    self.give_result("ca2", name, verdict, number, 0)
                    if late:
                        self.give_result("ca3", name, Verdict.DENY, 0, 0)
                case Stage.VOTING:
                    self.vote("rsp", name, True)
                    self.vote("rsp2", name, True)
                case Stage.REWARDING:
                    self.withdraw("ss2", name)
                    self.withdraw("ss", name)

    @rule(
        who=st.sampled_from(("rsp", "rsp2", "other")),
        name=requests,
        approve=st.sampled_from((True, True, False)),
    )
    def vote(self, who: str, name: str, approve: bool) -> None:
        record = self.chain.query(Coordination.request, name)
        certified = record.result if record and record.result else bytes(32)
        self.do(who, Vote(name, certified, approve))

    @rule(who=owners, name=requests)
    def withdraw(self, who: str, name: str) -> None:
        self.do(who, RewCoin(name))

    @rule(who=people, name=requests, owner=owners, index=st.integers(0, 5))
    def show(self, who: str, name: str, owner: str, index: int) -> None:
        measurement, proof = proved(DATA, min(index, 4))
        self.do(who, ShowPoint(name, account_of(owner), index, measurement, proof))

    @rule(
        who=people,
        name=requests,
        agency=agencies,
        place=st.sampled_from((0, 0, 0, 3)),
        number=st.integers(0, 1),
    )
    def challenge(self, who: str, name: str, agency: str, place: int, number: int) -> None:
        measurement, proof = proved(DATA, place)
        asked = Challenge(
            request=name,
            agency=account_of(agency),
            owner=account_of("ss"),
            index=place,
            measurement=measurement,
            proof=proof,
            map_point=MAPS[number][place],
            map_proof=proof_of(MAPS[number], place),
        )
        self.do(who, asked)

    @rule(who=people, name=requests)
    def challenge_all(self, who: str, name: str) -> None:
        """Against every agency, with the map it committed to."""
        for key, ballot in self.chain.query(Coordination.result_ballots_of, name):
            number = [root_of(points) for points in MAPS].index(ballot.decision.map_root)
            agency = next(one for one in ("ca", "ca2", "ca3") if account_of(one) == key)
            self.challenge(who, name, agency, 0, number)

    @rule(who=st.sampled_from(("registrar", "buyer", "rsp", "other")), name=requests)
    def revoke(self, who: str, name: str) -> None:
        self.do(who, RevokeLicence(name))

    @rule(who=agencies, post=st.booleans())
    def bond(self, who: str, post: bool) -> None:
        self.do(who, PostBond("campus") if post else WithdrawBond("campus"))

    @rule(who=people)
    def open_another(self, who: str) -> None:
        self.do(who, OpenZone("campus 2", self.chosen))

    @rule(blocks=st.sampled_from((1, 1, 2, 3, 7, 31)))
    def wait(self, blocks: int) -> None:
        self.chain.mine(blocks)

    @invariant()
    def no_status_goes_back_to_no(self) -> None:
        for name in ("one", "two") if hasattr(self, "chain") else ():
            record = self.chain.query(Coordination.request, name)
            taken = 0 if record is None else sum(getattr(record.steps, step) > 0 for step in STEPS)
            assert taken >= self.yes.get(name, 0)
            self.yes[name] = taken

    def teardown(self) -> None:
        """Whatever has happened, after some time without actions nothing but bonds is held."""
        if not hasattr(self, "chain"):
            return
        self.chain.mine(31)
        held = 0
        for name in ("one", "two"):
            record = self.chain.query(Coordination.request, name)
            assert record is None or record.stage is Stage.CLOSED
            assert self.chain.escrow(f"request/{name}") == 0
        for agency in ("ca", "ca2", "ca3"):
            held += self.chain.query(Coordination.agency, "campus", account_of(agency)).bond
        everybody = (*NAMES, "a", "b", "c")
        assert sum(map(self.chain.balance, everybody)) + held == FUNDS * len(NAMES)


class PlainMachine(CoordinationMachine):
    """The paper's contract."""

    chosen = PLAIN


TestAnySequenceInAFullZone = CoordinationMachine.TestCase
TestAnySequenceInAPlainZone = PlainMachine.TestCase
TestAnySequenceInAFullZone.settings = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestAnySequenceInAPlainZone.settings = settings(TestAnySequenceInAFullZone.settings, max_examples=8)
