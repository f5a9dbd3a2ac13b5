"""Spectrum and leases on chain: every action, refusal and deadline, exact to the base unit."""

from dataclasses import replace

import pytest

from apps.lease.actions import (
    ListSpectrum,
    OpenLease,
    RepriceSpectrum,
    ResizeSpectrum,
    WithdrawLease,
)
from apps.lease.events import (
    LeaseExpired,
    LeaseOpened,
    LeaseWithdrawn,
    ServiceEnded,
    SpectrumListed,
    SpectrumRepriced,
    SpectrumResized,
)
from apps.lease.rent import MHZ, RENT_INSTALMENTS, earned, next_instalment, payment_for, settled_blocks
from apps.lease.state import Lot, RunningLease
from chain.records import Action
from tests.apps.lease.scene import (
    FUNDS,
    LEASE,
    OPERATOR,
    OWNER,
    USER,
    found,
    happened,
    market,
    refuse,
    served_market,
)


class TestSpectrum:
    def test_a_listed_lot_is_on_the_market(self) -> None:
        chain = market()
        assert chain.query("lease", "listing", "band") == Lot(OWNER, 10 * MHZ, 5)
        assert chain.query("lease", "free_bandwidth", "band") == 10 * MHZ
        assert happened(chain, SpectrumListed) == [(1, SpectrumListed("band", OWNER, 10 * MHZ, 5))]

    def test_an_unknown_lot_has_nothing_free(self) -> None:
        assert found().query("lease", "free_bandwidth", "band") == 0
        assert found().query("lease", "listing", "band") is None

    def test_a_name_is_taken_once(self) -> None:
        assert refuse(market(), "other", ListSpectrum("band", 1, 1)) == "lot-exists"

    def test_a_lot_has_bandwidth(self) -> None:
        assert refuse(found(), "owner", ListSpectrum("band", 0, 1)) == "not-positive"

    def test_a_name_without_order_is_refused(self) -> None:
        assert refuse(found(), "owner", ListSpectrum("a\0b", 1, 1)) == "key-out-of-range"

    def test_a_new_price_holds_for_new_leases_only(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        chain.execute("owner", RepriceSpectrum("band", 50))
        chain.execute("operator", replace(LEASE, lease=2))
        prices = [
            event.unit_price for _, event in happened(chain, LeaseOpened) if isinstance(event, LeaseOpened)
        ]
        assert prices == [5, 50]
        assert happened(chain, SpectrumRepriced) == [(3, SpectrumRepriced("band", 50))]

    def test_a_lot_shrinks_to_what_is_leased_and_no_further(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        assert refuse(chain, "owner", ResizeSpectrum("band", 3 * MHZ - 1)) == "below-leased"
        chain.execute("owner", ResizeSpectrum("band", 3 * MHZ))
        assert chain.query("lease", "free_bandwidth", "band") == 0
        assert happened(chain, SpectrumResized) == [(4, SpectrumResized("band", 3 * MHZ))]

    @pytest.mark.parametrize("action", [RepriceSpectrum("band", 1), ResizeSpectrum("band", 10 * MHZ)])
    def test_only_the_owner_changes_a_lot(self, action: Action) -> None:
        assert refuse(market(), "other", action) == "not-owner"

    @pytest.mark.parametrize(
        "action", [RepriceSpectrum("x", 1), ResizeSpectrum("x", 1), replace(LEASE, lot="x")]
    )
    def test_a_lot_that_is_not_listed_is_named(self, action: Action) -> None:
        assert refuse(market(), "owner", action) == "no-such-lot"


class TestLease:
    def test_the_whole_rent_is_held_and_the_lease_runs_from_the_next_block(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        assert chain.balance("operator") == FUNDS - 3 * 5 * 4
        assert chain.balance("owner") == FUNDS
        running = RunningLease("band", 3 * MHZ, 5, 4, 60, 2)
        assert chain.query("lease", "lease", OPERATOR, 1) == running
        assert chain.query("lease", "leases_of", OPERATOR) == ((1, running),)
        assert chain.query("lease", "next_lease", OPERATOR) == 2
        opened = LeaseOpened("band", OPERATOR, 1, OWNER, 3 * MHZ, 5, 4, 60)
        assert happened(chain, LeaseOpened) == [(2, opened)]

    def test_the_payer_pays_the_rounding(self) -> None:
        chain = market(unit_price=1)
        chain.execute("operator", replace(LEASE, bandwidth=1, blocks=1))
        assert chain.balance("operator") == FUNDS - 1

    def test_rent_reaches_the_owner_as_the_lease_runs(self) -> None:
        chain = market()
        chain.execute("operator", replace(LEASE, bandwidth=MHZ + 1, blocks=3))
        received = []
        for _ in range(3):
            chain.mine()
            received.append(chain.balance("owner") - FUNDS)
        assert received == [16 * 1 // 3, 16 * 2 // 3, 16]

    def test_a_long_leases_rent_comes_in_a_bounded_number_of_instalments(self) -> None:
        chain = market()
        chain.execute("operator", replace(LEASE, blocks=100))
        payments, last = [], FUNDS
        for _ in range(100):
            chain.mine()
            if chain.balance("owner") > last:
                payments.append((chain.height - 2, chain.balance("owner") - FUNDS))
                last = chain.balance("owner")
        assert payments == [(k, 15 * k) for k in [*range(7, 100, 7), 100]]
        assert len(payments) <= RENT_INSTALMENTS

    def test_a_lease_expires_after_its_last_block(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        chain.mine(3)
        assert chain.query("lease", "free_bandwidth", "band") == 7 * MHZ
        chain.mine()
        assert happened(chain, LeaseExpired) == [(6, LeaseExpired("band", OPERATOR, 1, 60))]
        assert chain.query("lease", "free_bandwidth", "band") == 10 * MHZ
        assert chain.query("lease", "lease", OPERATOR, 1) is None
        assert chain.balance("owner") == FUNDS + 60

    def test_a_listed_lot_is_never_leased_twice(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        assert refuse(chain, "other", replace(LEASE, bandwidth=7 * MHZ + 1)) == "not-enough-spectrum"
        chain.execute("other", replace(LEASE, bandwidth=7 * MHZ))

    def test_two_lessees_in_one_block_get_what_is_there_in_order(self) -> None:
        chain = market()
        most = replace(LEASE, bandwidth=6 * MHZ)
        first, second = chain.block([("operator", most), ("other", most)])
        assert first.succeeded
        assert second.failure is not None
        assert second.failure.message == (
            "not-enough-spectrum: got 6000000 Hz, expected at most the 4000000 Hz that are free"
        )

    def test_a_lessee_is_not_surprised_by_a_price(self) -> None:
        chain = market()
        assert refuse(chain, "operator", replace(LEASE, max_unit_price=4)) == "price-above-limit"
        chain.execute("operator", replace(LEASE, max_unit_price=5))

    def test_a_lease_number_is_used_once_even_after_it_expired(self) -> None:
        chain = market()
        chain.execute("operator", replace(LEASE, lease=3))
        assert refuse(chain, "operator", replace(LEASE, lease=3)) == "number-used"
        chain.mine(4)
        assert refuse(chain, "operator", replace(LEASE, lease=3)) == "number-used"
        assert refuse(chain, "operator", replace(LEASE, lease=2)) == "number-used"
        chain.execute("other", replace(LEASE, lease=3))

    @pytest.mark.parametrize("action", [replace(LEASE, bandwidth=0), replace(LEASE, blocks=0)])
    def test_a_lease_is_of_something(self, action: Action) -> None:
        assert refuse(market(), "operator", action) == "not-positive"

    def test_a_lessee_pays_out_of_its_own_balance(self) -> None:
        chain = market(unit_price=FUNDS)
        dear = replace(LEASE, max_unit_price=FUNDS)
        assert refuse(chain, "operator", dear) == "insufficient-balance"
        chain.execute("operator", replace(dear, bandwidth=MHZ, blocks=1))

    def test_a_price_beyond_all_money_is_refused_not_wrapped(self) -> None:
        chain = found()
        chain.execute("owner", ListSpectrum("band", 2**63 - 1, 2**63 - 1))
        greedy = OpenLease("band", 1, 2**63 - 1, 2**32 - 1, 2**63 - 1)
        assert refuse(chain, "operator", greedy) == "insufficient-balance"


class TestWithdrawal:
    @pytest.mark.parametrize("elapsed", [0, 1, 2, 3, 5, 6])
    def test_the_owner_keeps_what_ran_and_the_lessee_gets_the_rest(self, elapsed: int) -> None:
        chain = market()
        chain.execute("operator", replace(LEASE, bandwidth=MHZ + 1, blocks=7))
        chain.mine(max(0, elapsed - 1))
        if elapsed == 0:
            chain = market()
            opening, taking = replace(LEASE, bandwidth=MHZ + 1, blocks=7), WithdrawLease(OPERATOR, 1)
            receipts = chain.block([("operator", opening), ("owner", taking)])
            assert all(receipt.succeeded for receipt in receipts)
        else:
            chain.execute("owner", WithdrawLease(OPERATOR, 1))
        rent = 36 * elapsed // 7
        assert chain.balance("owner") == FUNDS + rent
        assert chain.balance("operator") == FUNDS - rent
        assert [event for _, event in happened(chain, LeaseWithdrawn)] == [
            LeaseWithdrawn("band", OPERATOR, 1, rent, 36 - rent)
        ]
        assert chain.query("lease", "free_bandwidth", "band") == 10 * MHZ
        chain.mine(10)
        assert happened(chain, LeaseExpired) == []

    def test_a_withdrawal_in_the_last_block_pays_everything(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        chain.mine(3)
        chain.execute("owner", WithdrawLease(OPERATOR, 1))
        assert chain.balance("owner") == FUNDS + 60

    @pytest.mark.parametrize("blocks", [17, 40, 100])
    def test_a_withdrawal_between_instalments_is_exact(self, blocks: int) -> None:
        for elapsed in range(1, blocks, 3):
            chain = market()
            chain.execute("operator", replace(LEASE, bandwidth=MHZ + 1, blocks=blocks))
            chain.mine(elapsed - 1)
            chain.execute("owner", WithdrawLease(OPERATOR, 1))
            payment = payment_for(MHZ + 1, 5, blocks)
            assert chain.balance("owner") == FUNDS + payment * elapsed // blocks

    def test_users_get_back_what_did_not_run(self) -> None:
        chain = served_market()
        chain.mine(2)
        chain.execute("owner", WithdrawLease(OPERATOR, 1))
        # Block 8: the service ran 3 of 4 blocks and costs 56, the lease 4 of 6 and costs 90.
        assert chain.balance("user") == FUNDS - 42
        assert chain.balance("operator") == FUNDS + 42 - 60
        assert chain.balance("owner") == FUNDS + 60
        assert happened(chain, ServiceEnded) == [(8, ServiceEnded(OPERATOR, USER, 1, 1, 42, 14))]

    def test_only_the_owner_withdraws(self) -> None:
        chain = market()
        chain.execute("operator", LEASE)
        assert refuse(chain, "operator", WithdrawLease(OPERATOR, 1)) == "not-owner"
        assert refuse(chain, "owner", WithdrawLease(OPERATOR, 2)) == "no-such-lease"
        assert refuse(chain, "owner", WithdrawLease(USER, 1)) == "no-such-lease"


def test_the_same_actions_give_the_same_state() -> None:
    assert served_market().state.root == served_market().state.root


def test_instalments_add_up_to_the_rent() -> None:
    for blocks in (1, 2, 15, 16, 17, 31, 100, 1000):
        elapsed, steps = 0, []
        while elapsed < blocks:
            elapsed = next_instalment(elapsed, blocks)
            steps.append(elapsed)
        assert steps[-1] == blocks
        assert len(steps) <= RENT_INSTALMENTS
        assert [settled_blocks(k, blocks) for k in steps] == steps
        assert earned(1001, blocks, blocks) == 1001
