"""What a hub's refusal of a push says of the records in it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import GatewayError
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.ports import Publishing
from gateway.store.outbox import Entry

EXISTS, UNKNOWN, DECLINED = "exists", "unknown", "declined"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What an entry carries: the action, and the compact ids of its EVSEs in the order of the message."""

    action: m.PushAction
    evses: tuple[str, ...]
    statuses: Mapping[str, tuple[str | None, str | None]]
    """Of a push of statuses: (status, time) by EVSE, or by the row of a parking spot."""


def pushed(entry: Entry) -> Pushed:
    """Read from the stored message, without building it; a damaged one says nothing."""
    try:
        return _read(json.loads(entry.message))
    except (ValueError, TypeError, AttributeError, KeyError, GatewayError):
        return Pushed(m.PushAction.UPDATE, (), {})


def _read(message: Any) -> Pushed:
    action = m.PushAction(message.get("action", m.PushAction.UPDATE))
    evses = [evse for place in message.get("locations", ()) for evse in place.get("evses", ())]
    reports = {compact(one.get("evse")): (one.get("status"), one.get("at")) for one in message.get("statuses", ())}
    spots = {parking_key(one["parking_id"]): (one.get("status"), one.get("at")) for one in message.get("parking", ())}
    return Pushed(action, tuple(compact(evse.get("evse_id")) for evse in evses), {**reports, **spots})


_PARKING = "parking "


def parking_key(parking_id: str) -> str:
    """What the row of a parking spot is called where that of an EVSE has its compact id."""
    return _PARKING + parking_id.replace("*", "").upper()


def is_parking(key: str) -> bool:
    return key.startswith(_PARKING)


def compact(text: Any) -> str:
    """The compact spelling of an EVSE id; empty for what is none."""
    evse = EvseId.read(text)
    return evse.compact if evse is not None else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a push was refused, and the EVSEs that the hub names with what it says of each."""

    kind: str
    named: Mapping[str, str]


def verdict(entry: Entry, answer: m.Answer | None, sent: Pushed, publishing: Publishing) -> Verdict:
    """Of an entry that was refused, or that waits after a refusal which may pass."""
    words, carried = entry.words or "", (*sent.evses, *sent.statuses)
    spoken_of = _in_words(words)
    named = {evse: words for evse in carried if evse in spoken_of} | _at_places(words, sent.evses, publishing)
    others = bool(spoken_of) and not named
    kind = DECLINED if others else _kind(entry, sent.action, publishing)
    return Verdict(kind, named | refusals(answer, carried))


def refusals(answer: m.Answer | None, carried: Sequence[str]) -> dict[str, str]:
    """The EVSEs that an answer names as not taken."""
    if not isinstance(answer, m.Publication):
        return {}
    said = (answer.reason.text if answer.reason is not None else None) or "the hub has not taken it"
    known = {one.evse.compact: one.text or said for one in answer.refused if one.evse is not None}
    return {evse: text for evse, text in known.items() if evse in carried}


def _in_words(words: str) -> set[str]:
    """The EVSEs that a text names, ours or not."""
    read = (EvseId.read(token.strip(".")) for token in re.split(r"[\s,;:\"'()\[\]]+", words))
    return {evse.compact for evse in read if evse is not None and evse.well_formed}


def _at_places(words: str, evses: Sequence[str], publishing: Publishing) -> dict[str, str]:
    if not publishing.position:
        return {}
    places = [int(found) for found in re.findall(publishing.position, words)]
    return {evses[place]: words for place in places if place < len(evses)}


def _kind(entry: Entry, action: m.PushAction, publishing: Publishing) -> str:
    if action is m.PushAction.INSERT and _says(publishing.exists, entry):
        return EXISTS
    if action in (m.PushAction.UPDATE, m.PushAction.DELETE) and _says(publishing.unknown, entry):
        return UNKNOWN
    if action is m.PushAction.INSERT and entry.unknown_tries and _says(publishing.exists_after_unknown, entry):
        return EXISTS
    return DECLINED


def _says(table: Mapping[str, str], entry: Entry) -> bool:
    pattern = table.get(entry.code or "")
    return pattern is not None and re.search(pattern, entry.words or "", re.IGNORECASE) is not None
