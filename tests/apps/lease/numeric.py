"""The lease market solved by brute force, without any of the closed forms under test."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
GOLDEN = (5.0**0.5 - 1.0) / 2.0


def mining_grid(redundant_fraction: float, points: int = 4001) -> Vector:
    """Mining fractions in [g, 1), denser near both ends."""
    angle = np.linspace(0.0, np.pi, points)[:-1]
    return np.asarray(redundant_fraction + (1.0 - redundant_fraction) * 0.5 * (1.0 - np.cos(angle)))


def _demand(price: Vector, theta: Vector) -> Vector:
    return np.where(theta * price < 1.0, (1.0 - theta * price) ** 2 / (2.0 * price), 0.0)


def service_profit(s: float, g: float, bandwidth: float | None, m: Vector) -> Vector:
    """max over p of (p - s)Q subject to Q <= W: bisection for the lowest price, golden section above it."""
    theta = np.maximum(1.0, (1.0 - g) / (1.0 - m))
    low, high = np.full_like(m, 1e-12), 1.0 / theta
    if bandwidth is not None:
        above = high.copy()
        for _ in range(100):
            middle = 0.5 * (low + above)
            fits = _demand(middle, theta) <= bandwidth
            low, above = np.where(fits, low, middle), np.where(fits, middle, above)
        low = above
    low = np.maximum(low, min(s, 1.0))
    worthless = low >= high
    high = np.maximum(low, high)
    for _ in range(90):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        better = (left - s) * _demand(left, theta) >= (right - s) * _demand(right, theta)
        low, high = np.where(better, low, left), np.where(better, right, high)
    price = 0.5 * (low + high)
    return np.where(worthless, 0.0, (price - s) * _demand(price, theta))
