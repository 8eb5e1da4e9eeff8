"""Documents: how one is recognised, and how it goes out."""

from difflib import get_close_matches

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.ports import Connection, Identified, Written
from gateway.translation import AnyForm
from gateway.wire.soap import SOAP_11, bare, opened, sealed, without_http_head
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway.wire.xml import Element, local_name, parse_xml
from gateway_ochp import forms, wire

PREFIX = "ns"
NAMESPACES = "http://ochp.eu/"
_BY_FOLDED = {element.casefold(): form for element, form in forms.BY_ELEMENT.items()}


# --- recognised --------------------------------------------------------------------------------------------------


def identify(body: bytes, name: str = "") -> Identified:
    """What a document is, by its body's element; a bare element without an envelope too. Raises Undecodable."""
    body, noticed = without_http_head(body)
    element = parse_xml(body)
    if local_name(element) == "Envelope":
        envelope = opened(body)
        element = envelope.child
        noticed = [*noticed, *envelope.noticed]
        if envelope.version is not SOAP_11:
            noticed.append(_warning("/Envelope", f"OCHP is SOAP 1.1, this is SOAP {envelope.version.name}"))
    else:
        noticed.append(bare(element))
    form, more = recognised(element)
    return Identified(form, element, (*noticed, *more))


def recognised(element: Element) -> tuple[AnyForm, list[Finding]]:
    """The form of a body's element, whatever its case or release. Raises Undecodable naming what is near."""
    name = local_name(element)
    form = forms.BY_ELEMENT.get(name) or _BY_FOLDED.get(name.casefold())
    if form is None:
        near = get_close_matches(name, forms.BY_ELEMENT, n=3, cutoff=0.7)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise Undecodable(f"{name} is no message of OCHP 1.4 that is known here{hint}", f"/{name}")
    noticed = []
    if form.wire.element != name:
        noticed.append(_warning(f"/{name}", f"{form.wire.element} is spelled {name}"))
    namespace = str(element.tag).rpartition("}")[0].removeprefix("{")
    if namespace != wire.NAMESPACE:
        release = f"of OCHP {namespace.removeprefix(NAMESPACES)}" if namespace.startswith(NAMESPACES) else "foreign"
        noticed.append(
            _warning(f"/{name}", f"the namespace {namespace or '(none)'} is {release}, not {wire.NAMESPACE}")
        )
    return form, noticed


def _warning(pointer: str, text: str) -> Finding:
    return Finding(pointer, Severity.WARNING, "repaired", text)


# --- rendered ----------------------------------------------------------------------------------------------------


def render(written: Written, connection: Connection | None = None) -> bytes:
    """The envelope as it goes out; a request carries the account's user and password (inventory c.1)."""
    header = ""
    if written.form.direction == "request" and connection is not None and connection.credentials.username:
        user = connection.credentials
        header = security(UsernameToken(user.username, user.password))
    return sealed(SOAP_11, written.model, header, PREFIX)
