"""What the simulated hub tells of offers: to the CPO with its subscriptions, to an EMP as its contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.model.ids import PartyId
from gateway.simulation import Partner
from gateway_oicp.ngp import wire
from gateway_oicp.ngp import wire_reports as reports
from gateway_oicp.simulator.ngp_networks import Networks, Wrong
from gateway_oicp.simulator.ngp_offers import CANCELLED, FOREVER, Offers, Version, offer_name
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.replies import Asked, page, page_bounds

SUBSCRIBED = "SUBSCRIBED"


class Contracts:
    """Every EMP that has an agreement with a CPO is subscribed to the CPO's offers to all."""

    def __init__(self, partners: Partners, networks: Networks, offers: Offers) -> None:
        self._partners, self._networks, self._offers = partners, networks, offers

    # --- for a CPO -----------------------------------------------------------------------------------------------

    def of_operator(self, partner: Partner) -> reports.NgpOffersInfo:
        versions = [one for one in self._offers.owned(str(partner.id)) if self._offers.status(one) != CANCELLED]
        return reports.NgpOffersInfo(offers_info=tuple(map(self._info, versions)))

    def versions(self, partner: Partner, offer: str) -> reports.NgpOffersInfo:
        first = self._offers.version(str(partner.id), offer).first
        found = [one for one in self._offers.owned(str(partner.id)) if one.first is first]
        return reports.NgpOffersInfo(offers_info=tuple(map(self._info, found)))

    def _info(self, version: Version) -> reports.NgpOfferInfo:
        return reports.NgpOfferInfo(
            service_offer=self._offers.told(version),
            subscriptions=tuple(_subscription(version, emp) for emp in self._subscribers(version)),
            network=reports.NgpNetworkSummary(
                network_id=version.network.id,
                network_name=version.network.name,
                group_count=len(version.network.groups),
                evse_count=_evse_count(version),
            ),
            pricing_details=tuple(
                reports.NgpGroupPricing(group_id=group, group_name=name, currency=currency, days=days)
                for group, name, currency, days in _pricing(version)
            ),
        )

    def _subscribers(self, version: Version) -> Iterator[Partner]:
        owner = PartyId.read(version.owner)
        for emp in self._partners.known.values():
            agreed = owner is not None and emp.role == "EMSP" and self._partners.agreed(owner, emp.id)
            if agreed and (version.asked.offer_to_all or str(emp.id) in version.asked.subscriber_partner_ids):
                yield emp

    # --- for an EMP ----------------------------------------------------------------------------------------------

    def between(self, emp: Partner, operator: str) -> reports.NgpContract:
        """Raises Wrong 404 where they have none."""
        cpo = self._partners.known.get(operator)
        offers = [one for one in self._offers.owned(operator) if self._is_subscribed(emp, one)]
        if cpo is None or not offers:
            raise Wrong(f"no contract with {operator}", http=404)
        return reports.NgpContract(
            cpo_general_information=reports.NgpCpo(
                cpo_name=cpo.name or operator,
                operator_id=operator,
                sub_partners=tuple(str(party) for party in cpo.operators if party != cpo.id),
            ),
            offers=tuple(map(self._contract_offer, offers)),
        )

    def _is_subscribed(self, emp: Partner, version: Version) -> bool:
        return self._offers.status(version) != CANCELLED and emp in self._subscribers(version)

    def _contract_offer(self, version: Version) -> reports.NgpContractOfferDetails:
        offer, service = self._offers.told(version), version.asked.service_type_version
        return reports.NgpContractOfferDetails(
            offer_details=reports.NgpContractOffer(
                service_offer_id=version.id,
                service_offer_name=offer_name(version),
                offer_type="OFFER_TO_ALL" if version.asked.offer_to_all else None,
                service_type_name=service.service_type_name if service is not None else None,
                service_offer_status=offer.status,
                pricing_type=offer.pricing_type,
                minimum_term=offer.minimum_term,
                cancellation_period=offer.cancellation_period,
                valid_from=offer.valid_from,
                valid_to=offer.valid_to,
                lead_time=offer.lead_time,
                created_on=offer.created_on,
            ),
            subscription_details=reports.NgpContractSubscription(
                subscription_name=offer_name(version), subscription_status=SUBSCRIBED, valid_from=version.valid_from
            ),
            network_details=reports.NgpContractNetwork(
                network_id=version.network.id,
                network_name=version.network.name,
                group_count=len(version.network.groups),
                evse_count=_evse_count(version),
            ),
            pricing=tuple(
                reports.NgpContractPricing(group_id=group, group_name=name, currency=currency, days=days)
                for group, name, currency, days in _pricing(version)
            ),
        )

    def evses(self, asked: Asked, names: Mapping[str, str]) -> Mapping[str, Any]:
        """One page of a group's EVSEs. Raises Wrong 404 for what is not in the contract."""
        version = self._offers.version(names["operatorID"], names["serviceOfferId"])
        group = next((one for one in version.network.groups if one.id == names["groupId"]), None)
        if not self._is_subscribed(asked.partner, version) or version.network.id != names["networkId"] or group is None:
            raise Wrong("no such group in this contract", http=404)
        number, size = page_bounds(asked)
        every = list(group.evses.values())
        some = [{"evseId": evse} for evse in every[number * size : (number + 1) * size]]
        return {key: value for key, value in page(some, len(every), number, size).items() if key != "StatusCode"}


def _subscription(version: Version, emp: Partner) -> reports.NgpSubscription:
    return reports.NgpSubscription(
        id=f"{version.id}-{emp.id}",
        name=f"{emp.id}_{version.owner}",
        service_offer_id=version.id,
        service_offer_name=offer_name(version),
        subscriber_partner_name=emp.name or str(emp.id),
        subscriber_partner_external_id=str(emp.id),
        status=SUBSCRIBED,
        subscribe_date=version.created_at,
        valid_from=version.valid_from,
        valid_to=FOREVER if version.asked.unlimited else version.asked.valid_to,
    )


def _evse_count(version: Version) -> int:
    return sum(len(group.evses) for group in version.network.groups)


def _pricing(version: Version) -> Iterator[tuple[str, str, str | None, tuple[reports.NgpDay, ...]]]:
    """(id, name, currency, days) of every group."""
    names = {group.id: group.name for group in version.network.groups}
    for one in version.products:
        if one.product is not None and one.group_id is not None:
            yield one.group_id, names[one.group_id], one.product.currency, _days(version, one.product)


def _days(version: Version, product: wire.NgpProduct) -> tuple[reports.NgpDay, ...]:
    tariffs = {tariff.name: tariff for tariff in version.tariffs}
    return tuple(
        reports.NgpDay(
            day=day,
            tariffs=tuple(
                reports.NgpDayTariff(
                    name=slot.tariff_name,
                    start_time=slot.start_time,
                    end_time=slot.end_time,
                    pricing_components=tuple(map(_component, tariffs[slot.tariff_name].pricing_components)),
                )
                for slot in plan.time_slots
            ),
        )
        for plan in product.time_plans
        for day in plan.days_of_the_week
    )


def _component(component: wire.NgpComponent) -> reports.NgpPriceDetail:
    return reports.NgpPriceDetail(
        type=component.type,
        reference_unit=component.reference_unit,
        cost=component.cost,
        grace_period=component.grace_period,
    )
