"""The platform as the gateway sees it: any object that has some of the methods of `METHODS`.

    class Backend:
        async def start_session(self, connection: Connection, message: StartSession) -> CommandResult: ...

Methods are `async` or plain; plain ones run in a worker thread. A missing one is "not supported" in the protocol's
words; a method whose name is nearly one of them is refused at start.
"""

import asyncio
import difflib
import inspect
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol, cast

from gateway.aliases import LONGEST, aliased
from gateway.errors import BackendFailed, GatewayError, Unsupported
from gateway.log import logger
from gateway.model import messages as m
from gateway.ports import Connection

METHODS: Mapping[type[m.Message[Any]], str] = {
    m.AuthorizeToken: "authorize_token",
    m.AuthorizeStop: "authorize_stop",
    m.StartSession: "start_session",
    m.StopSession: "stop_session",
    m.ReserveEvse: "reserve_evse",
    m.CancelReservation: "cancel_reservation",
    m.ChangeSession: "change_session",
    m.FetchSession: "fetch_session",
    m.FetchStatuses: "fetch_statuses",
    m.ReportDiscrepancy: "report_discrepancy",
    m.ReportEvent: "report_event",
    m.SubmitCdr: "submit_cdr",
    m.ReviewCdr: "review_cdr",
    m.PublishEvses: "publish_evses",
    m.PublishStatuses: "publish_statuses",
    m.PublishTokens: "publish_tokens",
    m.PublishTariffs: "publish_tariffs",
    m.PublishEvseTariffs: "publish_evse_tariffs",
}
ID_LENGTH = "session_id_length"
"""The connection's option: the most characters of a session id that the platform keeps; longer ones come to it as an
alias of 36, by which it may name the session ever after."""
DELIVERY_CHANGED = "delivery_changed"
_log = logger(__name__)


class AuthorizesToken(Protocol):
    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken, /) -> m.Authorization: ...


class AuthorizesStop(Protocol):
    async def authorize_stop(self, connection: Connection, message: m.AuthorizeStop, /) -> m.Authorization: ...


class StartsSession(Protocol):
    async def start_session(self, connection: Connection, message: m.StartSession, /) -> m.CommandResult: ...


class StopsSession(Protocol):
    async def stop_session(self, connection: Connection, message: m.StopSession, /) -> m.CommandResult: ...


class ReservesEvse(Protocol):
    async def reserve_evse(self, connection: Connection, message: m.ReserveEvse, /) -> m.CommandResult: ...


class CancelsReservation(Protocol):
    async def cancel_reservation(self, connection: Connection, message: m.CancelReservation, /) -> m.CommandResult: ...


class ChangesSession(Protocol):
    async def change_session(self, connection: Connection, message: m.ChangeSession, /) -> m.CommandResult: ...


class FetchesSession(Protocol):
    async def fetch_session(self, connection: Connection, message: m.FetchSession, /) -> m.SessionState: ...


class FetchesStatuses(Protocol):
    async def fetch_statuses(self, connection: Connection, message: m.FetchStatuses, /) -> m.Statuses: ...


class ReportsDiscrepancy(Protocol):
    async def report_discrepancy(self, connection: Connection, message: m.ReportDiscrepancy, /) -> m.Confirmation: ...


class ReportsEvent(Protocol):
    async def report_event(self, connection: Connection, message: m.ReportEvent, /) -> m.EventReceipt: ...


class SubmitsCdr(Protocol):
    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr, /) -> m.CdrReceipt: ...


class BackendPort:
    """Asks the platform's object; whatever it raises becomes BackendFailed, its text stays here."""

    def __init__(self, platform: object) -> None:
        self._platform = platform
        _refuse_near_misses(platform)
        _log.info("backend", answers=[name for name in METHODS.values() if hasattr(platform, name)])

    def has(self, kind: type[m.Message[Any]]) -> bool:
        return callable(getattr(self._platform, METHODS.get(kind, ""), None))

    def hears(self, name: str) -> bool:
        """Whether the platform has this optional method."""
        return callable(getattr(self._platform, name, None))

    async def answer(self, connection: Connection, message: m.Message[Any]) -> Any:
        """The platform's answer. Raises Unsupported or BackendFailed."""
        method = getattr(self._platform, METHODS.get(type(message), ""), None)
        if not callable(method):
            raise Unsupported(f"the backend has no {METHODS.get(type(message), type(message).__name__)}")
        longest = connection.options.get(ID_LENGTH)
        named = aliased(message, max(int(longest), LONGEST)) if longest else message
        return await self._asked(method, connection, named)

    async def tell(self, name: str, *arguments: Any) -> bool:
        """Calls an optional method of the platform; False where it has none."""
        method = getattr(self._platform, name, None)
        if not callable(method):
            return False
        await self._asked(method, *arguments)
        return True

    async def _asked(self, method: Any, *arguments: Any) -> Any:
        try:
            if inspect.iscoroutinefunction(method):
                return await cast(Awaitable[Any], method(*arguments))
            answer = await asyncio.to_thread(method, *arguments)
            return await answer if inspect.isawaitable(answer) else answer
        except GatewayError:
            raise
        except Exception as error:
            _log.exception("backend failed", method=getattr(method, "__name__", str(method)))
            raise BackendFailed(f"{type(error).__name__} in {getattr(method, '__name__', method)}") from error


def _refuse_near_misses(platform: object) -> None:
    known = [*METHODS.values(), DELIVERY_CHANGED]
    for name in dir(platform):
        if name.startswith("_") or name in known or not callable(getattr(platform, name)):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
        if near:
            raise ValueError(f"{type(platform).__name__}.{name} is nearly, but not quite, {near[0]}")
