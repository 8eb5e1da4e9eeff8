"""What serving a partner has in common: its message, what it may speak of, our answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason, Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId, EvseId
from gateway.model.session import Session, SessionIds, SessionStatus
from gateway.ports import Call
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, opened
from gateway_ochp import rules
from gateway_ochp.direct.admission import caller
from gateway_ochp.direct.endpoints import contract_key, evse_key, serves
from gateway_ochp.direct.exchange import CONTENT_TYPE, fit, written
from gateway_ochp.documents import current, namespace_of
from gateway_ochp.translate.direct import write_contract
from gateway_ochp.versions import BY_NAMESPACE, CURRENT, RELEASES

M = TypeVar("M", bound=WireModel)
OVER = (SessionStatus.COMPLETED, SessionStatus.INVALID)


def received(request: HttpRequest, kind: type[M]) -> M:
    """The message of a request. Raises Undecodable: what we serve is SOAP 1.1."""
    return decode_document(kind, current(opened(request.body, SOAP_11).child)).model


def said(call: Call, form: AnyForm, answer: m.Answer) -> HttpResponse:
    """Raises Invalid where the answer would not be a message of OCHP."""
    return answered(call.request, fit(form.write(answer)))


def answered(request: HttpRequest, model: WireModel) -> HttpResponse:
    """In the namespace of the request, where it is one of OCHP."""
    release = BY_NAMESPACE.get(namespace_of(opened(request.body, SOAP_11).child), RELEASES[CURRENT])
    return HttpResponse(headers={"content-type": CONTENT_TYPE}, body=written(model, release))


def declined(status: m.CommandStatus, text: str = "", *, session: SessionIds | None = None) -> m.CommandResult:
    """A no of our own; `text` is read by the partner."""
    return m.CommandResult(status=status, session=session or SessionIds(), reason=Reason(text=text) if text else None)


# --- what a partner may speak of ---------------------------------------------------------------------------------


async def is_of_caller(call: Call, contract: ContractId | None) -> bool:
    """Whether the caller is the provider of this contract, by the endpoints that it has registered."""
    return contract is not None and _serves(await _caller(call), Role.EMSP, contract_key(contract))


async def operates(call: Call, evse: EvseId | None) -> bool:
    """Whether the caller is the operator of this EVSE."""
    return evse is not None and _serves(await _caller(call), Role.CPO, evse_key(evse))


async def _caller(call: Call) -> Sequence[DirectEndpoint]:
    return await caller(call.link, call.request)


def _serves(endpoints: Sequence[DirectEndpoint], role: Role, key: str) -> bool:
    return any(one.role == role and serves(one, key) for one in endpoints)


def sayable(direct_id: str | None) -> str | None:
    """An id of the caller that may stand in our answer: one that the schema refuses is left out."""
    return direct_id if direct_id is not None and rules.DIRECT_ID.broken(direct_id) is None else None


async def session_of(call: Call, direct_id: str | None) -> m.SessionState | None:
    """A session that the caller has opened, over or not; None is all that it hears of others."""
    if direct_id is None:
        return None
    state = await call.sessions.state(SessionIds(hub=direct_id))
    if state is None or state.session is None or state.session.ids.hub != direct_id:
        return None
    contract = ContractId.read(write_contract(state.session.token))
    return state if await is_of_caller(call, contract) else None


def is_held(state: m.SessionState, now: datetime) -> bool:
    """Whether its name still counts: neither is it settled, nor has its time run out."""
    if state.session is None or state.session.status in OVER:
        return False
    until = state.event.valid_until if state.event is not None else None
    return until is None or until > now


def may_run(state: m.SessionState, now: datetime) -> bool:
    """Whether a car may still charge: after its time, too, until it has been ended, released or settled.

    So it can be stopped from afar for as long as it charges. Nobody charges in a reservation.
    """
    if is_held(state, now):
        return True
    session = state.session or Session(status=SessionStatus.INVALID)
    return session.end is None and session.status not in (*OVER, SessionStatus.RESERVATION)
