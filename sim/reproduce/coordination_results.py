"""What all trials found, by scenario, number of measurements and method: tables for the screen and for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from apps.coordination.campus import SCENARIOS
from sim.reproduce.coordination_methods import ALL, WITHOUT_TRANSMITTER, Method, Score
from sim.reproduce.coordination_outage import Granted, Rule
from sim.reproduce.coordination_real import BLOCKS, RANDOM, SETS, HeldOut
from sim.reproduce.coordination_statistics import (
    Estimate,
    grouped_share_of,
    mean_of,
    median_of,
    percent,
    share_of,
)
from sim.reproduce.coordination_trials import COUNT, Tried

PAPER_TABLE = {
    Method.SVR: (1.81, 1.23),
    Method.GAUSSIAN: (2.61, 1.32),
    Method.SPHERICAL: (2.94, 1.44),
    Method.EXPONENTIAL: (4.46, 4.11),
    Method.BOUNDED: (4.58, 2.90),
    Method.HATA: (7.42, 6.71),
}
"""RMSE (dB) and MAPE (%) of the paper's Table 2; its linear model is taken to be the bounded one."""

SCORE_COLUMNS = tuple(field.name for field in fields(Score))
TRIAL_COLUMNS = ("scenario", "seed", "measurements", *SCORE_COLUMNS)
SUMMARY_COLUMNS = (
    *("scenario", "measurements", "method", "trials"),
    *("rmse_median_db", "rmse_median_low_db", "rmse_median_high_db"),
    *("rmse_mean_db", "rmse_mean_low_db", "rmse_mean_high_db"),
    *("mape_median_percent", "mape_mean_percent"),
    *("indefinite_share", "negative_variance_share", "coverage"),
)
REAL_COLUMNS = ("set", "held_out", "seed", "measured", *SCORE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Results:
    """All trials on synthetic campuses."""

    tried: tuple[Tried, ...]

    def trials(self, scenario: str, count: int = COUNT) -> list[Tried]:
        """Trials of a scenario with that many measurements, by seed."""
        found = [one for one in self.tried if (one.trial.scenario, one.trial.count) == (scenario, count)]
        return sorted(found, key=lambda one: one.trial.seed)

    def counts(self, scenario: str) -> tuple[int, ...]:
        """Numbers of measurements of a scenario's trials, ascending."""
        return tuple(sorted({one.trial.count for one in self.tried if one.trial.scenario == scenario}))

    def scores(self, scenario: str, method: Method, count: int = COUNT) -> list[Score]:
        """Scores of a method in these trials, without those it did not take part in."""
        return [one.of(method) for one in self.trials(scenario, count) if method in one.trial.methods]

    def rmse(self, scenario: str, method: Method, count: int = COUNT) -> Estimate:
        """Median RMSE, dB."""
        return median_of([score.rmse_db for score in self.scores(scenario, method, count)])


def indefinite_of(scores: Sequence[Score]) -> Estimate:
    """Share of fits with negative eigenvalues."""
    return share_of(sum(score.negative_eigenvalues > 0 for score in scores), len(scores))


def trial_rows(results: Results) -> Iterator[tuple[object, ...]]:
    """One row for each trial and method, under TRIAL_COLUMNS."""
    for one in results.tried:
        trial = one.trial
        for score in one.scores:
            yield (trial.scenario, trial.seed, trial.count, *astuple(score))


def summary_rows(results: Results) -> Iterator[tuple[object, ...]]:
    """One row for each scenario, number of measurements and method, under SUMMARY_COLUMNS."""
    cases = sorted(
        {(one.trial.scenario, one.trial.count) for one in results.tried},
        key=lambda case: (SCENARIOS.index(case[0]), case[1]),
    )
    for scenario, count in cases:
        for method in ALL:
            scores = results.scores(scenario, method, count)
            if scores:
                yield (scenario, count, method.value, *_summary(scores))


def _summary(scores: Sequence[Score]) -> tuple[object, ...]:
    rmse, mape = [score.rmse_db for score in scores], [score.mape_percent for score in scores]
    median, mean = median_of(rmse), mean_of(rmse)
    covered = [score.coverage for score in scores if score.coverage is not None]
    return (
        len(scores),
        *(median.value, median.low, median.high, mean.value, mean.low, mean.high),
        *(float(np.median(mape)), float(np.mean(mape)), indefinite_of(scores).value),
        float(np.mean([score.negative_variances for score in scores])),
        float(np.mean(covered)) if covered else None,
    )


def table_2(results: Results, scenario: str) -> Table:
    """The paper's Table 2 beside one scenario's."""
    trials = len(results.trials(scenario))
    table = _table(f"Table 2 on {trials} campuses `{scenario}`, n = {COUNT}, pixels not measured")
    for heading in (
        "model",
        "paper\nRMSE",
        "\nMAPE",
        "RMSE (dB)\nmedian, 95 %",
        "\nmean",
        "MAPE (%)\nmedian",
    ):
        table.add_column(heading, justify="left" if heading == "model" else "right", no_wrap=True)
    table.caption = "within 90 %: share of the pixels in the 90 % interval, of fits that are valid"
    for heading in ("indefinite\nfits", "variances\nbelow 0", "within\n90 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for method in ALL:
        scores = results.scores(scenario, method)
        paper = [f"{value:.2f}" for value in PAPER_TABLE.get(method, ())] or ["", ""]
        table.add_row(method.value, *paper, *_cells(scores))
    return table


def real_table(held_out: Sequence[HeldOut]) -> Table:
    """Median RMSE of each method on each set of real measurements, by what was held out."""
    trials = len({one.hold_out.seed for one in held_out})
    table = _table(f"Real measurements: mean RMSE (dB) of {trials} hold-outs of 30 %, random / blocks")
    table.add_column("model", no_wrap=True)
    for real_set in SETS:
        table.add_column(
            real_set.name.replace("Tampere ", "\n").replace(" Ottawa", "\nOttawa"), justify="right"
        )
    table.add_column("indefinite\nfits", justify="right", no_wrap=True)
    table.add_column("within\n90 %", justify="right", no_wrap=True)
    for method in WITHOUT_TRANSMITTER:
        cells = []
        for real_set in SETS:
            means = [
                mean_of(rmses_of(held_out, real_set.name, kind, method)).value for kind in (RANDOM, BLOCKS)
            ]
            cells.append(" / ".join(f"{mean:.2f}" for mean in means))
        scores = [one.of(method) for one in held_out]
        table.add_row(method.value, *cells, f"{indefinite_of(scores).value:.0%}", _covered(scores))
    return table


def rmses_of(held_out: Sequence[HeldOut], name: str, kind: str, method: Method) -> list[float]:
    """RMSE of a method in every hold-out of a kind from a set, dB."""
    return [
        one.of(method).rmse_db
        for one in held_out
        if (one.hold_out.real_set.name, one.hold_out.kind) == (name, kind)
    ]


def real_rows(held_out: Sequence[HeldOut]) -> Iterator[tuple[object, ...]]:
    """One row for each hold-out and method, under REAL_COLUMNS."""
    for one in held_out:
        case = (one.hold_out.real_set.name, one.hold_out.kind, one.hold_out.seed, one.measured)
        for score in one.scores:
            yield (*case, *astuple(score))


def outage_table(granted: Mapping[Rule, Sequence[Granted]]) -> Table:
    """How often each rule's grants take an incumbent's receiver below its SINR."""
    table = _table(
        "Grants at the largest permissible power: receivers below their SINR because of the sharer"
    )
    for heading in ("rule", "grants", "median power\ndBm/RE", "the limiting place\n95 %", "any place\n95 %"):
        table.add_column(heading, justify="left" if heading == "rule" else "right", no_wrap=True)
    for rule, found in granted.items():
        powers = [power for one in found for power in one.powers_dbm]
        limiting, any_place = (
            percent(grouped_share_of(lists))
            for lists in ([one.missed for one in found], [one.any_missed for one in found])
        )
        table.add_row(rule.value, str(len(powers)), f"{np.median(powers):.1f}", limiting, any_place)
    return table


def _cells(scores: Sequence[Score]) -> list[str]:
    rmse = [score.rmse_db for score in scores]
    median = median_of(rmse)
    negative = float(np.mean([score.negative_variances for score in scores]))
    return [
        f"{median.value:.2f} ({median.low:.2f} to {median.high:.2f})",
        f"{np.mean(rmse):.2f}",
        f"{np.median([score.mape_percent for score in scores]):.2f}",
        f"{indefinite_of(scores).value:.0%}",
        f"{negative:.0%}",
        _covered(scores),
    ]


def _covered(scores: Sequence[Score]) -> str:
    covered = [score.coverage for score in scores if score.coverage is not None]
    return f"{np.mean(covered):.0%}" if covered else "-"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
