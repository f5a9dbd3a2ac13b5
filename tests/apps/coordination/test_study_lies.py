"""The experiment on lying participants: deterministic, and its outcome on a few seeds is what the README says."""

from collections.abc import Callable

import pytest

from apps.coordination.quantities import BadQuantity
from apps.coordination.study_lies import RULES, Lie, LiesCase, LiesTrial, MapOf, lies_trial, summarise


def test_case_and_seed_determine_a_trial() -> None:
    case = LiesCase(share=0.2)
    assert lies_trial(case, 4) == lies_trial(case, 4)
    assert lies_trial(case, 4) != lies_trial(case, 5)


@pytest.mark.parametrize("lie", [Lie.CONSTANT, Lie.RANDOM])
def test_the_map_of_what_is_kept_is_almost_that_of_the_honest(lie: Lie) -> None:
    case = LiesCase(lie=lie, share=0.3)
    found = summarise(case, [lies_trial(case, seed) for seed in range(3)])
    assert found.detection is not None
    assert found.detection[0] > 0.9
    assert found.rmse_db[MapOf.KEPT][0] < found.rmse_db[MapOf.HONEST][0] + 0.2
    assert found.rmse_db[MapOf.ALL][0] > found.rmse_db[MapOf.KEPT][0] + 0.5


def test_lies_upwards_make_an_ungraded_map_grant_too_much() -> None:
    case = LiesCase(share=0.4)
    found = summarise(case, [lies_trial(case, seed) for seed in range(3)])
    assert found.wrong[MapOf.ALL, "mean"][0] > found.wrong[MapOf.KEPT, "mean"][0]
    assert all(0.0 <= mean <= 1.0 for mean, _ in found.wrong.values())


def test_colluding_liars_measure_where_nobody_else_does() -> None:
    trial = lies_trial(LiesCase(lie=Lie.COLLUDING, share=0.3), 1)
    assert set(trial.maps) == set(MapOf)
    assert trial.caught_liars <= 6


def test_without_liars_there_is_no_detection_and_with_liars_only_no_honest_map() -> None:
    small = {"participants": 5, "measurements_each": 8}
    none, everyone = LiesCase(share=0.0, **small), LiesCase(share=1.0, **small)
    assert summarise(none, [lies_trial(none, 1)]).detection is None
    found = summarise(everyone, [lies_trial(everyone, 1)])
    assert found.false_alarms is None
    assert set(found.rmse_db) == {MapOf.ALL, MapOf.KEPT}


def test_counts_fit_each_other() -> None:
    trial: LiesTrial = lies_trial(LiesCase(), 2)
    for of_map in trial.maps.values():
        for rule in RULES:
            assert 0 <= of_map.wrong[rule] <= of_map.granted[rule] <= 10
            assert of_map.excess_db[rule] >= 0.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: LiesCase(share=1.1),
        lambda: LiesCase(share=float("nan")),
        lambda: LiesCase(participants=2),
        lambda: LiesCase(participants=200, measurements_each=10),
        lambda: LiesCase(scenario="city"),
        lambda: LiesCase(noise_db=-1.0),
        lambda: LiesCase(size_db=100.0),
        lambda: summarise(LiesCase(), []),
    ],
)
def test_bad_cases_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(BadQuantity):
        make()
