"""Wire models are declarations: one line a field, the same form for JSON and XML.

    class CdrPeriod(OchpModel):
        start_date_time: LocalDateTime | None
        billing_value: Decimal | None
        period_cost: Decimal | None = None
        restriction: tuple[Annotated[str, Inner("RestrictionType")], ...] = ()

No default: the specification demands the field. `| None`: we can read a message without it. A tuple is a repeated
field. The order of declaration is the order on the wire. What the name rule of the class does not give is said in
`Annotated`: an alias, an XML attribute, a wrapper, rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Self,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from gateway.findings import Severity
from gateway.tables import remembered
from gateway.wire.scalars import BOOLEAN, DECIMAL, INTEGER, TEXT, TIMESTAMP, Scalar


@dataclass(frozen=True)
class Alias:
    """A name that the rule does not give; `also` are spellings that are read too, and how they are reported."""

    name: str = ""
    also: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING


@dataclass(frozen=True)
class Attribute:
    """An XML attribute."""


@dataclass(frozen=True)
class Text:
    """The text of the XML element itself."""


@dataclass(frozen=True)
class Inner:
    """The value stands in one more element: `<status><CdrStatusType>new</CdrStatusType></status>`.

    JSON: values are written plain; an object with this member is read as well.
    """

    name: str


@dataclass(frozen=True)
class Private:
    """Masked in logs and in the journal."""


@dataclass(frozen=True)
class Nillable:
    """XML: an element that is there but empty, or nil, is an empty text and not an absence."""


@dataclass(frozen=True)
class MayBeEmpty:
    """A demanded list whose emptiness says something: it is written, and read, as an empty list."""


@dataclass(frozen=True)
class Rule:
    """`broken` says in words how a value breaks the rule, or None. `facet` is its JSON Schema form.

    `bounds` are the least and the greatest value, where it has both.
    """

    code: str
    broken: Callable[[Any], str | None]
    severity: Severity = Severity.ERROR
    facet: tuple[str, object] | None = None
    bounds: tuple[int | Decimal, int | Decimal] | None = None


@dataclass(frozen=True)
class Repair:
    """A change of the text before it is read, reported as `repaired`: returns the text, and what was done."""

    mend: Callable[[str], tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Slot:
    """One compiled field."""

    name: str
    alias: str
    also: Mapping[str, Severity]
    kind: str
    inner: str | None
    many: bool
    demanded: bool
    model: "type[WireModel] | None"
    scalar: Scalar
    rules: Sequence[Rule]
    repairs: Sequence[Repair]
    private: bool
    nillable: bool = False
    may_be_empty: bool = False

    def as_it_is(self, value: Any) -> Any:
        """The field's value, where JSON says it in the very way it is declared; None: it must be looked at closely."""
        if self.scalar is BOOLEAN:
            return value if type(value) is bool and not self.many else None
        if self.scalar is not TEXT or self.model is not None or self.repairs:
            return None
        if not self.many:
            return value.strip() or None if type(value) is str else None
        texts = [item.strip() for item in value if type(item) is str] if type(value) is list else []
        return tuple(texts) if texts and all(texts) and len(texts) == len(value) else None


@dataclass_transform(kw_only_default=True, eq_default=False)
class WireModel:
    """The base of every wire type. `source` is the document it was read from, `verbatim` one to write in its place."""

    naming: ClassVar[Callable[[str], str]] = str
    namespace: ClassVar[str] = ""
    element: ClassVar[str] = ""
    """The name of the root element, for messages."""
    qualified: ClassVar[bool] = True
    judges: ClassVar[tuple[Callable[[Any], Any], ...]] = ()
    """Rules over several fields: each yields (relative pointer, severity, code, text)."""
    unexpected: ClassVar[Mapping[str, Severity]] = MappingProxyType({})
    """Members that other messages have and this one must not: how severe it is to find one here."""

    unknown: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    places: ClassVar[Mapping[str, Sequence[str]]] = MappingProxyType({})
    """By field: where below it the values of a JSON list stand, if that is not their count (`/0`, `/2`)."""
    source: ClassVar[Any] = None
    verbatim: ClassVar[Any] = None
    is_listed: ClassVar[bool] = False
    """Whether it is a record of long lists: read at a glance (see glance), its parts without a source of their own."""
    exact: ClassVar[bool] = False
    """Whether it was read from the very text that it is written as."""
    shared: ClassVar[bool] = False
    """Whether it is a part that records which say the same have in common. It is never changed."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(kw_only=True)(cls)

    def put(self, **hidden: Any) -> Self:
        """Sets what is not a field: `unknown`, `places`, `source`, `verbatim`."""
        self.__dict__.update(hidden)
        return self


_SCALARS: dict[Any, Scalar] = {str: TEXT, int: INTEGER, Decimal: DECIMAL, bool: BOOLEAN, datetime: TIMESTAMP}


def _unwrapped(hint: Any) -> tuple[Any, bool, list[Any]]:
    """(bare type, repeated, metadata of all levels) of a field's annotation."""
    many, metadata = False, []
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            metadata += more
        elif origin in (Union, UnionType):
            hint = next(part for part in get_args(hint) if part is not NoneType)
        elif origin is tuple:
            many, hint = True, get_args(hint)[0]
        else:
            return hint, many, metadata


def _slot(cls: type[WireModel], name: str, hint: Any, demanded: bool) -> Slot:
    bare, many, metadata = _unwrapped(hint)
    alias = next((mark for mark in metadata if isinstance(mark, Alias)), Alias())
    marks = {type(mark) for mark in metadata}
    model = bare if isinstance(bare, type) and issubclass(bare, WireModel) else None
    return Slot(
        name=name,
        alias=alias.name or cls.naming(name),
        also=dict.fromkeys(alias.also, alias.severity),
        kind="attribute" if Attribute in marks else "text" if Text in marks else "element",
        inner=next((mark.name for mark in metadata if isinstance(mark, Inner)), None),
        many=many,
        demanded=demanded,
        model=model,
        scalar=next((mark for mark in metadata if isinstance(mark, Scalar)), _SCALARS.get(bare, TEXT)),
        rules=[mark for mark in metadata if isinstance(mark, Rule)],
        repairs=[mark for mark in metadata if isinstance(mark, Repair)],
        private=Private in marks,
        nillable=Nillable in marks,
        may_be_empty=MayBeEmpty in marks,
    )


@remembered
def slots(cls: type[WireModel]) -> Sequence[Slot]:
    """The compiled fields of a model, in wire order."""
    hints = get_type_hints(cls, include_extras=True)
    return [
        _slot(cls, field.name, hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(cls)  # type: ignore[arg-type]
    ]


@remembered
def defaults(cls: type[WireModel]) -> Mapping[str, Any]:
    """What an empty document reads as."""
    absent = {field.name: field.default for field in fields(cls) if field.default is not MISSING}  # type: ignore[arg-type]
    return {slot.name: () if slot.many else absent.get(slot.name) for slot in slots(cls)}
