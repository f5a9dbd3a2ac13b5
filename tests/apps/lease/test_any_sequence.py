"""Random sequences of actions against the lease application: its invariants hold after every block."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.lease.actions import (
    ListSpectrum,
    OpenLease,
    OrderService,
    PostOffer,
    RepriceSpectrum,
    ResizeSpectrum,
    ServeOrders,
    WithdrawLease,
    WithdrawOffer,
)
from apps.lease.app import Lease
from apps.lease.rent import MHZ
from apps.lease.state import Lot, Offer
from apps.testing import account_of
from chain.records import Action
from tests.apps.lease.scene import OFFER
from tests.apps.strict_chain import StrictChain


class LeaseMarketMachine(RuleBasedStateMachine):
    """Any sequence of actions keeps every invariant of the market and of the money."""

    names = ("owner", "operator", "user", "other")
    accounts = st.sampled_from(names)
    lots = st.sampled_from(("band", "tv"))
    offers = st.sampled_from(("plan", "other plan"))
    numbers = st.integers(0, 6)
    bandwidths = st.integers(0, 5 * MHZ)
    prices = st.integers(0, 9)

    @initialize()
    def begin(self) -> None:
        self.chain = StrictChain(Lease(), balances=dict.fromkeys(self.names, 2000))
        self.chain.execute("owner", ListSpectrum("band", 10 * MHZ, 3))
        self.chain.execute("operator", OFFER)

    def do(self, who: str, action: Action) -> None:
        self.chain.block([(who, action)])

    @rule(who=accounts, lot=lots, bandwidth=bandwidths, price=prices)
    def list_spectrum(self, who: str, lot: str, bandwidth: int, price: int) -> None:
        self.do(who, ListSpectrum(lot, bandwidth, price))

    @rule(who=accounts, lot=lots, bandwidth=bandwidths, price=prices)
    def change(self, who: str, lot: str, bandwidth: int, price: int) -> None:
        self.do(who, RepriceSpectrum(lot, price) if bandwidth % 2 else ResizeSpectrum(lot, bandwidth))

    @rule(who=accounts, lot=lots, number=numbers, bandwidth=bandwidths, blocks=st.integers(0, 40))
    def open_lease(self, who: str, lot: str, number: int, bandwidth: int, blocks: int) -> None:
        self.do(who, OpenLease(lot, number, bandwidth, blocks, 5))

    @rule(who=accounts, lessee=accounts, number=numbers)
    def withdraw(self, who: str, lessee: str, number: int) -> None:
        self.do(who, WithdrawLease(account_of(lessee), number))

    @rule(who=accounts, name=offers, price=prices)
    def offer(self, who: str, name: str, price: int) -> None:
        self.do(who, PostOffer(name, price, 700_000) if price else WithdrawOffer(name))

    @rule(who=accounts, name=offers, number=numbers, bandwidth=bandwidths, blocks=st.integers(0, 6))
    def order(self, who: str, name: str, number: int, bandwidth: int, blocks: int) -> None:
        posted = self.chain.query("lease", "offer", name)
        price = posted.unit_price if isinstance(posted, Offer) else 7
        self.do(who, OrderService(name, number, bandwidth, blocks, price, 700_000))

    @rule(who=accounts, number=numbers)
    def serve(self, who: str, number: int) -> None:
        self.do(who, ServeOrders(number))

    @rule(count=st.integers(0, 50), bandwidth=st.integers(1, MHZ), blocks=st.integers(1, 4))
    def lease_order_and_serve(self, count: int, bandwidth: int, blocks: int) -> None:
        posted = self.chain.query("lease", "offer", "plan")
        lease, order = (
            self.chain.query("lease", name, account_of(who))
            for name, who in (("next_lease", "operator"), ("next_order", "user"))
        )
        assert isinstance(lease, int)
        assert isinstance(order, int)
        if not isinstance(posted, Offer) or posted.operator != account_of("operator"):
            return
        terms = (posted.unit_price, posted.mining_fraction_ppm)
        asked: list[tuple[str, Action]] = [
            ("user", OrderService("plan", order + i, bandwidth, blocks, *terms)) for i in range(count % 4)
        ]
        asked += [
            ("operator", OpenLease("band", lease, 3 * bandwidth, count + 1, 9)),
            ("operator", ServeOrders(lease)),
        ]
        self.chain.block(asked)

    @rule(blocks=st.integers(1, 25))
    def wait(self, blocks: int) -> None:
        self.chain.mine(blocks)

    @invariant()
    def leases_never_exceed_what_is_listed(self) -> None:
        if hasattr(self, "chain"):
            lot = self.chain.query("lease", "listing", "band")
            assert isinstance(lot, Lot)
            assert 0 <= lot.leased <= lot.bandwidth

    def teardown(self) -> None:
        """Once everything has run out nothing is held any more."""
        if hasattr(self, "chain"):
            self.chain.mine(51)
            balances = sum(self.chain.balance(name) for name in self.names)
            assert balances == 2000 * len(self.names)


TestAnySequenceOfActions = LeaseMarketMachine.TestCase
TestAnySequenceOfActions.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
