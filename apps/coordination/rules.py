"""How every agency of a zone comes from data to a decision: published off chain, so that all find the same."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from apps.coordination.actions import Ask
from apps.coordination.campus import MOBILE_HEIGHT_M
from apps.coordination.chance import ChanceRule
from apps.coordination.decision import LimitRule, MeanRule
from apps.coordination.link_budget import LinkBudget, noise_dbm, sum_dbm, wideband_dbm
from apps.coordination.places import ProtectedPlaces, protect
from apps.coordination.propagation import Propagation, propagation_named
from apps.coordination.quantities import FloatArray
from apps.coordination.state import Sharer
from apps.coordination.survey import CENTI, CM_PER_M

HZ_PER_MHZ = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of assessment. What each may be is in `apps.coordination.settings`."""

    method: str
    """How the variogram is fitted, see `fit_variogram`."""
    grading: Literal["signal", "residual"]
    """Which grades go on chain; with `residual` participants found dishonest are left out of the map."""
    false_alarm: float
    """Probability with which the residuals of an honest participant are taken for a dishonest one's."""
    chance: ChanceRule | None
    """The chance-constrained rule; None: the predicted level counts as the true one."""
    unreachable: Literal["deny", "drop"]
    """What a place does that misses its threshold without any sharer."""
    threshold_db: float
    """SINR that is protected."""
    propagation: str
    """Name of the path loss model from sharers to protected places."""
    frequency_mhz: float
    bandwidth_mhz: float
    """Of signal, interference and noise alike."""
    noise_figure_db: float
    resource_blocks: int | None
    """Of the incumbent's carrier, whose measured level is that of one resource element; None: it is that of all."""
    penetration_db: float
    """Walls between sharers and receivers."""
    exclusion_m: float
    """Places nearer to a sharer than this are its own business."""
    places_m: tuple[tuple[float, float], ...]
    """The protected places."""
    tolerance_cdb: int
    """How far the map may be from a measurement that it is built on, hundredths of a dB."""

    @property
    def limit_rule(self) -> LimitRule:
        """How the largest permissible power at a place is found."""
        return MeanRule() if self.chance is None else self.chance

    @property
    def noise_dbm(self) -> float:
        """Noise of a receiver in the whole band."""
        return noise_dbm(self.bandwidth_mhz * HZ_PER_MHZ, self.noise_figure_db)

    def path_loss(self) -> Propagation:
        """The path loss model."""
        return propagation_named(self.propagation, self.frequency_mhz)

    def signal_dbm(self, level_dbm: FloatArray) -> FloatArray:
        """The incumbent's power in the whole band, (m,) dBm, where its level is measured as this."""
        return level_dbm if self.resource_blocks is None else wideband_dbm(level_dbm, self.resource_blocks)

    def protected_from(self, ask: Ask) -> FloatArray:
        """(m, 2) the places that are protected from this sharer, m."""
        places = np.array(self.places_m, dtype=np.float64).reshape(-1, 2)
        return np.asarray(places[np.hypot(*(places - sharer_m(ask)).T) >= self.exclusion_m])

    def loss_db(self, ask: Ask, places_m: FloatArray) -> FloatArray:
        """(m,) path loss from a sharer to places (m, 2), dB."""
        rise = ask.height_cm / CM_PER_M - MOBILE_HEIGHT_M
        offset = places_m - sharer_m(ask)
        return self.path_loss().loss_db(np.sqrt(np.sum(offset**2, axis=1) + rise**2))

    def granted_dbm(self, sharers: tuple[Sharer, ...], places_m: FloatArray) -> FloatArray:
        """(m,) interference of these sharers together, dBm, but for those who are next to a place.

        By the chance rule each is taken at the level that its shadowing exceeds with probability `outage` only.
        """
        rise_db = 0.0 if self.chance is None else -float(ndtri(self.chance.outage)) * self.chance.shadowing_db
        received = [self.received_dbm(one, places_m) + rise_db for one in sharers]
        return sum_dbm(np.array(received).reshape(-1, len(places_m)))

    def received_dbm(self, sharer: Sharer, places_m: FloatArray) -> FloatArray:
        """(m,) interference of one sharer, dBm; -inf at places next to it, which are its own business."""
        far = np.hypot(*(places_m - sharer_m(sharer.ask)).T) >= self.exclusion_m
        level = np.full(len(places_m), -np.inf)
        sent_dbm = sharer.power_cdbm / CENTI + self._budget.net_gain_db
        level[far] = sent_dbm - self.loss_db(sharer.ask, places_m[far])
        return level

    def places(
        self,
        ask: Ask,
        places_m: FloatArray,
        level_dbm: FloatArray,
        sharers: tuple[Sharer, ...],
        variance_db2: FloatArray | None = None,
    ) -> ProtectedPlaces:
        """Places (m, 2), with the incumbent's level there (m,), as a sharer meets them."""
        return protect(
            self.signal_dbm(level_dbm),
            places_m,
            sharer_m(ask),
            self.path_loss(),
            threshold_db=self.threshold_db,
            noise_dbm=self.noise_dbm,
            budget=self._budget,
            granted_dbm=self.granted_dbm(sharers, places_m),
            variance_db2=variance_db2,
            height_difference_m=ask.height_cm / CM_PER_M - MOBILE_HEIGHT_M,
        )

    @property
    def _budget(self) -> LinkBudget:
        return LinkBudget(penetration_db=self.penetration_db)


def sharer_m(ask: Ask) -> FloatArray:
    """(2,) where a sharer would transmit, m."""
    return np.array([ask.x_cm, ask.y_cm], dtype=np.float64) / CM_PER_M
