"""Charge detail records on their way, and what becomes of them."""

from dataclasses import dataclass
from datetime import datetime

from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages.base import Answer, Message
from gateway.model.messages.places import Page
from gateway.model.session import SessionIds


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrReceipt(Answer):
    """Whether a CDR was taken. `already_there`: it had been taken before, which is as good.

    A backend that leaves `accepted` open for a CDR that waits at a clearing house leaves the answer to a person.
    """

    accepted: bool | None = None
    already_there: bool = False
    session: SessionIds = SessionIds()
    provider: PartyId | None = None
    refused: tuple[str, ...] = ()
    """Of a batch: the ids of the CDRs that were not taken; all others were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrReference:
    """Names a CDR at a clearing house: its id is unique only together with the EVSE (OCHP up to 1.3)."""

    cdr_id: str | None = None
    evse: EvseId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCdr(Message[CdrReceipt]):
    """A CDR on its way. `replaces`: the one that its receiver was given before, whose place this one takes."""

    cdr: Cdr | None = None
    replaces: CdrReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCdrs(Message[CdrReceipt]):
    """Several at once (OCHP AddCDRs)."""

    cdrs: tuple[Cdr, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdrs(Answer):
    cdrs: tuple[Cdr, ...] = ()
    complete: bool | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCdr(Message[Cdrs]):
    """The CDR of one session (eMIP GetChargeDetailRecord)."""

    session: SessionIds = SessionIds()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCdrs(Message[Cdrs]):
    """CDRs waiting for the eMSP (OCHP GetCDRs), or those of a stretch of time (OICP GetChargeDetailRecords).

    `since` to `until` are times at which the hub took them; `forwarded` False: those that could not be handed on.
    """

    status: CdrStatus | None = None
    since: datetime | None = None
    until: datetime | None = None
    sessions: tuple[str, ...] = ()
    """The hub's own session ids."""
    operators: tuple[PartyId, ...] = ()
    forwarded: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCdrs(Message[Cdrs]):
    """What became of the CDRs we sent (OCHP CheckCDRs)."""

    status: CdrStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(Answer):
    accepted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCdrs(Message[Confirmation]):
    approved: tuple[CdrReference, ...] = ()
    declined: tuple[CdrReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCdr(Message[Confirmation]):
    """What became of a CDR at the clearing house (`cdr.status`).

    As a CPO: one of ours that its eMSP declined, for its maker to correct, or whose claim was given up. As an eMSP: one
    whose CPO has given up the claim after we were told of it. `asked_at` is when the hub was asked.
    """

    cdr: Cdr | None = None
    asked_at: datetime | None = None
