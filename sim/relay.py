"""How blocks travel between peers: the protocol, its delays and its sizes, as one validated record."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.regions import (
    CHURN_SHARE,
    COMPACT_CAPABLE_SHARE,
    COMPACT_FAILURE_CHURN,
    COMPACT_FAILURE_STABLE,
    INTERNET_2019,
    RegionTables,
)

RelayMode = Literal["full", "compact", "broadcast"]
LatencyKind = Literal["pareto", "table", "constant"]
UploadEnd = Literal["delivery", "transmission"]

US_PER_MS = 1_000
_PARETO_OFFSET_MS = 5.0
_PARETO_SHAPE_PER_MS = 0.2


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """The relay protocol; the defaults are SimBlock's (`Node`, `NetworkConfiguration`).

    Attributes:
        mode: `full`: inv, getdata, block. `compact`: inv, getdata, compact block, and when that lacks
            transactions getblocktxn and the missing part; two peers use it when both can. `broadcast`: no
            protocol, every peer has each block exactly one latency after it is found (to compare with
            theory).
        latency: law of a message's latency with mean m from the tables, drawn afresh for every message.
            `pareto`: shape 0.2 m, scale m - 5 ms; `table`: m itself; `constant`: `constant_latency_ms`.
        constant_latency_ms: latency of every message when `latency` is `constant`.
        tables: latencies and bandwidths of the regions.
        message_overhead_ms: fixed delay added to every message, uploads included (SimBlock's code spares
            them; its measured propagation is matched better with it).
        processing_ms: added to every upload of a block.
        compact_block_bytes: size of a compact block.
        compact_capable_share: share of the peers that speak compact blocks.
        churn_share: share of the peers that come and go, whose compact blocks fail more often.
        compact_failure_stable: probability that a compact block lacks transactions at a peer that stays.
        compact_failure_churn: the same at a peer that comes and goes.
        upload_end: a peer uploads one block at a time; it starts the next when the last has been delivered
            (`delivery`, SimBlock's rule), or already when its last bit is on the wire (`transmission`).
    """

    mode: RelayMode = "compact"
    latency: LatencyKind = "pareto"
    constant_latency_ms: float = 100.0
    tables: RegionTables = INTERNET_2019
    message_overhead_ms: float = 10.0
    processing_ms: float = 2.0
    compact_block_bytes: int = 18_000
    compact_capable_share: float = COMPACT_CAPABLE_SHARE
    churn_share: float = CHURN_SHARE
    compact_failure_stable: float = COMPACT_FAILURE_STABLE
    compact_failure_churn: float = COMPACT_FAILURE_CHURN
    upload_end: UploadEnd = "delivery"

    def __post_init__(self) -> None:
        _check_choice("mode", self.mode, get_args(RelayMode))
        _check_choice("latency", self.latency, get_args(LatencyKind))
        _check_choice("upload_end", self.upload_end, get_args(UploadEnd))
        for name in ("constant_latency_ms", "message_overhead_ms", "processing_ms", "compact_block_bytes"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be at least 0 and finite, got {getattr(self, name)}")
        for name in (
            "compact_capable_share",
            "churn_share",
            "compact_failure_stable",
            "compact_failure_churn",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in 0..1, got {getattr(self, name)}")
        if self.latency == "pareto" and self.tables.mean_latency_ms().min() <= _PARETO_OFFSET_MS:
            raise ValueError(f"pareto latencies need table means above {_PARETO_OFFSET_MS} ms")

    def mean_latency_us(self) -> NDArray[np.float64]:
        """Mean latency without overhead between regions, R x R, microseconds."""
        mean_ms = self.tables.mean_latency_ms()
        if self.latency == "constant":
            mean_ms = np.full_like(mean_ms, self.constant_latency_ms)
        return mean_ms * US_PER_MS

    def latency_law(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scale in microseconds and exponent e, both R x R: a latency is `scale * U^-e`, U uniform on (0, 1).

        That Pareto law with scale m - 5 and shape 1/e = 0.2 m has mean m exactly. e = 0 makes it constant.
        """
        mean_us = self.mean_latency_us()
        if self.latency != "pareto":
            return mean_us, np.zeros_like(mean_us)
        mean_ms = mean_us / US_PER_MS
        return (mean_ms - _PARETO_OFFSET_MS) * US_PER_MS, 1.0 / (_PARETO_SHAPE_PER_MS * mean_ms)


def _check_choice(name: str, got: str, allowed: tuple[str, ...]) -> None:
    if got not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {got!r}")
