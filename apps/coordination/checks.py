"""Whether terms, requests and decisions make sense: the ranges they must be in."""

from collections.abc import Sequence

from apps.coordination.actions import (
    MAX_AGENCIES,
    MAX_OWNERS,
    MAX_POINTS,
    MAX_PROVIDERS,
    Ask,
    Decision,
    Grade,
    RxData,
    Terms,
    Verdict,
)
from apps.coordination.commitment import LOWEST_CDBM, MAX_CDB, MAX_CM
from apps.coordination.errors import DuplicateAccount, InconsistentDecision, OutOfRange, OverBudget
from apps.coordination.shares import part_of

MAX_HZ = 3 * 10**12
"""Where the radio spectrum ends."""


def check_terms(terms: Terms) -> None:
    """Raises OutOfRange, with the term named, DuplicateAccount."""
    agencies, owners = len(terms.agencies), len(terms.owners)
    _check("agencies", agencies, 1, MAX_AGENCIES)
    _check("owners", owners, 1, MAX_OWNERS)
    _check("providers", len(terms.providers), int(terms.unanimity), MAX_PROVIDERS)
    for what in ("agencies", "owners", "providers"):
        check_once(what, getattr(terms, what))
    _check("quorum", terms.quorum, agencies // 2 + 1, agencies)
    _check("min_owners", terms.min_owners, 1, owners)
    _check("vsp_budget", terms.vsp_budget, 0, terms.price)
    highest = terms.vsp_budget
    for grade in Grade:
        _check(grade.name.lower(), terms.grade_rewards.of(grade), 0, highest)
        highest = terms.grade_rewards.of(grade)
    area, band = terms.area, terms.band
    _check("x_max_cm", area.x_max_cm, area.x_min_cm, MAX_CM)
    _check("y_max_cm", area.y_max_cm, area.y_min_cm, MAX_CM)
    _check("end", band.end, band.start + 1, MAX_HZ)


def check_ask(ask: Ask, terms: Terms) -> None:
    """Raises OutOfRange, with what is asked for named."""
    area, band = terms.area, terms.band
    _check("x_cm", ask.x_cm, area.x_min_cm, area.x_max_cm)
    _check("y_cm", ask.y_cm, area.y_min_cm, area.y_max_cm)
    _check("start", ask.band.start, band.start, band.end - 1)
    _check("end", ask.band.end, ask.band.start + 1, band.end)
    _check("min_power_cdbm", ask.min_power_cdbm, LOWEST_CDBM + 1, ask.power_cdbm)
    _check("licence_blocks", ask.licence_blocks, 1, terms.max_licence_blocks)


def check_delivery(action: RxData, terms: Terms, place: int) -> None:
    """An owner, at a place of the zone's list, must deliver enough data, by participants who can all be paid.

    Raises OutOfRange, DuplicateAccount, OverBudget.
    """
    _check("points", action.points, terms.min_points, MAX_POINTS)
    check_once("vsps", action.vsps)
    budget = part_of(terms.vsp_budget, place, len(terms.owners))
    asked = len(action.vsps) * terms.grade_rewards.excellent
    if asked > budget:
        raise OverBudget(action.request, asked, budget)


def check_decision(decision: Decision, ask: Ask, points: int, min_points: int) -> None:
    """Verdict, power and margin must fit each other and the request; the map must be built on enough of `points`.

    Raises InconsistentDecision, OutOfRange.
    """
    verdict, wanted, least = decision.verdict, ask.power_cdbm, ask.min_power_cdbm
    powers = {
        Verdict.GRANT: (wanted, wanted),
        Verdict.REDUCE: (least, wanted - 1),
        Verdict.DENY: (LOWEST_CDBM, least - 1),
    }[verdict]
    margins = (-MAX_CDB, -1) if verdict is Verdict.DENY else (0, MAX_CDB)
    for what, (lowest, highest) in (("power_cdbm", powers), ("margin_cdb", margins)):
        got = getattr(decision, what)
        if not lowest <= got <= highest:
            raise InconsistentDecision(what, got, verdict.value, lowest, highest)
    _check("points_used", decision.points_used, min_points, points)
    _check("map_leaves", decision.map_leaves, points, 2**32 - 1)


def check_once(what: str, accounts: Sequence[bytes]) -> None:
    """Raises DuplicateAccount."""
    known = dict.fromkeys(accounts)
    if len(known) < len(accounts):
        raise DuplicateAccount(what, next(key for key in known if accounts.count(key) > 1))


def _check(what: str, got: int, lowest: int, highest: int) -> None:
    if not lowest <= got <= highest:
        raise OutOfRange(what, got, lowest, highest)
