"""Synthetic campuses: deterministic, of the described geometry, and distributed as the reference's."""

import json

import numpy as np
import pytest

from apps.coordination.campus import SCENARIOS, Campus, make_campus, pixel_centres_m
from apps.coordination.quantities import BadQuantity
from tests.shared import shared_file

SEEDS = range(12)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_seed_and_scenario_determine_a_campus(scenario: str) -> None:
    first, again, other = make_campus(3, scenario), make_campus(3, scenario), make_campus(4, scenario)
    assert np.array_equal(first.values_dbm, again.values_dbm)
    assert np.array_equal(first.transmitter_m, again.transmitter_m)
    assert not np.array_equal(first.values_dbm, other.values_dbm)


def test_scenarios_of_one_seed_are_different_campuses() -> None:
    assert len({make_campus(0, scenario).values_dbm.tobytes() for scenario in SCENARIOS}) == len(SCENARIOS)


def test_pixels_run_along_x_first_and_an_image_has_y_as_rows() -> None:
    centres = pixel_centres_m()
    assert centres[[0, 1, 40, 1599]].tolist() == [[2.5, 2.5], [7.5, 2.5], [2.5, 7.5], [197.5, 197.5]]
    campus = make_campus(0)
    assert campus.field_dbm[1, 2] == campus.values_dbm[42]
    assert np.array_equal(campus.points_m, centres)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_transmitter_is_inside_only_for_txin(scenario: str) -> None:
    for seed in range(4):
        place = make_campus(seed, scenario).transmitter_m
        inside = bool(np.all((place >= 0.0) & (place <= 200.0)))
        assert inside == (scenario == "txin")
        if scenario != "txin":
            assert np.hypot(*(place - 100.0)) == pytest.approx(230.0)


def test_levels_fall_with_the_distance_to_the_transmitter() -> None:
    """Mean slope over 12 campuses: Hata's 35 dB a decade, blurred by the height difference and the shadowing."""
    slopes = []
    for seed in SEEDS:
        campus = make_campus(seed, "stationary")
        distance = np.hypot(*(campus.points_m - campus.transmitter_m).T)
        slopes.append(np.polyfit(np.log10(distance), campus.values_dbm, 1)[0])
    assert -60.0 < np.mean(slopes) < -15.0


def test_mean_and_spread_are_in_the_range_of_the_reference_s_fields() -> None:
    """Its six fields have means of -95.8 to -100.3 dBm and standard deviations of 5.4 to 7.6 dB.

    Here the mean over 12 campuses of each scenario has to be within 2 dB of the mean of its two, and the mean
    standard deviation within 1.2 dB; one campus has a standard deviation of 1 to 1.5 dB in both.
    """
    anchors = json.loads(shared_file("reference/frequency_coordination.json").read_text())[
        "generator_anchors"
    ]
    for scenario in ("campus", "stationary", "paper320"):
        theirs = [anchors[f"{scenario}_seed{seed}"] for seed in (0, 1)]
        ours = [make_campus(seed, scenario).values_dbm for seed in SEEDS]
        assert abs(np.mean([v.mean() for v in ours]) - np.mean([f["mean"] for f in theirs])) < 2.0
        assert abs(np.mean([v.std() for v in ours]) - np.mean([f["std"] for f in theirs])) < 1.2


def test_short_range_semivariances_are_those_of_the_reference_s_campus() -> None:
    """Neighbours 5 m and 25 m apart; the mean of 12 campuses within 35 % of the reference's field of seed 0."""
    shared = json.loads(shared_file("reference/frequency_coordination.json").read_text())
    theirs = np.array(shared["benchmark_fields"]["campus_seed0_n200"]["truth"]).reshape(40, 40)
    ours = [make_campus(seed).field_dbm for seed in SEEDS]
    for lag in (1, 5):
        assert np.mean([_semivariance(v, lag) for v in ours]) == pytest.approx(
            _semivariance(theirs, lag), rel=0.35
        )


def _semivariance(image: np.ndarray, lag: int) -> float:
    along_x, along_y = image[:, lag:] - image[:, :-lag], image[lag:] - image[:-lag]
    return 0.25 * float(np.mean(along_x**2) + np.mean(along_y**2))


def test_an_extended_campus_is_smoother_than_a_measured_one() -> None:
    rough = np.mean([_semivariance(make_campus(seed, "campus").field_dbm, 1) for seed in SEEDS])
    extended = np.mean([_semivariance(make_campus(seed, "paper320").field_dbm, 1) for seed in SEEDS])
    magnified = np.mean([_semivariance(make_campus(seed, "paper320z").field_dbm, 1) for seed in SEEDS])
    assert magnified < extended < rough


def test_a_sample_is_of_different_pixels() -> None:
    chosen = make_campus(0).sample(200, np.random.default_rng(1))
    assert len(set(chosen.tolist())) == 200
    assert 0 <= chosen.min() <= chosen.max() < 1600


@pytest.mark.parametrize("count", [0, -1, 1601])
def test_a_sample_has_at_least_one_and_at_most_all_pixels(count: int) -> None:
    campus: Campus = make_campus(0)
    with pytest.raises(BadQuantity, match="count"):
        campus.sample(count, np.random.default_rng(0))


def test_unknown_scenarios_and_seeds_are_refused() -> None:
    with pytest.raises(BadQuantity, match="scenario: got 'city', expected one of stationary, campus"):
        make_campus(0, "city")
    for seed in (-1, 1.5, True):
        with pytest.raises(BadQuantity, match="seed"):
            make_campus(seed)  # type: ignore[arg-type]
