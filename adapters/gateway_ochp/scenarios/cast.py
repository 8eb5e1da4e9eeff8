"""Who plays in the scenarios, and the values that its steps are made of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.model import kinds as k
from gateway.model.cdr import Cdr
from gateway.model.common import LocalText, Price
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Address, Connector, Coordinates, Evse, Location, OpeningTimes
from gateway.model.tariff import PriceComponent, Tariff, TariffDimension, TariffElement
from gateway.model.token import Token, TokenType
from gateway.scenario import Cast, Stage, Unmet
from gateway_ochp.translate.locations import LOCATION_KEY

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
    partner_evse=EvseId.parse("DE*TST*E1001"),
)
STRANGE_CONTRACT = ContractId.parse("FR-ZZZ-C00000001")
LOCATION_LENGTH = 15
PARKING = "P0001"
TARIFF = "T0001"


def card(stage: Stage, name: str = "card") -> Token:
    """A card with the contract of the cast: the clearing house knows none without."""
    token: Token = getattr(stage.cast, name)
    return Token(uid=token.uid, type=token.type, contract_id=token.contract_id or stage.cast.contract.contract_id)


def place(evse: EvseId, name: str = "Scenario", **more: Any) -> Location:
    """A location with one EVSE of which everything is told that OCHP demands."""
    connector = Connector(
        id="1",
        standard=k.ConnectorType.IEC_62196_T2,
        format=k.ConnectorFormat.SOCKET,
        power_type=k.PowerType.AC_3_PHASE,
        max_voltage_v=Decimal(230),
        max_power_kw=Decimal(22),
    )
    methods = (k.AuthenticationMethod.RFID_MIFARE_CLASSIC, k.AuthenticationMethod.REMOTE)
    return Location(
        names=(LocalText(name, "en"),),
        address=Address(street="Keizersgracht", house_number="1", city="Amsterdam", postal_code="1015", country="NLD"),
        coordinates=Coordinates(latitude=Decimal("52.370216"), longitude=Decimal("4.895168")),
        time_zone="Europe/Amsterdam",
        opening_times=OpeningTimes(twentyfourseven=True),
        external_ids={LOCATION_KEY: evse.compact[:LOCATION_LENGTH]},
        evses=(Evse(evse_id=evse, connectors=(connector,), authentication_methods=methods, **more),),
    )


def record(stage: Stage, **more: Any) -> Cdr:
    """A session of ten minutes that ended a minute ago, under an id that no run had before."""
    end = stage.now().replace(microsecond=0) - timedelta(minutes=1)
    number = int(stage.now().timestamp() * 1_000_000)
    given: dict[str, Any] = {
        "id": f"{stage.cast.operator.compact}SC{number:X}",
        "evse": stage.cast.evse,
        "token": card(stage),
        "start": end - timedelta(minutes=10),
        "end": end,
        "place": place(stage.cast.evse),
        "energy_kwh": Decimal("12.25"),
        "currency": "EUR",
        "rated": True,
        "total_cost": Price(excl_vat=Decimal(0)),
        **more,
    }
    return Cdr(**given)


def tariff(stage: Stage, price: str, provider: PartyId | None = None) -> Tariff:
    component = PriceComponent(type=TariffDimension.ENERGY, price=Decimal(price))
    operator = stage.cast.operator
    return Tariff(
        id=f"{operator.country}*{operator.party}*{TARIFF}",
        currency="EUR",
        operator=operator,
        provider=provider,
        elements=(TariffElement(price_components=(component,)),),
    )


def demand(fact: bool, text: str) -> None:
    """Raises Unmet."""
    if not fact:
        raise Unmet(text)
