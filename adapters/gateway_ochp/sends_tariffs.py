"""Tariffs to and from the clearing house.

A tariff is replaced as a whole: an update of an id takes away what the clearing house had for other recipients of it
(inventory a.10). So all that is asked under one id, the default for everybody among it, goes out in one message; what
is for one provider alone is refused here, and so is what OCHP cannot tell the price of.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.errors import Refused, Undecodable
from gateway.findings import errors
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import PartyId
from gateway.model.tariff import Tariff
from gateway.ports import Connection, HubLink, Written
from gateway.wire import decode, decode_document, encode
from gateway_ochp.documents import identify
from gateway_ochp.exchange import answered, exchanged, is_taken, meaning, told
from gateway_ochp.forms.tariffs import GET_TARIFFS, UPDATE_TARIFFS, UPDATE_TARIFFS_RESPONSE
from gateway_ochp.strict import strict
from gateway_ochp.translate.tariff_ids import operator_of, operator_text, tariff_key, write_tariff_id
from gateway_ochp.translate.tariff_lists import write_infos
from gateway_ochp.translate.tariffs import unsayable

PARTIAL = (
    "OCHP replaces a tariff as a whole: a message with one provider's version alone would take away all others; "
    "publish the default and every provider's version of the id together, each with its own provider"
)
NO_DELETION = "OCHP deletes no tariff: take its id away from the charge points"
NO_DEFAULT_PRICE = "OCHP has no default price of an operator: give the EVSEs a tariff"
Declined = list[m.Refusal]


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def publish_tariffs(hub: HubLink, message: m.PublishTariffs) -> m.Publication:
    """All versions of a tariff id, or none of them. `refused` names tariffs by the ids that the caller gave."""
    declined = [m.Refusal(text=f"not sent: {NO_DEFAULT_PRICE}") for _ in message.defaults[:1]]
    fitting: list[Tariff] = []
    names: dict[str, str | None] = {}
    for key, versions in _by_id([_owned(tariff, message, hub.connection) for tariff in message.tariffs]).items():
        name = versions[0].id
        why = _unpublishable(versions, message, hub.connection)
        if why is None:
            fitting += versions
            names[key] = name
        else:
            declined.append(m.Refusal(uid=name, text=f"not sent: {why}"))
    if not fitting:
        return m.Publication(accepted=False, refused=tuple(declined))
    answer = await _published(hub, replace(message, tariffs=tuple(fitting)))
    named = tuple(replace(one, uid=names.get(tariff_key(one.uid), one.uid)) for one in answer.refused)
    return replace(answer, refused=(*named, *declined))


def _owned(tariff: Tariff, message: m.PublishTariffs, connection: Connection) -> Tariff:
    """With its operator: its own, the message's, the one in its id, or the only one of the account."""
    operator = tariff.operator or message.operator or operator_of(tariff.id)
    parties = connection.parties
    return replace(tariff, operator=operator or (parties[0] if len(parties) == 1 else None))


def _by_id(tariffs: Sequence[Tariff]) -> Mapping[str, Sequence[Tariff]]:
    """By the id that the clearing house will compare; those without one each by itself."""
    found: dict[str, list[Tariff]] = {}
    for number, tariff in enumerate(tariffs):
        written = write_tariff_id(tariff.id, operator_text(tariff.operator))
        found.setdefault(tariff_key(written) or f"/{number}", []).append(tariff)
    return found


def _unpublishable(versions: Sequence[Tariff], message: m.PublishTariffs, connection: Connection) -> str | None:
    """Why the versions of one id are not sent, in words."""
    if message.action is m.PushAction.DELETE:
        return NO_DELETION
    providers = [tariff.provider for tariff in versions]
    if message.provider is not None or None not in providers:
        return PARTIAL
    if len({(tariff.id or "").upper() for tariff in versions}) > 1:
        return f"{' and '.join(sorted(tariff.id or '' for tariff in versions))} come to the same id of OCHP"
    if len(set(providers)) < len(providers):
        return "it stands twice in the list for the same provider"
    for tariff in versions:
        why = _foreign(tariff, connection) or unsayable(tariff)
        if why is not None:
            return f"{why}{_of_whom(tariff.provider)}"
    return _broken(versions)


def _foreign(tariff: Tariff, connection: Connection) -> str | None:
    if not tariff.id:
        return "it has no id"
    if tariff.operator is None:
        return "it names no operator, and the connection has several"
    owner = operator_of(tariff.id) or tariff.operator
    if not connection.carries(owner) or not connection.carries(tariff.operator):
        return f"{tariff.operator if owner == tariff.operator else owner} is not an operator of this connection"
    return None


def _of_whom(provider: PartyId | None) -> str:
    return f" (the version for {provider})" if provider is not None else ""


def _broken(versions: Sequence[Tariff]) -> str | None:
    """One record that breaks the schema would stop all of the message."""
    for info in write_infos(versions):
        found = errors(decode(type(info), encode(strict(info))).findings)
        if found:
            return "; ".join(f"{one.pointer}: {one.text}" for one in found)
    return None


async def _published(hub: HubLink, message: m.PublishTariffs) -> m.Publication:
    """A refusal with a list of what is refused is an answer; one without it is raised as Refused."""
    written = Written(UPDATE_TARIFFS, UPDATE_TARIFFS.write(message))
    response = await exchanged(hub, written)
    try:
        answer: m.Publication = meaning(told(response, written, hub.connection), written)
    except Refused as error:
        listed = None if error.retryable else _refusal(response)
        if listed is None:
            raise
        return listed
    return answer


def _refusal(response: HttpResponse) -> m.Publication | None:
    """What a response that took nothing says of the single tariffs; None of a fault, or of no SOAP at all."""
    try:
        found = identify(response.body)
    except Undecodable:
        return None
    if found.form is not UPDATE_TARIFFS_RESPONSE:
        return None
    answer: m.Publication = UPDATE_TARIFFS_RESPONSE.read(decode_document(found.form.wire, found.document).model)
    reason = answer.reason or Reason()
    texts = tuple(replace(one, text=reason.text) for one in answer.refused)
    return replace(answer, accepted=False, refused=texts) if texts else None


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def fetch_tariffs(hub: HubLink, message: m.FetchTariffs) -> m.Tariffs:
    """Of every tariff what is for this account: its own version or the default, and which of them is not said."""
    answer: m.Tariffs = await answered(hub, Written(GET_TARIFFS, GET_TARIFFS.write(message)))
    return answer if is_taken(answer.reason) else replace(answer, tariffs=())


async def tariff_pages(hub: HubLink, message: m.FetchTariffs) -> AsyncGenerator[m.Tariffs, None]:
    """No page where the hub has no list for this account."""
    answer = await fetch_tariffs(hub, message)
    if is_taken(answer.reason):
        yield answer


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.PublishTariffs: publish_tariffs,
    m.FetchTariffs: fetch_tariffs,
}
