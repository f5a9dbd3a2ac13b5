"""The command line's `reproduce`: which paper's figures and claims, at which size."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sim.cli_options import INTERRUPTED, Force, Out, Processes

DRAW_SEED = 20261122
"""Seed of the random users, that of the published tables this project is checked against."""

app = typer.Typer(
    name="reproduce",
    help="Regenerate a paper's figures, and print each of its claims with what was found.",
    no_args_is_help=True,
    add_completion=False,
)
Seeds = Annotated[int, typer.Option(min=2, help="Simulated runs for each point.")]


@app.command()
def leasing(
    out: Out = None,
    seeds: Seeds = 4,
    blocks: Annotated[int, typer.Option(min=60, help="Blocks of each run.")] = 300,
    processes: Processes = None,
    force: Force = False,
) -> None:
    """Spectrum leasing for micro-operators: formulas as curves, simulated chains as points."""
    from sim.display import console
    from sim.reproduce.leasing import reproduce_leasing

    with _clean_interrupt():
        reproduce_leasing(out or Path("out/leasing"), seeds, blocks, processes, console(), force=force)


@app.command()
def acquisition(
    out: Out = None,
    draws: Annotated[int, typer.Option(min=20, help="Random sets of users for each point.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random users.")] = DRAW_SEED,
    processes: Processes = None,
    network: Annotated[
        bool, typer.Option("--network", help="Instead: what proof of work does to the rounds of ADMM.")
    ] = False,
    seeds: Seeds = 8,
    force: Force = False,
) -> None:
    """Spectrum acquisition by ADMM: five figures, with --network the rounds on simulated chains."""
    from sim.display import console

    with _clean_interrupt():
        if network:
            from sim.reproduce.acquisition_network import reproduce_network

            reproduce_network(
                out or Path("out/acquisition-network"), seeds, processes, console(), force=force
            )
        else:
            from sim.reproduce.acquisition import reproduce_acquisition

            reproduce_acquisition(
                out or Path("out/acquisition"), draws, seed, processes, console(), force=force
            )


@contextmanager
def _clean_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted: nothing was drawn", err=True)
        raise typer.Exit(INTERRUPTED) from None
