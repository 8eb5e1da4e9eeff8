"""Service offers: their creation, the change of their prices, and the versions that the hub tells."""

from datetime import datetime

from gateway.model.ids import PartyId
from gateway.model.messages import CreateOffer, OfferVersion, UpdateOfferPrices
from gateway.model.network import Offer, OfferedService, RequiredData
from gateway.wire.scalars import local, timestamp
from gateway_oicp.ngp import wire
from gateway_oicp.ngp.translate_prices import read_product, read_tariff, write_product, write_tariff
from gateway_oicp.ngp.words import OFFER_STATUS, SERVICE_TYPE
from gateway_oicp.translate.sessions import text

PRICING_TYPE = "NGP"
REPLACED = "replaced by the hub"
"""For ids that are demanded and that the hub makes itself."""
FIRST_VERSION = 1


def read_until(moment: str | None) -> datetime | None:
    """None for no end, and for an end beyond the calendar: `+13544-01-20T21:59:59.999Z` is how "unlimited" looks."""
    try:
        return timestamp(moment) if moment else None
    except ValueError:
        return None


def write_until(moment: datetime | None) -> str | None:
    return None if moment is None else local(moment)


def beyond_calendar(moment: str | None) -> bool | None:
    """Whether an end is so far away that there is none; None where no end is told."""
    return None if moment is None else read_until(moment) is None


def _read_service(model: wire.NgpServiceType | None) -> OfferedService | None:
    return SERVICE_TYPE.read(text(model.service_type_id), model.service_type_name) if model is not None else None


def _write_service(service: OfferedService | None) -> wire.NgpServiceType | None:
    parts = SERVICE_TYPE.write_parts(service)
    if not parts:
        return None
    number, name = parts
    return wire.NgpServiceType(
        service_type_id=int(number or 0), service_type_name=name, service_type_version_number=FIRST_VERSION
    )


def _read_required(model: wire.NgpRequiredData | None) -> RequiredData | None:
    if model is None:
        return None
    return RequiredData(
        tax_id=model.tax_id,
        brand_name=model.brand_name,
        billing_email=model.billing_contact_email,
        billing_phone=model.billing_contact_phone,
        billing_first_name=model.billing_contact_first_name,
        billing_last_name=model.billing_contact_last_name,
        billing_city=model.billing_address_city,
        billing_country=model.billing_address_country,
        billing_postal_code=model.billing_address_postal_code,
        billing_street=model.billing_address_street,
    )


def _write_required(data: RequiredData | None) -> wire.NgpRequiredData | None:
    if data is None:
        return None
    return wire.NgpRequiredData(
        tax_id=data.tax_id,
        brand_name=data.brand_name,
        billing_contact_email=data.billing_email,
        billing_contact_phone=data.billing_phone,
        billing_contact_first_name=data.billing_first_name,
        billing_contact_last_name=data.billing_last_name,
        billing_address_city=data.billing_city,
        billing_address_country=data.billing_country,
        billing_address_postal_code=data.billing_postal_code,
        billing_address_street=data.billing_street,
    )


# --- CreateNGPServiceOffer ---------------------------------------------------------------------------------------


def read_new_offer(model: wire.NgpOfferRequest) -> CreateOffer:
    offer = Offer(
        reference=model.partner_internal_id,
        description=model.description,
        service=_read_service(model.service_type_version),
        valid_from=model.valid_from,
        valid_to=read_until(model.valid_to),
        unlimited=model.unlimited,
        cancellation_days=model.cancellation_period,
        lead_days=model.lead_time,
        minimum_days=model.minimum_term,
        notice_days=model.period_of_notice,
        notice_message=model.period_of_notice_message,
        to_all=model.offer_to_all,
        subscribers=model.subscriber_partner_ids,
        two_steps=model.two_step_process,
        required_data=_read_required(model.two_step_required_master_data_fields),
        network_id=model.network_id,
        terms=(model.uploaded_attachment_id,) if model.uploaded_attachment_id else (),
        price_sets=tuple(map(read_tariff, model.tariffs)),
        prices=tuple(map(read_product, model.products)),
    )
    return CreateOffer(offer=offer)


def write_new_offer(message: CreateOffer) -> wire.NgpOfferRequest:
    """Of several uploaded terms the first is named: there is room for one."""
    offer = message.offer or Offer()
    return wire.NgpOfferRequest(
        service_offer_id=REPLACED,
        description=offer.description,
        partner_internal_id=offer.reference,
        valid_from=offer.valid_from,
        valid_to=write_until(offer.valid_to),
        unlimited=offer.unlimited,
        cancellation_period=offer.cancellation_days,
        lead_time=offer.lead_days,
        minimum_term=offer.minimum_days,
        period_of_notice=offer.notice_days,
        period_of_notice_message=offer.notice_message,
        pricing_type=PRICING_TYPE,
        service_type_version=_write_service(offer.service),
        offer_to_all=offer.to_all,
        subscriber_partner_ids=offer.subscribers,
        two_step_process=offer.two_steps,
        two_step_required_master_data_fields=_write_required(offer.required_data),
        network_id=offer.network_id,
        uploaded_attachment_id=next(iter(offer.terms), None),
        tariffs=tuple(map(write_tariff, offer.price_sets)),
        products=tuple(map(write_product, offer.prices)),
    )


# --- UpdatePricingForNGPOffers -----------------------------------------------------------------------------------


def read_price_update(model: wire.NgpPriceUpdate) -> UpdateOfferPrices:
    """Which offer it is about stands in the path."""
    return UpdateOfferPrices(
        network_id=model.network_id,
        at=model.update_date,
        price_sets=tuple(map(read_tariff, model.tariffs)),
        prices=tuple(map(read_product, model.pricing_details)),
    )


def write_price_update(message: UpdateOfferPrices) -> wire.NgpPriceUpdate:
    return wire.NgpPriceUpdate(
        next_service_offer_id=REPLACED,
        network_id=message.network_id,
        update_date=message.at,
        tariffs=tuple(map(write_tariff, message.price_sets)),
        pricing_details=tuple(map(write_product, message.prices)),
    )


# --- the hub's answer --------------------------------------------------------------------------------------------


def read_offer(model: wire.NgpOffer) -> Offer:
    return Offer(
        id=model.id,
        name=model.name,
        reference=model.partner_internal_id,
        description=model.description,
        operator=PartyId.read(model.external_partner_id),
        status=OFFER_STATUS.read(model.status),
        service=_read_service(model.service_type_version),
        valid_from=model.valid_from,
        valid_to=read_until(model.valid_to),
        unlimited=model.unlimited,
        cancellation_days=model.cancellation_period,
        cancelled_to=read_until(model.cancellation_to),
        lead_days=model.lead_time,
        minimum_days=model.minimum_term,
        notice_days=model.period_of_notice,
        notice_message=model.period_of_notice_message,
        to_all=model.offer_to_all,
        subscribers=model.subscriber_partner_ids,
        two_steps=model.two_step_process,
        required_data=_read_required(model.two_step_required_master_data_fields),
        terms=tuple(one.id for one in model.attachments if one.id is not None),
        version=model.version,
        original_id=model.original_service_offer_id,
        previous_id=model.previous_service_offer_id,
        next_id=model.next_service_offer_id,
        subscriptions=model.nr_of_active_subscriptions,
        created_at=model.created_on,
    )


def write_offer(offer: Offer) -> wire.NgpOffer:
    return wire.NgpOffer(
        created_on=offer.created_at,
        id=offer.id,
        partner_internal_id=offer.reference,
        external_partner_id=text(offer.operator),
        name=offer.name,
        description=offer.description,
        service_type_version=_write_service(offer.service),
        offer_to_all=offer.to_all,
        subscriber_partner_ids=offer.subscribers,
        nr_of_active_subscriptions=offer.subscriptions,
        status=OFFER_STATUS.write(offer.status),
        pricing_type=PRICING_TYPE,
        minimum_term=offer.minimum_days,
        cancellation_period=offer.cancellation_days,
        period_of_notice=offer.notice_days,
        period_of_notice_message=offer.notice_message,
        attachments=tuple(wire.NgpTerms(id=one) for one in offer.terms),
        valid_from=offer.valid_from,
        valid_to=write_until(offer.valid_to),
        cancellation_to=write_until(offer.cancelled_to),
        unlimited=offer.unlimited,
        lead_time=offer.lead_days,
        version=offer.version,
        original_service_offer_id=offer.original_id,
        previous_service_offer_id=offer.previous_id,
        next_service_offer_id=offer.next_id,
        two_step_process=offer.two_steps,
        two_step_required_master_data_fields=_write_required(offer.required_data),
    )


def read_version(model: wire.NgpOffer) -> OfferVersion:
    return OfferVersion(offer=read_offer(model))


def write_version(answer: OfferVersion) -> wire.NgpOffer:
    return write_offer(answer.offer or Offer())
