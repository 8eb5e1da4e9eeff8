"""JSON ↔ wire model, by the compiled fields of the model."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from gateway.errors import Undecodable
from gateway.findings import Finding, Severity
from gateway.tables import remembered
from gateway.wire.declared import Slot, WireModel, defaults, slots
from gateway.wire.rules import escaped
from gateway.wire.scalars import bounded, plain_decimal

M = TypeVar("M", bound=WireModel)
LIMIT = 64 * 1024 * 1024
DEPTH = 100


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def parse_json(body: bytes, limit: int = LIMIT) -> Any:
    """The document of `body`, numbers exact. Raises Undecodable with line and column."""
    if len(body) > limit:
        raise Undecodable(f"the document has {len(body)} bytes, at most {limit} are read")
    try:
        document = json.loads(_text(body), parse_float=bounded, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Undecodable(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise Undecodable("the document is nested too deeply") from error
    except ValueError as error:
        raise Undecodable(f"not JSON: {error}") from error
    if _deeper(document, DEPTH):
        raise Undecodable("the document is nested too deeply")
    return document


def _deeper(document: Any, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        holders = [value for value in level if isinstance(value, (dict, list))]
        if not holders:
            return False
        level = [member for holder in holders for member in (holder.values() if isinstance(holder, dict) else holder)]
    return any(isinstance(value, (dict, list)) for value in level)


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
    for key, value in document.items():
        if value is None:
            continue
        here = f"{pointer}/{escaped(key)}"
        slot, severity = table.get(key, (None, None))
        if slot is None:
            out.append(_unexpected(cls, key, here))
            unknown[key] = value
            continue
        if severity is not None:
            out.append(Finding(here, severity, "misspelled", f"{slot.alias} is spelled {key}"))
        read = _read_slot(slot, value, here, out)
        if read is None and value not in ("", []):
            unknown[key] = value
        else:
            values[slot.name] = read
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


def _read_slot(slot: Slot, value: Any, here: str, out: list[Finding]) -> Any:
    if not slot.many:
        return _read_item(slot, value, here, out)
    if not isinstance(value, list):
        out.append(
            Finding(here, Severity.WARNING, "repaired", f"{slot.alias}: a single value where a list is expected")
        )
        value, items = [value], [here]
    else:
        items = [f"{here}/{index}" for index in range(len(value))]
    read = [_read_item(slot, item, place, out) for item, place in zip(value, items, strict=True)]
    return tuple(item for item in read if item is not None)


def _read_item(slot: Slot, value: Any, here: str, out: list[Finding]) -> Any:
    if value is None:
        return None
    if slot.model is not None:
        return read_json(slot.model, value, here, out)
    if isinstance(value, (dict, list)):
        out.append(Finding(here, Severity.ERROR, "malformed", f"{slot.alias}: a value is expected, not {_kind(value)}"))
        return None
    if value == "":
        return None
    text = _scalar_text(slot, value, here, out)
    for repair in slot.repairs:
        text, done = repair.mend(text)
        if done:
            out.append(Finding(here, Severity.WARNING, "repaired", f"{slot.alias}: {done}"))
    try:
        return slot.scalar.read(text)
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
    return {**written, **{key: value for key, value in model.unknown.items() if key not in written}}


def _plain(slot: Slot, value: Any) -> Any:
    if slot.model is not None:
        return json_document(value)
    return value if slot.scalar.plain else slot.scalar.write(value)


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def _quoted(text: str) -> str:
    """As it is, but half a surrogate pair, which UTF-8 cannot carry, as the escape it came in."""
    quote = json.encoder.encode_basestring_ascii if _LONE_SURROGATE.search(text) else json.encoder.encode_basestring
    return quote(text)


def json_text(document: Any) -> str:
    """Compact JSON; a Decimal becomes a number in plain notation, digits as they are."""
    if isinstance(document, dict):
        return "{" + ",".join(f"{_quoted(str(key))}:{json_text(value)}" for key, value in document.items()) + "}"
    if isinstance(document, (list, tuple)):
        return "[" + ",".join(json_text(item) for item in document) + "]"
    if isinstance(document, Decimal):
        return plain_decimal(document)
    if isinstance(document, str):
        return _quoted(document)
    return json.dumps(document)
