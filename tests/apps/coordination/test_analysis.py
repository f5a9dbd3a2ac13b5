"""Off-chain work of an agency: two honest ones agree to the last bit, the decision is safe, challenges hold."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from apps.coordination.actions import Ask, Grade, Verdict
from apps.coordination.analysis import Analyst, Finding
from apps.coordination.blueprint import campus_of, plan_of, rules_of, wish_of
from apps.coordination.challenges import contradiction
from apps.coordination.commitment import LOWEST_CDBM, mismatch
from apps.coordination.data_store import DataStore
from apps.coordination.rules import Rules, sharer_m
from apps.coordination.state import Delivery, Sharer
from apps.coordination.survey import survey
from apps.testing import account_of
from chain.codec import encode
from tests.apps.coordination.district import settings_of

SETTINGS = settings_of(owners=[{"measurements": 80, "vsps": 8, "lying": 1}])
RULES = rules_of(SETTINGS)
ASK = wish_of(SETTINGS, SETTINGS.users[0]).ask
ACCUSED = account_of("ca")


def delivered(store: DataStore) -> list[tuple[bytes, Delivery]]:
    """One owner's delivery, its data in the store."""
    plan = plan_of("ss-owner", SETTINGS.owners[0], account_of)
    measurements = survey(campus_of(SETTINGS), plan, 7, "fb-user/1", 1000)
    root = store.put_measurements(measurements)
    return [(account_of("ss-owner"), Delivery(root, len(measurements), plan.keys, 4))]


def found(
    rules: Rules = RULES, ask: Ask = ASK, sharers: tuple[Sharer, ...] = (), raised_db: float = 0.0
) -> Finding:
    store = DataStore()
    finding = Analyst(rules, store).find(delivered(store), ask, sharers, raised_db)
    assert finding is not None
    return finding


def test_two_agencies_find_the_same_bytes_also_in_another_process() -> None:
    script = (
        "from tests.apps.coordination.test_analysis import found; from chain.codec import encode;"
        "print(encode(found().decision).hex())"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert encode(found().decision) == encode(found().decision) == bytes.fromhex(other.stdout.strip())


def test_the_decision_keeps_every_place_and_a_hundredth_more_would_not() -> None:
    finding = found(ask=replace(ASK, power_cdbm=3000, min_power_cdbm=-9000))
    assert finding.decision.verdict is Verdict.REDUCE
    assert finding.places is not None
    assert finding.assessment is not None
    power_dbm = finding.decision.power_cdbm / 100
    kept = [n for n in range(finding.places.count) if n not in finding.assessment.dropped]
    margins = [
        RULES.limit_rule.margins_db(finding.places, power)[kept] for power in (power_dbm, power_dbm + 0.01)
    ]
    assert margins[0].min() >= 0.0
    assert margins[1].min() < 0.0


def test_a_sharer_granted_before_leaves_less_for_the_next() -> None:
    ask = replace(ASK, power_cdbm=3000, min_power_cdbm=-9000)
    alone = found(ask=ask).decision
    other = Sharer("b/1", replace(ASK, x_cm=14_000, y_cm=6_000), alone.power_cdbm, True)
    assert found(ask=ask, sharers=(other,)).decision.power_cdbm < alone.power_cdbm


def test_by_the_chance_rule_earlier_sharers_count_with_their_shadowing() -> None:
    places = np.array(RULES.places_m)
    other = (Sharer("b/1", ASK, 0, True),)
    chance = rules_of(settings_of(decision={"rule": "chance", "outage": 0.05, "shadowing_db": 4.0}))
    after, before = chance.granted_dbm(other, places), RULES.granted_dbm(other, places)
    far = np.isfinite(before)
    assert after[far] - before[far] == pytest.approx(1.6448536 * 4.0)


def test_a_place_next_to_a_sharer_is_not_protected_from_it_but_from_others() -> None:
    protected = RULES.protected_from(ASK)
    distance = np.hypot(*(np.array(RULES.places_m) - sharer_m(ASK)).T)
    assert len(protected) == np.count_nonzero(distance >= RULES.exclusion_m) < len(RULES.places_m)
    levels = RULES.granted_dbm((Sharer("b/1", ASK, 2000, True),), np.array(RULES.places_m))
    assert np.array_equal(np.isneginf(levels), distance < RULES.exclusion_m)


def test_where_nothing_is_far_enough_to_be_protected_it_denies() -> None:
    decision = found(replace(RULES, exclusion_m=1000.0)).decision
    assert (decision.verdict, decision.power_cdbm) == (Verdict.DENY, LOWEST_CDBM)
    assert decision.margin_cdb < 0


def test_a_liar_is_graded_well_by_signal_and_badly_by_residual_and_left_out_of_the_map() -> None:
    store = DataStore()
    study = Analyst(replace(RULES, method="reml"), store).study(delivered(store))
    assert study is not None
    *honest, liar = range(8)
    assert study.signal[liar] < min(study.signal[number] for number in honest)
    assert study.residual[liar] is Grade.EDGE
    assert sum(study.residual[number] is Grade.EDGE for number in honest) <= 1
    by_liar = np.array([one.vsp == account_of("ss-owner/vsp-8") for one in study.collection.measurements])
    assert not np.any(study.radio_map.kept & by_liar)
    assert np.count_nonzero(study.radio_map.kept) >= 60


def test_a_raised_map_is_contradicted_by_the_data_it_claims_and_an_honest_one_is_not() -> None:
    store = DataStore()
    deliveries = delivered(store)
    analyst = Analyst(RULES, store)
    honest, raised = (analyst.find(deliveries, ASK, (), db) for db in (0.0, 10.0))
    assert honest is not None
    assert raised is not None
    args = (deliveries, store, RULES.tolerance_cdb)
    assert contradiction("fb-user/1", ACCUSED, honest.decision, *args) is None
    challenge = contradiction("fb-user/1", ACCUSED, raised.decision, *args)
    assert challenge is not None
    assert abs(challenge.map_point.rss_cdbm - challenge.measurement.rss_cdbm) == pytest.approx(1000, abs=1)
    ((_, delivery),) = deliveries
    assert not mismatch(
        delivery.root, challenge.measurement, challenge.index, delivery.points, challenge.proof
    )
    leaves = raised.decision.map_leaves
    assert not mismatch(
        raised.decision.map_root, challenge.map_point, challenge.index, leaves, challenge.map_proof
    )


def test_data_that_were_not_handed_over_are_not_judged() -> None:
    deliveries = delivered(DataStore())
    analyst = Analyst(RULES, DataStore())
    assert analyst.study(deliveries) is None
    assert analyst.find(deliveries, ASK, ()) is None
