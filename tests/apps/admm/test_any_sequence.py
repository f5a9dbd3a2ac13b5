"""Random sequences of actions against acquisitions: the invariants hold after every block, refusals change nothing."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.admm.actions import (
    AdmitOperators,
    ExpelOperator,
    OpenAcquisition,
    ResizeBandwidth,
    StartRounds,
    SubmitBandwidth,
)
from apps.admm.scientific import Scientific
from apps.admm.state import AcquisitionRecord, Phase
from apps.testing import account_of
from chain.records import Action
from tests.apps.admm.scene import found, refuse, start, terms


class AcquisitionMachine(RuleBasedStateMachine):
    """Any sequence of actions keeps every invariant; what is refused costs its fee and nothing else."""

    names = ("ann", "bob", "cay", "dee")
    accounts = st.sampled_from(("owner", "other", *names))
    owners = st.sampled_from(("owner", "owner", "owner", "ann"))
    acquisitions = st.sampled_from(("band", "tv"))
    bandwidths = st.one_of(st.integers(-1, 1000), st.sampled_from((10**11, -(2**63), 2**63 - 1)))

    @initialize()
    def begin(self) -> None:
        self.chain = found(self.names)
        start(self.chain, self.names[:3], terms(bandwidth=900, round_blocks=3, balancing_rounds=5))
        self.phases = {"band": Phase.RUNNING}

    def do(self, who: str, action: Action) -> None:
        before = self.chain.state
        (receipt,) = self.chain.block([(who, action)])
        if not receipt.succeeded:
            self.chain.state = before
            refuse(self.chain, who, action)

    @rule(
        who=accounts,
        name=acquisitions,
        bandwidth=st.integers(1, 10**11),
        relaxation_ppm=st.sampled_from((1_000_000, 1_600_000, 1_900_000)),
        round_blocks=st.integers(0, 4),
        max_rounds=st.integers(0, 8),
    )
    def open(
        self, who: str, name: str, bandwidth: int, relaxation_ppm: int, round_blocks: int, max_rounds: int
    ) -> None:
        chosen = terms(
            bandwidth=bandwidth,
            penalty=Scientific(1, -80),
            relaxation_ppm=relaxation_ppm,
            round_blocks=round_blocks,
            max_rounds=max_rounds,
            balancing_rounds=3,
        )
        self.do(who, OpenAcquisition(name, chosen))

    @rule(who=owners, name=acquisitions, members=st.lists(accounts, max_size=3))
    def admit(self, who: str, name: str, members: list[str]) -> None:
        self.do(who, AdmitOperators(name, tuple(map(account_of, members))))

    @rule(who=owners, name=acquisitions, member=accounts)
    def expel(self, who: str, name: str, member: str) -> None:
        self.do(who, ExpelOperator(name, account_of(member)))

    @rule(who=owners, name=acquisitions)
    def start_rounds(self, who: str, name: str) -> None:
        self.do(who, StartRounds(name))

    @rule(who=owners, name=acquisitions, bandwidth=st.integers(0, 1000))
    def resize(self, who: str, name: str, bandwidth: int) -> None:
        self.do(who, ResizeBandwidth(name, bandwidth))

    @rule(who=accounts, name=acquisitions, ahead=st.integers(-1, 1), bandwidth=bandwidths)
    def submit(self, who: str, name: str, ahead: int, bandwidth: int) -> None:
        record = self.chain.query("admm", "acquisition", name)
        open_round = record.round if isinstance(record, AcquisitionRecord) else 1
        self.do(who, SubmitBandwidth(name, max(open_round + ahead, 0), bandwidth))

    @rule(name=acquisitions, shares=st.lists(st.integers(0, 1000), min_size=4, max_size=4))
    def answer_all(self, name: str, shares: list[int]) -> None:
        record = self.chain.query("admm", "acquisition", name)
        open_round = record.round if isinstance(record, AcquisitionRecord) else 1
        asked = [
            (who, SubmitBandwidth(name, open_round, share))
            for who, share in zip(self.names, shares, strict=True)
        ]
        self.chain.block(asked)

    @rule(blocks=st.integers(1, 6))
    def wait(self, blocks: int) -> None:
        self.chain.mine(blocks)

    @invariant()
    def the_split_is_within_the_bandwidth_and_phases_go_forward(self) -> None:
        for name in ("band", "tv"):
            record = self.chain.query("admm", "acquisition", name) if hasattr(self, "chain") else None
            if not isinstance(record, AcquisitionRecord):
                continue
            allocation = self.chain.query("admm", "allocation", name)
            assert isinstance(allocation, tuple)
            assert sum(share for _, share in allocation) <= record.split_bandwidth
            if self.phases.get(name) is Phase.SETTLED:
                assert record.phase is Phase.SETTLED
            self.phases[name] = record.phase


TestAnySequenceOfActions = AcquisitionMachine.TestCase
TestAnySequenceOfActions.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
