"""Activation in two steps: first everything that will cost nothing is named, then somebody says yes to exactly that."""

import hashlib
from dataclasses import dataclass

from gateway.model.ids import EvseId
from gateway.networks import listing, rules
from gateway.networks.exchange import HubSide
from gateway.networks.ground import Ground
from gateway.networks.offers import ZERO, OfferView, demand_fitting, offer_of, view
from gateway.store import networks as store
from gateway.store import offers
from gateway.store.database import Transaction
from gateway.store.networks import ACTIVE, NetworkRow
from gateway.store.offers import OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationPlan:
    """What activation would do. `unpriced` are at the hub and in no group; `token` says yes to this very list."""

    network: str
    offer: str
    unpriced: tuple[EvseId, ...]
    empty_groups: tuple[str, ...]
    sentence: str
    token: str


class Activation:
    def __init__(self, ground: Ground, hub_side: HubSide) -> None:
        self._ground, self._hub_side = ground, hub_side

    async def plan(self, network: str, offer: str = "") -> ActivationPlan:
        """The dry run. Raises Invalid where there is no such offer, Conflict where it is for other groups."""

        def work(transaction: Transaction) -> ActivationPlan:
            its = self._ground.seen(transaction, network)
            return _plan(transaction, its, offer_of(transaction, its, offer))

        return await self._ground.database.read(work)

    async def activate(self, network: str, offer: str = "", *, confirm: str = "", at_hub: bool = True) -> OfferView:
        """Sends a draft offer to the hub and makes its network active.

        `confirm` is the token of the plan: Raises Conflict without it, and where the list has changed since. With
        `at_hub` False the offer was made in the hub's portal. Raises Refused or a TransportError, and stays a draft.
        """
        plan = await self.plan(network, offer)
        if confirm != plan.token:
            raise self._unconfirmed(plan, confirm)
        hub_id = await self._hub_side.created_offer(network, plan.offer) if at_hub else None

        def work(transaction: Transaction) -> OfferView:
            its = self._ground.network(transaction, network)
            row, moment = offer_of(transaction, its, plan.offer), self._ground.stamp()
            if row.state != offers.DRAFT:
                raise _twice(row, hub_id)
            offers.change(transaction, row.id, state=offers.ACTIVE, hub_id=hub_id or row.hub_id, changed_at=moment)
            store.change_network(transaction, its.id, state=ACTIVE, activated_at=its.activated_at or moment)
            return view(its, offer_of(transaction, its, row.id))

        return await self._ground.write(work)

    def _unconfirmed(self, plan: ActivationPlan, confirm: str) -> rules.Conflict:
        why = "EVSEs have changed since this was shown" if confirm else "activation needs to be confirmed"
        named = [
            rules.finding("in no group; its price will be zero", code="unassigned-evse", pointer=f"/{evse}")
            for evse in plan.unpriced
        ]
        text = f"{why}: {plan.sentence}; confirm with {plan.token}"
        return rules.Conflict([rules.finding(text, code="unconfirmed"), *named])


def _twice(row: OfferRow, hub_id: str | None) -> rules.Conflict:
    """Two have said yes at the same time, and the hub may have taken both."""
    told = [one for one in (row.hub_id, hub_id) if one]
    twice = f"; the hub now has it twice, as {' and '.join(told)}: end one in its portal" if len(told) > 1 else ""
    return rules.refused(f"somebody else has just activated the offer {row.name!r}{twice}", code="raced")


def _plan(transaction: Transaction, network: NetworkRow, offer: OfferRow) -> ActivationPlan:
    if offer.state != offers.DRAFT:
        raise rules.wrong(f"the offer {offer.name!r} is active already", "/offer")
    groups = store.groups_of(transaction, network.id)
    demand_fitting(network, groups, offer)
    unpriced = tuple(one.evse for one in listing.free(transaction, network))
    filled = store.counted(transaction, network.id)
    empty = tuple(group.name for group in groups if group.id not in filled)
    return ActivationPlan(
        network=network.name,
        offer=offer.id,
        unpriced=unpriced,
        empty_groups=empty,
        sentence=_sentence(unpriced),
        token=_token(network, offer, unpriced),
    )


def _sentence(unpriced: tuple[EvseId, ...]) -> str:
    if not unpriced:
        return "every EVSE at the hub is in a group"
    return f"{len(unpriced)} EVSEs at the hub are in no group: {ZERO}"


def _token(network: NetworkRow, offer: OfferRow, unpriced: tuple[EvseId, ...]) -> str:
    told = "\n".join([network.id, offer.id, offer.document, *(evse.compact for evse in unpriced)])
    return hashlib.sha256(told.encode()).hexdigest()[:8]
