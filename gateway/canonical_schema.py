"""The canonical model's JSON as a JSON Schema."""

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Union, cast, get_args, get_origin

from gateway.canonical import DURATION, IDS, PLAIN, field_types, needed


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


def _schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _schema_of(next(part for part in get_args(kind) if part is not type(None)), definitions)
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema_of(get_args(kind)[0], definitions)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema_of(get_args(kind)[1], definitions)}
    if kind in IDS:
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
        return {"type": "string", "pattern": f"^{DURATION}$"}
    return {"type": PLAIN[kind]} if kind in PLAIN else {}


def _schema_of_record(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = {
            "type": "object",
            "description": (kind.__doc__ or "").partition("\n")[0],
            "properties": {name: _schema_of(hint, definitions) for name, hint in field_types(kind).items()},
            "required": list(needed(kind)),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
