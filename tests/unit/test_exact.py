"""Arithmetic that keeps every digit that partners send."""

from decimal import Decimal, getcontext

from hypothesis import given
from hypothesis import strategies as st

from gateway.exact import DIGITS, difference, exact, product, rounded, total

LONG = Decimal("12345678901234567890.12345678901234567890")
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**20), max_value=10**20)


def test_long_sums_and_products_are_exact() -> None:
    assert str(total([LONG, Decimal("1E-25")])) == "12345678901234567890.1234567890123456789000001"
    assert str(product(LONG, Decimal("0.5"))) == "6172839450617283945.061728394506172839450"
    assert difference(LONG, LONG - LONG) == LONG
    assert total([]) == 0


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away(one: Decimal, other: Decimal) -> None:
    assert difference(total([one, other]), other) == one
    assert product(one, other) == product(other, one)


def test_a_division_that_does_not_end_is_cut_and_the_context_left_as_it_was() -> None:
    before = getcontext().prec
    with exact():
        assert len((Decimal(1) / 3).as_tuple().digits) == DIGITS
    with exact(5):
        assert Decimal(1) / 3 == Decimal("0.33333")
    assert getcontext().prec == before


def test_rounding_never_raises() -> None:
    assert rounded(LONG, Decimal("0.001")) == Decimal("12345678901234567890.123")
    assert rounded(Decimal("1E+200"), Decimal("0.001")) == Decimal("1E+200")
