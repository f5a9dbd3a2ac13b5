"""Ed25519 keys and signatures, with the encodings refused on which libraries disagree.

`cryptography` verifies. It is never asked about a public key or an R whose encoding is not canonical or
whose point has small order, nor about an S outside the group order. RFC 8032 (section 5.1.7) refuses some
of these, ZIP 215 accepts most, libraries stand in between and move from version to version (de Valence
2020, "It's 255:19AM"; Chalkias, Garillot and Nikolaenko 2020, eprint 2020/823). Nodes that answer
differently split the chain, and a library upgrade must not be a hard fork, so the answer is given here.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chain.errors import ChainError

SEED_BYTES = 32
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
FIELD_PRIME = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the prime-order subgroup, L in RFC 8032."""

_SIGN_BIT = 1 << 255
_ZERO_X = (1, FIELD_PRIME - 1)
"""y of the points of order 1 and 2. Their x is 0, which has no sign."""
_OTHER_SMALL_ORDER_Y = (
    0,  # order 4
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,  # order 8
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,  # order 8
)


def _encodings(y_values: Iterable[int], signs: tuple[int, ...] = (0, _SIGN_BIT)) -> frozenset[bytes]:
    return frozenset((y | sign).to_bytes(32, "little") for y in y_values for sign in signs)


SMALL_ORDER = _encodings(_ZERO_X, (0,)) | _encodings(_OTHER_SMALL_ORDER_Y)
"""The canonical encodings of the 8 points whose order divides the cofactor."""
NON_CANONICAL = _encodings(_ZERO_X, (_SIGN_BIT,)) | _encodings(range(FIELD_PRIME, 2**255))
"""All 40 non-canonical encodings: x = 0 with the sign bit set, and p <= y < 2^255 (some are no point)."""
_REFUSED_POINTS = SMALL_ORDER | NON_CANONICAL


class BadSignature(ChainError):
    """A signature that does not stand. Args: rule, got, expected.

    Rules: malformed-public-key, malformed-signature, non-canonical-public-key, small-order-public-key,
    non-canonical-r, small-order-r, non-canonical-s, wrong-signature.
    """

    rule: ClassVar[str] = "bad-signature"

    def __init__(self, rule: str, got: str, expected: str) -> None:
        super().__init__(rule, got, expected)
        self.__dict__["rule"] = rule

    def __str__(self) -> str:
        rule, got, expected = self.args
        return f"{rule}: got {got}, expected {expected}"


class MalformedSeed(ChainError):
    """A seed of the wrong length. Args: length got."""

    rule: ClassVar[str] = "malformed-seed"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, expected {SEED_BYTES}"


class SigningKey:
    """A private key; signing is deterministic (RFC 8032), so a run can be repeated byte for byte."""

    __slots__ = ("_key", "public")

    public: bytes
    """The public key (32 bytes)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed. Raises MalformedSeed."""
        if len(seed) != SEED_BYTES:
            raise MalformedSeed(len(seed))
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """Signature of the message (64 bytes)."""
        return self._key.sign(message)

    def __reduce__(self) -> tuple[Callable[[bytes], "SigningKey"], tuple[bytes]]:
        """Pickled as its seed, so that an agent can be checkpointed or sent to another process."""
        return SigningKey.from_seed, (self._key.private_bytes_raw(),)


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Return if `signature` (64 bytes) is `public`'s (32 bytes) on `message` (RFC 8032, 5.1.7, no cofactor).

    Raises BadSignature with the rule that was broken.
    """
    check_encoding(public, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature("wrong-signature", f"key {public.hex()}", "the signer's key and message") from None


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `verify` accepts."""
    try:
        verify(public, message, signature)
    except BadSignature:
        return False
    return True


def check_encoding(public: bytes, signature: bytes) -> None:
    """Refuse what libraries disagree on, before one is asked. Raises BadSignature."""
    if len(public) != PUBLIC_KEY_BYTES:
        raise BadSignature("malformed-public-key", f"{len(public)} bytes", f"{PUBLIC_KEY_BYTES} bytes")
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature("malformed-signature", f"{len(signature)} bytes", f"{SIGNATURE_BYTES} bytes")
    if public in _REFUSED_POINTS:
        raise _refused_point(public, "public-key")
    commitment = signature[:32]
    if commitment in _REFUSED_POINTS:
        raise _refused_point(commitment, "r")
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= GROUP_ORDER:
        raise BadSignature("non-canonical-s", hex(scalar), f"less than {GROUP_ORDER:#x}")


def _refused_point(encoding: bytes, part: str) -> BadSignature:
    if encoding in NON_CANONICAL:
        return BadSignature(f"non-canonical-{part}", encoding.hex(), "y less than 2^255 - 19")
    return BadSignature(f"small-order-{part}", encoding.hex(), "a point of large order")
