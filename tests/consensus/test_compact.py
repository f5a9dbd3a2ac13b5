"""Compact targets against Bitcoin's vectors and their own inverses."""

import json
import pickle
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.compact import (
    HASH_SPACE,
    MAX_TARGET,
    BadCompactTarget,
    DifficultyOutOfRange,
    TargetOutOfRange,
    bits_for_difficulty,
    bits_from_target,
    decode_compact,
    difficulty_of_bits,
    expected_hashes,
    target_from_bits,
    work_of_bits,
    work_of_target,
)
from tests.shared import shared_file

SIGN = 0x00800000
targets = st.integers(1, MAX_TARGET) | st.integers(1, 256).map(lambda shift: (1 << shift) - 1)


def test_core_compact_vectors_decode_and_encode_exactly() -> None:
    data = json.loads(shared_file("vectors/btc/core_compact_vectors.json").read_text())
    assert len(data["vectors"]) == 20
    for vector in data["vectors"]:
        decoded = decode_compact(int(vector["compact"], 16))
        assert decoded.negative is vector["negative"], vector
        assert decoded.overflow is vector["overflow"], vector
        if decoded.overflow:
            continue
        assert decoded.target == int(vector["target_hex"], 16), vector
        sign = SIGN if decoded.negative else 0
        assert bits_from_target(decoded.target) | sign == int(vector["recompact"], 16), vector
    for extra in data["extra"]:
        assert bits_from_target(extra["value"]) == int(extra["compact"], 16)


def test_target_of_every_retarget_period_matches_electrum_checkpoints() -> None:
    checkpoints = json.loads(shared_file("vectors/btc/electrum_mainnet_checkpoints.json").read_text())
    rows = shared_file("vectors/btc/mainnet_retarget_boundaries.csv").read_text().splitlines()[1:]
    bits_at = {int(row.split(",")[0]): int(row.split(",")[2], 16) for row in rows}
    compared = 0
    for index, (_, target) in enumerate(checkpoints):
        bits = bits_at.get((index + 1) * 2016)
        if bits is not None:
            assert bits_from_target(target) == bits
            compared += 1
    assert compared == 237


def test_chain_work_grows_by_the_work_of_each_bitcoinj_checkpoint_period() -> None:
    rows = json.loads(shared_file("vectors/btc/bitcoinj_checkpoints_decoded.json").read_text())
    increments = 0
    for before, after in pairwise(rows):
        # A checkpoint is the first block of its period and its chain work includes its own.
        grown = int(after["chainwork_hex"], 16) - int(before["chainwork_hex"], 16)
        own, following = (work_of_bits(int(row["nbits_hex"], 16)) for row in (before, after))
        assert grown == 2015 * own + following
        increments += 1
    assert increments == 435


def test_bitcoin_difficulty_one_is_4295032833_expected_hashes() -> None:
    assert work_of_bits(0x1D00FFFF) == 4_295_032_833
    assert difficulty_of_bits(0x1D00FFFF) == pytest.approx(4_295_032_833.000015, rel=1e-15)


@given(targets)
def test_encoding_rounds_a_target_down_by_less_than_one_part_in_2_to_15(target: int) -> None:
    rounded = target_from_bits(bits_from_target(target))
    assert rounded <= target < rounded + (rounded >> 15) + 1


@given(st.integers(0, 2**32 - 1))
def test_a_compact_form_is_accepted_only_if_encoding_gives_it_back(bits: int) -> None:
    decoded = decode_compact(bits)
    sound = not decoded.negative and not decoded.overflow and decoded.target > 0
    if sound and bits_from_target(decoded.target) == bits:
        assert target_from_bits(bits) == decoded.target
    else:
        with pytest.raises(BadCompactTarget):
            target_from_bits(bits)


@given(targets, targets)
def test_encoding_keeps_the_order_of_targets(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert target_from_bits(bits_from_target(low)) <= target_from_bits(bits_from_target(high))


@pytest.mark.parametrize(
    ("bits", "fault"),
    [
        (0x04923456, "negative"),
        (0xFF123456, "overflow"),
        (0x21010000, "overflow"),
        (0x22000100, "overflow"),
        (0x00123456, "zero"),
        (0x1D000000, "zero"),
        (0x1E0000FF, "not canonical"),
        (0x04001234, "not canonical"),
        (0x01010001, "not canonical"),
    ],
)
def test_malformed_compact_target_is_refused_with_its_fault(bits: int, fault: str) -> None:
    with pytest.raises(BadCompactTarget) as caught:
        target_from_bits(bits)
    assert caught.value.args == (bits, fault)
    assert f"{bits:#010x} ({fault})" in str(caught.value)


def test_the_extreme_targets_have_compact_forms() -> None:
    assert bits_from_target(0) == 0
    assert target_from_bits(bits_from_target(1)) == 1
    assert bits_from_target(MAX_TARGET) == 0x2100FFFF
    assert target_from_bits(0x2100FFFF) == 0xFFFF << 240


@pytest.mark.parametrize("target", [-1, HASH_SPACE])
def test_target_outside_256_bits_is_refused(target: int) -> None:
    with pytest.raises(TargetOutOfRange):
        bits_from_target(target)


def test_work_is_exact_at_the_extremes() -> None:
    assert work_of_target(MAX_TARGET) == 1
    assert work_of_target(0) == HASH_SPACE
    assert work_of_target(2**255 - 1) == 2


@given(targets)
def test_difficulty_and_compact_target_are_inverse(target: int) -> None:
    bits = bits_from_target(target)
    assert bits_for_difficulty(expected_hashes(bits)) == bits
    assert work_of_bits(bits) == int(expected_hashes(bits))


@given(st.floats(1, 2.0**230))
def test_difficulty_is_met_within_one_part_in_2_to_15_and_never_undercut(hashes: float) -> None:
    found = expected_hashes(bits_for_difficulty(hashes))
    assert Fraction(hashes) <= found <= Fraction(hashes) * (1 + Fraction(1, 2**15))


@pytest.mark.parametrize("hashes", [0.999, 0.0, -5.0, float("nan"), float("inf"), Fraction(2**255 + 1)])
def test_difficulty_no_target_gives_is_refused(hashes: float | Fraction) -> None:
    with pytest.raises(DifficultyOutOfRange, match="expected a number in"):
        bits_for_difficulty(hashes)


def test_errors_survive_a_process_pool() -> None:
    for error in (BadCompactTarget(0, "zero"), TargetOutOfRange(-1), DifficultyOutOfRange(0.5)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))
