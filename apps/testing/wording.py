"""The messages of a failing application test: the rule, where, what was got, what was expected, what to do."""

from apps.testing.keys import with_names
from chain.codec import EncodeError
from chain.errors import AppError, ChainError, in_full
from chain.records import Action
from chain.refusals import FeeNotCovered
from chain.registry import UnknownAction


def asked_for(sender: str, action: Action) -> str:
    """An action and whose it is: `Bid(lot='x', amount=5) of bob`."""
    return f"{with_names(repr(action))} of {sender}"


def refused(sender: str, action: Action, where: str, error: ChainError) -> str:
    """An action was refused and nobody expected it."""
    return in_full(
        f"{error.rule}: {where} refused {asked_for(sender, action)}",
        str(error),
        "that the action is carried out",
        _remedy(sender, action, error),
    )


def refused_otherwise(
    sender: str, action: Action, where: str, error: ChainError, expected: type[ChainError]
) -> str:
    """An action was refused by another rule than the test expects."""
    return in_full(
        f"refused-otherwise: {where} refused {asked_for(sender, action)}",
        f"{type(error).__name__} ({error})",
        _named(expected),
        f"write `with dev.refuses({type(error).__name__}): ...`, or change what makes this rule refuse first",
    )


def carried_out(sender: str, action: Action, where: str, expected: type[ChainError]) -> str:
    """An action was carried out that the test expects to be refused."""
    return in_full(
        f"not-refused: {where} carried out {asked_for(sender, action)}",
        "no refusal",
        _named(expected),
        f"raise {expected.__name__} in {where.rpartition(':')[2]}, or change the action or what comes before it",
    )


def nothing_asked(expected: type[ChainError]) -> str:
    """The test expects a refusal of nothing."""
    return in_full(
        "not-refused: no action was sent to this chain inside `with dev.refuses(...)`",
        "no action",
        _named(expected),
        "put the `dev.execute(...)` that is to be refused into the `with` block",
    )


def crashed(where: str, doing: str, fault: str) -> str:
    """An exception that is no refusal came out of an application; `doing` says in what."""
    return in_full(
        f"app-crashed: {where} crashed {doing}",
        fault,
        "no exception but an AppError, which refuses",
        "correct it, or refuse with an AppError of your own what may not be asked for",
    )


def broken(where: str, block: str, sentence: str) -> str:
    """An invariant does not hold after a block."""
    return in_full(
        f"invariant-broken: {where} after {block}",
        sentence,
        "that every invariant holds after every block",
        "correct the action or hook that broke it, or the invariant if it demands too much",
    )


def _named(expected: type[ChainError]) -> str:
    return f"{expected.__name__} ({expected.rule})"


def _remedy(sender: str, action: Action, error: ChainError) -> str:
    kind = type(error).__name__
    if isinstance(error, AppError):
        return f"expect it with `with dev.refuses({kind}): ...`, or change the action or what comes before it"
    if isinstance(error, UnknownAction):
        return f"give DevChain the application with an @execute method for {type(action).__name__}"
    if isinstance(error, EncodeError):
        return "give the field a value that its type allows, or change its type"
    if isinstance(error, FeeNotCovered):
        return f"give {sender} the balance: DevChain(..., balances={{{sender!r}: ...}}); or ask for a smaller fee"
    return "make the action smaller: no block may hold this transaction"
