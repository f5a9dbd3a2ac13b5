"""Whether terms, requests and decisions make sense: the ranges they must be in."""

from collections.abc import Sequence

from apps.coordination.actions import Ask, Deadlines, Decision, RxData, Terms, Verdict
from apps.coordination.commitment import LOWEST_CDBM, MAX_CM
from apps.coordination.errors import DuplicateAccount, InconsistentDecision, OutOfRange, OverBudget
from apps.coordination.shares import part_of
from apps.coordination.state import LIMITS, MAX_POINTS

MAX_HZ = 3 * 10**12
"""Where the radio spectrum ends."""


def check_terms(terms: Terms) -> None:
    """Raises OutOfRange, with the term named, DuplicateAccount."""
    for what, (lowest, highest) in LIMITS.items():
        value = getattr(terms.deadlines if what in Deadlines.__slots__ else terms, what)
        _check(what, len(value) if isinstance(value, tuple) else value, lowest, highest)
    agencies, owners = len(terms.agencies), len(terms.owners)
    _check("quorum", terms.quorum, agencies // 2 + 1, agencies)
    _check("min_owners", terms.min_owners, 1, owners)
    _check("providers", len(terms.providers), int(terms.unanimity), LIMITS["providers"][1])
    _check("vsp_budget", terms.vsp_budget, 0, terms.price)
    highest = terms.vsp_budget
    for reward in terms.grade_rewards:
        _check("grade_rewards", reward, 0, highest)
        highest = reward
    for what in ("agencies", "owners", "providers"):
        check_once(what, getattr(terms, what))
    area, band = terms.area, terms.band
    _check("area.x_max_cm", area.x_max_cm, area.x_min_cm, MAX_CM)
    _check("area.y_max_cm", area.y_max_cm, area.y_min_cm, MAX_CM)
    _check("band.end", band.end, band.start + 1, MAX_HZ)


def check_ask(ask: Ask, terms: Terms) -> None:
    """Raises OutOfRange, with what is asked for named."""
    area, band = terms.area, terms.band
    _check("x_cm", ask.x_cm, area.x_min_cm, area.x_max_cm)
    _check("y_cm", ask.y_cm, area.y_min_cm, area.y_max_cm)
    _check("band.start", ask.band.start, band.start, band.end - 1)
    _check("band.end", ask.band.end, ask.band.start + 1, band.end)
    _check("min_power_cdbm", ask.min_power_cdbm, LOWEST_CDBM + 1, ask.power_cdbm)
    _check("licence_blocks", ask.licence_blocks, 1, terms.max_licence_blocks)


def check_delivery(action: RxData, terms: Terms, place: int) -> None:
    """An owner, at a place of the zone's list, must deliver enough data, by participants who can all be paid.

    Raises OutOfRange, DuplicateAccount, OverBudget.
    """
    _check("points", action.points, terms.min_points, MAX_POINTS)
    check_once("vsps", action.vsps)
    budget = part_of(terms.vsp_budget, place, len(terms.owners))
    asked = len(action.vsps) * terms.grade_rewards[0]
    if asked > budget:
        raise OverBudget(action.request, asked, budget)


def check_decision(decision: Decision, ask: Ask, points: int, min_points: int) -> None:
    """Verdict, power and margin must fit each other and the request; the map must be built on enough of `points`.

    Raises InconsistentDecision, OutOfRange.
    """
    power, wanted, least = decision.power_cdbm, ask.power_cdbm, ask.min_power_cdbm
    fitting, expected = {
        Verdict.GRANT: (power == wanted, f"{wanted}"),
        Verdict.REDUCE: (least <= power < wanted, f"{least} or more, less than {wanted}"),
        Verdict.DENY: (power < least, f"less than {least}"),
    }[decision.verdict]
    if not fitting:
        raise InconsistentDecision(f"power_cdbm to {decision.verdict.value}", power, expected)
    denied = decision.verdict is Verdict.DENY
    if denied == (decision.margin_cdb >= 0):
        raise InconsistentDecision(
            f"margin_cdb to {decision.verdict.value}",
            decision.margin_cdb,
            "less than 0" if denied else "0 or more",
        )
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
