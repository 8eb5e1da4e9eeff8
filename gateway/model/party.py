"""Operators and how far they are registered at each hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.model.common import BusinessDetails
from gateway.model.ids import PartyId
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    CalibrationLaw,
    DynamicInfo,
    PaymentOption,
    ValueAddedService,
)


class RegistrationState(StrEnum):
    NOT_REQUESTED = "not requested"
    REQUESTED = "requested"
    ACTIVE = "active"
    REFUSED = "refused"
    NOT_SUPPORTED = "not supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The state of an operator at one hub: since when, by whose word."""

    state: RegistrationState = RegistrationState.NOT_REQUESTED
    since: date | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """What an operator says of all its places, for those that do not say it themselves."""

    always_open: bool | None = None
    renewable_energy: bool | None = None
    access: Access | None = None
    authentication_methods: tuple[AuthenticationMethod, ...] = ()
    payment_options: tuple[PaymentOption, ...] = ()
    value_added_services: tuple[ValueAddedService, ...] = ()
    calibration_law: CalibrationLaw | None = None
    hub_compatible: bool | None = None
    dynamic_info: DynamicInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator id with its name, its registration at the id authority and at each hub (by connection name)."""

    id: PartyId
    name: str | None = None
    country: str | None = None
    details: BusinessDetails | None = None
    registered_at_authority: bool | None = None
    authority_reference: str | None = None
    hotline: str | None = None
    places: PlaceFacts = PlaceFacts()
    registrations: Mapping[str, Registration] = field(default_factory=dict)
