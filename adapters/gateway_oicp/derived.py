"""What OICP asks of an EVSE and follows from what is told of it, where it does not say it itself."""

from collections.abc import Sequence

from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    Capability,
    ParkingRestriction,
    ParkingType,
    PaymentOption,
    ValueAddedService,
)
from gateway.model.location import Evse, Location

BOTH_CARDS = (AuthenticationMethod.RFID_MIFARE_CLASSIC, AuthenticationMethod.RFID_MIFARE_DESFIRE)
_DIRECT = frozenset(
    {
        Capability.CHIP_CARD_SUPPORT,
        Capability.CONTACTLESS_CARD_SUPPORT,
        Capability.CREDIT_CARD_PAYABLE,
        Capability.DEBIT_CARD_PAYABLE,
        Capability.PED_TERMINAL,
    }
)
_FOR_SOME = frozenset(
    {
        ParkingRestriction.CUSTOMERS,
        ParkingRestriction.EMPLOYEES,
        ParkingRestriction.TAXIS,
        ParkingRestriction.TENANTS,
    }
)


def methods_of(evse: Evse) -> tuple[AuthenticationMethod, ...]:
    """A reader of unknown technology is taken to read both kinds of card that OICP names."""
    methods = evse.authentication_methods or _derived_methods(evse.capabilities)
    return tuple(
        each for method in methods for each in (BOTH_CARDS if method is AuthenticationMethod.RFID else (method,))
    )


def _derived_methods(capabilities: Sequence[Capability]) -> tuple[AuthenticationMethod, ...]:
    card = (AuthenticationMethod.RFID,) if Capability.RFID_READER in capabilities else ()
    remote = (AuthenticationMethod.REMOTE,) if Capability.REMOTE_START_STOP_CAPABLE in capabilities else ()
    return (*card, *remote)


def payment_of(evse: Evse) -> tuple[PaymentOption, ...]:
    """By contract, unless told otherwise: the place is on a roaming network. "Free" stands alone."""
    if PaymentOption.FREE in evse.payment_options:
        return (PaymentOption.FREE,)
    direct = () if _DIRECT.isdisjoint(evse.capabilities) else (PaymentOption.DIRECT,)
    return evse.payment_options or (*direct, PaymentOption.CONTRACT)


def services_of(evse: Evse) -> tuple[ValueAddedService, ...]:
    reservable = Capability.RESERVABLE in evse.capabilities
    derived = ValueAddedService.RESERVATION if reservable else ValueAddedService.NONE
    return evse.value_added_services or (derived,)


def told_access(location: Location, evse: Evse) -> Access | None:
    """As said, or as it follows from who may park there; None where nothing tells it."""
    if evse.access is not None:
        return evse.access
    private = location.parking_type is ParkingType.ON_DRIVEWAY or not _FOR_SOME.isdisjoint(evse.parking_restrictions)
    return Access.RESTRICTED if private else None
