"""A long list as it arrives: the result before the records, and these one by one, decoded and read."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.errors import GatewayError, Undecodable
from gateway.findings import Finding
from gateway.model import messages as m
from gateway.streaming import Reply
from gateway.translation import Form
from gateway.wire import decode_document
from gateway.wire.codec import undisturbed
from gateway.wire.stream import Layout, Parts
from gateway.wire.xml import Element, local_name
from gateway_ochp import wire
from gateway_ochp.documents import current
from gateway_ochp.exchange import KEYS, is_taken, raise_failure
from gateway_ochp.translate.results import read_reason

FEW = 20
RESULT = wire.Result.element
_NOTICED = 1000
"""Findings that are remembered of a list."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The records of a list: their names on the wire, their form, and where the answer as a whole has them."""

    names: Sequence[str]
    record: Form[Any, Any]
    of: Callable[[Any], Sequence[Any]]


@dataclass(slots=True)
class Portion:
    """Records of a list, and what of it could not be read: where it stands, and why."""

    records: list[Any] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    is_partial: bool = False
    """The hub itself says that its list is not whole."""

    @property
    def page(self) -> m.Page | None:
        if not (self.unread or self.is_partial):
            return None
        return m.Page(unread=tuple(self.unread), last=False if self.is_partial else None)

    def read(self, listing: Listing, model: Any, place: str) -> None:
        """Adds a record. What cannot be read costs no other: only itself is left out, and named."""
        key = KEYS.get(listing.record.wire)
        try:
            self.records.append(listing.record.read(model))
        except (GatewayError, ValueError, ArithmeticError) as error:
            self.unread.append(f"{place}: it cannot be read ({type(error).__name__})")
        else:
            if key is not None and getattr(model, key) is None:
                self.unread.append(f"{place}: it has no readable {key.replace('_', ' ')}")


class Reading:
    """One long answer, whose beginning was `seen`. Everything raises Undecodable, or Refused for a failure."""

    def __init__(self, listing: Listing, seen: Layout) -> None:
        self._listing, self._operation = listing, seen.operation
        self._records = frozenset(name.casefold() for name in listing.names)
        self._names = tuple(dict.fromkeys((RESULT, *listing.names, *seen.children)))
        self._number, self._strange = 0, set[str]()
        self._is_taken: bool | None = None
        self._is_partial = False
        self.noticed: list[Finding] = []
        first = next((name for name in seen.children if name.casefold() in (RESULT, *self._records)), "")
        self.begins_with_result = first.casefold() == RESULT

    async def hear(self, reply: Reply) -> None:
        """Reads the result alone, wherever it stands."""
        async for parts in self._parts(reply):
            for element in parts:
                if local_name(element).casefold() == RESULT:
                    self._hear(element)
        if self._is_taken is None:
            raise Undecodable("there is no result", f"/{self._operation}")

    async def portions(self, reply: Reply) -> AsyncIterator[Portion]:
        """A few records at a time, none once where the list is empty; nothing where the hub has no list."""
        async for elements in self._parts(reply):
            few = self._few(elements)
            while few.records or few.unread:
                yield few
                few = self._few(elements)
            if self._is_taken is False:
                return
        if self._is_taken is None:
            raise Undecodable("there is no result", f"/{self._operation}")
        if not self._number:
            yield Portion(is_partial=self._is_partial)

    async def _parts(self, reply: Reply) -> AsyncIterator[Iterator[Element]]:
        parts = Parts(self._operation, self._names)
        async for piece in reply.pieces():
            yield parts.fed(piece)
        yield parts.closed()
        yield iter(parts.others)

    def _few(self, elements: Iterator[Element]) -> Portion:
        few = Portion()
        with undisturbed(True):
            for element in elements:
                self._take(element, few)
                if self._is_taken is False or len(few.records) == FEW:
                    break
        few.is_partial = self._is_partial
        return few

    def _take(self, element: Element, few: Portion) -> None:
        name = local_name(element)
        if name.casefold() == RESULT:
            self._hear(element)
        elif name.casefold() in self._records:
            self._read(element, few)
        elif name not in self._strange:
            self._strange.add(name)
            few.unread.append(f"/{self._operation}/{name}: not known here")

    def _hear(self, element: Element) -> None:
        result = decode_document(wire.Result, current(element)).model
        raise_failure(result)
        self._is_taken = is_taken(read_reason(result))
        self._is_partial = result.result_code == wire.PARTLY

    def _read(self, element: Element, few: Portion) -> None:
        if self._is_taken is None:
            raise Undecodable("the list stands before its result", f"/{self._operation}")
        self._number += 1
        decoded = decode_document(self._listing.record.wire, current(element))
        self.noticed += decoded.noticed[: _NOTICED - len(self.noticed)]
        few.read(self._listing, decoded.model, f"/{self._operation}/{local_name(element)}[{self._number}]")
