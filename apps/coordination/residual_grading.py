"""Grades of voluntary sensing participants by truth: does each fit what all others measured?

Every participant is left out in turn, and its measurements are compared with the kriging prediction from the others
that are trusted (`apps.coordination.residuals`): a constant lie shows in the offset, a random one in the spread.
A lie spoils the prediction for its neighbours too, and many lies hide each other. So the search starts from a core:

1. An offset of each participant is estimated together with the map, so that no lie touches another's offset, and
   taken off. The core is the half that is nearest to the middle of the shortest interval with half of the offsets,
   and least spread.
2. With the core's variogram everyone is tested against the core, then against those who passed, and so on.
3. The variogram is fitted again to those who passed, and step 2 repeated until nothing changes.

Both tests are scaled by their medians over the trusted, drawn towards 1, for a variogram that is a little wrong makes
everybody look better or worse. The offset is then a Student variable rather than a normal one, the spread an F rather
than a chi-square, with the degrees of freedom that such a scale is worth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from apps.coordination.actions import Grade
from apps.coordination.fit import fit_variogram
from apps.coordination.quantities import (
    BadQuantity,
    BoolArray,
    FloatArray,
    IntArray,
    labels,
    number_in,
)
from apps.coordination.residuals import Suspicion, left_out, precision_matrix, suspicion, without
from apps.coordination.samples import require_samples
from apps.coordination.variogram_models import VariogramModel

_MOST_PASSES, _MOST_STEPS = 4, 10
_CORE_SCALE = 2.0
_FAR_MORE = 1.5
"""Whose root mean square is above so many times the median is no part of the core."""
_OFFSET_DEVIATION_DB = 6.0
_PRIOR_DEGREES = 20.0
"""What the variogram's own scale counts against the medians'. With 20, honest participants of campuses with
buildings, which are no Gaussian fields, are caught at about twice the false alarm rate."""
_MEDIAN_EFFICIENCY = 0.37
"""Of a variance taken from the median of squares, against one from their mean: a median of n is worth 0.37 n."""
_MEDIAN_SQUARE = 0.45493642311957
"""Median of the chi-square distribution with one degree of freedom."""
_EXCELLENT_FROM, _GOOD_FROM = 0.2, 0.05

Fit = Callable[[FloatArray, FloatArray], VariogramModel]
"""Variogram from points (n, 2) in m and levels (n,) in dBm."""


@dataclass(frozen=True, slots=True, eq=False)
class ResidualGrades:
    """What leave-one-out kriging says about v participants and n measurements."""

    participants: IntArray
    """(v,) labels, ascending."""
    offset_db: FloatArray
    """(v,) mean difference from what the trusted others predict, dB; above 0: it reports too much."""
    probability: FloatArray
    """(v,) chance that an honest participant differs so much: small for a liar."""
    caught: BoolArray
    """(v,) whether that is below the false alarm rate."""
    grades: tuple[Grade, ...]
    """(v,) excellent from a probability of 0.2, good from 0.05, fair down to the false alarm rate, edge if caught."""
    kept: BoolArray
    """(n,) measurements of participants that were not caught: what the map should rest on."""
    residual_db: FloatArray
    """(n,) each kept measurement minus its prediction from all other kept ones, dB; NaN where not kept."""
    model: VariogramModel
    """Variogram of the kept measurements."""


def grade_by_residual(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    participants: ArrayLike,
    *,
    false_alarm: float = 0.01,
    model: VariogramModel | None = None,
    transmitter_m: ArrayLike | None = None,
    fit: Fit | None = None,
) -> ResidualGrades:
    """Grade by leave-one-out residual and say whose measurements to leave out of the map.

    Args:
        points_m: (n, 2) places of the measurements, m.
        values_dbm: (n,) levels, dBm.
        participants: (n,) integer labels of who measured.
        false_alarm: probability that an honest participant is caught, each by itself, above 0 and at most 0.2.
        model: variogram to use; None fits one to the measurements that are kept.
        transmitter_m: (2,) if known: the mean level then falls with log distance.
        fit: how to fit; None is `fit_variogram` by REML.

    At most half of the participants, rounded down, are caught: beyond, nobody can say who lies. Raises BadQuantity
    for fewer than 3 participants, bad labels or rates, and what `fit_variogram` and `precision_matrix` raise.
    """
    points, values = require_samples(points_m, values_dbm)
    who = labels("participants", participants, len(values))
    names = np.unique(who)
    if names.size < 3:
        raise BadQuantity("participants", names.size, "at least 3")
    if number_in("false_alarm", false_alarm, 0.0, _EXCELLENT_FROM) == 0.0:
        raise BadQuantity("false_alarm", false_alarm, "a probability above 0")

    panel, caught, used = _search(
        _Samples(points, values, who, names, transmitter_m), _fitting(model, fit, transmitter_m), false_alarm
    )
    kept = ~np.isin(who, names[caught])
    offset, probability = panel.verdicts(caught)
    residual = np.full(len(values), np.nan)
    residual[kept] = left_out(without(panel.precision, ~kept), values[kept])[0]
    grades = tuple(_grade(p, bool(c)) for p, c in zip(probability, caught, strict=True))
    return ResidualGrades(names, offset, probability, caught, grades, kept, residual, used)


def _fitting(model: VariogramModel | None, fit: Fit | None, transmitter_m: ArrayLike | None) -> Fit:
    if model is not None:
        return lambda points, levels: model
    return fit or (lambda points, levels: fit_variogram(points, levels, transmitter_m=transmitter_m))


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """n measurements and who made them."""

    points: FloatArray
    """(n, 2) m."""
    values: FloatArray
    """(n,) dBm."""
    who: IntArray
    """(n,) labels."""
    names: IntArray
    """(v,) labels, ascending."""
    transmitter: ArrayLike | None
    """(2,) m."""

    def panel(self, model: VariogramModel) -> "_Panel":
        """The samples under a variogram."""
        precision = precision_matrix(self.points, self.values, model, self.transmitter)
        return _Panel(precision, self.values, self.who, self.names)


def _search(samples: _Samples, fit: Fit, false_alarm: float) -> tuple["_Panel", BoolArray, VariogramModel]:
    """Panel, who is caught (v,), and the variogram: the steps of the module's text."""
    offset = samples.panel(fit(samples.points, samples.values)).offsets_db()
    level = samples.values - offset[np.searchsorted(samples.names, samples.who)]
    caught = samples.panel(fit(samples.points, level)).core()
    for _ in range(_MOST_PASSES):
        kept = ~np.isin(samples.who, samples.names[caught])
        used = fit(samples.points[kept], samples.values[kept])
        panel = samples.panel(used)
        before, caught = caught, panel.sift(caught, false_alarm)
        if np.array_equal(before, caught):
            break
    return panel, caught, used


def _grade(probability: float, caught: bool) -> Grade:
    if caught:
        return Grade.EDGE
    if probability >= _EXCELLENT_FROM:
        return Grade.EXCELLENT
    return Grade.GOOD if probability >= _GOOD_FROM else Grade.FAIR


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """All measurements, their Q under one variogram, and who made them."""

    precision: FloatArray
    """(n, n)."""
    values: FloatArray
    """(n,) dBm."""
    who: IntArray
    """(n,) labels."""
    names: IntArray
    """(v,) labels, ascending."""

    def offsets_db(self) -> FloatArray:
        """(v,) offset of each, estimated together with the map from all measurements, dB."""
        return self._offsets()[0]

    def core(self) -> BoolArray:
        """(v,) who is not in the half that agrees best."""
        offset, deviation = self._offsets()
        level = self.values - offset[self._index()]
        dual = self.precision @ level
        spread = [suspicion(self.precision, dual, np.flatnonzero(self.who == name)) for name in self.names]
        distance = np.abs(offset - _middle(offset)) / deviation
        unrest = np.array([np.sqrt(s.spread / max(s.degrees, 1)) for s in spread])
        # Who scatters far more than most comes last, however well its mean fits.
        distance[unrest > _FAR_MORE * np.median(unrest)] = np.inf
        return _ranks(distance) > len(self.names) // 2

    def sift(self, out: BoolArray, false_alarm: float) -> BoolArray:
        """(v,) who is caught, starting with everyone but `out` (v,) trusted; up to half of them."""
        for step in range(_MOST_STEPS):
            # A core is chosen for being close, so that its medians are too small.
            _, probability = self.verdicts(out, _CORE_SCALE if step == 0 else 1.0)
            ranked = np.argsort(probability, kind="stable")[: len(self.names) // 2]
            before, out = out, np.zeros_like(out)
            out[ranked] = probability[ranked] < false_alarm
            if np.array_equal(before, out):
                break
        return out

    def _index(self) -> IntArray:
        return np.searchsorted(self.names, self.who).astype(np.int64)

    def _offsets(self) -> tuple[FloatArray, FloatArray]:
        """Best linear prediction of the offsets as random effects of 6 dB, and its deviation if there are none."""
        own = np.eye(len(self.names))[self._index()]
        mass = own.T @ self.precision @ own
        inverse = np.linalg.inv(mass + np.eye(len(mass)) / _OFFSET_DEVIATION_DB**2)
        offset = inverse @ (own.T @ (self.precision @ self.values))
        # Where all levels are equal this is a difference of rounding errors, and may come out below zero.
        variance = np.maximum(np.diag(inverse @ mass @ inverse), np.finfo(np.float64).tiny)
        return offset, np.sqrt(variance)

    def verdicts(self, caught: BoolArray, scale: float = 1.0) -> tuple[FloatArray, FloatArray]:
        """Offsets (v,) in dB and probabilities (v,); the caught each against the kept alone."""
        suspicions = self._suspicions(caught)
        for index in np.flatnonzero(caught).tolist():
            others = caught.copy()
            others[index] = False
            suspicions[index] = self._suspicion(others, index)
        return np.array([s.offset_db for s in suspicions]), _probabilities(suspicions, ~caught, scale)

    def _suspicions(self, out: BoolArray) -> list[Suspicion]:
        """Of everyone that is not `out` (v,) among themselves; a blank for the others."""
        mask = np.isin(self.who, self.names[out])
        precision, who = without(self.precision, mask), self.who[~mask]
        dual = precision @ self.values[~mask]
        return [suspicion(precision, dual, np.flatnonzero(who == name)) for name in self.names]

    def _suspicion(self, out: BoolArray, index: int) -> Suspicion:
        mask = np.isin(self.who, self.names[out])
        precision, own = without(self.precision, mask), self.who[~mask] == self.names[index]
        return suspicion(precision, precision @ self.values[~mask], np.flatnonzero(own))


def _probabilities(suspicions: list[Suspicion], trusted: BoolArray, factor: float) -> FloatArray:
    """(v,) chance of the more surprising of two tests, times two: who is `trusted` (v,) sets their scales."""
    square = np.array([s.score**2 for s in suspicions])
    degrees = np.array([s.degrees for s in suspicions], dtype=np.float64)
    spread = np.array([s.spread for s in suspicions])
    informed = trusted & (square > 0.0)
    scale, worth = _scale(square[informed] / _MEDIAN_SQUARE, 1.0)
    offset = special.fdtrc(1.0, worth, square / (factor * scale))
    some = degrees > 0.0
    rest = np.ones(len(suspicions))
    if some.any():
        ratio = spread[some] / special.chdtri(degrees[some], 0.5)
        scale, worth = _scale(ratio[informed[some]], float(np.median(degrees[some])))
        rest[some] = special.fdtrc(degrees[some], worth, spread[some] / (factor * scale * degrees[some]))
    return np.minimum(2.0 * np.minimum(offset, rest), 1.0)


def _scale(ratios: FloatArray, degrees: float) -> tuple[float, float]:
    """Median of what should be 1, and how many degrees of freedom it is worth, drawn towards 1."""
    worth = _MEDIAN_EFFICIENCY * len(ratios) * degrees
    median = float(np.median(ratios)) if len(ratios) else 1.0
    return (worth * median + _PRIOR_DEGREES) / (worth + _PRIOR_DEGREES), worth + _PRIOR_DEGREES


def _middle(values: FloatArray) -> float:
    """Middle of the shortest interval that holds more than half of the values."""
    ordered, half = np.sort(values), len(values) // 2
    widths = ordered[half:] - ordered[: len(values) - half]
    first = int(np.argmin(widths))
    return float(0.5 * (ordered[first] + ordered[first + half]))


def _ranks(values: FloatArray) -> IntArray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.int64)
