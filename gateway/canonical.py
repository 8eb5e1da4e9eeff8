"""The canonical model as JSON: for people, scripts, context files and the store.

Field names of the model, enumerations by value, Decimal as text, times ISO 8601 with their offset, ids as received,
empty left out. The schema is `schemas/canonical.json`.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.common import Kept
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.tables import remembered
from gateway.wire.scalars import bounded

T = TypeVar("T")
IDS = (PartyId, EvseId, ContractId)
PLAIN = {str: "string", int: "integer", bool: "boolean"}
"""What JSON carries as itself, and its names of them."""


def to_json(value: Any) -> Any:
    """A plain JSON value of any value of the model."""
    return _writer(type(value))(value)


@remembered
def _writer(kind: type) -> Callable[[Any], Any]:
    """How values of one type are written: found once, as every message is made of the same few."""
    if is_dataclass(kind) and not issubclass(kind, (*IDS, Kept)):
        return _record_writer(kind)
    return next(writer for kinds, writer in _WRITERS if issubclass(kind, kinds))


def _record_writer(kind: type) -> Callable[[Any], Any]:
    names = [field.name for field in fields(kind)]

    def written(value: Any) -> Any:
        members = {}
        for name in names:
            member = getattr(value, name)
            if member is not None and not _empty(document := to_json(member)):
                members[name] = document
        return members

    return written


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


DURATION = r"(-?)PT([0-9]+)H([0-9]+)M([0-9]+)(?:\.([0-9]{1,6}))?S"
_MICROSECOND = timedelta(microseconds=1)


def _iso_duration(value: timedelta) -> str:
    seconds, rest = divmod(abs(value // _MICROSECOND), 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    sign = "-" if value < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}{fraction}S"


def _empty(member: Any) -> bool:
    return member is None or (not member and isinstance(member, (list, dict)))


_WRITERS: Sequence[tuple[tuple[type, ...], Callable[[Any], Any]]] = (
    (IDS, str),
    ((Kept,), _kept_to_json),
    ((Mapping,), lambda value: {str(key): to_json(member) for key, member in value.items()}),
    ((tuple, list), lambda value: [to_json(member) for member in value]),
    ((set, frozenset), lambda value: sorted(to_json(member) for member in value)),
    ((StrEnum,), lambda value: value.value),
    ((Decimal,), lambda value: format(value, "f")),
    ((datetime, date), lambda value: value.isoformat()),
    ((timedelta,), _iso_duration),
    ((object,), lambda value: value),
)
"""The first that fits; what JSON knows itself stays as it is."""


def from_json(kind: type[T], document: Any) -> T:
    """A value of the model. Raises Invalid with a pointer for what does not fit."""
    return cast(T, _reader(kind)(document, ""))


def _wrong(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "malformed", text)])


_Reader = Callable[[Any, str], Any]
"""(document, its pointer) → value."""


@remembered
def _reader(kind: Any) -> _Reader:
    """How values of one declared type are read: found once, as every message is made of the same few."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _optional_reader(_reader(next(part for part in get_args(kind) if part is not type(None))))
    if origin in (tuple, frozenset):
        return _list_reader(origin, _reader(get_args(kind)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(*map(_reader, get_args(kind)))
    if is_dataclass(kind) and kind not in IDS:
        return lambda value, pointer: _read_record(kind, _expect(dict, value, pointer), pointer)
    return _scalar_reader(kind)


def _optional_reader(inner: _Reader) -> _Reader:
    return lambda value, pointer: None if value is None else inner(value, pointer)


def _list_reader(origin: Any, inner: _Reader) -> _Reader:
    if origin is frozenset:
        return lambda value, pointer: frozenset(inner(item, pointer) for item in _expect(list, value, pointer))
    return lambda value, pointer: tuple(
        inner(item, f"{pointer}/{index}") for index, item in enumerate(_expect(list, value, pointer))
    )


def _mapping_reader(key: _Reader, inner: _Reader) -> _Reader:
    return lambda value, pointer: {
        key(name, pointer): inner(member, f"{pointer}/{name}") for name, member in _expect(dict, value, pointer).items()
    }


def _expect(kind: type[T], value: Any, pointer: str) -> T:
    if not isinstance(value, kind):
        raise _wrong(pointer, f"{'an object' if kind is dict else 'a list'} is expected")
    return value


@remembered
def field_types(kind: type) -> Mapping[str, Any]:
    """The resolved field types of a dataclass of the model."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@remembered
def needed(kind: type) -> Sequence[str]:
    return [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING]


@remembered
def _member_readers(kind: type) -> Mapping[str, _Reader]:
    return {name: _reader(hint) for name, hint in field_types(kind).items()}


def _read_record(kind: Any, value: Mapping[str, Any], pointer: str) -> Any:
    known = _member_readers(kind)
    unknown = [name for name in value if name not in known]
    if unknown:
        raise _wrong(f"{pointer}/{unknown[0]}", f"{kind.__name__} has no field {unknown[0]!r}")
    given = {name: known[name](member, f"{pointer}/{name}") for name, member in value.items()}
    missing = [name for name in needed(kind) if name not in given]
    if missing:
        raise _wrong(pointer, f"{kind.__name__} needs {', '.join(missing)}")
    return kind(**given)


def _scalar_reader(kind: Any) -> _Reader:
    convert = _converter(kind)

    def read(value: Any, pointer: str) -> Any:
        try:
            return convert(value)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise _wrong(pointer, f"{value!r} is no {getattr(kind, '__name__', kind)}") from error

    return read


def _converter(kind: Any) -> Callable[[Any], Any]:
    if kind in IDS:
        return lambda value: kind.read(_plain(str, value))
    if kind in PLAIN:
        return lambda value: _plain(kind, value)
    known: Mapping[Any, Callable[[Any], Any]] = {
        Any: _inexact,
        object: _inexact,
        Decimal: lambda value: bounded(str(value)),
        datetime: lambda value: _aware(datetime.fromisoformat(value)),
        date: date.fromisoformat,
        timedelta: lambda value: _duration(_plain(str, value)),
    }
    converter: Callable[[Any], Any] = kind
    return known.get(kind, converter)


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
    found = re.fullmatch(DURATION, text)
    if found is None:
        raise ValueError("no duration such as PT1H0M0S")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4])
    microseconds = seconds * 1_000_000 + int((found[5] or "").ljust(6, "0"))
    return (-microseconds if found[1] else microseconds) * _MICROSECOND


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of a value of the model by its path (`cdr.periods.0.cost`), empty ones left out."""
    found: dict[str, Any] = {}
    _gather(value, path, found)
    return found


def _gather(value: Any, path: str, found: dict[str, Any]) -> None:
    names = _members(type(value))
    if names is not None:
        members: Iterable[tuple[Any, Any]] = ((name, getattr(value, name)) for name in names)
    elif isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, (tuple, list)):
        members = enumerate(value)
    else:
        if value is not None and value != frozenset():
            found[path] = value
        return
    for name, member in members:
        if member is not None:
            _gather(member, f"{path}.{name}" if path else str(name), found)


@remembered
def _members(kind: type) -> Sequence[str] | None:
    """Of a record the fields that mean something; None for what is none."""
    if not is_dataclass(kind) or issubclass(kind, IDS):
        return None
    return [field.name for field in fields(kind) if field.name != "extensions"]
