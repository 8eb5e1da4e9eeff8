"""The register of sessions as an adapter sees it, where partners name a session and nothing else (OCHPdirect)."""

from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.session import Session, SessionEvent, SessionIds
from gateway.ports import Asked
from gateway.sessions import KnownSession, SessionRegister


class SessionBook:
    """The sessions of one connection, as its adapter sees them."""

    def __init__(self, register: SessionRegister, connection: str) -> None:
        self._register, self._connection = register, connection

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> m.SessionState | None:
        operator = evse.party.compact if evse is not None and evse.party is not None else ""
        known = await self._register.find(self._connection, ids, operator)
        return None if known is None else state_of(known)

    async def over(self, ids: SessionIds) -> None:
        await self._register.over(self._connection, ids)

    async def asked(self, ids: SessionIds) -> Asked | None:
        return await self._register.notes.asked(self._connection, ids)

    async def forget(self, ids: SessionIds) -> None:
        await self._register.notes.forget(self._connection, ids)


def state_of(known: KnownSession) -> m.SessionState:
    """What the register alone can say: who charges where, whether it has begun, until when it is held."""
    return m.SessionState(
        event=SessionEvent(valid_until=known.reserved_until),
        session=Session(
            ids=known.ids,
            operator=known.operator or (known.evse.party if known.evse is not None else None),
            provider=known.provider,
            evse=known.evse,
            token=known.token,
            status=known.status,
            auth_method=known.auth_method,
            start=known.began_at,
            end=known.facts.ended_at,
            product_id=known.product_id,
        ),
    )
