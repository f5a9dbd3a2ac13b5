"""Most work, first seen on ties."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from consensus.fork_choice import Candidate, prefers


def head_after(arrivals: list[Candidate]) -> Candidate:
    head = arrivals[0]
    for challenger in arrivals[1:]:
        if prefers(head, challenger):
            head = challenger
    return head


def test_more_work_wins_however_late() -> None:
    assert prefers(Candidate(work=10, seen=0), Candidate(work=11, seen=99))
    assert not prefers(Candidate(work=11, seen=99), Candidate(work=10, seen=0))


def test_first_seen_stays_on_a_tie() -> None:
    assert not prefers(Candidate(work=10, seen=3), Candidate(work=10, seen=4))
    assert prefers(Candidate(work=10, seen=4), Candidate(work=10, seen=3))


def test_work_is_compared_exactly_beyond_float_precision() -> None:
    assert prefers(Candidate(work=2**100, seen=0), Candidate(work=2**100 + 1, seen=1))


def test_a_block_is_not_preferred_to_itself() -> None:
    assert not prefers(Candidate(5, 1), Candidate(5, 1))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_head_does_not_depend_on_the_order_of_comparison(works: list[int]) -> None:
    candidates = [Candidate(work, seen) for seen, work in enumerate(works)]
    expected = min(candidates, key=lambda candidate: (-candidate.work, candidate.seen))
    assert all(head_after(list(order)) == expected for order in permutations(candidates))
