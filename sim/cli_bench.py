"""The command line's `bench`: what is measured, at which size."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="bench", help="Measure speed and memory on this machine.", no_args_is_help=True, add_completion=False
)
Json = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the rows as a JSON list too.")
]


class Relay(StrEnum):
    """A relay protocol."""

    FULL = "full"
    COMPACT = "compact"


@app.command()
def gossip(
    json: Json = None,
    peers: Annotated[
        int | None, typer.Option(min=2, help="Peers of one case, in place of the usual three.")
    ] = None,
    blocks: Annotated[int, typer.Option(min=1, help="Blocks of that case.")] = 100,
    relay: Annotated[Relay | None, typer.Option(help="Its relay protocol; both when left out.")] = None,
    networks: Annotated[int, typer.Option(min=1, help="Random networks to average over.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the first network.")] = 1,
) -> None:
    """Time the gossip kernel; by default 600 x 100, 1,000 x 1,000 and 10,000 x 100 peers x blocks."""
    from sim.bench.gossip import DEFAULT_CASES, GossipCase, run_gossip

    relays = list(Relay) if relay is None else [relay]
    cases = DEFAULT_CASES
    if peers is not None:
        cases = tuple(GossipCase(peers, blocks, kind.value, networks) for kind in relays)
    elif relay is not None:
        cases = tuple(case for case in DEFAULT_CASES if case.relay == relay.value)
    _report("bench gossip", run_gossip(cases, seed), json)


@app.command()
def ledger(
    json: Json = None,
    accounts: Annotated[int, typer.Option(min=2, help="Accounts in the state.")] = 100_000,
    transactions: Annotated[int, typer.Option(min=1, help="Signed transfers in a block.")] = 1_000,
    blocks: Annotated[int, typer.Option(min=1, help="Blocks to import.")] = 7,
) -> None:
    """Time the import of blocks of signed transfers beside the bare checking of their signatures."""
    from sim.bench.ledger import run_ledger

    if transactions > accounts:
        raise typer.BadParameter(
            f"got {transactions}, expected at most --accounts {accounts}: every transfer has a sender of its own"
        )
    _report("bench ledger", run_ledger(accounts, transactions, blocks), json)


@app.command()
def sharing(
    json: Json = None,
    peers: Annotated[int, typer.Option(min=3, help="Peers of the larger network.")] = 50,
    blocks: Annotated[int, typer.Option(min=1, help="Blocks of each run.")] = 300,
) -> None:
    """Time a scenario with many full peers beside the same with the fewest that can run it."""
    from sim.bench.sharing import run_sharing

    _report("bench sharing", run_sharing(peers, blocks), json)


@app.command()
def acquisition(
    json: Json = None,
    operators: Annotated[
        int | None,
        typer.Option(min=1, help="Operators whose subproblems are timed, in place of 1,000 and 100,000."),
    ] = None,
    central_operators: Annotated[
        int, typer.Option(min=1, help="Operators of the central optimum, also by cvxpy.")
    ] = 600,
    draws: Annotated[int, typer.Option(min=1, help="Monte Carlo draws at each of six rates.")] = 2_000,
    chain_operators: Annotated[int, typer.Option(min=1, help="Operators of the round on chain.")] = 1_000,
    repeats: Annotated[int, typer.Option(min=1, help="Times a short case is repeated.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the cells, the keys and the draws.")] = 1,
) -> None:
    """Time the spectrum acquisition beside its targets: subproblems, optimum, draws, rounds, chain."""
    from apps.admm.state import MAX_OPERATORS
    from sim.bench.acquisition import AcquisitionSizes, run_acquisition

    if chain_operators > MAX_OPERATORS:
        raise typer.BadParameter(
            f"--chain-operators: got {chain_operators}, expected at most {MAX_OPERATORS}, which is all the chain admits"
        )
    counts = (1_000, 100_000) if operators is None else (operators,)
    sizes = AcquisitionSizes(counts, central_operators, draws, chain_operators, repeats)
    _report("bench acquisition", run_acquisition(sizes, seed), json)


@app.command()
def coordination(
    json: Json = None,
    sites: Annotated[
        int | None,
        typer.Option(min=4, help="Measurements of one case, in place of 200 and 1,000 and 20,000."),
    ] = None,
    side: Annotated[
        int | None, typer.Option(min=4, help="Pixels along a side of its map, in place of 40, 200 and 1,000.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Times a short case is repeated.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Seed of places and levels.")] = 1,
) -> None:
    """Time the radio environment map beside its targets and beside PyKrige: kriging, grids, tiles, fits."""
    from sim.bench.coordination import CoordinationSizes, run_coordination

    sizes = CoordinationSizes(repeats=repeats)
    if sites is not None or side is not None:
        count, edge = sites or 200, side or 40
        if count > edge * edge:
            raise typer.BadParameter(
                f"--sites: got {count}, expected at most {edge * edge}, the pixels of a map of --side {edge}"
            )
        case = (count, edge * edge)
        sizes = CoordinationSizes(case, case, (count, edge), count, repeats)
    _report("bench coordination", run_coordination(sizes, seed), json)


@app.command("app")
def authoring(
    json: Json = None,
    executions: Annotated[int, typer.Option(min=1, help="Actions on each chain in memory.")] = 200,
    tests: Annotated[int, typer.Option(min=1, help="Tests of the session of pytest.")] = 300,
) -> None:
    """Time what an application's author waits for: actions in memory, tests, `app check`."""
    from sim.bench.authoring import AuthoringSizes, run_authoring

    _report("bench app", run_authoring(AuthoringSizes(executions, tests)), json)


def _report(title: str, rows: list[dict[str, Any]], json: Path | None) -> None:
    from sim.display import console, show_rows, write_rows

    show_rows(title, rows, console())
    if json is not None:
        write_rows(rows, json)
