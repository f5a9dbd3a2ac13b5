"""An assessment as the record of integers that agencies put on the chain, and whose digest must be equal."""

from apps.coordination import actions
from apps.coordination.commitment import LOWEST_CDBM
from apps.coordination.decision import Assessment, Outcome
from apps.coordination.quantities import FloatArray
from apps.coordination.units import centimetres, margin_hundredths, power_hundredths

_VERDICTS = {
    Outcome.GRANT: actions.Verdict.GRANT,
    Outcome.REDUCE: actions.Verdict.REDUCE,
    Outcome.DENY: actions.Verdict.DENY,
}


def decision_record(
    assessment: Assessment,
    ask: actions.Ask,
    receivers_m: FloatArray,
    *,
    map_root: bytes,
    map_leaves: int,
    points_used: int,
    aggregate: int,
) -> actions.Decision:
    """The assessment of `ask` in hundredths of dBm and dB and in centimetres.

    All rounding of a decision is here and in `apps.coordination.units`: two agencies whose floats differ in the
    last digits get the same record. The verdict's own conditions hold to the integer: a grant has the power asked
    for, less power is below it and not below the least that serves, a denial is below that, with a negative margin.

    Args:
        assessment: of a `PowerRequest` with the powers of `ask`.
        ask: the request on the chain.
        receivers_m: (m, 2) the protected places, in the order of the assessment.
        map_root, map_leaves, points_used, aggregate: as in `actions.Decision`.

    Raises:
        BadQuantity: coordinates that the chain cannot hold.
    """
    ((x_cm, y_cm),) = centimetres(receivers_m[assessment.limiting_place][None])
    power, margin = _power_and_margin(assessment, ask)
    return actions.Decision(
        verdict=_VERDICTS[assessment.outcome],
        power_cdbm=power,
        margin_cdb=margin,
        limit_x_cm=x_cm,
        limit_y_cm=y_cm,
        map_root=map_root,
        map_leaves=map_leaves,
        points_used=points_used,
        aggregate=aggregate,
    )


def _power_and_margin(assessment: Assessment, ask: actions.Ask) -> tuple[int, int]:
    """Rounded down; where that would cross a condition of the verdict by the last digits, up to the condition."""
    power, margin = power_hundredths(assessment.permissible_dbm), margin_hundredths(assessment.margin_db)
    if assessment.outcome is Outcome.GRANT:
        return ask.power_cdbm, max(margin, 0)
    if assessment.outcome is Outcome.REDUCE:
        return min(max(power, ask.min_power_cdbm), ask.power_cdbm - 1), max(margin, 0)
    return max(min(power, ask.min_power_cdbm - 1), LOWEST_CDBM), min(margin, -1)
