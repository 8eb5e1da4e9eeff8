"""Contracts with CPOs and their EVSEs, for an EMP."""

from gateway.model.contract import (
    BillingDetails,
    ContactPerson,
    ContractView,
    NetworkSummary,
    OfferDetails,
    Subscription,
)
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import ContractAnswer, ContractEvses, Page
from gateway.model.network import Offer
from gateway_oicp.ngp import wire_reports as wire
from gateway_oicp.ngp.translate_offers import PRICING_TYPE, beyond_calendar, read_until, write_until
from gateway_oicp.ngp.translate_prices import read_pricing, write_contract_pricing
from gateway_oicp.ngp.translate_reports import read_network
from gateway_oicp.ngp.words import OFFER_STATUS, SERVICE
from gateway_oicp.translate.sessions import evse_text, text

TO_ALL = "OFFER_TO_ALL"

# --- EnhancedContracts -------------------------------------------------------------------------------------------


def _read_contact(model: wire.NgpContact | None) -> ContactPerson | None:
    if model is None:
        return None
    return ContactPerson(
        first_name=model.contact_first_name,
        last_name=model.contact_last_name,
        email=model.email,
        support_email=model.support_email,
        emergency_email=model.emergency_email,
        phone=model.b2b_phone,
    )


def _write_contact(contact: ContactPerson | None) -> wire.NgpContact | None:
    if contact is None:
        return None
    return wire.NgpContact(
        contact_first_name=contact.first_name,
        contact_last_name=contact.last_name,
        email=contact.email,
        support_email=contact.support_email,
        emergency_email=contact.emergency_email,
        b2b_phone=contact.phone,
    )


def _read_billing(model: wire.NgpBilling | None) -> BillingDetails | None:
    if model is None:
        return None
    return BillingDetails(
        first_name=model.billing_contact_first_name,
        last_name=model.billing_contact_last_name,
        email=model.billing_contact_email,
        phone=model.billing_contact_phone,
        bank_account=model.bank_account,
        tax_id=model.tax_id,
        country=model.country,
        city=model.city,
        street=model.street,
        postal_code=model.postal_code,
    )


def _write_billing(billing: BillingDetails | None) -> wire.NgpBilling | None:
    if billing is None:
        return None
    return wire.NgpBilling(
        billing_contact_first_name=billing.first_name,
        billing_contact_last_name=billing.last_name,
        billing_contact_email=billing.email,
        billing_contact_phone=billing.phone,
        bank_account=billing.bank_account,
        tax_id=billing.tax_id,
        country=billing.country,
        city=billing.city,
        street=billing.street,
        postal_code=billing.postal_code,
    )


def _read_contract_offer(model: wire.NgpContractOffer | None) -> Offer | None:
    if model is None:
        return None
    return Offer(
        id=model.service_offer_id,
        name=model.service_offer_name,
        description=model.description,
        status=OFFER_STATUS.read(model.service_offer_status),
        service=SERVICE.read(model.service_type_name),
        valid_from=model.valid_from,
        valid_to=read_until(model.valid_to),
        unlimited=beyond_calendar(model.valid_to),
        cancellation_days=model.cancellation_period,
        cancelled_to=read_until(model.cancellation_to),
        lead_days=model.lead_time,
        minimum_days=model.minimum_term,
        to_all=None if model.offer_type is None else model.offer_type == TO_ALL,
        created_at=model.created_on,
    )


def _write_contract_offer(offer: Offer | None) -> wire.NgpContractOffer | None:
    if offer is None:
        return None
    return wire.NgpContractOffer(
        service_offer_id=offer.id,
        service_offer_name=offer.name,
        offer_type=TO_ALL if offer.to_all else None,
        service_type_name=SERVICE.write(offer.service),
        description=offer.description,
        service_offer_status=OFFER_STATUS.write(offer.status),
        pricing_type=PRICING_TYPE,
        minimum_term=offer.minimum_days,
        cancellation_period=offer.cancellation_days,
        valid_from=offer.valid_from,
        valid_to=write_until(offer.valid_to),
        cancellation_to=write_until(offer.cancelled_to),
        lead_time=offer.lead_days,
        created_on=offer.created_at,
    )


def _read_subscribed(model: wire.NgpContractSubscription | None) -> tuple[Subscription, ...]:
    if model is None:
        return ()
    subscription = Subscription(
        name=model.subscription_name,
        status=model.subscription_status,
        subscribed_at=model.subscription_date,
        valid_from=model.valid_from,
        valid_to=read_until(model.valid_to),
        cancelled_to=read_until(model.subscription_cancellation_date),
        notice_days=model.period_of_notice,
        notice_message=model.period_of_notice_message,
    )
    return (subscription,)


def _write_subscribed(subscriptions: tuple[Subscription, ...]) -> wire.NgpContractSubscription | None:
    if not subscriptions:
        return None
    subscription = subscriptions[0]
    return wire.NgpContractSubscription(
        subscription_name=subscription.name,
        subscription_date=subscription.subscribed_at,
        subscription_status=subscription.status,
        period_of_notice=subscription.notice_days,
        period_of_notice_message=subscription.notice_message,
        valid_from=subscription.valid_from,
        valid_to=write_until(subscription.valid_to),
        subscription_cancellation_date=write_until(subscription.cancelled_to),
    )


def _write_network(network: NetworkSummary | None) -> wire.NgpContractNetwork | None:
    if network is None:
        return None
    return wire.NgpContractNetwork(
        network_id=network.id,
        network_name=network.name,
        group_count=network.group_count,
        evse_count=network.evse_count,
    )


def read_contract(model: wire.NgpContract) -> ContractAnswer:
    cpo = model.cpo_general_information or wire.NgpCpo(cpo_name=None, operator_id=None)
    contract = ContractView(
        operator=PartyId.read(cpo.operator_id),
        operator_name=cpo.cpo_name,
        sub_operators=tuple(party for party in map(PartyId.read, cpo.sub_partners) if party is not None),
        countries=cpo.countries,
        contact=_read_contact(model.cpo_contact_details),
        billing=_read_billing(model.billing_information),
        offers=tuple(
            OfferDetails(
                offer=_read_contract_offer(one.offer_details),
                subscriptions=_read_subscribed(one.subscription_details),
                network=read_network(one.network_details),
                prices=tuple(map(read_pricing, one.pricing)),
            )
            for one in model.offers
        ),
    )
    return ContractAnswer(contract=contract)


def write_contract(answer: ContractAnswer) -> wire.NgpContract:
    contract = answer.contract or ContractView()
    return wire.NgpContract(
        cpo_general_information=wire.NgpCpo(
            cpo_name=contract.operator_name,
            operator_id=text(contract.operator),
            sub_partners=tuple(map(str, contract.sub_operators)),
            countries=contract.countries,
        ),
        cpo_contact_details=_write_contact(contract.contact),
        billing_information=_write_billing(contract.billing),
        offers=tuple(
            wire.NgpContractOfferDetails(
                offer_details=_write_contract_offer(one.offer),
                subscription_details=_write_subscribed(one.subscriptions),
                network_details=_write_network(one.network),
                pricing=tuple(map(write_contract_pricing, one.prices)),
            )
            for one in contract.offers
        ),
    )


# --- ContractsEVSEs ----------------------------------------------------------------------------------------------


def read_contract_evses(model: wire.NgpContractEvsePage) -> ContractEvses:
    evses = (EvseId.read(one.evse_id) for one in model.content)
    return ContractEvses(
        evses=tuple(evse for evse in evses if evse is not None),
        page=Page(
            number=model.number,
            size=model.size,
            count=model.number_of_elements,
            total=model.total_elements,
            pages=model.total_pages,
            first=model.first,
            last=model.last,
        ),
    )


def write_contract_evses(answer: ContractEvses) -> wire.NgpContractEvsePage:
    """Without a page of its own the answer is the only one."""
    count = len(answer.evses)
    page = answer.page or Page(number=0, size=count, count=count, total=count, pages=1, first=True, last=True)
    return wire.NgpContractEvsePage(
        content=tuple(wire.NgpContractEvse(evse_id=evse_text(evse)) for evse in answer.evses),
        number=page.number,
        size=page.size,
        total_elements=page.total,
        total_pages=page.pages,
        number_of_elements=page.count,
        first=page.first,
        last=page.last,
    )
