from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from sim.units import (
    BANDWIDTH,
    BYTES,
    DURATION,
    FREQUENCY,
    HASH_RATE,
    Bandwidth,
    Bytes,
    Duration,
    Frequency,
    HashRate,
    Quantity,
    UnitError,
    within,
)

QUANTITIES = (DURATION, BANDWIDTH, FREQUENCY, BYTES, HASH_RATE)


@pytest.mark.parametrize(
    ("quantity", "text", "base_units"),
    [
        (DURATION, "10s", 10_000),
        (DURATION, "250ms", 250),
        (DURATION, "10min", 600_000),
        (DURATION, "2h", 7_200_000),
        (DURATION, "14d", 1_209_600_000),
        (DURATION, " 1.5 s ", 1_500),
        (BANDWIDTH, "20Mbps", 20_000_000),
        (BANDWIDTH, "1.5 Gbit/s", 1_500_000_000),
        (FREQUENCY, "100MHz", 100_000_000),
        (FREQUENCY, "20kHz", 20_000),
        (BYTES, "535kB", 535_000),
        (BYTES, "1MB", 1_000_000),
        (BYTES, "18 KiB", 18_432),
        (HASH_RATE, "1 MH/s", 1_000_000),
        (HASH_RATE, "400 GH/s", 400_000_000_000),
        (HASH_RATE, "1000ZH/s", 10**24),
    ],
)
def test_a_quantity_is_its_number_times_its_unit(quantity: Quantity, text: str, base_units: int):
    assert quantity.parse(text) == base_units


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(data=st.data())
def test_every_value_is_written_so_that_it_reads_back_exactly(quantity: Quantity, data: st.DataObject):
    value = data.draw(st.integers(0, quantity.most))
    assert quantity.parse(quantity.format(value)) == value


@pytest.mark.parametrize(("value", "text"), [(60_000, "1min"), (90_000, "90s"), (0, "0ms"), (1, "1ms")])
def test_a_value_is_written_in_its_shortest_form(value: int, text: str):
    assert DURATION.format(value) == text


@pytest.mark.parametrize(
    "got", [10, 10.0, True, None, "10", "", "s", "-5s", "1e3s", "10 s s", "١s", "1" * 50 + "s"]
)
def test_a_value_without_a_unit_or_a_plain_shape_is_refused(got: object):
    with pytest.raises(UnitError) as caught:
        DURATION.parse(got)
    assert caught.value.args[0] == got
    assert "units: ms, s, min, h, d" in str(caught.value)


@pytest.mark.parametrize(
    ("got", "fault"),
    [
        ("-10s", "no sign: a duration"),
        (" +10s", "no sign: a duration"),
        ("1e300s", "no exponent: a duration"),
        ("1.5E-3 s", "no exponent: a duration"),
        ("-1e3s", "no sign and no exponent: a duration"),
        ("10", "a unit after the number: a duration"),
        (10, "a unit after the number: a duration"),
        (2.5, "a unit after the number: a duration"),
        (1e300, "a unit after the number: a duration"),
        (-10, "no sign and a unit after the number: a duration"),
        ("-1e3", "no sign and no exponent and a unit after the number: a duration"),
        ("1" * 50 + "s", "at most 40 characters: a duration"),
        (True, "a duration"),
        ("10 s s", "a duration"),
        ("soon", "a duration"),
    ],
)
def test_the_fault_of_a_text_is_named_before_what_is_allowed(got: object, fault: str):
    with pytest.raises(UnitError) as caught:
        DURATION.parse(got)
    assert caught.value.args[1].startswith(f"{fault} as a text with its unit, such as '10s'")


def test_the_unit_of_another_quantity_is_refused_and_the_allowed_ones_are_listed():
    with pytest.raises(UnitError) as caught:
        FREQUENCY.parse("10s")
    expected = "a frequency as a text with its unit, such as '100MHz' (units: Hz, kHz, MHz, GHz)"
    assert str(caught.value) == f"got '10s', expected {expected}"


def test_a_unit_in_the_wrong_case_is_refused_and_the_right_one_offered():
    with pytest.raises(UnitError) as caught:
        FREQUENCY.parse("100 mhz")
    assert caught.value.args[2] == "100MHz"


@pytest.mark.parametrize("text", ["0.5ms", "1.00000000000000000000000000000000001s"])
def test_a_value_finer_than_the_base_unit_is_refused_not_rounded(text: str):
    with pytest.raises(UnitError, match="whole ms"):
        DURATION.parse(text)


def test_a_value_beyond_the_largest_is_refused():
    with pytest.raises(UnitError, match="at most"):
        DURATION.parse("9999999999999999d")


class Quantities(BaseModel):
    duration: Annotated[Duration, within(DURATION, "1s", "1h")] = 1_000
    bandwidth: Bandwidth = 1
    frequency: Frequency = 1
    size: Bytes = 1
    hash_rate: HashRate = 1


def test_a_model_holds_base_units_and_writes_units():
    texts = {
        "duration": "20s",
        "bandwidth": "5Mbit/s",
        "frequency": "2GHz",
        "size": "1KiB",
        "hash_rate": "3TH/s",
    }
    model = Quantities.model_validate(texts)
    assert model.model_dump(mode="json") == texts
    held = (model.duration, model.bandwidth, model.frequency, model.size, model.hash_rate)
    assert held == (20_000, 5_000_000, 2_000_000_000, 1_024, 3 * 10**12)


@pytest.mark.parametrize("text", ["1s", "1h"])
def test_the_bounds_of_a_quantity_are_allowed(text: str):
    assert Quantities.model_validate({"duration": text})


@pytest.mark.parametrize("text", ["999ms", "3601s"])
def test_a_quantity_outside_its_bounds_is_refused_with_the_bounds(text: str):
    with pytest.raises(ValidationError, match="from 1s to 1h"):
        Quantities.model_validate({"duration": text})
