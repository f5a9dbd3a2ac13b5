"""PyKrige on the cases of the coordination benchmark: the same predictions, and how long its backends take."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from apps.coordination.kriging import krige
from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import Exponential, Gaussian, Linear, Spherical, VariogramModel
from sim.bench.coordination_fields import CASE_MODEL, Field, scattered_field
from sim.bench.timing import Row, Target, measured_row, timed, timed_once

IS_INSTALLED = find_spec("pykrige") is not None
NOT_INSTALLED = "PyKrige is not installed"
EQUALITY_TARGET = Target(1e-9)
BACKENDS = ("vectorized", "C")
"""Its exact ones but for "loop", which is slower than both."""
IN_PARTS = "vectorized, in parts"
"""Not a backend of PyKrige, but what its user can do about its memory."""

_EQUAL_SITES, _EQUAL_TARGETS = 60, 100
_MOST_CELLS = 4_000_000
"""Measurements times pixels of a call; of more the slow backend predicts a part, which is scaled."""
_RANGE_M, _SILL_DB2, _NUGGET_DB2 = 28.0, 30.0, 0.3
_CASES: dict[str, tuple[VariogramModel, list[float]]] = {
    "linear": (
        Linear(_SILL_DB2, _RANGE_M, _NUGGET_DB2),
        [(_SILL_DB2 - _NUGGET_DB2) / _RANGE_M, _NUGGET_DB2],
    ),
    **{
        kind.__name__.lower(): (
            kind(_SILL_DB2, _RANGE_M, _NUGGET_DB2),
            [_SILL_DB2, _RANGE_M, _NUGGET_DB2],
        )
        for kind in (Exponential, Gaussian, Spherical)
    },
}
"""PyKrige's name and parameters of each model: slope and nugget, or sill, range and nugget."""


class _Kriging(Protocol):
    """What is used of PyKrige's object."""

    def execute(
        self, style: str, xpoints: FloatArray, ypoints: FloatArray, *, backend: str
    ) -> tuple[FloatArray, FloatArray]:
        """Means and variances."""
        ...


def equality_rows(seed: int) -> list[Row]:
    """The largest difference of means (dB) and variances (dB^2) for every model that both have."""
    field = scattered_field(_EQUAL_SITES, _EQUAL_TARGETS, seed)
    targets = np.vstack([field.targets_m, field.points_m[:5]])
    rows = []
    for name, (model, parameters) in _CASES.items():
        difference = None
        if IS_INSTALLED:
            theirs = _pykrige(field, name, parameters).execute(
                "points", targets[:, 0].copy(), targets[:, 1].copy(), backend="vectorized"
            )
            ours = krige(field.points_m, field.values_dbm, targets, model)
            difference = max(
                float(np.abs(ours.mean - theirs[0]).max()), float(np.abs(ours.variance - theirs[1]).max())
            )
        rows.append(
            measured_row(
                f"{name}: differs from PyKrige by",
                _EQUAL_SITES,
                difference,
                "dB, dB^2",
                EQUALITY_TARGET if IS_INSTALLED else None,
                limited_by="" if IS_INSTALLED else NOT_INSTALLED,
            )
        )
    return rows


def pykrige_rows(sites: int, pixels: int, repeats: int, seed: int) -> list[Row]:
    """Processor time of `execute` for all pixels, by backend; `limited_by` says what was measured."""
    if not IS_INSTALLED:
        return [
            measured_row(f"PyKrige, backend {backend}", sites, None, "ms", limited_by=NOT_INSTALLED)
            for backend in BACKENDS
        ]
    field = scattered_field(sites, pixels, seed)
    part = min(pixels, max(2, _MOST_CELLS // sites))
    whole = "measured in full"
    if part == pixels:
        found = [(backend, _full_s(field, backend, repeats), whole) for backend in BACKENDS]
    else:
        found = [
            ("vectorized", _full_s(field, "vectorized", 1), whole),
            (IN_PARTS, _in_parts_s(field, part), f"{whole}, {part:,} pixels a call"),
            ("C", _scaled_s(field, part, "C"), f"measured on {part:,} of {pixels:,} pixels, scaled"),
        ]
    return [
        measured_row(f"PyKrige, backend {name}", sites, 1e3 * seconds, "ms", limited_by=words)
        for name, seconds, words in found
    ]


def _full_s(field: Field, backend: str, repeats: int) -> float:
    """Median of all targets in one call, the first of which does not count if there are several."""
    execute = _execution(field, backend)
    if repeats == 1:
        return timed_once(lambda: execute(0, len(field.targets_m))).cpu_s[0]
    return float(np.median(timed(lambda: execute(0, len(field.targets_m)), repeats).cpu_s))


def _scaled_s(field: Field, part: int, backend: str) -> float:
    """All targets from a part of them: what one target takes is done once, the rest grows with the targets."""
    execute, targets = _execution(field, backend), len(field.targets_m)
    once = min(timed(lambda: execute(0, 1), 3).cpu_s)
    some = timed_once(lambda: execute(0, part)).cpu_s[0]
    return once + max(some - once, 0.0) * (targets - 1) / (part - 1)


def _in_parts_s(field: Field, part: int) -> float:
    """All targets by the vectorised backend, a part a call: its arrays stay small, its matrix is inverted each time."""
    execute, targets = _execution(field, "vectorized"), len(field.targets_m)
    return timed_once(
        lambda: [execute(start, min(start + part, targets)) for start in range(0, targets, part)]
    ).cpu_s[0]


def _execution(field: Field, backend: str) -> Callable[[int, int], object]:
    """What predicts the targets from one number up to another."""
    kriging = _pykrige(field, "exponential", [CASE_MODEL.sill, CASE_MODEL.range_m, CASE_MODEL.nugget])
    x, y = field.targets_m.T.copy()
    return lambda start, stop: kriging.execute("points", x[start:stop], y[start:stop], backend=backend)


def _pykrige(field: Field, model: str, parameters: list[float]) -> _Kriging:
    x, y = field.points_m.T.copy()
    kriging: _Kriging = import_module("pykrige.ok").OrdinaryKriging(
        x, y, field.values_dbm, variogram_model=model, variogram_parameters=parameters
    )
    return kriging
