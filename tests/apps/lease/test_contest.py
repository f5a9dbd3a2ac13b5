"""The mining contest against the reference tables and brute force."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.lease.best_response import best_response
from apps.lease.contest import EquilibriumKind, MiningContest, symmetric_thresholds
from apps.lease.economics import LeaseMarket
from apps.lease.parameters import ParameterError
from tests.apps.lease.numeric import mining_grid, service_profit
from tests.shared import shared_file

PAPER = LeaseMarket(0.15, 0.7)

# H0, N, R_g, largest R of an interior equilibrium, m there, smallest R of "all only mine"; c = 1.
THRESHOLDS = [
    (10, 1, 4.29187004, 4.858925, 0.737467, 4.858925),
    (10, 2, 4.55307634, 5.160044, 0.737013, 5.267562),
    (10, 5, 5.33748386, 6.063118, 0.735933, 6.495945),
    (10, 10, 6.64644240, 7.567487, 0.734724, 8.547589),
    (10, 20, 9.26713670, 10.574516, 0.733358, 12.657050),
    (2, 1, 1.36639587, 1.693472, 0.755113, 1.693472),
    (2, 2, 1.60499276, 1.959156, 0.750552, 2.052237),
    (2, 5, 2.36245285, 2.822453, 0.743367, 3.233986),
    (2, 10, 3.65835574, 4.306802, 0.738474, 5.267562),
    (2, 20, 6.27231039, 7.301022, 0.734901, 9.369042),
]
# N, R, kind, operators at m = 1, lowest m, average reward, lowest and highest profit; H0 = 10, from m = g.
PLAY = [
    (1, 4.5, "symmetric-interior", 0, 0.714517, 0.419991, 0.417420, 0.417420),
    (2, 5.0, "symmetric-interior", 0, 0.727854, 0.436464, 0.429673, 0.429673),
    (5, 6.0, "symmetric-interior", 0, 0.733038, 0.439072, 0.431711, 0.431711),
    (5, 7.0, "mining-only", 5, 1.0, 0.466667, 0.466667, 0.466667),
    (10, 6.0, "redundant", 0, 0.7, 0.352941, 0.369953, 0.369953),
    (10, 7.0, "symmetric-interior", 0, 0.714024, 0.408396, 0.409127, 0.409127),
    (10, 8.0, "asymmetric", 5, 0.730447, 0.428903, 0.424218, 0.428903),
    (10, 10.0, "mining-only", 10, 1.0, 0.5, 0.5, 0.5),
    (20, 8.0, "redundant", 0, 0.7, 0.333333, 0.356228, 0.356228),
    (20, 10.0, "symmetric-interior", 0, 0.719364, 0.410050, 0.410390, 0.410390),
    (20, 12.0, "asymmetric", 14, 0.730308, 0.422805, 0.419762, 0.422805),
    (20, 16.0, "mining-only", 20, 1.0, 0.533333, 0.533333, 0.533333),
]
# N, R, and the equilibria there: (operators at m = 1, m of the others); H0 = 10.
GAP = [
    (2, 5.2, [(1, 0.7330275148482527)]),
    (5, 6.2, [(2, 0.732052710850866)]),
    (10, 8.0, [(4, 0.734374769537407), (5, 0.730446589501372)]),
    (20, 12.0, [(14, 0.7303085228078633)]),
]

markets = st.builds(LeaseMarket, st.floats(0.005, 0.9), st.floats(0.0, 0.9), st.none() | st.floats(0.02, 2.0))


def contest(operators: int, reward: float, background: float = 10.0) -> MiningContest:
    return MiningContest(PAPER, (1.0,) * operators, background, reward)


@pytest.mark.parametrize(("background", "operators", "redundant", "interior", "m", "only"), THRESHOLDS)
def test_symmetric_thresholds_match_the_reference(
    background: float, operators: int, redundant: float, interior: float, m: float, only: float
) -> None:
    limits = symmetric_thresholds(PAPER, operators, background)
    assert limits.redundant_up_to == pytest.approx(redundant, abs=5.1e-9)
    found = (limits.interior_up_to, limits.fraction_at_jump, limits.mining_only_from)
    assert found == pytest.approx((interior, m, only), abs=1e-6)
    assert limits.gap == pytest.approx(only - interior, abs=2e-6)


@pytest.mark.parametrize(
    ("operators", "reward", "kind", "only_mining", "lowest", "average", "least", "most"), PLAY
)
def test_play_from_redundant_reaches_the_reference_equilibrium(
    operators: int,
    reward: float,
    kind: str,
    only_mining: int,
    lowest: float,
    average: float,
    least: float,
    most: float,
) -> None:
    reached = contest(operators, reward).play()
    assert (reached.kind, reached.operators_only_mining) == (kind, only_mining)
    found = (min(reached.fractions), reached.reward_per_hash, min(reached.profits), max(reached.profits))
    assert found == pytest.approx((lowest, average, least, most), abs=1e-6)
    assert reached.max_gain <= 1e-12


def test_play_matches_every_row_of_the_full_reference() -> None:
    rows = json.loads(shared_file("reference/market.json").read_text())["contest"]["br"]
    names = {"gamma": "redundant", "sym-interior": "symmetric-interior", "one": "mining-only"}
    for row in rows:
        reached = contest(row["N"], row["R"], row["H0"]).play()
        assert reached.kind == names.get(row["cls"], "asymmetric")
        assert reached.operators_only_mining == row["n_one"]
        found = (min(reached.fractions), max(reached.fractions), min(reached.profits), max(reached.profits))
        assert found == pytest.approx(
            (row["m_min"], row["m_max"], row["profit_min"], row["profit_max"]), abs=1e-6
        )


@pytest.mark.parametrize(("operators", "reward", "expected"), GAP)
def test_equilibria_in_the_gap_are_all_found(
    operators: int, reward: float, expected: list[tuple[int, float]]
) -> None:
    found = contest(operators, reward).equilibria()
    assert [e.operators_only_mining for e in found] == [k for k, _ in expected]
    assert [e.fractions[0] for e in found] == pytest.approx([m for _, m in expected], abs=1e-10)
    assert {e.kind for e in found} == {EquilibriumKind.ASYMMETRIC}


def test_without_the_gap_the_symmetric_equilibrium_is_the_only_one() -> None:
    for reward, kind in ((4.0, "redundant"), (5.0, "symmetric-interior"), (6.0, "mining-only")):
        assert [e.kind for e in contest(2, reward).equilibria()] == [kind]


@settings(max_examples=100, deadline=None)
@given(markets, st.floats(0.1, 5.0), st.floats(0.01, 30.0), st.floats(0.0, 30.0))
def test_best_response_equals_a_global_grid_search(
    market: LeaseMarket, capacity: float, others: float, reward: float
) -> None:
    m = mining_grid(market.redundant_fraction, 8001)
    service = service_profit(market.lease_price, market.redundant_fraction, market.bandwidth, m)
    income = reward * capacity * m / (others + capacity * m)
    searched = max(float(np.max(service + income)), reward * capacity / (others + capacity))
    best = best_response(market, capacity, 0.0, others, reward)
    assert market.redundant_fraction <= best <= 1.0
    found = market.service_profit(best) + reward * capacity * best / (others + capacity * best)
    assert found == pytest.approx(searched, rel=1e-5, abs=1e-10)
    assert found >= searched - 1e-10 * max(1.0, reward)


@settings(max_examples=50, deadline=None)
@given(markets, st.floats(0.0, 2.0))
def test_against_endless_hash_rate_the_best_response_is_the_market_optimum(
    market: LeaseMarket, reward: float
) -> None:
    limits = market.thresholds
    assume(all(abs(reward - edge) > 1e-4 * edge for edge in (limits.low, limits.high)))
    best = best_response(market, 1.0, 0.0, 1e9, reward * 1e9)
    assert best == pytest.approx(market.optimum(reward).mining_fraction, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    markets,
    st.integers(1, 6),
    st.floats(0.1, 20.0),
    st.floats(0.0, 1.5),
    st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6),
)
def test_whatever_play_settles_in_is_among_the_enumerated_equilibria(
    market: LeaseMarket, operators: int, background: float, reward: float, start: list[float]
) -> None:
    game = MiningContest(market, (1.0,) * operators, background, reward * (background + operators))
    reached = game.play(tuple(start[:operators]))
    assume(reached.kind is not EquilibriumKind.NOT_EQUILIBRIUM)
    known = [sorted(e.fractions) for e in game.equilibria()]
    assert any(sorted(reached.fractions) == pytest.approx(profile, abs=1e-6) for profile in known)


@settings(max_examples=30, deadline=None)
@given(markets, st.integers(1, 12), st.floats(0.1, 20.0), st.floats(0.2, 5.0))
def test_symmetric_thresholds_separate_equilibria_from_other_profiles(
    market: LeaseMarket, operators: int, background: float, capacity: float
) -> None:
    limits = symmetric_thresholds(market, operators, background, capacity)
    assume(limits.redundant_up_to > 1e-4)
    g, everyone = market.redundant_fraction, (capacity,) * operators

    def stable(reward: float, m: float) -> bool:
        game = MiningContest(market, everyone, background, reward)
        return all(
            game.best_response((m,) * operators, i) == pytest.approx(m, abs=1e-12) for i in range(operators)
        )

    assert stable(limits.redundant_up_to * (1 - 1e-6), g)
    assert not stable(limits.redundant_up_to * (1 + 1e-6), g)
    assert stable(limits.mining_only_from * (1 + 1e-6), 1.0)
    assert not stable(limits.mining_only_from * (1 - 1e-6), 1.0)
    assert limits.interior_up_to >= limits.redundant_up_to
    assert limits.mining_only_from >= limits.interior_up_to * (1 - 1e-12)


def test_operators_of_different_size_settle_in_a_verified_equilibrium() -> None:
    reached = MiningContest(PAPER, (0.5, 1.0, 2.0, 4.0), 10.0, 7.0).play()
    assert reached.kind is EquilibriumKind.ASYMMETRIC
    assert reached.max_gain <= 1e-12
    assert reached.reward_per_hash == pytest.approx(
        7.0 / (10.0 + math.fsum(c * m for c, m in zip((0.5, 1.0, 2.0, 4.0), reached.fractions, strict=True)))
    )


def test_a_profile_that_somebody_gains_by_leaving_is_not_called_an_equilibrium() -> None:
    verdict = contest(2, 5.2).verify((0.7, 0.7))
    assert verdict.kind is EquilibriumKind.NOT_EQUILIBRIUM
    assert verdict.max_gain > 1e-3
    assert contest(2, 5.2).play(max_sweeps=1).sweeps == 1


def test_bad_contests_and_profiles_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least one operator"):
        MiningContest(PAPER, (), 10.0, 1.0)
    with pytest.raises(ParameterError, match="capacities"):
        MiningContest(PAPER, (1.0, -1.0), 10.0, 1.0)
    with pytest.raises(ParameterError, match="background_hash_rate"):
        contest(2, 1.0, 0.0)
    with pytest.raises(ParameterError, match="reward"):
        contest(2, math.nan)
    with pytest.raises(ParameterError, match="2 of them, one per operator"):
        contest(2, 1.0).verify((0.7,))
    with pytest.raises(ParameterError, match="max_sweeps"):
        contest(2, 1.0).play(max_sweeps=0)
    with pytest.raises(ParameterError, match="equal capacities"):
        MiningContest(PAPER, (1.0, 2.0), 10.0, 1.0).equilibria()
    with pytest.raises(ParameterError, match="rivals_hash_rate \\+ background_hash_rate"):
        best_response(PAPER, 1.0, 0.0, 0.0, 1.0)
    with pytest.raises(ParameterError, match="operators"):
        symmetric_thresholds(PAPER, True, 10.0)
