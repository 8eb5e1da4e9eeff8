"""Names, single values, and what messages share."""

from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.wire import Private, Scalar, WireModel, spelled
from gateway.wire.rules import JOINED, matching
from gateway.wire.scalars import BIT
from gateway_emip.rules import (
    EvseText,
    Party,
    Status,
    UserType,
    counted,
    unit_fits,
)

PLATFORM = "https://api-iop.gireve.com/schemas/PlatformV1/"
EVCI_DYNAMIC = "https://api-iop.gireve.com/schemas/EVCIDynamicV1/"
AUTHORISATION = "https://api-iop.gireve.com/schemas/AuthorisationV1/"

Transaction = Annotated[str, JOINED]
UserId = Annotated[str, Private()]
Bit = Annotated[bool, Scalar("bit", BIT.read, BIT.write)]


class EmipModel(WireModel):
    naming = spelled({"evse": "EVSE", "cdr": "CDR"}, first=str.lower)
    namespace: ClassVar[str] = AUTHORISATION
    qualified: ClassVar[bool] = False


class Named(EmipModel):
    transaction_id: Transaction | None = None


class SurelyNamed(EmipModel):
    transaction_id: Transaction | None


class Requester(EmipModel):
    """`partner` is the connected system, `operator` the business party it speaks for."""

    partner_id_type: str | None
    partner_id: Party | None
    operator_id_type: str | None
    operator_id: Party | None


class Target(EmipModel):
    """FromIOP: which of our operators is meant."""

    target_operator_id_type: str | None
    target_operator_id: Party | None


class Subject(EmipModel):
    """Who wants which service where."""

    evse_id_type: str | None
    evse_id: EvseText | None
    user_id_type: UserType | None
    user_id: UserId | None
    requested_service_id: str | None


class Place(EmipModel):
    evse_id_type: str | None
    evse_id: EvseText | None


class MeterReport(EmipModel):
    judges = (unit_fits, counted)

    meter_type_id: Annotated[str, matching("[1-9][0-9]{0,8}", "meter type")] | None
    meter_value: Decimal | None
    meter_unit: str | None


class MeterReportList(EmipModel):
    meter_report: tuple[MeterReport, ...] = ()


class Acknowledgement(EmipModel):
    transaction_id: Transaction | None
    request_status: Status | None
