"""Fixed point against exact fractions."""

import math
import pickle
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chain.errors import AppError
from chain.fixed import (
    RAW_MAX,
    RAW_MIN,
    SCALE,
    DivisionByZero,
    Fixed,
    FixedOverflow,
    MalformedDecimal,
    Rounding,
    divide,
    mul_div,
)

EXACT: dict[Rounding, Callable[[Fraction], int]] = {
    Rounding.FLOOR: math.floor,
    Rounding.CEIL: math.ceil,
    Rounding.HALF_EVEN: round,
}
RAWS = st.integers(RAW_MIN, RAW_MAX)
ROUNDINGS = st.sampled_from(Rounding)
SMALL = st.integers(-40, 40)
ANY = st.integers(-(2**80), 2**80)


def value(number: Fixed) -> Fraction:
    return Fraction(number.raw, SCALE)


def assert_rounded(result: Callable[[], Fixed], exact: Fraction, rounding: Rounding) -> None:
    """The result is `exact`, rounded; or an overflow, where that does not fit."""
    raw = EXACT[rounding](exact * SCALE)
    if RAW_MIN <= raw <= RAW_MAX:
        assert result() == Fixed(raw)
    else:
        with pytest.raises(FixedOverflow):
            result()


@given(SMALL | ANY, SMALL | ANY, ROUNDINGS)
def test_divide_rounds_as_declared(numerator: int, denominator: int, rounding: Rounding) -> None:
    assume(denominator != 0)
    assert divide(numerator, denominator, rounding) == EXACT[rounding](Fraction(numerator, denominator))


@given(ANY, ANY, SMALL | ANY, ROUNDINGS)
def test_mul_div_rounds_once(a: int, b: int, c: int, rounding: Rounding) -> None:
    assume(c != 0)
    assert mul_div(a, b, c, rounding) == EXACT[rounding](Fraction(a * b, c))


@pytest.mark.parametrize(("half", "even"), [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (-5, -2)])
def test_halves_go_to_the_even_neighbour_whatever_the_signs(half: int, even: int) -> None:
    assert divide(half, 2, Rounding.HALF_EVEN) == even
    assert divide(-half, -2, Rounding.HALF_EVEN) == even


@given(RAWS, RAWS)
def test_sums_differences_and_order_are_exact(a: int, b: int) -> None:
    one, other = Fixed(a), Fixed(b)
    assert (one < other, one == other, one >= other) == (a < b, a == b, a >= b)
    assert_rounded(lambda: one + other, value(one) + value(other), Rounding.FLOOR)
    assert_rounded(lambda: one - other, value(one) - value(other), Rounding.FLOOR)
    assert_rounded(lambda: -one, -value(one), Rounding.FLOOR)


@given(RAWS, RAWS | SMALL, ROUNDINGS)
def test_products_are_the_exact_product_rounded(a: int, b: int, rounding: Rounding) -> None:
    one, other = Fixed(a), Fixed(b)
    assert_rounded(lambda: one.mul(other, rounding), value(one) * value(other), rounding)


@given(RAWS, RAWS.filter(bool), ROUNDINGS)
def test_quotients_are_the_exact_quotient_rounded(a: int, b: int, rounding: Rounding) -> None:
    one, other = Fixed(a), Fixed(b)
    assert_rounded(lambda: one.div(other, rounding), value(one) / value(other), rounding)


@given(st.integers(-(10**15), 10**15), st.integers(-(10**9), 10**9).filter(bool), ROUNDINGS)
def test_fractions_are_the_exact_fraction_rounded(a: int, b: int, rounding: Rounding) -> None:
    assert_rounded(lambda: Fixed.from_fraction(a, b, rounding), Fraction(a, b), rounding)


@given(RAWS, st.integers(RAW_MIN // SCALE + 1, RAW_MAX // SCALE), ROUNDINGS)
def test_whole_numbers_are_exact_one_way_and_rounded_the_other(
    raw: int, whole: int, rounding: Rounding
) -> None:
    assert Fixed(raw).to_int(rounding) == EXACT[rounding](Fraction(raw, SCALE))
    assert value(Fixed.from_int(whole)) == Fixed.from_int(whole).to_int(rounding) == whole


@given(RAWS)
def test_text_is_exact_both_ways(raw: int) -> None:
    text = str(Fixed(raw))
    assert Fixed.from_str(text) == Fixed(raw)
    assert Fraction(text) == Fraction(raw, SCALE)


@pytest.mark.parametrize(
    ("text", "raw"),
    [("0.15", 150_000_000), ("-0.000000001", -1), ("7", 7 * SCALE), ("-0", 0), ("007.50", 7_500_000_000)],
)
def test_decimals_are_read_exactly(text: str, raw: int) -> None:
    assert Fixed.from_str(text).raw == raw


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "1e3", "+1", " 1", "1\n", "1_0", "nan", "0.1234567891", "--1", "٣", "1" * 20]
)
def test_text_that_is_no_short_decimal_is_refused(text: str) -> None:
    with pytest.raises(MalformedDecimal):
        Fixed.from_str(text)


def test_arithmetic_errors_are_refusals_of_an_application_and_name_the_values() -> None:
    with pytest.raises(AppError) as overflow:
        Fixed.from_int(2**40)
    assert str(overflow.value) == (
        "fixed-overflow: got 1099511627776000000000, "
        "expected -9223372036854775808..9223372036854775807 billionths"
    )
    with pytest.raises(AppError) as division:
        Fixed.from_int(1).div(Fixed(0), Rounding.FLOOR)
    assert (
        str(division.value)
        == "division-by-zero: got 1000000000000000000 / 0, expected a divisor other than 0"
    )
    assert len(str(FixedOverflow(10**6000))) < 200
    assert str(pickle.loads(pickle.dumps(DivisionByZero(3)))) == str(DivisionByZero(3))


def test_a_float_has_no_way_in() -> None:
    with pytest.raises(TypeError):
        Fixed(0.15)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Fixed(True)
    with pytest.raises(TypeError):
        Fixed.from_fraction(1.5, 2, Rounding.FLOOR)  # type: ignore[arg-type]
