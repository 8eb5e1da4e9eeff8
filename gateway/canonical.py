"""The canonical model as JSON: for people, scripts, context files and the store.

Field names of the model, enumerations by value, Decimal as text, times ISO 8601 with their offset, ids as received,
empty left out. The schema is `schemas/canonical.json`.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.common import Kept
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.wire.scalars import bounded

T = TypeVar("T")
_IDS = (PartyId, EvseId, ContractId)


def to_json(value: Any) -> Any:
    """A plain JSON value of any value of the model."""
    if isinstance(value, _IDS):
        return str(value)
    if isinstance(value, Kept):
        return _kept_to_json(value)
    if is_dataclass(value):
        members = {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
        return {name: member for name, member in members.items() if not _empty(member)}
    if isinstance(value, Mapping):
        return {str(key): to_json(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(member) for member in value]
    if isinstance(value, (set, frozenset)):
        return sorted(to_json(member) for member in value)
    return _scalar_to_json(value)


def _kept_to_json(place: Kept) -> Any:
    members = {"pointer": place.pointer, "received": _exact(place.received), "written": _exact(place.written)}
    return {name: member for name, member in {**members, "after": place.after}.items() if member is not None}


def _exact(document: Any) -> Any:
    """A wire document with its numbers as JSON numbers, texts where a float would not be exact."""
    if isinstance(document, dict):
        return {key: _exact(member) for key, member in document.items()}
    if isinstance(document, list):
        return [_exact(member) for member in document]
    if isinstance(document, Decimal):
        return float(document) if Decimal(repr(float(document))) == document else format(document, "f")
    return document


def _inexact(document: Any) -> Any:
    """The way back: floats become the Decimals they were written from."""
    if isinstance(document, dict):
        return {key: _inexact(member) for key, member in document.items()}
    if isinstance(document, list):
        return [_inexact(member) for member in document]
    return Decimal(repr(document)) if isinstance(document, float) else document


def _scalar_to_json(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _iso_duration(value)
    return value


_DURATION = r"(-?)PT([0-9]+)H([0-9]+)M([0-9]+)(?:\.([0-9]{1,6}))?S"
_MICROSECOND = timedelta(microseconds=1)


def _iso_duration(value: timedelta) -> str:
    seconds, rest = divmod(abs(value // _MICROSECOND), 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    sign = "-" if value < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}{fraction}S"


def _empty(member: Any) -> bool:
    return member is None or member in ([], {})


def from_json(kind: type[T], document: Any) -> T:
    """A value of the model. Raises Invalid with a pointer for what does not fit."""
    return cast(T, _read(kind, document, ""))


def _wrong(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "malformed", text)])


def _read(kind: Any, value: Any, pointer: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        return None if value is None else _read(inner[0], value, pointer)
    if origin is tuple:
        return tuple(
            _read(get_args(kind)[0], item, f"{pointer}/{index}")
            for index, item in enumerate(_expect(list, value, pointer))
        )
    if origin is frozenset:
        return frozenset(_read(get_args(kind)[0], item, pointer) for item in _expect(list, value, pointer))
    if origin is not None and issubclass(origin, Mapping):
        key, inner_kind = get_args(kind)
        return {
            _read(key, k, pointer): _read(inner_kind, v, f"{pointer}/{k}")
            for k, v in _expect(dict, value, pointer).items()
        }
    if is_dataclass(kind) and kind not in _IDS:
        return _read_record(cast(type, kind), _expect(dict, value, pointer), pointer)
    return _read_scalar(kind, value, pointer)


def _expect(kind: type[T], value: Any, pointer: str) -> T:
    if not isinstance(value, kind):
        raise _wrong(pointer, f"{'an object' if kind is dict else 'a list'} is expected")
    return value


@cache
def field_types(kind: type) -> Mapping[str, Any]:
    """The resolved field types of a dataclass of the model."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _needed(kind: type) -> list[str]:
    return [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING]


def _read_record(kind: type, value: Mapping[str, Any], pointer: str) -> Any:
    known = field_types(kind)
    unknown = [name for name in value if name not in known]
    if unknown:
        raise _wrong(f"{pointer}/{unknown[0]}", f"{kind.__name__} has no field {unknown[0]!r}")
    given = {name: _read(known[name], member, f"{pointer}/{name}") for name, member in value.items()}
    missing = [name for name in _needed(kind) if name not in given]
    if missing:
        raise _wrong(pointer, f"{kind.__name__} needs {', '.join(missing)}")
    return kind(**given)


def _read_scalar(kind: Any, value: Any, pointer: str) -> Any:
    try:
        if kind in _IDS:
            return kind.read(_plain(str, value))
        if kind in (Any, object):
            return _inexact(value)
        if kind in _PLAIN:
            return _plain(kind, value)
        if kind is Decimal:
            return bounded(str(value))
        if kind is datetime:
            return _aware(datetime.fromisoformat(value))
        if kind is date:
            return date.fromisoformat(value)
        if kind is timedelta:
            return _duration(_plain(str, value))
        return kind(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _wrong(pointer, f"{value!r} is no {getattr(kind, '__name__', kind)}") from error


def _plain(kind: type, value: Any) -> Any:
    """A text, a whole number or a truth value as it is: nothing is guessed from another kind."""
    if type(value) is not kind:
        raise ValueError(f"{value!r} is no {kind.__name__}")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair: no database can store it, no partner read it
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC")
    return moment


def _duration(text: str) -> timedelta:
    """Counted in whole microseconds: the bounds of a timedelta are not reached step by step."""
    found = re.fullmatch(_DURATION, text)
    if found is None:
        raise ValueError("no duration such as PT1H0M0S")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4])
    microseconds = seconds * 1_000_000 + int((found[5] or "").ljust(6, "0"))
    return (-microseconds if found[1] else microseconds) * _MICROSECOND


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of a value of the model by its path (`cdr.periods.0.cost`), empty ones left out."""
    if is_dataclass(value) and not isinstance(value, _IDS):
        members = {field.name: getattr(value, field.name) for field in fields(value) if field.name != "extensions"}
    elif isinstance(value, Mapping):
        members = {str(key): member for key, member in value.items()}
    elif isinstance(value, (tuple, list)):
        members = {str(index): member for index, member in enumerate(value)}
    else:
        return {} if value is None or value == frozenset() else {path: value}
    found: dict[str, Any] = {}
    for name, member in members.items():
        found |= leaves(member, f"{path}.{name}" if path else name)
    return found


def schema(kinds: Mapping[str, type]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the given message types and everything below them."""
    definitions: dict[str, Any] = {}
    references = {name: _schema_of(kind, definitions) for name, kind in kinds.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Canonical messages of roaming-gateway",
        "anyOf": list(references.values()),
        "$defs": dict(sorted(definitions.items())),
    }


_PLAIN = {str: "string", int: "integer", bool: "boolean"}


def _schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _schema_of(next(part for part in get_args(kind) if part is not type(None)), definitions)
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema_of(get_args(kind)[0], definitions)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema_of(get_args(kind)[1], definitions)}
    if kind in _IDS:
        return {"type": "string", "description": (kind.__doc__ or "").partition("\n")[0]}
    if is_dataclass(kind):
        return _schema_of_record(cast(type, kind), definitions)
    return _schema_of_scalar(kind)


def _schema_of_scalar(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if kind is Decimal:
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    if kind in (datetime, date):
        return {"type": "string", "format": "date-time" if kind is datetime else "date"}
    if kind is timedelta:
        return {"type": "string", "pattern": f"^{_DURATION}$"}
    return {"type": _PLAIN[kind]} if kind in _PLAIN else {}


def _schema_of_record(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = {
            "type": "object",
            "description": (kind.__doc__ or "").partition("\n")[0],
            "properties": {name: _schema_of(hint, definitions) for name, hint in field_types(kind).items()},
            "required": _needed(kind),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
