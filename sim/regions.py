"""Internet regions: latency, bandwidth, peers per region and outbound links, typed in from public tables.

All numbers are facts read from SimBlock (dsg-titech/simblock, commit 5fc7f9f7, `NetworkConfiguration`), which
measured them in 2015 and 2019. Its outbound-link distribution of Bitcoin is that of Miller et al.,
"Discovering Bitcoin's public topology and influential nodes" (2015).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

REGIONS = ("NORTH_AMERICA", "EUROPE", "SOUTH_AMERICA", "ASIA_PACIFIC", "JAPAN", "AUSTRALIA")


@dataclass(frozen=True, slots=True)
class RegionTables:
    """What the network is between and inside regions.

    Attributes:
        latency_ms: mean one-way latency of a message from region i (row) to region j (column), R x R.
        upload_bps: upload bandwidth of a peer in each region, bit/s.
        download_bps: download bandwidth of a peer in each region, bit/s.
    """

    latency_ms: tuple[tuple[int, ...], ...]
    upload_bps: tuple[int, ...]
    download_bps: tuple[int, ...]

    def mean_latency_ms(self) -> NDArray[np.float64]:
        """The latency matrix, R x R, milliseconds."""
        return np.array(self.latency_ms, dtype=np.float64)

    def bandwidth_bps(self) -> NDArray[np.int64]:
        """`min(upload[from], download[to])`, R x R, bit/s (SimBlock, `Network.getBandwidth`)."""
        return np.minimum.outer(
            np.array(self.upload_bps, dtype=np.int64), np.array(self.download_bps, dtype=np.int64)
        )


INTERNET_2019 = RegionTables(
    latency_ms=(
        (32, 124, 184, 198, 151, 189),
        (124, 11, 227, 237, 252, 294),
        (184, 227, 88, 325, 301, 322),
        (198, 237, 325, 85, 58, 198),
        (151, 252, 301, 58, 12, 126),
        (189, 294, 322, 198, 126, 16),
    ),
    upload_bps=(19_200_000, 20_700_000, 5_800_000, 15_700_000, 10_200_000, 11_300_000),
    download_bps=(52_000_000, 40_000_000, 18_000_000, 22_800_000, 22_800_000, 29_900_000),
)

INTERNET_2015 = RegionTables(
    latency_ms=(
        (36, 119, 255, 310, 154, 208),
        (119, 12, 221, 242, 266, 350),
        (255, 221, 137, 347, 256, 269),
        (310, 242, 347, 99, 172, 278),
        (154, 266, 256, 172, 9, 163),
        (208, 350, 269, 278, 163, 22),
    ),
    upload_bps=(4_700_000, 8_100_000, 1_800_000, 5_300_000, 3_400_000, 5_200_000),
    download_bps=(25_000_000, 24_000_000, 6_500_000, 10_000_000, 17_500_000, 14_000_000),
)

TABLES: Mapping[str, RegionTables] = MappingProxyType({"2019": INTERNET_2019, "2015": INTERNET_2015})

REGION_SHARES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "bitcoin_2019": (0.3316, 0.4998, 0.009, 0.1177, 0.0224, 0.0195),
        "bitcoin_2015": (0.3869, 0.5159, 0.0113, 0.0574, 0.0119, 0.0166),
        "litecoin": (0.3661, 0.4791, 0.0149, 0.1022, 0.0238, 0.0139),
        "dogecoin": (0.3924, 0.4879, 0.0212, 0.0697, 0.0106, 0.0182),
    }
)
"""Share of the peers in each region."""

_BITCOIN_LINKS = (0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_BITCOIN_LINKS_TAIL = (0.8, 0.85, 0.9, 0.95, 0.97, 0.97, 0.98, 0.99, 0.995, 1.0)
_LITECOIN_LINKS = (0.01, 0.02, 0.04, 0.07, 0.09, 0.14, 0.2, 0.28, 0.39, 0.5)
_LITECOIN_LINKS_TAIL = (0.6, 0.69, 0.76, 0.81, 0.85, 0.87, 0.89, 0.92, 0.93, 1.0)

OUTBOUND_LINKS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "bitcoin_2015": _BITCOIN_LINKS + _BITCOIN_LINKS_TAIL,
        "litecoin": _LITECOIN_LINKS + _LITECOIN_LINKS_TAIL,
        "dogecoin": (0.0,) * 7 + (1.0,) * 13,
    }
)
"""Cumulative distribution of a peer's outbound links: element k is P(links <= k + 1)."""

COMPACT_CAPABLE_SHARE = 0.964
CHURN_SHARE = 0.976
COMPACT_FAILURE_STABLE = 0.13
COMPACT_FAILURE_CHURN = 0.27

MISSING_STABLE: tuple[tuple[float, float], ...] = ((0.01, 1.0),)
MISSING_CHURN: tuple[tuple[float, float], ...] = (
    (0.01, 0.70),
    (0.10, 0.15),
    (0.28, 0.09),
    (0.608, 0.05),
    (0.96, 0.01),
)
"""Share of a block that a failed compact block lacks: (fraction, probability).

A peer that stays on line ("control" there) lacked 0.01 in all 210 measured cases. For one that comes and goes
this five-point law keeps the mean 0.0872, median 0.01, 90 % point 0.28 and range 0.01..0.96 of the 945 cases.
"""
