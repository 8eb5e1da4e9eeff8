"""The service offers that the simulated hub holds: versions that become active by time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.simulation import Desk, Partner
from gateway.wire.scalars import local
from gateway_oicp.ngp import wire
from gateway_oicp.ngp.translate_offers import PRICING_TYPE, read_until
from gateway_oicp.simulator.ngp_networks import Network, Networks, Wrong

PENDING, ACTIVE, CANCELLED = "PENDING", "ACTIVE", "CANCELLED"
FOREVER = "+13544-01-20T21:59:59.999Z"
"""How the hub writes the end of what has none."""


@dataclass
class Version:
    """One version of an offer: the request that made it, and its prices."""

    id: str
    owner: str
    network: Network
    asked: wire.NgpOfferRequest
    valid_from: datetime
    tariffs: Sequence[wire.NgpTariff]
    products: Sequence[wire.NgpGroupProduct]
    created_at: datetime
    number: int = 0
    previous: "Version | None" = None
    next: "Version | None" = None

    @property
    def first(self) -> "Version":
        return self.previous.first if self.previous is not None else self

    def status(self, now: datetime) -> str:
        """A version ends when the next one begins."""
        until = read_until(self.asked.valid_to)
        over = self.next is not None and self.next.valid_from <= now
        if over or (until is not None and until <= now):
            return CANCELLED
        return ACTIVE if self.valid_from <= now else PENDING


class Offers:
    def __init__(self, desk: Desk, networks: Networks) -> None:
        self._desk, self._networks = desk, networks
        self.versions: dict[str, Version] = {}
        self.attachments: set[str] = set()

    def sells(self, network: Network) -> bool:
        """Whether an offer for this network is active."""
        now = self._desk.now()
        return any(one.network is network and one.status(now) == ACTIVE for one in self.versions.values())

    def owned(self, owner: str) -> Iterator[Version]:
        return (version for version in self.versions.values() if version.owner == owner)

    def status(self, version: Version) -> str:
        return version.status(self._desk.now())

    def create(self, partner: Partner, model: wire.NgpOfferRequest) -> wire.NgpOffer:
        now = self._desk.now()
        network = self._network(partner, model.network_id)
        if model.valid_from is None or model.valid_from <= now:
            raise Wrong("validFrom must be in the future")
        if model.uploaded_attachment_id is not None and model.uploaded_attachment_id not in self.attachments:
            raise Wrong(f"attachment not found: {model.uploaded_attachment_id}")
        _every_group(network, model.products)
        version = Version(
            self._desk.new_id(), str(partner.id), network, model, model.valid_from, model.tariffs, model.products, now
        )
        self.versions[version.id] = version
        return self.told(version)

    def update(self, partner: Partner, offer: str, model: wire.NgpPriceUpdate) -> wire.NgpOffer:
        """A new version with all its prices anew; of an unlimited offer, and so many days ahead as it says."""
        before, now = self.version(str(partner.id), offer), self._desk.now()
        if not before.asked.unlimited:
            raise Wrong("only unlimited offers can be updated")
        if before.next is not None:
            raise Wrong(f"the offer has a newer version: {before.next.id}")
        if before.network is not self._network(partner, model.network_id):
            raise Wrong("the offer is for another network")
        if model.update_date is None or model.update_date < now + timedelta(days=before.asked.lead_time or 0):
            raise Wrong(f"updateDate must be {before.asked.lead_time} days ahead at least")
        _every_group(before.network, model.pricing_details)
        version = Version(
            self._desk.new_id(), before.owner, before.network, before.asked, model.update_date, model.tariffs,
            model.pricing_details, now, before.number + 1, before,
        )  # fmt: skip
        before.next = version
        self.versions[version.id] = version
        return self.told(version)

    def version(self, owner: str, offer: str) -> Version:
        """Raises Wrong 404."""
        found = self.versions.get(offer)
        if found is None or found.owner != owner:
            raise Wrong(f"service offer not found: {offer}", http=404)
        return found

    def _network(self, partner: Partner, network: str | None) -> Network:
        found = self._networks.known.get(network or "")
        if found is None or found.owner != str(partner.id):
            raise Wrong(f"EVSE network not found: {network}", http=404)
        return found

    def told(self, version: Version) -> wire.NgpOffer:
        asked = version.asked
        return wire.NgpOffer(
            created_by="SYSTEM",
            created_on=version.created_at,
            id=version.id,
            partner_internal_id=asked.partner_internal_id,
            external_partner_id=version.owner,
            name=offer_name(version),
            description=asked.description,
            service_type_version=asked.service_type_version,
            offer_to_all=asked.offer_to_all,
            subscriber_partner_ids=asked.subscriber_partner_ids,
            status=self.status(version),
            pricing_type=PRICING_TYPE,
            minimum_term=asked.minimum_term,
            cancellation_period=asked.cancellation_period,
            period_of_notice=asked.period_of_notice or 0,
            period_of_notice_message=asked.period_of_notice_message,
            attachments=tuple(wire.NgpTerms(id=one, type="pdf") for one in [asked.uploaded_attachment_id] if one),
            valid_from=version.valid_from,
            valid_to=FOREVER if asked.unlimited else asked.valid_to,
            cancellation_to=local(version.next.valid_from) if version.next is not None else None,
            unlimited=asked.unlimited,
            lead_time=asked.lead_time,
            version=version.number,
            original_service_offer_id=version.first.id,
            original_valid_from=version.first.valid_from,
            previous_service_offer_id=version.previous.id if version.previous is not None else None,
            next_service_offer_id=version.next.id if version.next is not None else None,
            two_step_process=asked.two_step_process,
            two_step_required_master_data_fields=asked.two_step_required_master_data_fields,
        )


def offer_name(version: Version) -> str:
    """The hub's own: partner, service, and to whom."""
    service = version.asked.service_type_version
    to = "OfferToAll" if version.asked.offer_to_all else "Bilateral"
    return "_".join([version.owner, (service.service_type_name if service else None) or "", to])


def _every_group(network: Network, products: Sequence[wire.NgpGroupProduct]) -> None:
    """Each group of the network has one price."""
    given, wanted = sorted(str(one.group_id) for one in products), sorted(group.id for group in network.groups)
    if given != wanted:
        raise Wrong(f"prices are for the groups {', '.join(given)}, the network has {', '.join(wanted)}")
