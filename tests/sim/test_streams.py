"""Named random streams: independent of each other, of order, and of the process."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.streams import Streams

NAMES = st.lists(st.one_of(st.text(max_size=8), st.integers()), max_size=4).map(tuple)


def test_the_same_seed_and_name_give_the_same_numbers() -> None:
    first = Streams(7).generator("mining", 3).random(5)
    assert np.array_equal(first, Streams(7).generator("mining", 3).random(5))


def test_a_stream_depends_on_seed_and_on_every_part_of_its_name() -> None:
    names = [(), ("a",), ("b",), ("a", 1), ("a", "1"), ("a1",), ("a", 1, 2), ("a", 12), ("a", -1), (1, "a")]
    seeds = {Streams(seed).seed64(*name) for seed in (0, 1, -1) for name in names}
    assert len(seeds) == 3 * len(names)


@given(NAMES, NAMES)
def test_different_names_never_share_a_stream(
    first: tuple[str | int, ...], second: tuple[str | int, ...]
) -> None:
    same_name = [(type(part), part) for part in first] == [(type(part), part) for part in second]
    assert (Streams(1).digest(*first) == Streams(1).digest(*second)) == same_name


def test_adding_entities_leaves_the_words_of_the_others() -> None:
    few, many = (Streams(5).words("peer", entities=count) for count in (10, 25))
    assert np.array_equal(few, many[:10])
    assert len({tuple(row) for row in many.tolist()}) == 25
    assert many.min() >= 0
    assert many.max() < 2**32


def test_a_stream_is_fixed_across_versions() -> None:
    assert Streams(1).seed64("mining", 0) == 0xB02088BF2099B4BA


@pytest.mark.parametrize("part", [True, 1.5, None, b"x"])
def test_a_name_is_made_of_text_and_integers_only(part: object) -> None:
    with pytest.raises(TypeError, match=type(part).__name__):
        Streams(1).digest("a", part)  # type: ignore[arg-type]
