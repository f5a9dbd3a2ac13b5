"""The projection in integers: feasible, nearest, fair in its last unit, the same for everyone."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from apps.admm.exact_projection import project

entries = st.one_of(st.integers(-20, 20), st.integers(-(2**62), 2**62))
points = st.lists(entries, min_size=1, max_size=7)
totals = st.one_of(st.integers(0, 50), st.integers(0, 10**17))


def true_projection(values: Sequence[int], total: int) -> list[Fraction]:
    """The nearest point by the conditions of optimality, found by trying every set of positive entries."""
    positive = [Fraction(max(value, 0)) for value in values]
    if sum(positive) <= total:
        return positive
    indices = range(len(values))
    for size in range(1, len(values) + 1):
        for chosen in combinations(indices, size):
            beta = Fraction(sum(values[i] for i in chosen) - total, size)
            shares = [values[i] - beta if i in chosen else Fraction(0) for i in indices]
            dual_feasible = beta >= 0 and all(values[i] <= beta for i in indices if i not in chosen)
            if dual_feasible and min(shares) >= 0:
                return shares
    raise AssertionError("no set of entries meets the conditions")


@given(points, totals)
@example([120, -40, -30, 10, -5, 0], 150)
@example([50, -20, 30, 5, -10, 0], 150)
@example([5, 5, 5], 0)
@example([7, 7, 7], 10)
def test_every_share_is_less_than_a_unit_from_the_true_one(values: list[int], total: int) -> None:
    split = project(values, total).split
    for share, true in zip(split, true_projection(values, total), strict=True):
        assert abs(share - true) < 1


@given(points, totals)
def test_the_split_is_within_its_cap_and_uses_it_where_it_binds(values: list[int], total: int) -> None:
    projection = project(values, total)
    wanted = sum(max(value, 0) for value in values)
    assert min(projection.split) >= 0
    assert sum(projection.split) == min(wanted, total)
    assert (projection.threshold > 0) == (wanted > total)


@given(points, totals)
def test_the_threshold_is_the_true_one_rounded_up(values: list[int], total: int) -> None:
    projection = project(values, total)
    true = true_projection(values, total)
    betas = {value - share for value, share in zip(values, true, strict=True) if share > 0}
    if projection.threshold and betas:
        assert {projection.threshold} == {-(-beta.numerator // beta.denominator) for beta in betas}


def test_a_test_on_absolute_values_would_be_wrong() -> None:
    # Counterexamples to the paper's test on the l1 norm (reference, erratum 7).
    assert project([120, -40, -30, 10, -5, 0], 150).split == [120, 0, 0, 10, 0, 0]
    assert project([50, -20, 30, 5, -10, 0], 150).split == [50, 0, 30, 5, 0, 0]


def test_what_rounding_leaves_goes_to_the_first_who_have_a_share() -> None:
    assert project([-9, 10, 10, 10, 1], 20).split == [0, 7, 7, 6, 0]
    assert project([10, 10, 10], 11).split == [4, 4, 3]


@given(points, totals)
def test_projecting_twice_changes_nothing(values: list[int], total: int) -> None:
    once = project(values, total).split
    assert project(once, total).split == once


@given(st.permutations([3, -1, 14, 15, -9, 26, 5, 35]), st.integers(0, 100))
def test_only_the_last_unit_depends_on_the_order(values: list[int], total: int) -> None:
    given_order = dict(zip(values, project(values, total).split, strict=True))
    sorted_order = dict(zip(sorted(values), project(sorted(values), total).split, strict=True))
    assert all(abs(given_order[value] - sorted_order[value]) <= 1 for value in values)
    assert sum(given_order.values()) == sum(sorted_order.values())
