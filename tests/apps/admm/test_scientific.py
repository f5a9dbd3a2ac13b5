"""Decimal numbers on chain: exact products, one rounding, one form."""

import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.admm.scientific import NumberOutOfRange, Scientific
from chain.codec import DecodeError, decode, encode

numbers = st.builds(Scientific, st.integers(1, 2**64 - 1), st.integers(-60, 60))
factors = st.integers(1, 2**63)


def exact(number: Scientific) -> Fraction:
    return Fraction(number.significand) * Fraction(10) ** number.exponent


def test_a_product_that_fits_18_digits_is_exact() -> None:
    assert Scientific(25, -19).times(4) == Scientific(1, -17)
    assert Scientific(123_456_789, 0).times(987_654_321) == Scientific(121_932_631_112_635_269, 0)


def test_a_longer_product_is_rounded_half_to_even() -> None:
    assert Scientific(1_000_000_000_000_000_005, 0).times(1) == Scientific(1, 18)
    assert Scientific(1_000_000_000_000_000_015, 0).times(1) == Scientific(100_000_000_000_000_002, 1)
    assert Scientific(1_000_000_000_000_000_006, 0).times(1) == Scientific(100_000_000_000_000_001, 1)
    assert Scientific(9_999_999_999_999_999_996, 0).times(1) == Scientific(1, 19)


@given(numbers, factors)
def test_a_product_is_right_to_18_digits(number: Scientific, factor: int) -> None:
    product = number.times(factor)
    assert abs(exact(product) / (exact(number) * factor) - 1) <= Fraction(1, 2 * 10**17)


@given(numbers, st.integers(-64, 64))
def test_doubling_is_a_product_with_a_power_of_two(number: Scientific, times: int) -> None:
    doubled = exact(number.doubled(times)) / exact(number)
    assert abs(doubled / Fraction(2) ** times - 1) <= Fraction(1, 2 * 10**17)


@given(numbers, factors, st.integers(-6, 6))
def test_a_result_has_one_form(number: Scientific, factor: int, shift: int) -> None:
    product = number.times(factor, shift)
    assert product.significand % 10
    assert product == Scientific(product.significand, 0).times(1, product.exponent)
    assert exact(product) == exact(number.times(factor)) * Fraction(10) ** shift


def test_zero_has_one_form() -> None:
    assert Scientific(0, 5).times(3) == Scientific(7, -3).times(0) == Scientific(0, 0)


@given(numbers)
def test_a_number_survives_the_codec(number: Scientific) -> None:
    assert decode(Scientific, encode(number)) == number


def test_a_number_without_place_is_refused() -> None:
    for number, factor, shift in (
        (Scientific(1, 120), 1, 8),
        (Scientific(1, -120), 1, -9),
        (Scientific(1, 0), -1, 0),
    ):
        with pytest.raises(NumberOutOfRange, match="expected 0 or more with an exponent from -128 to 127"):
            number.times(factor, shift)
    with pytest.raises(DecodeError):
        decode(Scientific, encode(Scientific(1, 127))[:-1] + b"\xd1\x01\x00")


def test_the_refusal_survives_a_process_pool() -> None:
    error = NumberOutOfRange(7, 130)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@given(numbers, factors)
def test_the_larger_factor_gives_no_smaller_product(number: Scientific, factor: int) -> None:
    assume(factor > 1)
    assert exact(number.times(factor)) >= exact(number.times(factor - 1))
