"""The region tables are the published ones, and are used as their source uses them."""

import json
from typing import Any

import numpy as np
import pytest

from sim.regions import (
    INTERNET_2015,
    INTERNET_2019,
    MISSING_CHURN,
    MISSING_STABLE,
    OUTBOUND_LINKS,
    REGION_SHARES,
    REGIONS,
    RegionTables,
)
from sim.relay import RelayConfig
from tests.shared import shared_file


def published() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shared_file("data/network/internet_regions.json").read_text())
    return content


@pytest.mark.parametrize(("tables", "name"), [(INTERNET_2019, "2019_default"), (INTERNET_2015, "2015")])
def test_latency_and_bandwidth_are_the_published_numbers(tables: RegionTables, name: str) -> None:
    data = published()
    assert np.array_equal(tables.mean_latency_ms(), data["latency_ms"][name])
    assert list(tables.upload_bps) == data["bandwidth_bps"][f"upload_{name}"]
    assert list(tables.download_bps) == data["bandwidth_bps"][f"download_{name}"]
    assert list(REGIONS) == data["regions"]


def test_shares_and_links_are_the_published_numbers() -> None:
    data = published()
    shares, links = data["region_distribution"], data["degree_distribution_cumulative"]
    assert [list(REGION_SHARES[k]) for k in ("bitcoin_2019", "bitcoin_2015", "litecoin", "dogecoin")] == [
        shares[k] for k in ("bitcoin_2019_default", "bitcoin_2015", "litecoin", "dogecoin")
    ]
    assert [list(OUTBOUND_LINKS[k]) for k in ("bitcoin_2015", "litecoin", "dogecoin")] == [
        links[k] for k in ("bitcoin_2015_default", "litecoin", "dogecoin")
    ]


def test_relay_defaults_are_the_published_numbers() -> None:
    defaults = published()["simulation_defaults"]
    compact, relay = defaults["compact_block_relay"], RelayConfig()
    assert relay.compact_capable_share == compact["usage_rate"]
    assert relay.churn_share == compact["churn_node_rate"]
    assert relay.compact_failure_stable == compact["failure_rate_control"]
    assert relay.compact_failure_churn == compact["failure_rate_churn"]
    assert relay.compact_block_bytes == compact["compact_block_bytes"]
    assert relay.processing_ms == defaults["processing_time_ms"]
    assert relay.message_overhead_ms == defaults["fixed_extra_delay_per_message_ms"]


def test_bandwidth_is_the_smaller_of_upload_and_download() -> None:
    bandwidth = INTERNET_2019.bandwidth_bps()
    assert bandwidth[0, 1] == 19_200_000
    assert bandwidth[1, 2] == 18_000_000
    assert bandwidth[2, 0] == 5_800_000


def test_the_missing_part_keeps_the_measured_mean_median_and_nine_tenths_point() -> None:
    assert MISSING_STABLE == ((0.01, 1.0),)
    fractions, weights = np.array(MISSING_CHURN).T
    assert weights.sum() == pytest.approx(1.0)
    assert fractions @ weights == pytest.approx(0.0872)
    cumulative = np.cumsum(weights)
    assert fractions[np.searchsorted(cumulative, 0.5)] == 0.01
    assert fractions[np.searchsorted(cumulative, 0.9)] == 0.28
    assert (fractions.min(), fractions.max()) == (0.01, 0.96)


def test_pareto_latency_has_the_mean_of_the_table() -> None:
    scale_us, exponent = RelayConfig().latency_law()
    shape = 1.0 / exponent
    assert np.allclose(scale_us * shape / (shape - 1.0), INTERNET_2019.mean_latency_ms() * 1000)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mode", "telepathy"),
        ("latency", "gauss"),
        ("upload_end", "never"),
        ("processing_ms", -1.0),
        ("message_overhead_ms", float("nan")),
        ("churn_share", 1.5),
        ("constant_latency_ms", float("inf")),
    ],
)
def test_a_wrong_setting_is_refused_by_name(setting: str, value: object) -> None:
    with pytest.raises(ValueError, match=setting):
        RelayConfig(**{setting: value})  # type: ignore[arg-type]
