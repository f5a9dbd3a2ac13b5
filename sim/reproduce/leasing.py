"""`hertzchain reproduce leasing`: the leasing paper's figures and claims."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.leasing_claims import (
    PAPER,
    Claim,
    Verdict,
    formula_claims,
    mean_and_error,
    simulated_claims,
)
from sim.reproduce.leasing_figures import figure_3, figure_4, figure_trade_off
from sim.reproduce.leasing_points import LEASE_PRICES, REWARDS, LeasePoint, by_value, simulate_points

_COLOURS = {Verdict.HOLDS: "green", Verdict.PARTLY: "yellow", Verdict.FAILS: "red"}


def reproduce_leasing(
    folder: Path, seeds: int, blocks: int, processes: int | None, screen: Console, *, force: bool = False
) -> Path:
    """Run the points, draw the figures, judge the claims; everything is written into `folder`.

    Raises FolderInUse where `folder` holds something else, PointFailed where a run fails.
    """
    prepare_folder(folder, force=force)
    with StepProgress("reproduce leasing", Console(stderr=True)) as progress:
        rewards, prices = simulate_points(REWARDS, LEASE_PRICES, seeds, blocks, processes, progress.update)
    claims = [*formula_claims(), *simulated_claims(rewards, prices)]
    figures = [figure_3(rewards, folder), figure_4(prices, folder), figure_trade_off(rewards, folder)]
    _write_points(folder / "points.csv", rewards, prices)
    (folder / "claims.json").write_text(json.dumps([asdict(claim) for claim in claims], indent=2) + "\n")
    screen.print(_points_table(rewards, seeds, blocks))
    screen.print(_claims_table(claims))
    for path in (*figures, folder / "points.csv", folder / "claims.json"):
        screen.print(f"wrote {path}", highlight=False)
    return folder


def _points_table(points: Sequence[LeasePoint], seeds: int, blocks: int) -> Table:
    table = Table(
        title="Mining reward against service: formula | simulated mean +- standard error "
        f"({seeds} runs of {blocks} blocks)"
    )
    for heading in ("p_w", "regime", "m", "service profit", "mining income", "profit", "users' surplus"):
        table.add_column(heading, justify="left" if heading == "regime" else "right")
    for reward, group in by_value(points).items():
        best = PAPER.optimum(reward)
        row = [f"{reward:g}", str(best.regime)]
        for name in ("mining_fraction", "service_profit", "mining_income", "profit", "users_surplus"):
            mean, error = mean_and_error([getattr(point, name) for point in group])
            row.append(f"{getattr(best, name):.4f} | {mean:.4f} +- {error:.4f}")
        table.add_row(*row)
    return table


def _claims_table(claims: Sequence[Claim]) -> Table:
    table = Table(title="The paper's claims", show_lines=True)
    table.add_column("where", no_wrap=True)
    table.add_column("claim", ratio=2)
    table.add_column("found", ratio=3)
    table.add_column("verdict", no_wrap=True)
    for claim in claims:
        table.add_row(claim.where, claim.claim, claim.found, f"[{_COLOURS[claim.verdict]}]{claim.verdict}")
    return table


def _write_points(path: Path, rewards: Sequence[LeasePoint], prices: Sequence[LeasePoint]) -> None:
    columns = [field.name for field in fields(LeasePoint)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["figure", *columns])
        for figure, points in (("3", rewards), ("4", prices)):
            writer.writerows([figure, *(getattr(point, column) for column in columns)] for point in points)
