"""What partners call: one address, the body's element decides."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.errors import BackendFailed, ForeignOperator, Undecodable, Unsupported
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import ContractId
from gateway.model.session import Session, SessionEvent, SessionIds, SessionStatus
from gateway.ports import Call, Route
from gateway_ochp import wire
from gateway_ochp.direct.keeping import bounded
from gateway_ochp.direct.served import (
    declined,
    is_held,
    is_of_caller,
    may_run,
    operates,
    received,
    said,
    sayable,
    session_of,
)
from gateway_ochp.forms import direct as forms
from gateway_ochp.translate.direct import write_contract

ACCEPTED = m.CommandStatus.ACCEPTED
UNKNOWN = m.CommandStatus.UNKNOWN_SESSION
NO_SESSION = "no session of this id is open"


# --- as a CPO: commands ------------------------------------------------------------------------------------------


async def select_evse(call: Call) -> HttpResponse:
    asked: m.ReserveEvse = forms.SELECT.read(received(call.request, wire.SelectEvseRequest))
    return said(call, forms.SELECT_RESPONSE, await _selected(call, asked))


async def _selected(call: Call, asked: m.ReserveEvse) -> m.CommandResult:
    """A contract of somebody else is as little known as its EVSE would be."""
    if asked.evse is None:
        return declined(m.CommandStatus.UNKNOWN_EVSE, "evseId is missing")
    if asked.token is None:
        return declined(UNKNOWN, "contractId is missing")
    if not await is_of_caller(call, asked.token.contract_id):
        return declined(m.CommandStatus.UNKNOWN_EVSE)
    if not call.connection.carries(asked.evse.party):
        raise ForeignOperator(f"{asked.evse} is not an EVSE of this connection")
    return await _opened(call, replace(asked, until=bounded(asked.until, call.link.now())))


async def _opened(call: Call, asked: m.ReserveEvse) -> m.CommandResult:
    """A request that comes again finds the reservation that it has made, as long as that waits for its start.

    Raises BackendFailed where the platform gives a new session the name of an earlier one: it could not be controlled.
    """
    earlier, over = "", set[str]()
    while True:
        question = replace(asked, transaction=f"SelectEvse/{earlier}")
        result: m.CommandResult = await call.backend.answer(call.connection, question)
        state = await call.sessions.state(result.session) if result.status is ACCEPTED else None
        if state is None or state.session is None or result.session.hub is None:
            return result
        if result.session.hub in over:
            raise BackendFailed("the platform has named a session as an earlier one")
        if state.session.status is SessionStatus.RESERVATION and is_held(state, call.link.now()):
            return result
        earlier = result.session.hub
        over.add(earlier)


async def control_evse(call: Call) -> HttpResponse:
    asked = received(call.request, wire.ControlEvseRequest)
    ids = SessionIds(hub=sayable(asked.direct_id))
    return said(call, forms.CONTROL_RESPONSE, replace(await _controlled(call, asked), session=ids))


async def _controlled(call: Call, asked: wire.ControlEvseRequest) -> m.CommandResult:
    state, now = await session_of(call, asked.direct_id), call.link.now()
    open_ = may_run if asked.operation == wire.END else is_held
    if state is None or not open_(state, now):
        return declined(UNKNOWN, NO_SESSION)
    form = forms.CONTROL.get(asked.operation or "")
    if form is None:
        return declined(m.CommandStatus.NOT_SUPPORTED, f"operation is none of {', '.join(forms.CONTROL)}")
    if asked.max_power is not None and asked.max_current is not None:
        return declined(m.CommandStatus.NOT_SUPPORTED, "maxPower and maxCurrent cannot be given together")
    result: m.CommandResult = await call.backend.answer(call.connection, form.read(asked))
    return result


async def release_evse(call: Call) -> HttpResponse:
    asked = received(call.request, wire.ReleaseEvseRequest)
    ids = SessionIds(hub=sayable(asked.direct_id))
    return said(call, forms.RELEASE_RESPONSE, replace(await _released(call, asked), session=ids, valid_until=None))


async def _released(call: Call, asked: wire.ReleaseEvseRequest) -> m.CommandResult:
    """Cancels a reservation, or ends what is running; either way the session has no name any more."""
    state = await session_of(call, asked.direct_id)
    if state is None or state.session is None or not may_run(state, call.link.now()):
        return declined(m.CommandStatus.UNKNOWN_RESERVATION, NO_SESSION)
    message: m.CancelReservation | m.StopSession = forms.RELEASE.read(asked)
    if state.session.status is not SessionStatus.RESERVATION:
        message = m.StopSession(session=SessionIds(hub=asked.direct_id))
    result: m.CommandResult = await call.backend.answer(call.connection, message)
    if result.status in (ACCEPTED, m.CommandStatus.CANCELED_RESERVATION):
        await call.sessions.over(SessionIds(hub=asked.direct_id))
    return result


# --- as a CPO: questions -----------------------------------------------------------------------------------------


async def inform_provider(call: Call) -> HttpResponse:
    """What the platform says, else what is known here. A fault for an unknown session: there is no form for it."""
    asked = received(call.request, wire.InformProviderRequest)
    known = await session_of(call, asked.direct_id)
    if known is None:
        raise Undecodable(NO_SESSION, "/InformProviderRequest/directId")
    try:
        told: m.SessionState = await call.backend.answer(call.connection, forms.INFORM_CPO.read(asked))
    except Unsupported:
        told = m.SessionState()
    return said(call, forms.INFORM_CPO_RESPONSE, _together(told, known))


def _together(told: m.SessionState, known: m.SessionState) -> m.SessionState:
    """The platform's word first; the names and who charges where are as they were when the session was opened."""
    session, register = told.session or Session(), known.session or Session()
    event = told.event or SessionEvent()
    until = event.valid_until or (known.event.valid_until if known.event is not None else None)
    return replace(
        told,
        event=replace(event, valid_until=until),
        session=replace(
            session,
            ids=register.ids,
            evse=register.evse,
            token=register.token,
            status=session.status or register.status,
        ),
    )


async def get_evse_status(call: Call) -> HttpResponse:
    """Of our own EVSEs; others are left out, as the answer has no word for them."""
    asked: m.FetchStatuses = forms.STATUS.read(received(call.request, wire.DirectEvseStatusRequest))
    if not asked.evses:
        raise Undecodable("requestedEvseId is missing", "/DirectEvseStatusRequest/requestedEvseId")
    ours = tuple(evse for evse in asked.evses if call.connection.carries(evse.party))
    statuses: tuple[m.EvseStatusReport, ...] = ()
    if ours:
        told: m.Statuses = await call.backend.answer(call.connection, replace(asked, evses=ours))
        statuses = tuple(report for report in told.statuses if report.evse in ours)
    return said(call, forms.STATUS_RESPONSE, m.Statuses(statuses=statuses))


async def report_discrepancy(call: Call) -> HttpResponse:
    """The empty answer says that the report has arrived; a fault, that it has not."""
    asked: m.ReportDiscrepancy = forms.DISCREPANCY.read(received(call.request, wire.ReportDiscrepancyRequest))
    if asked.evse is None or not asked.report:
        raise Undecodable("evseId and report are both needed", "/ReportDiscrepancyRequest")
    if not call.connection.carries(asked.evse.party):
        raise ForeignOperator(f"{asked.evse} is not an EVSE of this connection")
    taken: m.Confirmation = await call.backend.answer(call.connection, asked)
    if taken.accepted is not True:
        raise BackendFailed("the platform has not taken the report")
    return said(call, forms.DISCREPANCY_RESPONSE, taken)


# --- as an EMSP --------------------------------------------------------------------------------------------------


async def inform_provider_emp(call: Call) -> HttpResponse:
    asked = received(call.request, wire.InformProviderMessage)
    return said(call, forms.INFORM_EMP_RESPONSE, await _noted(call, asked))


async def _noted(call: Call, asked: wire.InformProviderMessage) -> m.EventReceipt:
    """Of sessions that were opened here, by the operator of their EVSE; a session's end is told after its time, too."""
    refused = m.EventReceipt(accepted=False, reason=declined(UNKNOWN, NO_SESSION).reason)
    event: m.ReportEvent = forms.INFORM_EMP.read(asked)
    if asked.direct_id is None or event.session is None:
        return refused
    state = await call.sessions.state(SessionIds(hub=asked.direct_id), event.session.evse)
    known = state.session if state is not None else None
    if known is None or known.ids.hub != asked.direct_id or not await operates(call, known.evse):
        return refused
    if not _agree(event.session, known):
        return refused
    if event.event is None or event.event.kind is None:
        raise Unsupported(f"message is none of {', '.join(wire.DIRECT_MESSAGES)}")
    event = replace(event, session=replace(event.session, evse=known.evse))
    receipt: m.EventReceipt = await call.backend.answer(call.connection, event)
    return receipt


def _agree(told: Session, known: Session) -> bool:
    """What the operator says of who charges where, as far as it does, is what was selected."""
    contract, ours = (ContractId.read(write_contract(one.token)) for one in (told, known))
    return told.evse in (None, known.evse) and (contract is None or contract == ours)


ROUTES: Sequence[Route] = tuple(
    Route(form.name, answer, element=form.wire.element, role=role)
    for form, answer, role in (
        (forms.SELECT, select_evse, Role.CPO),
        (forms.START, control_evse, Role.CPO),
        (forms.RELEASE, release_evse, Role.CPO),
        (forms.INFORM_CPO, inform_provider, Role.CPO),
        (forms.STATUS, get_evse_status, Role.CPO),
        (forms.DISCREPANCY, report_discrepancy, Role.CPO),
        (forms.INFORM_EMP, inform_provider_emp, Role.EMSP),
    )
)
