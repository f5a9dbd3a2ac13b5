"""The command line: `hertzchain run`, `scenarios`, `verify`, `explain`, `reproduce`, `bench`, `app`.

Commands import what they need when they run, so that `--help` stays quick.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sim import cli_app, cli_bench, cli_reproduce
from sim.cli_options import FAILED, INTERRUPTED, Force, Out

app = typer.Typer(
    name="hertzchain",
    help="Simulate networks that mine a proof-of-work chain on which operators share radio spectrum.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_reproduce.app)
app.add_typer(cli_bench.app)
app.add_typer(cli_app.app)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Name of a bundled scenario, or a scenario file.")],
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: network.peers=200."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed; the scenario's own when left out.")] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Simulate SCENARIO and write its results into a folder."""
    from sim.display import console, show_run
    from sim.progress import RunProgress
    from sim.runner import Interrupted, run_scenario

    overrides = dict(_split_setting(text) for text in setting or ())
    screen = console()
    try:
        with RunProgress(scenario, console(stderr=True)) as progress:
            folder = run_scenario(scenario, seed, overrides, out, observer=progress, force=force)
    except Interrupted as stop:
        typer.echo(f"interrupted: {stop.folder} holds the run up to here", err=True)
        show_run(stop.folder, screen)
        raise typer.Exit(INTERRUPTED) from None
    except KeyboardInterrupt:
        typer.echo("interrupted at once: the folder holds the blocks found by then, without tables", err=True)
        raise typer.Exit(INTERRUPTED) from None
    show_run(folder, screen)


@app.command()
def scenarios() -> None:
    """List the bundled scenarios."""
    from sim.display import console, show_scenarios

    show_scenarios(console())


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Re-validate every block of a run from genesis; exit status 1 if anything is wrong."""
    from sim.display import console, show_verification
    from sim.plugins import registry_for
    from sim.progress import StepProgress
    from sim.verify import verify as verify_folder

    with StepProgress("verify", console(stderr=True)) as progress:
        report = verify_folder(folder, registry_for, progress.update)
    show_verification(report, console())
    if not report.ok:
        raise typer.Exit(FAILED)


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, finished or not.")],
    transaction: Annotated[
        str, typer.Argument(metavar="TX", help="A transaction's id, or the first 4 or more digits of it.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Explain one transaction: action, receipt, events, and all it changed in the state.

    The blocks up to it are executed again from genesis: about 3 seconds for 10,000 transactions.
    """
    from sim.display import console
    from sim.explain import explain as explain_transaction
    from sim.patience import LateProgress

    with LateProgress("explain", console(stderr=True)) as progress:
        explanation = explain_transaction(folder, transaction, progress.update)
    if json:
        from sim.explain_json import as_json

        typer.echo(as_json(explanation))
    else:
        from sim.explain_view import show_explanation

        show_explanation(explanation, console())


def main() -> None:
    """Entry point: expected errors become one message and an exit status, never a traceback."""
    try:
        app()
    except Exception as error:
        from sim.failures import described, exit_status

        status = exit_status(error)
        if status is None:
            raise
        typer.echo(f"error: {described(error)}", err=True)
        sys.exit(status)


def _split_setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise typer.BadParameter(
            f"got {text!r}, expected KEY=VALUE such as network.peers=200", param_hint="--set"
        )
    return key.strip(), value.strip()
