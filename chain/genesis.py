"""The first block: parameters, allocations and the application set, hashed into the chain's id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from chain import accounts
from chain.block import Block, Coinbase, Header, transactions_root
from chain.codec import U32, Amount, Hash, MaxLen, PublicKey, encode
from chain.errors import ChainError
from chain.hashing import sha256
from chain.params import ChainParams
from chain.records import Name
from chain.registry import Registry
from chain.state import Overlay
from chain.transition import ChainSpec, Executed, roots_of
from chain.trie import Trie

_TAG = b"hertzchain/genesis"
_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Coins an account begins with."""

    account: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class HostedApp:
    """An application as genesis names it."""

    name: Name
    version: U32
    interface: Hash
    """Digest of its actions, events and tables."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """Everything a chain is born with."""

    params: ChainParams
    allocations: Annotated[tuple[Allocation, ...], MaxLen(2**20)]
    """In account order, one for each account."""
    apps: tuple[HostedApp, ...]
    """In name order."""


class WrongAppSet(ChainError):
    """The applications at hand are not those of the genesis.

    Args: got, expected (texts, one for each application).
    """

    rule: ClassVar[str] = "wrong-app-set"

    def __str__(self) -> str:
        got, expected = (", ".join(apps) for apps in self.args)
        return f"{self.rule}: got {got}; expected {expected}"


@dataclass(frozen=True, slots=True)
class Born:
    """A chain at height 0."""

    genesis: Genesis
    spec: ChainSpec
    block: Block
    state: Trie


def make_genesis(params: ChainParams, allocations: Mapping[bytes, int], registry: Registry) -> Genesis:
    """A genesis from parameters, allocations (public key -> base units) and the registry's applications."""
    listed = tuple(Allocation(account, amount) for account, amount in sorted(allocations.items()))
    hosted = tuple(
        HostedApp(app.name, app.version, registry.interface(app.name)) for app in registry.apps.values()
    )
    return Genesis(params, listed, hosted)


def found_chain(genesis: Genesis, registry: Registry) -> Born:
    """The genesis block and state. Raises WrongAppSet, SupplyOverflow.

    The genesis header's `previous` is the hash of the whole genesis record, so the chain id covers all of it.
    """
    expected = make_genesis(genesis.params, {}, registry).apps
    if genesis.apps != expected:
        raise WrongAppSet(_names(expected), _names(genesis.apps))
    draft = Overlay(Trie())
    accounts.mint(draft, sum(allocation.amount for allocation in genesis.allocations))
    for allocation in genesis.allocations:
        accounts.credit(draft, allocation.account, allocation.amount)
    state = Trie().updated(draft.writes)
    coinbase = Coinbase(_NOBODY, 0)
    roots = roots_of(transactions_root(coinbase, ()), Executed(state, (), 0))
    previous = sha256(_TAG + encode(genesis))
    header = Header(previous, roots.commitment(), 0, genesis.params.difficulty.genesis_bits, 0, 0)
    block = Block(header, roots, coinbase, ())
    return Born(genesis, ChainSpec(block.id, genesis.params, registry), block, state)


def _names(apps: tuple[HostedApp, ...]) -> tuple[str, ...]:
    return tuple(f"{app.name} version {app.version} ({app.interface.hex()[:8]})" for app in apps)
