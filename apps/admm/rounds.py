"""What closing a round does to the operators' iterates: the aggregator's half of ADMM, in exact integers.

With w the answers in microhertz and z, u the iterates before (paper: eq. (35), (39) and (41), the last one as a
dual ascent step; Boyd et al. 2011, sections 3.3.1, 3.4.1 and 3.4.3):

    what = floor(relaxation * w + (1 - relaxation) * z)
    z'   = the exact projection of what + u                (`exact_projection`)
    u'   = what + u - z', kept within +-2**62              (a lie may not overflow the market)

    converged:  ||w - z'|| <= tolerance * W    and    ||z' - z|| <= tolerance * ||u'||

The second one is the dual residual relative to the price, as the penalty is a factor of both. Both are compared by
their squares, so nothing is rounded. As answers are whole hertz, a primal residual of half a hertz for each operator
is as good as none, whatever the tolerance. A round in which nobody answered never converges, for it says nothing new;
nor does one whose split leaves bandwidth over: power falls with bandwidth, so an optimum uses all of it, and a split
may stand still far from there where the penalty is much too large. Whoever was silent in a round does not keep it from
converging, not even an operator that never answered.

Balancing, after a round that is not the last one: with the relative residuals r = ||w - z'|| / max(||w||, ||z'||) and
s = ||z' - z|| / ||u'|| the penalty is doubled where r > 10 s, and u' halved (rounded down); where s > 10 r it is
halved and u' doubled. The penalty is not doubled once the primal residual is rounding alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.admm.actions import Terms
from apps.admm.exact_projection import Projection, project
from apps.admm.state import MAX_DOUBLINGS, MAX_DUAL, MICROHERTZ_PER_HZ, Operator

PPM = 10**6
PPB = 10**9
BALANCE_SQUARED = 100
"""Square of the ratio of the relative residuals beyond which the penalty changes."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The outcome of a round."""

    operators: list[Operator]
    """After the round, in the order they were given."""
    answered: int
    """How many of them answered in this round."""
    primal: int
    """||w - z'||, microhertz, rounded down."""
    dual: int
    """||z' - z||, microhertz, rounded down."""
    threshold: int
    """What the projection takes off, microhertz, rounded up."""
    converged: bool
    settled: bool
    """Whether this was the last round."""
    doublings: int
    """Of the penalty, for the next round."""


@dataclass(frozen=True, slots=True)
class _Squares:
    """Squared norms, microhertz^2: the residuals, the larger of answers and split, the dual after the round."""

    primal: int
    dual: int
    rounding: int
    """The primal one that comes of whole hertz alone."""
    size: int
    price: int


def aggregate(
    operators: Sequence[Operator], terms: Terms, round_number: int, doublings: int = 0
) -> Aggregation:
    """Close round `round_number` on its operators (in the order of their keys) and their last answers."""
    wanted = [_relaxed(operator, terms.relaxation_ppm) + operator.dual for operator in operators]
    projection = project(wanted, terms.bandwidth * MICROHERTZ_PER_HZ)
    duals = [_bounded(value - share) for value, share in zip(wanted, projection.split, strict=True)]
    squares = _squares(operators, projection.split, duals)
    answered = sum([operator.answered == round_number for operator in operators])
    converged = answered > 0 and _uses_all(projection, terms) and _are_small(squares, terms)
    settled = converged or round_number >= terms.max_rounds
    change = 0 if settled or round_number > terms.balancing_rounds else _rebalance(squares, doublings)
    if change:
        duals = [dual // 2 if change > 0 else _bounded(2 * dual) for dual in duals]
    return Aggregation(
        operators=_moved(operators, projection.split, duals, round_number),
        answered=answered,
        primal=square_root(squares.primal),
        dual=square_root(squares.dual),
        threshold=projection.threshold,
        converged=converged,
        settled=settled,
        doublings=doublings + change,
    )


def _uses_all(projection: Projection, terms: Terms) -> bool:
    return sum(projection.split) == terms.bandwidth * MICROHERTZ_PER_HZ


def square_root(value: int) -> int:
    """The largest integer whose square is at most `value` (Newton's method from above)."""
    if value == 0:
        return 0
    root = 1 << (value.bit_length() + 1) // 2
    while (better := (root + value // root) // 2) < root:
        root = better
    return root


def _relaxed(operator: Operator, relaxation_ppm: int) -> int:
    # An answer is whole hertz, so its part is whole microhertz and only that of the split is rounded.
    return relaxation_ppm * operator.bandwidth + (PPM - relaxation_ppm) * operator.split // PPM


def _bounded(dual: int) -> int:
    return max(-MAX_DUAL, min(MAX_DUAL, dual))


def _squares(operators: Sequence[Operator], split: Sequence[int], duals: Sequence[int]) -> _Squares:
    answers = [operator.bandwidth * MICROHERTZ_PER_HZ for operator in operators]
    return _Squares(
        primal=sum([(answer - share) ** 2 for answer, share in zip(answers, split, strict=True)]),
        dual=sum([(share - operator.split) ** 2 for operator, share in zip(operators, split, strict=True)]),
        rounding=len(split) * (MICROHERTZ_PER_HZ // 2) ** 2,
        size=max(sum([answer * answer for answer in answers]), sum([share * share for share in split])),
        price=sum([dual * dual for dual in duals]),
    )


def _are_small(squares: _Squares, terms: Terms) -> bool:
    tolerance, total = terms.tolerance_ppb**2, terms.bandwidth * MICROHERTZ_PER_HZ
    primal_small = squares.primal * PPB**2 <= max(tolerance * total**2, squares.rounding * PPB**2)
    return primal_small and squares.dual * PPB**2 <= tolerance * squares.price


def _rebalance(squares: _Squares, doublings: int) -> int:
    """1 to double the penalty, -1 to halve it, 0 to leave it."""
    primal, dual = squares.primal * squares.price, squares.dual * squares.size
    if primal > BALANCE_SQUARED * dual and squares.primal > squares.rounding:
        return int(doublings < MAX_DOUBLINGS)
    if dual > BALANCE_SQUARED * primal:
        return -int(doublings > -MAX_DOUBLINGS)
    return 0


def _moved(
    operators: Sequence[Operator], split: Sequence[int], duals: Sequence[int], round_number: int
) -> list[Operator]:
    return [
        Operator(
            operator.bandwidth,
            share,
            dual,
            operator.answered,
            operator.silent_rounds + (operator.answered != round_number),
        )
        for operator, share, dual in zip(operators, split, duals, strict=True)
    ]
