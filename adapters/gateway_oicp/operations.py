"""The operation table of OICP 2.3, as far as we speak it. Paths are below the hub's base URL, which ends in `BASE`."""

from collections.abc import Mapping, Sequence

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.translation import AnyForm
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER,
    GET_CDRS,
    GET_CDRS_ANSWER,
    NOTIFY,
    NOTIFY_ANSWER,
    PULL_AUTHENTICATION,
    PULL_AUTHENTICATION_ANSWER,
    PULL_DATA,
    PULL_DATA_ANSWER,
    PULL_EVSE_PRICING,
    PULL_EVSE_PRICING_ANSWER,
    PULL_PRODUCTS,
    PULL_PRODUCTS_ANSWER,
    PULL_STATUS,
    PULL_STATUS_ANSWER,
    PULL_STATUS_BY_ID,
    PULL_STATUS_BY_ID_ANSWER,
    PULL_STATUS_BY_OPERATOR,
    PULL_STATUS_BY_OPERATOR_ANSWER,
    PUSH_AUTHENTICATION,
    PUSH_AUTHENTICATION_ANSWER,
    PUSH_DATA,
    PUSH_DATA_ANSWER,
    PUSH_EVSE_PRICING,
    PUSH_EVSE_PRICING_ANSWER,
    PUSH_PRODUCTS,
    PUSH_PRODUCTS_ANSWER,
    PUSH_STATUS,
    PUSH_STATUS_ANSWER,
    REMOTE_START,
    REMOTE_START_ANSWER,
    REMOTE_STOP,
    REMOTE_STOP_ANSWER,
    RESERVATION_START,
    RESERVATION_START_ANSWER,
    RESERVATION_STOP,
    RESERVATION_STOP_ANSWER,
    START,
    START_ANSWER,
    STOP,
    STOP_ANSWER,
)

_OPERATOR, _PROVIDER = "/operators/{operatorID}", "/providers/{providerID}"


def _operation(
    request: AnyForm, answer: AnyForm, path: str, version: str, sender: Role = Role.CPO, receiver: Role = Role.HUB
) -> Operation:
    return Operation(
        request.name, sender, receiver, path, version=version, request=request.wire, response=answer.wire
    )  # fmt: skip


OPERATIONS: Sequence[Operation] = (
    _operation(PUSH_DATA, PUSH_DATA_ANSWER, f"/evsepush/v23{_OPERATOR}/data-records", "2.3"),
    _operation(PUSH_STATUS, PUSH_STATUS_ANSWER, f"/evsepush/v21{_OPERATOR}/status-records", "2.1"),
    _operation(START, START_ANSWER, f"/charging/v21{_OPERATOR}/authorize/start", "2.1", Role.CPO, Role.EMSP),
    _operation(STOP, STOP_ANSWER, f"/charging/v21{_OPERATOR}/authorize/stop", "2.1", Role.CPO, Role.EMSP),
    _operation(
        REMOTE_START, REMOTE_START_ANSWER, f"/charging/v21{_PROVIDER}/authorize-remote/start", "2.1",
        Role.EMSP, Role.CPO,
    ),
    _operation(
        REMOTE_STOP, REMOTE_STOP_ANSWER, f"/charging/v21{_PROVIDER}/authorize-remote/stop", "2.1",
        Role.EMSP, Role.CPO,
    ),
    _operation(
        CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD_ANSWER, f"/cdrmgmt/v22{_OPERATOR}/charge-detail-record", "2.2",
        Role.CPO, Role.EMSP,
    ),
    _operation(
        RESERVATION_START, RESERVATION_START_ANSWER, f"/reservation/v11{_PROVIDER}/reservation-start-request", "1.1",
        Role.EMSP, Role.CPO,
    ),
    _operation(
        RESERVATION_STOP, RESERVATION_STOP_ANSWER, f"/reservation/v11{_PROVIDER}/reservation-stop-request", "1.1",
        Role.EMSP, Role.CPO,
    ),
    *(
        _operation(
            form, NOTIFY_ANSWER[kind], "/notificationmgmt/v11/charging-notifications", "1.1", Role.CPO, Role.EMSP
        )
        for kind, form in NOTIFY.items()
    ),
    _operation(PULL_DATA, PULL_DATA_ANSWER, f"/evsepull/v23{_PROVIDER}/data-records", "2.3", Role.EMSP),
    _operation(PULL_STATUS, PULL_STATUS_ANSWER, f"/evsepull/v21{_PROVIDER}/status-records", "2.1", Role.EMSP),
    _operation(
        PULL_STATUS_BY_ID, PULL_STATUS_BY_ID_ANSWER, f"/evsepull/v21{_PROVIDER}/status-records-by-id", "2.1",
        Role.EMSP,
    ),
    _operation(
        PULL_STATUS_BY_OPERATOR, PULL_STATUS_BY_OPERATOR_ANSWER,
        f"/evsepull/v21{_PROVIDER}/status-records-by-operator-id", "2.1", Role.EMSP,
    ),
    _operation(
        GET_CDRS, GET_CDRS_ANSWER, f"/cdrmgmt/v22{_PROVIDER}/get-charge-detail-records-request", "2.2", Role.EMSP
    ),
    _operation(
        PUSH_AUTHENTICATION, PUSH_AUTHENTICATION_ANSWER, f"/authdata/v21{_PROVIDER}/push-request", "2.1", Role.EMSP
    ),
    _operation(PULL_AUTHENTICATION, PULL_AUTHENTICATION_ANSWER, f"/authdata/v21{_OPERATOR}/pull-request", "2.1"),
    _operation(PUSH_PRODUCTS, PUSH_PRODUCTS_ANSWER, f"/dynamicpricing/v10{_OPERATOR}/pricing-products", "1.0"),
    _operation(PUSH_EVSE_PRICING, PUSH_EVSE_PRICING_ANSWER, f"/dynamicpricing/v10{_OPERATOR}/evse-pricing", "1.0"),
    _operation(
        PULL_PRODUCTS, PULL_PRODUCTS_ANSWER, f"/dynamicpricing/v10{_PROVIDER}/pricing-products", "1.0", Role.EMSP
    ),
    _operation(
        PULL_EVSE_PRICING, PULL_EVSE_PRICING_ANSWER, f"/dynamicpricing/v10{_PROVIDER}/evse-pricing", "1.0", Role.EMSP
    ),
)  # fmt: skip
PATHS: Mapping[str, str] = {operation.name: operation.path for operation in OPERATIONS}
BASE = "/api/oicp"
"""The prefix of every path: part of the hub's base URL, and of the path by which the hub calls a partner."""
