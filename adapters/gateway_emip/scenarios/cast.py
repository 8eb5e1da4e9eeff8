"""Who plays in the scenarios, what the simulated IOP knows of them, and the values that the steps are made of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import Allowed
from gateway.model.session import Session, SessionIds
from gateway.model.token import Token, TokenType
from gateway.scenario import Cast, Stage, Unmet
from gateway.simulation import Card
from gateway_emip.simulator.settings import PLACES

_CONTRACT = ContractId.parse("FR-MSP-C0000A101-X")
CAST = Cast(
    operator=PartyId.parse("NL*LON"),
    provider=PartyId.parse("FR*MSP"),
    offline=PartyId.parse("BE*OFF"),
    evse=EvseId.parse("NL*LON*E0001*1"),
    second=EvseId.parse("DE*LON*E0002*1"),
    card=Token(uid="04A2B3C4D5E680", type=TokenType.RFID),
    contract=Token(uid=str(_CONTRACT), type=TokenType.APP_USER, contract_id=_CONTRACT),
    other=Token(uid="04DEADBEEF0001", type=TokenType.RFID),
    stranger=Token(uid="04FFFFFFFFFF01", type=TokenType.RFID),
    uploaded=Token(uid="04C0FFEE000001", type=TokenType.RFID),
    additional=PartyId.parse("DE*LON"),
)
"""`other` is a blocked card of a provider that IOP plays, `uploaded` one of a provider without a contract."""
_PLAYED = PartyId.parse("FR*XYZ")
POOL, STATION, CONNECTOR = "P0001", "S0001", "X0001*1"


def place_id(operator: PartyId, place: str) -> str:
    return f"{operator.country}*{operator.party}*{place}"


WORLD = {
    "evses": (CAST.evse, CAST.second),
    "cards": (
        Card(CAST.card.uid or "", str(_CONTRACT), CAST.provider),
        Card(CAST.other.uid or "", "FR-XYZ-C0000A102-X", _PLAYED, Allowed.BLOCKED.value),
        Card(CAST.uploaded.uid or "", "", CAST.offline),
    ),
    "contracts": tuple(
        (operator, provider)
        for operator in (CAST.operator, PartyId.parse("DE*LON"))
        for provider in (CAST.provider, _PLAYED)
    ),
    "settings": {PLACES: tuple(place_id(CAST.operator, one) for one in (POOL, STATION, CONNECTOR))},
}
SESSION = "session"


def known(stage: Stage) -> SessionIds:
    """The session of this scenario. Raises KeyError where none was opened."""
    ids: SessionIds = stage.kept[SESSION]
    return ids


def report(evse: EvseId, status: EvseStatus) -> m.PublishStatuses:
    return m.PublishStatuses(statuses=(m.EvseStatusReport(evse=evse, status=status),))


def running(stage: Stage, name: str) -> Session:
    return Session(ids=known(stage), evse=getattr(stage.cast, name))


def record(stage: Stage, name: str, nature: CdrNature, **more: Any) -> Cdr:
    """Ten minutes of charging that ended a minute ago; an intermediate one ends when it is read."""
    end = stage.now().replace(microsecond=0) - timedelta(minutes=1)
    given: dict[str, Any] = {
        "session": known(stage),
        "nature": nature,
        "evse": getattr(stage.cast, name),
        "token": stage.cast.card,
        "start": end - timedelta(minutes=10),
        "end": end,
        "duration": timedelta(minutes=10),
        "energy_kwh": Decimal("1.5"),
        "energy_known": True,
        **more,
    }
    return Cdr(**given)


def demand(fact: bool, text: str) -> None:
    """Raises Unmet."""
    if not fact:
        raise Unmet(text)
