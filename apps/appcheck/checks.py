"""The checks, in the order in which they are made: the later ones need what the earlier ones made sure of."""

from collections.abc import Collection, Iterator, Sequence

from apps.appcheck.documentation import documentation_faults
from apps.appcheck.interface import actions_of, queries_of
from apps.appcheck.kits import kit_faults
from apps.appcheck.loading import NotLoadable, load_app, load_class
from apps.appcheck.result import Result, Verdict, counted, judged
from apps.appcheck.sequences import behaviour
from apps.appcheck.subject import Subject
from apps.determinism import SourceNotFound, lint_app
from apps.determinism.modules import on_chain_modules
from chain.app import App
from chain.errors import RegistrationError, in_full
from chain.registry import Registry, tables_of

REGISTRATION, LINT, DOCUMENTATION, KIT = "registration", "lint", "documentation", "kit"


def check_app(
    subject: Subject,
    beside: Sequence[Subject],
    sequences: int,
    reserved: Collection[str] = (),
) -> Iterator[Result]:
    """Make every check, and give each result as soon as it is known.

    Args:
        subject: what is checked. Its modules must be importable: see `reachable`.
        beside: other applications on its chain, for one that queries them.
        sequences: how many sequences of actions to generate.
        reserved: names that no application may have, because scenarios use them otherwise.
    """
    try:
        app, *others = [load_app(one.app) for one in (subject, *beside)]
        registry = Registry([app, *others])
    except (NotLoadable, RegistrationError) as error:
        yield Result(REGISTRATION, Verdict.FAIL, "1 fault", (str(error),))
        yield from _unregistered(subject)
        return
    yield judged(REGISTRATION, _name_faults(app, subject, reserved), _offer(app, registry))
    yield _lint(type(app))
    yield from behaviour(app, others, sequences)
    yield _documentation(app, registry)
    yield _kit(subject)


def _unregistered(subject: Subject) -> Iterator[Result]:
    """What can be said of an application that no chain can host: nothing of it is run."""
    try:
        yield _lint(load_class(subject.app))
    except NotLoadable:
        yield Result(LINT, Verdict.SKIPPED, "there is no class to begin at")
    for check in ("sequences", "determinism", DOCUMENTATION, KIT):
        yield Result(check, Verdict.SKIPPED, f"needs the {REGISTRATION}")


def _name_faults(app: App, subject: Subject, reserved: Collection[str]) -> Iterator[str]:
    kind = type(app)
    where = f"{kind.__module__}:{kind.__name__}.name"
    if subject.name not in (None, app.name):
        yield in_full(
            f"name-differs: {where}",
            repr(app.name),
            f"{subject.name!r}, its name as an entry point",
            "make both the same",
        )
    if app.name in reserved:
        yield in_full(
            f"name-reserved: {where}",
            repr(app.name),
            "a name that is no key of a scenario, since its settings are a table of its name",
            "rename the application",
        )


def _offer(app: App, registry: Registry) -> str:
    parts = [
        counted(len(actions_of(app, registry)), "action"),
        counted(len(app.emits), "event"),
        counted(len(queries_of(app)), "query", "queries"),
        counted(len(tables_of(app)), "table"),
    ]
    return ", ".join(parts)


def _lint(kind: type[App]) -> Result:
    try:
        findings = lint_app(kind)
        modules = len(on_chain_modules(kind))
    except (SourceNotFound, SyntaxError) as error:
        return Result(LINT, Verdict.FAIL, "1 fault", (str(error),))
    return judged(LINT, map(str, findings), counted(modules, "on-chain module"))


def _documentation(app: App, registry: Registry) -> Result:
    try:
        faults = tuple(documentation_faults(app, registry))
    except SourceNotFound as error:
        faults = (str(error),)
    return judged(DOCUMENTATION, faults, "README and docstrings")


def _kit(subject: Subject) -> Result:
    if subject.kit is None:
        return Result(
            KIT, Verdict.OK, "none is registered: a scenario can host the application, but nobody takes part"
        )
    return judged(KIT, kit_faults(subject.kit), subject.kit)
