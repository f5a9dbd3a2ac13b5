"""Participants of frequency coordination play on an in-memory chain: the paper's run, reorganisations, giving up."""

from collections import Counter
from collections.abc import Mapping

import pytest

from apps.coordination.actions import PayCoin, Verdict
from apps.coordination.agents import ASKED, GAVE_UP, RELIANCE_UNDONE, RELIED
from apps.coordination.app import Coordination
from apps.coordination.errors import StaleAggregate
from apps.coordination.events import (
    AgencyDeviated,
    AgencyDisproved,
    CoinPaid,
    CoinReturned,
    LicenceGranted,
    OwnerRewarded,
    ProviderVoted,
    VspRewarded,
)
from apps.coordination.stages import Cause, Stage
from apps.testing import account_of
from chain.params import SHARECOIN
from chain.records import Event
from tests.apps.coordination.district import FEE, OWNER, QUICK, District, settings_of

CENT = SHARECOIN // 100
THREE = [{"name": "ca", "count": 2}, {"name": "deviant", "behaviour": "deviating"}]
SOON = {f"{what}_blocks": 4 for what in ("request", "data", "grade", "decision", "vote", "reward")}
MODEST = {"power_dbm": -10.0, "min_power_dbm": -40.0}


def happened(district: District, kind: type[Event]) -> list[Event]:
    return [placed.event for placed in district.chain.events if isinstance(placed.event, kind)]


class TestThePapersRun:
    def test_its_balances_come_out_to_the_base_unit(self) -> None:
        district = District(settings_of(agencies=[{"balance": 1}])).live(10)
        assert district.balance("fb-user") == 299 * CENT
        assert district.balance("ss-owner") == 198 * CENT
        assert district.balance("ca-miner") == SHARECOIN - 4 * FEE
        assert district.chain.view.escrow("coordination", "request/fb-user/1") == 0

    def test_each_step_takes_a_block_and_every_status_is_yes(self) -> None:
        district = District(settings_of()).live(10)
        record = district.request("fb-user/1")
        steps = record.steps
        heights = (
            steps.pay_coin,
            steps.tx_data,
            steps.rx_data,
            steps.ch_grade,
            steps.ch_data,
            steps.rew_coin,
        )
        assert heights == (2, 3, 4, 5, 6, 7)
        assert {word for _, word in steps.status().words()} == {"YES"}
        assert (record.stage, record.cause) == (Stage.CLOSED, Cause.CERTIFIED)
        assert district.refused() == []

    @pytest.mark.parametrize("confirmations", [1, 3])
    def test_who_wants_confirmations_waits_for_them_at_every_step(self, confirmations: int) -> None:
        district = District(settings_of(confirmations=confirmations)).live(25)
        steps = district.request("fb-user/1").steps
        assert steps.rew_coin - steps.pay_coin == 5 * confirmations
        (relied,) = [one.time_ms for one in district.measures if one.measure.name == RELIED]
        assert relied == (steps.ch_data + confirmations - 1) * 15_000


class TestReorganisations:
    @pytest.mark.parametrize("back_to", [1, 2, 4, 6, 7])
    def test_nothing_is_paid_twice_whatever_is_undone(self, back_to: int) -> None:
        """What a reorganisation took out comes again at once, so steps may be refused for their order: fees alone."""
        district = District(settings_of(), fee=0).live(back_to)
        saved = district.chain.state
        district.live(8 - back_to)
        district.chain.state = saved
        district.live(12)
        assert district.request("fb-user/1").stage is Stage.CLOSED
        assert len(happened(district, CoinPaid)) == len(happened(district, OwnerRewarded)) == 1
        assert (district.balance("fb-user"), district.balance("ss-owner")) == (3 * SHARECOIN, 2 * SHARECOIN)

    def test_a_buyer_says_that_a_decision_it_relied_on_was_undone(self) -> None:
        district = District(settings_of()).live(5)
        saved = district.chain.state
        district.live(2)
        assert district.reported(RELIED) == [("fb-user", 1.0)]
        district.chain.state = saved
        district.live(4)
        assert district.reported(RELIANCE_UNDONE) == [("fb-user", 1.0)]
        assert district.reported(RELIED) == [("fb-user", 1.0)] * 2

    def test_the_data_of_a_request_are_collected_once(self) -> None:
        district = District(settings_of()).live(3)
        saved = district.chain.state
        district.live(2)
        ((_, first),) = district.chain.query(Coordination.deliveries_of, "fb-user/1")
        district.chain.state = saved
        district.live(6)
        ((_, second),) = district.chain.query(Coordination.deliveries_of, "fb-user/1")
        assert first.root == second.root


class TestBuyer:
    def test_after_a_denial_it_asks_for_less_and_can_do_with_less(self) -> None:
        user = {"power_dbm": 50.0, "min_power_dbm": 40.0, "retries": 2, "step_down_db": 45.0}
        district = District(settings_of(users=[user])).live(20)
        first, second = district.request("fb-user/1"), district.request("fb-user/2")
        assert first.verdict is Verdict.DENY
        assert (second.ask.power_cdbm, second.ask.min_power_cdbm) == (500, -500)
        assert district.reported(ASKED) == [("fb-user", 1.0), ("fb-user", 2.0)]

    def test_it_gives_up_after_its_retries_and_says_so(self) -> None:
        user = {"power_dbm": 50.0, "min_power_dbm": 40.0, "retries": 1, "step_down_db": 0.0}
        district = District(settings_of(users=[user])).live(30)
        assert district.reported(GAVE_UP) == [("fb-user", 2.0)]
        assert not district.has("fb-user/3")
        assert district.balance("fb-user") == 4 * SHARECOIN - 2 * SHARECOIN - 2 * FEE

    def test_it_gives_up_when_it_cannot_pay_any_more(self) -> None:
        user = {
            "power_dbm": 50.0,
            "min_power_dbm": 40.0,
            "retries": 5,
            "step_down_db": 0.0,
            "balance": "2.05",
        }
        district = District(settings_of(users=[user])).live(40)
        assert district.reported(GAVE_UP) == [("fb-user", 2.0)]
        assert district.refused() == []

    def test_it_keeps_away_from_a_name_that_a_stranger_took(self) -> None:
        district = District(settings_of(users=[{"ask_at_block": 4}])).live(2)
        agent = district.agents.pop("fb-user")
        other = District(settings_of(users=[{"name": "fb-user", "ask_at_block": 1}]))
        wanted = other.live(2).request("fb-user/1").ask
        district.chain.execute("ca-miner", PayCoin("fb-user/1", "campus", SHARECOIN, wanted))
        district.agents["fb-user"] = agent
        district.live(10)
        assert len(happened(district, CoinPaid)) == 1
        assert district.balance("fb-user") == 4 * SHARECOIN

    def test_where_nobody_delivers_it_is_refunded_and_asks_again(self) -> None:
        table = {"owners": [{**OWNER, "behaviour": "silent"}], "users": [{"retries": 1}], "deadlines": SOON}
        district = District(settings_of(**table)).live(20)
        assert [district.request(f"fb-user/{n}").cause for n in (1, 2)] == [Cause.DATA_MISSING] * 2
        assert district.balance("fb-user") == 4 * SHARECOIN - 2 * FEE


class TestOwners:
    def test_two_share_the_fee_and_a_silent_ones_share_goes_back(self) -> None:
        owners = [{**OWNER, "name": "a"}, {**OWNER, "name": "b", "behaviour": "silent"}]
        district = District(settings_of(owners=owners, deadlines=SOON), fee=0).live(20)
        assert district.balance("a") == SHARECOIN + SHARECOIN // 2
        (returned,) = happened(district, CoinReturned)
        assert returned == CoinReturned("fb-user/1", account_of("fb-user"), SHARECOIN // 2)

    def test_participants_are_paid_by_grade_and_liars_are_not(self) -> None:
        owner = {"measurements": 120, "vsps": 8, "lying": 1, "lie_db": 25.0}
        rewards = ["0.05", "0.04", "0.03", 0]
        table = {"owners": [owner], "vsp_budget": "0.5", "grade_rewards": rewards}
        district = District(settings_of(**table), fee=0).live(12)
        paid = Counter({event.vsp: event.amount for event in happened(district, VspRewarded)})  # type: ignore[attr-defined]
        assert paid[account_of("ss-owner/vsp-8")] == 0
        assert len(paid) >= 6
        assert district.balance("ss-owner") == 2 * SHARECOIN - sum(paid.values())


class TestAgencies:
    def test_a_deviating_one_is_recorded_challenged_and_loses_its_bond(self) -> None:
        district = District(settings_of(agencies=THREE, quorum=2, bond=10, users=[MODEST]), fee=0).live(15)
        deviant = account_of("deviant")
        assert [event.agency for event in happened(district, AgencyDeviated)] == [deviant]  # type: ignore[attr-defined]
        (disproved,) = happened(district, AgencyDisproved)
        assert isinstance(disproved, AgencyDisproved)
        assert (disproved.agency, disproved.bond) == (deviant, 10 * SHARECOIN)
        assert disproved.challenger == account_of("ca-1")
        assert district.request("fb-user/1").cause is Cause.CERTIFIED
        assert district.balance("deviant") == 90 * SHARECOIN

    def test_a_silent_one_does_not_keep_a_quorum_from_deciding(self) -> None:
        agencies = [{"name": "ca", "count": 2}, {"name": "idle", "behaviour": "silent"}]
        district = District(settings_of(agencies=agencies)).live(12)
        assert district.request("fb-user/1").cause is Cause.CERTIFIED

    def test_where_the_first_one_does_not_ask_for_data_the_next_one_does(self) -> None:
        district = District(settings_of(agencies=[{"name": "ca", "count": 3}])).live(1)
        del district.agents["ca-1"]
        district.live(12)
        assert district.request("fb-user/1").cause is Cause.CERTIFIED
        assert district.refused() == []

    def test_two_requests_at_once_count_each_other(self) -> None:
        users = [{"name": "a", **MODEST, "x_m": 60.0}, {"name": "b", **MODEST, "x_m": 140.0}]
        district = District(settings_of(users=users, agencies=[{"name": "ca", "count": 3}])).live(15)
        decisions = [district.request(f"{name}/1").decision for name in ("a", "b")]
        assert [one.aggregate for one in decisions if one is not None] in ([0, 1], [1, 0])
        assert len(happened(district, LicenceGranted)) == 2
        assert {type(error) for error in district.refused()} <= {StaleAggregate}


class TestProviders:
    def run(self, *providers: Mapping[str, object]) -> District:
        table = {"unanimity": True, "providers": list(providers), "deadlines": SOON, "users": [MODEST]}
        return District(settings_of(**table)).live(16)

    def test_all_approve_what_they_found_safe_themselves(self) -> None:
        district = self.run({"name": "rsp", "count": 2})
        assert district.request("fb-user/1").cause is Cause.CERTIFIED
        assert [event.approve for event in happened(district, ProviderVoted)] == [True, True]  # type: ignore[attr-defined]

    def test_one_refusal_denies(self) -> None:
        district = self.run({"name": "rsp"}, {"name": "no", "behaviour": "refusing"})
        record = district.request("fb-user/1")
        assert (record.verdict, record.cause) == (Verdict.DENY, Cause.PROVIDER_REFUSED)

    def test_a_missing_vote_denies(self) -> None:
        district = self.run({"name": "rsp"}, {"name": "idle", "behaviour": "silent"})
        record = district.request("fb-user/1")
        assert (record.verdict, record.cause) == (Verdict.DENY, Cause.VOTE_MISSING)

    def test_they_do_not_approve_what_a_deviating_agency_would_grant(self) -> None:
        agencies = [{"name": "deviant", "behaviour": "deviating", "raise_db": 20.0}]
        table = {
            "agencies": agencies,
            "unanimity": True,
            "providers": [{"name": "rsp", "count": 2}],
            "users": [{"power_dbm": 20.0, "min_power_dbm": -60.0}],
            "map": {**QUICK, "grading": "signal"},
        }
        district = District(settings_of(**table)).live(12)
        record = district.request("fb-user/1")
        assert record.decision is not None
        assert record.decision.verdict is not Verdict.DENY
        assert (record.verdict, record.cause) == (Verdict.DENY, Cause.PROVIDER_REFUSED)
