"""Whether a sharer may transmit, with how much power, and which protected place decides.

A place is kept if its SINR stays at its threshold or above, S - dB(lin(I) + lin(N)) >= theta, where I is the
sharer and N the noise with all sharers granted before. The largest permissible power follows in closed form.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

import numpy as np

from apps.coordination.places import ProtectedPlaces
from apps.coordination.quantities import (
    HIGHEST_DBM,
    LOWEST_DBM,
    BadQuantity,
    BoolArray,
    FloatArray,
    number_in,
)

_TIES_DB = 1e-6
"""Values so close count as equal: an answer must not depend on the machine's last digits."""
_NEPERS_PER_DB = np.log(10.0) / 10.0


class Outcome(StrEnum):
    """What the agency says to a request."""

    GRANT = "grant"
    REDUCE = "reduce"
    """Granted with less power than asked for."""
    DENY = "deny"


class Reason(StrEnum):
    """Why it says so."""

    WITHIN_LIMITS = "the requested power keeps every place"
    POWER_REDUCED = "the requested power is above the limit of a place"
    BELOW_MINIMUM = "the permissible power is below the least that serves"
    UNREACHABLE = "a place misses its threshold without any sharer"
    USED_UP = "sharers granted before use up what a place tolerates"
    NOTHING_PROTECTED = "no place reaches its threshold without any sharer"


@dataclass(frozen=True, slots=True)
class PowerRequest:
    """What a sharer asks for. Raises BadQuantity unless -250 <= minimum <= power <= 100 dBm."""

    power_dbm: float
    """Power it wants to send with, dBm."""
    minimum_dbm: float = LOWEST_DBM
    """Least power that serves it, dBm: below, the answer is to deny."""

    def __post_init__(self) -> None:
        number_in("power_dbm", self.power_dbm, LOWEST_DBM, HIGHEST_DBM)
        number_in("minimum_dbm", self.minimum_dbm, LOWEST_DBM, self.power_dbm)


class LimitRule(Protocol):
    """How the permissible power at each place follows from what is known about it."""

    def limits_dbm(self, places: ProtectedPlaces) -> FloatArray:
        """(m,) largest power that keeps each place by itself, dBm; -inf where none does; never NaN."""
        ...

    def margins_db(self, places: ProtectedPlaces, power_dbm: float) -> FloatArray:
        """(m,) how much higher the thresholds could be with a sharer at `power_dbm` (-inf: none), dB."""
        ...


@dataclass(frozen=True, slots=True)
class MeanRule:
    """Takes the predicted level for the true one: at its limit the outage is 50 % (see `ChanceRule`)."""

    def limits_dbm(self, places: ProtectedPlaces) -> FloatArray:
        """(m,) I_max - (net gain - path loss), dBm; -inf where nothing is tolerable."""
        return (
            tolerable_dbm(places.signal_dbm - places.threshold_db, places.background_dbm) - places.coupling_db
        )

    def margins_db(self, places: ProtectedPlaces, power_dbm: float) -> FloatArray:
        """(m,) SINR - theta with a sharer at `power_dbm` (-inf: none), dB."""
        return sinr_db(places, power_dbm) - places.threshold_db


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """The answer to a request. Nothing in it is NaN; -inf dBm means no power at all."""

    outcome: Outcome
    """Grant, grant with less power, or deny."""
    reason: Reason
    """Why."""
    requested_dbm: float
    """The power asked for, dBm."""
    granted_dbm: float
    """The power that may be sent, dBm; -inf when denied."""
    permissible_dbm: float
    """The smallest limit of the places, dBm; -inf when no power keeps them all."""
    limiting_place: int
    """Index of the place with the smallest limit; of equal ones (1e-6 dB) the first."""
    limits_dbm: FloatArray
    """(m,) largest power that keeps each place, dBm; dropped places included."""
    sinr_db: FloatArray
    """(m,) SINR at the granted power with the predicted levels, dB."""
    margin_db: float
    """By how much the limiting place's threshold could be higher, dB: at the granted power, or for a denial at the
    least that serves (then below 0). By `MeanRule` it is SINR - theta."""
    dropped: tuple[int, ...]
    """Places left out of the mask, because they miss their threshold without any sharer."""

    @property
    def headroom_db(self) -> float:
        """permissible - requested power, dB: >= 0 for a grant, else how much is missing; -inf if none will do."""
        return self.permissible_dbm - self.requested_dbm

    @property
    def back_off_db(self) -> float:
        """How far the sender must go down, max(0, requested - permissible), dB; inf if no power will do."""
        return max(0.0, -self.headroom_db)


def tolerable_dbm(highest_dbm: FloatArray, background_dbm: FloatArray) -> FloatArray:
    """I_max = dB(lin(S - theta) - lin(N)) with highest = S - theta, dBm; -inf where it does not exceed N."""
    room = highest_dbm - background_dbm
    with np.errstate(divide="ignore"):
        share = np.log10(-np.expm1(-_NEPERS_PER_DB * np.maximum(room, 0.0)))
    return np.asarray(highest_dbm + 10.0 * share)


def sinr_db(places: ProtectedPlaces, power_dbm: float) -> FloatArray:
    """(m,) SINR with the sharer at `power_dbm` (-inf: silent) and the predicted levels, dB."""
    interference = power_dbm + places.coupling_db
    nepers = _NEPERS_PER_DB
    disturbance = np.logaddexp(nepers * interference, nepers * places.background_dbm) / nepers
    return np.asarray(places.signal_dbm - disturbance)


def assess(
    request: PowerRequest,
    places: ProtectedPlaces,
    rule: LimitRule | None = None,
    unreachable: Literal["deny", "drop"] = "deny",
) -> Assessment:
    """Grant, grant with less power, or deny.

    A place that misses its threshold without any sharer has no limit. It denies the request, or with
    `unreachable="drop"` leaves the mask; one whose tolerance was used up by sharers granted before always
    denies. If no place is left the request is denied: nothing protected is not everything protected.

    Powers within 1e-6 dB of a limit count as at the limit, so that agencies with other machines agree.

    Args:
        request: the power asked for and the least that serves.
        places: the protected places.
        rule: `MeanRule` (default) or `ChanceRule`.
        unreachable: what a place without a limit does.

    Raises:
        BadQuantity: another word for `unreachable`, or what the rule refuses.
    """
    if unreachable not in ("deny", "drop"):
        raise BadQuantity("unreachable", unreachable, "'deny' or 'drop'")
    rule = MeanRule() if rule is None else rule
    limits = rule.limits_dbm(places)
    hopeless = _hopeless(rule, places, limits)
    kept = ~hopeless if unreachable == "drop" else np.ones(places.count, dtype=bool)
    candidates = np.where(kept, limits, np.inf) if kept.any() else limits
    place, permissible = _smallest(candidates), float(np.min(candidates))
    outcome, reason = _answer(request, permissible, bool(kept.any()), bool(hopeless[place]))
    power = {Outcome.GRANT: request.power_dbm, Outcome.REDUCE: permissible}.get(outcome, request.minimum_dbm)
    granted = -math.inf if outcome is Outcome.DENY else power
    return Assessment(
        outcome=outcome,
        reason=reason,
        requested_dbm=request.power_dbm,
        granted_dbm=granted,
        permissible_dbm=permissible,
        limiting_place=place,
        limits_dbm=limits,
        sinr_db=sinr_db(places, granted),
        margin_db=float(rule.margins_db(places, power)[place]),
        dropped=tuple(np.flatnonzero(~kept).tolist()),
    )


def _hopeless(rule: LimitRule, places: ProtectedPlaces, limits_dbm: FloatArray) -> BoolArray:
    """(m,) places that have no limit even before any sharer was granted."""
    without = np.isneginf(limits_dbm)
    return without & np.isneginf(rule.limits_dbm(places.without_sharers())) if without.any() else without


def _answer(
    request: PowerRequest, permissible_dbm: float, protects: bool, hopeless: bool
) -> tuple[Outcome, Reason]:
    if not protects:
        return Outcome.DENY, Reason.NOTHING_PROTECTED
    if math.isinf(permissible_dbm):
        return Outcome.DENY, Reason.UNREACHABLE if hopeless else Reason.USED_UP
    if request.power_dbm <= permissible_dbm + _TIES_DB:
        return Outcome.GRANT, Reason.WITHIN_LIMITS
    if permissible_dbm + _TIES_DB < request.minimum_dbm:
        return Outcome.DENY, Reason.BELOW_MINIMUM
    return Outcome.REDUCE, Reason.POWER_REDUCED


def _smallest(limits_dbm: FloatArray) -> int:
    """Index of the smallest; of those within 1e-6 dB of it the first."""
    return int(np.argmax(limits_dbm <= np.min(limits_dbm) + _TIES_DB))
