"""The command line's `app`: write a new application, check one."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sim.cli_options import FAILED

_MISTAKE = 2
"""Exit status where what was asked for cannot be."""

app = typer.Typer(
    name="app", help="Write and check on-chain applications.", no_args_is_help=True, add_completion=False
)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(help="Name of the application: lower case letters, digits, underscores.")
    ],
    into: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write it into.")] = Path(),
) -> None:
    """Write a new application: a package that runs, with a test, a scenario and a specification.

    Nothing that exists is changed.
    """
    from apps.scaffold import TargetExists, UnusableName, write_app

    try:
        folder = write_app(name, into, _taken())
    except (UnusableName, TargetExists) as error:
        _refuse(error)
    typer.echo(f"wrote {folder}. Next, from here:")
    for command in next_commands(folder):
        typer.echo(f"  {command}")


@app.command()
def check(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="APP",
            help="An installed application, the folder of one, or its module: lottery, ./lottery, lottery.app.",
        ),
    ],
    sequences: Annotated[
        int, typer.Option(min=1, help="Sequences of actions to generate and carry out.")
    ] = 200,
    beside: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="APP", help="Another application on its chain, if it needs one."),
    ] = None,
) -> None:
    """Check an application, one line for each check; exit status 1 if anything fails."""
    from apps.appcheck import UnknownSubject, Verdict, check_app, reachable, subjects_of
    from sim.plugin_entries import APPS, KITS
    from sim.scenario import RESERVED_APP_NAMES

    apps, kits = _installed(APPS), _installed(KITS)
    try:
        found = subjects_of(subject, apps, kits)
        others = [one for asked in beside or () for one in subjects_of(asked, apps, kits)]
    except UnknownSubject as error:
        _refuse(error)
    failed = False
    with reachable([*found, *others]):
        for one in found:
            typer.echo(f"{one}")
            company = [other for other in (*found, *others) if other is not one]
            for result in check_app(one, company, sequences, RESERVED_APP_NAMES):
                typer.echo("\n".join(result.lines()))
                failed = failed or result.verdict is Verdict.FAIL
    if failed:
        raise typer.Exit(FAILED)


def next_commands(folder: Path) -> tuple[str, str, str]:
    """What to type next in a shell in the current folder: check, test, install and run."""
    hertzchain, python, at = _command("hertzchain"), _command("python"), shlex.quote(str(folder))
    scenario = shlex.quote(str(folder / f"{folder.name}.toml"))
    return (
        f"{hertzchain} app check {at}",
        f"{python} -m pytest {at}",
        f"{python} -m pip install -e {at} && {hertzchain} run {scenario}",
    )


def _command(name: str) -> str:
    """`name` where a shell finds this environment's, else its path."""
    own, found = Path(sys.executable).with_name(name), shutil.which(name)
    # Compared as they are written: an environment's python is a link to the one it was made from.
    if not own.exists() or (found is not None and Path(found).parent == own.parent):
        return name
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))


def _installed(group: str) -> dict[str, str]:
    """Name -> `module:object` of what is installed. Raises AmbiguousPlugin where a name has several."""
    from sim.plugin_entries import installed, installed_names
    from sim.plugin_errors import AmbiguousPlugin

    values: dict[str, str] = {}
    for name in installed_names(group):
        found = installed(group, name)
        if len(found) > 1:
            raise AmbiguousPlugin(found)
        values[name] = found[0].value
    return values


def _taken() -> dict[str, str]:
    """Names that a new application cannot have, each with what has it."""
    from sim.plugin_entries import APPS, KITS, installed_names
    from sim.scenario import RESERVED_APP_NAMES

    return {
        **dict.fromkeys((*installed_names(APPS), *installed_names(KITS)), "an installed application"),
        **dict.fromkeys(RESERVED_APP_NAMES, "a key of every scenario or summary"),
    }


def _refuse(error: Exception) -> NoReturn:
    typer.echo(f"error: {error}", err=True)
    raise typer.Exit(_MISTAKE)
