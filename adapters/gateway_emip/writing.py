"""Canonical message → the message or messages that we would send for it, and the way back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from gateway.model.messages import (
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    Cdrs,
    CommandResult,
    FetchCdr,
    Heartbeat,
    HeartbeatAnswer,
    PublishStatuses,
    StartSession,
    StopSession,
    SubmitCdr,
    SubmitCdrs,
)
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_emip import forms, wire
from gateway_emip.translate import statuses


def _one(form: AnyForm) -> Callable[[Any], Sequence[Written]]:
    return lambda message: [Written(form, form.write(message))]


def publish_statuses(message: PublishStatuses) -> Sequence[Written]:
    """For each EVSE the availability, and the busy status where it says something."""
    return [written for report in message.statuses for written in _of_one_evse(replace(message, statuses=(report,)))]


def _of_one_evse(message: PublishStatuses) -> Iterator[Written]:
    yield Written(forms.AVAILABILITY, forms.AVAILABILITY.write(message))
    if statuses.says_busy(message.statuses[0].status):
        yield Written(forms.BUSY, forms.BUSY.write(message))


def submit_cdrs(message: SubmitCdrs) -> Sequence[Written]:
    """One record a message; transactions are told apart by the place."""
    singles = [
        SubmitCdr(partner=message.partner, operator=message.operator, provider=message.provider, cdr=cdr)
        for cdr in message.cdrs
    ]
    return [Written(forms.CDR, forms.CDR.write(single)) for single in singles]


WRITES: Mapping[type, Callable[[Any], Sequence[Written]]] = {
    AuthorizeToken: _one(forms.AUTHORISATION),
    Authorization: _one(forms.FORWARDED_AUTHORISATION_ANSWER),
    StartSession: _one(forms.START),
    StopSession: _one(forms.ACTION),
    CommandResult: _one(forms.FORWARDED_START_ANSWER),
    SubmitCdr: _one(forms.CDR),
    SubmitCdrs: submit_cdrs,
    CdrReceipt: _one(forms.FORWARDED_CDR_ANSWER),
    FetchCdr: _one(forms.FETCH),
    Cdrs: _one(forms.FETCH_ANSWER),
    PublishStatuses: publish_statuses,
    Heartbeat: _one(forms.HEARTBEAT),
    HeartbeatAnswer: _one(forms.HEARTBEAT_ANSWER),
}


def reread(models: Sequence[WireModel], original: Any) -> Any:
    """The canonical message that several wire messages carry together; `original` tells its kind."""
    if isinstance(original, SubmitCdrs):
        return _reread_cdrs([model for model in models if isinstance(model, wire.ToIopSetChargeDetailRecordRequest)])
    return _reread_statuses([model for model in models if isinstance(model, statuses.Dimension)])


def _reread_cdrs(models: Sequence[wire.ToIopSetChargeDetailRecordRequest]) -> SubmitCdrs:
    singles = [forms.CDR.read(model) for model in models]
    first = singles[0] if singles else SubmitCdr()
    return SubmitCdrs(
        partner=first.partner,
        operator=first.operator,
        cdrs=tuple(single.cdr for single in singles if single.cdr is not None),
    )


def _reread_statuses(models: Sequence[statuses.Dimension]) -> PublishStatuses:
    reports = tuple(statuses.combined(list(group)) for _, group in groupby(models, key=lambda model: model.evse_id))
    if not models:
        return PublishStatuses()
    first = models[0]
    head = (
        forms.AVAILABILITY.read(first)
        if isinstance(first, wire.SetEvseAvailabilityStatusRequest)
        else forms.BUSY.read(first)
    )
    return PublishStatuses(transaction=head.transaction, partner=head.partner, operator=head.operator, statuses=reports)
