"""The four schemes over common draws: the reference's tables, what must hold of them, and bad input."""

from collections.abc import Container, Iterable
from typing import Any

import numpy as np
import pytest

from apps.admm.cell import Cell
from apps.admm.draws import draw_users
from apps.admm.parameters import BadParameter, RateOutOfReach
from apps.admm.robust import tail_coefficient_w
from apps.admm.schemes import DSA, NON_CAUSAL, PROPORTIONAL, UNIFORM, SchemeComparison, compare
from tests.apps.admm.paper_cells import (
    BANDWIDTH_HZ,
    EXPONENT,
    NOISE_PSD_W_PER_HZ,
    PREDICTED_MHZ,
    RATES_MBPS,
    cells_at,
    reference,
    splits_of,
)

SIGMA2 = NOISE_PSD_W_PER_HZ
SCHEMES = (DSA, UNIFORM, PROPORTIONAL, NON_CAUSAL)
# Section 6, first 200 draws: mean dBm of the four schemes, then mean ratios to Non-Causal of the first three.
FIRST_200 = {
    0.5: ((1.7537, 2.5324, 1.8234, 1.6991), (1.0127, 1.2143, 1.0291)),
    1.0: ((6.8417, 9.4636, 6.9869, 6.6682), (1.0411, 1.9429, 1.0768)),
    1.5: ((11.5978, 17.1245, 11.7922, 11.2033), (1.0974, 4.1911, 1.1477)),
    2.0: ((16.7253, 25.6929, 16.9153, 15.9848), (1.1956, 10.8837, 1.2463)),
    2.5: ((22.2963, 34.7844, 22.4247, 21.0881), (1.3530, 30.7201, 1.3783)),
    3.0: ((28.2194, 44.1370, 28.2452, 26.4434), (1.5940, 90.4513, 1.5531)),
}
# Section 6, 300 draws: mean ratios to Non-Causal of the same three with the numbers of users at their means.
FIXED_COUNTS = {
    0.5: (1.0059, 1.204, 1.0229),
    1.0: (1.0123, 1.866, 1.0517),
    1.5: (1.0178, 3.771, 1.0811),
    2.0: (1.0214, 8.886, 1.1062),
    2.5: (1.0234, 22.081, 1.1252),
    3.0: (1.0245, 55.451, 1.1389),
}
STATISTICS = {
    "median_w": "median_W",
    "mean_dbm_se": "gm_se_dB",
    "trimmed_mean_w": "trim5_W",
    "unreliable_mean_w": "mean_W",
    "unreliable_mean_se_w": "se_W",
    "ratio_mean": "ratio_mean",
    "ratio_mean_se": "ratio_se",
    "ratio_median": "ratio_median",
    "ratio_geometric_mean": "ratio_gm",
    "ratio_of_medians": "ratio_of_medians",
}


def compared(rate_mbps: float, draws: int, fixed_counts: bool = False, exact: Any = None) -> SchemeComparison:
    """The four schemes in the paper's cells; with the reference's entry `exact` in its densities and optimum."""
    cells = cells_at(rate_mbps, exact["lam"][5] if exact else 2400.0)
    splits = splits_of(cells, exact["w_MHz"] if exact else PREDICTED_MHZ[rate_mbps])
    # Printed optima add up to the band to a few hertz only.
    splits[DSA] *= min(1.0, BANDWIDTH_HZ / splits[DSA].sum())
    return compare(cells, splits, BANDWIDTH_HZ, SIGMA2, EXPONENT, draws=draws, fixed_counts=fixed_counts)


def assert_table(found: SchemeComparison, table: Any) -> None:
    for scheme in SCHEMES:
        got, expected = found.statistics(scheme), table[scheme.replace("-", "")]
        assert got.mean_dbm == pytest.approx(expected["gm_dBm"], abs=1e-6)
        for ours, theirs in STATISTICS.items():
            assert getattr(got, ours) == pytest.approx(expected[theirs], rel=1e-9, abs=1e-12), (scheme, ours)
    if "ncw_mean" in table:
        bands = found.non_causal_bandwidth_hz / 1e6
        np.testing.assert_allclose(bands.mean(axis=0), table["ncw_mean"], rtol=1e-9)
        np.testing.assert_allclose(bands.std(axis=0, ddof=1), table["ncw_std"], rtol=1e-9)


def few_quickly(values: Iterable[Any], quick: Container[Any]) -> list[Any]:
    """Parameters, those that are not among the quick ones marked as slow."""
    return [value if value in quick else pytest.param(value, marks=pytest.mark.slow) for value in values]


class TestPublishedTables:
    @pytest.mark.parametrize("rate_mbps", few_quickly(RATES_MBPS, (0.5, 3.0)))
    def test_first_200_draws_give_the_printed_figures(self, rate_mbps: float) -> None:
        found = compared(rate_mbps, 200)
        dbm, ratios = FIRST_200[rate_mbps]
        statistics = [found.statistics(scheme) for scheme in SCHEMES]
        assert [each.mean_dbm for each in statistics] == pytest.approx(dbm, abs=1e-4)
        assert [each.ratio_mean for each in statistics[:3]] == pytest.approx(ratios, abs=1e-4)
        assert statistics[3].ratio_mean == statistics[3].ratio_of_medians == 1.0

    @pytest.mark.parametrize("rate_mbps", few_quickly(RATES_MBPS, (0.5, 3.0)))
    def test_dsa_is_almost_non_causal_once_the_numbers_of_users_are_fixed(self, rate_mbps: float) -> None:
        found = compared(rate_mbps, 300, fixed_counts=True)
        ratios = [found.statistics(scheme).ratio_mean for scheme in SCHEMES[:3]]
        assert ratios == pytest.approx(FIXED_COUNTS[rate_mbps], abs=6e-4)
        assert ratios[0] < 1.03

    @pytest.mark.parametrize("which", range(6))
    def test_first_200_draws_are_the_reference_s(self, which: int) -> None:
        exact = reference()["exact_R"][which]
        assert_table(
            compared(exact["R_min"], 200, exact=exact), reference()["mc_200"]["R"][str(exact["R_min"])]
        )

    @pytest.mark.parametrize("fixed", [True, False])
    @pytest.mark.parametrize("which", few_quickly(range(6), (3,)))
    def test_300_draws_with_and_without_fixed_counts_are_the_reference_s(
        self, fixed: bool, which: int
    ) -> None:
        exact = reference()["exact_R"][which]
        name = f"{'fixedN' if fixed else 'poisson'}_{exact['R_min']}"
        assert_table(compared(exact["R_min"], 300, fixed, exact), reference()["fixedN_vs_poisson"][name])

    @pytest.mark.parametrize("which", few_quickly(range(7), (0, 6)))
    def test_sweep_of_the_last_density_is_the_reference_s(self, which: int) -> None:
        exact = reference()["exact_lambda6"][which]
        table = reference()["mc_200"]["lam6"][str(exact["lam"][5])]
        assert_table(compared(2.0, 200, exact=exact), table)

    @pytest.mark.slow
    @pytest.mark.parametrize("which", range(6))
    def test_2000_draws_are_the_reference_s(self, which: int) -> None:
        exact = reference()["exact_R"][which]
        assert_table(
            compared(exact["R_min"], 2000, exact=exact), reference()["mc_2000"]["R"][str(exact["R_min"])]
        )

    @pytest.mark.slow
    def test_1000_draws_of_the_sweep_are_the_reference_s(self) -> None:
        for exact in reference()["exact_lambda6"]:
            table = reference()["mc_2000"]["lam6"][str(exact["lam"][5])]
            assert_table(compared(2.0, 1000, exact=exact), table)


class TestWhatMustHold:
    @pytest.mark.parametrize("rate_mbps", [0.5, 3.0])
    def test_non_causal_needs_least_in_every_draw(self, rate_mbps: float) -> None:
        found = compared(rate_mbps, 100)
        assert list(found.power_w) == list(SCHEMES)
        for scheme in SCHEMES[:3]:
            assert np.all(found.power_w[scheme] > found.power_w[NON_CAUSAL])

    def test_non_causal_divides_the_whole_band(self) -> None:
        found = compared(1.0, 50)
        assert found.users.shape == found.non_causal_bandwidth_hz.shape == (50, 6)
        np.testing.assert_allclose(found.non_causal_bandwidth_hz.sum(axis=1), BANDWIDTH_HZ, rtol=1e-13)

    def test_giving_non_causal_s_own_bands_beforehand_needs_its_power(self) -> None:
        cells = cells_at(1.0)
        first = compare(cells, {}, BANDWIDTH_HZ, SIGMA2, EXPONENT, draws=1)
        known = {"known": first.non_causal_bandwidth_hz[0]}
        again = compare(cells, known, BANDWIDTH_HZ, SIGMA2, EXPONENT, draws=1)
        assert again.power_w["known"][0] == pytest.approx(again.power_w[NON_CAUSAL][0], rel=1e-12)

    def test_one_cell_alone_leaves_nothing_to_divide(self) -> None:
        found = compare([Cell(100.0, 500.0, 1e6)], {"all": [10e6]}, 10e6, SIGMA2, EXPONENT, draws=20)
        np.testing.assert_array_equal(found.power_w["all"], found.power_w[NON_CAUSAL])

    def test_cells_of_unlike_rates_serve_their_users_at_their_own(self) -> None:
        cells = [Cell(50.0, 400.0, 0.5e6), Cell(50.0, 400.0, 2e6)]
        found = compare(cells, {"half": [5e6, 5e6]}, 10e6, SIGMA2, EXPONENT, draws=1, seed=6)
        draws_w = [
            compare([Cell(50.0, 400.0, rate)] * 2, {"half": [5e6, 5e6]}, 10e6, SIGMA2, EXPONENT, 1, 6)
            for rate in (0.5e6, 2e6)
        ]
        slow, fast = (each.power_w["half"][0] for each in draws_w)
        assert slow < found.power_w["half"][0] < fast

    def test_draws_without_users_need_nothing_and_leave_the_statistics(self) -> None:
        cells = [Cell(10.0, 1000.0, 1e6), Cell(10.0, 2000.0, 1e6)]
        found = compare(cells, {"half": [5e6, 5e6]}, 10e6, SIGMA2, EXPONENT, draws=200)
        idle = found.users.sum(axis=1) == 0
        assert 50 < idle.sum() < 110  # e^-0.94 of 200
        assert np.all(found.power_w["half"][idle] == 0.0)
        assert np.all(found.non_causal_bandwidth_hz[idle] == 0.0)
        assert found.statistics("half").ratio_mean >= 1.0

    def test_more_draws_begin_with_the_same_ones(self) -> None:
        cells, splits = [Cell(50.0, 400.0, 1e6)] * 2, {"half": [5e6, 5e6]}
        few, many = (compare(cells, splits, 10e6, SIGMA2, EXPONENT, draws=n) for n in (3, 1203))
        np.testing.assert_allclose(many.power_w["half"][:3], few.power_w["half"], rtol=1e-12)
        assert many.power_w[NON_CAUSAL].shape == (1203,)
        last = draw_users(cells, EXPONENT, number=1202)
        assert many.users[1202].tolist() == last.users.tolist()

    @pytest.mark.slow
    def test_large_powers_are_as_frequent_as_the_tail_says(self) -> None:
        cells = cells_at(0.5)
        found = compared(0.5, 10_000)
        expected = 10_000 * tail_coefficient_w(cells, BANDWIDTH_HZ, SIGMA2, EXPONENT) / 0.05
        seen = int(np.sum(found.power_w[NON_CAUSAL] > 0.05))
        assert abs(seen - expected) < 4.0 * np.sqrt(expected)

    @pytest.mark.slow
    def test_one_fade_holds_most_of_the_mean_of_2000_draws(self) -> None:
        power = compared(0.5, 2000).power_w[DSA]
        assert int(np.argmax(power)) == 376
        assert power.max() == pytest.approx(41.9, abs=0.05)
        assert power.max() / power.sum() > 0.9


class TestBadInput:
    def test_starved_cell_is_named(self) -> None:
        split = [20e6, 20e6, 20e6, 100.0, 20e6, 19e6]
        with np.errstate(all="raise"), pytest.raises(RateOutOfReach) as refused:
            compare(cells_at(1.0), {"starved": split}, BANDWIDTH_HZ, SIGMA2, EXPONENT, draws=3)
        assert refused.value.args[0] == 3

    def test_starved_cell_is_named_whichever_draw_first_has_users_there(self) -> None:
        cells = [Cell(10.0, 1000.0, 1e6)] * 2
        assert draw_users(cells, EXPONENT).users[1] == 0
        with pytest.raises(RateOutOfReach) as refused:
            compare(cells, {"starved": [5e6, 100.0]}, 10e6, SIGMA2, EXPONENT, draws=50)
        assert refused.value.args[0] == 1

    def test_band_too_narrow_for_all_is_told_apart(self) -> None:
        with np.errstate(all="raise"), pytest.raises(RateOutOfReach, match="all of them"):
            compare(cells_at(1.0), {}, 1e3, SIGMA2, EXPONENT, draws=2)

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"cells": []}, "cells"),
            ({"cells": [(80, 1, 1)]}, "cells[0]"),
            ({"splits": [[5e6, 5e6]]}, "splits"),
            ({"splits": {3: [5e6, 5e6]}}, "splits"),
            ({"splits": {"x": ["5e6", "5e6"]}}, "splits['x']"),
            ({"fixed_counts": "no"}, "fixed_counts"),
            ({"splits": {"x": [1e6]}}, "splits['x']"),
            ({"splits": {"x": [1e6, 0.0]}}, "splits['x'][1]"),
            ({"splits": {"x": [6e6, 6e6]}}, "splits['x']"),
            ({"splits": {NON_CAUSAL: [5e6, 5e6]}}, "splits"),
            ({"bandwidth_hz": -1.0}, "bandwidth_hz"),
            ({"noise_psd_w_per_hz": 0.0}, "noise_psd_w_per_hz"),
            ({"pathloss_exponent": 2.0}, "pathloss_exponent"),
            ({"draws": 0}, "draws"),
            ({"draws": 2.5}, "draws"),
            ({"seed": -1}, "seed"),
        ],
    )
    def test_bad_arguments_are_named(self, changes: dict[str, object], named: str) -> None:
        fine: dict[str, object] = {
            "cells": [Cell(50.0, 400.0, 1e6)] * 2,
            "splits": {},
            "bandwidth_hz": 10e6,
            "noise_psd_w_per_hz": SIGMA2,
            "pathloss_exponent": EXPONENT,
            "draws": 2,
        }
        with pytest.raises(BadParameter) as refused:
            compare(**(fine | changes))  # type: ignore[arg-type]
        assert refused.value.args[0] == named

    def test_draws_and_cells_may_be_numpys(self) -> None:
        cells = [Cell(50.0, 400.0, 1e6)] * 2
        ours = compare(cells, {}, 10e6, SIGMA2, EXPONENT, draws=2)
        same = compare(np.array(cells, dtype=object), {}, 10e6, SIGMA2, EXPONENT, draws=np.int64(2))  # type: ignore[arg-type]
        assert same.power_w[NON_CAUSAL].tolist() == ours.power_w[NON_CAUSAL].tolist()

    def test_statistics_take_two_draws(self) -> None:
        found = compare([Cell(50.0, 400.0, 1e6)], {}, 10e6, SIGMA2, EXPONENT, draws=1)
        with pytest.raises(BadParameter, match="same two draws"):
            found.statistics(NON_CAUSAL)
