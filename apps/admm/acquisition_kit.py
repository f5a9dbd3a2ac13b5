"""The acquisitions' kit: who takes part in a run, and what the run says of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from apps.admm.actions import Terms
from apps.admm.agents import Mvno, Owner
from apps.admm.behaviours import Behaviour, Honest, Lying, Silent, Stale
from apps.admm.report import summarise
from apps.admm.report_views import report_charts, report_tables
from apps.admm.rounds import PPB, PPM
from apps.admm.settings import OWNER, AdmmSettings, OperatorSettings, problem_of
from apps.admm.units import scientific_of
from apps.kit import Json, Kit, Outcome, Participant, Population, ReportChart, ReportTable, Surroundings
from chain.params import SHARECOIN

FUNDS = 1_000 * SHARECOIN
"""What everyone begins with, for fees."""


class AcquisitionKit:
    """The off-chain half of the acquisition application."""

    @property
    def settings(self) -> type[AdmmSettings]:
        """Model of the `[admm]` table."""
        return AdmmSettings

    def populate(self, settings: AdmmSettings, surroundings: Surroundings) -> Population:
        """The owner of the band and the virtual operators."""
        return Population(tuple(_participants(settings, surroundings)))

    def summarise(self, settings: AdmmSettings, outcome: Outcome) -> Mapping[str, Json]:
        """The `admm` part of `summary.json`."""
        return summarise(settings, outcome)

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """Each acquisition and each operator beside the central optimum."""
        return report_tables(summary)

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """How the split and its distance from the optimum went in the first acquisition."""
        return report_charts(summary)


def terms_of(settings: AdmmSettings) -> Terms:
    """The terms on which the owner opens an acquisition.

    The penalty is a multiple of the natural scale of the whole problem: the owner's estimate of what cells there
    are, the one thing that it knows of them.
    """
    return Terms(
        bandwidth=settings.bandwidth_hz,
        penalty=scientific_of(settings.penalty_w_per_hz2),
        relaxation_ppm=round(settings.relaxation * PPM),
        tolerance_ppb=round(settings.tolerance * PPB),
        round_blocks=settings.round_blocks,
        max_rounds=settings.max_rounds,
        balancing_rounds=settings.balancing_rounds,
    )


def behaviour_of(operator: OperatorSettings) -> Behaviour:
    """A new behaviour, as the settings say."""
    if operator.silent_after is not None:
        return Silent(operator.silent_after)
    if operator.lag_rounds is not None:
        return Stale(operator.lag_rounds)
    if operator.factor is not None:
        return Lying(operator.factor)
    return Honest()


def _participants(settings: AdmmSettings, surroundings: Surroundings) -> Iterator[Participant]:
    operators = settings.named_operators
    accounts = [surroundings.account(name) for name, _ in operators]
    yield Participant(OWNER, "owner", Owner(settings.acquisitions, terms_of(settings), accounts), FUNDS)
    curves = problem_of(settings).power_curve
    for index, (name, operator) in enumerate(operators):
        own_curve = curves.take(np.array([index]))
        agent = Mvno(settings.acquisitions, own_curve, behaviour_of(operator))
        hash_rate = operator.hash_rate * surroundings.miners_hash_rate
        yield Participant(name, "mvno", agent, FUNDS, hash_rate)


ADMM_KIT: Kit[AdmmSettings] = AcquisitionKit()
