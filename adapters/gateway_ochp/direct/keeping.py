"""How an operator names a session, and for how long it is held (OCHPdirect 0.2; inventory a.13)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.session import SessionIds
from gateway.ports import HubLink
from gateway_ochp import rules
from gateway_ochp.fitting import fits, operator_prefix

RESERVATION = timedelta(minutes=5)
"""Of a reservation for which nobody has named an end."""
LONGEST_RESERVATION = timedelta(minutes=30)
"""What is granted of a longer one, unless the platform grants more."""
SESSION = timedelta(hours=24)
AFTER_THE_END = timedelta(minutes=15)
"""At most, until the EVSE is released."""
_DONE = (m.CommandStatus.ACCEPTED, m.CommandStatus.CANCELED_RESERVATION)


def bounded(until: datetime | None, now: datetime) -> datetime | None:
    """The end of a reservation as the platform is asked for it; one in the past says nothing."""
    if until is None or until <= now:
        return None
    return min(until, (now + LONGEST_RESERVATION).replace(microsecond=0))


def completed(hub: HubLink, message: m.Message[Any], answer: Any) -> Any:
    """The platform's answer with the session's directId, and until when it is held, in whole seconds.

    The platform's own word on either counts, but no more than 15 minutes are left after the end of the charging.
    """
    if not isinstance(answer, m.CommandResult) or answer.status not in _DONE:
        return answer
    if answer.valid_until is not None:
        answer = replace(answer, valid_until=answer.valid_until.replace(microsecond=0))
    now = hub.now().replace(microsecond=0)
    if isinstance(message, m.ReserveEvse):
        named = replace(answer, session=_named(hub, answer.session, message.evse))
        return replace(named, valid_until=answer.valid_until or message.until or now + RESERVATION)
    if isinstance(message, (m.StartSession, m.ChangeSession)):
        return replace(answer, valid_until=answer.valid_until or now + SESSION)
    if isinstance(message, m.StopSession):
        latest = now + AFTER_THE_END
        return replace(answer, valid_until=min(answer.valid_until or latest, latest))
    return answer


def _named(hub: HubLink, ids: SessionIds, evse: EvseId | None) -> SessionIds:
    """The platform's own id where it can stand on the wire, else a new one, unique for the operator."""
    for own in (ids.hub, ids.cpo):
        if own is not None and fits(rules.DIRECT_ID, own):
            return replace(ids, hub=own)
    return replace(ids, hub=f"{operator_prefix(evse)}-{hub.new_id()}".upper())
