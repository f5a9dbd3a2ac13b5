"""Roots of many increasing functions at once."""

from dataclasses import dataclass

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.admm.efficiency import CellIndex
from apps.admm.newton import increasing_roots
from apps.admm.parameters import FloatArray


@dataclass(frozen=True)
class ArcTangents:
    """atan(steepness (x - root)): plain Newton diverges from a start more than 1.4 / steepness away."""

    root: FloatArray
    steepness: FloatArray

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        distance = self.steepness * (x - self.root)
        return np.arctan(distance), self.steepness / (1.0 + distance**2)

    def take(self, index: CellIndex) -> "ArcTangents":
        return ArcTangents(self.root[index], self.steepness[index])


cases = st.lists(
    st.tuples(st.floats(-99.0, 99.0), st.floats(0.01, 50.0), st.floats(-100.0, 100.0)), min_size=1, max_size=8
)


@given(cases)
@example([(92.0, 1.0, 0.0)])
@settings(max_examples=60, deadline=None)
def test_the_bracket_brings_in_what_plain_newton_loses(rows: list[tuple[float, float, float]]) -> None:
    root, steepness, start = np.array(rows).T
    found = increasing_roots(ArcTangents(root, steepness), start, -100.0, 100.0)
    assert np.allclose(found, root, rtol=1e-12, atol=1e-12)


@given(cases)
@settings(max_examples=40, deadline=None)
def test_a_root_does_not_depend_on_which_others_are_sought(rows: list[tuple[float, float, float]]) -> None:
    root, steepness, start = np.array(rows).T
    together = increasing_roots(ArcTangents(root, steepness), start, -100.0, 100.0)
    for m in range(len(rows)):
        one = slice(m, m + 1)
        alone = increasing_roots(ArcTangents(root[one], steepness[one]), start[one], -100.0, 100.0)
        assert alone[0] == together[m]


def test_a_root_outside_the_range_is_not_a_number_and_leaves_the_others() -> None:
    functions = ArcTangents(np.array([-101.0, 3.0, 101.0, -100.0, 100.0]), np.full(5, 0.5))
    found = increasing_roots(functions, np.zeros(5), -100.0, 100.0)
    assert np.isnan(found[[0, 2]]).all()
    assert np.allclose(found[[1, 3, 4]], [3.0, -100.0, 100.0], rtol=1e-12)
