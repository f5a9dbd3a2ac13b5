"""What an application may look like: every check that is made before it is hosted, each naming class and field."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TypeVar, get_type_hints

from chain.app import API_VERSION, App
from chain.codec import Codec, UnsupportedType, codec_for
from chain.context import Context, View
from chain.errors import RegistrationError
from chain.records import MAX_NAME_BYTES, Action, Event
from chain.table import Table

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ENCODABLE = (
    "frozen dataclasses of int, bool, str, bytes, tuple, T | None, enumerations, Fixed and such dataclasses"
)
_ENCODE_IT = "keep a fraction as an integer of small units or as Fixed, several values as a tuple"
R = TypeVar("R", bound=Action | Event)


@dataclass(frozen=True, slots=True)
class Part:
    """A field or method of an application."""

    kind: type
    """The application's class."""
    name: str = ""

    @property
    def where(self) -> str:
        """As messages name it: `lottery.app:Lottery.buy`."""
        field = f".{self.name}" if self.name else ""
        return f"{self.kind.__module__}:{self.kind.__name__}{field}"

    def refused(self, fault: str, expected: str, to_do: str) -> RegistrationError:
        """The error that says so."""
        return RegistrationError(fault, self.where, expected, to_do)

    def bind(self, table: Table[object, object], app: str) -> None:
        """Place a table into the namespace of `app`. Raises RegistrationError."""
        try:
            table.bind(app)
        except UnsupportedType as error:
            raise self.refused(str(error), _ENCODABLE, _ENCODE_IT) from None
        except RegistrationError as error:
            expected = "Table(key, record), the key of str, int, bytes or a tuple of them"
            raise self.refused(
                str(error), expected, "change the table, or give each application its own"
            ) from None


def check_app(app: App) -> None:
    """Everything about an application but its actions, events, queries and tables. Raises RegistrationError."""
    if not isinstance(app, App):
        kind = app if isinstance(app, type) else type(app)
        raise Part(kind).refused(
            f"got {'the class itself' if isinstance(app, type) else 'an object of this class'}",
            "an instance of a subclass of App",
            f"write {kind.__name__}()" if isinstance(app, type) else "pass each application as an argument",
        )
    if app.api != API_VERSION:
        raise Part(type(app), "api").refused(
            f"got {app.api!r}, expected {API_VERSION}: written for another version of the application interface",
            f"{API_VERSION}, the interface of this Hertzchain",
            f"install a Hertzchain whose interface is {app.api!r}, or port it and write `api = {API_VERSION}`",
        )
    if not isinstance(app.name, str) or not _NAME.fullmatch(app.name):
        raise Part(type(app), "name").refused(
            f"got {app.name!r}, expected 1 to 32 lower case letters, digits and underscores",
            "a letter first: the name is part of every key of the state, escrow and receipt",
            'write for example `name = "lottery"`',
        )
    if not isinstance(app.emits, tuple):
        raise Part(type(app), "emits").refused(
            f"got {app.emits!r}, expected a tuple",
            "the event types that it may emit, for example `emits = (Drawn,)`",
            "put the event types into a tuple; one alone needs a comma behind it",
        )


def action_of(part: Part, method: Callable[..., object]) -> type[Action]:
    """The action type that the method's second parameter is annotated with. Raises RegistrationError."""
    form = "(self, ctx: Context, action: <an Action>)"
    kinds = list(_hints(part, method).values())
    if len(kinds) != 2 or kinds[0] is not Context or not isinstance(kinds[1], type):
        raise part.refused(
            f"expected the parameters {form}",
            "the action's type as annotation: it says which action the method carries out",
            f"write `def {part.name}{form} -> None`",
        )
    return kinds[1]


def check_query(part: Part, method: Callable[..., object]) -> None:
    """A query reads a `View`, its first parameter. Raises RegistrationError."""
    parameters = list(inspect.signature(method).parameters)
    if not parameters or _hints(part, method).get(parameters[0]) is not View:
        raise part.refused(
            "expected the parameters (self, view: View, ...)",
            "a query that reads the chain it is asked about, and cannot write",
            f"write `def {part.name}(self, view: View, ...) -> ...`",
        )


def codec_of(part: Part, kind: type[R], base: type) -> Codec[R]:
    """The codec of an action or event type. Raises RegistrationError."""
    record = "@dataclass(frozen=True, slots=True)"
    expected, to_do = (
        f"{record} class {{}}({base.__name__})",
        f"derive it from {base.__name__} and mark it {record}",
    )
    if not isinstance(kind, type):
        raise part.refused(f"{kind!r} is no class", f"subclasses of {base.__name__}", "list the class itself")
    expected = expected.format(kind.__name__)
    if not issubclass(kind, base):
        raise part.refused(f"{kind.__name__} is not a subclass of {base.__name__}", expected, to_do)
    if not is_dataclass(kind) or "__slots__" not in kind.__dict__:
        raise part.refused(f"{kind.__name__} is not {record}", expected, to_do)
    if len(kind.__name__.encode()) > MAX_NAME_BYTES:
        fault = f"the name {kind.__name__} is longer than {MAX_NAME_BYTES} bytes"
        raise part.refused(fault, f"at most {MAX_NAME_BYTES} bytes", "give it a shorter name")
    try:
        return codec_for(kind)
    except UnsupportedType as error:
        raise part.refused(str(error), _ENCODABLE, _ENCODE_IT) from None


def _hints(part: Part, method: Callable[..., object]) -> dict[str, object]:
    """The annotations of a method's parameters."""
    try:
        hints = get_type_hints(method)
    except (NameError, TypeError) as error:
        raise part.refused(
            f"annotations cannot be resolved ({error})",
            "annotations that name what the module defines or imports",
            "import the name outside `if TYPE_CHECKING`, or define it before",
        ) from None
    hints.pop("return", None)
    return hints
