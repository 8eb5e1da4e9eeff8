"""The messages that scripted partners of the simulated hub write, as documents."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.simulation import Partner
from gateway.wire import document
from gateway.wire.scalars import local
from gateway_oicp import wire
from gateway_oicp.rules import CARD_LENGTH
from gateway_oicp.words import Code

_AUTHORISATIONS = ("AuthorizeStart", "AuthorizeStop")
_STOPS = {
    "AuthorizeRemoteStart": "AuthorizeRemoteStop",
    "AuthorizeRemoteReservationStart": "AuthorizeRemoteReservationStop",
    "AuthorizeStart": "AuthorizeStop",
}


def identification(token: str) -> dict[str, Any]:
    """A card number as a card, anything else as a contract."""
    if CARD_LENGTH.broken(token) is None:
        card = wire.RfidMifareFamilyIdentification(uid=token)
        return dict(document(wire.Identification(rfid_mifare_family_identification=card)))
    remote = wire.RemoteIdentification(evco_id=token)
    return dict(document(wire.Identification(remote_identification=remote)))


def asking(partner: Partner, operation: str, evse: str, token: str) -> dict[str, Any]:
    """What a partner asks: who it is, at which EVSE, for whom."""
    named = "OperatorID" if partner.role == "CPO" else "ProviderID"
    asked: dict[str, Any] = {named: str(partner.id)}
    if operation == "ChargeDetailRecord":
        asked = {}
    if evse:
        asked["EvseID"] = evse
    if token:
        asked["Identification"] = identification(token)
    return asked


def card(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The medium, where the message names one."""
    return {"Identification": asked["Identification"]} if asked.get("Identification") else {}


def stopping(operation: str) -> tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """(operation, how its message is made) of what ends what `operation` began. Raises KeyError."""
    stop = _STOPS[operation]
    dropped = () if stop == "AuthorizeStop" else ("Identification",)
    kept = ("SessionID", "OperatorID", "ProviderID", "EvseID", "Identification")
    return stop, lambda known: {name: known[name] for name in kept if name in known and name not in dropped}


def finished(known: Mapping[str, Any], now: Callable[[], datetime]) -> Callable[[], dict[str, Any]]:
    """How a charge detail record is made of a session of a minute that ends at the time of the call."""

    def made() -> dict[str, Any]:
        end = now() - timedelta(seconds=1)
        begin = end - timedelta(minutes=1)
        shown = known.get("Identification") or identification("DE-8EO-CA2B3C4D5-6")
        return {
            "SessionID": known["SessionID"],
            "EvseID": known["EvseID"],
            "Identification": shown,
            "SessionStart": local(begin),
            "SessionEnd": local(end),
            "ChargingStart": local(begin),
            "ChargingEnd": local(end),
            "ConsumedEnergy": Decimal("0.5"),
        }

    return made


def verdict(operation: str, party: str, code: str, text: str | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A partner's answer: an authorisation where one was asked for, else an acknowledgement."""
    status = {"Code": code, "Description": None, "AdditionalInfo": text}
    good = code == Code.SUCCESS
    if operation in _AUTHORISATIONS:
        word = wire.AuthorizationStart.AUTHORIZED if good else wire.AuthorizationStart.NOT_AUTHORIZED
        return {"AuthorizationStatus": word, "StatusCode": status, "ProviderID": party if good else None}
    return {"Result": good, "StatusCode": status, "SessionID": asked.get("SessionID")}
