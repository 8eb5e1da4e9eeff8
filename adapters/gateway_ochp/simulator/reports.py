"""What the test operator writes of a session: InformProvider messages and the CDR."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from gateway.exact import product
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import TEST_OPERATOR
from gateway_ochp.simulator.charging import Charging

PRICE, CURRENCY = Decimal("0.39"), "EUR"
"""Net, per kWh."""
METER = Decimal(1_250_000)
"""What the meter of every EVSE showed before, in Wh."""
_ADDRESS = wire.Address(house_number="1", address="Teststrasse", city="Musterstadt", zip_code="12345", country="DEU")


def result(code: str = wire.OK, text: str = "") -> wire.DirectResult:
    return wire.DirectResult(result_code=code, result_description=text)


def cost(energy: Decimal) -> Decimal:
    return product(energy, PRICE).quantize(Decimal("0.01"), ROUND_HALF_UP)


def report(kind: str, session: Charging, now: datetime) -> wire.InformProviderMessage:
    energy, limits = session.energy(now), session.limits
    at = min(session.ended or now, now)
    return wire.InformProviderMessage(
        result=result(),
        message=kind,
        evse_id=session.evse.id,
        contract_id=session.contract_id,
        direct_id=session.direct_id,
        ttl=session.ttl,
        **{name: getattr(limits, name) for name in session.applied()},
        current_power=session.current_power(now),
        charged_energy=energy,
        meter_reading=wire.MeterReading(meter_value=METER + energy * 1000, meter_time=_local(at)),
        charging_periods=(_period(session, now),) if session.started is not None else (),
        current_cost=cost(energy),
        currency=CURRENCY,
    )


def _period(session: Charging, now: datetime) -> wire.CdrPeriod:
    energy = session.energy(now)
    return wire.CdrPeriod(
        start_date_time=_local(session.started or session.begun),
        end_date_time=_local(session.ended or now),
        billing_item="energy",
        billing_value=energy,
        item_price=PRICE,
        period_cost=cost(energy),
    )


def bill(session: Charging, now: datetime, status: str = "new") -> wire.CdrInfo:
    """From the selection to the end (inventory a.8); the token is the session itself."""
    number = session.direct_id.replace("-", "")
    end = session.ended or now
    return wire.CdrInfo(
        cdr_id=(TEST_OPERATOR.compact + number)[:36],
        evse_id=session.evse.id,
        emt_id=wire.EmtId(instance=session.direct_id, token_type="remote", representation=wire.PLAIN),
        contract_id=session.contract_id,
        status=status,
        start_date_time=_local(session.begun),
        end_date_time=_local(end),
        duration=end.replace(microsecond=0) - session.begun.replace(microsecond=0),
        charge_point_address=_ADDRESS,
        charge_point_type="AC" if session.evse.phases else "DC",
        connector_type=wire.Connector(connector_standard=session.evse.standard, connector_format="Socket"),
        charging_periods=(_period(session, now),),
        total_cost=cost(session.energy(now)),
        currency=CURRENCY,
    )


def _local(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
