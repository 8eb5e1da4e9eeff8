"""Forms that never put back what was repaired: an identifier that was mended is not broken again on its way out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from gateway.model.common import Extensible, Kept
from gateway.tables import remembered
from gateway.translation import Form, MessageForm, kept_by
from gateway.wire import WireModel, slots
from gateway.wire.declared import Repair

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)
_TEXT = re.compile(r"/(?P<element>\w+)\[\d+\]/text\(\)$")


class SteadyForm(Form[W, C]):
    def read(self, model: W) -> C:
        return _read(self, model)


class SteadyMessage(MessageForm[W, C]):
    def read(self, model: W) -> C:
        return _read(self, model)


def _read(form: Form[W, C], model: W) -> C:
    value = Form.read(form, model)
    places = kept_by(value, form.protocol)
    mended = tuple(replace(place, received=_mended(place, form.wire)) for place in places)
    wanted = tuple(place for place in mended if place.received != place.written)
    return value if wanted == places else _keeping(form, value, wanted)


def _mended(place: Kept, wire: type[WireModel]) -> object:
    """The text as it was read: what the wire layer repaired on the way in."""
    match = _TEXT.search(place.pointer)
    if not isinstance(place.received, str) or match is None:
        return place.received
    text = place.received
    for repair in repairs(wire).get(match["element"].lower(), ()):
        text = repair.mend(text)[0]
    return text


@remembered
def repairs(wire: type[WireModel]) -> Mapping[str, Sequence[Repair]]:
    """What is mended in the texts of a message, by the names of their elements in lower case."""
    return {name.lower(): slot for name, slot in _repairs(wire)}


def _repairs(wire: type[WireModel]) -> Iterator[tuple[str, Sequence[Repair]]]:
    for slot in slots(wire):
        if slot.model is not None:
            yield from _repairs(slot.model)
        for name in (slot.alias, *slot.also):
            if slot.repairs:
                yield name, slot.repairs


def _keeping(form: Form[W, C], value: C, kept: tuple[Kept, ...]) -> C:
    others = {protocol: places for protocol, places in value.extensions.items() if protocol != form.protocol}
    return replace(value, extensions={**others, form.protocol: kept} if kept else others)
