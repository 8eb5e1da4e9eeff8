"""The WSDL and the schema that we publish for OCHP: they say what the official ones say, and zeep can speak by them."""

import threading
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from typer.testing import CliRunner
from zeep.helpers import serialize_object
from zeep.wsse.username import UsernameToken

from gateway.cli import app, main
from gateway.contracts import Contract, drift, read_contract
from gateway.contracts.types import alternatives
from gateway.publication import published
from gateway.simulation import Desk, world
from gateway.wire.soap import opened
from gateway_ochp import wire
from gateway_ochp.contract import schemas
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.simulator.hub import EclearingSimulator
from tests.adapters.test_ochp_facets import candidates, fields, schema
from tests.contract.test_ochp_contract import Handler, nobody
from tests.support import CONFORMANCE, needs_conformance, samples

OFFICIAL = CONFORMANCE / "ochp/contract"
SAMPLES = samples(CONFORMANCE / "ochp/samples", "*.xml")
FILES = schemas()
WSDL, SCHEMA = FILES["ochp.wsdl"].decode(), FILES["ochp.xsd"].decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("schemas")
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    return place


@pytest.fixture(scope="module")
def client(folder: Path) -> zeep.Client:
    return zeep.Client(str(folder / "ochp.wsdl"))


def test_it_is_among_the_schemas_that_are_published() -> None:
    files = published()
    assert {name: files[name] for name in FILES} == FILES
    assert schemas() == FILES


def test_zeep_finds_every_operation_in_it(client: zeep.Client) -> None:
    found = {
        (name, operation.soapaction, operation.input.body.name, operation.output.body.name)
        for binding in client.wsdl.bindings.values()
        for name, operation in binding.all().items()
    }
    assert found == {(one.name, one.action, one.request.element, one.response.element) for one in OPERATIONS
                     if one.request is not None and one.response is not None}  # fmt: skip


# --- beside the official contract --------------------------------------------------------------------------------


def official(name: str) -> Contract:
    return read_contract((OFFICIAL / name).read_bytes(), lambda place: (OFFICIAL / place).read_bytes())


def ours() -> Contract:
    return read_contract(FILES["ochp.wsdl"], FILES.__getitem__)


@needs_conformance
def test_nothing_drifts_from_the_official_contracts() -> None:
    assert drift(official("ochp-direct.wsdl"), ours()) == []
    services = [[one.name for one in OPERATIONS if one.service == service] for service in ("direct", "partner")]
    assert drift(official("ochp.wsdl"), ours(), services) == []


def told(value: object) -> object:
    """What zeep has read, without what it makes of an absence and of the base of an extended type."""
    if isinstance(value, dict):
        return {name: told(each) for name, each in value.items() if each not in (None, []) and name != "_value_1"}
    return [told(each) for each in value] if isinstance(value, list) else value


@needs_conformance
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_valid_by_our_schema_and_zeep_reads_it_alike(path: Path, folder: Path, client: zeep.Client) -> None:
    child = opened(path.read_bytes()).child
    validator = etree.XMLSchema(etree.parse(str(folder / "ochp.xsd")))
    assert validator.validate(etree.fromstring(etree.tostring(child))), validator.error_log
    element = client.get_element(f"{{{wire.NAMESPACE}}}{etree.QName(child).localname}")
    theirs = zeep.Client(str(OFFICIAL / "ochp-direct.wsdl"))
    expected = theirs.get_element(child.tag).parse(child, theirs.wsdl.types)
    read = element.parse(child, client.wsdl.types)
    assert told(serialize_object(read)) == told(serialize_object(expected))


# --- drift is found ----------------------------------------------------------------------------------------------

CHANGES = [
    (WSDL, 'soapAction="http://ochp.eu/1.4/AddCDRs"', 'soapAction="http://ochp.eu/1.5/AddCDRs"',
     ["action /AddCDRs: its action is http://ochp.eu/1.5/AddCDRs; we speak http://ochp.eu/1.4/AddCDRs"]),
    (WSDL, 'operation name="GetStatus"', 'operation name="AskStatus"',
     ["operation /GetStatus: the contract has no such operation; we speak it",
      "operation /AskStatus: an operation that we do not speak"]),
    (SCHEMA, '<s:element name="meterId" minOccurs="0">', '<s:element name="meterId">',
     ["cardinality /AddCDRsRequest/cdrInfoArray/meterId: it stands 1 to 1 times; with us 0 to 1 times"]),
    (SCHEMA, '<s:element name="regularHours" maxOccurs="7"', '<s:element name="regularHours" maxOccurs="14"',
     ["cardinality /GetChargePointListResponse/chargePointInfoArray/openingTimes/regularHours: "
      "it stands 0 to 14 times; with us 0 to 7 times"]),
    (SCHEMA, 'name="meterId"', 'name="meterNumber"',
     ["element /AddCDRsRequest/cdrInfoArray/meterNumber: a field that we do not have",
      "element /AddCDRsRequest/cdrInfoArray/meterId: the contract has no such field; we have it"]),
    (SCHEMA, '<s:maxLength value="512"/>', '<s:maxLength value="256"/>',
     ["facet /AddCDRsRequest/cdrInfoArray/emtId/instance: maxLength 256, minLength 1; "
      "with us maxLength 512, minLength 1"]),
    (SCHEMA, '<s:enumeration value="remote"/>', '<s:enumeration value="app"/>',
     ["words /AddCDRsRequest/cdrInfoArray/emtId/tokenType: words that we do not have: app",
      "words /AddCDRsRequest/cdrInfoArray/emtId/tokenType: words that the contract has not: remote"]),
    (SCHEMA, '<s:pattern value="[0-9A-Z]{1,36}"/>', '<s:pattern value="[0-9A-Z\\-]{1,36}"/>',
     ["facet /AddCDRsRequest/cdrInfoArray/CdrId: the pattern [0-9A-Z\\-]{1,36}; with us [0-9A-Z]{1,36}"]),
    (SCHEMA, 'name="taxrate" minOccurs="0" type="s:int"', 'name="taxrate" minOccurs="0" type="s:decimal"',
     ["type /AddCDRsRequest/cdrInfoArray/chargingPeriods/taxrate: it is decimal; with us int"]),
    (SCHEMA, 'nillable="true"', 'nillable="false"',
     ["nillable /AddCDRsResponse/result/resultDescription: it must not be nil; with us it may"]),
    (SCHEMA, "s:choice", "s:sequence",
     ["choice /GetStatusResponse: one of all its fields; with us one of combined, evse, parking"]),
    (SCHEMA, '<s:attribute name="minor">', '<s:attribute name="minor" use="required">',
     ["cardinality /GetStatusResponse/combined/@minor: it stands 1 to 1 times; with us 0 to 1 times"]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), CHANGES, ids=lambda value: str(value)[:24])
def test_a_difference_is_named(file: str, old: str, new: str, expected: list[str]) -> None:
    assert old in file
    changed = {name: content.decode().replace(old, new).encode() for name, content in FILES.items()}
    found = drift(read_contract(changed["ochp.wsdl"], changed.__getitem__), ours())
    lines = [f"{one.code} {one.pointer}: {one.text}" for one in found]
    assert [line for line in expected if line not in lines] == []


SAME = [
    ('<s:pattern value="[0-9A-Z]{1,36}"/>',
     '<s:minLength value="1"/><s:maxLength value="36"/><s:pattern value="[A-Z0-9]*"/>'),
    ('<s:minInclusive value="1"/>', '<s:minExclusive value="0"/>'),
    ('<s:pattern value="[A-Z]{3}"/>', '<s:length value="3"/><s:pattern value="[A-Z][A-Z][A-Z]"/>'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SAME)
def test_the_same_in_other_words_is_no_difference(old: str, new: str) -> None:
    assert old in SCHEMA
    changed = {**FILES, "ochp.xsd": SCHEMA.replace(old, new).encode()}
    assert drift(read_contract(changed["ochp.wsdl"], changed.__getitem__), ours()) == []


@needs_conformance
@pytest.mark.parametrize(("message", "place", "attribute"), list(fields()))
def test_a_value_is_valid_by_our_schema_where_it_is_by_the_official_one(
    message: etree._Element, place: str, attribute: str, folder: Path
) -> None:
    """Lengths, limits and words around every one that the official schema names, in every field of the samples."""
    message, validator = deepcopy(message), etree.XMLSchema(etree.parse(str(folder / "ochp.xsd")))
    element = message if place == "." else message.find(place)
    assert element is not None
    for word in candidates():
        if attribute:
            element.set(attribute, word)
        else:
            element.text = word
        assert validator.validate(message) == schema().validate(message), word[:40]


def test_a_pattern_is_taken_apart_at_its_outermost_bars_only() -> None:
    assert alternatives(r"a|(b|c)[|]\|d|e") == ["a", r"(b|c)[|]\|d", "e"]


# --- the command -------------------------------------------------------------------------------------------------


def check(place: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", "--wsdl", str(place), *more])
    return result.exit_code, result.stdout


def test_the_command_says_none_or_which(folder: Path, tmp_path: Path) -> None:
    assert check(folder / "ochp.wsdl") == (0, "no difference in 26 operations\n")
    (tmp_path / "ochp.wsdl").write_text(WSDL.replace("1.4/AddCDRs", "1.5/AddCDRs"))
    (tmp_path / "ochp.xsd").write_text(SCHEMA)
    code, words = check(tmp_path / "ochp.wsdl")
    assert (code, words.splitlines()) == (
        1,
        [
            "action  /AddCDRs: its action is http://ochp.eu/1.5/AddCDRs; we speak http://ochp.eu/1.4/AddCDRs",
            "1 difference",
        ],
    )
    assert '"code": "action"' in check(tmp_path / "ochp.wsdl", "--json")[1]


@needs_conformance
@pytest.mark.parametrize(("name", "count"), [("ochp.wsdl", 17), ("ochp-direct.wsdl", 26)])
def test_the_command_finds_no_drift_in_the_official_contracts(name: str, count: int) -> None:
    assert check(OFFICIAL / name) == (0, f"no difference in {count} operations\n")


UNREADABLE = {
    "not XML": b"{}",
    "another document": b"<schema/>",
    "a document type": b'<!DOCTYPE a [<!ENTITY b "c">]><definitions/>',
    "a missing import": FILES["ochp.wsdl"].replace(b"ochp.xsd", b"nowhere.xsd"),
    "an import from the web": FILES["ochp.wsdl"].replace(b"ochp.xsd", b"https://hub.example/ochp.xsd"),
    "a wrong number": FILES["ochp.wsdl"].replace(
        b'<s:include schemaLocation="ochp.xsd"/>',
        b'<s:element name="AddCDRsRequest"><s:complexType><s:sequence><s:element name="a" maxOccurs="lots"/>'
        b"</s:sequence></s:complexType></s:element>",
    ),
    "types without end": FILES["ochp.wsdl"].replace(
        b'<s:include schemaLocation="ochp.xsd"/>',
        b'<s:complexType name="A"><s:sequence><s:element name="a" type="tns:A"/></s:sequence></s:complexType>'
        b'<s:element name="AddCDRsRequest" type="tns:A"/>',
    ),
    "an element nobody declares": FILES["ochp.wsdl"].replace(b'<s:include schemaLocation="ochp.xsd"/>', b""),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_said_in_one_line(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.wsdl").write_bytes(UNREADABLE[what])
    monkeypatch.setattr("sys.argv", ["roaming-gateway", "check", "--wsdl", str(tmp_path / "a.wsdl")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    words = capsys.readouterr().err
    assert words.startswith("roaming-gateway: ")
    assert words.count("\n") == 1


# --- zeep speaks by it -------------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk = Desk(world({}), nobody, lambda: datetime(2026, 1, 15, 8, 0, tzinfo=UTC))
    server.simulator = EclearingSimulator(desk)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@needs_conformance
@pytest.mark.parametrize("name", ["UpdateTariffs", "AddCDRs", "SetRoamingAuthorisationList"])
def test_zeep_calls_the_simulated_hub_by_our_contract(hub: str, folder: Path, name: str) -> None:
    client = zeep.Client(str(folder / "ochp.wsdl"), wsse=UsernameToken("demo", "demo"))
    service = client.create_service(f"{{{wire.NAMESPACE}}}clearing-house-service", f"{hub}/service/ochp/v1.4")
    child = opened((CONFORMANCE / f"ochp/samples/{name}.request.full.xml").read_bytes()).child
    element = client.get_element(child.tag)
    read: Any = element.parse(child, client.wsdl.types)
    for tariff in read["TariffInfoArray"] if name == "UpdateTariffs" else []:
        for individual in tariff.individualTariff:
            for part in individual.tariffElement:
                part.tariffRestriction = part.tariffRestriction or {}  # zeep reads an empty one as none
    (array,) = [key for key in dir(read) if key.endswith("Array")]
    answer = service[name](**{array: read[array]})
    assert str(answer.result.resultCode.resultCode) in ("ok", "partly")
