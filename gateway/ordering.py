"""In which order hubs are asked about a card: by what is known of its issuer, by what was learned, as configured."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.messages import AuthorizeToken
from gateway.ports import Connection

ISSUERS = "issuers"
"""The connection's option: beginnings of the contract ids whose issuers are reached there, `["DE8EO", "NL-"]`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A hub's place in the order, and why."""

    connection: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """How often each connection has known this card, and cards of its issuer."""

    card: Mapping[str, int] = field(default_factory=dict)
    issuer: Mapping[str, int] = field(default_factory=dict)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9+]", "", text.upper())


def issuer_of(message: AuthorizeToken) -> str | None:
    """The issuer's id, compact (`DE8EO`): of the contract, or as the message or the token names it."""
    token = message.token
    contract = token.contract_id.party if token is not None and token.contract_id is not None else None
    party = contract or message.provider or (token.provider if token is not None else None)
    return party.compact if party is not None and party.well_formed else None


def _names(message: AuthorizeToken) -> Sequence[str]:
    """What a configured beginning is compared with."""
    token = message.token
    contract = token.contract_id.compact if token is not None and token.contract_id is not None else None
    return [_plain(name) for name in (contract, issuer_of(message)) if name]


def _matched(connection: Connection, names: Sequence[str]) -> str:
    """The longest configured beginning that fits; empty: none does."""
    wanted = (_plain(str(issuer)) for issuer in connection.options.get(ISSUERS, ()))
    fitting = [issuer for issuer in wanted if issuer and any(name.startswith(issuer) for name in names)]
    return max(fitting, key=len, default="")


def ordered(candidates: Sequence[Connection], message: AuthorizeToken, learned: Learned) -> Sequence[Place]:
    """Known issuer first (the longest beginning), then learned success (the card's before its issuer's), then as given.

    Every candidate is there once.
    """
    names = _names(message)

    def rank(one: tuple[int, Connection]) -> tuple[int, int, int, int]:
        position, connection = one
        known, card = len(_matched(connection, names)), learned.card.get(connection.name, 0)
        return -known, -card, -learned.issuer.get(connection.name, 0), position

    places = sorted(enumerate(candidates), key=rank)
    return [Place(connection.name, _why(connection, names, learned)) for _, connection in places]


def _why(connection: Connection, names: Sequence[str], learned: Learned) -> str:
    matched = _matched(connection, names)
    if matched:
        return f"issuer {matched} is configured for it"
    if connection.name in learned.card:
        return f"it has known this card before ({learned.card[connection.name]}×)"
    if connection.name in learned.issuer:
        return f"it has known cards of this issuer before ({learned.issuer[connection.name]}×)"
    return "configured order"


def unfit(
    connection: Connection, tenant: str, evse: EvseId | None, *, evse_known: bool | None, barred: str | None = None
) -> str | None:
    """Why a hub is not asked about a card at this EVSE; None: it is.

    What holds publishing back holds no driver up: an EVSE that the hub does not know is asked for all the same
    (guest charging), unless the connection has that switched off. `barred` tells why the hub could never settle it.
    """
    if connection.role is not Role.CPO or connection.tenant != tenant:
        return "not a CPO's connection of this tenant"
    if evse is not None and not connection.carries(evse.party):
        return f"{evse.party} is not one of its operators"
    if barred is not None:
        return barred
    if evse_known is False and not connection.guest_charging:
        return "the hub has no record of the EVSE, and guest charging is switched off"
    return None
