"""What an EVSE costs at a moment, by the offers that are in force."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.canonical import from_json
from gateway.model.ids import EvseId
from gateway.model.network import EvsePrice, GroupPrice, Offer, PriceReason, TimeSlot
from gateway.networks.ground import Ground
from gateway.store import networks as store
from gateway.store import offers
from gateway.store.database import Transaction, stamp
from gateway.store.networks import FLEET, Candidate, Place
from gateway.store.offers import OfferRow


class Pricing:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def price_of(self, evse: EvseId, at: datetime, *, connection: str = "") -> EvsePrice:
        """The price at a connection; without one, at the first that has the EVSE.

        An EVSE in no group costs nothing once an offer of its account is in force: reason `unassigned-evse`.
        """
        names = [connection] if connection else list(self._ground.hubs)
        price = EvsePrice(evse=evse, at=at, reason=PriceReason.NOT_AT_HUB)
        for name in names:
            found = await self._at(name, evse, at)
            if found.reason is PriceReason.UNASSIGNED:
                self._ground.priced_zero(name)
            if found.reason is not PriceReason.NOT_AT_HUB:
                return found
        return price

    async def _at(self, connection: str, evse: EvseId, at: datetime) -> EvsePrice:
        tenant = self._ground.hub(connection).connection.tenant
        return await self._ground.database.read(lambda transaction: _price(transaction, connection, tenant, evse, at))


def _price(transaction: Transaction, connection: str, tenant: str, evse: EvseId, at: datetime) -> EvsePrice:
    rows = store.candidates(transaction, connection, tenant, FLEET["evse"] == evse.compact, store.at_hub())
    if not rows:
        return EvsePrice(evse=evse, at=at, reason=PriceReason.NOT_AT_HUB)
    place = store.places(transaction, tenant, [evse.compact]).get(evse.compact)
    if place is None:
        return _unassigned(transaction, connection, evse, at)
    told: dict[str, Any] = {"evse": evse, "at": at, "network": place.network_name, "group": place.group_name}
    offer = offers.in_force(transaction, place.network, stamp(at))
    if offer is None:
        return EvsePrice(reason=PriceReason.NO_OFFER, **told)
    return _of_group(offer, place, rows[0], told)


def _unassigned(transaction: Transaction, connection: str, evse: EvseId, at: datetime) -> EvsePrice:
    sold = any(
        offers.in_force(transaction, network.id, stamp(at))
        for network in store.listed(transaction, connection=connection)
    )
    if not sold:
        return EvsePrice(evse=evse, at=at, reason=PriceReason.NO_OFFER)
    return EvsePrice(evse=evse, at=at, reason=PriceReason.UNASSIGNED, cost=Decimal(0))


def _of_group(row: OfferRow, place: Place, candidate: Candidate, told: dict[str, Any]) -> EvsePrice:
    offer = from_json(Offer, json.loads(row.document))
    price = next((one for one in offer.prices if one.group_id == place.group), None)
    told["offer"] = offer.reference
    if price is None:
        return EvsePrice(reason=PriceReason.NO_SLOT, **told)
    slot = slot_at(price, told["at"].astimezone(zone_of(json.loads(candidate.document or "{}"))))
    if slot is None:
        return EvsePrice(reason=PriceReason.NO_SLOT, currency=price.currency, **told)
    price_set = next((one for one in offer.price_sets if one.name == slot.price_set), None)
    return EvsePrice(
        reason=PriceReason.GROUP_PRICE,
        currency=price.currency or (price_set.currency if price_set else None),
        components=slot.components or (price_set.components if price_set else ()),
        price_set=slot.price_set,
        **told,
    )


def slot_at(price: GroupPrice, local: datetime) -> TimeSlot | None:
    """The slot of a moment in the EVSE's own time."""
    second = local.hour * 3600 + local.minute * 60 + local.second
    return next(
        (
            slot
            for plan in price.plans
            if local.isoweekday() in plan.weekdays
            for slot in plan.slots
            if slot.begin is not None and slot.end is not None and slot.begin <= second < slot.end
        ),
        None,
    )


def zone_of(place: Mapping[str, Any]) -> ZoneInfo | timezone:
    """The zone of a place by its name, else by its offset, else UTC."""
    try:
        if place.get("time_zone"):
            return ZoneInfo(str(place["time_zone"]))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
    offset = str(place.get("utc_offset") or "+00:00")
    hours, _, minutes = offset.lstrip("+-").partition(":")
    span = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-span if offset.startswith("-") else span)
