"""Remote commands."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import sessions

REMOTE_START = message_form(
    "AuthorizeRemoteStart", "authorize_remote_start", (wire.AuthorizeRemoteStart, m.StartSession),
    (sessions.read_remote_start, sessions.write_remote_start), Role.EMSP,
)  # fmt: skip
REMOTE_START_ANSWER = message_form(
    "AuthorizeRemoteStart.response", "authorize_remote_start_response", (wire.Acknowledgement, m.CommandResult),
    (sessions.read_start_result, sessions.write_start_result),
)  # fmt: skip
REMOTE_STOP = message_form(
    "AuthorizeRemoteStop", "authorize_remote_stop", (wire.AuthorizeRemoteStop, m.StopSession),
    (sessions.read_remote_stop, sessions.write_remote_stop), Role.EMSP,
)  # fmt: skip
REMOTE_STOP_ANSWER = message_form(
    "AuthorizeRemoteStop.response", "authorize_remote_stop_response", (wire.Acknowledgement, m.CommandResult),
    (sessions.read_stop_result, sessions.write_stop_result),
)  # fmt: skip

FORMS: Sequence[AnyForm] = (REMOTE_START, REMOTE_START_ANSWER, REMOTE_STOP, REMOTE_STOP_ANSWER)


WRITES: Mapping[type, Writes] = {
    m.StartSession: one(REMOTE_START),
    m.StopSession: one(REMOTE_STOP),
    m.CommandResult: one(REMOTE_START_ANSWER),
}
