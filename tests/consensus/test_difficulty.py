"""Difficulty rules against the published vectors, and what they must do at their edges."""

import json
import struct
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.params import DifficultyParams, DifficultyRule
from consensus.compact import bits_from_target, target_from_bits
from consensus.difficulty import (
    BadConsensusParams,
    asert_target,
    check_difficulty_params,
    next_bits,
    retarget,
)
from tests.consensus.lineage import Lineage, SparseLineage, header_at
from tests.shared import shared_file

MAINNET = DifficultyParams(DifficultyRule.BITCOIN, 600_000, 0x1D00FFFF, 0x1D00FFFF, window=2016)
# Far below the limit and with a full mantissa, so that neither the cap nor truncation colours the statistics.
START_BITS = 0x1B7FFFFF
DAY_MS = 86_400_000
ASERT_2_DAYS = DifficultyParams(
    DifficultyRule.ASERT, 600_000, START_BITS, 0x1D00FFFF, half_life_ms=2 * DAY_MS
)


@dataclass(frozen=True, slots=True)
class BitcoinHeader:
    """The fields of a real 80-byte header that difficulty is about; its hash is little-endian."""

    previous: bytes
    time_s: int
    bits: int
    hash: bytes

    @classmethod
    def parse(cls, data: bytes) -> "BitcoinHeader":
        _, previous, _, time_s, bits, _ = struct.unpack("<I32s32sIII", data)
        return cls(previous, time_s, bits, sha256(sha256(data).digest()).digest())

    def meets_target(self) -> bool:
        return int.from_bytes(self.hash, "little") <= target_from_bits(self.bits)


def bitcoin_headers(name: str) -> list[BitcoinHeader]:
    raw = shared_file(f"vectors/btc/{name}").read_bytes()
    return [BitcoinHeader.parse(raw[start : start + 80]) for start in range(0, len(raw), 80)]


def assert_real_chain_follows_the_rule(headers: list[BitcoinHeader]) -> None:
    lineage = Lineage.from_genesis(headers[0].bits, headers[0].time_s * 1000)
    assert headers[0].meets_target()
    for before, header in pairwise(headers):
        assert header.previous == before.hash
        assert header.meets_target()
        assert header.bits == next_bits(MAINNET, lineage)
        lineage.extend(header.time_s * 1000, header.bits)


def test_core_pow_vectors_retarget_exactly() -> None:
    data = json.loads(shared_file("vectors/btc/core_pow_vectors.json").read_text())
    assert len(data["vectors"]) == 4
    for vector in data["vectors"]:
        target = retarget(
            target_from_bits(int(vector["last_nbits"], 16)),
            timespan=vector["last_time"] - vector["first_time"],
            wanted=1_209_600,
            limit=target_from_bits(0x1D00FFFF),
        )
        assert bits_from_target(target) == int(vector["expect"], 16), vector["name"]


def test_237_real_bitcoin_retargets_are_reproduced() -> None:
    lines = shared_file("vectors/btc/mainnet_retarget_boundaries.csv").read_text().splitlines()[1:]
    rows = {int(line.split(",")[0]): BitcoinHeader.parse(bytes.fromhex(line.split(",")[4])) for line in lines}
    assert all(header.meets_target() for header in rows.values())
    retargets = 0
    for height in range(2016, max(rows) + 1, 2016):
        first, last = rows[height - 2016], rows[height - 1]
        lineage = SparseLineage(header_at(height - 1, last.time_s * 1000, last.bits))
        lineage.keep(header_at(height - 2016, first.time_s * 1000, first.bits))
        assert next_bits(MAINNET, lineage) == rows[height].bits, height
        retargets += 1
    assert retargets == 237


def test_first_2017_bitcoin_headers_link_prove_and_carry_the_rules_target() -> None:
    headers = bitcoin_headers("mainnet_headers_0_2016.raw")
    assert len(headers) == 2017
    assert_real_chain_follows_the_rule(headers)


def test_core_alternate_mainnet_ends_in_a_clamped_retarget() -> None:
    genesis = bitcoin_headers("mainnet_headers_0_2016.raw")[0]
    headers = [genesis, *bitcoin_headers("core_mainnet_alt_headers_1_2016.raw")]
    assert len(headers) == 2017
    assert_real_chain_follows_the_rule(headers)
    assert headers[-1].bits == 0x1C3FFFC0


def asert_rows(name: str) -> tuple[dict[str, int], list[tuple[int, int, int]]]:
    """Anchor facts and the rows (height, time in s, bits) of one vector file."""
    facts: dict[str, int] = {}
    rows = []
    for line in shared_file(f"vectors/asert/{name}").read_text().splitlines():
        if line.startswith("##") and "description" not in line:
            key, value = line.removeprefix("##").split(":")
            facts[key.strip().replace("ancestor", "parent")] = int(value, 0)
        elif line and not line.startswith("#"):
            _, height, time, bits = line.split()
            rows.append((int(height), int(time), int(bits, 0)))
    return facts, rows


def test_14000_asert_rows_are_reproduced() -> None:
    compared = 0
    for number in range(1, 13):
        facts, rows = asert_rows(f"run{number:02}")
        assert len(rows) == facts["iterations"]
        for height, time, bits in rows:
            target = asert_target(
                target_from_bits(facts["anchor nBits"]),
                time_delta=time - facts["anchor parent time"],
                height_delta=height - facts["anchor height"],
                interval=600,
                half_life=172_800,
                limit=target_from_bits(0x1D00FFFF),
            )
            assert bits_from_target(target) == bits, (number, height)
            compared += 1
    assert compared == 14_000


def test_fixed_difficulty_never_moves() -> None:
    params = DifficultyParams(DifficultyRule.FIXED, genesis_bits=START_BITS)
    lineage = Lineage.from_genesis(START_BITS)
    for time_ms in (1, 10**6, 10**9):
        assert next_bits(params, lineage) == START_BITS
        lineage.extend(time_ms, START_BITS)


def test_bitcoin_rule_moves_at_window_edges_only_and_reads_the_windows_first_block() -> None:
    params = replace(MAINNET, window=4, target_interval_ms=1_000, genesis_bits=START_BITS)
    lineage = Lineage.from_genesis(START_BITS)
    for time_ms in (1_000, 2_000, 3_000):
        assert next_bits(params, lineage) == START_BITS
        lineage.extend(time_ms, START_BITS)
    # Three intervals of 1 s against four wanted; then 8 s against four wanted.
    lighter = bits_from_target(target_from_bits(START_BITS) * 3 // 4)
    assert next_bits(params, lineage) == lighter
    for time_ms in (3_500, 5_000, 9_000, 11_500):
        assert next_bits(params, lineage) == lighter
        lineage.extend(time_ms, lighter)
    assert next_bits(params, lineage) == bits_from_target(target_from_bits(lighter) * 2)


@given(st.integers(1, 2**224), st.integers(-(2**40), 2**40))
def test_retarget_changes_the_target_by_at_most_a_factor_of_four(target: int, timespan: int) -> None:
    moved = retarget(target, timespan, wanted=1_209_600, limit=2**224)
    assert max(1, target // 4) <= moved <= min(target * 4, 2**224)


@given(st.integers(0, 10**15), st.integers(0, 10**6), st.integers(1, 2**255))
def test_asert_stays_between_one_and_the_limit(time_ms: int, height: int, limit: int) -> None:
    target = asert_target(
        limit, time_delta=time_ms, height_delta=height, interval=600_000, half_life=3_600_000, limit=limit
    )
    assert 1 <= target <= limit


@pytest.mark.parametrize(("lag", "expected"), [(2**63, 2**224), (-(2**63), 1)])
def test_asert_with_an_absurd_lag_saturates_without_building_huge_integers(lag: int, expected: int) -> None:
    target = asert_target(2**200, time_delta=lag, height_delta=-1, interval=1, half_life=1, limit=2**224)
    assert target == expected


@given(st.integers(-10 * DAY_MS, 10 * DAY_MS))
def test_asert_doubles_the_target_every_half_life_of_lag(lag_ms: int) -> None:
    anchor = 2**200
    target = asert_target(
        anchor, time_delta=lag_ms, height_delta=-1, interval=600_000, half_life=2 * DAY_MS, limit=2**250
    )
    # The specification's cubic is within 0.013 % of the power of two.
    assert target / anchor == pytest.approx(2 ** (lag_ms / (2 * DAY_MS)), rel=1.5e-4)


def test_asert_on_schedule_keeps_the_genesis_target() -> None:
    lineage = Lineage.from_genesis(START_BITS, time_ms=5_000)
    for height in range(1, 50):
        assert next_bits(ASERT_2_DAYS, lineage) == START_BITS
        lineage.extend(5_000 + height * 600_000, START_BITS)


def test_asert_counts_the_schedule_from_genesis() -> None:
    """One half-life late halves the difficulty, whatever happened on the way."""
    genesis = header_at(0, 7_000, START_BITS)
    late = SparseLineage(header_at(1_000, 7_000 + 1_000 * 600_000 + 2 * DAY_MS, 0x1B123456))
    late.keep(genesis)
    assert next_bits(ASERT_2_DAYS, late) == bits_from_target(2 * target_from_bits(START_BITS))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"target_interval_ms": 0}, "difficulty.target_interval_ms"),
        ({"window": 1}, "difficulty.window"),
        ({"half_life_ms": 0}, "difficulty.half_life_ms"),
        ({"limit_bits": 0x1D800000}, "difficulty.limit_bits"),
        ({"genesis_bits": 0}, "difficulty.genesis_bits"),
        ({"genesis_bits": 0x1E00FFFF}, "difficulty.genesis_bits"),
    ],
)
def test_difficulty_parameters_without_a_next_target_are_refused(change: dict[str, int], path: str) -> None:
    check_difficulty_params(MAINNET)
    with pytest.raises(BadConsensusParams) as caught:
        check_difficulty_params(replace(MAINNET, **change))  # type: ignore[arg-type]
    assert caught.value.args[0] == path
    assert path in str(caught.value)
