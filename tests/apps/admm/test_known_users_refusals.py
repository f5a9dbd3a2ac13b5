"""What the per-cell problem does not take: each parameter is refused by its name."""

import numpy as np
import pytest

from apps.admm.known_users import allocate, allocate_groups
from apps.admm.parameters import BadParameter
from tests.apps.admm.paper_cells import NOISE_PSD_W_PER_HZ as SIGMA2


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"gain": [1e-8, 0.0]}, "gain[1]"),
        ({"gain": [[1e-8, 1e-8]]}, "gain"),
        ({"gain": [np.nan, 1.0]}, "gain[0]"),
        ({"rate_bps": 0.0}, "rate_bps"),
        ({"rate_bps": [1e6, 1e6, 1e6]}, "rate_bps"),
        ({"bandwidth_hz": [-1.0]}, "bandwidth_hz"),
        ({"bandwidth_hz": [np.inf]}, "bandwidth_hz"),
        ({"bandwidth_hz": [1e6, 1e6]}, "bandwidth_hz"),
        ({"noise_psd_w_per_hz": 0.0}, "noise_psd_w_per_hz"),
        ({"first_user": [0, 1]}, "first_user"),
        ({"first_user": [0, 2, 1, 2], "bandwidth_hz": [1e6] * 3}, "first_user"),
        ({"first_user": [1, 2]}, "first_user"),
        ({"first_user": [0.0, 2.0]}, "first_user"),
        ({"first_user": []}, "first_user"),
        ({"first_user": np.array([], np.int64)}, "first_user"),
        ({"first_user": np.array([0, 2, 1, 2], np.uint8), "bandwidth_hz": [1e6] * 3}, "first_user"),
        ({"first_user": [[0], [1, 2]]}, "first_user"),
        ({"bandwidth_hz": ["1e6"]}, "bandwidth_hz"),
        ({"gain": None}, "gain"),
        ({"gain": ["1e-8", "1e-9"]}, "gain"),
        ({"rate_bps": "1e6"}, "rate_bps"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, object], named: str) -> None:
    fine = {"gain": [1e-8, 1e-9], "rate_bps": 1e6, "first_user": [0, 2], "bandwidth_hz": [1e6]}
    with pytest.raises(BadParameter) as refused:
        allocate_groups(**(fine | {"noise_psd_w_per_hz": SIGMA2} | changes))  # type: ignore[arg-type]
    assert refused.value.args[0] == named


@pytest.mark.parametrize("band", [0, -1.0, "1e6", None, True, [1e6], np.nan, np.inf])
def test_a_cell_without_a_band_is_refused(band: object) -> None:
    for gain in ([1e-8], []):
        with pytest.raises(BadParameter) as refused:
            allocate(gain, 1e6, band, SIGMA2)  # type: ignore[arg-type]
        assert refused.value.args == ("bandwidth_hz", band, "a finite number above 0")


@pytest.mark.parametrize("gain", [None, "1e-8", ["a"], 1e-8, [[1e-8]], [[1e-8], [1e-8, 1e-9]], [0.0]])
def test_a_cells_gains_are_a_row_of_numbers_above_zero(gain: object) -> None:
    with pytest.raises(BadParameter, match=r"^gain(\[0\])?: got "):
        allocate(gain, 1e6, 1e6, SIGMA2)  # type: ignore[arg-type]
