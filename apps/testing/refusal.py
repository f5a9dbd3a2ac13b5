"""Refusals as a test meets them: the error itself, whose action it was, and where it was refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Generic, TypeVar

from apps.testing import wording
from chain.app import where_is
from chain.errors import AppError, ChainError
from chain.records import Action, Failure, Receipt
from chain.registry import Registry

E = TypeVar("E", bound=ChainError)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that somebody asked for, and what came of it."""

    sender: str
    action: Action
    height: int
    """Height of the block it is in, or would be in."""
    where: str
    """`module:Class.method` of what carried it out or refused it."""
    error: ChainError | None
    """Why it was refused; None where it was carried out."""
    receipt: Receipt | None
    """None where it may not stand in any block."""


class ActionRefused(AssertionError):
    """An action was refused and the test did not expect it. Args: the attempt."""

    @property
    def attempt(self) -> Attempt:
        """What was asked for."""
        found: Attempt = self.args[0]
        return found

    def __str__(self) -> str:
        asked = self.attempt
        assert asked.error is not None
        return wording.refused(asked.sender, asked.action, asked.where, asked.error)


class NotRefused(AssertionError):
    """A refusal was expected and did not come, or another came. Args: the expected error type, the attempt or None."""

    def __str__(self) -> str:
        expected, asked = self.args
        if asked is None:
            return wording.nothing_asked(expected)
        if asked.error is None:
            return wording.carried_out(asked.sender, asked.action, asked.where, expected)
        return wording.refused_otherwise(asked.sender, asked.action, asked.where, asked.error, expected)


class Refused(Generic[E]):
    """What `with dev.refuses(BidTooLow) as refused:` tells once the block is left."""

    def __init__(self) -> None:
        self._attempt: Attempt | None = None

    def settle(self, attempt: Attempt) -> None:
        """Note what was refused."""
        self._attempt = attempt

    @property
    def attempt(self) -> Attempt:
        """What was asked for and refused."""
        assert self._attempt is not None, "the refusal is known once the `with` block is left"
        return self._attempt

    @property
    def error(self) -> E:
        """The application's error, its values in `args`."""
        return self.attempt.error  # type: ignore[return-value]

    @property
    def error_rule(self) -> str:
        """The broken rule, kebab case."""
        return self.error.rule

    @property
    def receipt(self) -> Receipt | None:
        """The failed receipt; None where the action may not stand in any block."""
        return self.attempt.receipt

    @property
    def failure(self) -> Failure:
        """The refusal as a receipt keeps it."""
        receipt = self.receipt
        if receipt is None or receipt.failure is None:
            return Failure(self.error_rule, str(self.error))
        return receipt.failure


class Witness:
    """Keeps the errors themselves, of which the transition puts only rule and words into the receipt."""

    def __init__(self, registry: Registry) -> None:
        self.seen: list[AppError | None] = []
        """One entry for each action carried out or refused since it was last cleared."""
        for key, route in registry.routes.items():
            registry.routes[key] = replace(route, handler=self._watched(route.handler))

    def _watched(self, handler: Callable[..., object]) -> Callable[..., object]:
        @wraps(handler)
        def watched(*arguments: object) -> None:
            self.seen.append(None)
            try:
                handler(*arguments)
            except AppError as error:
                self.seen[-1] = error
                raise

        return watched


def carrier_of(registry: Registry, action: Action) -> str:
    """`module:Class.method` of what carries out an action; of its class where nothing does."""
    names = registry.actions.get(type(action))
    return where_is(type(action)) if names is None else where_is(registry.routes[names].handler)
