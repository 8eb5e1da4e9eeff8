"""The messages that carry tariffs (inventory a.10): one record for each id, in it one tariff for each recipient."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

from lxml import etree

from gateway.model.messages import FetchTariffs, Publication, PublishTariffs, PushAction, Refusal, Tariffs
from gateway.model.tariff import Tariff
from gateway.wire import decode_document, document
from gateway.wire.xml import Element, local_name
from gateway_ochp import wire
from gateway_ochp.translate.results import read_accepted, read_reason, write_answer_result, write_result
from gateway_ochp.translate.tariff_ids import tariff_key
from gateway_ochp.translate.tariffs import TARIFF

_INDIVIDUAL, _RECIPIENT = "individualTariff", "recipient"


# --- one record, many tariffs ------------------------------------------------------------------------------------


def read_infos(infos: Iterable[wire.TariffInfo]) -> tuple[Tariff, ...]:
    return tuple(TARIFF.read(part) for info in infos for part in parted(info))


def parted(info: wire.TariffInfo) -> Iterator[wire.TariffInfo]:
    """The record once for each recipient of each individual tariff, with the part of its document that is theirs."""
    if info.source is None or not info.individual_tariff:
        yield from _parted_models(info)
        return
    for told in info.individual_tariff:
        recipients = _named(told.source, _RECIPIENT)
        if len(info.individual_tariff) == 1 and len(recipients) <= 1:
            yield info
            return
        for part in _parts(_alone(info.source, told.source), told.source, recipients):
            yield decode_document(wire.TariffInfo, part).model


def _parted_models(info: wire.TariffInfo) -> Iterator[wire.TariffInfo]:
    for told in info.individual_tariff:
        for recipient in told.recipient or (None,):
            alone = wire.IndividualTariff(
                tariff_element=told.tariff_element,
                recipient=(recipient,) if recipient is not None else (),
                currency=told.currency,
            )
            yield wire.TariffInfo(tariff_id=info.tariff_id, individual_tariff=(alone,))
    if not info.individual_tariff:
        yield info


def _alone(info: Element, told: Element) -> Element:
    """A copy with this individual tariff alone, and without its recipients."""
    number = list(info).index(told)
    copied = deepcopy(info)
    kept = copied[number]
    for other in _named(copied, _INDIVIDUAL):
        if other is not kept:
            copied.remove(other)
    for recipient in _named(kept, _RECIPIENT):
        kept.remove(recipient)
    return copied


def _parts(alone: Element, told: Element, recipients: Sequence[Element]) -> Iterator[Element]:
    """One for each recipient, in its place; one without where there is none."""
    if not recipients:
        yield alone
    for recipient in recipients:
        part = deepcopy(alone)
        _named(part, _INDIVIDUAL)[0].insert(told.index(recipients[0]), deepcopy(recipient))
        yield part


def _named(element: Element, name: str) -> Sequence[Element]:
    return [child for child in element if local_name(child).casefold() == name.casefold()]


def write_infos(tariffs: Iterable[Tariff]) -> tuple[wire.TariffInfo, ...]:
    """One record for each id; recipients of the same content share an individual tariff."""
    by_id: dict[str, list[wire.TariffInfo]] = {}
    for tariff in tariffs:
        info = TARIFF.write(tariff)
        by_id.setdefault(tariff_key(info.tariff_id), []).append(info)
    return tuple(infos[0] if len(infos) == 1 else _joined(infos) for infos in by_id.values())


def _joined(infos: Sequence[wire.TariffInfo]) -> wire.TariffInfo:
    """What was kept for OCHP stands in the document alone, so that it can still be taken back."""
    plain = decode_document(wire.TariffInfo, _together([document(replace(info)) for info in infos])).model
    if all(info.verbatim is None for info in infos):
        return plain
    return plain.put(verbatim=_together([document(info) for info in infos]))


def _together(infos: Sequence[Element]) -> Element:
    whole, *others = infos
    known = {_content(told): told for told in _named(whole, _INDIVIDUAL)}
    for told in (each for other in others for each in _named(other, _INDIVIDUAL)):
        recipients, same = _named(told, _RECIPIENT), known.get(_content(told))
        if same is not None and recipients:
            after = same.index(_named(same, _RECIPIENT)[-1])
            for step, recipient in enumerate(recipients, 1):
                same.insert(after + step, recipient)
        else:
            whole.append(told)
            known.setdefault(_content(told), told)
    return whole


def _content(told: Element) -> tuple[bool, bytes]:
    """Whether it is for somebody, and what it asks."""
    bare = deepcopy(told)
    for recipient in _named(bare, _RECIPIENT):
        bare.remove(recipient)
    return bool(_named(told, _RECIPIENT)), etree.tostring(bare, method="c14n", exclusive=True)


# --- messages ----------------------------------------------------------------------------------------------------


def read_published(request: wire.UpdateTariffsRequest) -> PublishTariffs:
    return PublishTariffs(action=PushAction.UPDATE, tariffs=read_infos(request.tariff_info_array))


def write_published(message: PublishTariffs) -> wire.UpdateTariffsRequest:
    """OCHP has no other way of publishing; a tariff is replaced as a whole, and none is ever deleted."""
    return wire.UpdateTariffsRequest(tariff_info_array=write_infos(message.tariffs))


def read_publication(response: wire.UpdateTariffsResponse) -> Publication:
    names = dict.fromkeys(info.tariff_id for info in response.refused_tariff_info)
    return Publication(
        accepted=read_accepted(response.result),
        reason=read_reason(response.result),
        refused=tuple(Refusal(uid=name) for name in names),
        refused_tariffs=read_infos(response.refused_tariff_info),
    )


def write_publication(answer: Publication) -> wire.UpdateTariffsResponse:
    return wire.UpdateTariffsResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused_tariffs)),
        refused_tariff_info=write_infos(answer.refused_tariffs),
    )


def read_fetch(request: wire.GetTariffUpdatesRequest) -> FetchTariffs:
    return FetchTariffs(since=request.last_update)


def write_fetch(message: FetchTariffs) -> wire.GetTariffUpdatesRequest:
    """Without a time all tariffs that are valid."""
    return wire.GetTariffUpdatesRequest(last_update=message.since)


def read_tariffs(response: wire.GetTariffUpdatesResponse) -> Tariffs:
    return Tariffs(tariffs=read_infos(response.tariff_info_array), reason=read_reason(response.result))


def write_tariffs(answer: Tariffs) -> wire.GetTariffUpdatesResponse:
    return wire.GetTariffUpdatesResponse(
        result=write_answer_result(answer.reason), tariff_info_array=write_infos(answer.tariffs)
    )
