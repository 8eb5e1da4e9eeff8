"""The crosswalks of OCHP, and the languages and countries it spells in its own way."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from typing import TypeVar

import pycountry

from gateway.crosswalk import Crosswalk, crosswalk, pairwalk
from gateway.model.cdr import CdrStatus
from gateway.model.common import ImageCategory
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    ConnectorFormat,
    ConnectorType,
    EvseStatus,
    GeoClass,
    ParkingRestriction,
    ParkingType,
    PaymentOption,
    PowerType,
    RelatedResourceClass,
    StaticStatus,
)
from gateway.model.messages import Allowed, CommandStatus, SessionAction, StatusScope
from gateway.model.metering import Dimension
from gateway.model.session import SessionEventKind, SessionStatus
from gateway.model.tariff import TariffDimension
from gateway.model.token import HashAlgorithm, RfidTechnology, TokenType

PROTOCOL = "ochp"
C = TypeVar("C", bound=StrEnum)

LIVE_STATUS = crosswalk(EvseStatus, PROTOCOL, "live_status")
STATIC_STATUS = crosswalk(StaticStatus, PROTOCOL, "static_status")
SCHEDULED_STATUS = crosswalk(EvseStatus, PROTOCOL, "scheduled_status")
PARKING_STATUS = crosswalk(EvseStatus, PROTOCOL, "parking_status")
STANDARD = crosswalk(ConnectorType, PROTOCOL, "connector_standard")
FORMAT = crosswalk(ConnectorFormat, PROTOCOL, "connector_format")
CURRENT = crosswalk(PowerType, PROTOCOL, "charge_point_type")
PLACE = crosswalk(ParkingType, PROTOCOL, "location_type")
ACCESS = crosswalk(Access, PROTOCOL, "access")
RESTRICTION = crosswalk(ParkingRestriction, PROTOCOL, "restriction")
IMAGE = crosswalk(ImageCategory, PROTOCOL, "image_class")
RESOURCE = crosswalk(RelatedResourceClass, PROTOCOL, "related_resource")
GEO_CLASS = crosswalk(GeoClass, PROTOCOL, "geo_class")
METHOD = crosswalk(AuthenticationMethod, PROTOCOL, "auth_method")
PAYMENT = crosswalk(PaymentOption, PROTOCOL, "payment_option")
TOKEN_TYPE = crosswalk(TokenType, PROTOCOL, "token_type")
TECHNOLOGY = crosswalk(RfidTechnology, PROTOCOL, "token_sub_type")
REPRESENTATION = crosswalk(HashAlgorithm, PROTOCOL, "representation")
CDR_STATUS = crosswalk(CdrStatus, PROTOCOL, "cdr_status")
BILLING_ITEM = crosswalk(Dimension, PROTOCOL, "billing_item")
TARIFF_ITEM = crosswalk(TariffDimension, PROTOCOL, "tariff_item")
SCOPE = crosswalk(StatusScope, PROTOCOL, "status_type")
AUTHORIZATION = crosswalk(Allowed, PROTOCOL, "authorization")
COMMAND = crosswalk(CommandStatus, PROTOCOL, "command")
SESSION_ACTION = crosswalk(SessionAction, PROTOCOL, "session_action")
DIRECT_MESSAGE = crosswalk(SessionEventKind, PROTOCOL, "direct_message")
DIRECT_STATUS = crosswalk(SessionStatus, PROTOCOL, "direct_status")
METHOD_ORDER = tuple(row.wire for row in pairwalk(PROTOCOL, "auth_method").rows if row.wire)

CROSSWALKS = (
    LIVE_STATUS, STATIC_STATUS, SCHEDULED_STATUS, PARKING_STATUS, STANDARD, FORMAT, CURRENT, PLACE, ACCESS,
    RESTRICTION, IMAGE, RESOURCE, GEO_CLASS, METHOD, PAYMENT, TOKEN_TYPE, TECHNOLOGY, REPRESENTATION, CDR_STATUS,
    BILLING_ITEM, TARIFF_ITEM, SCOPE, AUTHORIZATION, COMMAND, SESSION_ACTION, DIRECT_MESSAGE, DIRECT_STATUS,
)  # fmt: skip


def known(walk: Crosswalk[C], words: Iterable[str]) -> tuple[C, ...]:
    """What the words mean, each meaning once; a word without one stays in the extensions."""
    return _known(walk, tuple(words))


@lru_cache(maxsize=2048)
def _known(walk: Crosswalk[C], words: tuple[str, ...]) -> tuple[C, ...]:
    found = [walk.read(word) for word in words]
    return tuple(dict.fromkeys(value for value in found if value is not None))


def read_language(code: str | None) -> str | None:
    """`DEU` is `de`; a language without a two-letter code keeps its three letters; undetermined is None."""
    return None if code is None else _language_of(code)


@cache
def _language_of(code: str) -> str | None:
    if code.upper() == "UND":
        return None
    language = pycountry.languages.get(alpha_3=code.lower()) or pycountry.languages.get(alpha_2=code.lower())
    return str(getattr(language, "alpha_2", code.lower()))


@lru_cache(maxsize=2048)
def read_languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, map(read_language, codes)))


@lru_cache(maxsize=2048)
def write_languages(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, map(write_language, tags)))


@cache
def write_language(tag: str | None) -> str | None:
    """`de` and `de-AT` are `DEU`; None for what is no language."""
    head = (tag or "").partition("-")[0].lower()
    language = pycountry.languages.get(alpha_2=head) or pycountry.languages.get(alpha_3=head)
    return None if language is None else str(language.alpha_3).upper()


@cache
def read_country(code: str | None) -> str | None:
    """Alpha-3 in capitals; partners send alpha-2 too, and small letters."""
    if code is None or len(code) not in (2, 3):
        return code
    country = pycountry.countries.get(alpha_2=code.upper()) if len(code) == 2 else None
    return code.upper() if country is None else str(country.alpha_3)
