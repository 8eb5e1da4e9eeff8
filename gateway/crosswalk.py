"""Enumerations of a protocol beside the canonical ones, as data: `mappings/<protocol>/<name>.csv`.

Columns: `wire,canonical,direction,when,note`. `direction` is `in` (read only), `out` (written only) or `both`. A cell
may be a tuple, its parts split by ` / `, an absent part written `-`. `when` names a condition that the translation
knows. An empty `wire` says that the protocol has no word for the value, an empty `canonical` that the model has none;
both carry a note with the reason. Tables of a protocol whose documents are not public have a column `grade` as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Generic, TypeVar

from gateway.tables import read_table, remembered, shipped

C = TypeVar("C", bound=StrEnum)
SEPARATOR = " / "
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Row:
    wire: str
    canonical: str
    direction: str
    when: str
    note: str


def joined(parts: Sequence[object | None]) -> str:
    return SEPARATOR.join(ABSENT if part is None else str(part) for part in parts)


class _Table:
    def __init__(self, protocol: str, name: str, rows: Sequence[Row]) -> None:
        self.protocol = protocol
        self.name = name
        self.rows = rows
        self._read = {(row.wire, row.when): row for row in rows if row.wire and row.direction != "out"}
        self._written = {(row.canonical, row.when): row for row in rows if row.canonical and row.direction != "in"}

    def row_of_wire(self, wire: str, when: str = "") -> Row | None:
        return self._read.get((wire, when)) or self._read.get((wire, ""))

    def row_of_value(self, value: str, when: str = "") -> Row | None:
        return self._written.get((value, when)) or self._written.get((value, ""))

    def knows(self, *wire: str | None) -> bool:
        """Whether the table has a row for this wire value, be it one without a canonical value."""
        key = joined(wire)
        return any(row.wire == key for row in self.rows)


class Crosswalk(_Table, Generic[C]):
    """One canonical enumeration beside the words of one protocol."""

    def __init__(self, kind: type[C], protocol: str, name: str, rows: Sequence[Row]) -> None:
        super().__init__(protocol, name, rows)
        self.kind = kind
        self._values = {
            wire: kind(row.canonical) for (wire, when), row in self._read.items() if row.canonical and not when
        }
        self._words = {value: row.wire for (value, when), row in self._written.items() if row.wire and not when}

    def read(self, *wire: str | None, when: str = "") -> C | None:
        """The canonical value, or None for a word that has none (it stays in the extensions)."""
        if len(wire) == 1 and not when:
            found = self._values.get(ABSENT if wire[0] is None else wire[0])
            if found is not None:
                return found
        row = self.row_of_wire(joined(wire), when)
        return self.kind(row.canonical) if row is not None and row.canonical else None

    def write(self, value: C | None, when: str = "") -> str | None:
        """The word on the wire, or None where the protocol has none."""
        if not when and value is not None:
            return self._words.get(value)
        row = None if value is None else self.row_of_value(value, when)
        return row.wire or None if row is not None else None

    def write_parts(self, value: C | None, when: str = "") -> tuple[str | None, ...]:
        """As `write`, for a table whose words are tuples."""
        wire = self.write(value, when)
        return () if wire is None else tuple(None if part == ABSENT else part for part in wire.split(SEPARATOR))


class Pairwalk(_Table):
    """A table whose canonical side is a tuple too, such as plug and format; values are plain texts."""

    def read(self, wire: str | None, when: str = "") -> tuple[str | None, ...]:
        row = None if wire is None else self.row_of_wire(wire, when)
        return _parts(row.canonical) if row is not None else ()

    def write(self, *values: str | None, when: str = "") -> str | None:
        row = self.row_of_value(joined(values), when)
        return row.wire or None if row is not None else None


def _parts(cell: str) -> tuple[str | None, ...]:
    return tuple(None if part == ABSENT else part for part in cell.split(SEPARATOR)) if cell else ()


@remembered
def _rows(protocol: str, name: str, root: Traversable | None) -> Sequence[Row]:
    folder = root or shipped("mappings") / protocol
    cells = read_table(folder / f"{name}.csv")
    return [Row(**{key: cell[key] for key in ("wire", "canonical", "direction", "when", "note")}) for cell in cells]


def crosswalk(kind: type[C], protocol: str, name: str, root: Traversable | None = None) -> Crosswalk[C]:
    """The table `mappings/<protocol>/<name>.csv`; a plug-in gives its own folder as `root`."""
    return Crosswalk(kind, protocol, name, _rows(protocol, name, root))


def pairwalk(protocol: str, name: str, root: Traversable | None = None) -> Pairwalk:
    return Pairwalk(protocol, name, _rows(protocol, name, root))


@dataclass(frozen=True, slots=True)
class Code:
    """A row of `codes.csv`: what a protocol's code means, who must act and how it is fixed.

    `kind` is `ok`, `answer` (a business outcome), `duplicate` (it was taken before) or `failure`.
    """

    code: str
    kind: str
    retryable: bool
    meaning: str
    cause: str
    who: str
    fix: str


@remembered
def codes(protocol: str, root: Traversable | None = None) -> Mapping[str, Code]:
    """The codes of a protocol by code: `mappings/<protocol>/codes.csv`."""
    folder = root or shipped("mappings") / protocol
    return {cell["code"]: _code(cell) for cell in read_table(folder / "codes.csv")}


def _code(cell: Mapping[str, str]) -> Code:
    texts = (cell["meaning"], cell["cause"], cell["who"], cell["fix"])
    return Code(cell["code"], cell["kind"], cell["retryable"] == "yes", *texts)
