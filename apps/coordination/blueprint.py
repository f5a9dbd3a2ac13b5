"""What the settings describe: the campus, the zone's terms, the rules of assessment, plans and wishes."""

from collections.abc import Callable

import numpy as np

from apps.coordination.actions import Area, Ask, Band, Deadlines, GradeRewards, Terms
from apps.coordination.agents import Wish
from apps.coordination.behaviours import Lying, Truthful, VspBehaviour
from apps.coordination.campus import PIXELS, SIDE_M, Campus, make_campus, pixel_centres_m
from apps.coordination.chance import ChanceRule
from apps.coordination.rules import HZ_PER_MHZ, Rules
from apps.coordination.settings import ZONE, CoordinationSettings
from apps.coordination.settings_people import OwnerSettings, UserSettings
from apps.coordination.survey import CENTI, CM_PER_M, SurveyPlan

Accounts = Callable[[str], bytes]
"""Public key of the participant of a name."""
_PLACES = 1
"""Keeps the draw of the protected places apart from that of the campus."""


def campus_of(settings: CoordinationSettings) -> Campus:
    """The truth."""
    return make_campus(settings.campus_seed, settings.campus)


def band_of(settings: CoordinationSettings) -> Band:
    """What is asked for: all of the band, whole Hz."""
    decision = settings.decision
    width = round(decision.bandwidth_mhz * HZ_PER_MHZ)
    start = round(decision.frequency_mhz * HZ_PER_MHZ) - width // 2
    return Band(start, start + width)


def terms_of(settings: CoordinationSettings, account: Accounts) -> Terms:
    """The terms on which the first agency sets up the zone."""
    agencies = tuple(account(name) for name, _ in settings.named_agencies)
    side = round(SIDE_M * CM_PER_M)
    return Terms(
        agencies=agencies,
        quorum=settings.quorum or len(agencies) // 2 + 1,
        owners=tuple(account(name) for name, _ in settings.named_owners),
        min_owners=settings.min_owners,
        providers=tuple(account(name) for name, _ in settings.named_providers),
        unanimity=settings.unanimity,
        providers_revoke=settings.providers_revoke,
        price=settings.price,
        pay_on_denial=settings.pay_on_denial,
        vsp_budget=settings.vsp_budget,
        grade_rewards=GradeRewards(*settings.grade_rewards),
        bond=settings.bond,
        map_tolerance_cdb=round(settings.map.tolerance_db * CENTI),
        min_points=settings.map.min_points,
        max_licence_blocks=max(user.licence_blocks for _, user in settings.named_users),
        deadlines=Deadlines(**settings.deadlines.model_dump()),
        area=Area(0, 0, side, side),
        band=band_of(settings),
    )


def rules_of(settings: CoordinationSettings) -> Rules:
    """The rules of assessment."""
    making, judging = settings.map, settings.decision
    chance = ChanceRule(judging.outage, judging.shadowing_db) if judging.rule == "chance" else None
    return Rules(
        method=making.method,
        grading=making.grading,
        false_alarm=making.false_alarm,
        chance=chance,
        unreachable=judging.unreachable,
        threshold_db=judging.threshold_db,
        propagation=judging.propagation,
        frequency_mhz=judging.frequency_mhz,
        bandwidth_mhz=judging.bandwidth_mhz,
        noise_figure_db=judging.noise_figure_db,
        resource_blocks=judging.resource_blocks,
        penetration_db=judging.penetration_db,
        exclusion_m=judging.exclusion_m,
        places_m=_places_m(settings),
        tolerance_cdb=round(making.tolerance_db * CENTI),
    )


def plan_of(name: str, owner: OwnerSettings, account: Accounts) -> SurveyPlan:
    """An owner's participants: the honest ones first, then the noisy, then the lying."""
    names = vsp_names(name, owner)
    return SurveyPlan(
        owner.measurements,
        tuple((account(vsp), behaviour_of(owner, number)) for number, vsp in enumerate(names)),
    )


def vsp_names(name: str, owner: OwnerSettings) -> tuple[str, ...]:
    """Names of an owner's participants."""
    return tuple(f"{name}/vsp-{number + 1}" for number in range(owner.vsps))


def vsp_kind(owner: OwnerSettings, number: int) -> str:
    """`honest`, `noisy` or `lying`: what the participant of this number, from 0, is."""
    if number >= owner.vsps - owner.lying:
        return "lying"
    return "noisy" if number >= owner.vsps - owner.lying - owner.noisy else "honest"


def behaviour_of(owner: OwnerSettings, number: int) -> VspBehaviour:
    """How that participant behaves."""
    kind = vsp_kind(owner, number)
    if kind == "lying":
        return Lying(owner.error_db, owner.lie_db)
    return Truthful(owner.noisy_error_db if kind == "noisy" else owner.error_db)


def wish_of(settings: CoordinationSettings, user: UserSettings) -> Wish:
    """What a buyer wants."""
    ask = Ask(
        x_cm=round(user.x_m * CM_PER_M),
        y_cm=round(user.y_m * CM_PER_M),
        height_cm=round(user.height_m * CM_PER_M),
        band=band_of(settings),
        power_cdbm=round(user.power_dbm * CENTI),
        min_power_cdbm=round(user.min_power_dbm * CENTI),
        licence_blocks=user.licence_blocks,
    )
    return Wish(
        zone=ZONE,
        ask=ask,
        ask_at=user.ask_at_block,
        retries=user.retries,
        step_down_cdb=round(user.step_down_db * CENTI),
        confirmations=settings.confirmations,
    )


def _places_m(settings: CoordinationSettings) -> tuple[tuple[float, float], ...]:
    """Centres of so many pixels, in the order of the pixels."""
    rng = np.random.default_rng([settings.campus_seed, _PLACES])
    chosen = np.sort(rng.choice(PIXELS**2, settings.decision.places, replace=False))
    return tuple((float(x), float(y)) for x, y in pixel_centres_m()[chosen])
