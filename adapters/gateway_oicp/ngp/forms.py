"""Every message of the automation APIs: its form, and what is sent for a canonical message."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.ngp import translate_contracts as contracts
from gateway_oicp.ngp import translate_networks as networks
from gateway_oicp.ngp import translate_offers as offers
from gateway_oicp.ngp import translate_reports as reports
from gateway_oicp.ngp import wire, wire_reports

ASSIGNMENT = message_form(
    "EVSEAssignment", "ngp_evse_assignment", (wire.NgpAssignment, m.AssignEvses),
    (networks.read_assignment, networks.write_assignment),
)  # fmt: skip
ASSIGNMENT_ANSWER = message_form(
    "EVSEAssignment.response", "ngp_evse_assignment_response", (wire.NgpAssignment, m.NetworkAnswer),
    (networks.read_assignment_answer, networks.write_assignment_answer), Role.HUB,
)  # fmt: skip
NETWORK = message_form(
    "EVSENetwork", "ngp_evse_network", (wire.NgpNetwork, m.CreateNetwork),
    (networks.read_new_network, networks.write_new_network),
)  # fmt: skip
NETWORK_ANSWER = message_form(
    "EVSENetwork.response", "ngp_evse_network_response", (wire.NgpNetwork, m.NetworkAnswer),
    (networks.read_network_answer, networks.write_network_answer), Role.HUB,
)  # fmt: skip
TERMS_ANSWER = message_form(
    "UploadTermsConditions.response", "ngp_terms_response", (wire.NgpAttachment, m.UploadedTerms),
    (networks.read_terms, networks.write_terms), Role.HUB,
)  # fmt: skip
OFFER = message_form(
    "CreateNGPServiceOffer", "ngp_offer", (wire.NgpOfferRequest, m.CreateOffer),
    (offers.read_new_offer, offers.write_new_offer),
)  # fmt: skip
OFFER_ANSWER = message_form(
    "CreateNGPServiceOffer.response", "ngp_offer_response", (wire.NgpOffer, m.OfferVersion),
    (offers.read_version, offers.write_version), Role.HUB,
)  # fmt: skip
PRICES = message_form(
    "UpdatePricingForNGPOffers", "ngp_price_update", (wire.NgpPriceUpdate, m.UpdateOfferPrices),
    (offers.read_price_update, offers.write_price_update),
)  # fmt: skip
PRICES_ANSWER = message_form(
    "UpdatePricingForNGPOffers.response", "ngp_offer_response", (wire.NgpOffer, m.OfferVersion),
    (offers.read_version, offers.write_version), Role.HUB,
)  # fmt: skip
OFFERS_ANSWER = message_form(
    "ExtractOfferSubscriptionDetails.response", "ngp_offers_response", (wire_reports.NgpOffersInfo, m.Offers),
    (reports.read_offers, reports.write_offers), Role.HUB,
)  # fmt: skip
VERSIONS_ANSWER = message_form(
    "ExtractHistoricalVersionsOfferDetails.response", "ngp_offers_response", (wire_reports.NgpOffersInfo, m.Offers),
    (reports.read_offers, reports.write_offers), Role.HUB,
)  # fmt: skip
CONTRACT_ANSWER = message_form(
    "EnhancedContracts.response", "ngp_contract_response", (wire_reports.NgpContract, m.ContractAnswer),
    (contracts.read_contract, contracts.write_contract), Role.HUB,
)  # fmt: skip
CONTRACT_EVSES_ANSWER = message_form(
    "ContractsEVSEs.response", "ngp_contract_evses_response", (wire_reports.NgpContractEvsePage, m.ContractEvses),
    (contracts.read_contract_evses, contracts.write_contract_evses), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    ASSIGNMENT, ASSIGNMENT_ANSWER, NETWORK, NETWORK_ANSWER, TERMS_ANSWER, OFFER, OFFER_ANSWER, PRICES, PRICES_ANSWER,
    OFFERS_ANSWER, VERSIONS_ANSWER, CONTRACT_ANSWER, CONTRACT_EVSES_ANSWER,
)  # fmt: skip
WRITES: Mapping[type, Writes] = {
    m.AssignEvses: one(ASSIGNMENT),
    m.CreateNetwork: one(NETWORK),
    m.NetworkAnswer: one(NETWORK_ANSWER),
    m.UploadedTerms: one(TERMS_ANSWER),
    m.CreateOffer: one(OFFER),
    m.OfferVersion: one(OFFER_ANSWER),
    m.UpdateOfferPrices: one(PRICES),
    m.Offers: one(OFFERS_ANSWER),
    m.ContractAnswer: one(CONTRACT_ANSWER),
    m.ContractEvses: one(CONTRACT_EVSES_ANSWER),
}
