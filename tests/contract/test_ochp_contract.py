"""Our declarations beside the published contract of OCHP 1.4; zeep is the independent judge."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken
from zeep.xsd.elements.indicators import Choice

from gateway.fields import without_extensions
from gateway.http import HttpRequest, HttpResponse
from gateway.simulation import Desk, world
from gateway.wire import WireModel, decode, decode_document, document, encode, slots
from gateway.wire.declared import Slot
from gateway.wire.soap import opened
from gateway_ochp import adapter, wire
from gateway_ochp.forms import BY_ELEMENT
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.simulator.hub import EclearingSimulator
from tests.support import CONFORMANCE, needs_conformance, samples

pytestmark = needs_conformance
CONTRACT = CONFORMANCE / "ochp/contract"
OURS = [
    path for path in samples(CONFORMANCE / "ochp/samples", "*.xml") if opened(path.read_bytes()).operation in BY_ELEMENT
]


@pytest.fixture(scope="module")
def wsdl() -> zeep.Client:
    return zeep.Client(str(CONTRACT / "ochp.wsdl"))


@pytest.fixture(scope="module")
def every() -> zeep.Client:
    """The contract of OCHPdirect, which imports that of the clearing house."""
    return zeep.Client(str(CONTRACT / "ochp-direct.wsdl"))


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONTRACT / "ochp-1.4-all.xsd")))


BASE = "_value_1"
"""What zeep calls the base of an extended type."""


# --- declarations ------------------------------------------------------------------------------------------------


def chosen(promised: Any) -> set[str]:
    """The members of a choice: each is optional, although the choice is not."""
    found: set[str] = set()
    for _, indicator in promised.elements_nested:
        if isinstance(indicator, Choice):
            found |= {name for name, _ in indicator.elements}
        elif hasattr(indicator, "elements_nested"):
            found |= chosen(indicator)
    return found


def wrapper(element: Any) -> str | None:
    """The one inner element of a type that only wraps a text."""
    inner = list(getattr(element.type, "elements", ()))
    if len(inner) == 1 and not element.type.attributes and not getattr(inner[0][1].type, "elements", ()):
        return str(inner[0][0])
    return None


def differences(model: type[WireModel], promised: Any, path: str) -> Iterator[str]:
    """Where `model` departs from the complex type `promised`, as zeep reads it from the WSDL."""
    declared = {slot.alias: slot for slot in slots(model) if slot.kind == "element"}
    elements = {name: element for name, element in getattr(promised, "elements", ()) if name != BASE}
    if list(declared) != list(elements):
        yield f"{path}: {list(declared)} where the schema has {list(elements)}"
        return
    free = chosen(promised) if elements else set()
    for name, element in elements.items():
        yield from element_differences(declared[name], element, name in free, f"{path}/{name}")
    yield from attribute_differences(model, promised, path)


def element_differences(slot: Slot, element: Any, is_chosen: bool, path: str) -> Iterator[str]:
    if slot.many != element.accepts_multiple:
        yield f"{path}: many is {slot.many}"
    if slot.demanded == (element.is_optional or is_chosen):
        yield f"{path}: demanded is {slot.demanded}"
    if slot.inner != (wrapper(element) if slot.model is None else None):
        yield f"{path}: the wrapper is {slot.inner}"
    if slot.nillable != element.nillable:
        yield f"{path}: nillable is {slot.nillable}"
    if slot.model is not None:
        yield from differences(slot.model, element.type, path)


def attribute_differences(model: type[WireModel], promised: Any, path: str) -> Iterator[str]:
    declared = {slot.alias: slot.demanded for slot in slots(model) if slot.kind == "attribute"}
    attributes = {name: attribute.required for name, attribute in getattr(promised, "attributes", ())}
    if declared != attributes:
        yield f"{path}: attributes {declared} where the schema has {attributes}"


@pytest.mark.parametrize("model", [form.wire for form in adapter.forms], ids=lambda model: model.element)
def test_a_model_is_what_the_schema_says(every: zeep.Client, model: type[WireModel]) -> None:
    promised = every.get_element(f"{{{wire.NAMESPACE}}}{model.element}").type
    assert list(differences(model, promised, model.element)) == []


class Mistaken(wire.OchpModel):
    element = "CDRInfo"
    cdr_id: str | None = None


def test_a_mistake_in_a_declaration_would_be_found(wsdl: zeep.Client) -> None:
    promised = wsdl.get_element(f"{{{wire.NAMESPACE}}}GetSingleRoamingAuthorisationRequest").type
    assert list(differences(Mistaken, promised, "")) == [": ['cdrId'] where the schema has ['emtId']"]


def test_the_operation_table_is_that_of_the_wsdl(wsdl: zeep.Client) -> None:
    direct = zeep.Client(str(CONTRACT / "ochp-direct.wsdl"))
    promised = {
        (name, operation.soapaction, operation.input.body.name, operation.output.body.name)
        for client in (wsdl, direct)
        for binding in client.wsdl.bindings.values()
        for name, operation in binding.all().items()
    }
    ours = {
        (operation.name, operation.action, operation.request.element, operation.response.element)
        for operation in OPERATIONS
        if operation.request is not None and operation.response is not None
    }
    assert (ours, len(OPERATIONS)) == (promised, 26)


# --- what we write -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_what_we_write_is_valid(schema: etree.XMLSchema, path: Any) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    value = found.form.read(decode_document(found.form.wire, found.document).model)
    for meaning in (value, without_extensions(value)):
        written = document(found.form.write(meaning))
        assert schema.validate(written), schema.error_log


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_zeep_reads_what_we_write(every: zeep.Client, path: Any) -> None:
    found = adapter.identify(path.read_bytes(), path.name)
    element = every.get_element(f"{{{wire.NAMESPACE}}}{found.form.wire.element}")
    model = decode_document(found.form.wire, found.document).model
    read = element.parse(document(model), every.wsdl.types)
    expected = element.parse(found.document, every.wsdl.types)
    assert zeep.helpers.serialize_object(read) == zeep.helpers.serialize_object(expected)


# --- zeep as a client of the simulated hub -----------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """The simulator behind real HTTP."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = HttpRequest(
            path=self.path, headers={name.lower(): value for name, value in self.headers.items()}, body=body
        )
        reply = run(self.server.simulator.handle(request))  # type: ignore[attr-defined]
        self.send_response(reply.status)
        for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Tests say nothing."""


def run(answer: Any) -> HttpResponse:
    """The result of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as done:
        result: HttpResponse = done.value
        return result
    raise AssertionError("the simulator waits for something")


async def nobody(_: str, __: HttpRequest) -> HttpResponse:
    raise AssertionError("the clearing house calls nobody")


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


def service(hub: str, binding: str, path: str, password: str = "demo") -> Any:
    client = zeep.Client(str(CONTRACT / "ochp.wsdl"), wsse=UsernameToken("demo", password))
    return client.create_service(f"{{http://ochp.eu/1.4}}{binding}", f"{hub}/{path}")


@pytest.fixture
def lists(hub: str) -> Any:
    return service(hub, "eCHS-OCHP_1.4", "service/ochp/v1.4")


def arguments(name: str) -> dict[str, Any]:
    """A sample request as zeep's own objects."""
    client = zeep.Client(str(CONTRACT / "ochp.wsdl"))
    child = opened((CONFORMANCE / f"ochp/samples/{name}.request.full.xml").read_bytes()).child
    element = client.get_element(child.tag)
    read = element.parse(child, client.wsdl.types)
    return {name: read[name] for name, _ in element.type.elements} if read is not None else {}


def code(answer: Any) -> str:
    return str(answer.result.resultCode.resultCode)


def test_zeep_sends_cdrs_and_fetches_them_again(lists: Any) -> None:
    request = arguments("AddCDRs")
    added = lists.AddCDRs(**request)
    assert (code(added), added.implausibleCdrsArray) == (
        "partly",
        ["DE82320260114170000A0007", "DE82320260114170000A0008"],
    )
    waiting = lists.GetCDRs()
    assert [info.CdrId for info in waiting.cdrInfoArray] == [info.CdrId for info in request["cdrInfoArray"][:2]]
    assert [info.status.CdrStatusType for info in waiting.cdrInfoArray] == ["accepted", "accepted"]


def test_zeep_sends_tokens_and_asks_for_one(lists: Any) -> None:
    assert code(lists.SetRoamingAuthorisationList(**arguments("SetRoamingAuthorisationList"))) == "ok"
    answer = lists.GetSingleRoamingAuthorisation(**arguments("GetSingleRoamingAuthorisation"))
    assert (code(answer), answer.roamingAuthorisationInfo.contractId) == ("ok", "DE-8AA-CA2B3C4D5-N")


def test_zeep_sends_charge_points_and_fetches_them_again(lists: Any) -> None:
    records = arguments("SetChargepointList")["chargePointInfoArray"]
    for record in records:
        record.relatedLocation, record.openingTimes = [], None  # zeep cannot write either as it read it
    assert code(lists.SetChargepointList(chargePointInfoArray=records)) == "ok"
    answer = lists.GetChargePointList()
    assert [info.evseId for info in answer.chargePointInfoArray] == [info.evseId for info in records]


def test_zeep_updates_the_status_and_asks_for_it(hub: str) -> None:
    live = service(hub, "eCHS-OCHP_1.4-live", "live/ochp/v1.4")
    assert live.UpdateStatus(**arguments("UpdateStatus")).resultCode.resultCode == "ok"
    answer = live.GetStatus(statusType="evse")
    statuses = answer.evse if hasattr(answer, "evse") else answer
    assert [(entry.major, entry.minor) for entry in statuses[:2]] == [
        ("available", "available"),
        ("available", "reserved"),
    ]


def test_zeep_with_a_wrong_password_is_not_authorized(hub: str) -> None:
    answer = service(hub, "eCHS-OCHP_1.4", "service/ochp/v1.4", "wrong").GetCDRs()
    assert code(answer) == "not-authorized"


def test_zeep_at_the_wrong_service_meets_a_fault(hub: str) -> None:
    live = service(hub, "eCHS-OCHP_1.4-live", "service/ochp/v1.4")
    with pytest.raises(zeep.exceptions.Fault, match="UpdateStatus is not at /service"):
        live.UpdateStatus(**arguments("UpdateStatus"))


def test_a_record_under_another_name_is_still_valid(schema: etree.XMLSchema) -> None:
    """A refused record comes back under the name of the list of refused ones, restored parts and all."""
    path = CONFORMANCE / "ochp/samples/SetChargepointList.response.full.xml"
    found = adapter.identify(path.read_bytes(), path.name)
    publication = found.form.read(decode_document(found.form.wire, found.document).model)
    assert schema.validate(document(found.form.write(replace(publication))))
    model = decode(found.form.wire, encode(found.form.write(publication))).model
    assert model.refused_charge_point_info[0].evse_id == "NLGWEE000123456789012345678901234567"
