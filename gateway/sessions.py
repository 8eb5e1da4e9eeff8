"""Who calls a session what, and the token it began with: without the hub's id no CDR can be delivered."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy import Connection as Transaction

from gateway.canonical import from_json, to_json
from gateway.model.cdr import Cdr
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds, SessionStatus
from gateway.model.token import Token
from gateway.store import Database
from gateway.store.database import stamp
from gateway.store.tables import sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session as the register knows it."""

    id: str
    connection: str
    ids: SessionIds
    evse: EvseId | None = None
    token: Token | None = None
    operator: PartyId | None = None
    provider: PartyId | None = None
    auth_method: AuthMethod | None = None
    status: SessionStatus = SessionStatus.ACTIVE
    evse_unknown_at_hub: bool = False


def _any_of(ids: SessionIds) -> ColumnElement[bool]:
    columns = ((sessions.c.hub_id, ids.hub), (sessions.c.cpo_id, ids.cpo), (sessions.c.emsp_id, ids.emsp))
    return or_(*(column == value for column, value in columns if value))


def _known(row: Any) -> KnownSession:
    return KnownSession(
        id=row.id,
        connection=row.connection,
        ids=SessionIds(hub=row.hub_id, cpo=row.cpo_id, emsp=row.emsp_id),
        evse=EvseId.read(row.evse),
        token=from_json(Token, json.loads(row.token)) if row.token else None,
        operator=PartyId.read(row.operator),
        provider=PartyId.read(row.provider),
        auth_method=AuthMethod(row.auth_method) if row.auth_method else None,
        status=SessionStatus(row.status),
        evse_unknown_at_hub=row.evse_unknown_at_hub,
    )


class SessionRegister:
    """The table `sessions`, one row per session and connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, connection: str, ids: SessionIds) -> KnownSession | None:
        """By any of its names; the hub's first."""
        return await self._database.read(lambda transaction: self._find(transaction, connection, ids))

    def _find(self, transaction: Transaction, connection: str, ids: SessionIds) -> KnownSession | None:
        if not ids:
            return None
        statement = select(sessions).where(sessions.c.connection == connection, _any_of(ids))
        rows = transaction.execute(statement.order_by(sessions.c.began_at.desc())).all()
        if ids.hub:
            # Another hub id is another session, whatever our own names for the two.
            rows = [row for row in rows if row.hub_id == ids.hub] or [row for row in rows if row.hub_id is None]
        return _known(rows[0]) if rows else None

    async def record(self, session: KnownSession, now: datetime) -> KnownSession:
        """A new session, or more names and facts for one that is known."""
        return await self._database.write(lambda transaction: self._record(transaction, session, now))

    def _record(self, transaction: Transaction, session: KnownSession, now: datetime) -> KnownSession:
        present = self._find(transaction, session.connection, session.ids)
        if present is not None:
            merged = _merged(present, session)
            transaction.execute(update(sessions).where(sessions.c.id == present.id).values(**_columns(merged, now)))
            return merged
        transaction.execute(insert(sessions).values(id=session.id, began_at=stamp(now), **_columns(session, now)))
        return session

    async def complete(self, connection: str, cdr: Cdr, now: datetime) -> Cdr:
        """The CDR with what the register knows of its session; the session ends with it."""
        known = await self.find(connection, cdr.session)
        if known is None:
            return cdr
        await self.record(replace(known, status=SessionStatus.COMPLETED), now)
        ids = SessionIds(
            **{name: getattr(cdr.session, name) or getattr(known.ids, name) for name in ("hub", "cpo", "emsp")}
        )
        return replace(
            cdr,
            session=ids,
            token=cdr.token or known.token,
            evse=cdr.evse or known.evse,
            provider=cdr.provider or known.provider,
            auth_method=cdr.auth_method or known.auth_method,
        )

    async def listed(self, connection: str = "") -> list[KnownSession]:
        statement = select(sessions).order_by(sessions.c.began_at)
        if connection:
            statement = statement.where(sessions.c.connection == connection)
        return await self._database.read(lambda transaction: [_known(row) for row in transaction.execute(statement)])


def new_session(connection: str, ids: SessionIds, **facts: Any) -> KnownSession:
    return KnownSession(id=str(uuid4()), connection=connection, ids=ids, **facts)


def _merged(one: KnownSession, other: KnownSession) -> KnownSession:
    ids = SessionIds(
        hub=other.ids.hub or one.ids.hub, cpo=other.ids.cpo or one.ids.cpo, emsp=other.ids.emsp or one.ids.emsp
    )
    return replace(
        one,
        ids=ids,
        evse=other.evse or one.evse,
        token=other.token or one.token,
        operator=other.operator or one.operator,
        provider=other.provider or one.provider,
        auth_method=other.auth_method or one.auth_method,
        status=other.status,
        evse_unknown_at_hub=one.evse_unknown_at_hub or other.evse_unknown_at_hub,
    )


def _columns(session: KnownSession, now: datetime) -> dict[str, Any]:
    return {
        "connection": session.connection,
        "hub_id": session.ids.hub,
        "cpo_id": session.ids.cpo,
        "emsp_id": session.ids.emsp,
        "evse": str(session.evse) if session.evse else None,
        "token": json.dumps(to_json(session.token)) if session.token else None,
        "operator": str(session.operator) if session.operator else None,
        "provider": str(session.provider) if session.provider else None,
        "auth_method": session.auth_method,
        "status": session.status,
        "evse_unknown_at_hub": session.evse_unknown_at_hub,
        "changed_at": stamp(now),
    }
