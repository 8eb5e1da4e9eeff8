"""EVSEs as the lists show them, and filters on what is shown."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, or_

from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import PowerType
from gateway.networks.rules import wrong
from gateway.store.networks import FLEET, Candidate

AC, DC = "AC", "DC"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseFilter:
    """All that is given must fit. `evse` is a part of the id, separators do not count; `location` a part of its id,
    name or address; `power_type` a canonical one, `AC` for all of these, or `DC`; `group` a name; output in kW.
    """

    evse: str | None = None
    location: str | None = None
    power_type: str | None = None
    min_kw: Decimal | None = None
    max_kw: Decimal | None = None
    operator: PartyId | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        if self.power_type is not None and self.power_type not in (AC, DC, *PowerType):
            raise wrong(f"{self.power_type!r} is no power type; there are AC, {', '.join(PowerType)}", "/power_type")

    @property
    def looks_inside(self) -> bool:
        """Whether the record itself has to be read."""
        return any(one is not None for one in (self.location, self.power_type, self.min_kw, self.max_kw))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvse:
    """A line of a list: the EVSE, its place, its power types and its output in kW; where it is, or why not yet."""

    evse: EvseId
    operator: str
    location: str
    power_types: tuple[str, ...] = ()
    output_kw: Decimal | None = None
    network: str | None = None
    group: str | None = None
    waits: str | None = None


def conditions(wanted: EvseFilter) -> Sequence[ColumnElement[bool]]:
    """What the database can tell of a filter."""
    found: list[ColumnElement[bool]] = []
    if wanted.evse:
        compact = re.sub(r"[*\-|\s]", "", wanted.evse).upper()
        told = FLEET["spelled"].icontains(wanted.evse, autoescape=True)
        found.append(or_(FLEET["evse"].contains(compact, autoescape=True), told) if compact else told)
    if wanted.operator is not None:
        found.append(FLEET["operator"] == wanted.operator.compact)
    if wanted.group is not None:
        found.append(FLEET["group_name"] == wanted.group)
    return found


def listed(row: Candidate) -> ListedEvse:
    place = _record(row)
    evse = _evse(place)
    return ListedEvse(
        evse=EvseId.read(row.spelled) or EvseId.read(row.evse) or EvseId(None, row.evse),
        operator=row.operator,
        location=_label(place),
        power_types=tuple(sorted({one["power_type"] for one in _connectors(evse) if "power_type" in one})),
        output_kw=_output(evse),
        network=row.network,
        group=row.group,
    )


def fits(shown: ListedEvse, row: Candidate, wanted: EvseFilter) -> bool:
    """What the database could not tell."""
    kinds = {kind[:2] for kind in shown.power_types} if wanted.power_type == AC else set(shown.power_types)
    output = shown.output_kw
    return all(
        (
            wanted.power_type is None or wanted.power_type in kinds,
            wanted.min_kw is None or (output is not None and output >= wanted.min_kw),
            wanted.max_kw is None or (output is not None and output <= wanted.max_kw),
            wanted.location is None or wanted.location.casefold() in _words(_record(row)),
        )
    )


def _record(row: Candidate) -> Mapping[str, Any]:
    """The record as JSON: thousands are looked through, and few of them shown."""
    found = json.loads(row.document) if row.document else {}
    return found if isinstance(found, dict) else {}


def _evse(place: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(place.get("evses", ())), {})


def _connectors(evse: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = evse.get("connectors", ())
    return found


def _output(evse: Mapping[str, Any]) -> Decimal | None:
    told = [evse.get("max_power_kw"), *(one.get("max_power_kw") for one in _connectors(evse))]
    return max((Decimal(str(one)) for one in told if one is not None), default=None)


def _label(place: Mapping[str, Any]) -> str:
    """Its name and city, or its id."""
    names = [name.get("text", "") for name in place.get("names", ())][:1]
    parts = [*names, place.get("address", {}).get("city")]
    return ", ".join(part for part in parts if part) or str(place.get("id", ""))


def _words(place: Mapping[str, Any]) -> str:
    names = [str(name.get("text", "")) for name in place.get("names", ())]
    address = [str(part) for part in place.get("address", {}).values()]
    return "\n".join([str(place.get("id", "")), *names, *address]).casefold()
