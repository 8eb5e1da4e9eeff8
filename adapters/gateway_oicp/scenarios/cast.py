"""Who plays in the scenarios, and the values that its steps are made of."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.model import kinds as k
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import LocalText
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Address, Connector, Coordinates, EnergyMix, Evse, Location, OpeningTimes
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.model.token import Pin, Token, TokenType
from gateway.scenario import Cast, Stage, Unmet

_CONTRACT = ContractId.parse("DE-8EO-CA2B3C4D5-6")
CAST = Cast(
    operator=PartyId.parse("NL*LON"),
    provider=PartyId.parse("DE-8EO"),
    offline=PartyId.parse("NL-GWE"),
    evse=EvseId.parse("NL*LON*E0001*1"),
    second=EvseId.parse("NL*LON*E0002*1"),
    card=Token(uid="04A2B3C4D5E680", type=TokenType.RFID),
    contract=Token(uid=str(_CONTRACT), type=TokenType.APP_USER, contract_id=_CONTRACT),
    other=Token(uid="04B1C2D3E4F590", type=TokenType.RFID),
    stranger=Token(uid="04FFFFFFFFFF01", type=TokenType.RFID),
    uploaded=Token(uid="04C0FFEE000001", type=TokenType.RFID),
)
_CONNECTOR = Connector(
    id="1",
    standard=k.ConnectorType.IEC_62196_T2,
    format=k.ConnectorFormat.SOCKET,
    power_type=k.PowerType.AC_3_PHASE,
    max_voltage_v=Decimal(230),
    max_amperage_a=Decimal(32),
    max_power_kw=Decimal(22),
)
PRODUCT = "AC3"
SESSION = "session"


def qr_code(token: Token) -> Token:
    return Token(uid=token.uid, type=TokenType.APP_USER, contract_id=token.contract_id, pin=Pin(clear="1234"))


def car(token: Token) -> Token:
    return Token(uid=token.uid, type=TokenType.EMAID, contract_id=token.contract_id)


def place(evse: EvseId, name: str = "Scenario") -> Location:
    """A location with one EVSE of which everything is told that Hubject asks for."""
    charger = Evse(
        evse_id=evse,
        connectors=(_CONNECTOR,),
        authentication_methods=(k.AuthenticationMethod.RFID_MIFARE_CLASSIC, k.AuthenticationMethod.REMOTE),
        payment_options=(k.PaymentOption.CONTRACT,),
        value_added_services=(k.ValueAddedService.RESERVATION,),
        access=k.Access.FREE,
        calibration_law=k.CalibrationLaw.NOT_AVAILABLE,
        hub_compatible=True,
        dynamic_info=k.DynamicInfo.TRUE,
    )
    return Location(
        names=(LocalText(name, "en"),),
        address=Address(street="Keizersgracht", house_number="1", city="Amsterdam", postal_code="1015", country="NLD"),
        coordinates=Coordinates(latitude=Decimal("52.370216"), longitude=Decimal("4.895168")),
        hotline="+31201234567",
        time_zone="Europe/Amsterdam",
        opening_times=OpeningTimes(twentyfourseven=True),
        energy_mix=EnergyMix(is_green_energy=True),
        evses=(charger,),
    )


def record(stage: Stage, token: Token, *, energy: str = "12.250", **more: Any) -> Cdr:
    """A session of ten minutes that has ended a minute ago; `session` is that of an earlier step."""
    kwh, end = Decimal(energy), stage.now().replace(microsecond=0) - timedelta(minutes=1)
    begin = end - timedelta(minutes=10)
    given: dict[str, Any] = {
        "session": stage.kept[SESSION],
        "evse": stage.cast.evse,
        "token": token,
        "start": begin,
        "end": end,
        "charging_start": begin,
        "charging_end": end,
        "meter_start_kwh": Decimal("100.000"),
        "meter_end_kwh": Decimal("100.000") + kwh,
        "energy_kwh": kwh,
        "product_id": PRODUCT,
        **more,
    }
    return Cdr(**given)


def event(stage: Stage, kind: SessionEventKind, **more: Any) -> m.ReportEvent:
    """One event of the session of an earlier step; it began when that step was played."""
    began: datetime = stage.kept["began"]
    now = stage.now().replace(microsecond=0)
    session = Session(
        ids=stage.kept[SESSION],
        evse=stage.cast.evse,
        token=stage.cast.card,
        start=began,
        charging_start=began,
        charging_end=now if kind is SessionEventKind.END else None,
        duration=now - began,
        energy_kwh=Decimal("1.250"),
        product_id=PRODUCT,
    )
    return m.ReportEvent(event=SessionEvent(kind=kind, at=now, **more), session=session)


def started(stage: Stage, ids: SessionIds) -> None:
    """Keeps the session for the steps that follow. Raises Unmet where the hub gave it no id."""
    if ids.hub is None:
        raise Unmet("the hub gave the session no id")
    stage.kept[SESSION], stage.kept["began"] = ids, stage.now().replace(microsecond=0)


def demand(fact: bool, text: str) -> None:
    """Raises Unmet."""
    if not fact:
        raise Unmet(text)
