"""Plugs and charging facilities ↔ connectors.

OICP lists plugs and facilities without links. Each plug is paired with the strongest facility of its kind of current
(CCS and CHAdeMO: DC, all others AC); what had to be derived is named in `assumed`.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from gateway.exact import rounded
from gateway.model.kinds import ChargingMode, ConnectorFormat, ConnectorType, PowerType
from gateway.model.location import Connector, Evse
from gateway_oicp import wire
from gateway_oicp.amounts import WHOLE
from gateway_oicp.words import MODE, PLUG, POWER

_DC_PLUGS = frozenset({ConnectorType.CHADEMO, ConnectorType.IEC_62196_T1_COMBO, ConnectorType.IEC_62196_T2_COMBO})
_THREE_PHASE_PLUGS = frozenset(
    {
        ConnectorType.IEC_62196_T2,
        ConnectorType.IEC_62196_T3C,
        ConnectorType.IEC_60309_2_three_16,
        ConnectorType.IEC_60309_2_three_32,
        ConnectorType.IEC_60309_2_three_64,
        ConnectorType.TESLA_S,
    }
)
_MODE_3_PLUGS = frozenset(
    {
        ConnectorType.IEC_62196_T1,
        ConnectorType.IEC_62196_T2,
        ConnectorType.IEC_62196_T3A,
        ConnectorType.IEC_62196_T3C,
    }
)
_DC_MODES = frozenset({ChargingMode.MODE_4, ChargingMode.CHADEMO})
_NORTH_AMERICA = frozenset({"USA", "CAN", "MEX"})
_PHASES = {PowerType.AC_2_PHASE: 2, PowerType.AC_2_PHASE_SPLIT: 2, PowerType.AC_3_PHASE: 3}
_NOMINAL = (Decimal(230), Decimal(240), Decimal(277))
_LINE_TO_LINE = 340
_ROOT_3 = Decimal("1.7320508")
_MOST_KW, _MOST_VOLT, _MOST_AMPERE = 999, 999, 99


def read_connectors(record: wire.EvseFacts) -> tuple[Connector, ...]:
    """Ids are places in the sorted list of plugs, so that they do not depend on the order received."""
    ranked = sorted(range(len(record.plugs)), key=lambda index: (record.plugs[index], index))
    country = record.address.country if record.address else None
    return tuple(
        _read_connector(str(ranked.index(index) + 1), plug, record.charging_facilities, country)
        for index, plug in enumerate(record.plugs)
    )


def _read_connector(
    name: str, plug: str, facilities: Sequence[wire.ChargingFacility], country: str | None
) -> Connector:
    dc = _standard(PLUG.read(plug)) in _DC_PLUGS
    fitting = [facility for facility in facilities if _fits(facility, dc)]
    facility = max(fitting, key=lambda one: one.power or Decimal(), default=None)
    found = _plug(plug, _conditions(facility, country))
    standard = _standard(found)
    shape = ConnectorFormat(found[1]) if len(found) > 1 and found[1] else None
    return _connector(name, plug, standard, shape, facility)


def _standard(found: tuple[str | None, ...]) -> ConnectorType | None:
    return ConnectorType(found[0]) if found and found[0] else None


def _fits(facility: wire.ChargingFacility, dc: bool) -> bool:
    kind = POWER.read(facility.power_type)
    return kind is None or (kind is PowerType.DC) == dc


def _conditions(facility: wire.ChargingFacility | None, country: str | None) -> list[str]:
    """Those of the plug table; the current of a three-phase CEE socket shows only in its facility."""
    found = ["north_america"] if country in _NORTH_AMERICA else []
    if facility is None:
        return found
    ampere, power = facility.amperage or Decimal(), facility.power or Decimal()
    if POWER.read(facility.power_type) is PowerType.AC_1_PHASE and power <= Decimal("3.7"):
        found.append("single_phase_low")
    if ampere >= 48 or power >= 33:
        found.append("48A")
    elif ampere >= 24 or power >= 16:
        found.append("24A")
    return found


def _plug(plug: str, conditions: Sequence[str]) -> tuple[str | None, ...]:
    plain = PLUG.read(plug)
    special = (PLUG.read(plug, when=condition) for condition in conditions)
    return next((found for found in special if found != plain), plain)


def _connector(
    name: str,
    plug: str,
    standard: ConnectorType | None,
    shape: ConnectorFormat | None,
    facility: wire.ChargingFacility | None,
) -> Connector:
    told = POWER.read(facility.power_type) if facility is not None else None
    kind = told or _usual_power_type(standard)
    power = facility.power if facility is not None else None
    voltage = _line_to_neutral(kind, facility.voltage) if facility is not None else None
    ampere = facility.amperage if facility is not None else None
    derived = _derived_ampere(kind, power, voltage) if ampere is None else None
    assumed = {
        "power_type": told is None and kind is not None,
        "max_amperage_a": derived is not None,
    }
    return Connector(
        id=name,
        standard=standard,
        format=shape,
        power_type=kind,
        max_voltage_v=voltage,
        max_amperage_a=ampere if ampere is not None else derived,
        max_power_kw=power,
        wire_standard=plug if standard is None else None,
        assumed=frozenset(field for field, is_assumed in assumed.items() if is_assumed),
    )


def _usual_power_type(standard: ConnectorType | None) -> PowerType | None:
    if standard is None:
        return None
    if standard in _DC_PLUGS:
        return PowerType.DC
    return PowerType.AC_3_PHASE if standard in _THREE_PHASE_PLUGS else PowerType.AC_1_PHASE


def _line_to_neutral(kind: PowerType | None, voltage: Decimal | None) -> Decimal | None:
    """The documents mean line to neutral; 400 or 480 V of alternating current are line to line."""
    if voltage is None or kind is PowerType.DC or voltage < _LINE_TO_LINE:
        return voltage
    return min(_NOMINAL, key=lambda nominal: abs(nominal - voltage / _ROOT_3))


def _derived_ampere(kind: PowerType | None, power: Decimal | None, voltage: Decimal | None) -> Decimal | None:
    if kind is None or power is None or (voltage is None and kind is PowerType.DC) or voltage == 0:
        return None
    volts = (voltage or _NOMINAL[0]) * _PHASES.get(kind, 1)
    return rounded(power * 1000 / volts, WHOLE, ROUND_HALF_UP)


# --- writing -----------------------------------------------------------------------------------------------------


def write_plugs(evse: Evse, country: str | None) -> tuple[str, ...]:
    """A connector that OICP has no name for is left out."""
    when = "north_america" if country in _NORTH_AMERICA else ""
    words = (_plug_word(connector, when) for connector in evse.connectors)
    return tuple(word for word in words if word is not None)


def _plug_word(connector: Connector, when: str) -> str | None:
    if connector.standard is None:
        finer = connector.wire_standard
        return finer if finer is not None and PLUG.knows(finer) else None
    shape = connector.format or _usual_format(connector.standard)
    return PLUG.write(connector.standard, shape, when=when)


def _usual_format(standard: ConnectorType) -> ConnectorFormat:
    return ConnectorFormat.CABLE if standard in _DC_PLUGS else ConnectorFormat.SOCKET


def write_facilities(evse: Evse) -> tuple[wire.ChargingFacility, ...]:
    """One facility for each distinct kind of current and power."""
    groups: dict[tuple[str | None, Decimal | None], list[Connector]] = {}
    for connector in evse.connectors:
        key = POWER.write(connector.power_type), _whole_kw(connector, evse)
        if key[1] is not None or (key[0] is not None and "power_type" not in connector.assumed):
            groups.setdefault(key, []).append(connector)
    return tuple(
        _facility(word, power, members, evse, alone=len(groups) == 1) for (word, power), members in groups.items()
    )


def _facility(
    word: str | None, power: Decimal | None, members: Sequence[Connector], evse: Evse, *, alone: bool
) -> wire.ChargingFacility:
    first = members[0]
    return wire.ChargingFacility(
        power_type=word,
        voltage=_told(first, "max_voltage_v", first.max_voltage_v, _MOST_VOLT),
        amperage=_told(first, "max_amperage_a", first.max_amperage_a, _MOST_AMPERE),
        power=power,
        charging_modes=_modes(evse, members, alone),
    )


def _told(connector: Connector, name: str, value: Decimal | None, most: int) -> Decimal | None:
    """Whole numbers; left out where it was derived, or has more digits than the field."""
    if value is None or name in connector.assumed or value > most:
        return None
    return rounded(value, WHOLE, ROUND_FLOOR)


def _whole_kw(connector: Connector, evse: Evse) -> Decimal | None:
    """Rounded down, so as never to promise more; at least 1, at most 999."""
    power = connector.max_power_kw if connector.max_power_kw is not None else _computed_kw(connector)
    power = power if power is not None else evse.max_power_kw
    if power is None:
        return None
    return min(max(rounded(power, WHOLE, ROUND_FLOOR), Decimal(1)), Decimal(_MOST_KW))


def _computed_kw(connector: Connector) -> Decimal | None:
    kind, volts, ampere = connector.power_type, connector.max_voltage_v, connector.max_amperage_a
    if kind is None or volts is None or ampere is None or "max_amperage_a" in connector.assumed:
        return None
    return volts * ampere * _PHASES.get(kind, 1) / 1000


def _modes(evse: Evse, members: Sequence[Connector], alone: bool) -> tuple[str, ...]:
    """What the EVSE is told to have, on the facility of that current; else what the plugs say."""
    dc = members[0].power_type is PowerType.DC
    told = [mode for mode in evse.charging_modes if alone or (mode in _DC_MODES) == dc]
    modes = told if evse.charging_modes else _usual_modes(members, dc)
    return tuple(word for word in map(MODE.write, modes) if word is not None)


def _usual_modes(members: Sequence[Connector], dc: bool) -> list[ChargingMode]:
    standards = {connector.standard for connector in members}
    if not dc:
        return [ChargingMode.MODE_3] if standards & _MODE_3_PLUGS else []
    chademo = [ChargingMode.CHADEMO] if ConnectorType.CHADEMO in standards else []
    return [ChargingMode.MODE_4, *chademo]


def read_modes(record: wire.EvseFacts) -> tuple[ChargingMode, ...]:
    words = (word for facility in record.charging_facilities for word in facility.charging_modes)
    return tuple(dict.fromkeys(mode for mode in map(MODE.read, words) if mode is not None))
