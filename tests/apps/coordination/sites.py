"""Sites, levels and models that the tests of the map share."""

import json
from typing import Any

import numpy as np

from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import (
    Exponential,
    Gaussian,
    Linear,
    Matern,
    Mixture,
    Spherical,
    VariogramModel,
)
from tests.shared import shared_file

VALID_MODELS: list[VariogramModel] = [
    Exponential(30.0, 28.0, 0.3),
    Gaussian(30.0, 28.0, 0.3),
    Spherical(30.0, 60.0, 0.3),
    Matern(30.0, 60.0, 0.3),
    Matern(30.0, 60.0, 0.3, smoothness=2.5),
    Linear.with_slope(1.0, 0.3),
    Mixture(0.3, (Exponential(20.0, 30.0), Gaussian(5.0, 90.0), Linear.with_slope(0.2))),
]


def reference() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shared_file("reference/frequency_coordination.json").read_text())
    return loaded


def scattered(sites: int, seed: int = 0, side_m: float = 200.0) -> tuple[FloatArray, FloatArray]:
    """Places (n, 2) in a square and levels (n,) with a trend and noise."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.0, side_m, (sites, 2))
    levels = -90.0 + 6.0 * np.sin(points[:, 0] / 25.0) + 4.0 * np.cos(points[:, 1] / 40.0)
    return points, levels + rng.normal(0.0, 1.0, sites)


class Field:
    """A benchmark field of the reference: 40 x 40 pixels of 5 m, 200 of them measured."""

    def __init__(self, name: str) -> None:
        field = reference()["benchmark_fields"][name]
        number = np.arange(1600)
        centres = np.column_stack([2.5 + 5.0 * (number % 40), 2.5 + 5.0 * (number // 40)])
        truth, chosen = np.array(field["truth"]), np.array(field["sample_index"])
        others = np.setdiff1d(number, chosen)
        self.points, self.values = centres[chosen], truth[chosen]
        self.targets, self.truth = centres[others], truth[others]
        self.transmitter = np.array(field["tx"])
        self.expected: dict[str, dict[str, float]] = field["expected"]
        self.record: dict[str, Any] = field
