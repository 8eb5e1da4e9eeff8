"""What the backend tells of a running session: that it began, that it never will, and each event for the hub."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.delivery.deliveries import Delivery
from gateway.hub import Hub
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.session import SessionEventKind, SessionIds
from gateway.preparing import kind_of, named, with_known
from gateway.sessions import SessionRegister

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

    async def started(self, session: SessionIds) -> None:
        """Charging has begun: the session is never closed for its silence, and other hubs' for the same swipe are."""
        await self._register.started(session)
        await self._close()

    async def never_started(self, session: SessionIds) -> None:
        """The driver was authorised and nothing was charged: the session is closed towards its hub."""
        await self._register.never_started(session)
        await self._close()

    async def report(self, message: m.ReportEvent, *, connection: str = "") -> Delivery | None:
        """Owes an event of a session to the hub that has it; None where no hub has it, or its hub takes no events.

        It is in the store when this returns, and nothing that goes wrong with it later touches the session or its CDR.
        START is also the word that charging has begun. Progress may be told as often as it is known: it leaves as often
        as the hub allows, the newest first of all. Raises UnknownConnection where one is named that there is not.
        """
        ours = [name for name, hub in self._hubs.items() if hub.connection.role is Role.CPO]
        ids = named(message) or SessionIds()
        name = connection or (await self._register.hub_of(ids, ours) if ours else None)
        if name is None:
            _log.info("an event of a session that no hub has", kind=kind_of(message))
            return None
        if name in self._hubs and m.ReportEvent not in self._hubs[name].adapter.sends:
            return None
        known = await self._register.find(name, ids)
        if known is not None and kind_of(message) is SessionEventKind.START:
            await self.started(known.ids)
        return await self._submit(name, message if known is None else with_known(message, known))
