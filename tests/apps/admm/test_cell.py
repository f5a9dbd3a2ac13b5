"""Cells and the share of bandwidth their users expect, against the reference and exact decimal sums."""

import json
import math
import pickle
from collections.abc import Callable
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.cell import Cell, mean_reciprocal_users, paper_cells, require_cells
from apps.admm.parameters import BadParameter, RateOutOfReach
from tests.shared import shared_file

# Independent reference, 20 digits: radius (m), density (1/km2), Lambda, phi.
PAPER_CELLS = [
    (80, 2400, 48.254863159139224143, 0.021171763708026120043),
    (80, 1600, 32.169908772759482762, 0.032117730168435840541),
    (100, 1600, 50.265482457436691815, 0.020306924727218807283),
    (100, 2000, 62.831853071795864769, 0.016177271794850787657),
    (120, 2000, 90.477868423386045268, 0.011177376706257894022),
    (120, 2400, 108.57344210806325432, 0.0092967936380924457969),
]


def exact_reciprocal(mean_users: float) -> float:
    """e^-L sum L^k / (k k!) summed in 60-digit decimals."""
    with localcontext(Context(prec=60)):
        users = Decimal(mean_users)
        power, total, k = Decimal(1), Decimal(0), 0
        while k < users or power > total * Decimal("1e-50"):
            k += 1
            power *= users / k
            total += power / k
        return float((-users).exp() * total)


@pytest.mark.parametrize(("radius_m", "density", "mean_users", "phi"), PAPER_CELLS)
def test_density_is_per_square_kilometre_and_radius_in_metres(
    radius_m: float, density: float, mean_users: float, phi: float
) -> None:
    cell = Cell(radius_m=radius_m, density_per_km2=density, rate_bps=1e6)
    assert cell.mean_users == pytest.approx(mean_users, rel=1e-13, abs=0.0)
    assert float(mean_reciprocal_users(cell.mean_users)) == pytest.approx(phi, rel=1e-13, abs=0.0)


def test_every_cell_of_the_reference_file_has_its_mean_users_and_phi() -> None:
    reference = json.loads(shared_file("reference/acquisition_admm.json").read_text())
    for row in reference["cells"]:
        cell = Cell(row["r"], row["lam"], 1e6)
        assert cell.mean_users == pytest.approx(float(row["Lambda_str"]), rel=1e-13, abs=0.0)
        assert float(mean_reciprocal_users(cell.mean_users)) == pytest.approx(
            float(row["phi_str"]), rel=1e-13, abs=0.0
        )


@pytest.mark.parametrize(
    ("mean_users", "phi", "relative"),
    [
        (800.0, 1.2515664209721409e-3, 1e-14),
        (1e6, 1.000001000002000006000024e-6, 1e-14),
        (1e-8, 1e-8 * (1.0 - 0.75e-8), 1e-14),
        (1e-300, 1e-300, 1e-14),
        (1e300, 1e-300, 1e-14),
    ],
)
def test_reciprocal_users_neither_overflow_nor_cancel(mean_users: float, phi: float, relative: float) -> None:
    with np.errstate(all="raise"):
        assert float(mean_reciprocal_users(mean_users)) == pytest.approx(phi, rel=relative, abs=0.0)


@settings(max_examples=60, deadline=None)
@given(st.floats(-10.0, math.log10(1500.0)).map(lambda e: 10.0**e))
def test_reciprocal_users_equal_the_exact_sum(mean_users: float) -> None:
    assert float(mean_reciprocal_users(mean_users)) == pytest.approx(
        exact_reciprocal(mean_users), rel=1e-13, abs=0.0
    )


def test_reciprocal_users_are_right_on_both_sides_of_the_change_of_method() -> None:
    users = np.array([49.9, 50.0, np.nextafter(50.0, 60.0), 50.1])
    expected = [exact_reciprocal(float(v)) for v in users]
    np.testing.assert_allclose(mean_reciprocal_users(users), expected, rtol=1e-13)


@pytest.mark.parametrize("parameter", ["radius_m", "density_per_km2", "rate_bps"])
@pytest.mark.parametrize("value", [0, -3.0, math.nan, math.inf, True, "80", None])
def test_a_cell_refuses_what_is_not_a_finite_number_above_zero(parameter: str, value: object) -> None:
    fields: dict[str, object] = {"radius_m": 80.0, "density_per_km2": 2400.0, "rate_bps": 1e6}
    fields[parameter] = value
    with pytest.raises(BadParameter) as caught:
        Cell(**fields)  # type: ignore[arg-type]
    assert str(caught.value) == f"{parameter}: got {value!r}, expected a finite number above 0"


@pytest.mark.parametrize(
    ("radius_m", "density_per_km2", "named"),
    [
        (1e200, 1.0, "radius_m: got 1e+200"),
        (1e-200, 1e-300, "radius_m: got 1e-200"),
        (1e-160, 1e-3, "radius_m: got 1e-160"),
        (1.0, 5e-324, "density_per_km2: got 5e-324"),
        (1e5, 1e305, "density_per_km2: got 1e+305"),
        (1e-3, 1e-318, "density_per_km2: got 1e-318"),
    ],
)
def test_a_cell_refuses_what_makes_no_number_of_users(
    radius_m: float, density_per_km2: float, named: str
) -> None:
    with np.errstate(all="raise"), pytest.raises(BadParameter) as caught:
        Cell(radius_m, density_per_km2, 1.0)
    assert (
        str(caught.value)
        == f"{named}, expected one with which the mean number of users is a finite number above 0"
    )


def test_the_papers_cells_are_those_of_its_section_six() -> None:
    cells = [(80, 2400), (80, 1600), (100, 1600), (100, 2000), (120, 2000), (120, 2400)]
    assert paper_cells() == tuple(Cell(radius, density, 1e6) for radius, density in cells)
    changed = [*cells[:5], (120, 3600)]
    assert paper_cells(2e6, 3600.0) == tuple(Cell(radius, density, 2e6) for radius, density in changed)


@pytest.mark.parametrize("make", [list, tuple, lambda cells: np.array(cells, dtype=object)])
def test_cells_are_taken_from_any_sequence(make: Callable[[tuple[Cell, ...]], object]) -> None:
    assert require_cells(make(paper_cells())) == paper_cells()


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([], "cells: got [], expected a sequence of at least one Cell"),
        (None, "cells: got None, expected a sequence of at least one Cell"),
        (np.array([]), "cells: got array([], dtype=float64), expected a sequence of at least one Cell"),
        (np.array(3.0), "cells: got array(3.), expected a sequence of at least one Cell"),
        (np.array([3.0]), "cells[0]: got 3.0, expected a Cell"),
        ([Cell(80, 1, 1), (80, 1, 1)], "cells[1]: got (80, 1, 1), expected a Cell"),
    ],
)
def test_what_is_no_sequence_of_cells_is_refused_with_its_place(cells: object, text: str) -> None:
    with pytest.raises(BadParameter) as caught:
        require_cells(cells)
    assert str(caught.value) == text


def test_a_cell_keeps_its_numbers_as_floats() -> None:
    cell = Cell(np.float32(80.0), 2400, 1_000_000)  # type: ignore[arg-type]
    assert [type(v) for v in (cell.radius_m, cell.density_per_km2, cell.rate_bps)] == [float] * 3


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_the_refused_element_of_an_array_is_named(bad: float) -> None:
    with pytest.raises(BadParameter, match=r"mean_users\[1\]: got "):
        mean_reciprocal_users([3.0, bad, 2.0])


@pytest.mark.parametrize("values", ["many", [[1.0], [1.0, 2.0]], []])
def test_what_is_no_array_of_numbers_is_refused(values: object) -> None:
    with pytest.raises(BadParameter, match=r"mean_users: got "):
        mean_reciprocal_users(values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            BadParameter("radius_m", -3, "a finite number above 0"),
            "radius_m: got -3, expected a finite number above 0",
        ),
        (
            RateOutOfReach(4, 1e9, 5000.0),
            "cell 4: got a rate of 1e+09 bit/s, which takes 5000 bit/s/Hz; "
            "expected one whose power is not too large for a number",
        ),
    ],
)
def test_errors_survive_pickling_with_their_values(error: Exception, text: str) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.args == error.args
    assert str(copy) == text
