"""Places and their status, published and fetched."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.model.common import Extensible
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import Access, AuthenticationMethod, CalibrationLaw, EvseStatus
from gateway.model.location import Coordinates, Location
from gateway.model.messages.base import Answer, Message
from gateway.model.session import SessionIds
from gateway.model.tariff import Tariff
from gateway.model.token import Token


class PushAction(StrEnum):
    """REPLACE_ALL replaces everything of the account: never with a partial list."""

    REPLACE_ALL = "REPLACE_ALL"
    UPDATE = "UPDATE"
    INSERT = "INSERT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One record of a batch that was not taken."""

    evse: EvseId | None = None
    uid: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Answer):
    accepted: bool | None = None
    session: SessionIds = SessionIds()
    refused: tuple[Refusal, ...] = ()
    refused_locations: tuple[Location, ...] = ()
    refused_tokens: tuple[Token, ...] = ()
    refused_tariffs: tuple[Tariff, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvses(Message[Publication]):
    """Places to the hub. Every EVSE is a record of its own at the hubs; a location's own fields are copied down."""

    action: PushAction = PushAction.UPDATE
    operator_name: str | None = None
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseStatusReport(Extensible):
    """The live status of one EVSE; `until` is the time after which it is unknown (OCHP ttl, eMIP until)."""

    evse: EvseId | None = None
    status: EvseStatus | None = None
    at: datetime | None = None
    until: datetime | None = None
    comment: str | None = None
    operator: PartyId | None = None
    operator_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingStatusReport:
    parking_id: str | None = None
    status: EvseStatus | None = None
    at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStatuses(Message[Publication]):
    action: PushAction = PushAction.UPDATE
    operator_name: str | None = None
    statuses: tuple[EvseStatusReport, ...] = ()
    parking: tuple[ParkingStatusReport, ...] = ()
    until: datetime | None = None


class PlaceLevel(StrEnum):
    POOL = "POOL"
    STATION = "STATION"
    CONNECTOR = "CONNECTOR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAvailability:
    """Whether a whole pool, a station or a connector is in service (eMIP); the EVSEs have their own statuses.

    `id` is as the hub knows it, `until` the time after which it is expected to change.
    """

    level: PlaceLevel | None = None
    id: str | None = None
    status: EvseStatus | None = None
    at: datetime | None = None
    until: datetime | None = None
    comment: str | None = None
    operator: PartyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAvailability(Message[Publication]):
    places: tuple[PlaceAvailability, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchArea:
    center: Coordinates | None = None
    radius_km: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a page stands in a whole list; `last` ends the reading."""

    number: int | None = None
    size: int | None = None
    count: int | None = None
    total: int | None = None
    pages: int | None = None
    first: bool | None = None
    last: bool | None = None
    unread: tuple[str, ...] = ()
    """Records that could not be read at all: where they stand, and why (`/content/812: …`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations(Answer):
    locations: tuple[Location, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEvses(Message[Locations]):
    """Places from the hub, all or changed `since`; filters are those of OICP PullEvseData."""

    since: datetime | None = None
    area: SearchArea | None = None
    countries: tuple[str, ...] = ()
    operators: tuple[PartyId, ...] = ()
    authentication_methods: tuple[AuthenticationMethod, ...] = ()
    access: tuple[Access, ...] = ()
    calibration_law: tuple[CalibrationLaw, ...] = ()
    renewable_energy: bool | None = None
    hub_compatible: bool | None = None
    open_24_hours: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statuses(Answer):
    statuses: tuple[EvseStatusReport, ...] = ()
    parking: tuple[ParkingStatusReport, ...] = ()


class StatusScope(StrEnum):
    EVSE = "EVSE"
    PARKING = "PARKING"
    COMBINED = "COMBINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStatuses(Message[Statuses]):
    """Statuses from the hub: all, or those of `evses` or `operators` where it can tell them apart."""

    evses: tuple[EvseId, ...] = ()
    operators: tuple[PartyId, ...] = ()
    since: datetime | None = None
    area: SearchArea | None = None
    status: EvseStatus | None = None
    scope: StatusScope | None = None
