import pytest

from apps.lease.expected import contest_of, equilibria_of
from apps.lease.settings import LeaseSettings


def _settings(*operators: dict[str, object], block_reward: float = 15.0) -> LeaseSettings:
    table = {"users": 20, "period_blocks": 4, "block_reward": block_reward, "operators": list(operators)}
    return LeaseSettings.model_validate(table)


ALIKE: dict[str, object] = {"count": 5, "hash_rate": 0.5, "policy": "best-response"}


def test_a_contest_in_the_gap_has_asymmetric_equilibria_and_they_are_listed():
    contest = contest_of(_settings(ALIKE))
    assert contest is not None
    found = equilibria_of(contest)
    assert [str(equilibrium.kind) for equilibrium in found] == ["asymmetric"]
    assert found[0].operators_only_mining == 2
    assert max(equilibrium.max_gain for equilibrium in found) <= 1e-12


def test_operators_that_do_not_answer_are_part_of_the_background():
    fixed: dict[str, object] = {"name": "rock", "hash_rate": 2.0, "policy": "fixed", "mining_fraction": 0.5}
    contest = contest_of(_settings(ALIKE, fixed))
    assert contest is not None
    assert contest.background_hash_rate == pytest.approx(2.0)
    assert contest.capacities == (0.5,) * 5


def test_unequal_operators_get_the_equilibrium_that_best_responses_lead_to():
    other: dict[str, object] = {"name": "big", "hash_rate": 1.0, "policy": "best-response"}
    contest = contest_of(_settings(ALIKE, other))
    assert contest is not None
    (equilibrium,) = equilibria_of(contest)
    assert equilibrium.max_gain <= 1e-9
    assert len(equilibrium.fractions) == 6


def test_without_answering_operators_there_is_no_contest():
    assert contest_of(LeaseSettings()) is None
