"""An in-memory chain of one node for tests of applications: production rules, one block after the other."""

from collections.abc import Iterable, Mapping
from functools import cache

from chain import accounts
from chain.app import App
from chain.context import Environment, View
from chain.genesis import found_chain, make_genesis
from chain.hashing import sha256
from chain.keys import SigningKey
from chain.params import SHARECOIN, ChainParams, RewardParams
from chain.records import Action, Event, Receipt
from chain.registry import Registry
from chain.transaction import sign
from chain.transition import execute_content

MINER = SigningKey.from_seed(sha256(b"miner"))
Signed = tuple[SigningKey, Action]


@cache
def key_of(name: str) -> SigningKey:
    """The key that a name always has."""
    return SigningKey.from_seed(sha256(name.encode()))


def account_of(name: str) -> bytes:
    """The public key of a name."""
    return key_of(name).public


class DevChain:
    """A chain whose every block is checked (with `check`) against the invariants of money and applications.

    Accounts are named; each begins with its allocation. Blocks are `interval_ms` apart.
    """

    def __init__(
        self,
        apps: Iterable[App],
        allocations: Mapping[str, int],
        interval_ms: int = 60_000,
        subsidy: int = SHARECOIN,
        check: bool = True,
    ) -> None:
        self.registry = Registry(apps)
        params = ChainParams("dev", reward=RewardParams(subsidy))
        funds = {key_of(name).public: amount for name, amount in allocations.items()}
        born = found_chain(make_genesis(params, funds, self.registry), self.registry)
        self.spec, self.state = born.spec, born.state
        self.interval_ms = interval_ms
        self.height = 0
        self.checked = check
        self.events: list[tuple[int, str, Event]] = []
        """(height, application, event) of everything that happened, in order."""

    @property
    def view(self) -> View:
        """The head, read only."""
        return self.spec.view(self.state, Environment(self.height, self.height * self.interval_ms))

    def execute(self, who: str, action: Action, fee: int = 0) -> Receipt:
        """One block with this action alone; its receipt."""
        return self.block([(key_of(who), action)], fee=fee)[0]

    def mine(self, blocks: int = 1) -> None:
        """Blocks without transactions."""
        for _ in range(blocks):
            self.block([])

    def block(self, signed: Iterable[Signed], miner: SigningKey = MINER, fee: int = 0) -> list[Receipt]:
        """One block with these actions in this order; their receipts."""
        nonces: dict[bytes, int] = {}
        transactions = []
        for key, action in signed:
            nonce = nonces.setdefault(key.public, self.view.nonce(key.public))
            nonces[key.public] += 1
            names = self.registry.encode_action(action)
            transactions.append(sign(key, self.spec.chain_id, nonce, fee, *names))
        environment = Environment(self.height + 1, (self.height + 1) * self.interval_ms)
        done = execute_content(self.spec, self.state, environment, miner.public, transactions)
        self.state, self.height = done.state, environment.height
        for receipt in done.receipts:
            assert receipt.succeeded or not receipt.origin.startswith(b"hook/"), receipt.failure
            for emitted in receipt.events:
                event = self.registry.decode_event(emitted)
                self.events.append((self.height, emitted.app, event))
        if self.checked:
            self.check()
        by_origin = {receipt.origin: receipt for receipt in done.receipts}
        return [by_origin[transaction.id] for transaction in transactions]

    def check(self) -> None:
        """Every invariant holds."""
        broken = [*accounts.broken_invariants(self.state), *self.registry.broken_invariants(self.view)]
        assert not broken, broken

    def balance(self, who: str) -> int:
        """Base units a named account may spend."""
        return self.view.balance(key_of(who).public)

    def query(self, app: str, name: str, *arguments: object) -> object:
        """The answer of an application's query at the head."""
        return self.registry.query(self.view, app, name, *arguments)
