"""What the backend tells of a running session: that it began, that it never will, and each event for the hub."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from gateway.connections import option
from gateway.delivery.deliveries import Delivery
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import EvseId
from gateway.model.session import AuthMethod, SessionEventKind, SessionIds
from gateway.naming import operator_named
from gateway.preparing import kind_of, named, with_known
from gateway.sessions import KnownSession, SessionRegister

_log = logger(__name__)
Submit = Callable[[str, m.Message[Any]], Awaitable[Delivery]]


class Reporting:
    """`close` sees to the sessions that are to be closed towards their hubs."""

    def __init__(
        self,
        hubs: Mapping[str, Hub],
        register: SessionRegister,
        submit: Submit,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._hubs, self._register, self._submit, self._close = hubs, register, submit, close

    async def started(self, session: SessionIds, *, connection: str = "") -> None:
        """Charging has begun: the session is never closed for its silence, and other hubs' for the same swipe are.

        Name the connection where platforms behind several accounts may count their sessions alike.
        """
        await self._started(session, (connection,) if connection else self._ours())

    async def never_started(self, session: SessionIds, *, connection: str = "") -> None:
        """The driver was authorised and nothing was charged: the session is closed towards its hub, or hubs."""
        names = (connection,) if connection else self._ours()
        if names:
            await self._register.never_started(session, connections=names)
        await self._close()

    def _ours(self) -> Sequence[str]:
        """The connections as a CPO: an EMSP's row of a session within one house has the hub's same name for it."""
        return [name for name, hub in self._hubs.items() if hub.connection.role is Role.CPO]

    async def hub_of(self, session: SessionIds, evse: EvseId | None) -> str | None:
        """The connection as a CPO whose hub has this session; None where no hub has.

        One that carries the EVSE comes first: platforms behind several accounts may count their sessions alike.
        """
        ours = self._ours()
        carry = [name for name in ours if evse is not None and self._hubs[name].connection.carries(evse.party)]
        for names in (carry, ours):
            found = await self._register.hub_of(session, names) if names else None
            if found is not None:
                return found
        return None

    async def _started(self, session: SessionIds, connections: Sequence[str]) -> None:
        if connections:
            await self._register.started(session, connections)
        await self._close()

    async def report(self, message: m.ReportEvent, *, connection: str = "") -> Delivery | None:
        """Owes an event of a session to the hub that has it; None where no hub has it, or its hub takes no events.

        It is in the store when this returns, and nothing that goes wrong with it later touches the session or its CDR.
        START is also the word that charging has begun, and so is what follows it. Progress may be told as often as it
        is known: it leaves as often as the hub allows, the newest first of all. What the protocol has no word for is
        not told (None). Raises UnknownConnection where one is named that there is not.
        """
        ids = named(message) or SessionIds()
        name = connection or await self.hub_of(ids, message.session.evse if message.session else None)
        if name is None:
            _log.info("an event of a session that no hub has", kind=kind_of(message))
            return None
        known = await self._register.find(name, ids, operator_named(message))
        if known is not None and _tells_of_charging(message):
            await self._started(known.ids, (name,))
        if name in self._hubs and not self._takes(self._hubs[name], known, message):
            return None
        message = _identified(message, self._hubs.get(name))
        return await self._submit(name, message if known is None else with_known(message, known))

    @staticmethod
    def _takes(hub: Hub, known: KnownSession | None, message: m.ReportEvent) -> bool:
        """Option `events_of = "commands"`: only of sessions that the eMSP has opened by a command (OCHPdirect)."""
        kinds = hub.adapter.events
        if m.ReportEvent not in hub.adapter.sends or (kinds is not None and kind_of(message) not in kinds):
            return False
        commands = option(hub.connection, hub.profile, "events_of") == "commands"
        return not (commands and known is not None and known.auth_method is not AuthMethod.COMMAND)


_AFTER_THE_START = (
    SessionEventKind.START, SessionEventKind.PROGRESS, SessionEventKind.CHANGE, SessionEventKind.SUSPEND,
)  # fmt: skip


def _identified(message: m.ReportEvent, hub: Hub | None) -> m.ReportEvent:
    """Under an id of its own, where the protocol has a place for it and the backend gives none."""
    if hub is None or hub.adapter.events is None or message.event is None or message.event.id:
        return message
    return replace(message, event=replace(message.event, id=str(uuid4())))


def _tells_of_charging(message: m.ReportEvent) -> bool:
    """An END by itself does not: it also tells that a driver who never charged is free again."""
    kind = kind_of(message)
    charged = kind is SessionEventKind.END and message.session is not None and bool(message.session.energy_kwh)
    return charged or kind in _AFTER_THE_START
