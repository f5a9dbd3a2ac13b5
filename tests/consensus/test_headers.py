"""Header and time rules: each is exact at its edge and refuses by its own name."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.block import MAX_BLOCK_BYTES, Header
from chain.errors import InvalidBlock
from chain.params import ChainParams, DifficultyParams, DifficultyRule, ProofKind, TimeParams
from consensus.compact import BadCompactTarget, bits_from_target, target_from_bits
from consensus.difficulty import BadConsensusParams, next_bits
from consensus.headers import (
    InsufficientProof,
    InvalidHeader,
    TimeTooNew,
    TimeTooOld,
    WrongHeight,
    WrongPrevious,
    WrongTarget,
    check_header,
    check_header_rules,
    check_params,
    median_time_ms,
)
from consensus.proof import Sha256d
from tests.consensus.lineage import Lineage

BITS = bits_from_target(2**252)
PARAMS = ChainParams(
    name="test",
    proof=ProofKind.SHA256D,
    difficulty=DifficultyParams(DifficultyRule.FIXED, 1_000, BITS, BITS),
    time=TimeParams(median_blocks=11, max_future_ms=7_200_000),
)
NOW_MS = 100_000


def branch(times_ms: list[int]) -> Lineage:
    lineage = Lineage.from_genesis(BITS)
    for time_ms in times_ms:
        lineage.headers.append(Sha256d().seal(lineage.child(time_ms, BITS)))
    return lineage


@pytest.fixture
def lineage() -> Lineage:
    return branch([1_000 * height for height in range(1, 21)])


def sealed_child(lineage: Lineage, time_ms: int) -> Header:
    return Sha256d().seal(lineage.child(time_ms, BITS))


def refusal(header: Header, lineage: Lineage, params: ChainParams = PARAMS) -> InvalidBlock:
    with pytest.raises(InvalidBlock) as caught:
        check_header(header, lineage, params, NOW_MS)
    return caught.value


def test_a_sound_header_passes(lineage: Lineage) -> None:
    check_header(sealed_child(lineage, 21_000), lineage, PARAMS, NOW_MS)


def test_a_branch_built_by_the_rules_passes_the_rules() -> None:
    params = replace(
        PARAMS,
        proof=ProofKind.SIMULATED,
        difficulty=DifficultyParams(DifficultyRule.BITCOIN, 1_000, BITS, BITS, window=5),
    )
    lineage = Lineage.from_genesis(BITS)
    seen = set()
    for step in range(1, 40):
        header = lineage.child(step * 300, next_bits(params.difficulty, lineage))
        check_header(header, lineage, params, now_ms=step * 300)
        lineage.headers.append(header)
        seen.add(header.bits)
    assert len(seen) > 3, "the difficulty must have moved"


def test_wrong_previous_is_refused(lineage: Lineage) -> None:
    stranger = bytes(31) + b"\x01"
    error = refusal(replace(sealed_child(lineage, 21_000), previous=stranger), lineage)
    assert isinstance(error, WrongPrevious)
    assert error.args == (21, stranger, lineage.parent.id)
    assert lineage.parent.id.hex() in str(error)


@pytest.mark.parametrize("height", [0, 20, 22])
def test_wrong_height_is_refused(lineage: Lineage, height: int) -> None:
    error = refusal(replace(sealed_child(lineage, 21_000), height=height), lineage)
    assert isinstance(error, WrongHeight)
    assert str(error) == f"wrong-height: header {height}: got height {height}, expected 21"


@pytest.mark.parametrize("step", [-1, 1])
def test_target_one_ulp_off_is_refused_even_when_harder(lineage: Lineage, step: int) -> None:
    error = refusal(Sha256d().seal(lineage.child(21_000, BITS + step)), lineage)
    assert isinstance(error, WrongTarget)
    assert error.args == (21, BITS + step, BITS)
    assert str(error) == f"wrong-target: header 21: got bits {BITS + step:#010x}, expected {BITS:#010x}"


@pytest.mark.parametrize("bits", [0, 0x20800001, 0xFF00FFFF, 0x21000100, 0x04001234])
def test_malformed_target_is_refused(lineage: Lineage, bits: int) -> None:
    assert isinstance(refusal(lineage.child(21_000, bits), lineage), BadCompactTarget)


def test_another_spelling_of_the_right_target_is_refused(lineage: Lineage) -> None:
    exponent, mantissa = BITS >> 24, BITS & 0xFFFFFF
    assert mantissa & 0xFF == 0
    spelling = exponent + 1 << 24 | mantissa >> 8
    error = refusal(lineage.child(21_000, spelling), lineage)
    assert isinstance(error, BadCompactTarget)
    assert error.args == (spelling, "not canonical")


def test_proof_above_the_target_is_refused(lineage: Lineage) -> None:
    header = sealed_child(lineage, 21_000)
    while int.from_bytes(header.id, "big") <= target_from_bits(BITS):
        header = replace(header, nonce=header.nonce + 1)
    error = refusal(header, lineage)
    assert isinstance(error, InsufficientProof)
    assert error.args == (21, header.id, target_from_bits(BITS))
    assert header.id.hex() in str(error)
    check_header(header, lineage, replace(PARAMS, proof=ProofKind.SIMULATED), NOW_MS)


def test_time_must_exceed_the_median_of_the_last_eleven(lineage: Lineage) -> None:
    assert median_time_ms(lineage, 11) == 15_000
    error = refusal(sealed_child(lineage, 15_000), lineage)
    assert isinstance(error, TimeTooOld)
    assert error.args == (21, 15_000, 15_000)
    check_header(sealed_child(lineage, 15_001), lineage, PARAMS, NOW_MS)


def test_time_may_run_backwards_as_long_as_it_exceeds_the_median() -> None:
    lineage = branch([10, 20, 30, 5_000])
    check_header(sealed_child(lineage, 31), lineage, PARAMS, NOW_MS)


def test_time_ahead_of_the_clock_is_allowed_up_to_the_limit(lineage: Lineage) -> None:
    latest_ms = NOW_MS + PARAMS.time.max_future_ms
    check_header(sealed_child(lineage, latest_ms), lineage, PARAMS, NOW_MS)
    error = refusal(sealed_child(lineage, latest_ms + 1), lineage)
    assert isinstance(error, TimeTooNew)
    assert error.args == (21, latest_ms + 1, latest_ms)


def test_rules_of_the_branch_do_not_read_the_clock(lineage: Lineage) -> None:
    check_header_rules(sealed_child(lineage, 2**62), lineage, PARAMS)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30), st.integers(1, 12))
def test_median_is_the_upper_middle_of_the_last_times(times_ms: list[int], blocks: int) -> None:
    lineage = Lineage.from_genesis(BITS, times_ms[0])
    for time_ms in times_ms[1:]:
        lineage.extend(time_ms, BITS)
    last = times_ms[-blocks:]
    median_ms = median_time_ms(lineage, blocks)
    assert sum(time_ms <= median_ms for time_ms in last) > len(last) / 2
    assert sum(time_ms >= median_ms for time_ms in last) >= len(last) / 2


def test_parameters_without_a_median_are_refused() -> None:
    check_params(PARAMS)
    with pytest.raises(BadConsensusParams, match=r"time\.median_blocks: got 0, expected at least 1"):
        check_params(replace(PARAMS, time=TimeParams(median_blocks=0)))


def test_every_refusal_names_its_own_rule_and_survives_a_process_pool() -> None:
    kinds = InvalidHeader.__subclasses__()
    assert len({kind.rule for kind in kinds}) == len(kinds) == 7
    for kind in kinds:
        error = kind(3, 1, 2)
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.args, str(copy)) == (kind, (3, 1, 2), str(error))
        assert str(error).startswith(f"{kind.rule}: header 3: got ")


def test_a_block_limit_that_no_reader_accepts_is_refused() -> None:
    check_params(replace(PARAMS, max_block_bytes=MAX_BLOCK_BYTES))
    with pytest.raises(BadConsensusParams, match=r"max_block_bytes: got 4194305, expected at most 4194304"):
        check_params(replace(PARAMS, max_block_bytes=MAX_BLOCK_BYTES + 1))
