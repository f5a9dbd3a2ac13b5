"""The split of a band nearest to given wishes: projection onto the capped simplex."""

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.parameters import BadParameter, FloatArray, require_positive


def project(values: ArrayLike, total: float) -> FloatArray:
    """The point z of {z >= 0, sum z <= total} nearest to `values` (M,), of shape (M,), in the unit of both.

    z = max(values - beta, 0), beta >= 0: zero if that already fits, else what makes the sum `total` (the paper's
    (36)). The paper decides by the sum of |values|, which is wrong when some are negative; this does not. Exact to
    rounding of `total` however large the values: beta is found from their distances to the largest, and a value
    that is `total` or more below the largest gets nothing. Raises BadParameter for a value that is not finite and a
    total that is not finite and above 0.
    """
    wishes = np.asarray(values, dtype=np.float64)
    if wishes.ndim != 1 or not np.all(np.isfinite(wishes)):
        raise BadParameter("values", values, "a row of finite numbers")
    cap = require_positive("total", total)
    split = np.clip(wishes, 0.0, cap)
    if split.sum() <= cap:
        return split
    highest = wishes.max()
    below = 2.0 * np.maximum(0.5 * wishes - 0.5 * highest, -0.5 * cap)
    falling = -np.sort(-below)
    thresholds = (np.cumsum(falling) - cap) / np.arange(1, len(below) + 1)
    beta = thresholds[np.flatnonzero(falling >= thresholds)[-1]]
    return np.asarray(np.maximum(below - beta, 0.0))
