"""Signed transactions: an account asks an application to carry out one action."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

from chain.codec import U64, Amount, Hash, MaxLen, PublicKey, Signature, codec_for
from chain.errors import InvalidTransaction
from chain.hashing import sha256d
from chain.keys import BadSignature, SigningKey, verify
from chain.records import Name

_SIGNATURE_BYTES = 66
"""Encoded length of the last field: two bytes of header and 64 of signature."""
_TAG = b"hertzchain/transaction"


class WrongSignature(InvalidTransaction):
    """The signature is not the sender's. Args: transaction id, reason."""

    rule: ClassVar[str] = "wrong-signature"

    def __str__(self) -> str:
        return f"{self.rule}: transaction {self.args[0].hex()[:16]}: {self.args[1]}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One action of one account, signed.

    The signature covers the canonical encoding of everything before it; the id is the hash of the same bytes,
    so nothing that a third party could alter changes the id.
    """

    chain_id: Hash
    """Id of the genesis block of the chain it is meant for."""
    sender: PublicKey
    """Ed25519 public key: the account."""
    nonce: U64
    """Number of transactions the account has sent before this one."""
    fee: Amount
    """Base units the sender pays the miner, whatever becomes of the action."""
    app: Name
    """Application that carries out the action."""
    action: Name
    """Type of the action, one of the application's."""
    body: Annotated[bytes, MaxLen(16_384)]
    """Canonical encoding of the action's fields."""
    signature: Signature
    _encoded: bytes | None = field(init=False, default=None, compare=False, repr=False)
    _id: bytes | None = field(init=False, default=None, compare=False, repr=False)

    @property
    def encoded(self) -> bytes:
        """Canonical encoding (computed once)."""
        encoded = self._encoded
        if encoded is None:
            encoded = _CODEC.encode(self)
            object.__setattr__(self, "_encoded", encoded)
        return encoded

    @property
    def signing_bytes(self) -> bytes:
        """What the signature covers."""
        return _TAG + self.encoded[:-_SIGNATURE_BYTES]

    @property
    def id(self) -> bytes:
        """Double SHA-256 of the signing bytes (computed once)."""
        known = self._id
        if known is None:
            known = sha256d(self.signing_bytes)
            object.__setattr__(self, "_id", known)
        return known

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode. Raises DecodeError for anything `encoded` never gives."""
        transaction = _CODEC.decode(data)
        object.__setattr__(transaction, "_encoded", data)
        return transaction  # type: ignore[return-value]


_CODEC = codec_for(Transaction)
_UNSIGNED = bytes(64)


def sign(
    key: SigningKey, chain_id: bytes, nonce: int, fee: int, app: str, action: str, body: bytes
) -> Transaction:
    """A transaction of `key`'s account, signed."""
    draft = Transaction(chain_id, key.public, nonce, fee, app, action, body, _UNSIGNED)
    signature = key.sign(draft.signing_bytes)
    return Transaction(chain_id, key.public, nonce, fee, app, action, body, signature)


def check_signature(transaction: Transaction) -> None:
    """Raises WrongSignature unless the sender signed the transaction."""
    try:
        verify(transaction.sender, transaction.signing_bytes, transaction.signature)
    except BadSignature as error:
        raise WrongSignature(transaction.id, str(error)) from None
