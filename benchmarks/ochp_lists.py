"""Lists of charge points of any length, as documents and as values: what the measurements of OCHP read and write."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.wire import CONFORMANCE, the_list
from gateway.model.ids import EvseId
from gateway.model.location import Location
from gateway.wire import decode_document
from gateway.wire.soap import opened
from gateway_ochp import wire
from gateway_ochp.translate.locations import CHARGE_POINT

WSDL = CONFORMANCE / "ochp" / "contract" / "ochp.wsdl"
_RECORD = re.compile(rb"<(?P<tag>(?:\w+:)?chargePointInfoArray)[ >].*?</(?P=tag)>", re.DOTALL)
_NUMBER = re.compile(rb"\*E(\d{6})\*")
PIECE = 1024 * 1024


def written(count: int, file: Path) -> None:
    """An answer to GetChargePointList with so many different charge points; the records of the sample, renumbered."""
    body = the_list()
    records = [found[0] for found in _RECORD.finditer(body)]
    head, tail = body[: body.index(records[0])], body[body.rindex(records[-1]) + len(records[-1]) :]
    with file.open("wb") as out:
        out.write(head)
        for number in range(count):
            out.write(_NUMBER.sub(b"*E%06d*" % number, records[number % len(records)]))
        out.write(tail)


def places(count: int) -> Iterator[Location]:
    """So many charge points in the canonical model, made one by one."""
    child = opened(the_list(), trusted=True).child
    kind = wire.ChargePointInfo
    samples = [
        _plain(CHARGE_POINT.read(decode_document(kind, one).model)) for one in child.iter(f"{{*}}{kind.element}")
    ]
    for number in range(count):
        sample = samples[number % len(samples)]
        evse = sample.evses[0]
        name = EvseId.parse(f"DE*823*E{number:06}*1")
        yield replace(sample, evses=(replace(evse, evse_id=name),))


def _plain(place: Location) -> Location:
    """Without what another writer of OCHP may have kept in it."""
    return replace(place, extensions={})


def has_zeep() -> bool:
    """Whether zeep and the contract are there."""
    return find_spec("zeep") is not None and WSDL.exists()


def zeep_reader() -> Callable[[bytes], Any]:
    """The meaning of an answer, by zeep's own types."""
    import zeep

    client: Any = zeep.Client(str(WSDL))  # type: ignore[no-untyped-call]
    answer = client.get_element(f"{{{wire.NAMESPACE}}}GetChargePointListResponse")
    parser = etree.XMLParser(huge_tree=True)
    return lambda body: answer.parse(etree.fromstring(body, parser)[-1][0], client.wsdl.types)


def zeep_writer(body: bytes) -> Callable[[], bytes]:
    """Writes the records of `body`, read by zeep itself, as a request; without related places (its issue 991)."""
    import zeep

    client: Any = zeep.Client(str(WSDL))  # type: ignore[no-untyped-call]
    publish = client.get_element(f"{{{wire.NAMESPACE}}}SetChargePointListRequest")
    records = zeep_reader()(body).chargePointInfoArray
    for record in records:
        record.relatedLocation = []

    def write() -> bytes:
        parent = etree.Element("parent")
        publish.render(parent, publish(chargePointInfoArray=records))
        return etree.tostring(parent[0])

    return write


def rebuilt(body: bytes) -> Callable[[], bytes]:
    """Writes the same elements by lxml alone, from plain tuples: the least that building a tree can cost."""
    child = opened(body, limit=len(body), trusted=True).child
    plain = [_tuples(one) for one in child]

    def write() -> bytes:
        root = etree.Element(child_tag, nsmap={"ns": wire.NAMESPACE})
        for record in plain:
            _append(root, record)
        return etree.tostring(root)

    child_tag = f"{{{wire.NAMESPACE}}}SetChargePointListRequest"
    return write


def _tuples(element: etree._Element) -> tuple[Any, ...]:
    return str(element.tag), element.text, dict(element.attrib), [_tuples(child) for child in element]


def _append(parent: etree._Element, record: tuple[Any, ...]) -> None:
    tag, text, attributes, children = record
    made = etree.SubElement(parent, tag, attributes)
    made.text = text
    for child in children:
        _append(made, child)


def pieces(file: Path) -> Iterator[bytes]:
    """Of a file."""
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece
