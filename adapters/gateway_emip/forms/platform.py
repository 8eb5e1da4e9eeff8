"""The heartbeat."""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import (
    Heartbeat,
    HeartbeatAnswer,
)
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.translate import platform

HEARTBEAT = form(
    wire.HeartBeatRequest, Heartbeat, platform.read_heartbeat, platform.write_heartbeat, Role.CPO, "heart_beat"
)
HEARTBEAT_ANSWER = form(
    wire.HeartBeatResponse,
    HeartbeatAnswer,
    platform.read_heartbeat_answer,
    platform.write_heartbeat_answer,
    Role.HUB,
    "heart_beat_answer",
)

FORMS: Sequence[AnyForm] = (
    HEARTBEAT,
    HEARTBEAT_ANSWER,
)
