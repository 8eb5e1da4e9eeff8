"""Documents in and out: recognising a message, the envelope around it, the HTTP around that."""

from collections.abc import Mapping
from difflib import get_close_matches
from re import fullmatch

from gateway.errors import Invalid, Undecodable
from gateway.findings import Finding, Severity, errors
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Connection, Identified, Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document, document
from gateway.wire.soap import SOAP_12, bare, fault, opened, sealed, without_http_head
from gateway.wire.xml import Element, element_path, local_name, parse_xml
from gateway_emip import forms
from gateway_emip.forms import BY_ELEMENT
from gateway_emip.reading import mended

SERVICES = "https://api-iop.gireve.com/services/"
MEDIA_TYPE = f"{SOAP_12.content_type}; charset=UTF-8"
_LOWER_CASE: Mapping[str, AnyForm] = {name.lower(): form for name, form in BY_ELEMENT.items()}


def identify(body: bytes, name: str = "") -> Identified:
    """What message `body` is, in an envelope or bare; SOAP 1.1 is read here, but reported.

    Raises Undecodable, naming the nearest messages.
    """
    content, noticed = without_http_head(body)
    element = parse_xml(content)
    if local_name(element) == "Envelope":
        envelope = opened(content)
        element = envelope.child
        noticed.extend(envelope.noticed)
        if envelope.version is not SOAP_12:
            noticed.append(_warned("/Envelope", f"a SOAP {envelope.version.name} envelope; eMIP demands SOAP 1.2"))
    else:
        noticed.append(bare(element))
    form, more = recognised(element)
    element, repaired = mended(form.wire, element)
    return Identified(form, element, (*noticed, *more, *repaired))


def recognised(element: Element) -> tuple[AnyForm, list[Finding]]:
    """The form of the element of a message. Raises Undecodable."""
    name = local_name(element)
    form, noticed = BY_ELEMENT.get(name), []
    if form is None:
        form = _misspelled(name)
        if form is None:
            raise Undecodable(_unknown(name, element), element_path(element))
        text = f"{form.wire.element} is spelled {name}"
        noticed.append(Finding(element_path(element), Severity.WARNING, "misspelled", text))
    if element.tag != f"{{{form.wire.namespace}}}{name}":
        noticed.append(_warned(element_path(element), f"{name} stands in another namespace"))
    return form, noticed


def _misspelled(name: str) -> AnyForm | None:
    """`HeartbeatResponse` of one peer; the answer to an action, whose name is uncertain; an event with two Requests."""
    if fullmatch(r"eMIP_ToIOP_SetSessionAction\w*Response", name):
        return forms.ACTION_ANSWER
    return _LOWER_CASE.get(name.lower().replace("eventreportrequestre", "eventreportre"))


def _unknown(name: str, element: Element) -> str:
    if name == "Fault":
        words = " ".join(text.strip() for text in map(str, element.itertext()) if text.strip())
        return f"this is a SOAP fault: {words:.200}"
    near = get_close_matches(name, BY_ELEMENT, n=3, cutoff=0.7)
    return f"{name} is no eMIP message known here" + (f"; near: {', '.join(near)}" if near else "")


def _warned(pointer: str, text: str) -> Finding:
    return Finding(pointer, Severity.WARNING, "repaired", text)


def render(written: Written, connection: Connection | None = None) -> bytes:
    """The whole SOAP document. Nothing of the connection stands in it: eMIP identifies callers by TLS."""
    return sealed(SOAP_12, written.model)


def verified(model: WireModel) -> WireModel:
    """`model`, if what would go out breaks no rule; raises Invalid with the findings otherwise."""
    broken = errors(decode_document(type(model), document(model)).findings)
    if broken:
        raise Invalid(broken)
    return model


def posted(operation: str, model: WireModel) -> HttpRequest:
    """The request of an operation: the action stands in the content type, with the slash at its end."""
    headers = {
        "content-type": f'{MEDIA_TYPE}; action="{SERVICES}{operation}V1/"',
        "accept": SOAP_12.content_type,
    }
    return HttpRequest(method="POST", path="", headers=headers, body=sealed(SOAP_12, verified(model)))


def answered(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": MEDIA_TYPE}, body=sealed(SOAP_12, verified(model)))


def faulted(status: int, text: str, *, ours: bool = False) -> HttpResponse:
    return HttpResponse(status=status, headers={"content-type": MEDIA_TYPE}, body=fault(SOAP_12, text, ours=ours))
