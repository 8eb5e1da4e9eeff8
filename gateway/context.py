"""What a message of one hub cannot know and another demands: given beside it, and filled in only where it is silent."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from gateway.model.cdr import Cdr
from gateway.model.common import Reason
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Location
from gateway.model.messages import EvseStatusReport
from gateway.model.session import SessionIds
from gateway.model.token import Token

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Canonical values by name. `locations` are looked up by EVSE id for the place of a CDR."""

    transaction: str | None = None
    partner: PartyId | None = None
    operator: PartyId | None = None
    operator_name: str | None = None
    provider: PartyId | None = None
    evse: EvseId | None = None
    session: SessionIds = SessionIds()
    token: Token | None = None
    reason: Reason | None = None
    service_id: str | None = None
    at: datetime | None = None
    cdr: Cdr | None = None
    locations: tuple[Location, ...] = ()


def filled(message: T, context: Context) -> T:
    """`message` with what `context` knows, where it says nothing itself."""
    known = {field.name: getattr(context, field.name) for field in fields(context)}
    message = _filled_fields(message, known)
    for name, fill in (("cdr", _cdr), ("cdrs", _cdr), ("statuses", _status)):
        present = getattr(message, name, None)
        if isinstance(present, tuple):
            message = _with(message, name, tuple(fill(member, context) for member in present))
        elif present is not None:
            message = _with(message, name, fill(present, context))
    return message


def _with(value: T, name: str, member: Any) -> T:
    return replace(value, **{name: member})  # type: ignore[type-var]


def _filled_fields(value: T, known: dict[str, Any]) -> T:
    own = {field.name for field in fields(value)} - {"cdr"}  # type: ignore[arg-type]
    members = {name: merged(getattr(value, name), given) for name, given in known.items() if name in own}
    return replace(value, **members)  # type: ignore[type-var]


def _cdr(cdr: Cdr, context: Context) -> Cdr:
    about = {name: getattr(context, name) for name in ("operator", "provider", "evse", "session", "token")}
    cdr = _filled_fields(merged(cdr, context.cdr), about)
    place = cdr.place or place_of(cdr.evse, context.locations)
    return cdr if place is cdr.place else replace(cdr, place=place)


def _status(report: EvseStatusReport, context: Context) -> EvseStatusReport:
    about = {"operator": context.operator, "operator_name": context.operator_name, "at": context.at}
    return _filled_fields(report, about)


def place_of(evse: EvseId | None, locations: Iterable[Location]) -> Location | None:
    """The location of an EVSE, with this EVSE alone."""
    for location in locations:
        for candidate in location.evses:
            if evse is not None and candidate.evse_id == evse:
                return replace(location, evses=(candidate,))
    return None


def merged(value: T, given: Any) -> T:
    """`value`, completed leaf by leaf from `given` where it is empty."""
    if given is None or given in ((), {}):
        return value
    if value is None or value in ((), {}):
        return given  # type: ignore[no-any-return]
    if is_dataclass(value) and type(value) is type(given) and not isinstance(value, (PartyId, EvseId, ContractId)):
        members = {
            field.name: merged(getattr(value, field.name), getattr(given, field.name)) for field in fields(value)
        }
        return replace(value, **members)  # type: ignore[type-var]
    return value
