"""PyKrige on the cases of the coordination benchmark: the same predictions, and how long its backends take."""

from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol

import numpy as np

from apps.coordination.kriging import krige
from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import Exponential, Gaussian, Linear, Spherical, VariogramModel
from sim.bench.coordination_fields import CASE_MODEL, Field, scattered_field
from sim.bench.timing import Row, Target, measured_row, timed, timed_once

IS_INSTALLED = find_spec("pykrige") is not None
NOT_INSTALLED = "PyKrige is not installed"
EQUALITY_TARGET = Target(1e-9)
Backend = Literal["vectorized", "C"]
BACKENDS: tuple[Backend, ...] = ("vectorized", "C")
"""Its exact ones but for "loop", which is slower than both."""

_EQUAL_SITES, _EQUAL_TARGETS = 60, 100
_MOST_CELLS = 4_000_000
"""Measurements times pixels that PyKrige predicts in full; of more a part is measured."""
_RANGE_M, _SILL_DB2, _NUGGET_DB2 = 28.0, 30.0, 0.3
_CASES: dict[str, tuple[VariogramModel, list[float]]] = {
    "linear": (
        Linear.through(_SILL_DB2, _RANGE_M, _NUGGET_DB2),
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
    """Processor time of `execute` for all pixels, by backend; of many pixels a part is measured and scaled."""
    field = scattered_field(sites, pixels, seed)
    part = min(pixels, max(1, _MOST_CELLS // sites))
    rows = []
    for backend in BACKENDS:
        value, words = None, NOT_INSTALLED
        if IS_INSTALLED:
            value = 1e3 * _execute_s(field, part, backend, repeats)
            words = (
                f"measured on {part:,} of {pixels:,} pixels, scaled" if part < pixels else "measured in full"
            )
        rows.append(measured_row(f"PyKrige, backend {backend}", sites, value, "ms", limited_by=words))
    return rows


def _execute_s(field: Field, part: int, backend: Backend, repeats: int) -> float:
    """Seconds for all targets: what one pixel costs alone is done once, the rest grows with the pixels."""
    kriging = _pykrige(field, "exponential", [CASE_MODEL.sill, CASE_MODEL.range_m, CASE_MODEL.nugget])
    x, y = field.targets_m.T.copy()

    def execute(count: int) -> object:
        return kriging.execute("points", x[:count], y[:count], backend=backend)

    if part == len(x):
        return float(np.median(timed(lambda: execute(part), repeats).cpu_s))
    once = min(timed(lambda: execute(1), 3).cpu_s)
    some = timed_once(lambda: execute(part)).cpu_s[0]
    return once + max(some - once, 0.0) * (len(x) - 1) / (part - 1)


def _pykrige(field: Field, model: str, parameters: list[float]) -> _Kriging:
    x, y = field.points_m.T.copy()
    kriging: _Kriging = import_module("pykrige.ok").OrdinaryKriging(
        x, y, field.values_dbm, variogram_model=model, variogram_parameters=parameters
    )
    return kriging
