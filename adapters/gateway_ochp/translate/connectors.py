"""Plugs and power (crosswalk 2.4): OCHP rates the EVSE as a whole and tells AC from DC only."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from gateway.model.kinds import ConnectorType, PowerType
from gateway.model.location import Connector, Evse
from gateway.wire.shared import same_again
from gateway_ochp import rules, wire
from gateway_ochp.fitting import fits
from gateway_ochp.translate.tariff_ids import write_tariff_id
from gateway_ochp.words import CURRENT, FORMAT, STANDARD

DIRECT_CURRENT = frozenset(
    {
        ConnectorType.CHADEMO,
        ConnectorType.CHAOJI,
        ConnectorType.GBT_DC,
        ConnectorType.IEC_62196_T1_COMBO,
        ConnectorType.IEC_62196_T2_COMBO,
        ConnectorType.MCS,
    }
)
SINGLE_PHASE = frozenset(kind for kind in ConnectorType if kind.name.startswith(("DOMESTIC", "NEMA"))) | {
    ConnectorType.IEC_62196_T1,
    ConnectorType.IEC_60309_2_single_16,
}
THREE_PHASE = frozenset(kind for kind in ConnectorType if kind.name.startswith("IEC_60309_2_three"))
SINGLE_PHASE_KW = Decimal("7.4")
"""32 A at 230 V."""
LINE_TO_LINE_V = 340
LINE_TO_NEUTRAL_V = (Decimal(230), Decimal(240), Decimal(277))
SQUARE_ROOT_OF_3 = Decimal("1.7320508")
WHEN_SINGLE_PHASE = "single_phase"


def read_connectors(info: wire.ChargePointInfo) -> tuple[Connector, ...]:
    is_shared = all(part is None or part.shared for part in (*info.connectors, info.ratings))
    return (_read_shared if is_shared else _read)(info.connectors, info.charge_point_type, info.ratings)


def _read(
    plugs: tuple[wire.Connector, ...], current: str | None, ratings: wire.Ratings | None
) -> tuple[Connector, ...]:
    standards = [STANDARD.read(plug.connector_standard) for plug in plugs]
    return tuple(read_connector(plug, current, ratings, standards) for plug in plugs)


_read_shared = same_again(_read)


def read_connector(
    plug: wire.Connector, current: str | None, ratings: wire.Ratings | None, standards: Iterable[ConnectorType | None]
) -> Connector:
    standard = STANDARD.read(plug.connector_standard)
    beside = list(standards)
    power_type = _power_type(standard, current, ratings, beside)
    voltage = _voltage(power_type, ratings)
    return Connector(
        standard=standard,
        format=FORMAT.read(plug.connector_format),
        power_type=power_type,
        max_voltage_v=voltage,
        max_power_kw=ratings.maximum_power if ratings is not None else None,
        tariff_ids=(plug.tariff_id,) if plug.tariff_id else (),
        wire_standard=plug.connector_standard if standard is None else None,
        assumed=_assumed(power_type, voltage, ratings, len(beside)),
    )


def _power_type(
    standard: ConnectorType | None,
    current: str | None,
    ratings: wire.Ratings | None,
    beside: list[ConnectorType | None],
) -> PowerType | None:
    """Crosswalk, "Power type: OCHP to OCPI": an EVSE with plugs of both kinds is judged by the plug."""
    if standard in DIRECT_CURRENT:
        return PowerType.DC
    single = _is_single_phase(standard, ratings)
    told = CURRENT.read(current, when=WHEN_SINGLE_PHASE if single else "")
    if told is PowerType.DC and any(plug in DIRECT_CURRENT for plug in beside):
        return PowerType.AC_1_PHASE if single else PowerType.AC_3_PHASE
    return told


def _is_single_phase(standard: ConnectorType | None, ratings: wire.Ratings | None) -> bool:
    if standard in SINGLE_PHASE or standard in THREE_PHASE:
        return standard in SINGLE_PHASE
    if ratings is None or ratings.maximum_power is None or (ratings.nominal_voltage or 0) >= 380:
        return False
    return ratings.maximum_power <= SINGLE_PHASE_KW


def _voltage(power_type: PowerType | None, ratings: wire.Ratings | None) -> Decimal | None:
    """Line to neutral, as OCPI counts: 400 V of three phases are 230 V."""
    if ratings is None or ratings.nominal_voltage is None:
        return None
    nominal = Decimal(ratings.nominal_voltage)
    if power_type is PowerType.DC or nominal < LINE_TO_LINE_V:
        return nominal
    return min(LINE_TO_NEUTRAL_V, key=lambda volts: abs(volts - nominal / SQUARE_ROOT_OF_3))


def _assumed(
    power_type: PowerType | None, voltage: Decimal | None, ratings: wire.Ratings | None, plugs: int
) -> frozenset[str]:
    derived = {
        "power_type": ratings is None and power_type is PowerType.AC_3_PHASE,
        "max_voltage_v": ratings is not None and voltage is not None and voltage != ratings.nominal_voltage,
        "max_power_kw": ratings is not None and ratings.maximum_power is not None and plugs > 1,
    }
    return frozenset(name for name, is_derived in derived.items() if is_derived)


@same_again
def write_connectors(connectors: tuple[Connector, ...], operator: str) -> tuple[wire.Connector, ...]:
    """A plug that OCHP has no name for is left out, never called something else. `operator` has the EVSE (`DE823`)."""
    return tuple(write_connector(connector, operator) for connector in connectors if STANDARD.write(connector.standard))


def write_connector(connector: Connector, operator: str) -> wire.Connector:
    return wire.Connector(
        connector_standard=STANDARD.write(connector.standard),
        connector_format=FORMAT.write(connector.format),
        tariff_id=_write_tariff(connector.tariff_ids, operator),
    ).put(shared=True)


def _write_tariff(names: Sequence[str], operator: str) -> str | None:
    """OCHP has room for one: the first that is an id of OCHP's own, else the first, as its tariff is written."""
    own = next((name for name in names if fits(rules.TARIFF_ID, name)), None)
    return own or write_tariff_id(next(iter(names), None), operator)


@same_again
def write_current(connectors: tuple[Connector, ...]) -> str | None:
    """DC if any plug gives DC (crosswalk 2.4)."""
    kinds = [connector.power_type for connector in connectors if connector.power_type is not None]
    return CURRENT.write(PowerType.DC if PowerType.DC in kinds else next(iter(kinds), None))


def write_ratings(evse: Evse) -> wire.Ratings | None:
    """The EVSE's own ratings, else the highest of its plugs."""
    power = evse.max_power_kw if evse.max_power_kw is not None else _highest(c.max_power_kw for c in evse.connectors)
    volts = evse.nominal_voltage_v or _highest(c.max_voltage_v for c in evse.connectors)
    if power is None:
        return None
    return wire.Ratings(
        maximum_power=power,
        guaranteed_power=evse.guaranteed_power_kw,
        nominal_voltage=int(volts) if volts is not None and 1 <= volts <= 1000 else None,
    )


def _highest(values: Iterable[Decimal | None]) -> Decimal | None:
    return max((value for value in values if value is not None), default=None)
