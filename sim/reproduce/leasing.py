"""`hertzchain reproduce leasing`: the leasing paper's figures and claims."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.claims import claims_table, write_claims
from sim.reproduce.leasing_claims import PAPER, formula_claims, simulated_claims
from sim.reproduce.leasing_figures import figure_3, figure_4, figure_trade_off
from sim.reproduce.leasing_points import Estimate, LeasePoint, LeasePoints, by_value, pooled, simulate_points
from sim.reproduce.tables import write_csv


def reproduce_leasing(
    folder: Path, seeds: int, blocks: int, processes: int | None, screen: Console, *, force: bool = False
) -> Path:
    """Run the points, draw the figures, judge the claims; everything is written into `folder`.

    Raises FolderInUse where `folder` holds something else, PointFailed where a run fails.
    """
    prepare_folder(folder, force=force)
    with StepProgress("reproduce leasing", Console(stderr=True)) as progress:
        points = simulate_points(seeds, blocks, processes, progress.update)
    claims = [*formula_claims(), *simulated_claims(points)]
    figures = [
        figure_3(points.rewards, folder),
        figure_4(points.prices, folder),
        figure_trade_off(points, folder),
    ]
    _write_points(folder / "points.csv", points)
    write_claims(folder / "claims.json", claims)
    many = f"({seeds} runs of {blocks} blocks for each reward)"
    service, earnings = ("service_profit", "users_surplus"), ("mining_income", "profit")
    screen.print(_points_table(points.rewards, f"Mining reward against service {many}", service))
    screen.print(_points_table(points.rewards, f"Mining reward against earnings {many}", earnings))
    screen.print(claims_table(claims))
    for path in (*figures, folder / "points.csv", folder / "claims.json"):
        screen.print(f"wrote {path}", highlight=False)
    return folder


def _points_table(points: Sequence[LeasePoint], title: str, names: Sequence[str]) -> Table:
    """For each mining reward the regime, and by formula, found by simulation, and its standard error two quantities."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("p_w", "regime"):
        table.add_column(heading, no_wrap=True)
    for name in names:
        for kind in ("formula", "found", "±"):
            table.add_column(f"{name.replace('_', ' ')}\n{kind}", justify="right")
    for reward, group in by_value(points).items():
        best = PAPER.optimum(reward)
        row = [f"{reward:g}", str(best.regime)]
        for name in names:
            found = pooled(getattr(point, name) for point in group)
            row += [f"{getattr(best, name):.4f}", f"{found.mean:.4f}", f"{found.error:.4f}"]
        table.add_row(*row)
    return table


def _write_points(path: Path, points: LeasePoints) -> None:
    varied = {
        "mining_reward": points.rewards,
        "lease_price": points.prices,
        "mining_fraction": points.fractions,
    }
    rows = ([name, *_cells(point)] for name, group in varied.items() for point in group)
    write_csv(path, ["varied", *_columns()], rows)


def _columns() -> list[str]:
    names = [(field.name, field.type is Estimate) for field in fields(LeasePoint)]
    return [
        column for name, estimated in names for column in ((name, f"{name}_se") if estimated else (name,))
    ]


def _cells(point: LeasePoint) -> list[object]:
    values = [getattr(point, field.name) for field in fields(point)]
    pairs = [(v.mean, v.error) if isinstance(v, Estimate) else (v,) for v in values]
    return [cell for pair in pairs for cell in pair]
