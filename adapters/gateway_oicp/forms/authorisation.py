"""Authorisations at the charger."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import sessions

START = message_form(
    "AuthorizeStart", "authorize_start", (wire.AuthorizeStart, m.AuthorizeToken),
    (sessions.read_authorize_start, sessions.write_authorize_start),
)  # fmt: skip
START_ANSWER = message_form(
    "AuthorizeStart.response", "authorize_start_response", (wire.AuthorizationStart, m.Authorization),
    (sessions.read_authorization, sessions.write_authorization), Role.EMSP,
)  # fmt: skip
STOP = message_form(
    "AuthorizeStop", "authorize_stop", (wire.AuthorizeStop, m.AuthorizeStop),
    (sessions.read_authorize_stop, sessions.write_authorize_stop),
)  # fmt: skip
STOP_ANSWER = message_form(
    "AuthorizeStop.response", "authorize_stop_response", (wire.AuthorizationStop, m.Authorization),
    (sessions.read_stop_authorization, sessions.write_stop_authorization), Role.EMSP,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (START, START_ANSWER, STOP, STOP_ANSWER)


WRITES: Mapping[type, Writes] = {
    m.AuthorizeToken: one(START),
    m.Authorization: one(START_ANSWER),
    m.AuthorizeStop: one(STOP),
}
