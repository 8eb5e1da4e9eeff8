"""What an operator asks and tells the clearing house."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.kinds import AuthenticationMethod
from gateway.model.location import Evse, Location
from gateway.model.token import Token
from gateway.ports import HubLink
from gateway_ochp import uploading
from gateway_ochp.exchange import answered, is_taken, only_taken
from gateway_ochp.fitting import write_evse_id
from gateway_ochp.forms import WRITES, cdrs, charge_points, tokens
from gateway_ochp.profile import DIRECT, setting
from gateway_ochp.translate.cdrs import CDR
from gateway_ochp.translate.results import UNNAMED
from gateway_ochp.translate.statuses import is_live, is_told
from gateway_ochp.wire import PARTLY


async def publish_evses(hub: HubLink, message: m.PublishEvses) -> m.Publication:
    """REPLACE_ALL replaces everything that the account has sent: the caller gives the union of its operators."""
    prepared = _as_it_is if setting(hub.connection, DIRECT) else _without_remote
    if uploading.is_long(message):
        return _all_named(await uploading.published(hub, message, prepared), message)
    message = replace(message, locations=tuple(map(prepared, message.locations)))
    written = charge_points.write_publish_evses(message)[0]
    return _all_named(await answered(hub, written), message)


def _all_named(answer: m.Publication, message: m.PublishEvses) -> m.Publication:
    """Where only a part was taken and no refused EVSE is one of these, none of them counts as taken."""
    if answer.reason is None or answer.reason.code != PARTLY:
        return answer
    sent = {write_evse_id(evse.evse_id): evse for location in message.locations for evse in location.evses}
    ours = {read.compact for text in sent if (read := EvseId.read(text)) is not None}
    if any(one.evse is not None and one.evse.compact in ours for one in answer.refused):
        return answer
    return replace(answer, refused=tuple(m.Refusal(evse=evse.evse_id, text=UNNAMED) for evse in sent.values()))


def _as_it_is(location: Location) -> Location:
    return location


def _without_remote(location: Location) -> Location:
    """A provider's app can start a session only over OCHPdirect (crosswalk 4, "REMOTE to OCHP")."""
    if not any(AuthenticationMethod.REMOTE in evse.authentication_methods for evse in location.evses):
        return location
    return replace(location, evses=tuple(map(_evse_without_remote, location.evses)))


def _evse_without_remote(evse: Evse) -> Evse:
    methods = tuple(way for way in evse.authentication_methods if way is not AuthenticationMethod.REMOTE)
    return evse if len(methods) == len(evse.authentication_methods) else replace(evse, authentication_methods=methods)


_STATIC = "said by the static status only, which goes out with the EVSE data"
_NO_WORD = "OCHP has no word for such a parking spot"


async def publish_statuses(hub: HubLink, message: m.PublishStatuses) -> m.Publication:
    """Planned and removed have no live word: they are left to the static status and reported as not sent.

    A pair of words that a partner made up is not passed on: other combinations must not be sent (inventory a.9).
    """
    silent = (
        *(m.Refusal(evse=report.evse, text=_STATIC) for report in message.statuses if not is_live(report)),
        *(m.Refusal(uid=spot.parking_id, text=_NO_WORD) for spot in message.parking if not is_told(spot)),
    )
    statuses = tuple(replace(report, extensions={}) for report in message.statuses if is_live(report))
    parking = tuple(filter(is_told, message.parking))
    if not statuses and not parking:
        return m.Publication(accepted=True, refused=silent)
    written = WRITES[m.PublishStatuses](replace(message, statuses=statuses, parking=parking, extensions={}))[0]
    answer: m.Publication = await answered(hub, written)
    return replace(answer, refused=(*answer.refused, *silent))


LIST_ASKED = "answered from the clearing house's list; the provider was not asked"


async def authorize_token(hub: HubLink, message: m.AuthorizeToken) -> m.Authorization:
    """Looks the token up in the hub's own list; its provider is not asked, and `info` says so (inventory a.11)."""
    told: m.Authorization = await answered(hub, WRITES[m.AuthorizeToken](message)[0])
    answer = replace(told, info=LIST_ASKED)
    expires = answer.token.expires if answer.token is not None else None
    if answer.allowed is m.Allowed.ALLOWED and expires is not None and expires <= hub.now():
        return replace(answer, allowed=m.Allowed.EXPIRED)
    return answer


async def fetch_tokens(hub: HubLink, message: m.FetchTokens) -> m.Tokens:
    """All tokens, or those changed since; no data is an empty answer with its reason, and means nothing is deleted."""
    answer: m.Tokens = await answered(hub, tokens.write_fetch_tokens(message)[0])
    if not is_taken(answer.reason):
        return replace(answer, tokens=())
    return replace(answer, tokens=judged(answer.tokens, hub.now()))


def judged(tokens: Iterable[Token], now: datetime) -> tuple[Token, ...]:
    """Whether each is still valid: the list says only until when."""
    return tuple(replace(token, valid=token.expires is None or token.expires > now) for token in tokens)


async def submit_cdrs(hub: HubLink, message: m.SubmitCdrs) -> m.CdrReceipt:
    """`refused` names the CDRs of an implausible list by the ids that the caller gave.

    `partly` without such a list does not say which were taken: none of them counts as taken.
    """
    receipt: m.CdrReceipt = await answered(hub, WRITES[m.SubmitCdrs](message)[0])
    if receipt.reason is not None and receipt.reason.code == PARTLY and not receipt.refused:
        receipt = replace(receipt, accepted=False)
    names = {CDR.write_plain(cdr).cdr_id: cdr.id for cdr in message.cdrs}
    return replace(receipt, refused=tuple(names.get(name) or name for name in receipt.refused))


async def submit_cdr(hub: HubLink, message: m.SubmitCdr) -> m.CdrReceipt:
    """A single CDR is taken or not: `partly` with its id in the list is a no."""
    receipt = await submit_cdrs(hub, cdrs.as_batch(message))
    return replace(receipt, accepted=bool(receipt.accepted) and not receipt.refused)


async def check_cdrs(hub: HubLink, message: m.CheckCdrs) -> m.Cdrs:
    return only_taken(await answered(hub, WRITES[m.CheckCdrs](message)[0]))


SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {
    m.PublishEvses: publish_evses,
    m.PublishStatuses: publish_statuses,
    m.AuthorizeToken: authorize_token,
    m.FetchTokens: fetch_tokens,
    m.SubmitCdrs: submit_cdrs,
    m.SubmitCdr: submit_cdr,
    m.CheckCdrs: check_cdrs,
}
