"""What an agency does off chain with a request's data: grade the participants, build the map, find the decision.

Everything here is a function of the data and the published rules, so honest agencies find the same to the last bit.
Floats become integers once, by `apps.coordination.units`; the verdict is then a comparison of integers.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from apps.coordination.actions import Ask, Decision, Grade, Verdict
from apps.coordination.collection import Collection, collect
from apps.coordination.commitment import LOWEST_CDBM, MapPoint, root_of
from apps.coordination.data_store import DataStore
from apps.coordination.decision import Assessment, PowerRequest, assess
from apps.coordination.fit import fit_variogram
from apps.coordination.grading import grade_by_signal
from apps.coordination.map_errors import MapError
from apps.coordination.places import ProtectedPlaces
from apps.coordination.quantities import BadQuantity, FloatArray, IntArray
from apps.coordination.radio_map import RadioMap, build_map
from apps.coordination.residual_grading import ResidualGrades, grade_by_residual
from apps.coordination.result import decision_record
from apps.coordination.rules import Rules
from apps.coordination.state import Delivery, Sharer
from apps.coordination.survey import CENTI
from apps.coordination.units import margin_hundredths
from apps.coordination.variogram_models import Mixture, VariogramModel

Deliveries = Sequence[tuple[bytes, Delivery]]
_LEAST_NUGGET_DB2 = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The data of a request, graded both ways, and the map."""

    collection: Collection
    signal: tuple[Grade, ...]
    """Of each participant by the LTE condition of its signal, as the paper grades; as the chain lists them."""
    residual: tuple[Grade, ...]
    """Of each participant by its leave-one-out kriging residuals."""
    residuals: ResidualGrades
    """What the latter rest on."""
    radio_map: RadioMap


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The decision on a request and what it follows from."""

    decision: Decision
    leaves: tuple[MapPoint, ...]
    """The map that is committed to."""
    places_m: FloatArray
    """(m, 2) the places that were protected, m."""
    places: ProtectedPlaces | None
    """The same as the sharer meets them; None where none are far enough away."""
    assessment: Assessment | None
    """None likewise."""


class Analyst:
    """Studies data by a zone's rules; what it has found it remembers, for participants that ask the same."""

    def __init__(self, rules: Rules, store: DataStore) -> None:
        self.rules, self.store = rules, store
        self._studies: dict[tuple[object, ...], Study | None] = {}
        self._findings: dict[tuple[object, ...], Finding | None] = {}

    def study(self, deliveries: Deliveries) -> Study | None:
        """Grades and map; None where data are not handed over or make no map."""
        key = _key(deliveries)
        if key not in self._studies:
            collection = collect(deliveries, self.store)
            with _one_thread():
                self._studies[key] = None if collection is None else study_of(collection, self.rules)
        return self._studies[key]

    def grades(self, deliveries: Deliveries) -> tuple[Grade, ...] | None:
        """The grades that go on chain."""
        study = self.study(deliveries)
        if study is None:
            return None
        return study.signal if self.rules.grading == "signal" else study.residual

    def find(
        self, deliveries: Deliveries, ask: Ask, sharers: tuple[Sharer, ...], raised_db: float = 0.0
    ) -> Finding | None:
        """The decision, and the map into the store; `raised_db` is what a deviating agency adds to its map.

        `Decision.aggregate` is 0: the agency fills in what it counted.
        """
        key = (*_key(deliveries), ask, sharers, raised_db)
        if key not in self._findings:
            study = self.study(deliveries)
            with _one_thread():
                self._findings[key] = None if study is None else self._found(study, ask, sharers, raised_db)
        return self._findings[key]

    def _found(self, study: Study, ask: Ask, sharers: tuple[Sharer, ...], raised_db: float) -> Finding | None:
        raised = replace(study, radio_map=replace(study.radio_map, raised_db=raised_db))
        try:
            finding = finding_of(raised, self.rules, ask, sharers)
        except (MapError, BadQuantity):
            return None
        self.store.put_map(finding.leaves)
        return finding


def _one_thread() -> AbstractContextManager[object]:
    """Linear algebra in one thread: its last digits depend on how many there are, and small matrices want no more."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, "blas")
    return limits


def study_of(collection: Collection, rules: Rules) -> Study | None:
    """Both gradings and the map; None where the data make no map."""
    try:
        points, values, vsp = collection.points_m, collection.values_dbm, collection.vsp
        residuals = grade_by_residual(
            points,
            values,
            vsp,
            fit=lambda p, v: _fitted(p, v, rules.method),
            false_alarm=rules.false_alarm,
        )
        if rules.grading == "residual":
            known = None if rules.method == "svr" else residuals.model
            radio_map = build_map(collection, residuals.kept, rules.method, known)
        else:
            radio_map = build_map(collection, np.ones(len(values), dtype=bool), rules.method)
    except (MapError, BadQuantity):
        return None
    signal = grade_by_signal(values, vsp, "rsrp")
    return Study(
        collection=collection,
        signal=_grades(collection, signal.participants, signal.grades),
        residual=_grades(collection, residuals.participants, residuals.grades),
        residuals=residuals,
        radio_map=radio_map,
    )


def finding_of(study: Study, rules: Rules, ask: Ask, sharers: tuple[Sharer, ...]) -> Finding:
    """The decision by the rules, its `aggregate` 0. Raises MapError, BadQuantity, InvalidVariance."""
    leaves = study.radio_map.leaves(study.collection, rules.tolerance_cdb)
    root, count, used = root_of(leaves), len(leaves), sum(leaf.used for leaf in leaves)
    places_m = rules.protected_from(ask)
    if not len(places_m):
        # Nothing that is protected is not everything protected: a denial, and the sharer's own place limits it.
        nowhere = Decision(
            verdict=Verdict.DENY,
            power_cdbm=LOWEST_CDBM,
            margin_cdb=margin_hundredths(-np.inf),
            limit_x_cm=ask.x_cm,
            limit_y_cm=ask.y_cm,
            map_root=root,
            map_leaves=count,
            points_used=used,
            aggregate=0,
        )
        return Finding(nowhere, leaves, places_m, None, None)
    level = study.radio_map.at(places_m, variance=rules.chance is not None)
    variance = None if rules.chance is None else level.variance
    places = rules.places(ask, places_m, level.mean, sharers, variance)
    request = PowerRequest(ask.power_cdbm / CENTI, ask.min_power_cdbm / CENTI)
    assessment = assess(request, places, rules.limit_rule, rules.unreachable)
    decision = decision_record(
        assessment, ask, places_m, map_root=root, map_leaves=count, points_used=used, aggregate=0
    )
    return Finding(decision, leaves, places_m, places, assessment)


def _grades(collection: Collection, participants: IntArray, grades: Sequence[Grade]) -> tuple[Grade, ...]:
    """Grades of the labelled participants in the order of the chain; one without measurements has the worst."""
    found = dict(zip(participants.tolist(), grades, strict=True))
    number = {key: place for place, key in enumerate(dict.fromkeys(collection.vsps))}
    return tuple(found.get(number[key], Grade.EDGE) for key in collection.vsps)


def _fitted(points_m: FloatArray, values_dbm: FloatArray, method: str) -> VariogramModel:
    """A variogram for residuals; two phones at one place never agree fully, whatever the fit says."""
    model = fit_variogram(points_m, values_dbm, "reml" if method == "svr" else method)
    return model if model.nugget > 0.0 else Mixture(_LEAST_NUGGET_DB2, (model,))


def _key(deliveries: Deliveries) -> tuple[object, ...]:
    return tuple((delivery.root, delivery.vsps) for _, delivery in deliveries)
