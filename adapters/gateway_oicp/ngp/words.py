"""The words of the automation APIs beside the canonical ones."""

from collections.abc import Sequence
from typing import Any

from gateway.crosswalk import Crosswalk, crosswalk, pairwalk
from gateway.model import network
from gateway_oicp.words import NAME

COMPONENT = crosswalk(network.PriceKind, NAME, "ngp_price_component")
FEE_START = crosswalk(network.FeeStart, NAME, "ngp_fee_initiated")
OFFER_STATUS = crosswalk(network.OfferStatus, NAME, "ngp_offer_status")
SERVICE = crosswalk(network.OfferedService, NAME, "ngp_service_name")
SERVICE_TYPE = crosswalk(network.OfferedService, NAME, "ngp_service")
UNIT = crosswalk(network.PriceUnit, NAME, "ngp_reference_unit")
WEEKDAY = pairwalk(NAME, "ngp_day")

CROSSWALKS: Sequence[Crosswalk[Any]] = (COMPONENT, FEE_START, OFFER_STATUS, SERVICE, SERVICE_TYPE, UNIT)
