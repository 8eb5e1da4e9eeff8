"""Decimal arithmetic that keeps every digit partners send: the usual 28 round long sums and products."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from functools import reduce

DIGITS = 100
AMPLE = Context(prec=DIGITS)


@contextmanager
def exact(digits: int = DIGITS) -> Iterator[None]:
    """Inside, results have up to `digits` digits; a division that does not end is cut there.

    Also a decorator: `@exact()`. Not for generators: the context would leak to whoever iterates.
    """
    with localcontext() as context:
        context.prec = digits
        yield


def total(values: Iterable[Decimal]) -> Decimal:
    """The sum; zero of nothing."""
    return reduce(AMPLE.add, values, Decimal(0))


def product(one: Decimal, other: Decimal | int) -> Decimal:
    return AMPLE.multiply(one, other)


def difference(one: Decimal, other: Decimal) -> Decimal:
    return AMPLE.subtract(one, other)


def rounded(value: Decimal, step: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """`value` in steps of `step`; never raises: a number too long to be rounded stays as it is."""
    try:
        return value.quantize(step, rounding, AMPLE)
    except InvalidOperation:
        return value
