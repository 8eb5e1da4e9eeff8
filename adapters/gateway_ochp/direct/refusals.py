"""What a partner hears where its message could not be answered: the operation's own answer, where that has a result."""

from collections.abc import Callable, Mapping

from gateway.errors import ForeignOperator, GatewayError, Unauthenticated, Undecodable, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.ports import Connection
from gateway.wire import WireModel
from gateway.wire.soap import SOAP_11, opened
from gateway_ochp import wire
from gateway_ochp.direct.served import answered

_FORMS: Mapping[tuple[Role, str], Callable[[wire.DirectResult], WireModel]] = {
    (Role.CPO, wire.SelectEvseRequest.element): lambda result: wire.SelectEvseResponse(result=result),
    (Role.CPO, wire.ControlEvseRequest.element): lambda result: wire.ControlEvseResponse(result=result),
    (Role.CPO, wire.ReleaseEvseRequest.element): lambda result: wire.ReleaseEvseResponse(result=result),
    (Role.EMSP, wire.InformProviderMessage.element): lambda result: wire.InformProviderResponse(result=result),
}


def own_answer(connection: Connection, request: HttpRequest, error: GatewayError) -> HttpResponse | None:
    """None where a fault is due: to strangers, to what cannot be read, to operations without a result."""
    if isinstance(error, (Undecodable, Unauthenticated)):
        return None
    try:
        element = opened(request.body, SOAP_11).operation
    except Undecodable:
        return None
    form = _FORMS.get((connection.role, element))
    if form is None:
        return None
    return answered(
        request, form(wire.DirectResult(result_code=_code(error), result_description=error.public_text[:1000]))
    )


def _code(error: GatewayError) -> str:
    if isinstance(error, ForeignOperator):
        return wire.NOT_FOUND
    return wire.NOT_SUPPORTED if isinstance(error, Unsupported) else wire.SERVER
