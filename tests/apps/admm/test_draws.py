"""Draws of users: the published order of random numbers, and the distributions they follow."""

import numpy as np
import pytest

from apps.admm.cell import Cell
from apps.admm.channel import gain_cdf
from apps.admm.draws import DEFAULT_SEED, draw_users
from apps.admm.parameters import BadParameter
from tests.apps.admm.paper_cells import EXPONENT, cells_at, reference

# Draw 0 of seed 20261122 by the reference: users per cell and the smallest gain in each.
FIRST_DRAW = (37, 41, 42, 73, 98, 117)
FIRST_DRAW_WORST = (
    1.215287241146867e-08,
    7.280587923475459e-10,
    6.890389524977882e-09,
    1.2595874256280406e-09,
    6.936338869506479e-10,
    5.561159207274032e-10,
)


def test_first_draw_is_the_published_one() -> None:
    draw = draw_users(cells_at(1.0), EXPONENT)
    assert tuple(draw.users) == FIRST_DRAW
    worst = [draw.of_cell(cell).min() for cell in range(6)]
    np.testing.assert_allclose(worst, FIRST_DRAW_WORST, rtol=1e-12)


@pytest.mark.parametrize("number", range(5))
def test_draws_are_the_reference_s(number: int) -> None:
    expected = next(entry for entry in reference()["draw_level"] if entry["seed"] == number)
    draw = draw_users(cells_at(1.0), EXPONENT, number=number)
    assert draw.users.tolist() == expected["N"]
    for cell in range(6):
        assert draw.of_cell(cell).sum() == pytest.approx(expected["h_sum"][cell], rel=1e-12)
        assert draw.of_cell(cell).min() == pytest.approx(expected["h_min"][cell], rel=1e-12)


def test_fixed_counts_skip_the_count_and_keep_the_rest_of_the_protocol() -> None:
    cells = cells_at(1.0)
    draw = draw_users(cells, EXPONENT, number=3, fixed_counts=True)
    assert draw.users.tolist() == [48, 32, 50, 63, 90, 109]
    rng = np.random.default_rng([DEFAULT_SEED, 3])
    for number, cell in enumerate(cells):
        distance = cell.radius_m * np.sqrt(rng.random(draw.users[number]))
        fading = rng.exponential(1.0, draw.users[number])
        np.testing.assert_array_equal(draw.of_cell(number), fading / (1.0 + distance**EXPONENT))


def test_rate_does_not_change_who_is_there() -> None:
    slow, fast = draw_users(cells_at(0.5), EXPONENT, 7, 1), draw_users(cells_at(3.0), EXPONENT, 7, 1)
    np.testing.assert_array_equal(slow.gain, fast.gain)


def test_gains_follow_the_channel_s_distribution() -> None:
    draw = draw_users([Cell(100.0, 2e6, 1e6)], EXPONENT, seed=5)
    gain, number = np.sort(draw.gain), draw.gain.size
    distance = np.abs(gain_cdf(gain, 100.0, EXPONENT) - (np.arange(number) + 0.5) / number).max()
    assert distance < 1.95 / np.sqrt(number)  # Kolmogorov-Smirnov at 0.1 %


def test_user_counts_have_the_poisson_mean_and_variance() -> None:
    counts = np.array([draw_users(cells_at(1.0), EXPONENT, 11, s).users for s in range(2000)])
    mean = np.array([cell.mean_users for cell in cells_at(1.0)])
    assert np.all(np.abs(counts.mean(axis=0) - mean) < 4.0 * np.sqrt(mean / 2000))
    assert np.all(np.abs(counts.var(axis=0, ddof=1) / mean - 1.0) < 4.0 * np.sqrt(2.0 / 2000))


def test_cells_without_users_are_empty_not_missing() -> None:
    draw = draw_users([Cell(1.0, 1.0, 1e6)] * 3, EXPONENT)
    assert draw.users.tolist() == [0, 0, 0]
    assert draw.gain.size == draw.of_cell(1).size == 0


def test_seed_and_number_may_be_numpys() -> None:
    ours = draw_users(cells_at(1.0), EXPONENT, 7, 3)
    same = draw_users(np.array(cells_at(1.0), dtype=object), EXPONENT, np.int64(7), np.uint8(3))  # type: ignore[arg-type]
    assert same.users.tolist() == ours.users.tolist()
    assert same.gain.tolist() == ours.gain.tolist()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"pathloss_exponent": 2.0}, "pathloss_exponent"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"number": -1}, "number"),
        ({"number": True}, "number"),
        ({"fixed_counts": "no"}, "fixed_counts"),
        ({"cells": []}, "cells"),
        ({"cells": 3}, "cells"),
        ({"cells": [(80, 1, 1)]}, "cells[0]"),
        ({"cells": [Cell(80, 1, 1), Cell(1e5, 1e20, 1)]}, "cells[1]"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, object], named: str) -> None:
    arguments = {"cells": cells_at(1.0), "pathloss_exponent": EXPONENT, "seed": 1, "number": 0} | changes
    with pytest.raises(BadParameter) as refused:
        draw_users(**arguments)  # type: ignore[arg-type]
    assert refused.value.args[0] == named
