"""That a message is written as it was received is told at a glance, and never wrongly."""

from pathlib import Path

import pytest
from lxml import etree

import gateway.translation
from gateway.wire import decode_document
from gateway.wire.alike import as_received, is_written_alike
from gateway.wire.xml import parse_xml
from gateway_ochp import wire
from gateway_ochp.documents import identify
from gateway_ochp.forms.charge_points import GET_CHARGE_POINTS_RESPONSE
from gateway_ochp.translate.locations import CHARGE_POINT
from tests.adapters.test_pulling import charge_points
from tests.support import CONFORMANCE, FIXTURES, samples

DOCUMENTS = [*samples(CONFORMANCE / "ochp/samples", "*.xml"), *samples(FIXTURES / "ochp", "*.xml")]


def record(change: tuple[str, str] = ("", "")) -> wire.ChargePointInfo:
    """A record that is written as it was received, unless it was changed."""
    text: str = etree.tostring(identify(charge_points(1).body).document[1], encoding="unicode")
    if change != ("", ""):
        assert change[0] in text
    return decode_document(wire.ChargePointInfo, parse_xml(text.replace(change[0], change[1], 1).encode())).model


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("", ""), True),
        (("><", ">\n  <"), True),
        (("Lindenallee", "Lindenallee 1"), True),
        (("Lindenallee", " Lindenallee"), False),
        ((">22<", ">22.0<"), True),
        ((">22<", ">+22<"), False),
        (("<ratings>", "<ratings new='1'>"), False),
        (("<ratings>", "<ratings>text"), False),
        (("<ratings>", "<other/><ratings>"), False),
        (("<ratings>", "<ratings><other/>"), False),
        (("DEU</country>", "DE</country>"), False),
    ],
)
def test_a_record_is_alike_or_it_is_looked_at_closely(change: tuple[str, str], expected: bool) -> None:
    model = record(change)
    assert is_written_alike(model, CHARGE_POINT.write_plain(CHARGE_POINT.read_plain(model))) is expected


def test_a_prefix_makes_no_difference() -> None:
    plain = etree.tostring(record().source, encoding="unicode")
    prefixed = plain.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("xmlns=", "xmlns:x=")
    model = decode_document(wire.ChargePointInfo, parse_xml(prefixed.encode())).model
    assert is_written_alike(model, CHARGE_POINT.write_plain(CHARGE_POINT.read_plain(model)))


def test_the_records_of_a_list_are_compared_once() -> None:
    child = identify(charge_points(3).body).document
    model = decode_document(wire.GetChargePointListResponse, child).model
    infos = tuple(map(as_received, model.charge_point_info_array))
    result = wire.Result(result_code="ok", result_description=model.result.result_description if model.result else None)
    written = wire.GetChargePointListResponse(result=result, charge_point_info_array=infos)
    assert is_written_alike(model, written)
    other = wire.Result(result_code="partly", result_description=result.result_description)
    assert not is_written_alike(model, wire.GetChargePointListResponse(result=other, charge_point_info_array=infos))
    fewer = wire.GetChargePointListResponse(result=result, charge_point_info_array=infos[1:])
    assert not is_written_alike(model, fewer)
    moved = wire.GetChargePointListResponse(result=result, charge_point_info_array=infos[::-1])
    assert not is_written_alike(model, moved)
    assert GET_CHARGE_POINTS_RESPONSE.read(model).extensions == {}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_glance_finds_what_a_close_look_finds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for glance in (is_written_alike, lambda *_: False):
        monkeypatch.setattr(gateway.translation, "is_written_alike", glance)
        found = identify(path.read_bytes(), path.name)
        value = found.form.read(decode_document(found.form.wire, found.document).model)
        read.append((value, value.extensions))
    assert read[0] == read[1]
