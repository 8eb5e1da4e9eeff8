"""Which partner is reached where, with which pair of tokens (OCHPdirect 0.2, "Partner to partner authentication").

Everything here is by the UTC day. Ids are compared as patterns spell them: without the separators behind country and
party; a star inside the number of an EVSE is part of its id.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from gateway.errors import GatewayError, NotSent, Unsupported
from gateway.masking import masked_value
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId, EvseId
from gateway.ports import HubLink
from gateway_ochp.direct.fetching import looked_again
from gateway_ochp.direct.offering import demand_direct, is_secure
from gateway_ochp.fitting import write_contract_id, write_evse_id
from gateway_ochp.versions import written_release
from gateway_ochp.wire import NAMESPACE

SPOKEN = (NAMESPACE,)
"""The versions that are spoken with partners, the newest first, unless a connection is on another release."""
BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=30)
"""The tokens of a day are accepted from 23:50 of the day before until 00:30 of the day after."""
_SEPARATED = re.compile(r"(?P<country>[A-Z]{2})\*?(?P<party>[A-Z0-9]{3})\*?(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Way:
    """How a partner is reached now: `base` is its URL, `headers` carry the pair of the day and are a secret."""

    base: str
    headers: dict[str, str] = field(repr=False)
    endpoint: DirectEndpoint


# --- days --------------------------------------------------------------------------------------------------------


def day_of(moment: datetime) -> date:
    """The UTC day."""
    return moment.astimezone(UTC).date()


def accepted_days(moment: datetime) -> tuple[date, ...]:
    """The days whose tokens a server takes at this moment, the present day first."""
    days = (day_of(moment), day_of(moment - AFTER), day_of(moment + BEFORE))
    return tuple(dict.fromkeys(days))


# --- patterns ----------------------------------------------------------------------------------------------------


def evse_key(evse: EvseId) -> str:
    """`DE*823*E1234*5678` → `DE823E1234*5678`, as the id is written on the wire."""
    match = _SEPARATED.fullmatch((write_evse_id(evse) or "").upper())
    return "".join(match.groups()) if match else evse.compact


def contract_key(contract: ContractId) -> str:
    """`DE-8AA-CA2B3C4D5-N` → `DE8AACA2B3C4D5`: the check digit, which is optional, is in no pattern."""
    return (write_contract_id(contract) or "").replace("-", "").upper()[:14]


def matches(pattern: str, id_compact: str) -> bool:
    """`%` at the end stands for any rest, also for none; anywhere else it is a character like any other."""
    if pattern.endswith("%"):
        return id_compact.startswith(pattern[:-1])
    return id_compact == pattern


def serves(endpoint: DirectEndpoint, id_compact: str) -> bool:
    """Whether some pattern allows the id and none denies it."""
    allowed = any(matches(pattern, id_compact) for pattern in endpoint.allow)
    return allowed and not any(matches(pattern, id_compact) for pattern in endpoint.deny)


def pick(
    endpoints: Iterable[DirectEndpoint], role: Role, id_compact: str, day: date, spoken: Sequence[str] = SPOKEN
) -> DirectEndpoint | None:
    """A partner's endpoint of that day for this EVSE or contract, of the highest version that both sides speak."""
    fitting = [
        one
        for one in endpoints
        if one.role == role and one.day == day and one.url and one.token and _version(one) in spoken
        if serves(one, id_compact)
    ]
    return min(fitting, key=lambda one: spoken.index(_version(one)), default=None)


def _version(endpoint: DirectEndpoint) -> str:
    return endpoint.version or NAMESPACE


# --- the way to a partner ----------------------------------------------------------------------------------------


def authorization(receiver_token: str, sender_token: str) -> str:
    """The value of the header. The order is receiver, then sender; base64 in one line."""
    return "Basic " + b64encode(f"{receiver_token}:{sender_token}".encode()).decode()


async def partner(hub: HubLink, role: Role, id_compact: str) -> Way:
    """Where the partner of this role is reached for an EVSE (`evse_key`) or a contract (`contract_key`), today.

    Raises Unsupported where the connection has no OCHPdirect or no partner serves the id, and NotSent where the
    tokens of the day are not there yet.
    """
    connection, day = hub.connection, day_of(hub.now())
    demand_direct(connection)
    theirs = await _theirs(hub, role, id_compact, day)
    ours = newest(await hub.endpoints.taken(), connection.role, day)
    if ours is None:
        raise NotSent(f"connection {connection.name} has no token of {day}: its endpoint is not uploaded yet")
    headers = {"authorization": authorization(theirs.token or "", ours.token or "")}
    return Way(theirs.url or "", headers, theirs)


async def _theirs(hub: HubLink, role: Role, id_compact: str, day: date) -> DirectEndpoint:
    """Of a partner who is not in the list, the list is fetched again: it may have come since."""
    spoken = (written_release(hub.connection).namespace,)
    found = pick(await _reachable(hub), role, id_compact, day, spoken)
    if found is None and await looked_again(hub):
        found = pick(await _reachable(hub), role, id_compact, day, spoken)
    if found is None:
        raise _without_partner(await hub.endpoints.partners(), role, id_compact, day)
    return found


async def _reachable(hub: HubLink) -> Sequence[DirectEndpoint]:
    return [one for one in await hub.endpoints.partners() if is_secure(hub.connection, one.url)]


def newest(ours: Sequence[DirectEndpoint], role: Role, day: date) -> DirectEndpoint | None:
    """The last of our endpoints of a day."""
    fitting = [one for one in ours if one.role == role and one.day == day and one.token]
    return fitting[-1] if fitting else None


def _without_partner(known: Sequence[DirectEndpoint], role: Role, id_compact: str, day: date) -> GatewayError:
    of_day = [one for one in known if one.role == role and one.day == day]
    if not of_day:
        return NotSent(f"no endpoints of partners for {day} are known: fetch them from the clearing house")
    named = id_compact if role == Role.CPO else masked_value(id_compact)
    if any(serves(one, id_compact) for one in of_day):
        return Unsupported(f"the partner of {named} is at no https address, or speaks no version that is spoken here")
    return Unsupported(f"no partner has an OCHPdirect endpoint for {named} on {day}")
