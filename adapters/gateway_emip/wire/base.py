"""Names, single values, and what messages share."""

from typing import Annotated, ClassVar

from gateway.wire import Private, Scalar, WireModel, spelled
from gateway.wire.rules import JOINED, matching
from gateway.wire.scalars import BIT
from gateway_emip.mends import BARE_CODE
from gateway_emip.rules import (
    CODE,
    TOKEN,
    EvseText,
    IdType,
    Name,
    Number,
    Party,
    Status,
    UserType,
    counted,
    unit_fits,
)

PLATFORM = "https://api-iop.gireve.com/schemas/PlatformV1/"
EVCI_DYNAMIC = "https://api-iop.gireve.com/schemas/EVCIDynamicV1/"
AUTHORISATION = "https://api-iop.gireve.com/schemas/AuthorisationV1/"

Transaction = Annotated[str, TOKEN, JOINED]
UserId = Annotated[str, TOKEN, Private()]
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

    partner_id_type: IdType | None
    partner_id: Party | None
    operator_id_type: IdType | None
    operator_id: Party | None


class Target(EmipModel):
    """FromIOP: which of our operators is meant."""

    target_operator_id_type: IdType | None
    target_operator_id: Party | None


class Subject(EmipModel):
    """Who wants which service where."""

    evse_id_type: IdType | None
    evse_id: EvseText | None
    user_id_type: UserType | None
    user_id: UserId | None
    requested_service_id: Name | None


class Place(EmipModel):
    evse_id_type: IdType | None
    evse_id: EvseText | None


class MeterReport(EmipModel):
    judges = (unit_fits, counted)

    meter_type_id: Annotated[str, CODE, BARE_CODE, matching("[1-9][0-9]{0,8}", "meter type")] | None
    meter_value: Number | None
    meter_unit: Name | None


class MeterReportList(EmipModel):
    meter_report: tuple[MeterReport, ...] = ()


class Acknowledgement(EmipModel):
    transaction_id: Transaction | None
    request_status: Status | None
