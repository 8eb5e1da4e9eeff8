"""Results of OCHPdirect: what a partner answers to a command, a message, a report (crosswalk, DirectResultCode)."""

from gateway.model.common import Reason
from gateway.model.messages import CommandResult, CommandStatus, Confirmation, EventReceipt
from gateway.model.session import SessionIds
from gateway.wire import decode_document
from gateway_ochp import wire
from gateway_ochp.words import COMMAND

RESERVATION = "reservation"
"""The condition under which an unknown id is that of a reservation."""


def read_reason(result: wire.DirectResult | None) -> Reason | None:
    return None if result is None else Reason(code=result.result_code, text=result.result_description or None)


def write_result(reason: Reason | None, status: CommandStatus | None, when: str = "") -> wire.DirectResult:
    """The reason's own code where it says the same; what has no code of its own is said in words."""
    code = COMMAND.write(status, when)
    given = reason.code if reason is not None else None
    if given is not None and (code is None or COMMAND.read(given, when=when) is status):
        code = given
    text = reason.text if reason is not None else None
    return wire.DirectResult(result_code=code, result_description=(text or _words(status, code, when))[:1000])


def _words(status: CommandStatus | None, code: str | None, when: str) -> str:
    if status is None or code is None or code == wire.OK or COMMAND.read(code, when=when) is status:
        return ""
    return status.lower().replace("_", " ")


# --- commands ----------------------------------------------------------------------------------------------------


def read_command(response: wire.SessionResponse) -> CommandResult:
    return _read_command(response, "")


def read_release(response: wire.SessionResponse) -> CommandResult:
    return _read_command(response, RESERVATION)


def _read_command(response: wire.SessionResponse, when: str) -> CommandResult:
    """No status where no code is given, or one that is not known: silence never reads as success."""
    code = response.result.result_code if response.result is not None else None
    return CommandResult(
        status=COMMAND.read(code, when=when),
        session=SessionIds(hub=response.direct_id),
        valid_until=response.ttl,
        limits_kept=False if code == wire.PARTLY else None,
        reason=read_reason(response.result),
    )


def write_selected(answer: CommandResult) -> wire.SelectEvseResponse:
    return wire.SelectEvseResponse(
        result=_command_result(answer), direct_id=answer.session.hub, ttl=answer.valid_until
    )  # fmt: skip


def write_controlled(answer: CommandResult) -> wire.ControlEvseResponse:
    return wire.ControlEvseResponse(
        result=_command_result(answer), direct_id=answer.session.hub, ttl=answer.valid_until
    )  # fmt: skip


def write_released(answer: CommandResult) -> wire.ReleaseEvseResponse:
    return wire.ReleaseEvseResponse(
        result=_command_result(answer, RESERVATION), direct_id=answer.session.hub, ttl=answer.valid_until
    )


def _command_result(answer: CommandResult, when: str = "") -> wire.DirectResult:
    result = write_result(answer.reason, answer.status, when)
    if answer.status is CommandStatus.ACCEPTED and answer.limits_kept is not None:
        result.result_code = wire.OK if answer.limits_kept else wire.PARTLY
    return result


# --- messages and reports ----------------------------------------------------------------------------------------


def read_receipt(response: wire.InformProviderResponse) -> EventReceipt:
    code = response.result.result_code if response.result is not None else None
    return EventReceipt(accepted=None if code is None else _is_taken(code), reason=read_reason(response.result))


def _is_taken(code: str | None) -> bool:
    return COMMAND.read(code) is CommandStatus.ACCEPTED


def write_receipt(answer: EventReceipt) -> wire.InformProviderResponse:
    """A message that is not taken is, without another word, of a session that is not known."""
    status = CommandStatus.ACCEPTED if answer.accepted else CommandStatus.UNKNOWN_SESSION
    given = COMMAND.read(answer.reason.code) if answer.reason is not None else None
    if given is not None and (given is CommandStatus.ACCEPTED) is bool(answer.accepted):
        status = given
    told = status if answer.accepted is not None else None
    return wire.InformProviderResponse(result=write_result(answer.reason, told))


def read_confirmation(response: wire.ReportDiscrepancyResponse) -> Confirmation:
    """The response is empty: that it came says that the report has arrived. Some partners send a result."""
    hidden = next(iter(response.unknown.get(wire.DirectResult.element, ())), None)
    if hidden is None:
        return Confirmation(accepted=True)
    result: wire.DirectResult = decode_document(wire.DirectResult, hidden).model
    return Confirmation(accepted=_is_taken(result.result_code), reason=read_reason(result))


def write_confirmation(_: Confirmation) -> wire.ReportDiscrepancyResponse:
    return wire.ReportDiscrepancyResponse()
