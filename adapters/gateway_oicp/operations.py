"""The operation table of OICP 2.3, as far as we speak it. Paths are below the hub's base URL, which ends in `BASE`."""

from collections.abc import Mapping, Sequence

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.translation import AnyForm
from gateway_oicp.forms import (
    CHARGE_DETAIL_RECORD,
    CHARGE_DETAIL_RECORD_ANSWER,
    PULL_DATA,
    PULL_DATA_ANSWER,
    PULL_STATUS,
    PULL_STATUS_ANSWER,
    PUSH_DATA,
    PUSH_DATA_ANSWER,
    PUSH_STATUS,
    PUSH_STATUS_ANSWER,
    REMOTE_START,
    REMOTE_START_ANSWER,
    REMOTE_STOP,
    REMOTE_STOP_ANSWER,
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
    _operation(PULL_DATA, PULL_DATA_ANSWER, f"/evsepull/v23{_PROVIDER}/data-records", "2.3", Role.EMSP),
    _operation(PULL_STATUS, PULL_STATUS_ANSWER, f"/evsepull/v21{_PROVIDER}/status-records", "2.1", Role.EMSP),
)  # fmt: skip
PATHS: Mapping[str, str] = {operation.name: operation.path for operation in OPERATIONS}
BASE = "/api/oicp"
"""The prefix of every path: part of the hub's base URL, and of the path by which the hub calls a partner."""
