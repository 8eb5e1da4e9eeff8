"""EVSE networks, offers and contracts at a hub."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.model.contract import ContractView, OfferDetails
from gateway.model.ids import EvseId
from gateway.model.messages.base import Answer, Message
from gateway.model.messages.places import Page
from gateway.model.network import EvseNetwork, GroupPrice, Offer, PriceSet


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAnswer(Answer):
    """The network as the hub has it; to an assignment, with all EVSEs of the groups that were named."""

    network: EvseNetwork | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignEvses(Message[NetworkAnswer]):
    """Puts EVSEs into groups of a network that the hub has, by the names of both.

    A draft network is overwritten; to an active one only EVSEs without a group are added.
    """

    network: EvseNetwork | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNetwork(Message[NetworkAnswer]):
    """A new network with its groups and their EVSEs."""

    network: EvseNetwork | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedTerms(Answer):
    attachment_id: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadTerms(Message[UploadedTerms]):
    """Terms and conditions before the offer that names them: a PDF, in base64."""

    file_name: str = ""
    content: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferVersion(Answer):
    offer: Offer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOffer(Message[OfferVersion]):
    offer: Offer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOfferPrices(Message[OfferVersion]):
    """All prices of an unlimited offer anew, from `at` on; the answer is the offer's next version."""

    offer_id: str | None = None
    network_id: str | None = None
    at: datetime | None = None
    price_sets: tuple[PriceSet, ...] = ()
    prices: tuple[GroupPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers(Answer):
    offers: tuple[OfferDetails, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOffers(Message[Offers]):
    """Our offers with their subscriptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOfferVersions(Message[Offers]):
    """Every version that an offer has had."""

    offer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAnswer(Answer):
    contract: ContractView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchContract(Message[ContractAnswer]):
    """The contract with the CPO `operator`, as its eMSP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEvses(Answer):
    evses: tuple[EvseId, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchContractEvses(Message[ContractEvses]):
    """The EVSEs of one group of an offer of the CPO `operator`; pages count from 0."""

    offer_id: str | None = None
    network_id: str | None = None
    group_id: str | None = None
    page: int = 0
    size: int = 20
