"""What a tariff asks for each thing it counts; enough to rate a CDR that came without prices."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.model.cdr import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceComponent:
    """`price` net per unit of the dimension (kWh, hour, piece), tax in percent."""

    dimension: Dimension
    price: Decimal
    tax_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A flat tariff: the same components all the time."""

    id: str | None = None
    currency: str | None = None
    components: tuple[PriceComponent, ...] = ()
