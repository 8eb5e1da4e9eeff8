"""Forms that never put back what was repaired: an identifier that was mended is not broken again on its way out."""

from dataclasses import replace
from typing import TypeVar

from gateway.model.common import Extensible, Kept
from gateway.translation import Form, MessageForm, kept_by
from gateway.wire import WireModel
from gateway.wire.rules import joined
from gateway_emip.rules import leading_integer

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)
_STATUS = "/requestStatus["


class SteadyForm(Form[W, C]):
    def read(self, model: W) -> C:
        return _read(self, model)


class SteadyMessage(MessageForm[W, C]):
    def read(self, model: W) -> C:
        return _read(self, model)


def _read(form: Form[W, C], model: W) -> C:
    value = Form.read(form, model)
    places = kept_by(value, form.protocol)
    mended = tuple(replace(place, received=_mended(place)) for place in places)
    wanted = tuple(place for place in mended if place.received != place.written)
    return value if wanted == places else _keeping(form, value, wanted)


def _mended(place: Kept) -> object:
    """The text as it was read: what the wire layer repaired on the way in."""
    if not isinstance(place.received, str) or not place.pointer.endswith("/text()"):
        return place.received
    text = joined(place.received)[0]
    return leading_integer(text)[0] if _STATUS in place.pointer else text


def _keeping(form: Form[W, C], value: C, kept: tuple[Kept, ...]) -> C:
    others = {protocol: places for protocol, places in value.extensions.items() if protocol != form.protocol}
    return replace(value, extensions={**others, form.protocol: kept} if kept else others)
