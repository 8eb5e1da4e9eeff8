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
    EventReceipt,
    FetchCdr,
    Heartbeat,
    HeartbeatAnswer,
    PlaceLevel,
    PublishAvailability,
    PublishStatuses,
    ReportEvent,
    StartSession,
    StopSession,
    SubmitCdr,
    SubmitCdrs,
)
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, document
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


def publish_synthetic(message: PublishStatuses) -> Sequence[Written]:
    """For each EVSE both dimensions in one call."""
    singles = [replace(message, statuses=(report,)) for report in message.statuses]
    return [Written(forms.SYNTHETIC, forms.SYNTHETIC.write(single)) for single in singles]


PLACES: Mapping[PlaceLevel | None, AnyForm] = {
    PlaceLevel.POOL: forms.POOL,
    PlaceLevel.STATION: forms.STATION,
    PlaceLevel.CONNECTOR: forms.CONNECTOR,
}


def publish_availability(message: PublishAvailability) -> Sequence[Written]:
    """One place a message; of a place without a level nothing can be said."""
    singles = [replace(message, places=(place,)) for place in message.places if place.level is not None]
    return [Written(PLACES[one.places[0].level], PLACES[one.places[0].level].write(one)) for one in singles]


def capitalised(model: WireModel) -> WireModel:
    """The id of a place under the name that some skeletons give it: `ChargingPoolId` for `chargingPoolId` (errata)."""
    written = document(model)
    for child in written:
        if child.tag.startswith("charging"):
            child.tag = "C" + child.tag[1:]
    return model.put(verbatim=written)


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
    PublishAvailability: publish_availability,
    ReportEvent: _one(forms.EVENT),
    EventReceipt: _one(forms.FORWARDED_EVENT_ANSWER),
    Heartbeat: _one(forms.HEARTBEAT),
    HeartbeatAnswer: _one(forms.HEARTBEAT_ANSWER),
}


def reread(models: Sequence[WireModel], original: Any) -> Any:
    """The canonical message that several wire messages carry together; `original` tells its kind."""
    if isinstance(original, PublishAvailability):
        parts = [forms.BY_ELEMENT[model.element].read(model) for model in models]
        return replace(parts[0], places=tuple(place for part in parts for place in part.places))
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
