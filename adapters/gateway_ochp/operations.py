"""The operation table of OCHP 1.4 and OCHPdirect 0.2 (inventory a.1 to a.4).

The clearing house has three services with a base URL each; the live one names its actions in its own way, and
`SetChargepointList` has a small p although its elements have not. Partners call each other at the addresses that they
have told each other through it.
"""

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.wire import WireModel
from gateway_ochp import wire

SERVICE = "service"
LIVE = "live"
DIRECT = "direct"
"""Where endpoints are exchanged, at the clearing house."""
PARTNER = "partner"
"""No service of the clearing house: another partner."""
ACTIONS = {
    SERVICE: "http://ochp.eu/1.4/",
    LIVE: "http://ochp.e-clearing.net/service/",
    DIRECT: "http://ochp.eu/direct/0.2/",
    PARTNER: "http://ochp.eu/direct/0.2/",
}
VERSIONS = {SERVICE: "1.4", LIVE: "1.4", DIRECT: "0.2", PARTNER: "0.2"}


def _operation(
    name: str,
    sender: Role,
    request: type[WireModel],
    response: type[WireModel],
    service: str = SERVICE,
    receiver: Role = Role.HUB,
) -> Operation:
    return Operation(
        name=name,
        sender=sender,
        receiver=receiver,
        action=ACTIONS[service] + name,
        service=service,
        version=VERSIONS[service],
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

UPDATE_TARIFFS = _operation("UpdateTariffs", _CPO, wire.UpdateTariffsRequest, wire.UpdateTariffsResponse)
GET_TARIFFS = _operation("GetTariffUpdates", _EMSP, wire.GetTariffUpdatesRequest, wire.GetTariffUpdatesResponse)

ADD_ENDPOINTS = _operation(
    "AddServiceEndpoints", _CPO, wire.AddServiceEndpointsRequest, wire.AddServiceEndpointsResponse, DIRECT
)
"""Either role sends it, and the next one too."""
GET_ENDPOINTS = _operation(
    "GetServiceEndpoints", _CPO, wire.GetServiceEndpointsRequest, wire.GetServiceEndpointsResponse, DIRECT
)

DIRECT_STATUS = _operation("GetEvseStatus", _EMSP, wire.DirectEvseStatusRequest, wire.GetStatusResponse, PARTNER, _CPO)
REPORT_DISCREPANCY = _operation(
    "ReportDiscrepancy", _EMSP, wire.ReportDiscrepancyRequest, wire.ReportDiscrepancyResponse, PARTNER, _CPO
)
SELECT = _operation("SelectEvse", _EMSP, wire.SelectEvseRequest, wire.SelectEvseResponse, PARTNER, _CPO)
CONTROL = _operation("ControlEvse", _EMSP, wire.ControlEvseRequest, wire.ControlEvseResponse, PARTNER, _CPO)
RELEASE = _operation("ReleaseEvse", _EMSP, wire.ReleaseEvseRequest, wire.ReleaseEvseResponse, PARTNER, _CPO)
INFORM_CPO = _operation(
    "InformProviderCPO", _EMSP, wire.InformProviderRequest, wire.InformProviderMessage, PARTNER, _CPO
)
INFORM_EMP = _operation(
    "InformProviderEMP", _CPO, wire.InformProviderMessage, wire.InformProviderResponse, PARTNER, _EMSP
)

CLEARING_HOUSE = (
    SET_CHARGE_POINTS, UPDATE_CHARGE_POINTS, UPDATE_STATUS, GET_SINGLE, GET_TOKENS, GET_TOKEN_UPDATES, ADD_CDRS,
    CHECK_CDRS, UPDATE_TARIFFS, SET_TOKENS, UPDATE_TOKENS, GET_CHARGE_POINTS, GET_CHARGE_POINT_UPDATES, GET_STATUS,
    GET_CDRS, CONFIRM_CDRS, GET_TARIFFS, ADD_ENDPOINTS, GET_ENDPOINTS,
)  # fmt: skip
PARTNERS = (DIRECT_STATUS, REPORT_DISCREPANCY, SELECT, CONTROL, RELEASE, INFORM_CPO, INFORM_EMP)
OPERATIONS = (*CLEARING_HOUSE, *PARTNERS)
