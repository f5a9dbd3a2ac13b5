"""Robust statistics of powers without an expectation, and the tail that is the reason for them."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import trim_mean

from apps.admm.cell import Cell
from apps.admm.known_users import allocate
from apps.admm.parameters import BadParameter, RateOutOfReach
from apps.admm.robust import dbm_of, power_statistics, tail_coefficient_w, why_not_the_mean
from tests.apps.admm.paper_cells import (
    BANDWIDTH_HZ,
    EXPONENT,
    NOISE_PSD_W_PER_HZ,
    PREDICTED_MHZ,
    RATES_MBPS,
    cells_at,
    reference,
)

SIGMA2 = NOISE_PSD_W_PER_HZ
# Section 6 of the reference: A of scheme DSA in watts, to three digits.
DSA_TAIL_W = {0.5: 0.000138, 1.0: 0.000278, 1.5: 0.00042, 2.0: 0.000565, 2.5: 0.000713, 3.0: 0.000863}


class TestStatistics:
    def test_each_statistic_is_what_its_name_says(self) -> None:
        power, base = np.array([1.0, 2.0, 4.0, 100.0]), np.array([1.0, 1.0, 2.0, 80.0])
        found = power_statistics(power, base)
        assert found.median_w == 3.0
        assert found.mean_dbm == pytest.approx(30.0 + 2.5 * np.log10(800.0))
        assert found.mean_dbm_se == pytest.approx(np.std(10.0 * np.log10(power), ddof=1) / 2.0)
        assert found.unreliable_mean_w == 26.75
        assert found.unreliable_mean_se_w == pytest.approx(np.std(power, ddof=1) / 2.0)
        assert found.ratio_mean == pytest.approx((1.0 + 2.0 + 2.0 + 1.25) / 4.0)
        assert found.ratio_mean_se == pytest.approx(np.std([1.0, 2.0, 2.0, 1.25], ddof=1) / 2.0)
        assert found.ratio_median == pytest.approx(1.625)
        assert found.ratio_geometric_mean == pytest.approx(5.0**0.25)
        assert found.ratio_of_medians == pytest.approx(3.0 / 1.5)

    @pytest.mark.parametrize("draws", [2, 19, 20, 39, 200])
    def test_trimmed_mean_leaves_out_the_whole_draws_within_5_percent_at_each_end(self, draws: int) -> None:
        power = np.random.default_rng(draws).pareto(1.0, draws) + 1.0
        assert power_statistics(power, power).trimmed_mean_w == pytest.approx(
            trim_mean(power, 0.05), rel=1e-14
        )

    def test_one_deep_fade_moves_only_the_plain_mean(self) -> None:
        calm = np.random.default_rng(2).lognormal(size=2000)
        struck = calm.copy()
        struck[7] *= 1e5
        before, after = power_statistics(calm, calm), power_statistics(struck, struck)
        assert after.unreliable_mean_w > 10.0 * before.unreliable_mean_w
        assert after.median_w == pytest.approx(before.median_w, rel=0.01)
        assert after.trimmed_mean_w == pytest.approx(before.trimmed_mean_w, rel=0.01)
        assert after.mean_dbm == pytest.approx(before.mean_dbm, abs=0.1)
        assert after.ratio_mean == before.ratio_mean == 1.0

    def test_dbm_is_decibels_over_a_milliwatt(self) -> None:
        np.testing.assert_allclose(dbm_of([1e-3, 1.0, 2.0]), [0.0, 30.0, 33.010299956639813], atol=1e-12)

    @pytest.mark.parametrize("power", [[1.0], [1.0, 0.0], [1.0, np.inf], [[1.0, 2.0]], [1.0, 2.0, 3.0]])
    def test_powers_without_statistics_are_refused(self, power: list[float]) -> None:
        with pytest.raises(BadParameter):
            power_statistics(power, [1.0, 2.0])


class TestTail:
    @pytest.mark.parametrize("rate_mbps", RATES_MBPS)
    def test_coefficient_is_the_reference_s_to_its_digits(self, rate_mbps: float) -> None:
        found = tail_coefficient_w(
            cells_at(rate_mbps), np.array(PREDICTED_MHZ[rate_mbps]) * 1e6, SIGMA2, EXPONENT
        )
        assert found == pytest.approx(DSA_TAIL_W[rate_mbps], rel=5e-3)

    def test_coefficients_are_the_reference_s(self) -> None:
        for row, exact in zip(reference()["tail"], reference()["exact_R"], strict=True):
            cells, bands = cells_at(row["R"]), np.array(exact["w_MHz"]) * 1e6
            assert tail_coefficient_w(cells, bands, SIGMA2, EXPONENT) == pytest.approx(
                row["A_dsa_W"], rel=1e-9
            )
            pooled = tail_coefficient_w(cells, BANDWIDTH_HZ, SIGMA2, EXPONENT)
            assert pooled == pytest.approx(row["A_nc_W"], rel=1e-9)

    def test_user_in_the_deepest_fade_takes_the_whole_band(self) -> None:
        gain, band = np.array([1e-8, 1e-9, 1e-24]), 10e6
        power = allocate(gain, 2e6, band, SIGMA2).total_power_w
        assert power * 1e-24 == pytest.approx(SIGMA2 * band * (2.0**0.2 - 1.0), rel=1e-5)

    def test_mean_path_loss_is_that_of_a_uniform_place_on_the_disc(self) -> None:
        cell = Cell(50.0, 1000.0, 1e6)
        mean_loss = quad(lambda v: 2.0 * v * (1.0 + (50.0 * v) ** 3.0), 0.0, 1.0)[0]
        expected = SIGMA2 * cell.mean_users * mean_loss * 1e6
        assert tail_coefficient_w([cell], 1e6, SIGMA2, 3.0) == pytest.approx(expected, rel=1e-12)

    def test_reason_names_the_numbers(self) -> None:
        text = why_not_the_mean(0.000565)
        assert "infinite" in text
        assert "0.000565/x" in text
        assert "0.0013 W" in text

    def test_band_too_narrow_names_the_cell(self) -> None:
        with pytest.raises(RateOutOfReach) as refused:
            tail_coefficient_w(cells_at(1.0), [1e6, 1e6, 10.0, 1e6, 1e6, 1e6], SIGMA2, EXPONENT)
        assert refused.value.args == (2, 1e6, 1e5)

    def test_bad_arguments_are_named(self) -> None:
        with pytest.raises(BadParameter, match="pathloss_exponent"):
            tail_coefficient_w(cells_at(1.0), 1e6, SIGMA2, 2.0)
        with pytest.raises(BadParameter, match="bandwidth_hz"):
            tail_coefficient_w(cells_at(1.0), [1e6, 1e6], SIGMA2, EXPONENT)
