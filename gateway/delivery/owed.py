"""What may be owed to a hub, in which lane it waits, and what makes two messages the same."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import uuid4

from gateway.canonical import from_json, leaves, to_json
from gateway.connections import option
from gateway.errors import Invalid, Unsupported
from gateway.findings import Finding, Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import SessionEventKind, SessionIds
from gateway.pins import without_pins
from gateway.ports import Connection, Policy, Profile
from gateway.preparing import kind_of, named
from gateway.store.database import stamp
from gateway.store.outbox import NO_RECORD, Owed

DURABLE: Mapping[str, type[m.Message[Any]]] = {
    kind.__name__: kind
    for kind in (
        m.SubmitCdr, m.PublishEvses, m.PublishStatuses, m.PublishTokens, m.PublishTariffs, m.PublishEvseTariffs,
        m.ConfirmCdrs, m.ReportEvent, m.PublishAvailability,
    )
}  # fmt: skip
"""What may be owed. Commands and authorisations never are: their moment passes."""
PLANNED = ("PublishEvses", "PublishStatuses")
"""What is planned from what is wanted when its lane is free: the newest counts, older tries may be overtaken."""
IN_ORDER = (*PLANNED, "PublishTokens")
"""What is never sent out of its turn, nor again once it is over: later ones stand upon it."""
PROGRESS_LANE = "/progress"
"""How the lane of a session's progress ends."""
TOLD = "Delivery"
"""The kind of an inbox item that tells the backend of an entry's final state."""
_LANES = {
    "SubmitCdr": "cdr",
    "PublishEvses": "evse-data",
    "PublishStatuses": "evse-status",
    "PublishTokens": "tokens",
    "PublishTariffs": "prices",
    "PublishEvseTariffs": "prices",
    "ConfirmCdrs": "cdr-confirmation",
    "ReportEvent": "event/{session}",
    "PublishAvailability": "evse-status",
}


def policy_of(kind: str, connection: Connection, profile: Profile) -> Policy:
    """How messages of a kind are delivered: the profile's policy, with the connection's own values."""
    base = profile.deliveries.get(kind) or Policy(lane=_LANES.get(kind, kind))
    own = connection.options.get("policies", {}).get(kind, {})
    return Policy(**{**{name: getattr(base, name) for name in Policy.__slots__}, **own})


def owed(connection: Connection, profile: Profile, message: m.Message[Any], now: datetime) -> Owed:
    """The message as the store keeps it.

    Raises Unsupported for what cannot wait, and Invalid for what could not be read back from the store, must not stand
    there, or would close a session that is still charging.
    """
    kind = type(message).__name__
    if kind not in DURABLE:
        raise Unsupported(f"{kind} is sent at once or not at all; it is never queued")
    one_cdr = bool(option(connection, profile, "one_cdr"))
    if one_cdr and isinstance(message, m.SubmitCdr) and message.cdr and message.cdr.nature is CdrNature.INTERMEDIATE:
        raise _closes_early(profile)
    if isinstance(message, m.PublishTokens):
        _refuse_pins(message)
    message = without_pins(message)
    document, digest = _written(message)
    policy = policy_of(kind, connection, profile)
    return Owed(
        connection=connection.name,
        lane=lane_of(message, connection, policy),
        key=_key(message, digest, one_cdr=one_cdr),
        kind=kind,
        message=document,
        digest=digest,
        record=_record_of(message),
        session=_session_of(message),
        operator=_operator_of(message, connection).compact if isinstance(message, m.SubmitCdr) else None,
        deadline_at=stamp(now + timedelta(seconds=policy.deadline_seconds)),
    )


def _written(message: m.Message[Any]) -> tuple[str, str]:
    """(the document, its digest). What is planned comes from the store's own rows, and is known by its entry alone."""
    document = json.dumps(to_json(message), sort_keys=True)
    if type(message).__name__ in PLANNED:
        return document, ""
    read_back(type(message).__name__, document)
    return document, meaning(message)


@lru_cache(maxsize=1)
def read_back(kind: str, document: str) -> m.Message[Any]:
    """A stored message. What is owed is read to see that it can be, and then to be shown: once for both.

    Raises Invalid, ValueError, KeyError or TypeError for what cannot be read.
    """
    return from_json(DURABLE[kind], json.loads(document))


def _refuse_pins(message: m.PublishTokens) -> None:
    """Raises Invalid for a PIN in clear: none is ever stored."""
    known = enumerate(message.tokens)
    clear = [f"/tokens/{number}/pin/clear" for number, token in known if token.pin and token.pin.clear]
    if clear:
        text = "a PIN in clear is not stored: hash it, or send the list at once"
        raise Invalid([Finding(place, Severity.ERROR, "secret", text) for place in clear])


def _closes_early(profile: Profile) -> Invalid:
    text = f"{profile.title} takes one CDR for each session and closes the session with it: an intermediate one ends it"
    return Invalid([Finding("/cdr/nature", Severity.ERROR, "one-cdr", text)])


def lane_of(message: m.Message[Any], connection: Connection, policy: Policy) -> str:
    """`hubject/cdr/SESSION`, `gireve/cdr/NLLON`, `eclearing/evse-data`, as the policy's template has it.

    Progress, which may have to wait for its time, has a lane of its own beside the session's other events.
    """
    facts = {"session": _session_of(message) or "none", "operator": _operator_of(message, connection).compact}
    if isinstance(message, m.SubmitCdr) and message.cdr is not None and facts["session"] == "none":
        facts["session"] = message.cdr.id or "none"
    beside = PROGRESS_LANE if kind_of(message) is SessionEventKind.PROGRESS else ""
    return f"{connection.name}/{policy.lane.format(**facts)}{beside}"


def meaning(message: m.Message[Any]) -> str:
    """A digest of what a message means, the same for every spelling of it; of a CDR whatever exchange brings it."""
    said = message.cdr if isinstance(message, m.SubmitCdr) else message
    content = sorted((path, _meant(value)) for path, value in leaves(said).items())
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _key(message: m.Message[Any], digest: str, *, one_cdr: bool = False) -> str:
    """A final CDR by its session, else by id and EVSE; of intermediate and revised ones there may be several.

    `one_cdr`: the hub closes the session with the first one, so a revised one has the key of the first.

    Everything else is owed each time it is said.
    """
    cdr = message.cdr if isinstance(message, m.SubmitCdr) else None
    if cdr is None:
        return f"{type(message).__name__}/{uuid4()}"
    name = _name_of(cdr)
    if cdr.nature is CdrNature.INTERMEDIATE:
        return f"cdr/{name}/intermediate/{digest[:16]}"
    if cdr.status in (CdrStatus.REVISED, CdrStatus.REJECTED) and not one_cdr:
        return f"cdr/{name}/{cdr.status}/{digest[:16]}"
    return f"cdr/{name}"


def _record_of(message: m.Message[Any]) -> str | None:
    if isinstance(message, m.ConfirmCdrs):
        names = (*message.approved, *message.declined)
        return f"{names[0].cdr_id}/{names[0].evse and names[0].evse.compact}" if len(names) == 1 else None
    return _record(message.cdr) if isinstance(message, m.SubmitCdr) and message.cdr else None


def _record(cdr: Cdr) -> str | None:
    """None of its own for a record of nothing, which only closes its session."""
    nothing = cdr.energy_kwh == 0 and cdr.start is not None and cdr.start == cdr.end
    return NO_RECORD if nothing else cdr.id


def _name_of(cdr: Cdr) -> str:
    evse = f"/{cdr.evse.compact}" if cdr.evse else ""
    return cdr.session.hub or (cdr.id and cdr.id + evse) or cdr.session.cpo or ""


def _meant(value: Any) -> str:
    """A leaf by its meaning: 12.30 is 12.3, an instant is the same in every zone, an id in every spelling."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return stamp(value)
    return value.compact if isinstance(value, (PartyId, EvseId, ContractId)) else str(to_json(value))


def ids_of(message: m.Message[Any]) -> SessionIds:
    """The session that a message is about."""
    cdr: Cdr | None = getattr(message, "cdr", None)
    ids: SessionIds | None = cdr.session if cdr is not None else named(message)
    return ids or SessionIds()


def _session_of(message: m.Message[Any]) -> str | None:
    ids = ids_of(message)
    return ids.hub or ids.cpo or ids.emsp


def _operator_of(message: m.Message[Any], connection: Connection) -> PartyId:
    cdr: Cdr | None = getattr(message, "cdr", None)
    if isinstance(message, m.ReportEvent):
        return connection.operator_of(message.session.evse if message.session else None)
    return connection.operator_of(cdr.evse if cdr is not None else getattr(message, "evse", None))
