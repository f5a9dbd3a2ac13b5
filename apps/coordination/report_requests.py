"""What became of each request of a run: its steps in blocks and seconds, the decision, and what it really did."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.coordination.actions import Verdict
from apps.coordination.agents import ASKED, RELIANCE_UNDONE, RELIED
from apps.coordination.commitment import LOWEST_CDBM
from apps.coordination.report_rebuild import Archive, Rebuilt
from apps.coordination.report_truth import truth_of
from apps.coordination.stages import STEPS
from apps.coordination.state import Sharer
from apps.coordination.survey import CENTI, CM_PER_M
from apps.kit import Json

_MS_PER_S = 1_000


def request_rows(archive: Archive) -> Iterator[dict[str, Json]]:
    """An element of `requests` for each, see `apps.coordination.report.summarise`."""
    for one in archive.requests:
        record, ask = one.record, one.record.ask
        user, _, attempt = one.name.rpartition("/")
        yield {
            "name": one.name,
            "user": user,
            "attempt": int(attempt) if attempt.isdigit() else 1,
            "at_m": [ask.x_cm / CM_PER_M, ask.y_cm / CM_PER_M],
            "wanted_dbm": ask.power_cdbm / CENTI,
            "least_dbm": ask.min_power_cdbm / CENTI,
            "stage": record.stage.value,
            "cause": record.cause.value,
            "verdict": None if record.verdict is None else record.verdict.value,
            "status": dict(record.steps.status().words()),
            "steps": [_step(archive, name, getattr(record.steps, name)) for name in STEPS],
            **_latency(archive, one, user, int(attempt) if attempt.isdigit() else 1),
            **_decision(one),
            "truth": _truth(archive, one),
        }


def latency_summary(requests: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    """Over the requests that were decided; None where there are too few."""
    decided = [one for one in requests if one["latency_blocks"] is not None]
    seconds = [one["latency_s"] for one in decided if one["latency_s"] is not None]
    reliance = [one["reliance_s"] for one in decided if one["reliance_s"] is not None]
    return {
        "decided": len(decided),
        "undecided": len(requests) - len(decided),
        "seconds_mean": statistics.fmean(seconds) if seconds else None,
        "seconds_std": statistics.stdev(seconds) if len(seconds) > 1 else None,
        "seconds_min": min(seconds, default=None),
        "seconds_max": max(seconds, default=None),
        "blocks_mean": statistics.fmean(one["latency_blocks"] for one in decided) if decided else None,
        "reliance_mean_s": statistics.fmean(reliance) if reliance else None,
    }


def _step(archive: Archive, name: str, height: int) -> dict[str, Json]:
    return {"step": name, "height": height or None, "seconds": _seconds(archive, height)}


def _seconds(archive: Archive, height: int) -> float | None:
    return archive.outcome.blocks[height - 1].time_ms / _MS_PER_S if height else None


def _latency(archive: Archive, one: Rebuilt, user: str, attempt: int) -> dict[str, Json]:
    steps = one.record.steps
    asked, relied = _first_s(archive, user, ASKED, attempt), _last_s(archive, user, RELIED, attempt)
    decided = _seconds(archive, steps.ch_data)
    undone = sum(
        placed.participant == user
        and (placed.measure.name, placed.measure.value) == (RELIANCE_UNDONE, attempt)
        for placed in archive.outcome.measures
    )
    return {
        "asked_s": asked,
        "latency_blocks": steps.ch_data - steps.pay_coin if steps.ch_data else None,
        "latency_s": None if asked is None or decided is None else decided - asked,
        "reliance_s": None if asked is None or relied is None else relied - asked,
        "reliance_undone": undone,
    }


def _first_s(archive: Archive, user: str, measure: str, attempt: int) -> float | None:
    return next(iter(_times_s(archive, user, measure, attempt)), None)


def _last_s(archive: Archive, user: str, measure: str, attempt: int) -> float | None:
    return next(reversed(_times_s(archive, user, measure, attempt)), None)


def _times_s(archive: Archive, user: str, measure: str, attempt: int) -> list[float]:
    """When a buyer reported a measure of an attempt."""
    return [
        placed.time_ms / _MS_PER_S
        for placed in archive.outcome.measures
        if placed.participant == user and (placed.measure.name, placed.measure.value) == (measure, attempt)
    ]


def _decision(one: Rebuilt) -> dict[str, Json]:
    decision = one.record.decision
    if decision is None:
        return dict.fromkeys(
            ("granted_dbm", "permissible_dbm", "margin_db", "limit_m", "points_used", "reason", "reproduced")
        )
    finding = one.finding
    assessment = None if finding is None else finding.assessment
    granted = one.record.verdict in (Verdict.GRANT, Verdict.REDUCE)
    permissible = None if decision.power_cdbm == LOWEST_CDBM else decision.power_cdbm / CENTI
    same = finding is not None and _found_again(finding.decision) == _found_again(decision)
    return {
        "granted_dbm": decision.power_cdbm / CENTI if granted else None,
        "permissible_dbm": permissible,
        "margin_db": decision.margin_cdb / CENTI,
        "limit_m": [decision.limit_x_cm / CM_PER_M, decision.limit_y_cm / CM_PER_M],
        "points_used": decision.points_used,
        "reason": None if assessment is None else assessment.reason.value,
        "reproduced": same,
    }


def _found_again(decision: Any) -> tuple[object, ...]:
    return (decision.verdict, decision.power_cdbm, decision.margin_cdb, decision.map_root)


def _truth(archive: Archive, one: Rebuilt) -> dict[str, Json] | None:
    """None where nothing was granted."""
    record = one.record
    if record.verdict not in (Verdict.GRANT, Verdict.REDUCE) or record.decision is None:
        return None
    own = Sharer(one.name, record.ask, record.decision.power_cdbm, True)
    truth = truth_of(archive.settings, archive.campus, archive.rules, (*one.sharers, own))
    return {
        "sharers": len(one.sharers) + 1,
        "reachable": truth.reachable,
        "harmed": truth.harmed,
        "worst_margin_db": truth.worst_margin_db,
    }
