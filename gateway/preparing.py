"""What is known of a session joins the messages about it before they leave, and what the hub forbids stays here.

The options are the connection's or its profile's. `stop_with = "same-medium"`: a session that began with a card or a
contract is ended only by that one, or by who else the hub has named (OICP: AuthorizeStop). `"same-medium-here"`: the
gateway says so itself, and asks nobody, as the protocol has no such question (eMIP). `progress_seconds`: the
least time between two progress notifications of a session (OICP: ChargingNotifications Progress, 300 s).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.connections import option
from gateway.correlation import plain_card
from gateway.errors import Early
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.session import AuthMethod, Session, SessionEventKind
from gateway.model.token import Token
from gateway.naming import operator_named
from gateway.ports import Connection, Profile
from gateway.sessions import KnownSession, SessionRegister
from gateway.store.sessions import joined

SAME_MEDIUM, SAME_MEDIUM_HERE = "same-medium", "same-medium-here"
NOT_WITH_THIS = "the session was begun with another card or contract"
OTHER_MEDIUM = (
    "the session was begun with another card or contract, and the hub has named nobody else who may end it; not sent"
)
_log = logger(__name__)
_ABOUT_A_SESSION = (
    m.AuthorizeStop, m.StopSession, m.CancelReservation, m.ChangeSession, m.FetchSession, m.ReportEvent,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """The message as it leaves. `answer`: it does not leave, and this is why."""

    message: m.Message[Any]
    answer: m.Answer | None = None
    turn: tuple[KnownSession, datetime] | None = None
    """The turn for a progress, to be given back where nothing was sent."""


class Preparing:
    """Asks the register; messages that open a session, or are about none, pass at once."""

    def __init__(self, register: SessionRegister, now: Callable[[], datetime]) -> None:
        self._register, self._now = register, now

    async def prepared(self, connection: Connection, profile: Profile, message: m.Message[Any]) -> Prepared:
        """Raises Early for a progress that comes too soon after the last one."""
        if not is_about_a_session(message):
            return Prepared(message)
        known = await self._register.find(connection.name, named(message), operator_named(message))
        if known is None:
            return Prepared(message)
        message = with_known(message, known)
        if isinstance(message, m.AuthorizeStop):
            return Prepared(message, _answer(message, known, option(connection, profile, "stop_with")))
        seconds = option(connection, profile, "progress_seconds")
        if not seconds or kind_of(message) is not SessionEventKind.PROGRESS:
            return Prepared(message)
        now = self._now()
        wait = await self._register.progress_taken(known, float(seconds), now)
        if wait > 0:
            text = f"progress goes to the hub at most every {seconds} s for each session; the next in {wait:.0f} s"
            raise Early(text, wait)
        return Prepared(message, turn=(known, now))

    async def unsent(self, prepared: Prepared) -> None:
        """Nothing has left: whoever comes next need not wait."""
        if prepared.turn is not None:
            await self._register.progress_given_back(*prepared.turn)

    async def over(self, prepared: Prepared) -> None:
        """The hub counts from when a message has reached it, which may be as late as its answer."""
        if prepared.turn is None:
            return
        try:
            await self._register.progress_over(*prepared.turn, self._now())
        except Exception:
            # What was sent was sent: the next one may be refused for some seconds, nothing else.
            _log.exception("the time of a progress is not stored", connection=prepared.turn[0].connection)


def is_about_a_session(message: m.Message[Any]) -> bool:
    """Whether it names a session that is there; a start does where it does not say for whom or where (OCHPdirect)."""
    if isinstance(message, m.StartSession):
        return bool(message.session) and (message.token is None or message.evse is None)
    return isinstance(message, _ABOUT_A_SESSION)


def kind_of(message: m.Message[Any]) -> SessionEventKind | None:
    """The kind of a reported event."""
    return message.event.kind if isinstance(message, m.ReportEvent) and message.event else None


def named(message: m.Message[Any]) -> Any:
    """The names of the session that a message is about."""
    session = getattr(message, "session", None)
    return session.ids if isinstance(session, Session) else session


def with_known(message: m.Message[Any], known: KnownSession) -> m.Message[Any]:
    """The message with all names of the session, and what it does not say itself of EVSE and token."""
    if isinstance(message, m.ReportEvent):
        session = message.session or Session()
        session = replace(
            session,
            ids=joined(session.ids, known.ids),
            evse=session.evse or known.evse,
            token=session.token or known.token,
            product_id=session.product_id or known.product_id,
        )
        return replace(message, session=session)
    if isinstance(message, m.StartSession):
        message = replace(message, token=message.token or known.token)
    if isinstance(
        message,
        (m.StartSession, m.AuthorizeStop, m.StopSession, m.CancelReservation, m.ChangeSession, m.FetchSession),
    ):
        return replace(message, session=joined(message.session, known.ids), evse=message.evse or known.evse)
    return message


def _answer(message: m.AuthorizeStop, known: KnownSession, stop_with: Any) -> m.Authorization | None:
    """What is known without the hub; None: it is asked."""
    if stop_with != SAME_MEDIUM_HERE:
        return _refusal(message, known, stop_with)
    same = bool(_numbers(message.token)) and bool(_numbers(known.token)) and may_stop(known, message.token)
    return m.Authorization(
        allowed=m.Allowed.ALLOWED if same else m.Allowed.NOT_ALLOWED,
        token=message.token,
        session=message.session,
        reason=None if same else Reason(text=NOT_WITH_THIS),
    )


def _refusal(message: m.AuthorizeStop, known: KnownSession, stop_with: Any) -> m.Authorization | None:
    if stop_with != SAME_MEDIUM or known.auth_method is not AuthMethod.AUTH_REQUEST or may_stop(known, message.token):
        return None
    return m.Authorization(
        allowed=m.Allowed.NOT_ALLOWED,
        token=message.token,
        session=message.session,
        reason=Reason(text=OTHER_MEDIUM),
    )


def may_stop(known: KnownSession, token: Token | None) -> bool:
    """Whether this token began the session, or was named by the hub. What cannot be told is left to the hub."""
    shown = _numbers(token)
    begun = _numbers(known.token)
    if not shown or not begun:
        return True
    return bool(shown & (begun | {number for one in known.stop_tokens for number in _numbers(one)}))


def _numbers(token: Token | None) -> frozenset[str]:
    if token is None:
        return frozenset()
    contract = str(token.contract_id) if token.contract_id is not None else ""
    return frozenset(filter(None, map(plain_card, (token.uid or "", contract))))
