"""Path loss models against published figures, and inside, at and outside their ranges."""

import math
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.coordination.propagation import (
    PROPAGATION_NAMES,
    Cost231Hata,
    FreeSpace,
    ModelRangeWarning,
    Propagation,
    UrbanMicro,
    cost231_hata_db,
    mobile_correction_db,
    propagation_named,
)
from apps.coordination.quantities import BadQuantity

PAPER_MHZ = 2630.0
ANCHOR_DB = 1e-4


def quietly(name: str, frequency_mhz: float = PAPER_MHZ) -> Propagation:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelRangeWarning)
        return propagation_named(name, frequency_mhz)


def hata_db(distance_m: float, frequency_mhz: float = PAPER_MHZ, base_m: float = 30.0) -> float:
    return float(cost231_hata_db(np.array(distance_m), frequency_mhz, base_m, 1.5))


def test_anchors_of_the_reference_section_6() -> None:
    """Figures of `reference/frequency_coordination.md`, section 6, recomputed there in double precision."""
    assert mobile_correction_db(PAPER_MHZ, 1.5) == pytest.approx(0.05779601736407791, abs=ANCHOR_DB)
    assert hata_db(1000.0, 1800.0) == pytest.approx(136.19694765731703, abs=ANCHOR_DB)
    assert hata_db(100.0) == pytest.approx(106.54003233462676, abs=ANCHOR_DB)
    assert hata_db(100.0, base_m=1.5) == pytest.approx(115.99852040310391, abs=ANCHOR_DB)
    assert 23.0 - hata_db(100.0) == pytest.approx(-83.54003233462676, abs=ANCHOR_DB)
    assert 23.0 - hata_db(100.0, base_m=1.5) == pytest.approx(-92.99852040310391, abs=ANCHOR_DB)
    assert FreeSpace(PAPER_MHZ).loss_db(100.0) == pytest.approx(80.84911496979517, abs=ANCHOR_DB)
    assert UrbanMicro(PAPER_MHZ, True).loss_db(100.0) == pytest.approx(82.79911496979517, abs=ANCHOR_DB)
    assert UrbanMicro(PAPER_MHZ).loss_db(100.0) == pytest.approx(101.94505744283184, abs=ANCHOR_DB)
    assert UrbanMicro(PAPER_MHZ).loss_db([150.0, 60.0, 120.0, 180.0]) == pytest.approx(
        [108.1610788874974, 94.11379658137444, 104.74015542831297, 110.95617687297853], abs=ANCHOR_DB
    )


@pytest.mark.filterwarnings("ignore::apps.coordination.propagation.ModelRangeWarning")
def test_the_class_gives_the_formula_and_metropolitan_adds_three_decibels() -> None:
    assert Cost231Hata(PAPER_MHZ).loss_db([60.0, 120.0, 180.0]) == pytest.approx(
        [98.72544212406538, 109.32918030726063, 115.53195911189494], abs=ANCHOR_DB
    )
    metropolitan = propagation_named("cost231-hata-metropolitan", PAPER_MHZ)
    assert metropolitan.loss_db(100.0) == pytest.approx(109.54003233462676, abs=ANCHOR_DB)


@pytest.mark.parametrize("name", PROPAGATION_NAMES)
@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 20_000.0), st.floats(0.0, 20_000.0), st.sampled_from([700.0, 1800.0, 2630.0, 28_000.0]))
@pytest.mark.filterwarnings("ignore::apps.coordination.propagation.ModelRangeWarning")
def test_loss_grows_with_distance_and_is_never_below_free_space(
    name: str, first: float, second: float, frequency_mhz: float
) -> None:
    model = quietly(name, frequency_mhz)
    near, far = sorted((first, second))
    loss = model.loss_db([near, far])
    assert loss[0] <= loss[1] + 1e-6
    assert np.all(loss >= FreeSpace(frequency_mhz).loss_db([near, far]) - 1e-9)


@pytest.mark.parametrize("name", PROPAGATION_NAMES)
@pytest.mark.filterwarnings("ignore::apps.coordination.propagation.ModelRangeWarning")
def test_at_the_transmitter_itself_the_minimum_distance_counts(name: str) -> None:
    model = quietly(name)
    minimum = 10.0 if name.startswith("umi") else 1.0
    assert np.all(np.isfinite(model.loss_db(0.0)))
    assert model.loss_db(0.0) == model.loss_db(minimum)
    assert model.loss_db(minimum) < model.loss_db(2.0 * minimum)


@pytest.mark.parametrize("name", PROPAGATION_NAMES)
@pytest.mark.filterwarnings("ignore::apps.coordination.propagation.ModelRangeWarning")
def test_the_loss_has_the_shape_of_the_distances(name: str) -> None:
    model = quietly(name)
    assert model.name == name
    assert model.loss_db(np.full((2, 3), 100.0)).shape == (2, 3)
    assert model.loss_db([]).shape == (0,)


def test_the_line_of_sight_slope_changes_at_the_breakpoint() -> None:
    model = UrbanMicro(PAPER_MHZ, True)
    assert model.breakpoint_m == pytest.approx(4 * 9.0 * 0.5 * 2.63e9 / 3e8)
    corner = math.hypot(model.breakpoint_m, 8.5)
    before, at, after, twice = model.loss_db([corner / 2, corner, corner * (1 + 1e-9), 2 * corner])
    assert at - before == pytest.approx(21 * math.log10(2))
    assert after == pytest.approx(at, abs=0.01)
    assert twice - after == pytest.approx(40 * math.log10(2), abs=1e-6)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: Cost231Hata(2630.0),
            "cost231-hata: frequency_mhz 2630 is outside the model's range 1500 to 2000",
        ),
        (lambda: Cost231Hata(1800.0, 1.5), "base_height_m 1.5 is outside the model's range 30 to 200"),
        (lambda: Cost231Hata(1800.0, 30.0, 20.0), "mobile_height_m 20 is outside the model's range 1 to 10"),
        (lambda: Cost231Hata(1800.0).loss_db([100.0, 2000.0]), "distance_m 100 is outside .* 1000 to 20000"),
        (lambda: Cost231Hata(1800.0).loss_db(30_000.0), "distance_m 30000 is outside"),
        (lambda: UrbanMicro(100.0), "umi-nlos: frequency_mhz 100 is outside the model's range 500 to 100000"),
        (
            lambda: UrbanMicro(2630.0, base_height_m=30.0),
            "base_height_m 30 is outside the model's range 10 to 10",
        ),
        (lambda: UrbanMicro(2630.0, mobile_height_m=1.2), "mobile_height_m 1.2 is outside .* 1.5 to 22.5"),
        (lambda: UrbanMicro(2630.0).loss_db(5.0), "distance_m 5 is outside the model's range 10 to 5000"),
        (lambda: UrbanMicro(2630.0, True).loss_db(6000.0), "umi-los: distance_m 6000 is outside"),
    ],
)
def test_outside_its_range_a_model_answers_with_a_warning_that_names_parameter_and_range(
    make: object, text: str
) -> None:
    with pytest.warns(ModelRangeWarning, match=text):
        make()  # type: ignore[operator]


def test_inside_its_range_a_model_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cost231Hata(1800.0, 50.0, 2.0).loss_db([1000.0, 20_000.0])
        UrbanMicro(2630.0).loss_db([10.0, 5000.0])
        FreeSpace(10.0).loss_db([0.0, 1e7])


def test_a_warning_points_at_the_caller() -> None:
    with pytest.warns(ModelRangeWarning) as made:
        Cost231Hata(2630.0)
    with pytest.warns(ModelRangeWarning) as asked:
        UrbanMicro(2630.0).loss_db(1.0)
    assert made[0].filename == asked[0].filename == __file__


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_frequency_heights_and_distances_are_numbers_above_zero(value: float) -> None:
    for make in (FreeSpace, Cost231Hata, UrbanMicro):
        with pytest.raises(BadQuantity, match="frequency_mhz"):
            make(value)
    with pytest.raises(BadQuantity, match="base_height_m"):
        Cost231Hata(1800.0, value)
    with pytest.raises(BadQuantity, match="mobile_height_m"):
        UrbanMicro(2630.0, mobile_height_m=value)
    if value != 0.0:
        with pytest.raises(BadQuantity, match="distance_m"):
            FreeSpace(1800.0).loss_db([100.0, value])


def test_antennas_below_the_environment_of_urban_micro_are_refused() -> None:
    with pytest.raises(BadQuantity, match="above the model's 1 m"):
        UrbanMicro(2630.0, mobile_height_m=1.0)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadQuantity, match="got 'hata', expected one of free-space, cost231-hata"):
        propagation_named("hata", 1800.0)


def test_a_warning_survives_pickling() -> None:
    warning = ModelRangeWarning("umi-los", "distance_m", 5.0, 10.0, 5000.0)
    assert str(pickle.loads(pickle.dumps(warning))) == str(warning)
