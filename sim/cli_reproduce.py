"""The command line's `reproduce`: which paper's figures and claims, at which size."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sim.cli_options import INTERRUPTED, Force, Out, Processes

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
    draws: Annotated[
        int | None, typer.Option(min=20, help="Random sets of users for each point; 2000 when left out.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the random users; that of the reference when left out.")
    ] = None,
    processes: Processes = None,
    network: Annotated[
        bool, typer.Option("--network", help="Instead: what proof of work does to the rounds of ADMM.")
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(min=2, help="With --network: simulated runs for each point; 8 when left out."),
    ] = None,
    force: Force = False,
) -> None:
    """Spectrum acquisition by ADMM: five figures, with --network the rounds on simulated chains."""
    from sim.display import console

    _refuse(network, "--network", {"--draws": draws, "--seed": seed})
    _refuse(not network, "the figures (without --network)", {"--seeds": seeds})
    with _clean_interrupt():
        if network:
            from sim.reproduce.acquisition_network import reproduce_network

            folder = out or Path("out/acquisition-network")
            reproduce_network(folder, seeds or 8, processes, console(), force=force)
        else:
            from apps.admm.draws import DEFAULT_SEED
            from sim.reproduce.acquisition import reproduce_acquisition

            folder, chosen = out or Path("out/acquisition"), DEFAULT_SEED if seed is None else seed
            reproduce_acquisition(folder, draws or 2000, chosen, processes, console(), force=force)


@app.command()
def coordination(
    out: Out = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=4,
            help="Synthetic campuses of each scenario, 20 when left out; of each case of --lies, 16; simulated "
            "runs for each point of --network, 5.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help="Real measurements; $HERTZCHAIN_SHARED/data/rss or ../shared/data/rss when left out.",
        ),
    ] = None,
    processes: Processes = None,
    lies: Annotated[
        bool,
        typer.Option("--lies", help="Instead: how many lying participants grading and decision survive."),
    ] = False,
    network: Annotated[
        bool,
        typer.Option("--network", help="Instead: what proof of work does to the time until a decision."),
    ] = False,
    force: Force = False,
) -> None:
    """Frequency coordination: radio environment maps, Figs. 11 to 14, Table 2, contract and decision."""
    from sim.display import console

    _refuse(lies, "--lies", {"--data": data, "--network": network or None})
    _refuse(network, "--network", {"--data": data})
    with _clean_interrupt():
        if network:
            from sim.reproduce.coordination_network import reproduce_network

            folder = out or Path("out/coordination-network")
            reproduce_network(folder, seeds or 5, processes, console(), force=force)
        elif lies:
            from sim.reproduce.coordination_lies import reproduce_lies

            folder = out or Path("out/coordination-lies")
            reproduce_lies(folder, seeds or 16, processes, console(), force=force)
        else:
            from sim.reproduce.coordination import reproduce_coordination
            from sim.reproduce.coordination_real import DataMissing

            folder = out or Path("out/coordination")
            try:
                reproduce_coordination(folder, seeds or 20, data, processes, console(), force=force)
            except DataMissing as missing:
                raise typer.BadParameter(str(missing), param_hint="--data") from None


def _refuse(applies: bool, what: str, options: Mapping[str, object]) -> None:
    """Raises typer.BadParameter for an option that what was asked for does not use."""
    for name, value in options.items():
        if applies and value is not None:
            raise typer.BadParameter(f"got {value}; {what} does not use it", param_hint=name)


@contextmanager
def _clean_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted: nothing was drawn", err=True)
        raise typer.Exit(INTERRUPTED) from None
