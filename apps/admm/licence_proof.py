"""One licence audited against one header: bandwidth, slice and dual price, without the chain or its state.

A header of 88 bytes commits to the three roots of its block, the state root to every value of the state, and a proof
leads from there to the licence. Whether the header is one of the best chain is its holder's to judge.
"""

from dataclasses import dataclass
from typing import ClassVar

from apps.admm.state import AcquisitionTables, Licence
from chain.block import Header, Roots
from chain.codec import decode
from chain.errors import ChainError
from chain.keys import PUBLIC_KEY_BYTES
from chain.trie import Trie
from chain.trie_proof import TrieProof


class ForeignRoots(ChainError):
    """Roots that the header does not commit to. Args: commitment got, commitment expected."""

    rule: ClassVar[str] = "foreign-roots"

    def __str__(self) -> str:
        got, expected = self.args
        return f"{self.rule}: got {got.hex()[:16]}, expected the header's {expected.hex()[:16]}"


class NoLicence(ChainError):
    """The proof is sound and shows that there is no such licence. Args: acquisition, operator."""

    rule: ClassVar[str] = "no-licence"

    def __str__(self) -> str:
        name, operator = self.args
        return f"{self.rule}: acquisition {name!r} has granted none to {operator.hex()[:16]}"


class MalformedHolder(ChainError):
    """No licence can stand under this acquisition and operator. Args: acquisition, operator."""

    rule: ClassVar[str] = "malformed-holder"

    def __str__(self) -> str:
        name, operator = self.args
        return (
            f"{self.rule}: got acquisition {name!r} and {len(operator)} bytes, "
            f"expected a name without NUL and a public key of {PUBLIC_KEY_BYTES} bytes"
        )


@dataclass(frozen=True, slots=True)
class LicenceProof:
    """What must be known beside a header to trust a licence. It has a canonical encoding."""

    roots: Roots
    """The three roots of the header's block."""
    proof: TrieProof
    """The way from the state root to the licence."""


def prove_licence(state: Trie, roots: Roots, acquisition: str, operator: bytes) -> LicenceProof:
    """The proof of an operator's licence, or of its absence, in the state after the block with these roots.

    Raises MalformedHolder.
    """
    return LicenceProof(roots, state.proof(_path(acquisition, operator)))


def check_licence(header: Header, proof: LicenceProof, acquisition: str, operator: bytes) -> Licence:
    """The licence that the header's block commits to.

    Raises MalformedHolder, ForeignRoots, InvalidProof, NoLicence.
    """
    path = _path(acquisition, operator)
    commitment = proof.roots.commitment()
    if commitment != header.commitment:
        raise ForeignRoots(commitment, header.commitment)
    value = proof.proof.verify(proof.roots.state, path)
    if value is None:
        raise NoLicence(acquisition, operator)
    return decode(Licence, value)


def _path(acquisition: str, operator: bytes) -> bytes:
    """Where the state map keeps a licence, as `chain.table` lays keys out."""
    try:
        name = acquisition.encode()
    except UnicodeEncodeError:
        raise MalformedHolder(acquisition, operator) from None
    if b"\0" in name or len(operator) != PUBLIC_KEY_BYTES:
        raise MalformedHolder(acquisition, operator)
    table = AcquisitionTables.licences.name
    return f"{AcquisitionTables.name}/{table}/".encode() + name + b"\0" + operator
