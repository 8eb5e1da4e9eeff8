"""The field tables and their proof: which canonical leaf moves which place on the wire.

`python tests/fieldmap.py` compares `mappings/<protocol>/fields/*.csv` with what the code does; with
`--write [protocol]` it brings the tables up to date and keeps the notes that stand in them. Notes are for people: a
row without `wire` says why a leaf has no place, a row without `canonical` where a value comes from.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from lxml import etree

from gateway.canonical import field_types
from gateway.crosswalk import Crosswalk
from gateway.fields import FieldRow, field_table
from gateway.model import cdr, kinds, messages, session, tariff, token
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.ports import Adapter
from gateway.translation import AnyForm
from gateway.wire import document
from gateway.wire.xml import local_name

T = TypeVar("T")
Step = str | int
Steps = tuple[Step, ...]
Pair = tuple[str, str]
Places = dict[str, list[str]]
IDS = (PartyId, EvseId, ContractId)
MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"


# --- samples -----------------------------------------------------------------------------------------------------
# Two values of every canonical type that share no leaf and can stand on the wire. What the kind of a leaf does not
# tell is looked up by the name of its field, by `Class.field`, and last by protocol.

WINTER, SUMMER = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))

BY_KIND: Mapping[Any, tuple[Any, Any]] = {
    bool: (True, False),
    int: (3, 4),
    Decimal: (Decimal("11.5"), Decimal("7.25")),
    date: (date(2026, 1, 15), date(2026, 1, 16)),
    timedelta: (timedelta(hours=1, minutes=30), timedelta(hours=2, minutes=15)),
    PartyId: (PartyId.parse("DE*823"), PartyId.parse("NL*LON")),
    EvseId: (EvseId.parse("DE*823*E1234*1"), EvseId.parse("NL*LON*E5678*22")),
    ContractId: (ContractId.parse("DE-8EO-CA2B3C4D5-L"), ContractId.parse("NL-GWE-C00012345-O")),
}

BY_NAME: Mapping[str, tuple[Any, Any]] = {
    "country": ("DEU", "NLD"),
    "countries": ("DEU", "NLD"),
    "currency": ("EUR", "CHF"),
    "unit": ("kWh", "min"),
    "language": ("de", "en"),
    "user_interface_languages": ("de", "en"),
    "hotline": ("+493012345678", "+31201234567"),
    "postal_code": ("10115", "1011"),
    "house_number": ("1", "22"),
    "floor_level": ("1", "2"),
    "floor": ("1", "2"),
    "number": ("11", "22"),
    "time_zone": ("Europe/Berlin", "Europe/London"),
    "utc_offset": ("+01:00", "+00:00"),
    "url": ("https://one.example/", "https://other.example/"),
    "thumbnail": ("https://one.example/small", "https://other.example/small"),
    "website": ("https://one.example/web", "https://other.example/web"),
    "provider": (PartyId.parse("DE-8EO"), PartyId.parse("NL-GWE")),
    "hub_provider": (PartyId.parse("DE-HPA"), PartyId.parse("NL-HPB")),
    "hub_operator": (PartyId.parse("DE*HOA"), PartyId.parse("NL*HOB")),
    "partner": (PartyId.parse("DE*PAA"), PartyId.parse("NL*PAB")),
    "executing_operator": (PartyId.parse("DE*EXA"), PartyId.parse("NL*EXB")),
    "emsp": (PartyId.parse("DE-EMA"), PartyId.parse("NL-EMB")),
    "latitude": (Decimal("52.520008"), Decimal("52.370216")),
    "longitude": (Decimal("13.404954"), Decimal("4.895168")),
    "percentage": (Decimal(60), Decimal(40)),
    "tax_percent": (Decimal(19), Decimal(21)),
    "weekday": (1, 2),
    "weekdays": (1, 2),
    "start_time": (480, 540),
    "end_time": (1080, 1200),
    "begin": (480, 540),
    "end": (1080, 1200),
    "meter_end_kwh": (Decimal("30.5"), Decimal("40.25")),
    "max_voltage_v": (Decimal(230), Decimal(240)),
    "nominal_voltage_v": (Decimal(230), Decimal(240)),
    "max_amperage_a": (Decimal(32), Decimal(16)),
    "type_id": ("10", "20"),
    "reserve_minutes": (15, 30),
    "assumed": ("max_voltage_v", "power_type"),
}

BY_FIELD: Mapping[str, tuple[Any, Any]] = {
    "Token.uid": ("04A2B3C4D5E680", "04B1C2D3E4F590"),
    "Cdr.id": ("DE8230001", "NLLON0002"),
    "CdrReference.cdr_id": ("DE8230001", "NLLON0002"),
    "SessionIds.hub": ("f98efba4-02d8-4fa0-b810-9a9d50d2c527", "b2688855-7f00-0002-6d8e-48d883f6abb6"),
    "SessionIds.cpo": ("CPO-SESSION-1", "CPO-SESSION-2"),
    "SessionIds.emsp": ("EMSP-SESSION-1", "EMSP-SESSION-2"),
    "Image.type": ("png", "jpg"),
    "Reason.code": ("000", "102"),
}

BY_PROTOCOL: Mapping[str, Mapping[str, tuple[Any, Any]]] = {
    "oicp": {"SignedValue.nature": ("Start", "End")},
    "ochp": {
        "ParkingSpot.id": ("DE*823*P0001", "NL*LON*P0002"),
        "Reason.code": ("ok", "invalid-id"),
        "Connector.tariff_ids": ("DE823T0001", "NLLONT0002"),
        "Tariff.start": (datetime(2026, 4, 15, tzinfo=WINTER), datetime(2026, 6, 1, tzinfo=SUMMER)),
        "Tariff.end": (datetime(2026, 10, 1, tzinfo=WINTER), datetime(2026, 8, 1, tzinfo=SUMMER)),
        "TariffRestrictions.start_date": (date(2026, 5, 2), date(2026, 3, 1)),
        "TariffRestrictions.end_date": (date(2026, 9, 1), date(2026, 12, 1)),
        "TariffRestrictions.min_kwh": (Decimal(1), Decimal(2)),
        "TariffRestrictions.max_kwh": (Decimal(50), Decimal(60)),
        "TariffRestrictions.min_power": (Decimal("3.7"), Decimal(11)),
        "TariffRestrictions.max_power": (Decimal(22), Decimal(43)),
        "TariffRestrictions.min_duration": (60, 120),
        "TariffRestrictions.max_duration": (3600, 7200),
    },
    "emip": {"Reason.code": ("1", "201")},
}
"""`Class.field` → (one, other) where a protocol needs its own; adapters' authors add to it."""

KEYS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "oicp": {"Location.external_ids": ("oicp.pool",)},
    "ochp": {"Location.external_ids": ("ochp.location",)},
}
"""The keys of the model's maps that a protocol knows, by `Class.field`."""

MINUTES = {"start": 0, "charging_start": 5, "charging_end": 55, "end": 60, "begin": 0, "at": 10, "since": 1}
PREFERRED: Mapping[type[StrEnum], Sequence[StrEnum]] = {
    token.TokenType: (token.TokenType.RFID, token.TokenType.APP_USER),
    kinds.ConnectorType: (kinds.ConnectorType.IEC_62196_T2, kinds.ConnectorType.IEC_62196_T1),
    kinds.ConnectorFormat: (kinds.ConnectorFormat.CABLE, kinds.ConnectorFormat.SOCKET),
    kinds.PowerType: (kinds.PowerType.AC_3_PHASE, kinds.PowerType.DC),
    cdr.Dimension: (cdr.Dimension.ENERGY, cdr.Dimension.TIME),
    tariff.TariffDimension: (tariff.TariffDimension.ENERGY, tariff.TariffDimension.TIME),
    session.LimitKind: (session.LimitKind.ENERGY, session.LimitKind.TIME),
    kinds.EvseStatus: (kinds.EvseStatus.AVAILABLE, kinds.EvseStatus.CHARGING),
}
DECIDING: frozenset[type[StrEnum]] = frozenset(
    {
        token.TokenType,
        session.SessionEventKind,
        session.LimitKind,
        cdr.Dimension,
        messages.Allowed,
        messages.CommandStatus,
        messages.SessionAction,
        messages.StatusScope,
        kinds.PowerType,
        tariff.TariffDimension,
    }
)
"""Enumerations that decide what else is written: the proof starts once from each of their values."""


@dataclass(frozen=True)
class Sampler:
    """Builds the sample number `which` (0 or 1) of any canonical type for one protocol."""

    protocol: str
    walks: Sequence[Crosswalk[Any]]
    which: int

    def of(self, kind: Any, owner: str = "", name: str = "") -> Any:
        origin = get_origin(kind)
        if origin in (Union, UnionType):
            return self.of(next(part for part in get_args(kind) if part is not NoneType), owner, name)
        if origin in (tuple, frozenset):
            return origin([self.of(get_args(kind)[0], owner, name)])
        if origin is not None:
            key, inner = get_args(kind)
            return {each: self.of(inner, owner, name) for each in self._keys(key, owner, name)}
        if is_dataclass(kind) and kind not in IDS:
            return self.record(kind)  # type: ignore[arg-type]
        return self._leaf(kind, owner, name)

    def record(self, kind: type[T]) -> T:
        hints = field_types(kind)  # type: ignore[arg-type]
        given = {name: self.of(hint, kind.__name__, name) for name, hint in hints.items() if name != "extensions"}
        return kind(**given)

    def _keys(self, key: Any, owner: str, name: str) -> Sequence[Any]:
        if isinstance(key, type) and issubclass(key, StrEnum):
            return list(key)
        return KEYS.get(self.protocol, {}).get(f"{owner}.{name}", ("other",))

    def _leaf(self, kind: Any, owner: str, name: str) -> Any:
        place = f"{owner}.{name}"
        told = BY_PROTOCOL.get(self.protocol, {}).get(place) or BY_FIELD.get(place)
        if told is None and kind is not datetime:
            told = BY_NAME.get(name)
        if told is not None and isinstance(told[self.which], kind if isinstance(kind, type) else object):
            return told[self.which]
        if kind is datetime:
            return _moment(name, self.which)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return _chosen(kind, tuple(self.walks))[self.which]
        if kind in BY_KIND:
            return BY_KIND[kind][self.which]
        return f"{name} {self.which + 1}"


def _moment(name: str, which: int) -> datetime:
    minutes = MINUTES.get(name, 20 + sum(map(ord, name)) % 30)
    zone = SUMMER if which else WINTER
    return datetime(2026, 4, 15, 12, tzinfo=zone) + timedelta(minutes=minutes + 2 * which)


@cache
def _chosen(kind: type[StrEnum], walks: Sequence[Crosswalk[Any]]) -> tuple[StrEnum, StrEnum]:
    """The two values that most tables of the protocol tell apart."""
    mine = [walk for walk in walks if walk.kind is kind]
    members = [*PREFERRED.get(kind, ()), *kind]
    couples = [(one, other) for one in members for other in members if one is not other]

    def told_apart(couple: tuple[StrEnum, StrEnum]) -> int:
        words = [{walk.write(couple[0]), walk.write(couple[1])} for walk in mine]
        return sum(len(pair - {None}) for pair in words)

    return max(couples, key=told_apart, default=(members[0], members[0]))


# --- paths -------------------------------------------------------------------------------------------------------


def leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every leaf of a canonical value with the way to it."""
    if is_dataclass(value) and not isinstance(value, IDS):
        for field in fields(value):
            if field.name != "extensions":
                yield from leaves(getattr(value, field.name), (*steps, field.name))
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from leaves(member, (*steps, str(key)))
    elif isinstance(value, tuple):
        for index, member in enumerate(value):
            yield from leaves(member, (*steps, index))
    else:
        yield steps, value


def changed(value: Any, steps: Steps, leaf: Any) -> Any:
    """`value` with another leaf; None takes it away, or leaves all as it is where nothing can be taken away."""
    step, *rest = steps
    if isinstance(value, tuple):
        index = int(step)
        if leaf is None and not rest:
            return value[:index] + value[index + 1 :]
        return (*value[:index], _below(value[index], rest, leaf), *value[index + 1 :])
    if isinstance(value, Mapping):
        member = {key: _below(old, rest, leaf) if str(key) == step else old for key, old in value.items()}
        return {key: item for key, item in member.items() if item is not None}
    name = str(step)
    if leaf is None and not rest and NoneType not in get_args(field_types(type(value))[name]):  # type: ignore[arg-type]
        return value
    return replace(value, **{name: _below(getattr(value, name), rest, leaf)})


def _below(value: Any, rest: Sequence[Step], leaf: Any) -> Any:
    return changed(value, tuple(rest), leaf) if rest else leaf


def dotted(steps: Steps) -> str:
    return ".".join("*" if isinstance(step, int) else step for step in steps)


def pointers(written: Any) -> Places:
    """Every place of a document, places in lists as `*` (JSON) or left out (XML), and what stands there."""
    found: Places = {}
    walk = _in_xml(written, f"/{local_name(written)}") if isinstance(written, etree._Element) else _in_json(written, "")
    for pointer, text in walk:
        found.setdefault(pointer, []).append(text)
    return found


def _in_json(value: Any, pointer: str) -> Iterator[Pair]:
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _in_json(member, f"{pointer}/{key}")
    elif isinstance(value, list) and value:
        for member in value:
            yield from _in_json(member, f"{pointer}/*")
    else:
        yield pointer, str(value)


def _in_xml(element: Any, pointer: str) -> Iterator[Pair]:
    for name, value in element.attrib.items():
        yield f"{pointer}/@{str(name).rpartition('}')[2]}", str(value)
    for child in element:
        yield from _in_xml(child, f"{pointer}/{local_name(child)}")
    if not len(element) and (element.text or not element.attrib):
        yield pointer, element.text or ""


# --- the proof ---------------------------------------------------------------------------------------------------


def influence(write: Callable[[T], Any], one: T, other: T) -> set[Pair]:
    """The pairs (canonical leaf, wire pointer that moves with it); a leaf that moves nothing has an empty pointer.

    A leaf is taken away only where no value of it moves anything: what vanishes with a missing key says nothing.
    """
    before = _written(write, one, "as it is")
    twin = dict(leaves(other))
    pairs: set[Pair] = set()
    for steps, _ in leaves(one):
        path, moved = dotted(steps), set[str]()
        for leaf in (twin.get(steps), None):
            if not moved:
                after = _written(write, changed(one, steps, leaf), f"{path} = {leaf!r}")
                moved = _moved(before, after)
        pairs |= {(path, place) for place in moved or {""}}
    return pairs


def fallbacks(write: Callable[[T], Any], one: T, other: T, told: AbstractSet[str]) -> Iterator[Pair]:
    """The pairs of leaves that move nothing until another leaf, or the record it is in, is taken away."""
    twin = dict(leaves(other))
    quiet = one
    for steps, _ in leaves(one):
        if dotted(steps) not in told and steps in twin:
            quiet = changed(quiet, steps, twin[steps])
    live = [steps for steps, _ in leaves(one) if dotted(steps) in told]
    for gone in dict.fromkeys(steps[:depth] for steps in live for depth in range(1, len(steps) + 1)):
        start, what = changed(one, gone, None), f"{dotted(gone)} = None"
        before = _written(write, start, what)
        if before != _written(write, changed(quiet, gone, None), what):
            for steps, _ in leaves(start):
                if dotted(steps) not in told and steps in twin:
                    after = _written(write, changed(start, steps, twin[steps]), f"{what}, {dotted(steps)} changed")
                    yield from ((dotted(steps), place) for place in _moved(before, after))


def _moved(before: Places, after: Places) -> set[str]:
    return {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}


def _written(write: Callable[[T], Any], value: T, what: str) -> Places:
    try:
        return pointers(write(value))
    except Exception as error:
        raise AssertionError(f"{type(value).__name__} with {what} cannot be written: {error!r}") from error


@dataclass(frozen=True)
class Proof:
    """What the code of one form does: the pairs, and the constants (pointer → what stands there)."""

    pairs: frozenset[Pair]
    constants: Mapping[str, str]

    @property
    def rows(self) -> list[Pair]:
        return sorted({*self.pairs, *(("", place) for place in self.constants)})


def prove(form: AnyForm, walks: Sequence[Crosswalk[Any]] = ()) -> Proof:
    def write(value: Any) -> Any:
        return document(form.write_plain(value))

    one, other = (Sampler(form.protocol, walks, which).record(form.canonical) for which in (0, 1))
    starts = [(one, other), (other, one), *((start, other) for start in _variants(one, other))]
    pairs = set[Pair]().union(*(influence(write, *start) for start in starts))
    told = {path for path, place in pairs if place}
    pairs |= {*fallbacks(write, one, other, told), *fallbacks(write, other, one, told)}
    told = {path for path, place in pairs if place}
    seen: dict[str, set[str]] = {}
    for start, _ in starts:
        for place, texts in _written(write, start, "as it is").items():
            seen.setdefault(place, set()).update(texts)
    constants = {place: " or ".join(sorted(texts)) for place, texts in seen.items()}
    for place in {place for _, place in pairs}:
        constants.pop(place, None)
    return Proof(frozenset((path, place) for path, place in pairs if place or path not in told), constants)


def _variants(one: T, other: T) -> Iterator[T]:
    twin = dict(leaves(other))
    for steps, leaf in leaves(one):
        if type(leaf) in DECIDING:
            yield from (changed(one, steps, each) for each in type(leaf) if each not in (leaf, twin.get(steps)))


# --- the tables --------------------------------------------------------------------------------------------------


def found_adapters() -> Sequence[EntryPoint]:
    return sorted(entry_points(group="gateway.adapters"), key=lambda point: point.name)


@cache
def adapters() -> Sequence[Adapter]:
    """The installed adapters; one that has no `adapter` yet is left out (a test of its own demands it)."""
    return [loaded for point in found_adapters() if isinstance(loaded := _loaded(point), Adapter)]


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        print(f"{point.name}: {error}", file=sys.stderr)
        return None


def tables(protocol: str | None = None) -> Iterator[tuple[Adapter, str, Sequence[AnyForm]]]:
    """Every table with the forms that it describes."""
    for adapter in adapters():
        if protocol in (None, adapter.name):
            for name in sorted({form.fields for form in adapter.forms if form.fields}):
                yield adapter, name, [form for form in adapter.forms if form.fields == name]


def folder(adapter: Adapter) -> Path:
    return MAPPINGS / adapter.name / "fields"


def present(adapter: Adapter, name: str) -> Sequence[FieldRow] | None:
    """The rows of a table as it is, or None where there is none."""
    if not (folder(adapter) / f"{name}.csv").is_file():
        return None
    return field_table(adapter.name, name, MAPPINGS / adapter.name)


def differences(adapter: Adapter, form: AnyForm) -> list[str]:
    """How the table of a form departs from its code."""
    rows = present(adapter, form.fields)
    if rows is None:
        return [f"mappings/{adapter.name}/fields/{form.fields}.csv is missing"]
    stated, done = {(row.canonical, row.wire) for row in rows}, set(prove(form, adapter.crosswalks).rows)
    return [
        *(f"the table has {path or '-'} → {place or '-'}, the code has not" for path, place in sorted(stated - done)),
        *(f"the code has {path or '-'} → {place or '-'}, the table has not" for path, place in sorted(done - stated)),
        *(
            f"{row.canonical or row.wire} needs a note"
            for row in rows
            if not (row.canonical and row.wire) and not row.note
        ),
    ]


def write_table(adapter: Adapter, name: str, forms: Sequence[AnyForm]) -> None:
    """Brings a table up to date; the notes of rows that stay are kept."""
    notes = {(row.canonical, row.wire): row.note for row in present(adapter, name) or () if row.note}
    proofs = [prove(form, adapter.crosswalks) for form in forms]
    if len({frozenset(proof.rows) for proof in proofs}) > 1:
        raise SystemExit(f"{adapter.name}/{name}: the forms {', '.join(form.label for form in forms)} differ")
    folder(adapter).mkdir(parents=True, exist_ok=True)
    with (folder(adapter) / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["canonical", "wire", "note"])
        for path, place in proofs[0].rows:
            out.writerow([path, place, notes.get((path, place)) or _default_note(forms[0], proofs[0], path, place)])


def _default_note(form: AnyForm, proof: Proof, path: str, place: str) -> str:
    if path and place:
        return ""
    if path:
        return f"{form.name if form.direction == 'request' else f'the answer to {form.name}'} has no place for it"
    return f"always {proof.constants[place]}" if proof.constants[place] else "always written empty"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Field tables: compare with the code, or write.")
    parser.add_argument("protocol", nargs="?", help="only this one")
    parser.add_argument("--write", action="store_true", help="bring the tables up to date")
    options = parser.parse_args(arguments)
    broken = len(found_adapters()) - len(adapters())
    for adapter, name, forms in tables(options.protocol):
        if options.write:
            write_table(adapter, name, forms)
            continue
        for form in forms:
            for line in differences(adapter, form):
                broken += 1
                print(f"{adapter.name} {form.label}: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
