"""How participants behave off chain: what a phone reports of what it receives, and whether it tells the truth."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class VspBehaviour(Protocol):
    """How a voluntary sensing participant comes from the true level to what it reports."""

    def report_dbm(self, level_dbm: float, rng: np.random.Generator) -> float:
        """The level it reports, dBm."""
        ...


@dataclass(frozen=True, slots=True)
class Truthful:
    """Reports what it measures; the error of the measurement is normal."""

    error_db: float
    """Standard deviation of the error: small for an honest phone, large for a noisy one."""

    def report_dbm(self, level_dbm: float, rng: np.random.Generator) -> float:
        """The level with a new error."""
        return level_dbm + self.error_db * float(rng.standard_normal())


@dataclass(frozen=True, slots=True)
class Lying:
    """Reports another level than it measures: higher, say, because strong signals are graded better."""

    error_db: float
    """Standard deviation of its measurement."""
    offset_db: float
    """What it adds."""

    def report_dbm(self, level_dbm: float, rng: np.random.Generator) -> float:
        """The measured level with the offset."""
        return level_dbm + self.error_db * float(rng.standard_normal()) + self.offset_db
