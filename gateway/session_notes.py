"""What is noted of sessions beside their names: what was said at their start, and requests that were refused.

A hub may grant a refused request later (eMIP: an asynchronous authorisation). Where its profile has the option
`late_grant_seconds`, refused requests are kept for an hour, and may be granted for so many seconds; 0, the default
there: never, and a grant that comes all the same is known as one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.session import AuthMethod, SessionEvent, SessionEventKind, SessionFacts, SessionIds
from gateway.naming import operator_named
from gateway.pins import without_pin
from gateway.ports import Asked, Connection
from gateway.store import Database, session_facts, sessions
from gateway.store.database import Transaction
from gateway.store.session_facts import RefusedRequest
from gateway.store.sessions import KnownSession

_KEPT = timedelta(hours=1)
_log = logger(__name__)
Late = Callable[[Connection], float | None]
"""How long a refused request may be granted; None: the hub has no such thing."""


class SessionNotes:
    def __init__(self, database: Database, now: Callable[[], datetime], late: Late = lambda _: None) -> None:
        self._database, self._now, self._late = database, now, late

    async def remember(self, connection: Connection, message: m.Message[Any], answer: Any, *, alone: bool) -> None:
        """Notes what an exchange tells of a session. `alone`: the driver was asked for at this hub only."""
        if isinstance(message, m.AuthorizeToken) and isinstance(answer, m.Authorization):
            if connection.role is Role.CPO and answer.allowed is not m.Allowed.ALLOWED:
                await self._refused(connection, message, answer, alone=alone)
            return
        more = _told(message, answer, self._now())
        if more == SessionFacts():
            return

        def note(transaction: Transaction) -> None:
            known = sessions.find(transaction, connection.name, _ids(message), operator_named(message))
            if known is not None:
                session_facts.noted(transaction, known.id, known.facts, more, self._now())

        await self._database.write(note)

    async def _refused(
        self, connection: Connection, message: m.AuthorizeToken, answer: m.Authorization, *, alone: bool
    ) -> None:
        seconds, hub = self._late(connection), answer.session.hub
        if seconds is None or hub is None:
            return
        now = self._now()
        asked = replace(message, token=without_pin(message.token))
        request = RefusedRequest(asked, now + timedelta(seconds=seconds if alone else 0))

        def keep(transaction: Transaction) -> None:
            session_facts.refused(transaction, connection.name, hub, request, now + _KEPT, now)

        try:
            await self._database.write(keep)
        except IntegrityError:
            _log.info("another process has kept the same refusal", connection=connection.name)

    async def asked(self, connection: str, ids: SessionIds) -> Asked | None:
        """The refused request of this name; None where nothing was refused under it within the hour."""
        hub = ids.hub
        if hub is None:
            return None
        found = await self._database.read(lambda transaction: session_facts.find_refused(transaction, connection, hub))
        return None if found is None else Asked(found.message, found.open_until > self._now())

    async def forget(self, connection: str, ids: SessionIds) -> None:
        """It cannot be granted any more."""
        hub = ids.hub
        if hub is not None:
            await self._database.write(lambda t: session_facts.forget_refused(t, connection, hub))

    async def as_granted(self, connection: Connection, message: m.Message[Any], session: KnownSession) -> KnownSession:
        """The session of a start that grants an earlier request: it began with the card, not with a command."""
        if not isinstance(message, m.StartSession) or connection.role is not Role.CPO or self._late(connection) is None:
            return session
        asked = await self.asked(connection.name, message.session)
        if asked is None:
            return session
        await self.forget(connection.name, message.session)
        return replace(
            session,
            ids=sessions.joined(session.ids, asked.message.session),
            token=asked.message.token or session.token,
            auth_method=AuthMethod.AUTH_REQUEST,
        )


def facts_of(message: m.Message[Any], answer: Any) -> SessionFacts:
    """What the opening of a session says, in the question or in the answer."""
    asked = getattr(answer, "intermediate_cdr_requested", None)
    return SessionFacts(
        service_id=getattr(message, "service_id", None),
        contract_alias=getattr(answer, "contract_alias", None) or getattr(message, "contract_alias", None),
        intermediate_cdr_requested=getattr(message, "intermediate_cdr_requested", None) if asked is None else asked,
        limits=getattr(answer, "limits", ()) or getattr(message, "limits", ()),
        booking_id=getattr(message, "booking_id", None),
        emsp_booking_id=getattr(message, "emsp_booking_id", None),
    )


_ENDS = (SessionEventKind.END, SessionEventKind.EMERGENCY_STOP)
_STOPS = (m.SessionAction.STOP, m.SessionAction.EMERGENCY_STOP)


def _told(message: m.Message[Any], answer: Any, now: datetime) -> SessionFacts:
    if isinstance(message, m.StopSession) and isinstance(answer, m.CommandResult):
        stopped = answer.status is m.CommandStatus.ACCEPTED and message.action in _STOPS
        names = tuple(name for name in (message.action_id, answer.action_id) if name)
        return SessionFacts(actions=names, ended_at=(message.at or now) if stopped else None)
    if isinstance(message, m.ReportEvent) and isinstance(answer, m.EventReceipt) and answer.accepted:
        event = message.event or SessionEvent()
        ended_at = (event.at or now) if event.kind in _ENDS else None
        return SessionFacts(events=(event.id,) if event.id else (), ended_at=ended_at)
    return SessionFacts()


def _ids(message: m.Message[Any]) -> SessionIds:
    if isinstance(message, m.ReportEvent):
        return message.session.ids if message.session is not None else SessionIds()
    ids: SessionIds = getattr(message, "session", SessionIds())
    return ids
