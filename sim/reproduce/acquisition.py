"""`hertzchain reproduce acquisition`: the spectrum acquisition paper's figures and claims."""

from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from apps.admm.draws import draw_users
from apps.admm.parameters import FloatArray
from apps.admm.robust import tail_coefficient_w, why_not_the_mean
from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.acquisition_claims import predicted_claims
from sim.reproduce.acquisition_claims_measured import known_user_claims, scheme_claims
from sim.reproduce.acquisition_data import (
    FIGURE_RATE_BPS,
    NOISE_PSD_W_PER_HZ,
    PATHLOSS_EXPONENT,
    Measurements,
    Place,
    measure,
    predicted,
)
from sim.reproduce.acquisition_figures import (
    figure_1,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_quadrature,
)
from sim.reproduce.acquisition_rounds import Iterations, count, iteration_rows, iterations
from sim.reproduce.acquisition_rules import rule_errors
from sim.reproduce.acquisition_statistics import STATISTICS_COLUMNS, statistics_rows, statistics_table
from sim.reproduce.acquisition_users import CHECKED_DRAWS, cell_checks
from sim.reproduce.claims import claims_table, write_claims
from sim.reproduce.tables import write_csv

_GAIN_DRAWS = 100


def reproduce_acquisition(
    folder: Path, draws: int, seed: int, processes: int | None, screen: Console, *, force: bool = False
) -> Path:
    """Solve, iterate, draw users, judge the claims; figures, tables and claims are written into `folder`.

    Raises FolderInUse where `folder` holds something else.
    """
    prepare_folder(folder, force=force)
    with StepProgress("reproduce acquisition", Console(stderr=True)) as progress:
        runs, errors = iterations(), list(rule_errors())
        checks = list(cell_checks(seed, min(draws, CHECKED_DRAWS)))
        measurements = measure(draws, seed, processes, lambda done, of: progress.update(done + 1, of + 1))
    claims = [
        *predicted_claims(errors, runs, _gains(seed), seed),
        *known_user_claims(checks),
        *scheme_claims(measurements),
    ]
    at_figure_rate = next(m for m in measurements.rates if m.sample.place.rate_bps == FIGURE_RATE_BPS)
    written = [
        *figure_1(runs.figure, folder),
        *figure_2(measurements, folder),
        *figure_3(at_figure_rate, folder),
        *figure_4(measurements, folder),
        *figure_5(measurements, folder),
        *figure_quadrature(errors, folder),
        _write_statistics(folder / "statistics.csv", measurements),
        write_claims(folder / "claims.json", claims),
    ]
    _show_statistics(measurements, screen)
    screen.print(_iterations_table(runs))
    screen.print(claims_table(claims))
    for path in written:
        screen.print(f"wrote {path}", highlight=False)
    return folder


def _gains(seed: int) -> dict[float, FloatArray]:
    """Gains |h|^2 of the users of the first draws, by the radius of their cell."""
    cells = Place(FIGURE_RATE_BPS).cells
    gains: dict[float, list[FloatArray]] = {}
    for number in range(_GAIN_DRAWS):
        draw = draw_users(cells, PATHLOSS_EXPONENT, seed, number)
        for index, cell in enumerate(cells):
            gains.setdefault(cell.radius_m, []).append(draw.of_cell(index))
    return {radius: np.concatenate(drawn) for radius, drawn in gains.items()}


def _write_statistics(path: Path, measurements: Measurements) -> Path:
    samples = (*measurements.rates, *measurements.densities)
    fixed = (*measurements.fixed_rates, *measurements.fixed_densities)
    return write_csv(path, STATISTICS_COLUMNS, statistics_rows((*samples, *fixed)))


def _show_statistics(measurements: Measurements, screen: Console) -> None:
    rates, densities = measurements.rates, measurements.densities
    title = f"Sum power by rate R (Mbit/s), {rates[0].sample.draws:,} draws, 95 % intervals"
    screen.print(statistics_table(rates, title, "R"))
    title = f"Sum power by lambda_6, {densities[0].sample.draws:,} draws, 95 % intervals"
    screen.print(statistics_table(densities, title, "λ6"))
    split = predicted(Place(FIGURE_RATE_BPS)).best.bandwidth_hz
    place = Place(FIGURE_RATE_BPS)
    tail = tail_coefficient_w(place.cells, split, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT)
    screen.print(why_not_the_mean(tail) + f" (DSA at {FIGURE_RATE_BPS / 1e6:g} Mbit/s)\n", highlight=False)


def _iterations_table(runs: Iterations) -> Table:
    """Rounds to 1e-3 and 1e-6, with the automatic penalty at every rate, then with others at Fig. 1's rate."""
    table = Table(title="Iterations from z = u = 0", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in (
        "R\nMbit/s",
        "penalty\n/ p''",
        "primal residual\n1e-3",
        "\n1e-6",
        "objective\n1e-3",
        "\n1e-6",
    ):
        table.add_column(heading, justify="right")
    for rate, scale, rounds in iteration_rows(runs):
        table.add_row(f"{rate:g}", f"{scale:.3g}", *map(count, rounds))
    return table
