"""Grades by LTE signal condition: the reference's table, and who owns a boundary."""

import json
import math

import pytest

from apps.coordination.actions import Grade
from apps.coordination.grading import grade_by_signal, signal_conditions
from apps.coordination.quantities import BadQuantity
from tests.shared import shared_file

E, G, F, EDGE = Grade.EXCELLENT, Grade.GOOD, Grade.FAIR, Grade.EDGE


@pytest.mark.parametrize(
    ("quantity", "values"),
    [
        ("rsrp", [-60.0, -80.0, -80.01, -90.0, -90.01, -100.0, -100.01, -140.0]),
        ("rsrq", [-3.0, -10.0, -10.01, -15.0, -15.01, -20.0, -20.01, -30.0]),
        ("sinr", [30.0, 20.0, 19.99, 13.0, 12.99, 0.0, -0.01, -10.0]),
    ],
)
def test_a_class_has_its_lower_boundary(quantity: str, values: list[float]) -> None:
    assert signal_conditions(values, quantity) == (E, E, G, G, F, F, EDGE, EDGE)


def test_the_boundaries_of_rsrp_are_the_reference_s() -> None:
    table = json.loads(shared_file("reference/frequency_coordination.json").read_text())
    bounds = table["grades_RSRP_dBm_lower_inclusive"]
    values = [bounds["Excellent"], bounds["Good"], bounds["Mid cell"]]
    assert signal_conditions(values) == (E, G, F)


def test_a_participant_has_the_class_of_its_median() -> None:
    graded = grade_by_signal([-70.0, -85.0, -120.0, -95.0, -95.0], [7, 7, 7, 2, 2])
    assert graded.participants.tolist() == [2, 7]
    assert graded.grades == (F, G)


def test_it_grades_strength_and_not_truth() -> None:
    honest, liar = -95.0, -95.0 + 20.0
    assert grade_by_signal([honest, liar], [0, 1]).grades == (F, E)


@pytest.mark.parametrize("values", [[math.nan], [math.inf], [1000.0], [[-80.0]]])
def test_levels_that_are_none_are_refused(values: object) -> None:
    with pytest.raises(BadQuantity):
        signal_conditions(values)  # type: ignore[arg-type]


def test_other_quantities_labels_and_no_measurements_are_refused() -> None:
    with pytest.raises(BadQuantity, match="expected one of rsrp, rsrq, sinr"):
        signal_conditions([-80.0], "rssi")
    with pytest.raises(BadQuantity, match="integers"):
        grade_by_signal([-80.0], [0.5])
    with pytest.raises(BadQuantity, match="shape"):
        grade_by_signal([-80.0, -81.0], [1])
    with pytest.raises(BadQuantity, match="at least one"):
        grade_by_signal([], [])
