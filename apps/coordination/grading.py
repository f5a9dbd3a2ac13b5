"""Grades of voluntary sensing participants by the LTE signal condition, as the paper has it.

It grades how strong the signal is and not how true the report: a participant who adds 20 dB to what it measured
gets the best grade. `apps.coordination.residual_grading` grades truth.

The classes are those commonly tabulated for LTE. The paper does not print them, and tables differ in who owns a
boundary; here a class has its lower boundary: -90.0 dBm is good, -90.1 dBm is fair.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.actions import Grade
from apps.coordination.quantities import BadQuantity, IntArray, array_in, labels

_LOWER_BOUNDS = {
    "rsrp": (-80.0, -90.0, -100.0),
    "rsrq": (-10.0, -15.0, -20.0),
    "sinr": (20.0, 13.0, 0.0),
}
QUANTITIES = tuple(_LOWER_BOUNDS)
"""What a phone reports: RSRP in dBm, RSRQ and SINR in dB."""


@dataclass(frozen=True, slots=True, eq=False)
class SignalGrades:
    """Grades of v participants by the signal condition at their median measurement."""

    participants: IntArray
    """(v,) labels, ascending."""
    grades: tuple[Grade, ...]
    """One for each, in that order."""


def signal_conditions(values: ArrayLike, quantity: str = "rsrp") -> tuple[Grade, ...]:
    """Class of each of the values (n,) of one of QUANTITIES. Raises BadQuantity for others and for NaN.

    RSRP from -80 dBm is excellent, from -90 good, from -100 fair, else cell edge; RSRQ from -10, -15, -20 dB;
    SINR from 20, 13, 0 dB.
    """
    if quantity not in _LOWER_BOUNDS:
        raise BadQuantity("quantity", quantity, f"one of {', '.join(QUANTITIES)}")
    levels = array_in(quantity, values, -250.0, 100.0)
    if levels.ndim != 1:
        raise BadQuantity(quantity, levels.shape, "the shape (n,)")
    below = np.sum(levels[:, None] < np.array(_LOWER_BOUNDS[quantity]), axis=1)
    return tuple(Grade(int(steps)) for steps in below)


def grade_by_signal(values: ArrayLike, participants: ArrayLike, quantity: str = "rsrp") -> SignalGrades:
    """Class of each participant's median, from values (n,) and the label (n,) of who measured each.

    Raises BadQuantity as `signal_conditions`, and for no measurements or labels that are not integers.
    """
    levels = array_in(quantity, values, -250.0, 100.0)
    if levels.size == 0:
        raise BadQuantity("values", levels.shape, "at least one measurement")
    who = labels("participants", participants, levels.size)
    names = np.unique(who)
    medians = [float(np.median(levels[who == name])) for name in names]
    return SignalGrades(names, signal_conditions(medians, quantity))
