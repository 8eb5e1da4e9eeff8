"""Documents: which messages a canonical value is, how a document is recognised, and how it goes out."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.ports import Connection, Identified, Written
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway.wire.soap import SOAP_11, bare, opened, sealed, without_http_head
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway.wire.xml import Element, local_name, parse_xml
from gateway_ochp import forms, wire

PREFIX = "ns"
NAMESPACES = "http://ochp.eu/"
_BY_FOLDED = {element.casefold(): form for element, form in forms.BY_ELEMENT.items()}


# --- written -----------------------------------------------------------------------------------------------------


def _with(form: AnyForm) -> Callable[[Any], Sequence[Written]]:
    return lambda value: [Written(form, form.write(value))]


def write_publish_evses(message: m.PublishEvses) -> Sequence[Written]:
    form = forms.SET_CHARGE_POINTS if message.action is m.PushAction.REPLACE_ALL else forms.UPDATE_CHARGE_POINTS
    return [Written(form, form.write(message))]


def write_publish_tokens(message: m.PublishTokens) -> Sequence[Written]:
    """An update of tokens to be deleted has to end their validity: OCHP has no other deletion."""
    form = forms.SET_TOKENS if message.action is m.PushAction.REPLACE_ALL else forms.UPDATE_TOKENS
    return [Written(form, form.write(message))]


def write_fetch_evses(message: m.FetchEvses) -> Sequence[Written]:
    form = forms.GET_CHARGE_POINTS if message.since is None else forms.GET_CHARGE_POINT_UPDATES
    return [Written(form, form.write(message))]


def write_fetch_tokens(message: m.FetchTokens) -> Sequence[Written]:
    form = forms.GET_TOKENS if message.since is None else forms.GET_TOKEN_UPDATES
    return [Written(form, form.write(message))]


def as_batch(message: m.SubmitCdr) -> m.SubmitCdrs:
    """The one CDR as a list of one."""
    return m.SubmitCdrs(cdrs=(message.cdr,) if message.cdr is not None else (), extensions=message.extensions)


WRITES: Mapping[type, Callable[[Any], Sequence[Written]]] = {
    m.PublishEvses: write_publish_evses,
    m.PublishStatuses: _with(forms.UPDATE_STATUS),
    m.AuthorizeToken: _with(forms.GET_SINGLE),
    m.Authorization: _with(forms.GET_SINGLE_RESPONSE),
    m.FetchTokens: write_fetch_tokens,
    m.Tokens: _with(forms.GET_TOKENS_RESPONSE),
    m.PublishTokens: write_publish_tokens,
    m.SubmitCdrs: _with(forms.ADD_CDRS),
    m.SubmitCdr: lambda message: [Written(forms.ADD_CDRS, forms.ADD_CDRS.write(as_batch(message)))],
    m.CdrReceipt: _with(forms.ADD_CDRS_RESPONSE),
    m.CheckCdrs: _with(forms.CHECK_CDRS),
    m.FetchCdrs: _with(forms.GET_CDRS),
    m.Cdrs: _with(forms.GET_CDRS_RESPONSE),
    m.ConfirmCdrs: _with(forms.CONFIRM_CDRS),
    m.Confirmation: _with(forms.CONFIRM_CDRS_RESPONSE),
    m.FetchEvses: write_fetch_evses,
    m.Locations: _with(forms.GET_CHARGE_POINTS_RESPONSE),
    m.FetchStatuses: _with(forms.GET_STATUS),
    m.Statuses: _with(forms.GET_STATUS_RESPONSE),
}


def reread(models: Sequence[WireModel], message: Any) -> Any:
    """A single CDR travels as a list of one, and reads back as the single CDR it was."""
    value = forms.BY_ELEMENT[models[0].element].read(models[0])
    if isinstance(message, m.SubmitCdr) and isinstance(value, m.SubmitCdrs):
        return m.SubmitCdr(cdr=next(iter(value.cdrs), None), extensions=value.extensions)
    return value


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
