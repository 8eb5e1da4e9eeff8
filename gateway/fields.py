"""Field tables, and what a translation loses.

`mappings/<protocol>/fields/<message>.csv` has one row for each pair (canonical leaf, place on the wire that moves with
it), `canonical,wire,note`. Rows without `wire` name leaves that the message has no place for, rows without `canonical`
places that we fill by ourselves; the note says why. Tests hold the tables against the code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from gateway.canonical import leaves
from gateway.crosswalk import Crosswalk
from gateway.findings import Loss, LossKind
from gateway.model.common import Extensible, Kept
from gateway.tables import read_table, remembered, shipped

T = TypeVar("T")
NO_PLACE = "this message has no place for it"
LESS_EXACT = "the target holds it less exactly"
OFFSET_LOST = "the moment is the same; the offset of the place is lost"
NOT_WRITTEN = "its place stays empty for this value"
DEMANDED = "the target demands a value; this one was filled in"


@dataclass(frozen=True, slots=True)
class FieldRow:
    canonical: str
    wire: str
    note: str


@remembered
def field_table(protocol: str, name: str, root: Traversable | None = None) -> Sequence[FieldRow]:
    """The rows of a message's field table; a plug-in gives its own folder as `root`."""
    folder = root or shipped("mappings") / protocol
    return [
        FieldRow(row["canonical"], row["wire"], row["note"]) for row in read_table(folder / "fields" / f"{name}.csv")
    ]


def generic(path: str) -> str:
    """A path without places in lists: `cdr.periods.0.cost` becomes `cdr.periods.*.cost`."""
    return re.sub(r"(?<=\.)\d+(?=\.|$)", "*", path)


def losses(before: Any, after: Any, table: Sequence[FieldRow], walks: Iterable[Crosswalk[Any]] = ()) -> list[Loss]:
    """What `after`, read back from the written message, has lost of `before`, or has beyond it."""
    one, other = leaves(before), leaves(after)
    notes: _Rows = {}
    for row in table:
        notes.setdefault(row.canonical, []).append(row)
    found = [_lost(path, value, other.get(path), notes, list(walks)) for path, value in one.items()]
    added = [
        Loss(LossKind.DEFAULTED, path, _place(notes, path), None, value, _note(notes, path) or DEMANDED)
        for path, value in other.items()
        if path not in one
    ]
    return [loss for loss in found if loss is not None] + added


_Rows = dict[str, list[FieldRow]]


def _lost(path: str, value: Any, becomes: Any, notes: _Rows, walks: list[Crosswalk[Any]]) -> Loss | None:
    if becomes == value and str(becomes) == str(value):
        return None
    if becomes is not None and _same_value(value, becomes):
        return None
    reason = _walk_note(value, walks) or _note(notes, path)
    kind = LossKind.DROPPED if becomes is None else LossKind.NARROWED
    place = _place(notes, path)
    fallback = _fallback(value, becomes, place)
    return Loss(kind, path, place, value, becomes, reason or fallback)


def _fallback(value: Any, becomes: Any, place: str) -> str:
    if becomes is None:
        return NOT_WRITTEN if place else NO_PLACE
    return OFFSET_LOST if _same_moment(value, becomes) else LESS_EXACT


def _same_value(one: Any, other: Any) -> bool:
    return (
        isinstance(one, (Decimal, datetime))
        and bool(one == other)
        and (isinstance(one, Decimal) or one.utcoffset() == other.utcoffset())
    )


def _same_moment(one: Any, other: Any) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and one == other


def _place(notes: _Rows, path: str) -> str:
    return ", ".join(row.wire for row in notes.get(generic(path), ()) if row.wire)


def _note(notes: _Rows, path: str) -> str:
    return next((row.note for row in notes.get(generic(path), ()) if row.note), "")


def _walk_note(value: Any, walks: list[Crosswalk[Any]]) -> str:
    if not isinstance(value, StrEnum):
        return ""
    rows = [walk.row_of_value(value) for walk in walks if walk.kind is type(value)]
    return next((row.note for row in rows if row is not None and row.note), "")


def unread(value: Any, protocol: str) -> list[Loss]:
    """What a message of `protocol` said that no other protocol will hear: everything kept in its extensions."""
    reason = f"only {protocol} understands it"
    return [
        Loss(
            LossKind.DROPPED if place.written is None else LossKind.NARROWED,
            f"extensions.{protocol}{place.pointer}",
            "",
            place.received,
            place.written,
            reason,
        )
        for place in kept_everywhere(value, protocol)
        if place.received is not None and not _only_spelling(place)
    ]


def kept_everywhere(value: Any, protocol: str) -> Iterator[Kept]:
    """Every kept place of a value and of the records in it."""
    if isinstance(value, Extensible):
        yield from value.extensions.get(protocol, ())
    if is_dataclass(value):
        for field in fields(value):
            yield from kept_everywhere(getattr(value, field.name), protocol)
    elif isinstance(value, tuple):
        for member in value:
            yield from kept_everywhere(member, protocol)


def _only_spelling(place: Kept) -> bool:
    """Whether the canonical model holds what stood there, and only we would write it otherwise."""
    one, other = place.received, place.written
    if other is None:
        return False
    if isinstance(one, str) and isinstance(other, str):
        return _moments_agree(one, other) or _numbers_agree(one, other) or one.casefold() == other.casefold()
    return _numbers_agree(str(one), str(other))


def _moments_agree(one: str, other: str) -> bool:
    moments = [_moment(text) for text in (one, other)]
    return None not in moments and moments[0] == moments[1]


def _moment(text: str) -> datetime | None:
    """Without fractions; a time without an offset was taken as UTC."""
    try:
        moment = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _numbers_agree(one: str, other: str) -> bool:
    """To as many digits as the hub's format has."""
    try:
        received, written = Decimal(one), Decimal(other)
        digit = Decimal(1).scaleb(min(0, int(written.as_tuple().exponent)))
        return received.is_finite() and abs(received - written) < digit
    except (ArithmeticError, ValueError):
        return False


def without_extensions(value: T) -> T:
    """The same value with nothing kept for any protocol, at any depth."""
    if isinstance(value, tuple):
        return tuple(without_extensions(member) for member in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    members = {field.name: without_extensions(getattr(value, field.name)) for field in fields(value) if field.init}
    if isinstance(value, Extensible):
        members["extensions"] = {}
    return replace(value, **members)
