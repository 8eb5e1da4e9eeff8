"""The lists that can be pulled from a hub: what their records are, and in which message the backend is given them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.canonical import from_json, to_json
from gateway.model import messages as m
from gateway.model.kinds import EvseStatus
from gateway.model.location import Evse, Location
from gateway.model.tariff import DefaultPrice, Tariff
from gateway.model.token import Token


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a list. `name` is as much of it as says which one it is; `id` is None where nothing says that.

    `until`: how long it holds. `same`: what two values have in common that mean the same, where not all of it counts.
    """

    id: str | None
    value: Any
    name: Any
    is_removed: bool = False
    until: datetime | None = None
    same: Any = None

    @property
    def digest(self) -> str:
        return digest_of(self.value if self.same is None else self.same)

    @property
    def name_text(self) -> str:
        return _text(self.name)


def digest_of(value: Any) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(to_json(value), sort_keys=True)


@dataclass(frozen=True, slots=True)
class PulledList:
    """How the answers to one question become records, and records a message to the backend."""

    question: Callable[[datetime | None], m.Message[Any]]
    """For all of it, or for what has changed since."""
    records: Callable[[Any], Iterator[Record]]
    told_by: type[m.Message[Any]]
    message: Callable[[m.PushAction, Sequence[Any]], m.Message[Any]]
    read_name: Callable[[Any], Any]
    ended: Callable[[Any], Any] | None = None
    """What a record that is named like this becomes when its time is over."""

    def named(self, text: str) -> Any:
        return self.read_name(json.loads(text))


# --- places ------------------------------------------------------------------------------------------------------


def _places(answer: m.Locations) -> Iterator[Record]:
    """One record for each EVSE: the location with this one EVSE."""
    for location in answer.locations:
        for evse in location.evses:
            alone = len(location.evses) == 1
            value = location if alone else replace(location, evses=(evse,), extensions=evse.extensions)
            name = Location(operator=location.operator, evses=(Evse(uid=evse.uid, evse_id=evse.evse_id),))
            id = evse.evse_id.compact if evse.evse_id is not None else evse.uid
            yield Record(id or None, value, name, evse.status is EvseStatus.REMOVED)


def _fetch_evses(since: datetime | None) -> m.FetchEvses:
    return m.FetchEvses(since=since)


def _publish_evses(action: m.PushAction, values: Sequence[Any]) -> m.PublishEvses:
    return m.PublishEvses(action=action, locations=tuple(values))


# --- statuses ----------------------------------------------------------------------------------------------------


def _statuses(answer: m.Statuses) -> Iterator[Record]:
    for report in answer.statuses:
        id = report.evse.compact if report.evse is not None else None
        yield _status(id, report, m.EvseStatusReport(evse=report.evse, operator=report.operator))
    for spot in answer.parking:
        id = f"parking {spot.parking_id}" if spot.parking_id else None
        yield _status(id, spot, m.ParkingStatusReport(parking_id=spot.parking_id))


def _status(id: str | None, report: Any, name: Any) -> Record:
    """An unknown status is the same whenever it became unknown."""
    if report.status is EvseStatus.UNKNOWN:
        return Record(id or None, report, name, same=_ended(name))
    return Record(id or None, report, name, until=report.until)


def _ended(name: Any) -> Any:
    """A status whose time is over is unknown (OCHP 1.4, ttl)."""
    return replace(name, status=EvseStatus.UNKNOWN)


def _fetch_statuses(since: datetime | None) -> m.FetchStatuses:
    return m.FetchStatuses(since=since)


def _publish_statuses(action: m.PushAction, values: Sequence[Any]) -> m.PublishStatuses:
    return m.PublishStatuses(
        action=action,
        statuses=tuple(value for value in values if isinstance(value, m.EvseStatusReport)),
        parking=tuple(value for value in values if isinstance(value, m.ParkingStatusReport)),
    )


def _status_name(document: Any) -> Any:
    kind: type[Any] = m.ParkingStatusReport if "parking_id" in document else m.EvseStatusReport
    return from_json(kind, document)


# --- tokens ------------------------------------------------------------------------------------------------------

_CHECK_DIGIT = 14
"""Where it stands in a compact contract id (ISO 15118-2, H.1)."""


def _tokens(answer: m.Tokens) -> Iterator[Record]:
    """A contract may have several tokens, and a token may stand there in clear and hashed. One that has expired is
    gone: a hub that has no other word for a removal says it by the end of its validity (OCHP 1.4).

    A contract is the same with and without its check digit, which comes and goes; a token without a number has no name.
    """
    for token in answer.tokens:
        contract = token.contract_id.compact[:_CHECK_DIGIT] if token.contract_id is not None else ""
        parts = ((token.uid or "").upper(), token.hashed_by or "", contract)
        name = Token(uid=token.uid, type=token.type, contract_id=token.contract_id, hashed_by=token.hashed_by)
        expired = token.valid is False and token.expires is not None
        yield Record(" ".join(parts) if token.uid else None, token, name, is_removed=expired)


def _fetch_tokens(since: datetime | None) -> m.FetchTokens:
    return m.FetchTokens(since=since)


def _publish_tokens(action: m.PushAction, values: Sequence[Any]) -> m.PublishTokens:
    return m.PublishTokens(action=action, tokens=tuple(values))


# --- prices ------------------------------------------------------------------------------------------------------


def _priced(told: Tariff | DefaultPrice | m.EvseTariffs, what: str | None) -> str | None:
    """Whose price of what, for whom: an operator may ask every eMSP something else."""
    operator = told.operator.compact if told.operator is not None else ""
    provider = told.provider.compact if told.provider is not None else "*"
    return f"{operator} {provider} {what}" if what else None


def _tariffs(answer: m.Tariffs) -> Iterator[Record]:
    for tariff in answer.tariffs:
        name = Tariff(id=tariff.id, operator=tariff.operator, provider=tariff.provider)
        yield Record(_priced(tariff, tariff.id), tariff, name)
    for default in answer.defaults:
        named = DefaultPrice(operator=default.operator, provider=default.provider)
        yield Record(_priced(default, _DEFAULT), default, named)


_DEFAULT = "/default"


def _fetch_tariffs(since: datetime | None) -> m.FetchTariffs:
    return m.FetchTariffs(since=since)


def _publish_tariffs(action: m.PushAction, values: Sequence[Any]) -> m.PublishTariffs:
    return m.PublishTariffs(
        action=action,
        tariffs=tuple(value for value in values if isinstance(value, Tariff)),
        defaults=tuple(value for value in values if isinstance(value, DefaultPrice)),
    )


def _tariff_name(document: Any) -> Any:
    kind: type[Any] = Tariff if "id" in document else DefaultPrice
    return from_json(kind, document)


def _evse_tariffs(answer: m.EvseTariffList) -> Iterator[Record]:
    for told in answer.assignments:
        name = m.EvseTariffs(evse=told.evse, operator=told.operator, provider=told.provider)
        yield Record(_priced(told, told.evse.compact if told.evse is not None else None), told, name)


def _fetch_evse_tariffs(since: datetime | None) -> m.FetchEvseTariffs:
    return m.FetchEvseTariffs(since=since)


def _publish_evse_tariffs(action: m.PushAction, values: Sequence[Any]) -> m.PublishEvseTariffs:
    return m.PublishEvseTariffs(action=action, assignments=tuple(values))


LISTS: Mapping[type[m.Message[Any]], PulledList] = {
    m.FetchEvses: PulledList(
        _fetch_evses, _places, m.PublishEvses, _publish_evses, lambda name: from_json(Location, name)
    ),
    m.FetchStatuses: PulledList(
        _fetch_statuses, _statuses, m.PublishStatuses, _publish_statuses, _status_name, ended=_ended
    ),
    m.FetchTokens: PulledList(
        _fetch_tokens, _tokens, m.PublishTokens, _publish_tokens, lambda name: from_json(Token, name)
    ),
    m.FetchTariffs: PulledList(_fetch_tariffs, _tariffs, m.PublishTariffs, _publish_tariffs, _tariff_name),
    m.FetchEvseTariffs: PulledList(
        _fetch_evse_tariffs,
        _evse_tariffs,
        m.PublishEvseTariffs,
        _publish_evse_tariffs,
        lambda name: from_json(m.EvseTariffs, name),
    ),
}
