"""Rules of single values and the findings of a whole model."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity, errors
from gateway.tables import remembered
from gateway.wire.declared import Repair, Rule, Slot, WireModel, slots
from gateway.wire.scalars import TEXT


def longest(limit: int, severity: Severity = Severity.ERROR) -> Rule:
    """At most `limit` characters."""
    return Rule(
        "too-long",
        lambda value: f"{len(str(value))} characters, at most {limit} allowed" if len(str(value)) > limit else None,
        severity,
        ("maxLength", limit),
    )


def shortest(limit: int, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(
        "too-short",
        lambda value: f"{len(str(value))} characters, at least {limit} needed" if len(str(value)) < limit else None,
        severity,
        ("minLength", limit),
    )


def matching(pattern: str, what: str = "", severity: Severity = Severity.ERROR) -> Rule:
    """The whole text matches; `what` names the form in the finding."""
    compiled = re.compile(pattern)
    wanted = f"is no {what}" if what else f"does not match {pattern}"
    return Rule(
        "pattern",
        lambda value: None if compiled.fullmatch(str(value)) else wanted,
        severity,
        ("pattern", f"^(?:{pattern})$"),
    )


def one_of(*values: str, severity: Severity = Severity.WARNING) -> Rule:
    """An open enumeration: an unknown value is reported and kept; where no reading is safe, `severity` is error."""
    known = frozenset(values)
    return Rule(
        "unknown-value",
        lambda value: (
            None
            if value in known
            else f"is none of the known values ({', '.join(values[:8])}{'…' if len(values) > 8 else ''})"
        ),
        severity,
        ("enum", values),
    )


def between(low: int | Decimal, high: int | Decimal, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(
        "out-of-range",
        lambda value: None if low <= value <= high else f"is not between {low} and {high}",
        severity,
        ("maximum", high),
        (low, high),
    )


def at_most(count: int, severity: Severity = Severity.ERROR) -> Rule:
    """For repeated fields: checked on the tuple as a whole."""
    return Rule("too-many", lambda value: None, severity, ("maxItems", count))


def joined(text: str) -> tuple[str, str | None]:
    """Mends an identifier that a line break was put into."""
    whole = re.sub(r"\s*[\r\n]\s*", "", text)
    return (text, None) if whole == text else (whole, "a line break inside the identifier was removed")


JOINED = Repair(joined)


def elided() -> Rule:
    """Somebody shortened the text with dots: it is kept, but it is not the identifier."""
    return Rule(
        "elided",
        lambda value: (
            "is shortened with dots and cannot be the whole identifier" if "..." in value or "…" in value else None
        ),
        Severity.WARNING,
    )


def findings(model: WireModel, pointer: str | None = None) -> list[Finding]:
    """Every broken rule of `model`, demanded fields that are missing included, with its place."""
    if _is_clean(model):
        return []
    root = ("/" + model.element if model.namespace and model.element else "") if pointer is None else pointer
    return list(_findings(model, root))


def _is_clean(model: WireModel) -> bool:
    """Whether nothing is found, which is the rule: no place is named for that. False: it must be looked at closely."""
    values = model.__dict__
    if "clean" in values:
        return True
    for name, demanded, many, is_model, broken, most, kept in _checks(type(model)):
        value = values[name]
        if value is None or value == ():
            if demanded:
                return False
            continue
        if most is not None and len(value) > most:
            return False
        for item in value if many else (value,):
            if is_model:
                if not _is_clean(item):
                    return False
            elif (kept is None or item not in kept) and not _is_kept(broken, item, kept):
                return False
    if model.judges and any(True for judge in model.judges for _ in judge(model)):
        return False
    if model.shared:
        values["clean"] = True
    return True


def _is_kept(broken: Sequence[Callable[[Any], str | None]], item: Any, kept: set[str] | None) -> bool:
    for rule in broken:
        if rule(item) is not None:
            return False
    if kept is not None and len(kept) < _REMEMBERED:
        kept.add(item)
    return True


_Check = tuple[str, bool, bool, bool, Sequence[Callable[[Any], str | None]], int | None, set[str] | None]
"""Field, whether demanded, whether repeated, whether a model of its own, what breaks a value, most of them, and texts
that keep every rule."""
_REMEMBERED = 2048


@remembered
def _checks(cls: type[WireModel]) -> Sequence[_Check]:
    """Of those fields where anything can be wrong."""
    return [_check(slot) for slot in slots(cls) if slot.demanded or slot.rules or slot.model is not None]


def _check(slot: Slot) -> _Check:
    broken = [rule.broken for rule in slot.rules if rule.code != "too-many"]
    most = next((int(str(rule.facet[1])) for rule in slot.rules if rule.code == "too-many" and rule.facet), None)
    kept = set[str]() if slot.scalar is TEXT and not slot.private else None
    return slot.name, slot.demanded, slot.many, slot.model is not None, broken, most, kept


def checked(model: WireModel) -> WireModel:
    """`model`, if no rule of severity error is broken; raises Invalid with the findings otherwise."""
    broken = errors(findings(model))
    if broken:
        raise Invalid(broken)
    return model


def _findings(model: WireModel, pointer: str) -> Iterator[Finding]:
    for slot in slots(type(model)):
        here = _below(model, slot, pointer)
        value = getattr(model, slot.name)
        if value is None or value == ():
            if slot.demanded and slot.alias not in model.unknown and not _empty_on_purpose(model, slot):
                yield Finding(here, Severity.ERROR, "missing", f"{slot.alias} is mandatory")
            continue
        yield from _of_slot(model, slot, value, here)
    for judge in model.judges:
        for relative, severity, code, text in judge(model):
            yield Finding(pointer + relative, severity, code, text)


def _empty_on_purpose(model: WireModel, slot: Slot) -> bool:
    return slot.may_be_empty and (model.source is None or slot.alias in model.source)


def _of_slot(model: WireModel, slot: Slot, value: Any, here: str) -> Iterator[Finding]:
    for place, item in _items(model, slot, value, here):
        if isinstance(item, WireModel):
            yield from _findings(item, place)
            continue
        for rule in slot.rules:
            text = rule.broken(item)
            if text is not None:
                shown = "" if slot.private else f"{item!s:.60} "
                yield Finding(place, rule.severity, rule.code, f"{slot.alias}: {shown}{text}")
    limit = next((rule for rule in slot.rules if rule.code == "too-many"), None)
    if limit is not None and limit.facet is not None and len(value) > int(str(limit.facet[1])):
        yield Finding(
            here, limit.severity, "too-many", f"{slot.alias}: {len(value)} entries, at most {limit.facet[1]} allowed"
        )


def _items(model: WireModel, slot: Slot, value: Any, here: str) -> Sequence[tuple[str, Any]]:
    if not slot.many:
        return [(here, value)]
    if model.namespace:
        return [(f"{here}[{index}]", item) for index, item in enumerate(value, 1)]
    places = model.places.get(slot.name)
    if places is not None and len(places) == len(value):
        return [(here + place, item) for place, item in zip(places, value, strict=True)]
    return [(f"{here}/{index}", item) for index, item in enumerate(value)]


def _below(model: WireModel, slot: Slot, pointer: str) -> str:
    """XML: an element path, attributes with `@`. JSON: an RFC 6901 pointer."""
    if slot.kind == "text":
        return pointer
    return f"{pointer}/@{slot.alias}" if slot.kind == "attribute" else f"{pointer}/{escaped(slot.alias)}"


def escaped(member: str) -> str:
    """A member name as a reference token of RFC 6901."""
    return member.replace("~", "~0").replace("/", "~1")
