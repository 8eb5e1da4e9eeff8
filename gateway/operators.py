"""Locations and their operator: chosen at creation, fixed from then on; EVSE ids are made and checked with it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from gateway.canonical import from_json, to_json
from gateway.errors import ForeignOperator, Invalid
from gateway.findings import Finding, Severity
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Connector, Evse, Location
from gateway.store import Database
from gateway.store.database import stamp
from gateway.store.tables import locations


def new_evse_id(operator: PartyId, station: str, point: str = "") -> EvseId:
    """`DE*LON*E1111*11` from operator, station and point (letters and digits). Raises ValueError."""
    tail = f"{station}*{point}" if point else station
    return EvseId.parse(f"{operator.country}*{operator.party}*E{tail}")


def checked_evse(evse: EvseId | None, operator: PartyId | None) -> None:
    """Raises ForeignOperator for an EVSE id with another prefix than the location's operator."""
    if evse is None or operator is None or evse.party == operator:
        return
    raise ForeignOperator(
        f"{evse} does not begin with {operator}, the operator of its location; a hub refuses such an id (OICP code 018)"
    )


class LocationRegister:
    """The locations of each tenant, in the table `locations`.

    `refusal` says why a tenant may create no place of an operator (`Registry.refusal`); None: it may.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        refusal: Callable[[PartyId, str], str | None] = lambda _, __: None,
    ) -> None:
        self._database, self._now, self._refusal = database, now, refusal

    async def create(self, location: Location, tenant: str = "default") -> Location:
        """A new location of `location.operator`. Raises Invalid, or ForeignOperator for an EVSE of somebody else."""
        if not location.id or location.operator is None:
            raise _wrong("/operator", "a location needs an id and an operator")
        told = self._refusal(location.operator, tenant)
        if told is not None:
            raise _wrong("/operator", f"no place of {location.operator} can be created: {told}")
        for evse in location.evses:
            checked_evse(evse.evse_id, location.operator)
        if await self.get(location.id, tenant) is not None:
            raise _wrong("/id", f"there is a location {location.id} already")
        moment = stamp(self._now())
        values = {"id": location.id, "tenant": tenant, "operator": str(location.operator), "created_at": moment}
        await self._database.write(
            lambda transaction: transaction.execute(
                insert(locations).values(**values, document=_document(location), changed_at=moment)
            )
        )
        return location

    async def update(self, location: Location, tenant: str = "default") -> Location:
        """Replaces a location's content. Raises Invalid for another operator than it was created with."""
        present = await self.get(location.id or "", tenant)
        if present is None:
            raise _wrong("/id", f"there is no location {location.id}")
        if location.operator != present.operator:
            raise _wrong("/operator", "operator is fixed at creation; create a new location")
        for evse in location.evses:
            checked_evse(evse.evse_id, present.operator)
        where = (locations.c.id == location.id) & (locations.c.tenant == tenant)
        values = {"document": _document(location), "changed_at": stamp(self._now())}
        await self._database.write(
            lambda transaction: transaction.execute(update(locations).where(where).values(**values))
        )
        return location

    async def add_evse(
        self,
        location_id: str,
        station: str,
        point: str = "",
        *,
        connectors: Sequence[Connector] = (),
        tenant: str = "default",
    ) -> Evse:
        """A new EVSE whose id is made with the location's operator. Raises Invalid."""
        location = await self.get(location_id, tenant)
        if location is None or location.operator is None:
            raise _wrong("/id", f"there is no location {location_id}")
        evse_id = new_evse_id(location.operator, station, point)
        if any(evse.evse_id == evse_id for evse in location.evses):
            raise _wrong("/evses", f"there is an EVSE {evse_id} already")
        evse = Evse(uid=evse_id.compact, evse_id=evse_id, connectors=tuple(connectors))
        await self.update(replace(location, evses=(*location.evses, evse)), tenant)
        return evse

    async def get(self, location_id: str, tenant: str = "default") -> Location | None:
        where = (locations.c.id == location_id) & (locations.c.tenant == tenant)
        row = await self._database.read(
            lambda transaction: transaction.execute(select(locations).where(where)).one_or_none()
        )
        return None if row is None else from_json(Location, json.loads(row.document))

    async def listed(self, tenant: str = "default") -> Sequence[Location]:
        statement = select(locations).where(locations.c.tenant == tenant).order_by(locations.c.id)
        rows = await self._database.read(lambda transaction: transaction.execute(statement).all())
        return [from_json(Location, json.loads(row.document)) for row in rows]


def _document(location: Location) -> str:
    return json.dumps(to_json(location))


def _wrong(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "location", text)])
