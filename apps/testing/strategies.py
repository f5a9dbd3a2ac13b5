"""Hypothesis strategies of actions, derived from the types of their fields and from what a chain has seen.

A value is simple (a small number, a short name, a participant), or was met under the same name, or stands at the edge
of its type. So that many actions are carried out, an action may also follow a record of the state, or come once more
with what its refusal objected to replaced. Everything is picked from lists: a failure shrinks towards their heads.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from apps.testing.devchain import DevChain
from apps.testing.keys import account_of
from apps.testing.leaf_values import ROUND_NUMBERS, edges, near, simple
from apps.testing.refusal import Attempt
from apps.testing.seen import Seen, Sighting, fitting, objections
from apps.testing.shapes import (
    Form,
    Leaf,
    Maybe,
    Named,
    Parts,
    Row,
    Shape,
    Whole,
    fits,
    form_of,
    leaves_of,
)
from chain.errors import ChainError
from chain.records import Action

T = TypeVar("T")
FieldStrategy = SearchStrategy[object] | Callable[[DevChain], SearchStrategy[object]]
"""What to draw a field from; a function is asked at every draw, with the chain as it is then."""

_PLACES = 80
"""Most values of a group that are considered."""
_REFUSALS = (ChainError, ValueError, TypeError, ArithmeticError, AssertionError, LookupError)
"""What a record's own checks may raise."""
_BOLDNESS = 5
"""One action in so many is taken as it is drawn, be it refused."""
_TRIES = 7
"""Most actions of one type that are tried out for one that is carried out."""
_TYPES = 3
"""Most types that are tried one after the other."""


class Request(NamedTuple):
    """An action and whose it is."""

    sender: str
    action: Action


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What values are drawn from."""

    kinds: tuple[type[Action], ...]
    """What may be asked for."""
    people: tuple[str, ...]
    """Who may send."""
    try_out: Callable[[Request], Attempt | None] = lambda request: None
    """How an action is refused; None where it is not."""
    seen: Seen = field(default_factory=Seen)
    given: Mapping[str, SearchStrategy[object]] = field(default_factory=dict)
    """`Record.field` -> what to draw it from."""
    last: Mapping[type[Action], Attempt] = field(default_factory=dict)
    """The latest action of each type: it is sometimes tried again with something changed."""
    done: frozenset[type[Action]] = frozenset()
    """Types of which one was carried out already: the others have precedence."""
    hopeless: set[type[Action]] = field(default_factory=set)
    """Types of which nothing that was tried is carried out as things are; the draws add to it."""


class _RecordRefused(Exception):
    """A record's own checks refused the values drawn for it."""


@st.composite
def requests(draw: DrawFn, around: Surroundings) -> Request | None:
    """An action and its sender; None where its own checks refused whatever was drawn.

    Mostly several are tried out, each perhaps better for what was refused before, up to one that is carried out.
    """
    if not draw(_index_below(_BOLDNESS)):
        return draw(_one_request(around.kinds[draw(_index_below(len(around.kinds)))], around, None))
    first = None
    for _ in range(_TYPES):
        promising = [kind for kind in around.kinds if kind not in around.hopeless] or list(around.kinds)
        promising += [kind for kind in promising if kind not in around.done] * 2
        kind = promising[draw(_index_below(len(promising)))]
        last = around.last.get(kind)
        for _ in range(_TRIES):
            found = draw(_one_request(kind, around, last))
            if found is not None:
                last = around.try_out(found)
                if last is None:
                    return found
            first = first or found
        around.hopeless.add(kind)
    return first


@st.composite
def _one_request(
    draw: DrawFn, kind: type[Action], around: Surroundings, last: Attempt | None
) -> Request | None:
    try:
        return _Drawing(draw, around).request(kind, last)
    except _RecordRefused:
        return None


@cache
def _index_below(count: int) -> SearchStrategy[int]:
    """Made once for each length: a strategy costs more than a draw from it."""
    return st.integers(0, count - 1)


class _Drawing:
    """One draw."""

    def __init__(self, draw: DrawFn, around: Surroundings) -> None:
        self.draw = draw
        self.around = around
        self.like: Sighting = ()
        """What the action follows; nothing where it is to be simple."""
        self.wild = False
        """Whether edges are drawn too."""
        self.accounts = {account_of(name): name for name in around.people}

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw(_index_below(len(options)))]

    def pick_weighted(self, groups: Sequence[Sequence[T]]) -> T:
        """One of a group, each group being as likely as any other. A single choice, because choices are what costs."""
        groups = [group for group in groups if group]
        group, place = divmod(self.draw(_index_below(len(groups) * _PLACES)), _PLACES)
        return groups[group][place % len(groups[group])]

    def request(self, kind: type[Action], last: Attempt | None) -> Request:
        form = form_of(kind)
        self.wild = self.pick((False, False, False, True))
        seen = self.around.seen
        ways = ["simple", *["record"] * 2 * bool(seen.records), *["lately"] * bool(seen.lately)]
        ways += ["again"] * (2 * len(ways) if objections(last) else bool(last))
        way = self.pick(ways)
        if way == "again" and last is not None:
            return _Again(self, last).request(form)
        if way != "simple":
            self.like = self.pick(seen.like(form) if way == "record" else seen.lately)
        action = cast("Action", self.value(form, ""))
        return Request(self.sender(), action)

    def sender(self) -> str:
        accounts = self.accounts
        involved = [
            accounts[value] for _, value in self.like if isinstance(value, bytes) and value in accounts
        ]
        return self.pick_weighted([*[involved] * 3, self.around.people])

    def value(self, shape: Shape, name: str) -> object:
        """A value for a field of this shape and name."""
        match shape:
            case Form(kind, fields):
                return _made(kind, [self.field(kind, part, inner) for part, inner in fields])
            case Maybe(inner):
                return self.value(inner, name) if self.pick((False, True)) else None
            case Row(item, low, high):
                count = self.pick(range(low, min(high, low + 3) + 1))
                return tuple([self.value(item, name) for _ in range(count)])
            case Parts(items):
                return tuple([self.value(item, name) for item in items])
            case _:
                return self.leaf(shape, name)

    def field(self, kind: type, name: str, shape: Shape) -> object:
        given = self.given(kind, name)
        return self.value(shape, name) if given is None else self.draw(given)

    def given(self, kind: type, name: str) -> SearchStrategy[object] | None:
        return self.around.given.get(f"{kind.__name__}.{name}")

    def leaf(self, leaf: Leaf, name: str) -> object:
        seen = self.around.seen
        met = seen.called(name, leaf)
        groups = [
            *[simple(leaf, tuple(self.accounts))] * 4,
            *[met] * 6,
            [value for one in met for value in near(leaf, one)],
            *[edges(leaf)] * 2 * self.wild,
        ]
        if isinstance(leaf, Whole):
            groups.append([n for n in (seen.height, seen.height + 5, seen.time_ms) if fits(leaf, n)])
            groups += [[n for n in ROUND_NUMBERS if fits(leaf, n)]] * 2
        alike = fitting(leaf, name, self.like)
        return self.pick_weighted([*[alike] * 3 * len(groups), *groups])


class _Again:
    """The latest action of a type once more: what its refusal objected to is replaced, or one field is drawn anew."""

    def __init__(self, drawing: _Drawing, last: Attempt) -> None:
        self.drawing = drawing
        self.last = last
        self.objections = objections(last)
        self.objected = {(type(value), value) for _, value in self.objections if isinstance(value, Hashable)}
        leaves = list(leaves_of(last.action))
        self.fresh = -1 if any(map(self.suspect, leaves)) else drawing.pick(range(-1, len(leaves)))
        """Which leaf to draw anew; -1 for none."""
        self.position = -1

    def request(self, form: Form) -> Request:
        action = cast("Action", self.value(form, self.last.action, ""))
        return Request(self.sender(), action)

    def sender(self) -> str:
        drawing = self.drawing
        named = [drawing.accounts.get(value) for _, value in self.objections if type(value) is bytes]
        others = [name for name in named if name is not None and name != self.last.sender]
        if others:
            return drawing.pick(others)
        return drawing.pick_weighted([(self.last.sender,), (self.last.sender,), drawing.around.people])

    def suspect(self, leaf: Named) -> bool:
        """Whether the refusal names this value, or its field."""
        return (type(leaf.value), leaf.value) in self.objected or (str, leaf.name) in self.objected

    def value(self, shape: Shape, value: object, name: str) -> object:
        match shape:
            case Form(kind, fields):
                return _made(kind, [self.field(kind, part, inner, value) for part, inner in fields])
            case Row() | Parts() | Maybe():
                self.position += sum(1 for _ in leaves_of(value))
                return value
            case _:
                return self.leaf(shape, value, name)

    def field(self, kind: type, name: str, shape: Shape, record: object) -> object:
        kept = self.value(shape, getattr(record, name), name)
        given = self.drawing.given(kind, name)
        return kept if given is None else self.drawing.draw(given)

    def leaf(self, leaf: Leaf, value: object, name: str) -> object:
        self.position += 1
        if self.position == self.fresh:
            return self.drawing.leaf(leaf, name)
        if not self.suspect(Named(name, value)):
            return value
        others = [other for _, other in self.objections if fits(leaf, other) and other != value]
        beside = [other for one in others for other in near(leaf, one) if other != value]
        if others:
            return self.drawing.pick_weighted([others, others, beside])
        return self.drawing.leaf(leaf, name)


def _made(kind: type, parts: list[object]) -> object:
    try:
        return kind(*parts)
    except _REFUSALS as error:
        raise _RecordRefused from error
