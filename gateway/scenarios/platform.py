"""The platform behind every party of a stand: it says yes to what the cast may do, and remembers what it was asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.model.session import SessionEvent, SessionEventKind
from gateway.model.token import Token
from gateway.ports import Connection
from gateway.scenario import Cast

_Command = m.StartSession | m.StopSession | m.ReserveEvse | m.CancelReservation | m.ChangeSession


class Platform:
    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self.asked: list[m.Message[Any]] = []
        self._number = 0

    def take(self, kind: type[m.Message[Any]], fits: Callable[[Any], bool]) -> m.Message[Any] | None:
        """The last of this kind that fits; it is given once."""
        found = [one for one in self.asked if isinstance(one, kind) and fits(one)]
        self.asked = [one for one in self.asked if not any(one is taken for taken in found)]
        return found[-1] if found else None

    # --- as a CPO ------------------------------------------------------------------------------------------------

    async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        return self._done(message)

    async def stop_session(self, connection: Connection, message: m.StopSession) -> m.CommandResult:
        return self._done(message)

    async def reserve_evse(self, connection: Connection, message: m.ReserveEvse) -> m.CommandResult:
        return self._done(message)

    async def cancel_reservation(self, connection: Connection, message: m.CancelReservation) -> m.CommandResult:
        return self._done(message)

    async def change_session(self, connection: Connection, message: m.ChangeSession) -> m.CommandResult:
        return self._done(message)

    async def fetch_session(self, connection: Connection, message: m.FetchSession) -> m.SessionState:
        self.asked.append(message)
        return m.SessionState(event=SessionEvent(kind=SessionEventKind.PROGRESS))

    async def fetch_statuses(self, connection: Connection, message: m.FetchStatuses) -> m.Statuses:
        self.asked.append(message)
        told = (m.EvseStatusReport(evse=evse, status=EvseStatus.AVAILABLE) for evse in message.evses)
        return m.Statuses(statuses=tuple(told))

    async def report_discrepancy(self, connection: Connection, message: m.ReportDiscrepancy) -> m.Confirmation:
        self.asked.append(message)
        return m.Confirmation(accepted=True)

    def _done(self, message: _Command) -> m.CommandResult:
        """Only at an EVSE of the cast."""
        self.asked.append(message)
        if message.evse not in (self._cast.evse, self._cast.second, None):
            return m.CommandResult(status=m.CommandStatus.UNKNOWN_EVSE, session=message.session)
        self._number += 1
        session = replace(message.session, cpo=message.session.cpo or f"SCENARIO-{self._number}")
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=session)

    # --- as an EMP -----------------------------------------------------------------------------------------------

    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken) -> m.Authorization:
        self.asked.append(message)
        return self._verdict(message.token)

    async def authorize_stop(self, connection: Connection, message: m.AuthorizeStop) -> m.Authorization:
        self.asked.append(message)
        return self._verdict(message.token)

    def _verdict(self, token: Token | None) -> m.Authorization:
        known = any(_same(token, ours) for ours in (self._cast.card, self._cast.contract, self._cast.other))
        return m.Authorization(allowed=m.Allowed.ALLOWED if known else m.Allowed.UNKNOWN_TOKEN)

    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.asked.append(message)
        return m.CdrReceipt(accepted=True)

    async def report_event(self, connection: Connection, message: m.ReportEvent) -> m.EventReceipt:
        self.asked.append(message)
        return m.EventReceipt(accepted=True)


def _same(shown: Token | None, ours: Token) -> bool:
    if shown is None:
        return False
    if shown.contract_id is not None or ours.contract_id is not None:
        return shown.contract_id == ours.contract_id
    return shown.uid == ours.uid
