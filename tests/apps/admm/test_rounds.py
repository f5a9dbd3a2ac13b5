"""Closing a round in integers: what converges, what is balanced, and that no answer breaks it."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from apps.admm.actions import Terms
from apps.admm.rounds import aggregate, square_root
from apps.admm.scientific import Scientific
from apps.admm.state import (
    LIMITS,
    MAX_DOUBLINGS,
    MAX_DUAL,
    MAX_OPERATORS,
    MICROHERTZ_PER_HZ,
    Operator,
)
from chain.codec import decode, encode
from tests.apps.admm.scene import MHZ, terms

shares = st.integers(0, LIMITS["bandwidth"][1])
duals = st.integers(-MAX_DUAL, MAX_DUAL)
operators = st.builds(
    Operator, shares, shares.map(lambda hz: hz * MICROHERTZ_PER_HZ), duals, st.integers(0, 3), shares
)
any_terms = st.builds(
    Terms,
    shares.filter(bool),
    st.just(Scientific(143, -20)),
    st.integers(*LIMITS["relaxation_ppm"]),
    st.integers(*LIMITS["tolerance_ppb"]),
    st.just(1),
    st.just(9),
    st.integers(0, 9),
)


@given(st.lists(operators, min_size=1, max_size=6), any_terms, st.integers(-MAX_DOUBLINGS, MAX_DOUBLINGS))
def test_no_answers_whatever_break_a_round(before: list[Operator], chosen: Terms, doublings: int) -> None:
    before = [replace(operator, silent_rounds=0) for operator in before]
    done = aggregate(before, chosen, 3, doublings)
    assert sum(operator.split for operator in done.operators) <= chosen.bandwidth * MICROHERTZ_PER_HZ
    assert abs(done.doublings) <= MAX_DOUBLINGS
    assert abs(done.doublings - doublings) <= 1
    assert 0 <= done.threshold < 2**63
    assert max(done.primal, done.dual) < 2**63
    for old, new in zip(before, done.operators, strict=True):
        assert decode(Operator, encode(new)) == new
        assert new.bandwidth == old.bandwidth
        assert new.silent_rounds == int(old.answered != 3)


@given(st.integers(0, 2**140))
def test_a_square_root_is_rounded_down(value: int) -> None:
    root = square_root(value)
    assert root**2 <= value < (root + 1) ** 2


def hz(*values: int) -> list[int]:
    return [value * MICROHERTZ_PER_HZ for value in values]


class TestOneRound:
    small = replace(terms(bandwidth=100), tolerance_ppb=10**7)

    def test_answers_beyond_the_bandwidth_are_cut_and_priced(self) -> None:
        done = aggregate([Operator(90, answered=1), Operator(40, answered=1)], self.small, 1)
        assert [operator.split for operator in done.operators] == hz(75, 25)
        assert [operator.dual for operator in done.operators] == hz(15, 15)
        assert done.threshold == 15 * MICROHERTZ_PER_HZ
        assert (done.primal, done.dual) == (square_root(2 * 15**2 * 10**12), square_root(6250 * 10**12))
        assert (done.answered, done.converged, done.settled) == (2, False, False)

    def test_over_relaxation_goes_beyond_the_answer(self) -> None:
        relaxed = replace(self.small, relaxation_ppm=1_600_000)
        done = aggregate([Operator(30, split=20 * MICROHERTZ_PER_HZ, answered=1)], relaxed, 1)
        assert [operator.split for operator in done.operators] == hz(36)

    def test_over_relaxation_is_rounded_down(self) -> None:
        done = aggregate([Operator(1, split=1, answered=1)], replace(self.small, relaxation_ppm=1_500_000), 1)
        assert [operator.split for operator in done.operators] == [1_499_999]

    def test_both_residuals_must_be_small(self) -> None:
        still = [
            Operator(50, split, 7 * MICROHERTZ_PER_HZ, answered=2)
            for split in (49 * MICROHERTZ_PER_HZ, 51 * MICROHERTZ_PER_HZ)
        ]
        scarce = replace(self.small, bandwidth=99)
        assert not aggregate(still, replace(scarce, tolerance_ppb=2 * 10**7), 2).converged
        moved = aggregate(still, replace(scarce, tolerance_ppb=2 * 10**8), 2)
        assert (moved.converged, moved.settled) == (True, True)
        far = [replace(operator, bandwidth=70) for operator in still]
        assert not aggregate(far, replace(scarce, tolerance_ppb=2 * 10**8), 2).converged

    def test_residuals_are_compared_without_rounding(self) -> None:
        # The norm of w - z' is the root of 2 hertz: rounded down to microhertz it would be 1e-6 of this band.
        band = 1_414_213
        steady = [
            Operator(w, (w + 1) * MICROHERTZ_PER_HZ, 501 * MICROHERTZ_PER_HZ, answered=2)
            for w in (707_105, 707_106)
        ]
        done = aggregate(steady, replace(self.small, bandwidth=band, tolerance_ppb=1_000), 2)
        assert (done.primal, done.dual, done.converged) == (band, 0, False)
        (wider,) = [replace(steady[1], bandwidth=707_107, split=steady[1].split + MICROHERTZ_PER_HZ)]
        assert aggregate(
            [steady[0], wider], replace(self.small, bandwidth=band + 1, tolerance_ppb=1_000), 2
        ).converged

    def test_a_split_that_leaves_bandwidth_over_never_converges(self) -> None:
        # A penalty much too large keeps every answer at its split, far from the optimum.
        stuck = [Operator(10, 10 * MICROHERTZ_PER_HZ, answered=2) for _ in range(3)]
        done = aggregate(stuck, self.small, 2)
        assert (done.primal, done.dual, done.threshold) == (0, 0, 0)
        assert not done.converged

    def test_half_a_hertz_for_each_operator_passes_as_no_primal_residual(self) -> None:
        strict = replace(self.small, tolerance_ppb=0)
        half = MICROHERTZ_PER_HZ // 2
        pair = [
            (Operator(50, 50 * MICROHERTZ_PER_HZ + s, 9 * MICROHERTZ_PER_HZ + s, answered=2))
            for s in (half, -half)
        ]
        assert aggregate(pair, strict, 2).primal > 0
        assert aggregate(pair, strict, 2).converged
        wider = [replace(pair[0], split=pair[0].split + 1, dual=pair[0].dual + 1), pair[1]]
        assert not aggregate(wider, strict, 2).converged

    def test_a_lone_operator_that_asks_for_everything_converges_in_its_second_round(self) -> None:
        first = aggregate([Operator(100, answered=1)], self.small, 1)
        (second,) = [replace(operator, answered=2) for operator in first.operators]
        assert not first.converged
        assert aggregate([second], self.small, 2).converged

    def test_a_round_in_which_nobody_answered_never_converges(self) -> None:
        steady = [Operator(50, 50 * MICROHERTZ_PER_HZ, MICROHERTZ_PER_HZ, answered=2) for _ in range(2)]
        assert aggregate(steady, self.small, 2).converged
        assert not aggregate(steady, self.small, 3).converged
        assert aggregate([*steady, Operator()], self.small, 2).converged

    def test_the_last_round_settles_without_having_converged(self) -> None:
        done = aggregate([Operator(90, answered=5)], replace(self.small, max_rounds=5), 5)
        assert (done.converged, done.settled) == (False, True)


class TestBalancing:
    chosen = replace(terms(bandwidth=100), balancing_rounds=4)

    def test_the_penalty_is_halved_where_the_split_moves_most(self) -> None:
        done = aggregate([Operator(90, answered=1), Operator(11, answered=1)], self.chosen, 1)
        assert done.doublings == -1
        assert [operator.dual for operator in done.operators] == hz(1, 1)

    def test_the_penalty_is_doubled_where_the_answers_are_far(self) -> None:
        far = [Operator(w, 50 * MICROHERTZ_PER_HZ, 50 * MICROHERTZ_PER_HZ + 1, 1) for w in (80, 80)]
        done = aggregate(far, self.chosen, 1, 3)
        assert done.doublings == 4
        assert [operator.dual for operator in done.operators] == [40 * MICROHERTZ_PER_HZ] * 2
        assert all(operator.split == 50 * MICROHERTZ_PER_HZ for operator in done.operators)

    def test_the_penalty_rests_after_its_last_round_and_at_the_end(self) -> None:
        moving = [Operator(90, answered=5), Operator(11, answered=5)]
        assert aggregate(moving, self.chosen, 4).doublings == -1
        assert aggregate(moving, self.chosen, 5).doublings == 0
        ending = replace(self.chosen, balancing_rounds=9, max_rounds=5)
        assert aggregate(moving, ending, 5).doublings == 0

    def test_the_penalty_has_a_ceiling(self) -> None:
        far = [Operator(w, 50 * MICROHERTZ_PER_HZ, 50 * MICROHERTZ_PER_HZ + 1, 1) for w in (80, 80)]
        done = aggregate(far, self.chosen, 1, MAX_DOUBLINGS)
        assert done.doublings == MAX_DOUBLINGS
        assert [operator.dual for operator in done.operators] == [80 * MICROHERTZ_PER_HZ + 1] * 2

    def test_a_doubled_dual_stays_within_its_bounds(self) -> None:
        lost = [
            Operator(50, 100 * MICROHERTZ_PER_HZ, MAX_DUAL - 10**9, answered=1),
            Operator(50, 0, MAX_DUAL - 10**9, answered=1),
        ]
        done = aggregate(lost, replace(self.chosen, tolerance_ppb=0), 1)
        assert done.doublings == -1
        assert [operator.dual for operator in done.operators] == [MAX_DUAL] * 2

    def test_the_penalty_has_a_floor(self) -> None:
        moving = [Operator(90, answered=1), Operator(11, answered=1)]
        done = aggregate(moving, self.chosen, 1, -MAX_DOUBLINGS)
        assert done.doublings == -MAX_DOUBLINGS
        assert [operator.dual for operator in done.operators] == [MICROHERTZ_PER_HZ // 2] * 2

    def test_a_penalty_much_too_large_comes_down_from_rest(self) -> None:
        stuck = aggregate([Operator(10, answered=1)], self.chosen, 1)
        assert stuck.doublings == -1


def test_a_liar_that_always_wants_everything_overflows_nothing() -> None:
    widest = replace(terms(bandwidth=LIMITS["bandwidth"][1]), max_rounds=10**6)
    members = [Operator(widest.bandwidth), Operator(widest.bandwidth), Operator(widest.bandwidth // 7)]
    for number in range(1, 501):
        members = [replace(operator, answered=number) for operator in members]
        done = aggregate(members, widest, number)
        members = done.operators
        assert sum(operator.split for operator in members) == widest.bandwidth * MICROHERTZ_PER_HZ
        assert all(decode(Operator, encode(operator)) == operator for operator in members)
    assert max(operator.dual for operator in members) == MAX_DUAL
    assert done.threshold < 2**63


def test_the_figures_of_the_widest_round_fit_64_bits() -> None:
    widest = terms(bandwidth=LIMITS["bandwidth"][1])
    liars = [Operator(widest.bandwidth, 0, MAX_DUAL, 1)] * MAX_OPERATORS
    done = aggregate(liars, widest, 1)
    assert 2**62 < max(done.primal, done.threshold) < 2**63
    assert done.primal == square_root(sum((10**17 - o.split) ** 2 for o in done.operators))


def test_a_split_is_exact_where_floats_are_not() -> None:
    third = aggregate([Operator(100 * MHZ, answered=1) for _ in range(3)], terms(), 1)
    assert sum(Fraction(operator.split, MICROHERTZ_PER_HZ) for operator in third.operators) == 100 * MHZ
