"""Rounding that never raises, whatever a partner sent."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

WHOLE = Decimal(1)
THREE_DECIMALS = Decimal("0.001")
SIX_DECIMALS = Decimal("0.000001")


def rounded(value: Decimal, step: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """`value` in steps of `step`; a number too long to be rounded stays as it is."""
    try:
        return value.quantize(step, rounding)
    except InvalidOperation:
        return value


def energy(value: Decimal | None) -> Decimal | None:
    """kWh with at most three decimals, without more digits than there were."""
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    return rounded(value, THREE_DECIMALS) if isinstance(exponent, int) and exponent < -3 else value
