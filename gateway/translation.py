"""Wire ↔ canonical, one form at a time, so that nothing a partner sent is lost on the way.

A `Form` pairs a wire type with its meaning. `read` keeps in the extensions of the canonical value whatever our own
writing of that value would not give back; `write` puts it back for the same protocol.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from gateway.canonical import leaves
from gateway.model.common import Extensible, Kept, Role
from gateway.wire import WireModel, decode_document, document
from gateway.wire.kept import differences, restored

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)


_FRESH: ContextVar[dict[int, tuple[Any, Any]] | None] = ContextVar("fresh", default=None)
"""While a message is read: the records in it, each with its form. What was read just now has not been changed."""


@dataclass(frozen=True)
class Form(Generic[W, C]):
    """One wire type beside its canonical one. `read_plain` and `write_plain` are pure and know no extensions."""

    protocol: str
    wire: type[W]
    canonical: type[C]
    read_plain: Callable[[W], C]
    write_plain: Callable[[C], W]

    def read(self, model: W) -> C:
        """The meaning of `model`, with what only this protocol understands."""
        fresh = _FRESH.get()
        if fresh is not None:
            value = self._read(model)
            fresh[id(value)] = self, value
            return value
        token = _FRESH.set({})
        try:
            return self._read(model)
        finally:
            _FRESH.reset(token)

    def _read(self, model: W) -> C:
        value = self.read_plain(model)
        if model.source is None:
            return value
        kept = differences(model.source, document(self.write_plain(value)))
        return replace(value, extensions={**value.extensions, self.protocol: kept}) if kept else value

    def write(self, value: C) -> W:
        """The wire model; what was kept for this protocol is put back where the whole then still means `value`."""
        model = self.write_plain(value)
        kept = value.extensions.get(self.protocol)
        if not kept:
            return model
        form, known = (_FRESH.get() or {}).get(id(value), (None, None))
        if form is self and known is value:
            return model.put(verbatim=restored(document(model), kept))
        return model.put(verbatim=self._restored(document(model), kept, value))

    def _restored(self, plain: Any, kept: tuple[Kept, ...], value: C) -> Any:
        """All of `kept`, or of a value that was changed meanwhile only what does not change its meaning further.

        A kept unit beside a corrected amount would be another amount: a guard on each place alone is not enough.
        """
        whole = restored(plain, kept)
        if not self._strays(whole, value):
            return whole
        strays = self._strays(plain, value)
        for place in kept:
            candidate = restored(plain, (place,))
            if self._strays(candidate, value) <= strays:
                plain = candidate
        return plain

    def _strays(self, written: Any, value: C) -> frozenset[tuple[str, str]]:
        """Where the meaning of a document differs from `value`."""
        again = self.read_plain(decode_document(self.wire, written).model)
        if again == value:
            return frozenset()
        read, meant = leaves(again), leaves(value)
        return frozenset(
            (path, str(read.get(path))) for path in read.keys() | meant.keys() if read.get(path) != meant.get(path)
        )


@dataclass(frozen=True)
class MessageForm(Form[W, C]):
    """A whole message. `name` is the operation's, `direction` request or response, `sent_by` who first says it."""

    name: str = ""
    direction: str = "request"
    sent_by: Role = Role.CPO
    fields: str = ""
    """Its field table below `mappings/<protocol>/fields/`."""
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name if self.direction == "request" else f"{self.name}.response"


AnyForm = MessageForm[Any, Any]


def kept_by(value: Any, protocol: str) -> tuple[Kept, ...]:
    """What `value` itself keeps for `protocol`."""
    return tuple(value.extensions.get(protocol, ())) if isinstance(value, Extensible) else ()
