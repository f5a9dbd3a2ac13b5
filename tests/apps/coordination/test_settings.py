"""The `[coordination]` table: what it takes, and with which words it refuses the rest."""

from typing import Any

import pytest
from pydantic import ValidationError

from apps.coordination.behaviours import Lying, Truthful
from apps.coordination.blueprint import behaviour_of, rules_of, terms_of, vsp_kind, wish_of
from apps.coordination.campus import FREQUENCY_MHZ, SCENARIOS
from apps.coordination.chance import ChanceRule
from apps.coordination.checks import check_ask, check_terms
from apps.coordination.fit import METHODS
from apps.coordination.propagation import PROPAGATION_NAMES
from apps.coordination.settings import CoordinationSettings, DecisionSettings, MapSettings
from apps.coordination.settings_people import OwnerSettings
from apps.testing import account_of
from chain.params import SHARECOIN


def settings_of(**table: Any) -> CoordinationSettings:
    return CoordinationSettings.model_validate(table)


def test_what_is_written_is_read_back() -> None:
    settings = settings_of(
        price="0.12345678",
        grade_rewards=["0.002", "0.001", 0, 0],
        vsp_budget="0.1",
        decision={"level": "wideband"},
        agencies=[{"name": "a", "count": 2}, {"name": "b", "behaviour": "deviating"}],
        providers=[{"behaviour": "refusing"}],
    )
    assert settings.price == 12_345_678
    assert settings.decision.resource_blocks is None
    assert CoordinationSettings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize("text", ["-1", "0.123456789", "a", True, None, "nan", [1]])
def test_what_is_no_amount_is_refused(text: object) -> None:
    with pytest.raises(ValidationError, match="an amount in Sharecoin"):
        settings_of(price=text)


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"quorum": 1, "agencies": [{"count": 2}]}, "more than half of 2"),
    ({"quorum": 2}, "more than half of 1, at most all"),
    ({"min_owners": 2}, "at most the 1 owners"),
    ({"unanimity": True}, "nobody's consent is none"),
    ({"map": {"method": "svr"}, "decision": {"rule": "chance"}}, "a method with valid variances"),
    ({"agencies": [{"behaviour": "silent"}]}, "must not be silent"),
    ({"agencies": [{"name": "x"}], "users": [{"name": "x"}]}, "got x more than once"),
    ({"owners": [{"count": 10, "name": "a"}, {"count": 7, "name": "b"}]}, "owners: got 17 together"),
    ({"vsp_budget": 2}, "at most that"),
    ({"vsp_budget": 1, "grade_rewards": [0, "0.1", 0, 0]}, "never more for a worse grade"),
    ({"vsp_budget": 1, "grade_rewards": ["0.06", 0, 0, 0]}, "expected 120000000 or more"),
    ({"users": [{"balance": "0.5"}]}, "user fb-user has 50000000 base units, expected 100000000"),
    ({"bond": 101}, "agency ca-miner has"),
    ({"map": {"min_points": 300}}, "map.min_points = 300 or more"),
    ({"owners": [{"vsps": 2, "measurements": 40}]}, "expected 3 or more"),
    ({"owners": [{"vsps": 50, "measurements": 40}]}, "at most measurements = 40"),
    ({"owners": [{"vsps": 5, "noisy": 3, "lying": 3}]}, "at most vsps = 5"),
    ({"confirmations": 20}, "deadlines.request_blocks: got 20, expected more than confirmations = 20"),
    ({"users": [{"power_dbm": 1, "min_power_dbm": 2}]}, "at most power_dbm = 1"),
    ({"decision": {"level": "wideband", "resource_blocks": 50}}, "no resource_blocks"),
    ({"decision": {"frequency_mhz": 100.0, "bandwidth_mhz": 200.0}}, "less than twice frequency_mhz"),
    ({"users": [{"x_m": 201.0}]}, "less than or equal to 200"),
    ({"decision": {"outage": 0.0}}, "greater than 0"),
    ({"map": {"method": "kriging"}}, "'reml', 'wls'"),
    ({"owner": []}, "Extra inputs"),
]


@pytest.mark.parametrize(("table", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_does_not_fit_together_is_refused_with_its_reason(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace("(", r"\(")):
        settings_of(**table)


def test_the_names_it_takes_are_those_of_the_mathematics() -> None:
    annotations = {
        "method": (MapSettings, METHODS),
        "propagation": (DecisionSettings, PROPAGATION_NAMES),
        "campus": (CoordinationSettings, SCENARIOS),
    }
    for field, (model, names) in annotations.items():
        assert set(model.model_fields[field].annotation.__args__) == set(names)  # type: ignore[union-attr]


def test_terms_and_asks_that_it_describes_are_taken_by_the_chain() -> None:
    settings = settings_of(
        agencies=[{"count": 3}],
        owners=[{"count": 2}],
        providers=[{"count": 2}],
        unanimity=True,
        vsp_budget="0.8",
        grade_rewards=["0.02", "0.01", 0, 0],
        users=[{"licence_blocks": 7}, {"name": "b", "licence_blocks": 70}],
    )
    terms = terms_of(settings, account_of)
    check_terms(terms)
    assert (terms.quorum, terms.price, terms.max_licence_blocks) == (2, SHARECOIN, 70)
    for _, user in settings.named_users:
        check_ask(wish_of(settings, user).ask, terms)
    assert terms.band.start == round(FREQUENCY_MHZ * 1e6) - 10_000_000


def test_honest_participants_come_first_then_the_noisy_then_the_lying() -> None:
    owner = OwnerSettings(vsps=5, noisy=1, lying=2, lie_db=-9.0, noisy_error_db=4.0)
    assert [vsp_kind(owner, number) for number in range(5)] == ["honest", "honest", "noisy", "lying", "lying"]
    assert behaviour_of(owner, 2) == Truthful(4.0)
    assert behaviour_of(owner, 4) == Lying(0.5, -9.0)


def test_protected_places_are_those_of_the_campus_and_not_of_the_run() -> None:
    first, second = (rules_of(settings_of(campus_seed=seed)).places_m for seed in (1, 2))
    assert first == rules_of(settings_of(campus_seed=1, users=[{"name": "b"}])).places_m != second
    assert len(set(first)) == 60


def test_the_rule_is_that_of_the_settings() -> None:
    assert rules_of(settings_of()).chance is None
    chance = rules_of(settings_of(decision={"rule": "chance", "outage": 0.1, "shadowing_db": 2.0})).chance
    assert chance == ChanceRule(0.1, 2.0)
