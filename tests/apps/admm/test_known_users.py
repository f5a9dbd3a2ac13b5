"""The per-cell problem (44): its optimality conditions, independent solvers, and groups of cells at once."""

import pickle

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import lambertw

from apps.admm.draws import draw_users
from apps.admm.known_users import UserAllocation, allocate, allocate_groups, price_bracket_w_per_hz
from apps.admm.parameters import BadParameter, RateOutOfReach
from tests.apps.admm.paper_cells import BANDWIDTH_HZ, EXPONENT, NOISE_PSD_W_PER_HZ, cells_at, reference

SIGMA2 = NOISE_PSD_W_PER_HZ
LN2 = float(np.log(2.0))

gains = st.lists(st.floats(min_value=1e-14, max_value=1e-2), min_size=1, max_size=30)
loads = st.floats(min_value=1e-6, max_value=40.0)


def dual_value_w(gain: NDArray[np.float64], rate: float, band: float, price: float) -> float:
    """The dual function of (44), a lower bound on the power of every allocation, by a library's W0."""
    y = 1.0 + lambertw((price * gain / SIGMA2 - 1.0) / np.e).real  # type: ignore[call-overload]
    b = rate * LN2 / y
    return float(np.sum(SIGMA2 * b / gain * np.expm1(y) + price * b) - price * band)


def power_by_bisection_w(gain: NDArray[np.float64], rate: float, band: float) -> float:
    """Least power by Proposition 3 as the paper states it: W0 inside a bracketed root of mu."""

    def shares(log_price: float) -> NDArray[np.float64]:
        w = lambertw((np.exp(log_price) * gain / SIGMA2 - 1.0) / np.e).real
        return np.asarray(rate * LN2 / (1.0 + w))

    lowest, highest = np.log(price_bracket_w_per_hz(gain, rate, band, SIGMA2))
    root = brentq(lambda at: shares(at).sum() - band, lowest - 1e-9, highest + 1e-9, xtol=1e-14)
    b = shares(root)
    return float(np.sum(SIGMA2 * b / gain * np.expm1(rate * LN2 / b)))


def draw_of(cell: int, number: int) -> NDArray[np.float64]:
    return draw_users(cells_at(1.0), EXPONENT, number=number).of_cell(cell)


class TestOptimality:
    @given(gains, loads)
    def test_band_is_used_up_every_rate_is_met_and_one_price_rules(
        self, gain: list[float], load: float
    ) -> None:
        h, rate = np.array(gain), 1e6
        band = len(gain) * rate * LN2 / load
        found = allocate(h, rate, band, SIGMA2)
        assert found.bandwidth_hz.sum() == pytest.approx(band, rel=1e-13)
        snr = found.power_w * h / (found.bandwidth_hz * SIGMA2)
        np.testing.assert_allclose(found.bandwidth_hz * np.log1p(snr) / LN2, rate, rtol=1e-12)
        y = rate * LN2 / found.bandwidth_hz
        marginal = SIGMA2 / h * (y * np.exp(y) - np.expm1(y))
        np.testing.assert_allclose(marginal, found.price_w_per_hz, rtol=1e-11 + 1e-15 / y.min())
        assert found.total_power_w == pytest.approx(found.power_w.sum(), rel=1e-14)

    @pytest.mark.parametrize("rate_mbps", [0.5, 1.0, 3.0])
    @pytest.mark.parametrize("number", range(3))
    def test_no_allocation_can_do_better_than_the_dual_bound(self, rate_mbps: float, number: int) -> None:
        gain = draw_users(cells_at(rate_mbps), EXPONENT, number=number).gain
        found = allocate(gain, rate_mbps * 1e6, BANDWIDTH_HZ, SIGMA2)
        bound = dual_value_w(gain, rate_mbps * 1e6, BANDWIDTH_HZ, found.price_w_per_hz)
        assert found.total_power_w == pytest.approx(bound, rel=1e-11)

    @given(gains, loads)
    def test_price_is_the_power_one_more_hertz_saves(self, gain: list[float], load: float) -> None:
        band, off = len(gain) * 1e6 * LN2 / load, 1e-4
        less, here, more = (allocate(gain, 1e6, band * (1.0 + shift), SIGMA2) for shift in (-off, 0.0, off))
        saved = (less.total_power_w - more.total_power_w) / (2.0 * off * band)
        # The power in excess of that in an endless band: a price near 0 is a small difference of large powers.
        assert saved == pytest.approx(here.price_w_per_hz, rel=1e-4, abs=1e-10 * here.total_power_w / band)

    def test_alike_users_share_alike(self) -> None:
        found = allocate([1e-8] * 5, 2e6, 10e6, SIGMA2)
        np.testing.assert_allclose(found.bandwidth_hz, 2e6, rtol=1e-14)
        assert found.total_power_w == pytest.approx(SIGMA2 * 10e6 / 1e-8, rel=1e-13)  # 2^(R/b) - 1 = 1

    def test_worse_channels_get_more_band_and_faster_users_too(self) -> None:
        found = allocate([1e-6, 1e-8, 1e-10, 1e-10], [1e6, 1e6, 1e6, 2e6], 5e6, SIGMA2)
        assert np.all(np.diff(found.bandwidth_hz) > 0.0)
        assert found.bandwidth_hz[3] == pytest.approx(2.0 * found.bandwidth_hz[2], rel=1e-13)

    def test_noise_scales_power_and_price_and_leaves_the_bands(self) -> None:
        gain = draw_of(0, 0)
        low, high = (allocate(gain, 1e6, 9.58e6, SIGMA2 * factor) for factor in (1.0, 158.0))
        np.testing.assert_array_equal(high.bandwidth_hz, low.bandwidth_hz)
        assert high.total_power_w == pytest.approx(158.0 * low.total_power_w, rel=1e-14)
        assert high.price_w_per_hz == pytest.approx(158.0 * low.price_w_per_hz, rel=1e-14)


class TestIndependentSolvers:
    @pytest.mark.parametrize("cell", [0, 5])
    @pytest.mark.parametrize("rate_mbps", [0.5, 2.0, 3.0])
    def test_paper_s_bisection_finds_the_same_power(self, cell: int, rate_mbps: float) -> None:
        gain, rate, band = draw_of(cell, 1), rate_mbps * 1e6, (10e6, 30e6)[cell == 5]
        expected = power_by_bisection_w(gain, rate, band)
        assert allocate(gain, rate, band, SIGMA2).total_power_w == pytest.approx(expected, rel=1e-11)

    @pytest.mark.parametrize(("users", "rate_mbps"), [(1, 1.0), (4, 0.5), (8, 1.0), (12, 3.0)])
    def test_convex_solver_finds_the_same_power(self, users: int, rate_mbps: float) -> None:
        gain, rate, band = draw_of(5, 2)[:users], rate_mbps * 1e6, users * 0.3e6
        found = allocate(gain, rate, band, SIGMA2)
        assert cone_power_w(gain, rate, band, found) == pytest.approx(found.total_power_w, rel=1e-8)


def cone_power_w(gain: NDArray[np.float64], rate: float, band: float, near: UserAllocation) -> float:
    """(44) as an exponential cone programme in s = b + q|h|^2/sigma^2, every cone scaled by `near`'s s/b."""
    scale = np.exp(rate * LN2 / near.bandwidth_hz)
    share, lifted = cp.Variable(gain.size), cp.Variable(gain.size)
    carried = -cp.rel_entr(share, lifted) + cp.multiply(np.log(scale), share)
    cost = SIGMA2 * band / gain / near.total_power_w
    excess = cp.multiply(scale, lifted) - share
    limits = [carried >= rate * LN2 / band, cp.sum(share) <= 1.0]
    problem = cp.Problem(cp.Minimize(cp.sum(cp.multiply(cost, excess))), limits)
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    assert problem.status == "optimal"
    return float(problem.value) * near.total_power_w


class TestBracket:
    @pytest.mark.parametrize("cell", range(6))
    @pytest.mark.parametrize("rate_mbps", [0.5, 3.0])
    def test_price_lies_where_46_puts_it_and_not_in_the_swapped_bracket(
        self, cell: int, rate_mbps: float
    ) -> None:
        gain, rate = draw_of(cell, 4), rate_mbps * 1e6
        price = allocate(gain, rate, 15e6, SIGMA2).price_w_per_hz
        lowest, highest = price_bracket_w_per_hz(gain, rate, 15e6, SIGMA2)
        assert lowest < price < highest
        assert lowest / highest == pytest.approx(gain.min() / gain.max(), rel=1e-12)
        assert not highest <= price <= lowest

    def test_chi_is_the_printed_formula(self) -> None:
        gain, load = np.array([2e-8, 1e-8]), 2 * 1e6 * LN2 / 3e6
        chi = SIGMA2 * (load - 1.0) * np.exp(load) + SIGMA2
        expected = pytest.approx((chi / 2e-8, chi / 1e-8), rel=1e-13)
        assert price_bracket_w_per_hz(gain, 1e6, 3e6, SIGMA2) == expected

    def test_overflowing_chi_is_infinite_without_a_warning(self) -> None:
        with np.errstate(all="raise"):
            assert price_bracket_w_per_hz([1e-8], 1e9, 1e5, SIGMA2) == (np.inf, np.inf)

    def test_nobody_has_no_bracket(self) -> None:
        with pytest.raises(BadParameter, match="one user or more"):
            price_bracket_w_per_hz([], 1e6, 1e6, SIGMA2)


class TestGroups:
    @given(st.lists(st.lists(st.floats(1e-12, 1e-3), max_size=6), min_size=1, max_size=8), loads)
    def test_groups_at_once_are_groups_one_by_one(self, groups: list[list[float]], load: float) -> None:
        bands = np.array([max(len(group), 1) * 1e6 * LN2 / load for group in groups])
        first = np.cumsum([0, *map(len, groups)])
        together = allocate_groups([h for group in groups for h in group], 1e6, first, bands, SIGMA2)
        for g, (group, band) in enumerate(zip(groups, bands, strict=True)):
            alone = allocate(group, 1e6, band, SIGMA2)
            users = slice(first[g], first[g + 1])
            np.testing.assert_allclose(together.bandwidth_hz[users], alone.bandwidth_hz, rtol=1e-13)
            np.testing.assert_allclose(together.power_w[users], alone.power_w, rtol=1e-11)
            assert together.total_power_w[g] == pytest.approx(alone.total_power_w, rel=1e-11)
            assert together.price_w_per_hz[g] == pytest.approx(alone.price_w_per_hz, rel=1e-11)

    def test_cutting_into_blocks_changes_nothing(self) -> None:
        rng = np.random.default_rng(3)
        sizes = rng.poisson(60.0, 2000) * (rng.random(2000) < 0.9)
        gain, bands = rng.exponential(1e-8, sizes.sum()), 0.2e6 * (sizes + 1)
        first = np.concatenate([[0], np.cumsum(sizes)])
        found = allocate_groups(gain, 1e6, first, bands, SIGMA2)
        for g in [*range(0, 2000, 97), int(np.argmax(sizes)), 1999]:
            alone = allocate(gain[first[g] : first[g + 1]], 1e6, bands[g], SIGMA2)
            assert found.total_power_w[g] == pytest.approx(alone.total_power_w, rel=1e-12)

    def test_one_user_more_than_a_block_is_one_group_still(self) -> None:
        gain = np.random.default_rng(4).exponential(1e-8, 70_000)
        found = allocate(gain, 1e3, 30e6, SIGMA2)
        assert found.bandwidth_hz.sum() == pytest.approx(30e6, rel=1e-12)

    def test_nobody_needs_nothing(self) -> None:
        found = allocate([], 1e6, 1e6, SIGMA2)
        assert (found.price_w_per_hz, found.total_power_w) == (0.0, 0.0)
        assert found.bandwidth_hz.size == found.power_w.size == 0
        empty = allocate_groups([], 1e6, [0, 0, 0], [0.0, 1e6], SIGMA2)
        assert empty.total_power_w.tolist() == [0.0, 0.0]

    def test_pooling_the_bands_of_cells_never_costs_power(self) -> None:
        draw = draw_users(cells_at(2.0), EXPONENT, number=2)
        first = np.concatenate([[0], np.cumsum(draw.users)])
        apart = allocate_groups(draw.gain, 2e6, first, np.full(6, BANDWIDTH_HZ / 6), SIGMA2)
        pooled = allocate(draw.gain, 2e6, BANDWIDTH_HZ, SIGMA2)
        assert pooled.total_power_w < apart.total_power_w.sum()


class TestReference:
    def test_cells_powers_prices_and_brackets(self) -> None:
        for case in (case for case in reference()["section5_checks"] if case["kind"] == "cell"):
            exact = next(row for row in reference()["exact_R"] if row["R_min"] == case["R"])
            gain, rate = draw_of(case["cell"] - 1, case["seed"]), case["R"] * 1e6
            band = exact["w_MHz"][case["cell"] - 1] * 1e6
            found = allocate(gain, rate, band, SIGMA2)
            assert found.total_power_w == pytest.approx(case["P_over_sigma2_MHz"] * 1e6 * SIGMA2, rel=1e-9)
            assert found.price_w_per_hz == pytest.approx(case["mu"] * SIGMA2, rel=1e-9)
            bracket = price_bracket_w_per_hz(gain, rate, band, SIGMA2)
            assert bracket == pytest.approx((case["mu_lo"] * SIGMA2, case["mu_hi"] * SIGMA2), rel=1e-9)

    def test_pooled_powers_prices_and_bands(self) -> None:
        for case in reference()["draw_level"]:
            draw = draw_users(cells_at(case["R"]), EXPONENT, number=case["seed"])
            pooled = allocate(draw.gain, case["R"] * 1e6, BANDWIDTH_HZ, SIGMA2)
            assert pooled.total_power_w == pytest.approx(
                case["P_nc_over_sigma2_MHz"] * 1e6 * SIGMA2, rel=1e-9
            )
            assert pooled.price_w_per_hz == pytest.approx(case["mu_nc_over_sigma2"] * SIGMA2, rel=1e-9)
            ends = np.cumsum(draw.users)[:-1]
            bands = [part.sum() / 1e6 for part in np.split(pooled.bandwidth_hz, ends)]
            np.testing.assert_allclose(bands, case["w_nc"], rtol=1e-9)

    # Typed in from the reference: cell 1 of draw 0 at 0.5 Mbit/s in its predicted band.
    def test_first_cell_of_the_first_draw(self) -> None:
        found = allocate(draw_of(0, 0), 0.5e6, 8.664080e6, SIGMA2)
        assert found.total_power_w / SIGMA2 / 1e6 == pytest.approx(206239025.675, rel=1e-6)


class TestOutOfReach:
    @pytest.mark.parametrize("band", [0.0, 5e-324, 1e-3, 100.0, 1e3])
    def test_starved_group_is_named_without_a_warning(self, band: float) -> None:
        with np.errstate(all="raise"), pytest.raises(RateOutOfReach) as refused:
            allocate_groups([1e-8] * 4, 1e6, [0, 2, 2, 4], [1e6, 0.0, band], SIGMA2)
        group, rate_bps, needed = refused.value.args
        assert (group, rate_bps) == (2, pytest.approx(2e6))
        assert needed == pytest.approx(2e6 / band if band > 1e-300 else np.inf)

    def test_power_that_only_the_worst_channel_makes_unrepresentable_is_refused(self) -> None:
        with np.errstate(all="raise", under="ignore"), pytest.raises(RateOutOfReach) as refused:
            allocate([1e20, 1e-290], 1e6, 2e6 * LN2 / 300.0, 1.0)
        assert refused.value.args[0] == 0

    def test_last_representable_power_is_still_found(self) -> None:
        with np.errstate(all="raise", under="ignore"):
            found = allocate([1e-8, 1e-9], 1e6, 2e6 * LN2 / 650.0, SIGMA2)
        assert 1e250 < found.total_power_w < np.inf

    @given(
        st.lists(st.floats(min_value=1e-280, max_value=1e28), min_size=1, max_size=12), st.floats(1e-9, 250.0)
    )
    def test_gains_of_any_size_are_solved(self, gain: list[float], load: float) -> None:
        band = len(gain) * 1e6 * LN2 / load
        try:
            with np.errstate(all="raise", under="ignore"):
                found = allocate(gain, 1e6, band, 1.0)
        except RateOutOfReach:
            assert load + np.log(band / min(gain)) > 600.0
        else:
            assert found.bandwidth_hz.sum() == pytest.approx(band, rel=1e-12)

    def test_error_survives_a_process_pool(self) -> None:
        with pytest.raises(RateOutOfReach) as refused:
            allocate([1e-8], 1e6, 1.0, SIGMA2)
        assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
