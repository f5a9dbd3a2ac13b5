"""Proof kinds and the nonce search: exact at the target's edge, geometric in the number of hashes."""

import hashlib
import pickle
from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chain.block import Header
from chain.params import ProofKind
from consensus.compact import BadCompactTarget, bits_from_target, target_from_bits
from consensus.proof import NONCES, HashlibSearch, NonceSpaceExhausted, Sha256d, Simulated, scheme_for

EASY_BITS = bits_from_target(2**250)


def header_number(number: int, bits: int = EASY_BITS) -> Header:
    commitment = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return Header(bytes(32), commitment, time_ms=number, bits=bits, height=1, nonce=0)


def hash_of(header: Header, nonce: int) -> int:
    """Independent of the code under test: the id spelled out."""
    data = header.to_bytes()[:80] + nonce.to_bytes(8, "big")
    return int.from_bytes(hashlib.sha256(hashlib.sha256(data).digest()).digest(), "big")


def test_a_hash_equal_to_the_target_passes_and_one_above_fails() -> None:
    header = header_number(1)
    least = hash_of(header, 77)
    search = HashlibSearch()
    assert search.search(header, least, 77, 1) == 77
    assert search.search(header, least - 1, 77, 1) is None


def test_proof_holds_up_to_and_including_the_target() -> None:
    scheme = Sha256d()
    sealed = scheme.seal(header_number(2))
    spare = target_from_bits(sealed.bits) - int.from_bytes(sealed.id, "big")
    assert spare >= 0
    assert scheme.holds(sealed)
    harder = bits_from_target(int.from_bytes(sealed.id, "big") >> 1)
    assert not scheme.holds(replace(sealed, bits=harder))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(0, 700) | st.integers(NONCES - 700, NONCES - 1), st.integers(0, 600)
)
def test_search_finds_the_lowest_nonce_of_its_range(number: int, start: int, count: int) -> None:
    header, target = header_number(number), 2**248
    stop = min(start + count, NONCES)
    expected = next((nonce for nonce in range(start, stop) if hash_of(header, nonce) <= target), None)
    assert HashlibSearch().search(header, target, start, count) == expected


def test_search_ignores_the_headers_own_nonce() -> None:
    header = header_number(3)
    search = HashlibSearch()
    found = search.search(header, 2**248, 0, 10_000)
    assert found == search.search(replace(header, nonce=12_345), 2**248, 0, 10_000)


def test_search_past_the_last_nonce_stops_there() -> None:
    assert HashlibSearch().search(header_number(4), 0, NONCES - 3, 1_000) is None


def test_sealing_reports_an_exhausted_nonce_space() -> None:
    header = header_number(5, bits=bits_from_target(1))
    with pytest.raises(NonceSpaceExhausted) as caught:
        Sha256d().seal(header, start=NONCES - 300)
    assert pickle.loads(pickle.dumps(caught.value)).args == (1, NONCES - 300)
    assert "nonce-space-exhausted: header 1" in str(caught.value)


def test_sealing_starts_where_it_is_told() -> None:
    first = Sha256d().seal(header_number(6))
    second = Sha256d().seal(header_number(6), start=first.nonce + 1)
    assert second.nonce > first.nonce
    assert Sha256d().holds(second)
    assert replace(second, nonce=first.nonce) == first


def test_simulated_proof_holds_for_any_nonce_but_needs_a_valid_target() -> None:
    scheme = Simulated()
    header = header_number(7, bits=bits_from_target(1))
    assert scheme.holds(header)
    assert scheme.seal(header) == header
    with pytest.raises(BadCompactTarget):
        scheme.holds(replace(header, bits=0x1D000000))


def test_each_proof_kind_has_its_scheme() -> None:
    impossible = header_number(8, bits=bits_from_target(1))
    assert {kind: scheme_for(kind).holds(impossible) for kind in ProofKind} == {
        ProofKind.SHA256D: False,
        ProofKind.SIMULATED: True,
    }


def test_number_of_hashes_to_a_proof_is_geometric() -> None:
    """p = 2**-9, 2,000 searches: mean, variance and 20 equally likely bins, each two-sided at 0.1 %."""
    p, solves = 2.0**-9, 2_000
    search = HashlibSearch()
    found = [search.search(header_number(seed), 2**247 - 1, 0, 1 << 20) for seed in range(solves)]
    hashes = np.array([nonce + 1 for nonce in found if nonce is not None], dtype=float)
    assert len(hashes) == solves
    mean = hashes.mean()
    assert abs((mean * p - 1) * sqrt(solves)) < 3.29
    assert abs(hashes.var() / mean**2 - 1) < 3.29 * sqrt(8 / solves)
    # Bin edges are whole hashes, so the expected counts come from the geometric law and not from 1 / 20.
    edges = [0, *(round(log(1 - share / 20) / log(1 - p)) for share in range(1, 20)), np.inf]
    expected = solves * -np.diff([(1 - p) ** edge for edge in edges])
    observed, _ = np.histogram(hashes, bins=[edge + 0.5 for edge in edges])
    assert stats.chisquare(observed, expected).pvalue > 0.001
