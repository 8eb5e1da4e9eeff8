"""The operation table of OCHP 1.4 (inventory a.1, a.2). Two services with a base URL each; the live one names its
actions in its own way, and `SetChargepointList` has a small p although its elements have not.
"""

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import WireModel
from gateway_ochp import wire

SERVICE = "service"
LIVE = "live"
ACTIONS = {SERVICE: "http://ochp.eu/1.4/", LIVE: "http://ochp.e-clearing.net/service/"}


def _operation(
    name: str, sender: Role, request: type[WireModel], response: type[WireModel], service: str = SERVICE
) -> Operation:
    return Operation(
        name=name,
        sender=sender,
        receiver=Role.HUB,
        action=ACTIONS[service] + name,
        service=service,
        version="1.4",
        request=request,
        response=response,
        grade="official",
    )


_CPO = Role.CPO
_EMSP = Role.EMSP

SET_TOKENS = _operation(
    "SetRoamingAuthorisationList",
    _EMSP,
    wire.SetRoamingAuthorisationListRequest,
    wire.SetRoamingAuthorisationListResponse,
)
UPDATE_TOKENS = _operation(
    "UpdateRoamingAuthorisationList",
    _EMSP,
    wire.UpdateRoamingAuthorisationListRequest,
    wire.UpdateRoamingAuthorisationListResponse,
)
GET_TOKENS = _operation(
    "GetRoamingAuthorisationList",
    _CPO,
    wire.GetRoamingAuthorisationListRequest,
    wire.GetRoamingAuthorisationListResponse,
)
GET_TOKEN_UPDATES = _operation(
    "GetRoamingAuthorisationListUpdates",
    _CPO,
    wire.GetRoamingAuthorisationListUpdatesRequest,
    wire.GetRoamingAuthorisationListUpdatesResponse,
)
GET_SINGLE = _operation(
    "GetSingleRoamingAuthorisation",
    _CPO,
    wire.GetSingleRoamingAuthorisationRequest,
    wire.GetSingleRoamingAuthorisationResponse,
)
ADD_CDRS = _operation("AddCDRs", _CPO, wire.AddCdrsRequest, wire.AddCdrsResponse)
CHECK_CDRS = _operation("CheckCDRs", _CPO, wire.CheckCdrsRequest, wire.CheckCdrsResponse)
GET_CDRS = _operation("GetCDRs", _EMSP, wire.GetCdrsRequest, wire.GetCdrsResponse)
CONFIRM_CDRS = _operation("ConfirmCDRs", _EMSP, wire.ConfirmCdrsRequest, wire.ConfirmCdrsResponse)
SET_CHARGE_POINTS = _operation(
    "SetChargepointList", _CPO, wire.SetChargePointListRequest, wire.SetChargePointListResponse
)
UPDATE_CHARGE_POINTS = _operation(
    "UpdateChargePointList", _CPO, wire.UpdateChargePointListRequest, wire.UpdateChargePointListResponse
)
GET_CHARGE_POINTS = _operation(
    "GetChargePointList", _EMSP, wire.GetChargePointListRequest, wire.GetChargePointListResponse
)
GET_CHARGE_POINT_UPDATES = _operation(
    "GetChargePointListUpdates", _EMSP, wire.GetChargePointListUpdatesRequest, wire.GetChargePointListUpdatesResponse
)
UPDATE_STATUS = _operation("UpdateStatus", _CPO, wire.UpdateStatusRequest, wire.UpdateStatusResponse, LIVE)
GET_STATUS = _operation("GetStatus", _EMSP, wire.GetStatusRequest, wire.GetStatusResponse, LIVE)

OPERATIONS = (
    SET_CHARGE_POINTS, UPDATE_CHARGE_POINTS, UPDATE_STATUS, GET_SINGLE, GET_TOKENS, GET_TOKEN_UPDATES, ADD_CDRS,
    CHECK_CDRS, SET_TOKENS, UPDATE_TOKENS, GET_CHARGE_POINTS, GET_CHARGE_POINT_UPDATES, GET_STATUS, GET_CDRS,
    CONFIRM_CDRS,
)  # fmt: skip
