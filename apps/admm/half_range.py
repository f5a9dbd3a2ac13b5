"""Half-range Gauss-Hermite quadrature: nodes and weights for the weight exp(-t^2) on [0, infinity).

The recurrence coefficients alpha_n, beta_n of its monic orthogonal polynomials satisfy the string equations

    2 beta_(n+1) = 2n + 1 - 2 beta_n - 2 alpha_n^2
    4 alpha_(n+1) alpha_n beta_(n+1) = (2 beta_(n+1) - n - 1)^2,     alpha_0 = 1/sqrt(pi), beta_0 := 0

(integrate t^2 (p_n^2 e^(-t^2))' and t (p_n p_(n-1) e^(-t^2))' by parts). Run forward they lose 1.13 digits a
step (measured up to n = 1000), which decimal arithmetic pays in advance. Double precision gives starting nodes
(Golub and Welsch, 1969); one Newton step and the weights 1 / sum p_n^2, p_n orthonormal, are again done in
decimal, because t - alpha_n in double would leave the small nodes with a relative error of 1e-11.
"""

from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from apps.admm.parameters import FloatArray, require_count

MOST_POINTS = 2000
_DIGITS = 40
_LOST_PER_STEP = 1.2


def half_range_hermite(points: int) -> tuple[FloatArray, FloatArray]:
    """Nodes (K,), ascending, and weights (K,) of the K-point rule, relative error of each below 1e-12.

    Exact for polynomials up to degree 2K - 1 times exp(-t^2). Weights below 5e-324 are returned as 0 (from about
    K = 440 on). The arrays are shared and read-only. The first call takes about 0.5 s for K = 500.
    Method of N. M. Steen, G. D. Byrne and E. M. Gelbard (1969), with coefficients of J. S. Ball (2002).
    Raises BadParameter unless K is an int from 1 to 2000.
    """
    return _rule(require_count("points", points, 1, MOST_POINTS))


@cache
def _rule(points: int) -> tuple[FloatArray, FloatArray]:
    alpha, beta = recurrence_coefficients(points)
    off_diagonal = np.sqrt([float(b) for b in beta[1:]])
    rough = linalg.eigh_tridiagonal([float(a) for a in alpha], off_diagonal, eigvals_only=True)
    with localcontext(Context(prec=_DIGITS)):
        nodes = np.array([Decimal(t) for t in rough.tolist()], dtype=object)
        nodes = nodes - _newton_step(nodes, alpha, beta)
        weights = _christoffel(nodes, alpha, beta)
    result = nodes.astype(np.float64), weights.astype(np.float64)
    for array in result:
        array.setflags(write=False)
    return result


def recurrence_coefficients(points: int) -> tuple[list[Decimal], list[Decimal]]:
    """alpha_0..alpha_(K-1) and beta_0..beta_(K-1), beta_0 = sqrt(pi)/2 being the total weight; 40 digits right."""
    with localcontext(Context(prec=_DIGITS + 20 + int(_LOST_PER_STEP * points))) as context:
        root_pi = _pi(context.prec).sqrt()
        alpha, beta = [1 / root_pi], [root_pi / 2]
        b = Decimal(0)
        for n in range(points - 1):
            b = Decimal(2 * n + 1) / 2 - b - alpha[-1] ** 2
            alpha.append((2 * b - n - 1) ** 2 / (4 * b * alpha[-1]))
            beta.append(b)
    with localcontext(Context(prec=_DIGITS)):
        return [+a for a in alpha], [+b for b in beta]


def _pi(digits: int) -> Decimal:
    """pi by Machin's formula 16 arctan(1/5) - 4 arctan(1/239) in integers."""
    one = 10 ** (digits + 10)
    return Decimal(16 * _arctan_inverse(5, one) - 4 * _arctan_inverse(239, one)) / Decimal(one)


def _arctan_inverse(x: int, one: int) -> int:
    total = term = one // x
    n = 1
    while term:
        term //= -x * x
        n += 2
        total += term // n
    return total


def _newton_step(
    nodes: NDArray[np.object_], alpha: list[Decimal], beta: list[Decimal]
) -> NDArray[np.object_]:
    """p_K / p_K' at the nodes."""
    before, here = np.zeros_like(nodes), np.ones_like(nodes)
    slope_before, slope = np.zeros_like(nodes), np.zeros_like(nodes)
    for a, b in zip(alpha, beta, strict=True):
        distance = nodes - a
        slope_before, slope = slope, here + distance * slope - b * slope_before
        before, here = here, distance * here - b * before
    return np.asarray(here / slope)


def _christoffel(
    nodes: NDArray[np.object_], alpha: list[Decimal], beta: list[Decimal]
) -> NDArray[np.object_]:
    """1 / sum of the squared orthonormal polynomials of degree below K at the nodes."""
    before, here, total = np.zeros_like(nodes), np.ones_like(nodes), np.zeros_like(nodes)
    norm = Decimal(1)
    for a, b in zip(alpha, beta, strict=True):
        norm *= b
        total = total + here * here / norm
        before, here = here, (nodes - a) * here - b * before
    return np.asarray(1 / total)
