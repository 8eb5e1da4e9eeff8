"""JSON ↔ wire model, by the compiled fields of the model."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, defaults, slots
from gateway.wire.rules import escaped
from gateway.wire.scalars import NO_OFFSET, bounded, lacks_offset, plain_decimal

M = TypeVar("M", bound=WireModel)
LIMIT = 64 * 1024 * 1024
DEPTH = 100


class Repeating(dict[str, Any]):
    """An object in which members stand more than once: the first of each counts, `repeated` names them."""

    repeated: Sequence[str] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    first = Repeating()
    for name, value in pairs:
        first.setdefault(name, value)
    first.repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    return first


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def parse_json(body: bytes, limit: int = LIMIT) -> Any:
    """The document of `body`, numbers exact. Raises Undecodable with line and column, or with a pointer."""
    document, text = _loaded(body, limit, bounded)
    half = next(_half_pairs(document, ""), None) if _HALF_PAIR_ESCAPE.search(text) else None
    if half is not None:
        raise Undecodable("half a surrogate pair is no character", half)
    return document


def parse_passed_on(body: bytes, limit: int = LIMIT) -> Any:
    """As `parse_json`, for what a hub passes on of many partners: one odd value must not cost all the others.

    Half a surrogate pair becomes U+FFFD, a number of no size that can be meant stays a text, which its field reports.
    """
    document, text = _loaded(body, limit, _number_or_text)
    return _mended(document) if _HALF_PAIR_ESCAPE.search(text) else document


def _loaded(body: bytes, limit: int, number: Callable[[str], Any]) -> tuple[Any, str]:
    if len(body) > limit:
        raise Undecodable(f"the document has {len(body)} bytes, at most {limit} are read")
    try:
        text = _text(body)
        document = json.loads(text, parse_float=number, parse_constant=_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Undecodable(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise Undecodable("the document is nested too deeply") from error
    except ValueError as error:
        raise Undecodable(f"not JSON: {error}") from error
    if _deeper(document, DEPTH):
        raise Undecodable("the document is nested too deeply")
    return document, text


def _number_or_text(text: str) -> Decimal | str:
    try:
        return bounded(text)
    except ValueError:
        return text


def _mended(document: Any) -> Any:
    if isinstance(document, str):
        return _HALF_PAIR.sub("\ufffd", document)
    if isinstance(document, dict):
        return {_HALF_PAIR.sub("\ufffd", name): _mended(value) for name, value in document.items()}
    return [_mended(value) for value in document] if isinstance(document, list) else document


_HALF_PAIR_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def _half_pairs(document: Any, pointer: str) -> Iterator[str]:
    """Where a text or a name has half a surrogate pair: no UTF-8 can carry it, no database store it."""
    if isinstance(document, str) and _HALF_PAIR.search(document):
        yield pointer
    elif isinstance(document, dict):
        for name, value in document.items():
            here = f"{pointer}/{escaped(name)}"
            yield from [pointer] if _HALF_PAIR.search(name) else _half_pairs(value, here)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _half_pairs(value, f"{pointer}/{index}")


def _deeper(document: Any, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        holders = [value for value in level if isinstance(value, (dict, list))]
        if not holders:
            return False
        level = [member for holder in holders for member in (holder.values() if isinstance(holder, dict) else holder)]
    return any(isinstance(value, (dict, list)) for value in level)


def not_utf8(body: bytes) -> list[Finding]:
    """The finding that a JSON document is in no encoding that JSON has, and how it was read all the same."""
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Finding("", Severity.WARNING, "repaired", "the document is not UTF-8; it was read as ISO-8859-1")]
    return []


def _text(body: bytes) -> str:
    """UTF-8, or what Hubject's error pages are written in: ISO-8859-1."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("iso-8859-1")


@remembered
def _by_alias(cls: type[WireModel]) -> Mapping[str, tuple[Slot, Severity | None]]:
    table: dict[str, tuple[Slot, Severity | None]] = {}
    for slot in slots(cls):
        table.update({name: (slot, severity) for name, severity in slot.also.items()})
        table[slot.alias] = (slot, None)
    return table


def read_json(cls: type[M], document: Any, pointer: str, out: list[Finding]) -> M:
    """A model of `document`; what does not fit is reported in `out` and kept in `unknown`."""
    if not isinstance(document, dict):
        out.append(Finding(pointer, Severity.ERROR, "malformed", f"an object is expected, not {_kind(document)}"))
        return _empty(cls).put(verbatim=document)
    model, unknown = _empty(cls), {}
    values = model.__dict__
    table = _by_alias(cls)
    if isinstance(document, Repeating):
        out.extend(_repeated(document, pointer))
    for key, value in document.items():
        if value is None:
            continue
        slot, severity = table.get(key, (None, None))
        if slot is not None and severity is None and (simple := slot.as_it_is(value)) is not None:
            values[slot.name] = simple
            continue
        here = f"{pointer}/{escaped(key)}"
        if slot is None or (severity is not None and document.get(slot.alias) is not None):
            out.append(_unexpected(cls, key, here) if slot is None else _again(slot.alias, key, here))
            out.extend(_all_repeated(value, here))
            unknown[key] = value
            continue
        if severity is not None:
            out.append(Finding(here, severity, "misspelled", f"{slot.alias} is spelled {key}"))
        read = _read_list(slot, value, here, out, values) if slot.many else _read_item(slot, value, here, out)
        if read is not None:
            values[slot.name] = read
        elif value not in ("", []):
            unknown[key] = value
    return model.put(source=document, **({"unknown": unknown} if unknown else {}))


def _empty(cls: type[M]) -> M:
    model = object.__new__(cls)
    model.__dict__.update(defaults(cls))
    return model


def _unexpected(cls: type[WireModel], key: str, here: str) -> Finding:
    severity = cls.unexpected.get(key)
    if severity is None:
        return Finding(here, Severity.INFO, "unknown-member", f"{key} is not known here; it is kept")
    return Finding(here, severity, "unexpected-member", f"{key} does not belong into {cls.__name__}")


def _again(alias: str, key: str, here: str) -> Finding:
    return Finding(here, Severity.ERROR, "repeated", f"{alias} stands here as {key} once more; {alias} is read")


def _repeated(document: Any, pointer: str) -> Iterator[Finding]:
    for name in document.repeated if isinstance(document, Repeating) else ():
        here = f"{pointer}/{escaped(name)}"
        yield Finding(here, Severity.ERROR, "repeated", f"{name} stands more than once; the first is read")


def _all_repeated(document: Any, pointer: str) -> Iterator[Finding]:
    """Of a value that is kept unread, with everything below it."""
    yield from _repeated(document, pointer)
    if isinstance(document, (dict, list)):
        members = document.items() if isinstance(document, dict) else enumerate(document)
        for name, value in members:
            yield from _all_repeated(value, f"{pointer}/{escaped(str(name))}")


def _read_list(slot: Slot, value: Any, here: str, out: list[Finding], values: dict[str, Any]) -> Any:
    """The values that could be read, None where none could; their places, if others stand between them."""
    if isinstance(value, list):
        listed = [(f"/{index}", item) for index, item in enumerate(value)]
    else:
        text = f"{slot.alias}: a single value where a list is expected"
        out.append(Finding(here, Severity.WARNING, "repaired", text))
        listed = [("", value)]
    read = [(place, _read_member(slot, item, here + place, out)) for place, item in listed]
    found = [(place, item) for place, item in read if item is not None]
    if not isinstance(value, list) or len(found) < len(listed):
        values["places"] = {**values.get("places", {}), slot.name: [place for place, _ in found]}
    nothing = not found and any(item is not None for _, item in listed)
    return None if nothing else tuple(item for _, item in found)


def _read_member(slot: Slot, value: Any, here: str, out: list[Finding]) -> Any:
    """What is no object among objects is no record: it is reported, and left to what is kept of the document."""
    if slot.model is None or isinstance(value, dict):
        return _read_item(slot, value, here, out)
    text = f"{slot.alias}: an object is expected, not {_kind(value)}"
    out.append(Finding(here, Severity.ERROR, "malformed", text))
    return None


def _read_item(slot: Slot, value: Any, here: str, out: list[Finding]) -> Any:
    if value is None or (slot.model is not None and value in ("", [])):
        return None
    if slot.model is not None:
        return read_json(slot.model, value, here, out)
    if slot.inner is not None and isinstance(value, dict) and value.get(slot.inner) is not None:
        text = f"{slot.alias}: an object with {slot.inner} where a value is expected"
        out.append(Finding(here, Severity.WARNING, "repaired", text))
        return _read_item(slot, value[slot.inner], f"{here}/{slot.inner}", out)
    if isinstance(value, (dict, list)):
        out.append(Finding(here, Severity.ERROR, "malformed", f"{slot.alias}: a value is expected, not {_kind(value)}"))
        out.extend(_all_repeated(value, here))
        return None
    if value == "":
        return None
    text = _scalar_text(slot, value, here, out)
    for repair in slot.repairs:
        text, done = repair.mend(text)
        if done:
            out.append(Finding(here, Severity.WARNING, "repaired", f"{slot.alias}: {done}"))
    try:
        read = slot.scalar.read(text)
        if slot.scalar.timed and lacks_offset(text):
            out.append(Finding(here, Severity.WARNING, "assumed", f"{slot.alias}: {NO_OFFSET}"))
        return read
    except ValueError as error:
        shown = "" if slot.private else f"{text:.60} is "
        out.append(Finding(here, Severity.ERROR, "malformed", f"{slot.alias}: {shown}{error}"))
        return None


def _scalar_text(slot: Slot, value: Any, here: str, out: list[Finding]) -> str:
    """The text of a scalar; a number in quotes, or a text without, is repaired."""
    if slot.scalar.plain == isinstance(value, str):
        out.append(
            Finding(
                here,
                Severity.WARNING,
                "repaired",
                f"{slot.alias}: a {slot.scalar.json} is expected, not {_kind(value)}",
            )
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return names.get(type(value), "a number" if isinstance(value, (int, Decimal)) else "nothing")


def json_document(model: WireModel) -> Any:
    """The plain document of a model: dicts, lists, texts, numbers as int or Decimal. Absent fields are left out."""
    if model.verbatim is not None:
        return model.verbatim
    written: dict[str, Any] = {}
    for slot in slots(type(model)):
        value = getattr(model, slot.name)
        if value is None or (slot.many and not value and not slot.demanded):
            continue
        written[slot.alias] = [_plain(slot, item) for item in value] if slot.many else _plain(slot, value)
    if model.unknown:
        written.update({key: value for key, value in model.unknown.items() if key not in written})
    return written


def _plain(slot: Slot, value: Any) -> Any:
    if slot.model is not None:
        return json_document(value)
    return value if slot.scalar.plain else slot.scalar.write(value)


def _quoted(text: str) -> str:
    """As it is, but half a surrogate pair, which UTF-8 cannot carry, as an escape."""
    return json.encoder.encode_basestring_ascii(text) if _HALF_PAIR.search(text) else _plainly_quoted(text)


_plainly_quoted: Callable[[str], str] = json.encoder.encode_basestring


def json_text(document: Any) -> str:
    """Compact JSON; a Decimal becomes a number in plain notation, digits as they are."""
    text = _json_text(document, _plainly_quoted)
    return _json_text(document, _quoted) if _HALF_PAIR.search(text) else text


def _json_text(document: Any, quoted: Callable[[str], str]) -> str:
    if isinstance(document, str):
        return quoted(document)
    if isinstance(document, dict):
        members = [f"{quoted(str(key))}:{_json_text(value, quoted)}" for key, value in document.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(document, (list, tuple)):
        return "[" + ",".join([_json_text(item, quoted) for item in document]) + "]"
    return plain_decimal(document) if isinstance(document, Decimal) else json.dumps(document)
