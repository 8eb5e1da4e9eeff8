"""Documents: how one is recognised, and how it goes out."""

from difflib import get_close_matches

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.ports import Connection, Identified, Written
from gateway.translation import AnyForm
from gateway.wire.soap import SOAP_11, bare, enveloped, opened, without_http_head
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway.wire.xml import Element, local_name, parse_xml
from gateway_ochp import forms
from gateway_ochp.forms import direct
from gateway_ochp.strict import written_in
from gateway_ochp.versions import BY_NAMESPACE, CURRENT, RELEASES, Release, release_of

PREFIX = "ns"
_BY_FOLDED = {element.casefold(): form for element, form in forms.BY_ELEMENT.items()}


# --- recognised --------------------------------------------------------------------------------------------------


def identify(body: bytes, name: str = "") -> Identified:
    """What a document is, by its body's element; a bare element without an envelope too. Raises Undecodable."""
    body, noticed = without_http_head(body)
    element = parse_xml(body, noticed=noticed)
    if local_name(element) == "Envelope":
        envelope = opened(body)
        element = envelope.child
        noticed = [*noticed, *(one for one in envelope.noticed if one not in noticed)]
        if envelope.version is not SOAP_11:
            noticed.append(_warning("/Envelope", f"OCHP is SOAP 1.1, this is SOAP {envelope.version.name}"))
    else:
        noticed.append(bare(element))
    form, more = recognised(element)
    return Identified(_named(form, name), element, (*noticed, *more))


def _named(form: AnyForm, name: str) -> AnyForm:
    """Of a message that two operations share, the one that the document's name begins with."""
    shared = (other for other in forms.FORMS if other.wire is form.wire and other.name != form.name)
    folded = name.replace("_", "").casefold()
    return next((other for other in shared if folded.startswith(other.name.casefold())), form)


def recognised(element: Element, release: Release = RELEASES[CURRENT]) -> tuple[AnyForm, list[Finding]]:
    """The form of a body's element, whatever its case or release; `release` is the one that is expected.

    Raises Undecodable naming what is near.
    """
    name = local_name(element)
    form = forms.BY_ELEMENT.get(name) or _BY_FOLDED.get(name.casefold())
    if form is None:
        near = get_close_matches(name, forms.BY_ELEMENT, n=3, cutoff=0.7)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise Undecodable(f"{name} is no message of OCHP 1.4 that is known here{hint}", f"/{name}")
    form = direct.told_apart(form, element)
    noticed = []
    if form.wire.element != name:
        noticed.append(_warning(f"/{name}", f"{form.wire.element} is spelled {name}"))
    namespace = namespace_of(element)
    if namespace != release.namespace:
        found = BY_NAMESPACE.get(namespace)
        told = f"of OCHP {found.name}" if found is not None else "foreign"
        noticed.append(
            _warning(f"/{name}", f"the namespace {namespace or '(none)'} is {told}, not {release.namespace}")
        )
    return form, noticed


def current(element: Element) -> Element:
    """The message in the namespace of the current release, if it is in that of another one of OCHP's."""
    namespace = namespace_of(element)
    if namespace in BY_NAMESPACE and namespace != RELEASES[CURRENT].namespace:
        ours, theirs = f"{{{RELEASES[CURRENT].namespace}}}", f"{{{namespace}}}"
        for part in element.iter(f"{theirs}*"):
            part.tag = ours + local_name(part)
    return element


def namespace_of(element: Element) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def _warning(pointer: str, text: str) -> Finding:
    return Finding(pointer, Severity.WARNING, "repaired", text)


# --- rendered ----------------------------------------------------------------------------------------------------


def render(written: Written, connection: Connection | None = None) -> bytes:
    """The envelope as it goes out, in the connection's release of OCHP.

    A request carries the account's user and password (inventory c.1).
    """
    header = ""
    if written.form.direction == "request" and connection is not None and connection.credentials.username:
        user = connection.credentials
        header = security(UsernameToken(user.username, user.password))
    return enveloped(SOAP_11, written_in(written.model, release_of(connection), PREFIX), header)
