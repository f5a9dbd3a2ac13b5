"""Headers and blocks: a fixed-size binary header over one commitment to everything the block did.

The id names the header; the header's commitment fixes the roots, and the transactions root fixes the coinbase
and the transactions. A body that does not lead to its header's commitment was put together by somebody else:
it says nothing about the block that the header's miner made.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

from chain.codec import Amount, Hash, Length, MaxLen, PublicKey, decode, encode
from chain.errors import InvalidBlock
from chain.hashing import sha256, sha256d
from chain.merkle import merkle_root
from chain.transaction import Transaction

HEADER_BYTES = 88
MAX_BLOCK_BYTES = 4 * 1024 * 1024
"""Largest encoding that is looked at; a chain's own limit is `ChainParams.max_block_bytes`."""
_LAYOUT = struct.Struct(">32s32sQIIQ")
_COMMITMENT_TAG = b"hertzchain/commitment"


class MalformedHeader(InvalidBlock):
    """Header bytes of the wrong length. Args: length got."""

    rule: ClassVar[str] = "malformed-header"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, expected {HEADER_BYTES}"


class HeaderOutOfRange(InvalidBlock):
    """A header field that does not fit its place. Args: the encoder's words."""

    rule: ClassVar[str] = "header-out-of-range"

    def __str__(self) -> str:
        return f"{self.rule}: {self.args[0]}"


class WrongRoot(InvalidBlock):
    """A root that does not match what it stands for. Args: which, got, expected."""

    rule: ClassVar[str] = "wrong-root"

    def __str__(self) -> str:
        which, got, expected = self.args
        return f"{self.rule}: {which}: got {got.hex()[:16]}, expected {expected.hex()[:16]}"


class ForeignBody(WrongRoot):
    """A body its header does not commit to; the header may yet be valid. Args: which, got, expected."""

    rule: ClassVar[str] = "foreign-body"


@dataclass(frozen=True, slots=True)
class Header:
    """What is hashed for the proof: 88 bytes, big-endian, the nonce last, so a search re-hashes the tail only."""

    previous: bytes
    """Id of the parent block (32 bytes)."""
    commitment: bytes
    """Hash over the block's three roots (32 bytes), see `Roots.commitment`."""
    time_ms: int
    """Miner's clock, milliseconds since the chain's epoch."""
    bits: int
    """Compact target."""
    height: int
    """Distance from genesis."""
    nonce: int
    """The proof."""
    id: bytes = field(init=False, compare=False, repr=False)
    """Double SHA-256 of the 88 bytes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", sha256d(self.to_bytes()))

    def to_bytes(self) -> bytes:
        """The 88 bytes that are hashed."""
        if len(self.previous) != 32 or len(self.commitment) != 32:
            raise HeaderOutOfRange("previous and commitment have 32 bytes each")
        try:
            return _LAYOUT.pack(
                self.previous, self.commitment, self.time_ms, self.bits, self.height, self.nonce
            )
        except struct.error as error:
            raise HeaderOutOfRange(str(error)) from None

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Inverse of `to_bytes`. Raises MalformedHeader."""
        if len(data) != HEADER_BYTES:
            raise MalformedHeader(len(data))
        return cls(*_LAYOUT.unpack(data))


@dataclass(frozen=True, slots=True)
class Roots:
    """The three roots a header commits to."""

    transactions: Hash
    """RFC 6962 root over the coinbase and the transactions, in order."""
    receipts: Hash
    """RFC 6962 root over the receipts, in order."""
    state: Hash
    """Root of the state map after the block."""

    def commitment(self) -> bytes:
        """The 32 bytes that stand in the header."""
        return sha256(_COMMITMENT_TAG + self.transactions + self.receipts + self.state)


@dataclass(frozen=True, slots=True)
class Coinbase:
    """First leaf of a block: who mined it and what the block pays (subsidy and fees)."""

    miner: PublicKey
    reward: Amount


@dataclass(frozen=True, slots=True)
class _Wire:
    """The encoded form of a block."""

    header: Annotated[bytes, Length(HEADER_BYTES)]
    roots: Roots
    coinbase: Coinbase
    transactions: tuple[Annotated[bytes, MaxLen(65_536)], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A header, the roots it commits to, the coinbase and the transactions in order."""

    header: Header
    roots: Roots
    coinbase: Coinbase
    transactions: tuple[Transaction, ...]
    _size: int | None = field(init=False, default=None, compare=False, repr=False)
    _whole: bool = field(init=False, default=False, compare=False, repr=False)

    @property
    def id(self) -> bytes:
        """The header's id: the block's name everywhere."""
        return self.header.id

    @property
    def size(self) -> int:
        """Bytes of the canonical encoding (computed once)."""
        size = self._size
        if size is None:
            size = len(self.to_bytes())
            object.__setattr__(self, "_size", size)
        return size

    def to_bytes(self) -> bytes:
        """Canonical encoding."""
        encoded = tuple([transaction.encoded for transaction in self.transactions])
        return encode(_Wire(self.header.to_bytes(), self.roots, self.coinbase, encoded))

    @classmethod
    def from_bytes(cls, data: bytes, max_bytes: int = MAX_BLOCK_BYTES) -> Self:
        """Inverse of `to_bytes`. Raises DecodeError for anything `to_bytes` does not give."""
        wire = decode(_Wire, data, max_bytes=max_bytes)
        block = cls(
            Header.from_bytes(wire.header),
            wire.roots,
            wire.coinbase,
            tuple(map(Transaction.from_bytes, wire.transactions)),
        )
        object.__setattr__(block, "_size", len(data))
        return block

    def check_whole(self) -> None:
        """Check that this is the body its header commits to (once: the verdict is kept).

        Raises ForeignBody.
        """
        if self._whole:
            return
        _compare("commitment", self.header.commitment, self.roots.commitment())
        _compare("transactions", self.roots.transactions, transactions_root(self.coinbase, self.transactions))
        object.__setattr__(self, "_whole", True)


def transactions_root(coinbase: Coinbase, transactions: Sequence[Transaction]) -> bytes:
    """RFC 6962 root over the encoded coinbase and transactions, in order."""
    return merkle_root([encode(coinbase), *[transaction.encoded for transaction in transactions]])


def _compare(which: str, got: bytes, expected: bytes) -> None:
    if got != expected:
        raise ForeignBody(which, got, expected)
