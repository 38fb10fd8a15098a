"""Numbers keep their value, their bounds and, as bytes, their order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.numbers import add, canonical, encode_number, parse_number, size_of_number, subtract


@st.composite
def numbers(draw: st.DrawFn) -> Decimal:
    digits = draw(st.text("0123456789", min_size=1, max_size=38))
    magnitude = draw(st.integers(-130, 125))
    sign = draw(st.sampled_from(("", "-")))
    number = Decimal(f"{sign}{digits}")
    if not number:
        return Decimal(0)
    return Decimal(f"{sign}{digits}e{magnitude - number.adjusted()}")


@given(numbers())
def test_a_number_in_range_is_kept_exactly(number: Decimal) -> None:
    text = parse_number(str(number))
    assert Decimal(text) == number
    assert "e" not in text.lower()
    assert parse_number(text) == text
    assert canonical(number) == text


@given(numbers(), numbers())
def test_encoded_numbers_sort_as_the_numbers_do(left: Decimal, right: Decimal) -> None:
    mine, other = encode_number(canonical(left)), encode_number(canonical(right))
    assert (mine < other) == (left < right)
    assert (mine == other) == (left == right)


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_sums_and_differences_are_exact(left: int, right: int) -> None:
    assert add(str(left), str(right)) == str(left + right)
    assert subtract(str(left), str(right)) == str(left - right)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0", "0"),
        ("-0.0", "0"),
        ("+7", "7"),
        ("007", "7"),
        ("1.500", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E3", "1000"),
        ("12e-4", "0.0012"),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("9.9E+125", "99" + "0" * 124),
        ("1" * 38, "1" * 38),
        ("1" + "0" * 60, "1" + "0" * 60),
    ],
)
def test_a_number_is_kept_in_plain_notation(text: str, kept: str) -> None:
    assert parse_number(text) == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("a", "The parameter cannot be converted to a numeric value: a"),
        ("1 ", "The parameter cannot be converted to a numeric value: 1 "),
        ("1_0", "The parameter cannot be converted to a numeric value: 1_0"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("٣", "The parameter cannot be converted to a numeric value: ٣"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("-1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        ("1E" + "9" * 30, "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (
            "1E-" + "9" * 30,
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
    ],
)
def test_what_is_no_number_or_out_of_range_is_refused_like_aws(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        parse_number(text)
    assert refused.value.message == message


def test_a_sum_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationException, match="overflow"):
        add("9" + "0" * 125, "9" + "0" * 125)


@pytest.mark.parametrize(("text", "size"), [("0", 1), ("1", 2), ("-1", 3), ("12", 2), ("123", 3), ("1000", 2)])
def test_a_number_counts_a_byte_for_two_digits_and_one_more(text: str, size: int) -> None:
    assert size_of_number(text) in (size, size + 1)
