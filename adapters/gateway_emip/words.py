"""The words of eMIP: its crosswalks, and the few values that are no enumeration of the model."""

from collections.abc import Sequence
from typing import Any

from gateway.crosswalk import Crosswalk, codes, crosswalk
from gateway.model.cdr import CdrNature
from gateway.model.kinds import EvseStatus
from gateway.model.messages import Allowed, CommandStatus, SessionAction
from gateway.model.session import LimitKind, SessionEventKind
from gateway.model.token import TokenType

PROTOCOL = "emip"

ALLOWED = crosswalk(Allowed, PROTOCOL, "authorisation")
AVAILABILITY = crosswalk(EvseStatus, PROTOCOL, "availability_status")
BUSY = crosswalk(EvseStatus, PROTOCOL, "busy_status")
STATUS = crosswalk(EvseStatus, PROTOCOL, "evse_status")
NATURE = crosswalk(CdrNature, PROTOCOL, "cdr_nature")
COMMAND = crosswalk(CommandStatus, PROTOCOL, "command")
METER = crosswalk(LimitKind, PROTOCOL, "meter_type")
ACTION = crosswalk(SessionAction, PROTOCOL, "session_action")
EVENT = crosswalk(SessionEventKind, PROTOCOL, "session_event")
USER = crosswalk(TokenType, PROTOCOL, "user_id_type")
CODES = codes(PROTOCOL)

CROSSWALKS: Sequence[Crosswalk[Any]] = (
    ALLOWED,
    AVAILABILITY,
    BUSY,
    STATUS,
    NATURE,
    COMMAND,
    METER,
    ACTION,
    EVENT,
    USER,
)

EMI3 = "eMI3"
"""The only naming scheme of identifiers that was ever seen from IOP."""
GENERIC_CHARGE = "1"
"""The only known requestedServiceId."""
GRANTED, DENIED = "1", "2"
"""authorisationValue. In SetServiceAuthorisation the second means that the session is to end."""
NO_ID = "0"
"""What stands for an id that was not given (the peer answers so where a request has no transactionId)."""
POWER_STEPS = "10xx"
"""In the table of meter types: the power stands in the number, 1012 is the time at 12 kW."""

OK = "1"
UNKNOWN_OPERATOR, NO_CONTRACT, UNKNOWN_PROVIDER, NOT_ON_THIS_EVSE = "201", "202", "203", "205"
REFUSED_UNEXPLAINED, OPERATOR_UNREACHABLE, NO_ANSWER_OF_PROVIDER = "10201", "10207", "10210"
UNKNOWN_SESSION, UNKNOWN_PARTNER, NOT_TAKEN = "10501", "10502", "10503"
NOT_DELIVERED, PARTNER_FAULT, NO_SUCH_NATURE = "10504", "10505", "10506"
FAILED, NOT_A_PARTY, UNKNOWN_PLACE, DUPLICATE = "10507", "10508", "10601", "10701"
"""Request statuses that are said of an exchange, not of a value of the model; meanings in codes.csv."""

FIRST_ERROR = 10000


def known(walk: Crosswalk[Any]) -> Sequence[str]:
    """The words on the wire that the table has."""
    return tuple(dict.fromkeys(row.wire for row in walk.rows if row.wire))


def published() -> Sequence[str]:
    """The request statuses of the specification; negative ones are a peer's own and no part of it."""
    return tuple(code for code in CODES if not code.startswith("-"))
