"""The schemas of what we speak, by file name: `canonical.json`, and a JSON Schema of each protocol's wire types."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.canonical_schema import schema
from gateway.connections import adapters
from gateway.context import Context
from gateway.model import messages
from gateway.wire import Slot, WireModel, slots


def published() -> Mapping[str, bytes]:
    """File name → content, the same each time."""
    files = {"canonical.json": _text(canonical_schema())}
    for adapter in adapters().values():
        if adapter.schemas is not None:
            files |= adapter.schemas()
        else:
            models = {form.wire.__name__: form.wire for form in adapter.forms}
            files[f"{adapter.name}.json"] = _text(wire_schema(adapter.title, models))
    return files


def _text(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def message_types() -> Mapping[str, type]:
    """Every message and answer of the model, by name."""
    kinds = vars(messages).values()
    concrete = [
        kind for kind in kinds if isinstance(kind, type) and issubclass(kind, (messages.Message, messages.Answer))
    ]
    return {kind.__name__: kind for kind in concrete if kind not in (messages.Message, messages.Answer)}


def canonical_schema() -> dict[str, Any]:
    return schema({**message_types(), "Context": Context})


def wire_schema(title: str, models: Mapping[str, type[WireModel]]) -> dict[str, Any]:
    """JSON Schema (2020-12) of wire models by their declarations; XML types as the tree of their elements."""
    definitions: dict[str, Any] = {}
    for model in models.values():
        _define(model, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$defs": dict(sorted(definitions.items())),
    }


def _define(model: type[WireModel], definitions: dict[str, Any]) -> dict[str, str]:
    if model.__name__ not in definitions:
        definitions[model.__name__] = {}
        definitions[model.__name__] = {
            "type": "object",
            "properties": {_member(slot): _of_slot(slot, definitions) for slot in slots(model)},
            "required": [_member(slot) for slot in slots(model) if slot.demanded],
        }
    return {"$ref": f"#/$defs/{model.__name__}"}


def _member(slot: Slot) -> str:
    return f"@{slot.alias}" if slot.kind == "attribute" else slot.alias


def _of_slot(slot: Slot, definitions: dict[str, Any]) -> dict[str, Any]:
    facets = {name: value for rule in slot.rules if rule.facet for name, value in [rule.facet]}
    outer = {name: facets.pop(name) for name in ("maxItems",) if name in facets}
    if slot.model is not None:
        one: dict[str, Any] = dict(_define(slot.model, definitions))
    else:
        form = {"format": slot.scalar.format} if slot.scalar.format else {}
        numbers = {name: int(value) if name == "maximum" else value for name, value in facets.items()}  # type: ignore[call-overload]
        one = {"type": slot.scalar.json, **form, **numbers}
    return {"type": "array", "items": one, **outer} if slot.many else one
