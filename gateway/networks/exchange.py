"""Networks, offers and prices at the hub: what is sent, what the hub answers, and where the two differ."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.canonical import from_json, to_json
from gateway.errors import Refused
from gateway.model import messages as m
from gateway.model.contract import OfferDetails
from gateway.model.ids import EvseId
from gateway.model.network import EvseNetwork, GroupPrice, Offer, PriceSet
from gateway.networks import rules
from gateway.networks.ground import Ground, group_of, network_of, new_id
from gateway.networks.offers import OfferView, offer_of, priced, view
from gateway.store import networks as store
from gateway.store import offers
from gateway.store.database import Transaction, stamp
from gateway.store.networks import FLEET, GroupRow, NetworkRow
from gateway.store.offers import OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The hub's answer beside ours, by the name of the group, ids as spelled.

    `missing`: ours, and the hub does not have it there. `extra`: the hub has it there, we do not.
    """

    network: str
    created: bool
    missing: Mapping[str, tuple[str, ...]]
    extra: Mapping[str, tuple[str, ...]]

    @property
    def same(self) -> bool:
        return not self.missing and not self.extra


class HubSide:
    """`gateway.networks.hub_side`: calls are immediate; they raise Refused or a TransportError."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    # --- networks ------------------------------------------------------------------------------------------------

    async def send(self, network: str) -> Compared:
        """Creates the network at the hub, or assigns its EVSEs where it is there; compares what the hub says then.

        The hub has no way to take an EVSE out of a group: what was unassigned here is `extra` there. What was retired
        is not sent, since the hub takes only what was pushed, and is no difference.
        """
        row, whole, gone = await self._ground.database.read(lambda transaction: self._ours(transaction, network))
        ours = _sent(whole, gone, anew=row.hub_id is None)
        hub, created = self._ground.hub(row.connection), row.hub_id is None
        message: m.Message[m.NetworkAnswer] = m.CreateNetwork(network=ours) if created else m.AssignEvses(network=ours)
        theirs = (await hub.send(message)).network or EvseNetwork()
        if created:
            await self.noted(row.id, theirs.id or "", {one.name or "": one.id or "" for one in theirs.groups})
        return compared(whole, theirs, created=created, retired=gone)

    def _ours(self, transaction: Transaction, network: str) -> tuple[NetworkRow, EvseNetwork, frozenset[EvseId]]:
        """The network as it is here, and those of its EVSEs that are no longer at the hub."""
        row = self._ground.seen(transaction, network)
        ours = network_of(transaction, row, self._ground.hub(row.connection).connection.party)
        where = (store.at_hub(), FLEET["network"] == row.id)
        there = {one.evse for one in store.candidates(transaction, row.connection, row.tenant, *where)}
        gone = frozenset(evse for group in ours.groups for evse in group.evses if evse.compact not in there)
        return row, ours, gone

    async def noted(self, network: str, hub_id: str, groups: Mapping[str, str]) -> None:
        """Keeps the hub's ids of a network and its groups (by name), as its portal or its answer tells them."""
        if not hub_id or not all(groups.values()):
            raise Refused("id", "the hub has given no id")

        def work(transaction: Transaction) -> None:
            its = self._ground.network(transaction, network)
            store.change_network(transaction, its.id, hub_id=hub_id, changed_at=self._ground.stamp())
            for name, its_id in groups.items():
                store.change_group(transaction, group_of(transaction, its, name).id, hub_id=its_id)

        await self._ground.write(work)

    # --- offers --------------------------------------------------------------------------------------------------

    async def upload_terms(self, connection: str, file_name: str, content: bytes) -> str:
        """Terms and conditions (PDF). Returns the id by which an offer names them."""
        message = m.UploadTerms(file_name=file_name, content=base64.b64encode(content).decode())
        answer = await self._ground.hub(connection).send(message)
        if answer.attachment_id is None:
            raise Refused("id", "the hub has given no id")
        return answer.attachment_id

    async def created_offer(self, network: str, offer: str) -> str:
        """Creates a kept offer at the hub, where it becomes active by time. Returns the hub's id."""
        row, kept, groups = await self._ground.database.read(
            lambda transaction: self._kept(transaction, network, offer)
        )
        told = from_json(Offer, json.loads(kept.document))
        sent = replace(told, network_id=row.hub_id, prices=at_hub(row, groups, told.prices))
        answer = await self._ground.hub(row.connection).send(m.CreateOffer(offer=sent))
        if answer.offer is None or answer.offer.id is None:
            raise Refused("id", "the hub has given no id")
        return answer.offer.id

    def _kept(self, transaction: Transaction, network: str, offer: str) -> tuple[NetworkRow, OfferRow, list[GroupRow]]:
        row = self._ground.seen(transaction, network)
        if row.hub_id is None:
            raise rules.refused(f"the network {row.name!r} is not at the hub; send it first", code="network-not-at-hub")
        return row, offer_of(transaction, row, offer), store.groups_of(transaction, row.id)

    async def update_prices(
        self, network: str, offer: str, at: datetime, price_sets: Sequence[PriceSet], prices: Sequence[GroupPrice]
    ) -> OfferView:
        """All prices of an unlimited offer anew, from `at` on; the version that the hub makes of it is kept beside.

        Raises Conflict for a limited offer, and for a time that is nearer than the offer's lead time.
        """
        row, kept, groups = await self._ground.database.read(
            lambda transaction: self._kept(transaction, network, offer)
        )
        before = from_json(Offer, json.loads(kept.document))
        self._may_update(row, kept, before, at)
        named = priced(row, groups, prices)
        message = m.UpdateOfferPrices(
            offer_id=kept.hub_id,
            network_id=row.hub_id,
            at=at,
            price_sets=tuple(price_sets),
            prices=at_hub(row, groups, named),
        )
        answer = await self._ground.hub(row.connection).send(message)
        after = replace(before, valid_from=at, price_sets=tuple(price_sets), prices=named)
        return await self._ground.write(lambda t: self._added(t, row, kept, after, answer.offer))

    def _may_update(self, network: NetworkRow, kept: OfferRow, offer: Offer, at: datetime) -> None:
        limits = self._ground.limits(network)
        if kept.state != offers.ACTIVE or kept.hub_id is None:
            raise rules.refused(f"the offer {kept.name!r} is not at the hub", code="offer-not-at-hub")
        if not offer.unlimited:
            raise rules.refused(limits.price_update.note, limits.price_update, code="limited-offer")
        days = offer.lead_days or limits.lead_days.number
        if at < self._ground.now() + timedelta(days=days):
            text = f"new prices are announced {days} days before, not for {at.isoformat()}"
            raise rules.refused(text, limits.lead_days, code="lead-time")

    def _added(
        self, transaction: Transaction, network: NetworkRow, kept: OfferRow, after: Offer, theirs: Offer | None
    ) -> OfferView:
        moment = self._ground.stamp()
        row = OfferRow(
            id=new_id(),
            network=network.id,
            name=kept.name,
            state=offers.ACTIVE,
            document=json.dumps(to_json(after), sort_keys=True),
            hub_id=theirs.id if theirs is not None else None,
            valid_from=stamp(after.valid_from) if after.valid_from is not None else moment,
            valid_to=kept.valid_to,
            created_at=moment,
            changed_at=moment,
        )
        offers.add(transaction, row)
        return view(network, row)

    async def offers(self, connection: str) -> Sequence[OfferDetails]:
        """The account's offers as the hub has them, with subscriptions."""
        return (await self._ground.hub(connection).send(m.FetchOffers())).offers

    async def offer_versions(self, connection: str, hub_id: str) -> Sequence[OfferDetails]:
        """Every version that an offer has had, by the hub's id."""
        return (await self._ground.hub(connection).send(m.FetchOfferVersions(offer_id=hub_id))).offers


def at_hub(network: NetworkRow, groups: Sequence[GroupRow], prices: Sequence[GroupPrice]) -> tuple[GroupPrice, ...]:
    """Prices with the hub's ids of their groups. Raises Conflict where the hub's id of one is not known."""
    known = {group.id: group for group in groups}
    unknown = [group.name for group in known.values() if group.hub_id is None]
    if unknown:
        text = f"the hub's id of these groups of {network.name!r} is not known: {', '.join(unknown)}"
        raise rules.refused(text, code="group-not-at-hub")
    return tuple(replace(price, group_id=known[price.group_id or ""].hub_id) for price in prices)


def _sent(ours: EvseNetwork, gone: frozenset[EvseId], *, anew: bool) -> EvseNetwork:
    """What is told of a network. Where the hub has it already, a group without EVSEs says nothing."""
    groups = (replace(one, evses=tuple(evse for evse in one.evses if evse not in gone)) for one in ours.groups)
    return replace(ours, groups=tuple(group for group in groups if anew or group.evses))


def compared(
    ours: EvseNetwork, theirs: EvseNetwork, *, created: bool = False, retired: frozenset[EvseId] = frozenset()
) -> Compared:
    """Two views of a network, group by group; ids are compared by meaning. `retired` need not be at the hub."""
    there = {group.name: group.evses for group in theirs.groups}
    missing: dict[str, tuple[str, ...]] = {}
    extra: dict[str, tuple[str, ...]] = {}
    for group in ours.groups:
        found, own = there.get(group.name, ()), frozenset(group.evses)
        theirs_of = frozenset(found)
        gone = tuple(str(evse) for evse in group.evses if evse not in theirs_of and evse not in retired)
        more = tuple(str(evse) for evse in found if evse not in own)
        missing |= {group.name or "": gone} if gone else {}
        extra |= {group.name or "": more} if more else {}
    return Compared(network=ours.name or "", created=created, missing=missing, extra=extra)
