"""The map of one request for the summary: measured points with their grades, levels, deviations, margins."""

import numpy as np

from apps.coordination.campus import PIXEL_M, PIXELS, pixel_centres_m
from apps.coordination.map_errors import VarianceRefused
from apps.coordination.quantities import FloatArray
from apps.coordination.radio_map import RadioMap
from apps.coordination.report_rebuild import Archive, Rebuilt
from apps.coordination.rules import sharer_m
from apps.coordination.survey import CENTI
from apps.coordination.validity import check_validity
from apps.kit import Json

_DECIMALS = 2


def map_summary(archive: Archive, shown: Rebuilt) -> dict[str, Json]:
    """Rows of pixels from south to north, west to east within; `margin_db` is None next to the sharer."""
    study, finding = shown.study, shown.finding
    assert study is not None
    assert finding is not None
    radio_map, collection = study.radio_map, study.collection
    levels, deviations = radio_map.pixels_dbm(), radio_map.deviations_db()
    error = levels - archive.campus.values_dbm
    return {
        "request": shown.name,
        "columns": PIXELS,
        "rows": PIXELS,
        "spacing_m": PIXEL_M,
        "method": archive.rules.method,
        "model": repr(radio_map.model)
        if len(repr(radio_map.model)) < 200
        else type(radio_map.model).__name__,
        "negative_eigenvalues": check_validity(
            radio_map.kriging.points_m, radio_map.model
        ).negative_eigenvalues,
        "rmse_db": float(np.sqrt(np.mean(error**2))),
        "level_dbm": _image(levels),
        "deviation_db": None if deviations is None else _image(deviations),
        "error_db": _image(error),
        "margin_db": _image(_margins_db(archive, shown, radio_map)),
        "sharer_m": sharer_m(shown.record.ask).tolist(),
        "other_sharers_m": [sharer_m(one.ask).tolist() for one in shown.sharers],
        "limit_m": [finding.decision.limit_x_cm / 100, finding.decision.limit_y_cm / 100],
        "places": _places(archive, shown),
        "points": {
            "x_m": collection.points_m[:, 0].tolist(),
            "y_m": collection.points_m[:, 1].tolist(),
            "level_dbm": collection.values_dbm.tolist(),
            "vsp": [archive.names[one.vsp] for one in collection.measurements],
            "used": [leaf.used for leaf in finding.leaves[: len(collection.measurements)]],
        },
    }


def _places(archive: Archive, shown: Rebuilt) -> list[dict[str, Json]]:
    """Each protected place with its limit and its margin by the rule, with the power that was decided on."""
    finding = shown.finding
    assert finding is not None
    if finding.places is None or finding.assessment is None:
        return []
    margins = archive.rules.limit_rule.margins_db(finding.places, _power_dbm(shown))
    rows = zip(finding.places_m.tolist(), finding.assessment.limits_dbm, margins, strict=True)
    return [
        {
            "x_m": x,
            "y_m": y,
            "limit_dbm": round(float(limit), _DECIMALS) if np.isfinite(limit) else None,
            "margin_db": round(float(margin), _DECIMALS),
            "dropped": number in finding.assessment.dropped,
        }
        for number, ((x, y), limit, margin) in enumerate(rows)
    ]


def _power_dbm(shown: Rebuilt) -> float:
    """What was granted; after a denial the least that would have served."""
    decision, ask = shown.record.decision, shown.record.ask
    assert decision is not None
    return max(decision.power_cdbm, ask.min_power_cdbm) / CENTI


def _margins_db(archive: Archive, shown: Rebuilt, radio_map: RadioMap) -> FloatArray:
    """(1600,) margin by the rule if every pixel were protected; NaN next to the sharer."""
    rules, ask = archive.rules, shown.record.ask
    pixels = pixel_centres_m()
    far = np.hypot(*(pixels - sharer_m(ask)).T) >= max(rules.exclusion_m, PIXEL_M)
    margins = np.full(len(pixels), np.nan)
    try:
        level = radio_map.at(pixels[far], variance=rules.chance is not None)
        variance = None if rules.chance is None else level.variance
    except VarianceRefused:
        return margins
    places = rules.places(ask, pixels[far], level.mean, shown.sharers, variance)
    margins[far] = rules.limit_rule.margins_db(places, _power_dbm(shown))
    return margins


def _image(values: FloatArray) -> list[Json]:
    rows = np.round(values, _DECIMALS).reshape(PIXELS, PIXELS).tolist()
    return [[value if np.isfinite(value) else None for value in row] for row in rows]
