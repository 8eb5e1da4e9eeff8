"""Energy as OICP writes it."""

from decimal import Decimal

from gateway.exact import rounded

WHOLE = Decimal(1)
THREE_DECIMALS = Decimal("0.001")
SIX_DECIMALS = Decimal("0.000001")


def energy(value: Decimal | None) -> Decimal | None:
    """kWh with at most three decimals, without more digits than there were."""
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    return rounded(value, THREE_DECIMALS) if isinstance(exponent, int) and exponent < -3 else value
