"""The way in and out of the wire layer, the same for JSON and XML."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lxml import etree

from gateway.findings import Finding
from gateway.wire.declared import WireModel
from gateway.wire.json import json_document, json_text, parse_json, read_json
from gateway.wire.rules import findings
from gateway.wire.xml import element_path, parse_xml, read_xml, write_xml

M = TypeVar("M", bound=WireModel)
PREFIX = "m"
LARGE = 100
"""Records in a message."""


@dataclass(frozen=True)
class Decoded(Generic[M]):
    """A model and what was noticed while reading it; `findings` adds every broken rule."""

    model: M
    noticed: list[Finding] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        place = element_path(self.model.source) if self.model.namespace and self.model.source is not None else None
        return [*self.noticed, *findings(self.model, place)]


@contextmanager
def undisturbed(large: bool) -> Iterator[None]:
    """While a large list is read nothing becomes garbage: the cyclic collector would look at all of it in vain."""
    pause = large and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def parsed(cls: type[WireModel], body: bytes) -> Any:
    """The document (JSON value or XML element) of `body`. Raises Undecodable."""
    return parse_xml(body) if cls.namespace else parse_json(body)


def decode_document(cls: type[M], document: Any) -> Decoded[M]:
    """A model of a parsed document: a JSON value, or the element of the message."""
    noticed: list[Finding] = []
    if cls.namespace:
        with undisturbed(len(document) >= LARGE):
            return Decoded(read_xml(cls, document, noticed), noticed)
    return Decoded(read_json(cls, document, "", noticed), noticed)


def decode(cls: type[M], body: bytes) -> Decoded[M]:
    """A model of the bytes of one message (for SOAP: of the body's child alone). Raises Undecodable."""
    return decode_document(cls, parsed(cls, body))


def encode(model: WireModel, prefix: str = PREFIX) -> bytes:
    """The bytes of one message; `prefix` is that of the XML namespace."""
    return (write_xml(model, prefix) if model.namespace else json_text(json_document(model))).encode()


def document(model: WireModel, prefix: str = PREFIX) -> Any:
    """The document that `encode` writes: a JSON value, or an XML element."""
    return etree.fromstring(write_xml(model, prefix)) if model.namespace else json_document(model)
