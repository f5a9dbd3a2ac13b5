"""An in-memory chain of one node for tests of applications: the production transition, one block after the other.

dev = DevChain(Auction(), balances={"alice": 100, "bob": 100})
dev.execute("alice", Bid(lot="x", amount=10))
with dev.refuses(BidTooLow):
    dev.execute("bob", Bid(lot="x", amount=5))
dev.mine(3)
assert dev.query(Auction.standing_bid, "x") == 10
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, overload

from apps.testing import watch
from apps.testing.blocks import Request, next_block
from apps.testing.crash import InvariantBroken
from apps.testing.keys import account_of, key_of
from apps.testing.refusal import ActionRefused, Attempt, NotRefused, Refused, Witness
from apps.testing.snapshot import DevBlock, Happened, HookFailure, Snapshot
from apps.testing.wording import asked_for
from chain.app import App
from chain.context import View
from chain.errors import ChainError
from chain.genesis import found_chain, make_genesis
from chain.invariants import broken_invariants
from chain.keys import SigningKey
from chain.params import SHARECOIN, ChainParams, RewardParams
from chain.records import Action, Receipt
from chain.registry import Registry

if TYPE_CHECKING:
    from apps.agent import Agent
    from apps.kit import PlacedMeasure
    from apps.testing.play import Resident

A = TypeVar("A", bound=App)
E = TypeVar("E", bound=ChainError)
P = ParamSpec("P")
R = TypeVar("R")


class DevChain:
    """A chain whose every block is checked against the invariants of the money and of its applications.

    People are named; a name always has the same key. Blocks are `interval_ms` apart and pay `subsidy` base units to
    `miner`, an account like any other. `state` is all that changes and is immutable: keep it to come back to it.
    """

    def __init__(
        self,
        *apps: App,
        balances: Mapping[str, int] | None = None,
        interval_ms: int = 60_000,
        subsidy: int = SHARECOIN,
        fee: int = 0,
        check_every_block: bool = True,
    ) -> None:
        """Found the chain. Raises RegistrationError for a malformed application."""
        self.registry = Registry(apps)
        funds = {account_of(name): amount for name, amount in (balances or {}).items()}
        self.genesis = make_genesis(ChainParams("dev", reward=RewardParams(subsidy)), funds, self.registry)
        born = found_chain(self.genesis, self.registry)
        self.spec = born.spec
        self.interval_ms = interval_ms
        self.fee = fee
        self.check_every_block = check_every_block
        self._state = Snapshot(self.spec.chain_id, born.state, DevBlock(born.block.id))
        self._witness = Witness(self.registry)
        self._refused: Attempt | None = None
        self._residents: dict[str, Resident] = {}
        if check_every_block:
            self.check()

    def execute(self, sender: str, action: Action, fee: int | None = None) -> Receipt:
        """One block with this action alone; its receipt.

        Raises ActionRefused (unless `refuses` expects it), AppCrash, InvariantBroken.
        """
        receipt = self.block([(sender, action)], fee=fee)[0]
        attempt = self.state.head.attempts[0]
        if attempt.error is not None:
            self._refused = attempt
            raise ActionRefused(attempt) from attempt.error
        return receipt

    def block(
        self, actions: Iterable[tuple[str, Action]] = (), miner: str = "miner", fee: int | None = None
    ) -> list[Receipt]:
        """One block with these (sender, action) in this order; their receipts, those of refusals too.

        Raises ActionRefused for an action that may stand in no block, AppCrash, InvariantBroken.
        """
        charged = self.fee if fee is None else fee
        return self.block_of([Request(sender, action, charged) for sender, action in actions], miner)

    def block_of(self, requests: Sequence[Request], miner: str = "miner") -> list[Receipt]:
        """As `block`, each action with a fee of its own."""
        try:
            self._state = next_block(
                self.spec, self._witness, self._state, requests, self.next_time_ms, miner
            )
        except ActionRefused as stop:
            self._refused = stop.attempt
            raise
        watch.unchecked(self)
        if self.check_every_block:
            self.check()
        return [attempt.receipt for attempt in self.state.head.attempts if attempt.receipt is not None]

    def mine(self, blocks: int = 1) -> None:
        """Blocks without transactions."""
        for _ in range(blocks):
            self.block_of([])

    def advance(self, seconds: float) -> None:
        """Let the next block come that much later than it would."""
        if seconds < 0:
            raise ValueError(f"advance: got {seconds} s, expected 0 or more: time moves forward only")
        self.state = replace(self.state, delay_ms=self.state.delay_ms + round(seconds * 1000))

    def play(self, agents: "Mapping[str, Agent]", blocks: int, seed: int = 0) -> "list[PlacedMeasure]":
        """Let agents (by name) decide on each head they want to see; their actions are in the next block.

        What an application refuses comes back to the agent as the action's fate. Nobody mines: a mining fraction
        changes nothing. Randomness follows from `seed` and the agent's name. An agent that played before goes on
        from what it saw last, and sees a return to an earlier `state` as a reorganisation.
        Gives what the agents measured. Raises as `block` does.
        """
        from apps.testing.play import play

        return play(self, self._residents, agents, blocks, seed)

    @contextmanager
    def refuses(self, expected: type[E]) -> Iterator[Refused[E]]:
        """Expect an action to be refused, by the application or the ledger, with this error or a subclass of it.

        Raises NotRefused where it is carried out, or refused with another error.
        """
        refused: Refused[E] = Refused()
        begun = self.height
        try:
            yield refused
            attempts = [attempt for block in self.state.blocks(begun) for attempt in block.attempts]
        except ActionRefused as stop:
            if stop.attempt is not self._refused:
                raise
            attempts = [stop.attempt]
        refusals = [attempt for attempt in attempts if attempt.error is not None]
        for attempt in refusals:
            if isinstance(attempt.error, expected):
                return refused.settle(attempt)
        shown = [None, *attempts, *refusals][-1]
        raise NotRefused(expected, shown) from (shown.error if shown else None)

    def check(self) -> None:
        """Raise InvariantBroken unless the supply and every invariant of every application hold at the head."""
        watch.checked(self)
        if broken := tuple(broken_invariants(self.registry, self.view)):
            head = self.state.head
            raise InvariantBroken(
                head.height,
                tuple(asked_for(attempt.sender, attempt.action) for attempt in head.attempts),
                broken,
            )

    @property
    def state(self) -> Snapshot:
        """The chain at this moment, immutable. Assign an earlier one to return to it.

        Raises ValueError for one of another chain.
        """
        return self._state

    @state.setter
    def state(self, saved: Snapshot) -> None:
        if saved.chain_id != self.spec.chain_id:
            got, own = saved.chain_id.hex()[:16], self.spec.chain_id.hex()[:16]
            raise ValueError(f"state: got a snapshot of chain {got}, expected one of this chain, {own}")
        self._state = saved

    @property
    def view(self) -> View:
        """The head, read only."""
        return self.spec.view(self.state.trie, self.state.environment)

    @property
    def height(self) -> int:
        """Height of the head."""
        return self.state.head.height

    @property
    def time_ms(self) -> int:
        """Time of the head, milliseconds since genesis."""
        return self.state.head.time_ms

    @property
    def next_time_ms(self) -> int:
        """Time that the next block will have."""
        return self.time_ms + self.interval_ms + self.state.delay_ms

    @property
    def events(self) -> list[Happened]:
        """Every event from genesis to the head, in order."""
        return [
            Happened(block.height, app, event) for block in self.state.blocks() for app, event in block.events
        ]

    @property
    def hook_failures(self) -> list[HookFailure]:
        """Every block hook that refused: it alone was rolled back and the chain went on."""
        return [failure for block in self.state.blocks() for failure in block.hook_failures]

    @overload
    def query(
        self, asked: Callable[Concatenate[A, View, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R: ...

    @overload
    def query(self, asked: str, /, *args: object) -> object: ...

    def query(self, asked: Callable[..., object] | str, /, *args: object, **kwargs: object) -> object:
        """The answer at the head of a query, given as the method (`Auction.standing_bid`) or as two names.

        Raises UnknownQuery.
        """
        if isinstance(asked, str):
            name, *arguments = args
            return self.registry.query(self.view, asked, str(name), *arguments)
        for app in self.registry.apps.values():
            named = getattr(asked, "__name__", "")
            if any(vars(kind).get(named) is asked for kind in type(app).__mro__):
                return self.registry.answer(app.name, named)(self.view, *args, **kwargs)
        owner, _, name = getattr(asked, "__qualname__", repr(asked)).rpartition(".")
        return self.registry.answer(owner, name)

    def balance(self, name: str) -> int:
        """Base units a named account may spend."""
        return self.view.balance(account_of(name))

    @overload
    def escrow(self, label: str, /) -> int: ...

    @overload
    def escrow(self, app: str, label: str, /) -> int: ...

    def escrow(self, first: str, second: str | None = None, /) -> int:
        """Base units an application holds under a label; with one argument of the chain's only application."""
        if second is not None:
            return self.view.escrow(first, second)
        own = [name for name in self.registry.apps if name != "bank"]
        if len(own) != 1:
            raise ValueError(f"escrow: got {first!r}, expected an application ({', '.join(own)}) and a label")
        return self.view.escrow(own[0], first)

    def account(self, name: str) -> bytes:
        """The account (public key) of a name."""
        return account_of(name)

    def key(self, name: str) -> SigningKey:
        """The key of a name."""
        return key_of(name)
