"""Offers for a network: one price for each group, checked against the hub's rules before anything is sent."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.canonical import from_json, to_json
from gateway.errors import Invalid
from gateway.findings import Finding, Severity, errors
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.network import GroupPrice, Offer
from gateway.networks import listing, rules
from gateway.networks.ground import Ground, new_id
from gateway.store import networks as store
from gateway.store import offers
from gateway.store.database import Transaction, stamp
from gateway.store.networks import GroupRow, NetworkRow
from gateway.store.offers import OfferRow
from gateway.wire import findings

PENDING_ID = "not-yet-at-the-hub"
"""Stands for an id of the hub's while an offer is checked that is not sent yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """An offer as it is kept: `state` draft or active, ids in `offer` are ours, `hub_id` is the hub's."""

    id: str
    network: str
    state: str
    hub_id: str | None
    offer: Offer
    warnings: tuple[Finding, ...] = ()


class NetworkOffers:
    """`gateway.networks.offers`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def create(self, network: str, offer: Offer) -> OfferView:
        """A draft. Its prices name their groups by `group_name`. Nothing is sent.

        Raises Conflict while EVSEs of the hub are in no group (a setting makes it a warning), and Invalid for what
        the hub would not take.
        """

        def work(transaction: Transaction) -> OfferView:
            its = self._ground.network(transaction, network)
            warnings = [*self._over_unassigned(transaction, its)]
            resolved = with_groups(transaction, its, offer)
            broken = check(self._ground.hub(its.connection), its, resolved, self._ground.now())
            if errors(broken):
                raise Invalid(errors(broken))
            row = self._row(its, resolved)
            offers.add(transaction, row)
            return view(its, row, (*warnings, *broken))

        return await self._ground.write(work)

    def _over_unassigned(self, transaction: Transaction, network: NetworkRow) -> Iterator[Finding]:
        count = listing.number_free(transaction, network)
        rule = self._ground.limits(network).offer_over_unassigned
        if not count:
            return
        text = f"{count} EVSEs are at the hub and in no group: {ZERO}"
        if rule.value != rules.WARN:
            raise rules.refused(text, rule, code="unassigned-evses")
        yield Finding("", Severity.WARNING, "unassigned-evses", text)

    def _row(self, network: NetworkRow, offer: Offer) -> OfferRow:
        assert offer.valid_from is not None
        return OfferRow(
            id=new_id(),
            network=network.id,
            name=offer.reference or "",
            document=json.dumps(to_json(offer), sort_keys=True),
            valid_from=stamp(offer.valid_from),
            valid_to=stamp(offer.valid_to) if offer.valid_to is not None else None,
            created_at=self._ground.stamp(),
            changed_at=self._ground.stamp(),
        )

    async def listed(self, network: str) -> Sequence[OfferView]:
        """By the time from which they are valid."""

        def work(transaction: Transaction) -> Sequence[OfferView]:
            its = self._ground.seen(transaction, network)
            return [view(its, row) for row in offers.listed(transaction, its.id)]

        return await self._ground.database.read(work)

    async def show(self, network: str, offer: str = "") -> OfferView:
        """An offer by its id or name; without either the last one. Raises Invalid."""

        def work(transaction: Transaction) -> OfferView:
            its = self._ground.seen(transaction, network)
            return view(its, offer_of(transaction, its, offer))

        return await self._ground.database.read(work)


ZERO = "their price will be zero"


def offer_of(transaction: Transaction, network: NetworkRow, name: str = "") -> OfferRow:
    """Raises Invalid."""
    found = [row for row in offers.listed(transaction, network.id) if not name or name in (row.id, row.name)]
    if not found:
        what = f"no offer {name!r}" if name else "no offer"
        raise rules.wrong(f"there is {what} for the network {network.name!r}", "/offer")
    return found[-1]


def view(network: NetworkRow, row: OfferRow, warnings: Sequence[Finding] = ()) -> OfferView:
    offer = from_json(Offer, json.loads(row.document))
    return OfferView(
        id=row.id, network=network.name, state=row.state, hub_id=row.hub_id, offer=offer, warnings=tuple(warnings)
    )


# --- checks ------------------------------------------------------------------------------------------------------


def with_groups(transaction: Transaction, network: NetworkRow, offer: Offer) -> Offer:
    """The offer with our ids of its groups. Raises Invalid: each group has one price, and each price a group."""
    groups = store.groups_of(transaction, network.id)
    return replace(offer, prices=priced(network, groups, offer.prices))


def priced(network: NetworkRow, groups: Sequence[GroupRow], prices: Sequence[GroupPrice]) -> tuple[GroupPrice, ...]:
    """As `with_groups`, for prices alone."""
    known = {group.name: group.id for group in groups}
    names = [price.group_name or "" for price in prices]
    broken = [
        *(f"the network {network.name!r} has no group {name!r}" for name in names if name not in known),
        *(f"the group {name!r} has two prices" for name in known if names.count(name) > 1),
        *(f"the group {name!r} has no price" for name in known if name not in names),
    ]
    if broken:
        raise Invalid([Finding("/prices", Severity.ERROR, "groups", text) for text in broken])
    return tuple(replace(price, group_id=known[price.group_name or ""]) for price in prices)


def demand_fitting(network: NetworkRow, groups: Sequence[GroupRow], row: OfferRow) -> None:
    """Raises Conflict where groups have come or gone since the offer was made: each has one price, each price one."""
    prices = from_json(Offer, json.loads(row.document)).prices
    given, known = {price.group_id for price in prices}, {group.id for group in groups}
    told = [
        *(f"{group.name!r} has no price" for group in groups if group.id not in given),
        *(f"{price.group_name!r} is gone" for price in prices if price.group_id not in known),
    ]
    if told:
        text = f"the groups of {network.name!r} have changed since the offer {row.name!r} was made: {', '.join(told)}"
        raise rules.refused(f"{text}; make the offer anew", code="groups-changed")


def check(hub: Hub, network: NetworkRow, offer: Offer, now: datetime) -> list[Finding]:
    """What stands against an offer: our own rules, and those of the message that it will be sent by."""
    found = [Finding("/reference", Severity.ERROR, "missing", "an offer needs a name")] if not offer.reference else []
    if offer.valid_from is None or offer.valid_from <= now:
        found.append(Finding("/valid_from", Severity.ERROR, "past", "an offer begins at a time to come"))
    write = hub.adapter.writes.get(m.CreateOffer)
    if write is None:
        text = f"{hub.profile.title} has no message for an offer"
        return [*found, Finding("", Severity.ERROR, "no-message", text)]
    network_id = offer.network_id or network.hub_id or PENDING_ID
    parts = write(m.CreateOffer(offer=replace(offer, network_id=network_id)))
    told = {(one.pointer, one.text) for one in found}
    sent = (one for part in parts for one in findings(part.model) if (one.pointer, one.text) not in told)
    return [*found, *gaps(offer.prices), *sent]


def gaps(prices: Sequence[GroupPrice]) -> Iterator[Finding]:
    """Days on which a group has no price at all."""
    for price in prices:
        covered = {day for plan in price.plans if plan.slots for day in plan.weekdays}
        missing = [str(day) for day in range(1, 8) if day not in covered]
        if missing:
            text = f"the group {price.group_name!r} has no price on the weekdays {', '.join(missing)} (1 = Monday)"
            yield Finding("/prices", Severity.WARNING, "gap", text)
