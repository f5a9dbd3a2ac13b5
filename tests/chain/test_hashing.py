"""SHA-256 against NIST's vectors and Bitcoin's genesis header."""

import re

import pytest

from chain.hashing import HASH_BYTES, sha256, sha256d
from tests.shared import shared_file

GENESIS_ID = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


@pytest.mark.parametrize(("name", "count"), [("SHA256ShortMsg.rsp", 65), ("SHA256LongMsg.rsp", 64)])
def test_sha256_matches_the_nist_messages(name: str, count: int) -> None:
    text = shared_file(f"vectors/sha256/{name}").read_text()
    cases = re.findall(r"Len = (\d+)\s+Msg = ([0-9a-f]+)\s+MD = ([0-9a-f]{64})", text)
    assert len(cases) == count
    for bits, message, digest in cases:
        assert sha256(bytes.fromhex(message)[: int(bits) // 8]).hex() == digest


def test_sha256_matches_the_nist_monte_carlo_chain() -> None:
    text = shared_file("vectors/sha256/SHA256Monte.rsp").read_text()
    seed = bytes.fromhex(re.findall(r"Seed = ([0-9a-f]{64})", text)[0])
    digests = re.findall(r"MD = ([0-9a-f]{64})", text)
    assert len(digests) == 100
    for digest in digests:
        window = [seed, seed, seed]
        for _ in range(1000):
            window = [*window[1:], sha256(b"".join(window))]
        seed = window[-1]
        assert seed.hex() == digest


def test_sha256d_gives_the_id_of_the_bitcoin_genesis_header() -> None:
    header = shared_file("vectors/btc/mainnet_headers_0_2016.raw").read_bytes()[:80]
    assert sha256d(header)[::-1].hex() == GENESIS_ID


def test_hashes_have_32_bytes() -> None:
    assert len(sha256(b"")) == len(sha256d(b"")) == HASH_BYTES
