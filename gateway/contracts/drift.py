"""Where a published contract and what we speak differ: operations, messages, fields, how often, facets.

Facets are compared by what they allow, not by how they are written: a length beside a pattern that has it, `[0-9]{2}`
or `[0-9][0-9]`, from 1 or above 0.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gateway.contracts.reading import Contract, Member, Promised, Record, Value
from gateway.findings import Finding, Severity

_parse: Any = re._parser.parse  # type: ignore[attr-defined]
_UNREADABLE = (re.error, OverflowError, RecursionError)


def drift(published: Contract, ours: Contract, groups: Sequence[Sequence[str]] = ()) -> list[Finding]:
    """What `published` has otherwise. A group (the operations of a service) that it has none of is left out."""
    return [
        *_operations(published, ours, groups),
        *(
            finding
            for name in sorted(published.elements.keys() & ours.elements.keys())
            for finding in _record(published.elements[name], ours.elements[name], f"/{name}")
        ),
    ]


def _found(pointer: str, code: str, text: str) -> Finding:
    return Finding(pointer, Severity.ERROR, code, text)


# --- operations --------------------------------------------------------------------------------------------------


def _operations(published: Contract, ours: Contract, groups: Sequence[Sequence[str]]) -> Iterator[Finding]:
    theirs, mine = published.operations, ours.operations
    absent = {name for group in groups if not theirs.keys() & set(group) for name in group}
    for name in sorted(mine.keys() - theirs.keys() - absent):
        yield _found(f"/{name}", "operation", "the contract has no such operation; we speak it")
    for name in sorted(theirs.keys() - mine.keys()):
        yield _found(f"/{name}", "operation", "an operation that we do not speak")
    for name in sorted(theirs.keys() & mine.keys()):
        yield from _operation(name, theirs[name], mine[name])


def _operation(name: str, theirs: Promised, mine: Promised) -> Iterator[Finding]:
    for what in ("action", "request", "response"):
        one, other = getattr(theirs, what), getattr(mine, what)
        if one != other:
            code = "action" if what == "action" else "element"
            yield _found(f"/{name}", code, f"its {what} is {one or '(none)'}; we speak {other or '(none)'}")


# --- records -----------------------------------------------------------------------------------------------------


def _record(theirs: Record, mine: Record, path: str) -> Iterator[Finding]:
    known = {member.name: member for member in mine.members}
    promised = {member.name: member for member in theirs.members}
    for name in sorted(promised.keys() - known.keys()):
        yield _found(f"{path}/{name}", "element", "a field that we do not have")
    for name in sorted(known.keys() - promised.keys()):
        yield _found(f"{path}/{name}", "element", "the contract has no such field; we have it")
    common = [name for name in promised if name in known]
    if _elements(common) != _elements([name for name in known if name in promised]):
        yield _found(path, "order", f"the fields stand in another order: {', '.join(common)}")
    if theirs.choice != mine.choice:
        yield _found(path, "choice", f"one of {_names(theirs.choice)}; with us one of {_names(mine.choice)}")
    for name in common:
        yield from _member(promised[name], known[name], f"{path}/{name}")
    if theirs.text is not None or mine.text is not None:
        yield from _value(theirs.text or Value("(none)"), mine.text or Value("(none)"), path)


def _elements(names: Sequence[str]) -> Sequence[str]:
    return [name for name in names if not name.startswith("@")]


def _member(theirs: Member, mine: Member, path: str) -> Iterator[Finding]:
    if (theirs.least, theirs.most) != (mine.least, mine.most):
        yield _found(path, "cardinality", f"it stands {_times(theirs)}; with us {_times(mine)}")
    if theirs.is_nillable != mine.is_nillable:
        yield _found(path, "nillable", f"it {_can(theirs)} be nil; with us it {_can(mine)}")
    one, other = theirs.content, mine.content
    if isinstance(one, Record) and isinstance(other, Record):
        yield from _record(one, other, path)
    elif isinstance(one, Value) and isinstance(other, Value):
        yield from _value(one, other, path)
    else:
        yield _found(path, "type", f"it is {_kind(one)}; with us {_kind(other)}")


def _names(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "all its fields"


def _times(member: Member) -> str:
    return f"{member.least} to {'any number of' if member.most is None else member.most} times"


def _can(member: Member) -> str:
    return "may" if member.is_nillable else "must not"


def _kind(content: Value | Record) -> str:
    return "a record" if isinstance(content, Record) else "a single value"


# --- values ------------------------------------------------------------------------------------------------------


def _value(theirs: Value, mine: Value, path: str) -> Iterator[Finding]:
    if theirs.base != mine.base:
        yield _found(path, "type", f"it is {theirs.base}; with us {mine.base}")
    if theirs.words - mine.words:
        yield _found(path, "words", f"words that we do not have: {', '.join(sorted(theirs.words - mine.words))}")
    if mine.words - theirs.words:
        yield _found(path, "words", f"words that the contract has not: {', '.join(sorted(mine.words - theirs.words))}")
    one, other = plain(theirs), plain(mine)
    if one.facets != other.facets:
        yield _found(path, "facet", f"{_facets(one.facets)}; with us {_facets(other.facets)}")
    if {*map(meaning, one.patterns)} != {*map(meaning, other.patterns)}:
        yield _found(path, "facet", f"the pattern {_patterns(theirs)}; with us {_patterns(mine)}")


def _facets(facets: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(facets.items())) or "no limits"


def _patterns(value: Value) -> str:
    return " or ".join(sorted(value.patterns)) or "(none)"


def plain(value: Value) -> Value:
    """The value with its facets in one form, and without lengths that its words or patterns have anyway."""
    facets = dict(value.facets)
    if "length" in facets:
        facets["minLength"] = facets["maxLength"] = facets.pop("length")
    for name, other, step in (("minExclusive", "minInclusive", 1), ("maxExclusive", "maxInclusive", -1)):
        if name in facets and value.base in ("int", "integer", "long"):
            facets[other] = str(int(facets.pop(name)) + step)
    patterns = frozenset(_sized(pattern, facets) for pattern in value.patterns)
    sizes = [*map(_width, patterns), *((len(word), len(word)) for word in value.words)]
    if sizes and int(facets.get("minLength", 0)) <= min(low for low, _ in sizes):
        facets.pop("minLength", None)
    if sizes and int(facets.get("maxLength", 1 << 30)) >= max(high for _, high in sizes):
        facets.pop("maxLength", None)
    return replace(value, facets=facets, patterns=patterns)


_REPEATED = re.compile(r"(\[(?:\\.|[^\\\]])+\]|\\?.)(\*|\+)")


def _sized(pattern: str, facets: Mapping[str, str]) -> str:
    """`[A-Z]*` of 1 to 5 characters is `[A-Z]{1,5}`."""
    match = _REPEATED.fullmatch(pattern)
    if match is None or "maxLength" not in facets:
        return pattern
    least = max(int(facets.get("minLength", 0)), 1 if match[2] == "+" else 0)
    return f"{match[1]}{{{least},{facets['maxLength']}}}"


@lru_cache(maxsize=1024)
def _width(pattern: str) -> tuple[int, int]:
    try:
        low, high = _parse(pattern).getwidth()
    except _UNREADABLE:
        return 0, 1 << 30
    return low, high


@lru_cache(maxsize=1024)
def meaning(pattern: str) -> object:
    """What a pattern matches, as a value to compare; one that only XML Schema understands is its text."""
    try:
        return _flat(_parse(pattern))
    except _UNREADABLE:
        return pattern


_FEW = 64


def _flat(parsed: Any) -> tuple[object, ...]:
    """Groups resolved, `x{2}` as `xx`, sets without order."""
    found: list[object] = []
    for op, argument in parsed:
        name = str(op)
        if name == "SUBPATTERN":
            found += _flat(argument[-1])
        elif name == "MAX_REPEAT":
            low, high, inner = argument
            parts = _flat(inner)
            low, high = int(low), int(high)
            found += parts * low if low == high <= _FEW else [(low, high, parts)]
        elif name == "BRANCH":
            found.append(frozenset(_flat(branch) for branch in argument[1]))
        elif name == "IN":
            found.append(frozenset(_members(argument)))
        else:
            found.append((name, str(argument)))
    return tuple(found)


def _members(argument: Any) -> Iterator[object]:
    for op, inner in argument:
        if str(op) == "CATEGORY" and str(inner) == "CATEGORY_DIGIT":
            yield "RANGE", str((ord("0"), ord("9")))
        else:
            yield str(op), str(inner)
