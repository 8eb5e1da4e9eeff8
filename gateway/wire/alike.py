"""Whether a message would be written exactly as it was received, and whether one that goes out would be read so again.

Both are told at a glance. Most records are alike: then nothing has to be kept of them, and their document need not be
made again to see that.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from operator import eq
from typing import Any, TypeVar

from lxml import etree

from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, slots
from gateway.wire.glance import inner_text
from gateway.wire.scalars import BOOLEAN, DECIMAL, INTEGER, TEXT, TIMESTAMP, ZULU, Scalar
from gateway.wire.xml import Element, local_name, written_content

M = TypeVar("M", bound=WireModel)


def as_received(model: M) -> M:
    """`model`, to be written as the very document that it was read from."""
    made: M = object.__new__(type(model))
    made.__dict__ = {**model.__dict__, "verbatim": model.source}
    return made


def is_written_alike(received: WireModel, written: Any) -> bool:
    """Whether `written` is the document that `received` was read from, but for prefixes and space between elements.

    False where that cannot be told at a glance: namespaces, order and empty elements say nothing, and look different.
    """
    if received.exact and _says_the_same(received, written):
        return True
    source = received.source
    if not isinstance(source, etree._Element) or written.verbatim is not None or len(source.attrib):
        return False
    if received.unknown or written.unknown:
        return False
    shared = _shared(received, written)
    if shared:
        source = _without(source, {id(one.source) for records in shared.values() for one in records})
        written = replace(written, **dict.fromkeys(shared, ()))
    text = inner_text(source)
    return text is not None and f">{text}" == written_content(written)


def _shared(received: WireModel, written: Any) -> dict[str, tuple[Any, ...]]:
    """Lists of records that are written as they were received, each of them, under the name that it had."""
    found = {}
    for name, alias in _lists(type(written)):
        ours, theirs = getattr(written, name), getattr(received, name)
        if ours and ours[0].verbatim is not None and len(ours) == len(theirs):
            pairs = zip(ours, theirs, strict=True)
            if all(_is_same(one, other, alias) for one, other in pairs):
                found[name] = ours
    return found


@remembered
def _lists(cls: type[WireModel]) -> Sequence[tuple[str, str]]:
    """Fields that are lists of records, and their names on the wire."""
    return [(slot.name, slot.alias) for slot in slots(cls) if slot.many and slot.model is not None]


def _is_same(ours: WireModel, theirs: WireModel, name: str) -> bool:
    return ours.verbatim is not None and ours.verbatim is theirs.source and local_name(theirs.source) == name


def _without(element: Element, left_out: set[int]) -> Element:
    """A copy without some children; the elements of `left_out` are alive, so their ids are theirs."""
    copy = etree.Element(element.tag, nsmap=element.nsmap)
    copy.text = element.text
    copy.extend([deepcopy(child) for child in element if id(child) not in left_out])
    return copy


# --- messages that go out ----------------------------------------------------------------------------------------


def reads_back(model: WireModel) -> bool:
    """Whether `model` is written by its fields alone, and each of them as a text that is read as a value again."""
    values = model.__dict__
    if "read back" in values:
        return True
    if model.verbatim is not None or model.unknown:
        return False
    for name, is_read_back in _rereadings(type(model)):
        value = values[name]
        if value is not None and value != () and not is_read_back(value):
            return False
    if model.shared:
        values["read back"] = True
    return True


@remembered
def _rereadings(cls: type[WireModel]) -> Sequence[tuple[str, Callable[[Any], bool]]]:
    """Of those fields where that is not a matter of course."""
    return [
        (slot.name, _rereading(slot)) for slot in slots(cls) if slot.model is not None or slot.scalar not in _ALWAYS
    ]


def _rereading(slot: Slot) -> Callable[[Any], bool]:
    one: Callable[[Any], bool] = reads_back
    if slot.model is None and slot.scalar is TEXT:
        one = _is_whole_text
    elif slot.model is None:
        one = _is_finite if slot.scalar.read is DECIMAL.read else _reread(slot.scalar)
    return (lambda values: all(map(one, values))) if slot.many else one


_ALWAYS = (BOOLEAN, TIMESTAMP, ZULU)


def _is_whole_text(value: Any) -> bool:
    return bool(value != "" and value.strip() == value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


def _reread(scalar: Scalar) -> Callable[[Any], bool]:
    def reread(value: Any) -> bool:
        try:
            scalar.read(scalar.write(value))
        except ValueError:
            return False
        return True

    return reread


# --- records that were read at a glance --------------------------------------------------------------------------


def _says_the_same(received: WireModel, written: Any) -> bool:
    """Whether both are written as the same text; False where it is not plain that they are."""
    ours, theirs = written.__dict__, received.__dict__
    if theirs.get("same") is written:
        return True
    if "verbatim" in ours or "unknown" in ours or type(received) is not type(written):
        return False
    for name, is_same in _comparisons(type(received)):
        one, other = theirs[name], ours[name]
        if one is not other and not is_same(one, other):
            return False
    if received.shared:
        theirs["same"] = written
    return True


@remembered
def _comparisons(cls: type[WireModel]) -> Sequence[tuple[str, Callable[[Any, Any], bool]]]:
    return [(slot.name, _comparison(slot)) for slot in slots(cls)]


def _comparison(slot: Slot) -> Callable[[Any, Any], bool]:
    if slot.scalar is TEXT and slot.model is None:
        return eq
    one = _says_the_same if slot.model is not None else _written_the_same(slot.scalar)
    return _all(one) if slot.many else _one(one)


def _one(is_same: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: one is not None and other is not None and is_same(one, other)


def _all(is_same: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda some, others: len(some) == len(others) and all(map(is_same, some, others))


def _written_the_same(scalar: Scalar) -> Callable[[Any, Any], bool]:
    """Equal numbers may have other digits."""
    if scalar in (INTEGER, BOOLEAN):
        return lambda one, other: type(one) is type(other) and bool(one == other)
    return lambda one, other: (
        one == other and (_has_same_digits(one, other) or scalar.write(one) == scalar.write(other))
    )


def _has_same_digits(one: Any, other: Any) -> bool:
    return type(one) is Decimal and type(other) is Decimal and not one.compare_total(other)
