"""What a meter type counts, and its units: on the wire Wh, W, min and currencies, in the model kWh, kW and min."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway.model.session import LimitKind
from gateway_emip.words import METER, POWER_STEPS

TOTAL_TIME, TOTAL_ENERGY, TOTAL_COST = map(METER.write, (LimitKind.TIME, LimitKind.ENERGY, LimitKind.COST))
TOTALS = (TOTAL_TIME, TOTAL_ENERGY, TOTAL_COST)
LONGEST_MINUTES = Decimal(10**9)
"""What a duration can hold, with room to spare."""
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Measure:
    """`wire` is the specification's unit, `model` ours; `read` holds every unit that is understood → power of ten."""

    wire: str
    model: str
    read: Mapping[str, int]


_ENERGY = Measure("Wh", "kWh", {"Wh": -3, "kWh": 0})
_POWER = Measure("W", "kW", {"W": -3, "kW": 0})
_MINUTES = Measure("min", "min", {"min": 0})
MEASURES: Mapping[LimitKind, Measure] = {
    LimitKind.ENERGY: _ENERGY,
    LimitKind.ENERGY_STEP: _ENERGY,
    LimitKind.AVERAGE_POWER: _POWER,
    LimitKind.PEAK_POWER: _POWER,
    LimitKind.TIME: _MINUTES,
    LimitKind.TIME_AT_POWER: _MINUTES,
}


def kind_of(meter_type: str | None) -> LimitKind | None:
    """What a type counts; the list is open."""
    if meter_type is not None and re.fullmatch(r"10\d\d", meter_type):
        return METER.read(POWER_STEPS)
    return METER.read(meter_type)


def is_currency(unit: str | None) -> bool:
    return unit is not None and _CURRENCY.fullmatch(unit) is not None


def in_model(kind: LimitKind | None, value: Decimal | None, unit: str | None) -> Decimal | None:
    """The value in the model's unit, exact; None where the unit is not understood."""
    if value is None or unit is None or kind is None:
        return None
    if kind is LimitKind.COST:
        return value if is_currency(unit) else None
    power = MEASURES[kind].read.get(unit)
    if power is None or (kind is LimitKind.TIME and abs(value) > LONGEST_MINUTES):
        return None
    return plain(_scaled(value, power))


def on_wire(kind: LimitKind, value: Decimal) -> Decimal:
    """The value in the unit of the specification."""
    measure = MEASURES.get(kind)
    return plain(_scaled(value, -measure.read[measure.wire])) if measure else value


def _scaled(value: Decimal, power: int) -> Decimal:
    """Times a power of ten, every digit kept, whatever the precision of the context."""
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, exponent + power)) if isinstance(exponent, int) else value


def plain(value: Decimal) -> Decimal:
    """Without an exponent and without zeros that only scaling brought."""
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
