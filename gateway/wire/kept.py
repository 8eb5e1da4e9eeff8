"""What a received document has that our own writing of its meaning has not, and how it is put back.

`differences(received, written)` after reading, `restored(written, kept)` before sending the meaning back to the same
protocol: together they lose nothing, whatever the canonical model can hold. A place whose value was changed meanwhile
is left as it is (see Kept).
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import zip_longest
from typing import Any

from lxml import etree

from gateway.model.common import Kept
from gateway.wire.rules import escaped
from gateway.wire.xml import Element, local_name


def differences(received: Any, written: Any) -> tuple[Kept, ...]:
    """Both are documents of one protocol: JSON values, or XML elements."""
    if isinstance(received, etree._Element):
        return tuple(_in_element(received, written, ""))
    return tuple(_in_json(received, written, ""))


def restored(document: Any, kept: Iterable[Kept]) -> Any:
    """`document` with every kept place put back, where it still reads as it did."""
    patched = _copied(document)
    for place in kept:
        if isinstance(patched, etree._Element):
            _restore_element(patched, place)
        else:
            patched = _restore_json(patched, place)
    return patched


def _copied(document: Any) -> Any:
    """A tree of JSON by its containers, whose values never change."""
    if isinstance(document, dict):
        return {key: _copied(member) for key, member in document.items()}
    if isinstance(document, list):
        return [_copied(member) for member in document]
    return deepcopy(document) if isinstance(document, etree._Element) else document


# --- JSON --------------------------------------------------------------------------------------------------------


def _same(one: Any, other: Any) -> bool:
    """Equal by value; an explicit null is absence; 1 is not true."""
    if type(one) is str or type(other) is str or one is other:
        return bool(one == other)
    if isinstance(one, dict) and isinstance(other, dict):
        for key, value in one.items():
            if not _same(value, other.get(key)):
                return False
        return all(value is None or key in one for key, value in other.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _in_json(received: Any, written: Any, pointer: str) -> Iterator[Kept]:
    if _same(received, written):
        return
    if isinstance(received, dict) and isinstance(written, dict):
        for key in dict.fromkeys([*received, *written]):
            yield from _in_json(received.get(key), written.get(key), f"{pointer}/{escaped(key)}")
    elif isinstance(received, list) and isinstance(written, list) and len(received) == len(written):
        for index, (one, other) in enumerate(zip(received, written, strict=True)):
            yield from _in_json(one, other, f"{pointer}/{index}")
    else:
        yield Kept(pointer, received, written)


def _restore_json(document: Any, place: Kept) -> Any:
    if not place.pointer:
        return _copied(place.received) if _same(document, place.written) else document
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in place.pointer[1:].split("/")]
    holder = document
    for step in way:
        holder = _child(holder, step)
        if holder is None:
            return document
    if isinstance(holder, dict) and _same(holder.get(last), place.written):
        if place.received is None:
            holder.pop(last, None)
        else:
            holder[last] = _copied(place.received)
    elif isinstance(holder, list) and _member(holder, last) and _same(holder[int(last)], place.written):
        holder[int(last)] = _copied(place.received)
    return document


def _child(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    return holder[int(step)] if isinstance(holder, list) and _member(holder, step) else None


def _member(holder: list[Any], step: str) -> bool:
    return step.isdecimal() and int(step) < len(holder)


# --- XML ---------------------------------------------------------------------------------------------------------
# A step of a path is `name[n]`: the n-th child of that local name. A leaf's value is its text, a subtree's its XML.


def _children(element: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    counts: dict[str, int] = {}
    for child in element:
        name = local_name(child)
        if name:
            counts[name] = counts.get(name, 0) + 1
            found[f"{name}[{counts[name]}]"] = child
    return found


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _mended(received: str, written: str) -> bool:
    """An identifier that a line break was put into is written whole again, not broken as it came."""
    return bool(written) and "\n" in received and "".join(received.split()) == written


def _alike(received: Element, written: Element) -> bool:
    """Whether two trees are the same at a glance. Most are; what is not is looked at step by step."""
    for one, other in zip_longest(received.iter("*"), written.iter("*")):
        if one is None or other is None or len(one) != len(other) or one.items() != other.items():
            return False
        if one.tag != other.tag and one is not received:
            return False
        if one.text != other.text and _text(one) != _text(other):
            return False
    return True


def _in_element(received: Element, written: Element, path: str) -> Iterator[Kept]:
    if _alike(received, written):
        return
    for name in dict.fromkeys([*map(str, received.attrib), *map(str, written.attrib)]):
        if received.get(name) != written.get(name):
            yield Kept(f"{path}/@{name}", received.get(name), written.get(name))
    mine, ours = _children(received), _children(written)
    if _text(received) != _text(written) and not _mended(_text(received), _text(written)):
        yield Kept(f"{path}/text()", _text(received), _text(written))
    before: str | None = None
    for step, child in mine.items():
        if step in ours:
            yield from _in_element(child, ours[step], f"{path}/{step}")
        else:
            yield Kept(f"{path}/{step}", as_received(child), None, after=before)
        before = step
    for step in reversed(ours):
        if step not in mine:
            yield Kept(f"{path}/{step}", None, as_received(ours[step]))


def as_received(element: Element) -> str:
    """The element in one form, whatever its prefixes and its quotes."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False).decode()
    except etree.C14NError:
        # Canonical XML has no word for relative namespace names (section 1.3); the parser takes them.
        return etree.tostring(element, encoding="unicode", with_tail=False)


def _restore_element(root: Element, place: Kept) -> None:
    *way, last = place.pointer[1:].split("/") if "@{" not in place.pointer else _split_qualified(place.pointer)
    holder: Element | None = root
    for step in way:
        holder = None if holder is None else _children(holder).get(step)
    if holder is None:
        return
    if last == "text()":
        if _text(holder) == place.written and isinstance(place.received, str):
            holder.text = place.received
    elif last.startswith("@"):
        _restore_attribute(holder, last[1:], place)
    else:
        _restore_child(holder, last, place)


def _split_qualified(pointer: str) -> Sequence[str]:
    way, _, name = pointer.partition("/@")
    return [*filter(None, way.split("/")), f"@{name}"]


def _restore_attribute(holder: Element, name: str, place: Kept) -> None:
    if holder.get(name) != place.written:
        return
    if place.received is None:
        holder.attrib.pop(name, None)
    else:
        holder.set(name, str(place.received))


def _restore_child(holder: Element, step: str, place: Kept) -> None:
    children = _children(holder)
    present = children.get(step)
    if place.received is None:
        if present is not None and as_received(present) == place.written:
            holder.remove(present)
    elif present is None:
        before = (children.get(one) for one in (place.after, _elder(step)) if one is not None)
        position = max((holder.index(sibling) + 1 for sibling in before if sibling is not None), default=0)
        holder.insert(position, etree.fromstring(str(place.received)))


def _elder(step: str) -> str | None:
    """The sibling of the same name before this one: `evse[3]` follows `evse[2]`, whatever stands between."""
    name, _, number = step.rstrip("]").partition("[")
    return f"{name}[{int(number) - 1}]" if int(number) > 1 else None
