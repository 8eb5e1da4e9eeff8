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
from gateway.wire.alike import as_received, is_written_alike
from gateway.wire.kept import differences, restored

W = TypeVar("W", bound=WireModel)
C = TypeVar("C", bound=Extensible)


@dataclass(slots=True)
class _Reading:
    """While a message is read: the records in it, each with its form and what it was read from, by its identity.

    What was read just now has not been changed. `at_a_glance`: it is written as the very document that was received.
    """

    records: dict[int, tuple[Any, Any, Any]] = field(default_factory=dict)
    at_a_glance: bool = False


_READING: ContextVar[_Reading | None] = ContextVar("reading", default=None)
_NEVER: tuple[Any, Any, Any] = (None, None, None)


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
        reading = _READING.get()
        if reading is not None:
            value = self._read(model, reading)
            reading.records[id(value)] = self, value, model
            return value
        reading = _Reading()
        token = _READING.set(reading)
        try:
            return self._read(model, reading)
        finally:
            _READING.reset(token)

    def _read(self, model: W, reading: _Reading) -> C:
        value = self.read_plain(model)
        if model.source is None:
            return value
        if model.namespace and self._is_written_alike(model, value, reading):
            return value
        kept = differences(model.source, document(self.write_plain(value)))
        return replace(value, extensions={**value.extensions, self.protocol: kept}) if kept else value

    def _is_written_alike(self, model: W, value: C, reading: _Reading) -> bool:
        reading.at_a_glance = True
        try:
            return is_written_alike(model, self.write_plain(value))
        finally:
            reading.at_a_glance = False

    def write(self, value: C) -> W:
        """The wire model; what was kept for this protocol is put back where the whole then still means `value`."""
        reading = _READING.get()
        form, known, received = reading.records.get(id(value), _NEVER) if reading is not None else _NEVER
        is_fresh = form is self and known is value
        if is_fresh and reading is not None and reading.at_a_glance and received.source is not None:
            same: W = as_received(received)
            return same
        model = self.write_plain(value)
        kept = value.extensions.get(self.protocol)
        if not kept:
            return model
        if is_fresh:
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
