"""Statements on what was said when a session began, or when it was refused to begin."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from gateway.canonical import from_json, to_json
from gateway.model import messages as m
from gateway.model.session import SessionFacts
from gateway.model.token import Token
from gateway.store.database import Transaction, stamp
from gateway.store.tables import refused_requests, sessions

_MOST_NAMES = 100
"""Of actions and events of one session that are kept."""
_c = refused_requests.c


def merged_facts(one: SessionFacts, other: SessionFacts) -> SessionFacts:
    """What either says; where they differ, the second, which is later."""
    asked = other.intermediate_cdr_requested
    return SessionFacts(
        service_id=other.service_id or one.service_id,
        contract_alias=other.contract_alias or one.contract_alias,
        intermediate_cdr_requested=one.intermediate_cdr_requested if asked is None else asked,
        limits=other.limits or one.limits,
        booking_id=other.booking_id or one.booking_id,
        emsp_booking_id=other.emsp_booking_id or one.emsp_booking_id,
        actions=tuple(dict.fromkeys((*one.actions, *other.actions)))[-_MOST_NAMES:],
        events=tuple(dict.fromkeys((*one.events, *other.events)))[-_MOST_NAMES:],
        ended_at=other.ended_at or one.ended_at,
    )


def noted(transaction: Transaction, session: str, known: SessionFacts, more: SessionFacts, now: datetime) -> None:
    """More of what is said of the session with this row id."""
    facts = merged_facts(known, more)
    if facts != known:
        values = {"facts": json.dumps(to_json(facts)), "changed_at": stamp(now)}
        transaction.execute(update(sessions).where(sessions.c.id == session).values(**values))


def token_of(token: Token | None, began_with: Token | None, facts: SessionFacts, *, as_begun: bool) -> Token | None:
    """The user of a CDR, with the alias of the contract that came with the authorisation (eMIP).

    `as_begun`: the hub wants the user of the start, whatever the CDR says.
    """
    token = (began_with or token) if as_begun else (token or began_with)
    if token is None or token.contract_alias or facts.contract_alias is None:
        return token
    return replace(token, contract_alias=facts.contract_alias)


# --- requests that were refused, and may be granted later --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """What was asked, under the hub's name for the session that it would have been; granted later if in time."""

    message: m.AuthorizeToken
    open_until: datetime


def refused(
    transaction: Transaction, connection: str, hub_id: str, request: RefusedRequest, kept_until: datetime, now: datetime
) -> None:
    """Keeps a refused request, in the place of an older one of the same name; those past their time are dropped."""
    gone = delete(refused_requests).where((_c.kept_until <= stamp(now)) | _is(connection, hub_id))
    transaction.execute(gone)
    message = json.dumps(to_json(replace(request.message, extensions={})))
    values = {"connection": connection, "hub_id": hub_id, "message": message}
    times = {"open_until": stamp(request.open_until), "kept_until": stamp(kept_until)}
    transaction.execute(insert(refused_requests).values(**values, **times))


def find_refused(transaction: Transaction, connection: str, hub_id: str) -> RefusedRequest | None:
    row = transaction.execute(select(refused_requests).where(_is(connection, hub_id))).one_or_none()
    if row is None:
        return None
    return RefusedRequest(from_json(m.AuthorizeToken, json.loads(row.message)), datetime.fromisoformat(row.open_until))


def forget_refused(transaction: Transaction, connection: str, hub_id: str) -> None:
    transaction.execute(delete(refused_requests).where(_is(connection, hub_id)))


def _is(connection: str, hub_id: str) -> ColumnElement[bool]:
    return (_c.connection == connection) & (_c.hub_id == hub_id)
