"""Every question and its answer.

A message is generic in its answer: `hub.send(AuthorizeToken(...))` gives an `Authorization`. Both sides speak the
same ones: outward the hub stands in for the far party, inward the backend answers.
"""

from gateway.model.messages.authorisation import (
    Allowed,
    Authorization,
    AuthorizeStop,
    AuthorizeToken,
)
from gateway.model.messages.base import (
    Answer,
    Message,
    R,
)
from gateway.model.messages.commands import (
    CommandResult,
    CommandStatus,
    SessionAction,
    StartSession,
    StopSession,
)
from gateway.model.messages.lists import (
    FetchTokens,
    Heartbeat,
    HeartbeatAnswer,
    PublishTokens,
    Tokens,
)
from gateway.model.messages.places import (
    EvseStatusReport,
    FetchEvses,
    FetchStatuses,
    Locations,
    Page,
    ParkingStatusReport,
    Publication,
    PublishEvses,
    PublishStatuses,
    PushAction,
    Refusal,
    SearchArea,
    Statuses,
    StatusScope,
)
from gateway.model.messages.settlement import (
    CdrReceipt,
    CdrReference,
    Cdrs,
    CheckCdrs,
    Confirmation,
    ConfirmCdrs,
    FetchCdr,
    FetchCdrs,
    ReviewCdr,
    SubmitCdr,
    SubmitCdrs,
)

__all__ = [
    "Allowed",
    "Answer",
    "Authorization",
    "AuthorizeStop",
    "AuthorizeToken",
    "CdrReceipt",
    "CdrReference",
    "Cdrs",
    "CheckCdrs",
    "CommandResult",
    "CommandStatus",
    "ConfirmCdrs",
    "Confirmation",
    "EvseStatusReport",
    "FetchCdr",
    "FetchCdrs",
    "FetchEvses",
    "FetchStatuses",
    "FetchTokens",
    "Heartbeat",
    "HeartbeatAnswer",
    "Locations",
    "Message",
    "Page",
    "ParkingStatusReport",
    "Publication",
    "PublishEvses",
    "PublishStatuses",
    "PublishTokens",
    "PushAction",
    "R",
    "Refusal",
    "ReviewCdr",
    "SearchArea",
    "SessionAction",
    "StartSession",
    "StatusScope",
    "Statuses",
    "StopSession",
    "SubmitCdr",
    "SubmitCdrs",
    "Tokens",
]
