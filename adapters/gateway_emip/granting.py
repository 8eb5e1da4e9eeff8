"""What the eMSP says after the fact: a yes to a request that was refused, and a no to a session (grade D: decisions).

That IOP decides asynchronously is known from descriptions of others; by the set of messages the decision comes as a
FromIOP_SetServiceAuthorisation under the serviceSessionId of the refusal (C).
"""

from dataclasses import replace

from gateway.correlation import plain_card
from gateway.log import logger
from gateway.model.messages import CommandResult, CommandStatus, StartSession, StopSession
from gateway.model.session import SessionIds, SessionStatus
from gateway.ports import Asked, Call

_log = logger(__name__)
_ENDED = (SessionStatus.COMPLETED, SessionStatus.INVALID)


async def granting(call: Call, message: StartSession) -> StartSession | None:
    """The start for the backend: with its own name of the session, where it grants an earlier request.

    None: the request is not open any more, or was another one. The driver has gone, somebody else may stand there. Or
    the session is known at another EVSE: one id for two charges would leave one of them without a record.
    """
    state = await call.sessions.state(message.session)
    there = state.session.evse if state is not None and state.session is not None else None
    if there is not None and message.evse is not None and there != message.evse:
        _log.warning("a session that is known is started at another EVSE", connection=call.connection.name)
        return None
    before = await call.sessions.asked(message.session)
    if before is None:
        return message
    if not before.open or not _is_same(before, message):
        _log.warning("a refused request is granted too late", connection=call.connection.name)
        return None
    return replace(message, session=SessionIds(hub=message.session.hub, cpo=before.message.session.cpo))


def _is_same(before: Asked, message: StartSession) -> bool:
    asked = before.message
    if asked.evse != message.evse:
        return False
    if asked.token is None or message.token is None:
        return True
    return plain_card(asked.token.uid or "") == plain_card(message.token.uid or "")


async def forbidden(call: Call, message: StopSession) -> CommandResult:
    """A running session is stopped, an open request stays refused, of anything else we know nothing (10501)."""
    state = await call.sessions.state(message.session)
    if state is not None:
        if state.session is not None and state.session.status in _ENDED:
            return CommandResult(status=CommandStatus.ACCEPTED)
        result: CommandResult = await call.backend.answer(call.connection, message)
        return result
    if await call.sessions.asked(message.session) is None:
        return CommandResult(status=CommandStatus.UNKNOWN_SESSION)
    await call.sessions.forget(message.session)
    return CommandResult(status=CommandStatus.ACCEPTED)
