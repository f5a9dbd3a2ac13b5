"""The iteration on chain beside the same one in floats: within a hertz, round after round and in the licences."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from apps.admm.scientific import Scientific
from apps.admm.state import Licence
from apps.testing import account_of
from tests.apps.admm.scene import MHZ, NAMES, best_bandwidth_hz, operator_of, play, record_of, running, terms

PRICE = 1e-11
OPTIMUM_MHZ = (9.6, 6.3, 12.0, 15.1, 25.9, 31.1)
"""Where all operators with these costs have the same price, W/Hz; in sum the 100 MHz there are."""
COSTS = {name: PRICE * (mhz * 1e6) ** 2 for name, mhz in zip(NAMES, OPTIMUM_MHZ, strict=True)}
PENALTY = Scientific(143, -20)
"""About the mean curvature of the costs at the optimum, W/Hz^2."""


@dataclass
class FloatAdmm:
    """The same iteration in floats, for operators whose answers are rounded to whole hertz."""

    costs: Mapping[str, float]
    total_hz: float
    penalty: float
    relaxation: float
    balancing_rounds: int
    round: int = 0
    split: dict[str, float] = field(default_factory=dict)
    dual: dict[str, float] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.split = dict.fromkeys(self.costs, 0.0)
        self.dual = dict.fromkeys(self.costs, 0.0)

    def step(self) -> None:
        self.round += 1
        before = self.split
        self.answers = {
            who: round(best_bandwidth_hz(cost, before[who] - self.dual[who], self.penalty))
            for who, cost in self.costs.items()
        }
        relaxed = {
            who: self.relaxation * w + (1 - self.relaxation) * before[who] for who, w in self.answers.items()
        }
        wanted = {who: relaxed[who] + self.dual[who] for who in self.costs}
        beta = self._beta(list(wanted.values()))
        self.split = {who: max(value - beta, 0.0) for who, value in wanted.items()}
        self.dual = {who: wanted[who] - self.split[who] for who in self.costs}
        if self.round <= self.balancing_rounds:
            self._balance(before)

    def _beta(self, values: list[float]) -> float:
        """By bisection, an independent way to the threshold."""
        if sum(max(value, 0.0) for value in values) <= self.total_hz:
            return 0.0
        low, high = 0.0, max(values)
        for _ in range(200):
            middle = (low + high) / 2
            over = sum(max(value - middle, 0.0) for value in values) > self.total_hz
            low, high = (middle, high) if over else (low, middle)
        return (low + high) / 2

    def _balance(self, before: Mapping[str, float]) -> None:
        primal = sum((self.answers[who] - z) ** 2 for who, z in self.split.items())
        change = sum((z - before[who]) ** 2 for who, z in self.split.items())
        size = max(sum(z * z for z in self.split.values()), sum(w * w for w in self.answers.values()))
        dual = sum(u * u for u in self.dual.values())
        factor = 2.0 if primal * dual > 100 * change * size else 1.0
        factor = 0.5 if change * size > 100 * primal * dual else factor
        self.penalty *= factor
        self.dual = {who: u / factor for who, u in self.dual.items()}


@pytest.mark.parametrize(
    ("penalty", "relaxation_ppm", "balancing_rounds"),
    [
        (PENALTY, 1_000_000, 0),
        (PENALTY, 1_600_000, 0),
        (PENALTY.times(1, -2), 1_000_000, 50),
        (PENALTY.times(1, 2), 1_600_000, 50),
    ],
)
def test_the_chain_is_within_a_hertz_of_the_same_iteration_in_floats(
    penalty: Scientific, relaxation_ppm: int, balancing_rounds: int
) -> None:
    chosen = terms(
        penalty=penalty,
        relaxation_ppm=relaxation_ppm,
        balancing_rounds=balancing_rounds,
        tolerance_ppb=100,
    )
    chain = running(NAMES, chosen)
    start = penalty.significand * 10.0**penalty.exponent
    beside = FloatAdmm(COSTS, 100e6, start, relaxation_ppm / 1e6, balancing_rounds)
    answered: list[Mapping[str, int]] = []

    def compare(answers: Mapping[str, int]) -> None:
        beside.step()
        answered.append(answers)
        for who in COSTS:
            assert abs(answers[who] - beside.answers[who]) <= 1
            assert abs(operator_of(chain, who).split / 1e6 - beside.split[who]) <= 1

    play(chain, COSTS, 200, compare)
    record = record_of(chain)
    assert record.converged
    assert (record.doublings != 0) == (balancing_rounds > 0)
    assert start * 2.0**record.doublings == pytest.approx(beside.penalty, rel=1e-12)
    licences = {who: chain.query("admm", "licence", "band", account_of(who)) for who in COSTS}
    for who, licence in licences.items():
        assert isinstance(licence, Licence)
        assert abs(licence.bandwidth - beside.split[who]) <= 1
        assert licence.price.significand * 10.0**licence.price.exponent == pytest.approx(PRICE, rel=1e-5)
    held = {who: licence.bandwidth for who, licence in licences.items() if isinstance(licence, Licence)}
    assert sum(held.values()) == 100 * MHZ
    power = sum(cost / held[who] for who, cost in COSTS.items())
    best = sum(cost / (mhz * 1e6) for cost, mhz in zip(COSTS.values(), OPTIMUM_MHZ, strict=True))
    assert 0 <= power / best - 1 < 1e-6
