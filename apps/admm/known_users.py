"""The least power a cell needs once its users and their channels are known, and how it divides its band.

Letters: b a user's bandwidth, h its gain |h|^2, c = R ln 2, y = c/b, mu the price of a hertz, w the cell's band.
Problem (44) of the acquisition paper is min sum sigma^2 b/h (e^y - 1) with sum b <= w. Its solution (45) is
(y-1) e^y + 1 = mu h/sigma^2 for every user, and mu is the root of S(mu) = sum c/y(mu) = w. Since ln S is convex
and falls in ln mu, Newton's method needs neither bisection nor the bracket (46): after one step it is below
the root, and from there its steps never pass it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.admm.lambert import log_marginal, log_shifted_lambert
from apps.admm.parameters import (
    BadParameter,
    FloatArray,
    RateOutOfReach,
    require_numbers,
    require_positive,
    require_positive_array,
)

_BLOCK_USERS = 1 << 15
_MOST_STEPS = 100
_LAST_STEP = 1e-8
_LOG_LARGEST = float(np.log(np.finfo(np.float64).max))


@dataclass(frozen=True, slots=True, eq=False)
class UserAllocation:
    """The solution of (44) for one cell of N users.

    bandwidth_hz, power_w: (N,) of each user, in the order given; price_w_per_hz: mu, the power one more hertz
    would save (0 without users); total_power_w: the sum of the powers.
    """

    bandwidth_hz: FloatArray
    power_w: FloatArray
    price_w_per_hz: float
    total_power_w: float


@dataclass(frozen=True, slots=True, eq=False)
class GroupAllocation:
    """The solutions of (44) for G groups with U users in all.

    bandwidth_hz, power_w: (U,) of each user; price_w_per_hz, total_power_w: (G,) of each group.
    """

    bandwidth_hz: FloatArray
    power_w: FloatArray
    price_w_per_hz: FloatArray
    total_power_w: FloatArray


def allocate(
    gain: ArrayLike, rate_bps: ArrayLike, bandwidth_hz: float, noise_psd_w_per_hz: float
) -> UserAllocation:
    """Least power for N users of `gain` |h|^2 (N,) at `rate_bps` (one or (N,)) in `bandwidth_hz`, by (44)-(47).

    No users need nothing. Raises BadParameter for what is not finite and above 0, and for shapes that do not fit;
    RateOutOfReach for cell 0 with the sum of the users' rates where the band is so narrow that no representable
    power is enough.
    """
    band = require_positive("bandwidth_hz", bandwidth_hz)
    users = require_numbers("gain", gain).size
    found = allocate_groups(gain, rate_bps, [0, users], [band], noise_psd_w_per_hz)
    price, total = found.price_w_per_hz.item(), found.total_power_w.item()
    return UserAllocation(found.bandwidth_hz, found.power_w, price, total)


def allocate_groups(
    gain: ArrayLike,
    rate_bps: ArrayLike,
    first_user: ArrayLike,
    bandwidth_hz: ArrayLike,
    noise_psd_w_per_hz: float,
) -> GroupAllocation:
    """`allocate` for G groups of users at once, each with a band of its own.

    gain: (U,) the users of all groups in a row; rate_bps: one or (U,); first_user: (G+1,) rising from 0 to U,
    group g holds the users first_user[g] to first_user[g+1]-1 and may be empty; bandwidth_hz: (G,).
    Raises BadParameter; RateOutOfReach, whose cell is the number of a group that cannot be served.
    """
    noise = require_positive("noise_psd_w_per_hz", noise_psd_w_per_hz)
    gains, need = _checked_users(gain, rate_bps)
    bounds = _checked_bounds(first_user, gains.size)
    bands = _checked_bands(bandwidth_hz, bounds.size - 1)
    bandwidth, power = np.zeros(gains.size), np.zeros(gains.size)
    price, total = np.zeros(bands.size), np.zeros(bands.size)
    with np.errstate(over="ignore", under="ignore"):
        for groups in _blocks(bounds):
            users = slice(bounds[groups[0]], bounds[groups[-1] + 1])
            block = _Block(groups, bounds[groups] - users.start, gains[users], need[users], bands[groups])
            block.refuse(block.hopeless())
            log_price, bandwidth[users] = _divide(block)
            power[users] = noise * bandwidth[users] / block.gain * np.expm1(block.need / bandwidth[users])
            price[groups], total[groups] = noise * np.exp(log_price), block.sums(power[users])
            block.refuse(~np.isfinite(price[groups] + total[groups]))
    return GroupAllocation(bandwidth, power, price, total)


def price_bracket_w_per_hz(
    gain: ArrayLike, rate_bps: ArrayLike, bandwidth_hz: float, noise_psd_w_per_hz: float
) -> tuple[float, float]:
    """The prices chi/max|h|^2 and chi/min|h|^2 of (46), chi by (47), between which mu of `allocate` lies.

    Raises BadParameter, also without users. A price that is not representable is inf.
    """
    noise = require_positive("noise_psd_w_per_hz", noise_psd_w_per_hz)
    gains, need = _checked_users(gain, rate_bps)
    if gains.size == 0:
        raise BadParameter("gain", gain, "the gains of one user or more")
    band = np.array([require_positive("bandwidth_hz", bandwidth_hz)])
    only = np.zeros(1, np.intp)
    with np.errstate(over="ignore", under="ignore"):
        lowest, highest = np.exp(_Block(only, only, gains, need, band).log_bracket())
    return noise * lowest.item(), noise * highest.item()


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some groups in a row, none of them empty: their numbers, where each begins, gains, needs c and bands."""

    groups: NDArray[np.intp]
    begins: NDArray[np.intp]
    gain: FloatArray
    need: FloatArray
    band: FloatArray

    def sums(self, values: FloatArray) -> FloatArray:
        """(groups,) sums of (users,)."""
        sums: FloatArray = np.add.reduceat(values, self.begins)
        return sums

    def spread(self, values: FloatArray) -> FloatArray:
        """(users,) values of their (groups,)."""
        return np.repeat(values, np.diff(self.begins, append=self.gain.size))

    def log_chi(self) -> FloatArray:
        """ln of chi/sigma^2 of (47), which in logarithms cannot overflow."""
        return log_marginal(np.log(self.sums(self.need) / self.band))[0]

    def log_bracket(self) -> tuple[FloatArray, FloatArray]:
        """ln of both prices of (46) over sigma^2."""
        best, worst = (extreme.reduceat(self.gain, self.begins) for extreme in (np.maximum, np.minimum))
        log_chi = self.log_chi()
        return log_chi - np.log(best), log_chi - np.log(worst)

    def hopeless(self) -> NDArray[np.bool_]:
        """Whether even with everybody's gain at the best one, which is w/h (e^(sum c/w) - 1), power overflows."""
        best = np.maximum.reduceat(self.gain, self.begins)
        with np.errstate(divide="ignore", invalid="ignore"):
            least = self.sums(self.need) / self.band + np.log(self.band) - np.log(best)
        return ~(least < _LOG_LARGEST)

    def refuse(self, failed: NDArray[np.bool_]) -> None:
        """Raise RateOutOfReach for the first of the groups that `failed`."""
        if failed.any():
            i = int(np.argmax(failed))
            rate, band = self.sums(self.need)[i].item() / float(np.log(2.0)), self.band[i].item()
            raise RateOutOfReach(int(self.groups[i]), rate, rate / band if band > 0.0 else float(np.inf))


def _divide(block: _Block) -> tuple[FloatArray, FloatArray]:
    """ln(mu/sigma^2) of each group and the bandwidth of each user, by Newton's method for ln S(ln mu) = ln w."""
    log_gain, log_need, log_band = np.log(block.gain), np.log(block.need), np.log(block.band)
    log_price = block.log_chi() - block.sums(block.need * log_gain) / block.sums(block.need)
    log_y: FloatArray | None = None
    for _ in range(_MOST_STEPS):
        log_y, phi = log_shifted_lambert(block.spread(log_price) + log_gain, log_y)
        bandwidth = np.exp(log_need - log_y)
        used = block.sums(bandwidth)
        rise = (np.log(used) - log_band) * used / block.sums(bandwidth * phi)
        log_price, log_y = log_price + rise, log_y + phi * block.spread(rise)
        if np.max(np.abs(rise)) <= _LAST_STEP:
            break
    return log_price, np.exp(log_need - log_y)


def _blocks(bounds: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """The numbers of the groups that are not empty, cut so that a block's arrays stay in the cache."""
    filled = np.flatnonzero(np.diff(bounds))
    cuts = np.flatnonzero(np.diff(bounds[filled] // _BLOCK_USERS)) + 1
    return iter(np.split(filled, cuts) if filled.size else ())


def _checked_users(gain: ArrayLike, rate_bps: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The gains and the needs c = R ln 2 of the users, (U,) each."""
    gains, rates = _positive_or_none("gain", gain), _positive_or_none("rate_bps", rate_bps)
    if gains.ndim != 1:
        raise BadParameter("gain", gain, "the gains of the users in a row")
    if rates.shape not in ((), gains.shape):
        raise BadParameter("rate_bps", rate_bps, f"one rate or {gains.size} of them")
    return gains, np.broadcast_to(rates * np.log(2.0), gains.shape)


def _positive_or_none(parameter: str, values: ArrayLike) -> FloatArray:
    array = require_numbers(parameter, values)
    return require_positive_array(parameter, array) if array.size else array


def _checked_bounds(first_user: ArrayLike, users: int) -> NDArray[np.intp]:
    expected = f"whole numbers that rise from 0 to {users}"
    bounds = require_numbers("first_user", first_user, expected)
    rising = bounds.ndim == 1 and bounds.size > 0 and bool(np.all(np.diff(bounds) >= 0))
    if not rising or bounds[0] != 0 or bounds[-1] != users or np.asarray(first_user).dtype.kind not in "iu":
        raise BadParameter("first_user", first_user, expected)
    return bounds.astype(np.intp)


def _checked_bands(bandwidth_hz: ArrayLike, groups: int) -> FloatArray:
    expected = f"finite numbers of 0 or more, as many as groups ({groups})"
    bands = require_numbers("bandwidth_hz", bandwidth_hz, expected)
    if bands.shape != (groups,) or not np.all((bands >= 0.0) & (bands < np.inf)):
        raise BadParameter("bandwidth_hz", bandwidth_hz, expected)
    return bands
