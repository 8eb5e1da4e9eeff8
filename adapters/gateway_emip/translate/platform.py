"""The heartbeat."""

from gateway.model.ids import PartyId
from gateway.model.messages import Heartbeat, HeartbeatAnswer
from gateway_emip import wire
from gateway_emip.translate.parts import read_reason, write_party, write_status
from gateway_emip.words import EMI3


def read_heartbeat(asked: wire.HeartBeatRequest) -> Heartbeat:
    return Heartbeat(
        transaction=asked.transaction_id,
        partner=PartyId.read(asked.partner_id),
        operator=PartyId.read(asked.operator_id),
    )


def write_heartbeat(message: Heartbeat) -> wire.HeartBeatRequest:
    return wire.HeartBeatRequest(
        transaction_id=message.transaction,
        partner_id_type=EMI3,
        partner_id=write_party(message.partner),
        operator_id_type=EMI3,
        operator_id=write_party(message.operator),
    )


def read_heartbeat_answer(answer: wire.HeartBeatResponse) -> HeartbeatAnswer:
    return HeartbeatAnswer(
        transaction=answer.transaction_id,
        reason=read_reason(answer.request_status),
        period_seconds=answer.heart_beat_period,
        hub_time=answer.current_time,
    )


def write_heartbeat_answer(answer: HeartbeatAnswer) -> wire.HeartBeatResponse:
    return wire.HeartBeatResponse(
        heart_beat_period=answer.period_seconds,
        current_time=answer.hub_time,
        transaction_id=answer.transaction,
        request_status=write_status(answer.reason),
    )
