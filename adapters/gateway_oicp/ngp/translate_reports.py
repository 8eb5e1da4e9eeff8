"""Offers with their subscriptions and prices, as the hub tells them to a CPO."""

from gateway.model.contract import NetworkSummary, OfferDetails, Subscription
from gateway.model.ids import PartyId
from gateway.model.messages import Offers
from gateway_oicp.ngp import wire_reports as wire
from gateway_oicp.ngp.translate_offers import read_offer, read_until, write_offer, write_until
from gateway_oicp.ngp.translate_prices import read_pricing, write_pricing
from gateway_oicp.translate.sessions import text


def _read_subscription(model: wire.NgpSubscription) -> Subscription:
    return Subscription(
        id=model.id,
        name=model.name,
        offer_id=model.service_offer_id,
        subscriber=PartyId.read(model.subscriber_partner_external_id),
        subscriber_name=model.subscriber_partner_name,
        status=model.status,
        error=model.two_step_error_status,
        subscribed_at=model.subscribe_date,
        valid_from=model.valid_from,
        valid_to=read_until(model.valid_to),
        cancelled_to=read_until(model.cancellation_to),
        notice_days=model.period_of_notice,
        notice_message=model.period_of_notice_message,
    )


def _write_subscription(subscription: Subscription) -> wire.NgpSubscription:
    return wire.NgpSubscription(
        id=subscription.id,
        name=subscription.name,
        service_offer_id=subscription.offer_id,
        subscriber_partner_name=subscription.subscriber_name,
        subscriber_partner_external_id=text(subscription.subscriber),
        status=subscription.status,
        subscribe_date=subscription.subscribed_at,
        period_of_notice=subscription.notice_days,
        period_of_notice_message=subscription.notice_message,
        valid_from=subscription.valid_from,
        valid_to=write_until(subscription.valid_to),
        cancellation_to=write_until(subscription.cancelled_to),
        two_step_error_status=subscription.error,
    )


def read_network(model: wire.NgpNetworkSummary | wire.NgpContractNetwork | None) -> NetworkSummary | None:
    if model is None:
        return None
    return NetworkSummary(
        id=model.network_id, name=model.network_name, group_count=model.group_count, evse_count=model.evse_count
    )


def _write_network(network: NetworkSummary | None) -> wire.NgpNetworkSummary | None:
    if network is None:
        return None
    return wire.NgpNetworkSummary(
        network_id=network.id,
        network_name=network.name,
        group_count=network.group_count,
        evse_count=network.evse_count,
    )


def _read_info(model: wire.NgpOfferInfo) -> OfferDetails:
    return OfferDetails(
        offer=read_offer(model.service_offer) if model.service_offer is not None else None,
        subscriptions=tuple(map(_read_subscription, model.subscriptions)),
        network=read_network(model.network),
        prices=tuple(map(read_pricing, model.pricing_details)),
    )


def _write_info(details: OfferDetails) -> wire.NgpOfferInfo:
    return wire.NgpOfferInfo(
        service_offer=write_offer(details.offer) if details.offer is not None else None,
        subscriptions=tuple(map(_write_subscription, details.subscriptions)),
        network=_write_network(details.network),
        pricing_details=tuple(map(write_pricing, details.prices)),
    )


def read_offers(model: wire.NgpOffersInfo) -> Offers:
    return Offers(offers=tuple(map(_read_info, model.offers_info)))


def write_offers(answer: Offers) -> wire.NgpOffersInfo:
    return wire.NgpOffersInfo(offers_info=tuple(map(_write_info, answer.offers)))
