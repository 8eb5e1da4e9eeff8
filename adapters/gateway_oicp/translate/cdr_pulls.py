"""GetChargeDetailRecords, question and answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.cdr import Cdr
from gateway.model.ids import PartyId
from gateway.model.messages import Cdrs, FetchCdrs, Page
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.rules_pulls import WIDEST_DAYS
from gateway_oicp.translate.cdrs import read_cdr, write_cdr
from gateway_oicp.translate.sessions import read_reason, text, write_status
from gateway_oicp.words import NAME, Code

RECORD = Form(NAME, wire.ChargeDetailRecord, Cdr, read_cdr, write_cdr)
WINDOW = timedelta(days=WIDEST_DAYS - 1)
_MOST_WINDOWS = 48


def read_get_cdrs(model: wire.GetChargeDetailRecords) -> FetchCdrs:
    operators = map(PartyId.read, model.operator_id)
    return FetchCdrs(
        provider=PartyId.read(model.provider_id),
        since=model.since,
        until=model.until,
        sessions=model.session_id,
        operators=tuple(operator for operator in operators if operator is not None),
        forwarded=model.cdr_forwarded,
    )


def write_get_cdrs(message: FetchCdrs) -> wire.GetChargeDetailRecords:
    return wire.GetChargeDetailRecords(
        provider_id=text(message.provider),
        since=message.since,
        until=message.until,
        session_id=message.sessions,
        operator_id=tuple(str(operator) for operator in message.operators),
        cdr_forwarded=message.forwarded,
    )


def split_by_time(message: FetchCdrs) -> Sequence[FetchCdrs]:
    """Questions for 89 days each, one day less than the hub allows: implementations do not count on the last one.

    Neighbours share a moment, so that nothing falls between them. Raises Invalid for more than eleven years.
    """
    since, until = message.since, message.until
    if since is None or until is None or until - since <= WINDOW:
        return [message]
    count = -((since - until) // WINDOW)
    if count > _MOST_WINDOWS:
        text = f"{(until - since).days} days need {count} questions of {WINDOW.days} days; {_MOST_WINDOWS} are asked"
        raise Invalid([Finding("/From", Severity.ERROR, "out-of-range", text)])
    starts = [since + number * WINDOW for number in range(count)]
    return [replace(message, since=start, until=end) for start, end in zip(starts, [*starts[1:], until], strict=True)]


def read_cdr_page(model: wire.ChargeDetailRecordPage) -> Cdrs:
    page = Page(
        number=model.number,
        size=model.size,
        count=model.number_of_elements,
        total=model.total_elements,
        pages=model.total_pages,
        first=model.first,
        last=model.last,
    )
    return Cdrs(
        cdrs=tuple(map(RECORD.read, model.content)),
        page=page if page != Page() else None,
        reason=read_reason(model.status_code),
    )


def write_cdr_page(answer: Cdrs) -> wire.ChargeDetailRecordPage:
    """Without a page of its own the answer is the only one."""
    count, reason = len(answer.cdrs), answer.reason
    page = answer.page or Page(number=0, size=count, count=count, total=count, pages=1, first=True, last=True)
    return wire.ChargeDetailRecordPage(
        content=tuple(map(RECORD.write, answer.cdrs)),
        number=page.number,
        size=page.size,
        total_elements=page.total,
        last=page.last,
        total_pages=page.pages,
        first=page.first,
        number_of_elements=page.count,
        status_code=write_status(reason.code if reason and reason.code else Code.SUCCESS, reason),
    )
