"""Values that the tests of OICP share."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from gateway.http import HttpResponse
from gateway.model.cdr import Cdr
from gateway.model.common import LocalText, Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import AuthenticationMethod, ConnectorFormat, ConnectorType, PowerType
from gateway.model.location import Address, Connector, Coordinates, Evse, Location, OpeningTimes
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.wire.json import json_text

WINTER = timezone(timedelta(hours=1))
SESSION = "f98efba4-02d8-4fa0-b810-9a9d50d2c527"
EVSE = EvseId.parse("NL*LON*E1111*11")
SECOND = EvseId.parse("DE*LON*E2222*1")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID)
CONTRACT = ContractId.parse("DE-8EO-CA2B3C4D5-6")
APP = Token(uid="DE-8EO-CA2B3C4D5-6", type=TokenType.APP_USER, contract_id=CONTRACT)

CPO = Connection(
    name="hubject",
    hub="hubject",
    protocol="oicp",
    role=Role.CPO,
    party=PartyId.parse("NL*LON"),
    operators=(
        Operator(id=PartyId.parse("NL*LON"), name="London Charging", hotline="+31201234567"),
        Operator(id=PartyId.parse("DE*LON"), name="London Charging DE"),
    ),
)
EMP = replace(CPO, name="hubject-emp", role=Role.EMSP, party=PartyId.parse("DE-8EO"), operators=())


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 15, hour, minute, tzinfo=WINTER)


def json_reply(document: Any, status: int = 200, **headers: str) -> HttpResponse:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json_text(document).encode()
    return HttpResponse(status=status, headers={"content-type": "application/json", **names}, body=body)


def ack(code: str = "000", text: str | None = None, **more: Any) -> dict[str, Any]:
    status = {"Code": code, "Description": None, "AdditionalInfo": text}
    return {"Result": code == "000", "StatusCode": status, **more}


def place(evse: EvseId = EVSE, **more: Any) -> Location:
    charger = Evse(
        evse_id=evse,
        authentication_methods=(AuthenticationMethod.RFID, AuthenticationMethod.REMOTE),
        connectors=(
            Connector(
                id="1",
                standard=ConnectorType.IEC_62196_T2,
                format=ConnectorFormat.SOCKET,
                power_type=PowerType.AC_3_PHASE,
                max_voltage_v=Decimal(230),
                max_amperage_a=Decimal(32),
                max_power_kw=Decimal("22.08"),
            ),
        ),
    )
    given: dict[str, Any] = {
        "names": (LocalText("Keizersgracht", "nl"),),
        "address": Address(street="Keizersgracht", city="Amsterdam", postal_code="1015", country="NLD"),
        "coordinates": Coordinates(latitude=Decimal("52.3702160"), longitude=Decimal("4.895168")),
        "hotline": "+31 20 123 45 67",
        "opening_times": OpeningTimes(twentyfourseven=True),
        "evses": (charger,),
        **more,
    }
    return Location(**given)


def record(**more: Any) -> Cdr:
    given: dict[str, Any] = {
        "session": SessionIds(hub=SESSION, cpo="CPO-1"),
        "evse": EVSE,
        "token": CARD,
        "start": at(10),
        "end": at(11),
        "charging_start": at(10, 5),
        "charging_end": at(10, 55),
        "meter_start_kwh": Decimal("100.25"),
        "meter_end_kwh": Decimal("112.5"),
        "energy_kwh": Decimal("12.25"),
        **more,
    }
    return Cdr(**given)
