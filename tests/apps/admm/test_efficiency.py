"""The three rules for the expected spectral efficiency: their accuracy, and the error the paper's rule has."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.admm.cell import Cell, mean_reciprocal_users
from apps.admm.efficiency import (
    Adaptive,
    Derivatives,
    EfficiencyCurve,
    HalfRangeHermite,
    LogTrapezoid,
    RateRule,
    rule_named,
)
from apps.admm.parameters import BadParameter, FloatArray
from tests.shared import shared_file

EXPONENT = 3.76
RADII = np.array([80.0, 100.0, 120.0])
RULES = [LogTrapezoid(), HalfRangeHermite(50), Adaptive()]

# Independent reference, the optimum at 1 Mbit/s: radius (m), density (1/km2), w (MHz), p / sigma^2 (MHz).
OPTIMUM_1_MBPS = [
    (80.0, 2400.0, 9.579665135632693, 972871477.2089845),
    (80.0, 1600.0, 6.314842474545541, 641309486.2472359),
    (100.0, 1600.0, 12.028519131022922, 1441424642.9683943),
    (100.0, 2000.0, 15.099099259205271, 1809384307.558851),
    (120.0, 2000.0, 25.87218566624965, 3552322146.8195515),
    (120.0, 2400.0, 31.105688333343924, 4270896436.196669),
]
# Independent reference: error of g by the K-point rule at the optimal gamma for R Mbit/s, r = 80, 100, 120 m.
GAMMA = {
    1.0: np.array([101555896.10228384, 119833923.6332755, 137302746.3796214]),
}
HERMITE_ERRORS = {
    5: (-0.9801875183597392, -0.9845507576128925, -0.9871778255202294),
    500: (-0.0675797726735784, -0.0981519911713532, 0.011744648584949058),
}
HERMITE_MASS_500 = (0.9405988102289026, 1.0325211255830304, 1.2489294882643203)

radii = st.floats(1.0, 5000.0)
exponents = st.floats(2.05, 6.0)
gammas = st.floats(-2.0, 25.0).map(lambda e: 10.0**e)


def reference() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shared_file("reference/acquisition_admm.json").read_text())
    return loaded


def errors(found: Derivatives, exact: Derivatives) -> list[float]:
    """Largest relative error of g, g' and g''."""
    pairs = ((found.value, exact.value), (found.first, exact.first), (found.second, exact.second))
    return [float(np.abs(a / b - 1.0).max()) for a, b in pairs]


def both(radius_m: float, exponent: float, gamma: FloatArray, points: int = 96) -> list[float]:
    """Errors of the trapezoid rule at several gamma for one cell, against integration over the distance."""
    same = np.full(gamma.size, radius_m)
    exact = Adaptive(1e-13).curve(same, exponent).derivatives(gamma)
    return errors(LogTrapezoid(points).curve(same, exponent).derivatives(gamma), exact)


@pytest.mark.parametrize("rule", [LogTrapezoid(), Adaptive()])
def test_cells_get_their_rate_at_the_reference_optimum(rule: RateRule) -> None:
    radius, density, w, power = np.array(OPTIMUM_1_MBPS).T
    users = [Cell(r, d, 1e6).mean_users for r, d in zip(radius, density, strict=True)]
    g = rule.curve(radius, EXPONENT).derivatives(power / w).value
    np.testing.assert_allclose(mean_reciprocal_users(users) * w * g, 1.0, rtol=2e-14)


@pytest.mark.parametrize("rule", [LogTrapezoid(), Adaptive()])
def test_cells_get_their_rate_at_every_optimum_of_the_reference_file(rule: RateRule) -> None:
    stored = reference()
    radius = np.array([cell["r"] for cell in stored["cells"]])
    for row in stored["exact_R"] + stored["exact_lambda6"]:
        users = [Cell(r, d, 1e6).mean_users for r, d in zip(radius, row["lam"], strict=True)]
        g = rule.curve(radius, EXPONENT).derivatives(np.array(row["gamma"])).value
        rate = mean_reciprocal_users(users) * np.array(row["w_MHz"]) * g
        np.testing.assert_allclose(rate, row["R_min"], rtol=3e-14)


@settings(max_examples=60, deadline=None)
@given(radii, exponents, st.lists(gammas, min_size=3, max_size=3))
def test_log_trapezoid_keeps_the_documented_accuracy(
    radius_m: float, exponent: float, gamma: list[float]
) -> None:
    assume(radius_m**exponent <= 1e15)
    value, first, second = both(radius_m, exponent, np.array(gamma))
    assert value < 1e-11
    assert max(first, second) < 5e-11


def test_log_trapezoid_loses_accuracy_slowly_in_the_widest_cells() -> None:
    gamma = 10.0 ** np.arange(-2.0, 26.0)
    value, first, second = both(5000.0, 6.0, gamma)
    assert value < 5e-10
    assert max(first, second) < 1.5e-9


@pytest.mark.parametrize(("points", "largest"), [(30, 3e-6), (60, 1e-10), (96, 1e-14)])
def test_log_trapezoid_converges_exponentially_at_the_paper_cells(points: int, largest: float) -> None:
    for radius_m in RADII:
        gamma = np.array([1.5e7, 1e8, 1e9, 1e10, 3e10])
        assert both(float(radius_m), EXPONENT, gamma, points)[0] < largest


def test_more_points_serve_the_widest_cells() -> None:
    assert max(both(5000.0, 6.0, 10.0 ** np.arange(-2.0, 26.0), 200)) < 1e-11


@pytest.mark.parametrize("rule", RULES)
def test_derivatives_are_those_of_the_value(rule: RateRule) -> None:
    curve = rule.curve(RADII, EXPONENT)
    gamma = np.array([1e6, 1e8, 1e11])
    step = 1e-3 * gamma
    at = [curve.derivatives(gamma + k * step) for k in (-2.0, -1.0, 1.0, 2.0)]
    here = curve.derivatives(gamma)
    for lower, upper in (("value", "first"), ("first", "second")):
        v = [getattr(derivatives, lower) for derivatives in at]
        slope = (v[0] - 8.0 * v[1] + 8.0 * v[2] - v[3]) / (12.0 * step)
        np.testing.assert_allclose(getattr(here, upper), slope, rtol=1e-8)


@pytest.mark.parametrize("rule", RULES)
def test_the_curve_rises_and_is_concave(rule: RateRule) -> None:
    for gamma in (1e-2, 1e8, 1e25):
        derivatives = rule.curve(RADII, EXPONENT).derivatives(np.full(3, gamma))
        assert np.all(derivatives.value > 0.0)
        assert np.all(derivatives.first > 0.0)
        assert np.all(derivatives.second < 0.0)


def test_the_trapezoid_sees_the_whole_distribution() -> None:
    np.testing.assert_allclose(LogTrapezoid().curve(RADII, EXPONENT).total_mass, 1.0, atol=1e-12)


def test_the_paper_rule_shows_the_error_it_has() -> None:
    exact = Adaptive().curve(RADII, EXPONENT).derivatives(GAMMA[1.0]).value
    for points, expected in HERMITE_ERRORS.items():
        found = HalfRangeHermite(points).curve(RADII, EXPONENT).derivatives(GAMMA[1.0]).value
        np.testing.assert_allclose(found / exact - 1.0, expected, atol=1e-12)


def test_the_total_probability_mass_gives_the_paper_rule_away() -> None:
    mass = HalfRangeHermite(500).curve(RADII, EXPONENT).total_mass
    np.testing.assert_allclose(mass, HERMITE_MASS_500, rtol=1e-12)


def test_the_paper_rule_has_every_error_and_mass_of_the_reference_file() -> None:
    stored = reference()
    radius = np.array([cell["r"] for cell in stored["cells"]])
    gamma = {row["R_min"]: np.array(row["gamma"]) for row in stored["exact_R"]}
    exact = {rate: Adaptive().curve(radius, EXPONENT).derivatives(g).value for rate, g in gamma.items()}
    for row in stored["hrghq_relerr"] + stored["k1000"]["err"]:
        curve = HalfRangeHermite(row["K"]).curve(radius, EXPONENT)
        error = curve.derivatives(gamma[row["R"]]).value / exact[row["R"]] - 1.0
        np.testing.assert_allclose(error, row["relerr"], atol=1e-9)
        if "mass" in row:
            np.testing.assert_allclose(curve.total_mass, row["mass"], rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("index", [slice(1, 3), np.array([2, 0]), np.array([True, False, True])])
def test_taking_cells_leaves_their_values_alone(
    rule: RateRule, index: slice | np.ndarray[Any, np.dtype[np.intp]]
) -> None:
    curve: EfficiencyCurve = rule.curve(RADII, EXPONENT)
    gamma = np.array([1e7, 1e8, 1e9])
    whole, part = curve.derivatives(gamma), curve.take(index).derivatives(gamma[index])
    np.testing.assert_array_equal(part.value, whole.value[index])
    np.testing.assert_array_equal(part.first, whole.first[index])
    np.testing.assert_array_equal(part.second, whole.second[index])


@pytest.mark.parametrize("rule", [LogTrapezoid(), HalfRangeHermite(50)])
def test_many_cells_get_what_each_gets_alone(rule: RateRule) -> None:
    rng = np.random.default_rng(11)
    radius, gamma = rng.uniform(20.0, 400.0, 1300), 10.0 ** rng.uniform(0.0, 15.0, 1300)
    together = rule.curve(radius, EXPONENT).derivatives(gamma)
    for m in (0, 254, 255, 256, 511, 512, 1023, 1299):
        alone = rule.curve(radius[m : m + 1], EXPONENT).derivatives(gamma[m : m + 1])
        assert (
            max(
                errors(
                    alone,
                    Derivatives(*(d[m : m + 1] for d in (together.value, together.first, together.second))),
                )
            )
            < 1e-14
        )


@pytest.mark.parametrize("rule", [LogTrapezoid(), HalfRangeHermite(500), Adaptive()])
def test_no_power_overflows_or_warns(rule: RateRule) -> None:
    with np.errstate(all="raise"):
        curve = rule.curve(RADII, EXPONENT)
        for gamma in (1e-30, 1e160, 1e290):
            derivatives = curve.derivatives(np.full(3, gamma))
            for values in (derivatives.value, derivatives.first, derivatives.second):
                assert np.all(np.isfinite(values))
    assert np.all(derivatives.value > math.log2(1e250))


@pytest.mark.parametrize("name", ["log-trapezoid", "half-range-hermite", "adaptive"])
def test_rules_are_found_by_name(name: str) -> None:
    rule = rule_named(name)
    assert rule.name == name
    assert rule_named(rule) is rule


def test_a_rule_with_its_own_settings_is_taken_as_it_is() -> None:
    assert rule_named(LogTrapezoid(60)) == LogTrapezoid(points=60)
    assert rule_named("half-range-hermite") == HalfRangeHermite(points=500)


@pytest.mark.parametrize("rule", ["trapezoid", "", None, 7, LogTrapezoid, np.array(["adaptive", "b"])])
def test_an_unknown_rule_is_refused_with_the_names_there_are(rule: object) -> None:
    names = re.escape("a rate rule or one of log-trapezoid, half-range-hermite, adaptive")
    with pytest.raises(BadParameter, match=rf"^rule: got .*, expected {names}$"):
        rule_named(rule)  # type: ignore[arg-type]


def test_rules_keep_plain_numbers() -> None:
    assert type(LogTrapezoid(np.int64(8)).points) is type(HalfRangeHermite(np.int32(8)).points) is int  # type: ignore[arg-type]
    assert type(Adaptive(np.float32(1e-6)).tolerance) is float  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [7, 2001, 96.0, True])
def test_a_trapezoid_rule_refuses_points_out_of_range(points: object) -> None:
    with pytest.raises(BadParameter, match=r"^points: got .* expected an int from 8 to 2000$"):
        LogTrapezoid(points)  # type: ignore[arg-type]


def test_a_hermite_rule_refuses_points_out_of_range() -> None:
    with pytest.raises(BadParameter, match=r"^points: got 2001, expected an int from 1 to 2000$"):
        HalfRangeHermite(2001)


@pytest.mark.parametrize("tolerance", [0.0, 1e-16, 1.0, math.nan, "tight"])
def test_a_tolerance_out_of_range_is_refused(tolerance: object) -> None:
    with pytest.raises(BadParameter, match=r"^tolerance: got "):
        Adaptive(tolerance)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("radius_m", "exponent", "named"),
    [
        ([80.0, 0.0], 3.76, "radius_m[1]"),
        ([math.nan], 3.76, "radius_m[0]"),
        ([], 3.76, "radius_m"),
        ([80.0, 1e60], 3.76, "radius_m"),
        ([80.0], 2.0, "pathloss_exponent"),
        ([80.0], math.inf, "pathloss_exponent"),
    ],
)
def test_a_rule_refuses_cells_without_a_channel(
    rule: RateRule, radius_m: list[float], exponent: float, named: str
) -> None:
    with pytest.raises(BadParameter, match=rf"^{re.escape(named)}: got "):
        rule.curve(np.array(radius_m), exponent)
