"""Platform: the heartbeat."""

from gateway_emip.rules import (
    Moment,
    Status,
)
from gateway_emip.wire.base import PLATFORM, EmipModel, Named, Requester, Transaction


class HeartBeatRequest(Requester, Named):
    namespace = PLATFORM
    element = "eMIP_ToIOP_HeartBeatRequest"


class HeartBeatResponse(EmipModel):
    namespace = PLATFORM
    element = "eMIP_ToIOP_HeartBeatResponse"

    heart_beat_period: int | None
    current_time: Moment | None
    transaction_id: Transaction | None
    request_status: Status | None
