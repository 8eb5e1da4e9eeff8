"""OCHP 1.4, as e-clearing.net speaks it: SOAP 1.1 with WS-Security, lists and CDRs at a clearing house.

The clearing house never calls; partners do, over OCHPdirect.
"""

from gateway.errors import GatewayError, Unauthenticated
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Adapter, Connection
from gateway.tables import shipped
from gateway.wire.soap import SOAP_11, fault
from gateway_ochp import collecting, contract, preflight, pulling, sends_cpo, sends_emsp, sends_endpoints, sends_tariffs
from gateway_ochp.direct import rotation
from gateway_ochp.direct import sends as sends_direct
from gateway_ochp.direct.admission import CHALLENGE, admit
from gateway_ochp.direct.keeping import completed
from gateway_ochp.direct.offering import faults, is_direct
from gateway_ochp.direct.refusals import own_answer
from gateway_ochp.direct.routes import ROUTES
from gateway_ochp.documents import identify, render
from gateway_ochp.errata import ERRATA
from gateway_ochp.forms import FORMS, WRITES, reread
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.profile import PROFILES
from gateway_ochp.scenarios import PLAYBOOK
from gateway_ochp.simulator.hub import EclearingSimulator
from gateway_ochp.translate.cdrs import cdr_name
from gateway_ochp.words import CROSSWALKS, PROTOCOL

__all__ = ["FORMS", "OPERATIONS", "adapter"]


def refuse(connection: Connection, request: HttpRequest, error: GatewayError) -> HttpResponse:
    """A direct operation's own answer where it has a result, else a SOAP fault. A stranger is asked for its pair."""
    answer = own_answer(connection, request, error)
    if answer is not None:
        return answer
    body = fault(SOAP_11, error.public_text, ours=error.retryable)
    headers = {"content-type": "text/xml; charset=utf-8"}
    if isinstance(error, Unauthenticated):
        return HttpResponse(status=401, headers={**headers, "www-authenticate": CHALLENGE}, body=body)
    return HttpResponse(status=500, headers=headers, body=body)


_SENDS = (sends_cpo.SENDS, sends_emsp.SENDS, sends_tariffs.SENDS, sends_endpoints.SENDS, sends_direct.SENDS)
adapter = Adapter(
    name=PROTOCOL,
    title="OCHP 1.4",
    operations=OPERATIONS,
    forms=FORMS,
    writes=WRITES,
    identify=identify,
    render=render,
    sends={kind: send for sends in _SENDS for kind, send in sends.items()},
    routes=ROUTES,
    admit=admit,
    refuse=refuse,
    profiles=PROFILES,
    tables=shipped("mappings") / PROTOCOL,
    crosswalks=CROSSWALKS,
    jobs=(*collecting.JOBS, *pulling.JOBS, *rotation.JOBS),
    pages=pulling.PAGES,
    reread=reread,
    completes=completed,
    cdr_name=cdr_name,
    judge_cdr=preflight.judged,
    simulator=EclearingSimulator,
    scenarios=PLAYBOOK,
    simulator_base="",
    schemas=contract.schemas,
    errata=ERRATA,
    faults=faults,
    needs_tls=is_direct,
    endpoints_by_hand=rotation.BY_HAND,
)
