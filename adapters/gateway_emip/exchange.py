"""What we ask IOP: one request, one answer, nothing tried twice."""

from dataclasses import replace
from typing import Any, TypeVar

from gateway.errors import ForeignOperator, Refused, Undecodable, Unsupported
from gateway.http import HttpResponse
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    Message,
)
from gateway.ports import Connection, HubLink, Written
from gateway.translation import AnyForm
from gateway.wire.soap import Envelope, opened, raise_fault
from gateway_emip import forms
from gateway_emip.documents import posted, recognised
from gateway_emip.reading import understood
from gateway_emip.translate.parts import is_warning
from gateway_emip.words import CODES

M = TypeVar("M", bound=Message[Any])
TRANSACTION_LENGTH = 36


# --- one exchange ------------------------------------------------------------------------------------------------


async def asked(hub: HubLink, written: Written) -> Any:
    """The canonical answer. Raises Invalid, Refused, Undecodable or a TransportError."""
    reply = await hub.exchange(posted(written.form.name, written.model))
    return read_reply(reply, forms.ANSWERS[written.form.name])


def read_reply(reply: HttpResponse, form: AnyForm) -> Any:
    """The answer of a reply; a technical failure is raised with IOP's code."""
    model = reply_model(reply, form)
    raise_failure(model.request_status)
    return form.read(model)


def reply_model(reply: HttpResponse, form: AnyForm) -> Any:
    """The wire model of a reply in the form that is expected. Raises Refused for a fault, Undecodable."""
    envelope = _envelope(reply)
    raise_fault(envelope)
    found, _ = recognised(envelope.child)
    if found is not form:
        raise Undecodable(f"{form.wire.element} is expected, not {envelope.operation}")
    return understood(form.wire, envelope.child)


def _envelope(reply: HttpResponse) -> Envelope:
    """Raises Refused for an error page, but of a server's fault nobody knows whether it has acted: Undecodable."""
    try:
        return opened(reply.body)
    except Undecodable:
        if reply.status < 400:
            raise
        if reply.status >= 500:
            raise Undecodable(f"HTTP {reply.status}, no SOAP answer") from None
        raise Refused(f"HTTP {reply.status}", "no SOAP answer") from None


def raise_failure(status: str | None) -> None:
    """Raises Refused for what is no outcome: failures of the table, unknown errors, a peer's negative codes."""
    if status is None:
        raise Undecodable("the answer has no requestStatus")
    row = CODES.get(status)
    if row is not None and row.kind == "failure":
        raise Refused(status, row.meaning, retryable=row.retryable)
    if row is None and not is_warning(status):
        raise Refused(status, "a request status that is not known")


# --- who speaks --------------------------------------------------------------------------------------------------


def main_operator(connection: Connection) -> PartyId:
    """The account's own party, or the operator set as `main_operator` where the party is only the connected system."""
    named = PartyId.read(connection.options.get("main_operator"))
    return named or connection.party


def as_operator(hub: HubLink, message: M, evse: EvseId | None) -> M:
    """Under the operator of the EVSE: ids of two operators never stand in one message. Raises ForeignOperator."""
    _demand(hub, Role.CPO, message)
    if evse is not None and evse.party is not None and not hub.connection.carries(evse.party):
        raise ForeignOperator(f"{evse.party} is not an operator of connection {hub.connection.name}")
    operator = hub.connection.operator_of(evse) if evse is not None else main_operator(hub.connection)
    return addressed(hub, replace(message, operator=operator))


def spoken_for(hub: HubLink, message: M) -> M:
    """Under the operator that the message names, spelled as registered. Raises ForeignOperator for one not ours."""
    _demand(hub, Role.CPO, message)
    if message.operator is not None and not hub.connection.carries(message.operator):
        raise ForeignOperator(f"{message.operator} is not an operator of connection {hub.connection.name}")
    spelled = next((party for party in hub.connection.parties if party == message.operator), None)
    return addressed(hub, replace(message, operator=spelled or main_operator(hub.connection)))


def as_provider(hub: HubLink, message: M) -> M:
    """Under the provider that the message names, as registered; under the main one where it names none of ours."""
    _demand(hub, Role.EMSP, message)
    mine = (party for party in hub.connection.parties if party == message.provider)
    return addressed(hub, replace(message, provider=next(mine, main_operator(hub.connection))))


def addressed(hub: HubLink, message: M) -> M:
    transaction = message.transaction or hub.new_id()[:TRANSACTION_LENGTH]
    return replace(message, partner=hub.connection.party, transaction=transaction)


def _demand(hub: HubLink, role: Role, message: Message[Any]) -> None:
    if hub.connection.role is not role:
        raise Unsupported(f"over eMIP only a {role} sends {type(message).__name__}")
