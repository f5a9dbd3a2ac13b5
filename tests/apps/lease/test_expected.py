import pytest

from apps.lease.best_response import best_response
from apps.lease.expected import contest_of, equilibria_of, expectations
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


def test_alike_operators_are_told_apart_by_who_only_mines_at_the_end():
    # The reference's gap between symmetric equilibria: H0 = 10, N = 5, R = 6.2, two of five only mine.
    alike = {"count": 5, "policy": "best-response", "hash_rate": 0.1}
    settings = LeaseSettings.model_validate({"users": 4, "block_reward": 6.2, "operators": [alike]})
    last = {f"operator-{i}": m for i, m in enumerate((0.7, 1, 0.75, 1, 0.72), start=1)}
    expected = expectations(settings, last)
    assert [row.plan.mining_fraction for row in expected.values()] == pytest.approx(
        [0.732053, 1, 0.732053, 1, 0.732053], abs=1e-6
    )
    assert {row.basis for row in expected.values()} == {"contest of best responses: asymmetric"}


def test_a_run_that_rests_beside_an_equilibrium_says_what_one_could_gain():
    alike = {"count": 5, "policy": "best-response", "hash_rate": 0.1}
    settings = LeaseSettings.model_validate({"users": 4, "block_reward": 6.2, "operators": [alike]})
    expected = expectations(settings, {f"operator-{i}": 1.0 if i < 4 else 0.72 for i in range(1, 6)})
    fractions = tuple(row.plan.mining_fraction for row in expected.values())
    assert fractions[:3] == (1, 1, 1)
    assert fractions[3] == pytest.approx(fractions[4])
    contest = contest_of(settings)
    assert contest is not None
    assert contest.best_response(fractions, 4) == pytest.approx(fractions[4])
    gain = contest.gain(fractions, 0)
    assert gain > 0
    assert expected["operator-1"].basis.endswith(f"no equilibrium, one operator could gain {gain:.2g}")


def test_an_operator_with_a_given_split_is_part_of_the_others_contest():
    answering = {"name": "a", "policy": "best-response", "hash_rate": 0.1}
    given = {"name": "b", "policy": "fixed", "mining_fraction": 0.8, "hash_rate": 0.5}
    settings = LeaseSettings.model_validate(
        {"users": 4, "block_reward": 6.0, "operators": [answering, given]}
    )
    expected = expectations(settings, {"a": 0.7, "b": 0.8})
    best = best_response(settings.market, 0.1, 0.4, 1.0, 6.0)
    assert expected["a"].plan.mining_fraction == pytest.approx(best)
    assert expected["b"].mining_income == pytest.approx(6.0 * 0.4 / (1.4 + 0.1 * best))
