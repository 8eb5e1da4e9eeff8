"""The WSDLs and schemas that we publish for eMIP: beside the reconstructed ones, and spoken by zeep over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from typer.testing import CliRunner
from zeep.helpers import serialize_object

from gateway.cli import app
from gateway.contracts import Contract, drift, read_contract
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.session import SessionIds
from gateway.ports import Connection, Written
from gateway.publication import published
from gateway.simulation import world
from gateway.translation import AnyForm
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from gateway.wire.soap import SOAP_12, opened
from gateway_emip import adapter
from gateway_emip.contract import FILES as SCHEMAS
from gateway_emip.contract import schemas, short_name
from gateway_emip.forms import FORMS
from gateway_emip.operations import OPERATIONS
from tests.contract.test_emip_contract import sample
from tests.support import CONFORMANCE, needs_conformance, samples

DRAFT = CONFORMANCE / "emip/contract/emip-toiop-draft.wsdl"
SAMPLES = samples(CONFORMANCE / "emip/samples", "*.xml")
FILES = schemas()
TO_IOP = {one.name: one for one in OPERATIONS if one.receiver is Role.HUB}
FROM_IOP = {one.name: one for one in OPERATIONS if one.sender is Role.HUB}
MSP, LON = PartyId.parse("FR*MSP"), PartyId.parse("NL*LON")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("schemas")
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    return place


def test_they_are_among_the_schemas_that_are_published() -> None:
    files = published()
    assert {name: files[name] for name in FILES} == FILES == schemas()
    assert [name for name in files if name.startswith("emip")] == list(FILES)


def promised(client: zeep.Client) -> set[tuple[str, str, str, str]]:
    return {
        (name, operation.soapaction, operation.input.body.name, operation.output.body.name)
        for binding in client.wsdl.bindings.values()
        for name, operation in binding.all().items()
    }


@pytest.mark.parametrize(("name", "operations"), [("platform", TO_IOP), ("partner", FROM_IOP)])
def test_zeep_finds_every_operation_in_them(name: str, operations: dict[str, Any], folder: Path) -> None:
    expected = {(short_name(one), one.action, one.request.element, one.response.element) for one in operations.values()}
    assert promised(zeep.Client(str(folder / f"emip-{name}.wsdl"))) == expected
    assert len(operations) == {"platform": 13, "partner": 5}[name]


# --- what we write is valid by them ------------------------------------------------------------------------------


@cache
def validator(place: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(place)))


def broken(body: bytes, form: AnyForm, folder: Path) -> Sequence[str]:
    schema = validator(folder / SCHEMAS[form.wire.namespace])
    schema.validate(etree.fromstring(etree.tostring(opened(body, SOAP_12).child)))
    return [str(error) for error in schema.error_log]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
@pytest.mark.parametrize("which", [0, 1])
def test_what_we_write_is_valid_by_our_schemas(form: AnyForm, which: int, folder: Path) -> None:
    assert broken(adapter.render(Written(form, form.write(sample(form, which))), None), form, folder) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_valid_by_our_schemas(path: Path, folder: Path) -> None:
    body = path.read_bytes()
    assert broken(body, adapter.identify(body, "").form, folder) == []


# --- beside the reconstructed contract ---------------------------------------------------------------------------

OPEN = "lists of values grow: only what has no safe reading is closed"
CASE = "both letter cases are read, one is written"
LATER = "a failed answer may lack it (errata)"
NAMED = {
    ("words", "userIdType"): OPEN,
    ("facet", "userIdType"): OPEN,
    ("facet", "availabilityStatus"): OPEN,
    ("facet", "busyStatus"): OPEN,
    ("words", "sessionActionNature"): "a nature that nobody knows is never sent",
    ("facet", "sessionActionNature"): "a nature that nobody knows is never sent",
    ("words", "sessionEventNature"): "a nature that nobody knows is never sent",
    ("facet", "sessionEventNature"): "a nature that nobody knows is never sent",
    ("facet", "requestStatus"): "negative ones are a peer's own and are never sent",
    ("facet", "meterTypeId"): "the same range as a pattern: the number is held as text",
    ("words", "intermediateCDRRequested"): "true and false are read, 0 and 1 are written",
    ("facet", "userContractIdAlias"): "an empty one is left out",
    ("facet", "relatedSessionEventId"): "an empty one is left out",
    ("facet", "relatedSessionActionId"): "an empty one is left out",
    ("cardinality", "authorisationValue"): LATER,
    ("cardinality", "serviceSessionId"): LATER,
    ("cardinality", "intermediateCDRRequested"): LATER,
    ("element", "relatedSessionEventId"): "a slip of one skeleton: read, never written (errata)",
    ("choice", "sessionEvent"): "a slip of one skeleton: read, never written (errata)",
    **{
        (code, f"{letter}harging{place}{ending}"): CASE
        for place in ("Pool", "Station", "Connector")
        for ending in ("Id", "IdType")
        for code, letter in (("element", "C"), ("cardinality", "c"))
    },
}


def draft() -> Contract:
    return read_contract(DRAFT.read_bytes(), lambda place: (DRAFT.parent / place).read_bytes())


def ours(name: str = "emip-platform.wsdl") -> Contract:
    return read_contract(FILES[name], FILES.__getitem__)


@needs_conformance
def test_nothing_drifts_from_the_reconstructed_contract_beyond_what_is_named() -> None:
    found = {(one.code, one.pointer.rpartition("/")[2]) for one in drift(draft(), ours())}
    assert found == set(NAMED)


@needs_conformance
def test_a_change_of_the_contract_is_found() -> None:
    changed = DRAFT.read_bytes().replace(b"eMIP_ToIOP_HeartBeatV1/", b"eMIP_ToIOP_HeartBeatV2/")
    found = drift(read_contract(changed, lambda place: (DRAFT.parent / place).read_bytes()), ours())
    assert [one.text for one in found if one.code == "action"] == [
        "its action is https://api-iop.gireve.com/services/eMIP_ToIOP_HeartBeatV2/; "
        "we speak https://api-iop.gireve.com/services/eMIP_ToIOP_HeartBeatV1/"
    ]


def check(place: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", "--wsdl", str(place), "--protocol", "emip"])
    return result.exit_code, result.stdout


def test_the_command_compares_each_side_with_its_own(folder: Path) -> None:
    assert check(folder / "emip-platform.wsdl") == (0, "no difference in 13 operations\n")
    assert check(folder / "emip-partner.wsdl") == (0, "no difference in 5 operations\n")


@needs_conformance
def test_the_command_reads_the_reconstructed_contract() -> None:
    code, words = check(DRAFT)
    assert code == 1
    assert "operation  " not in words
    assert "action  " not in words


# --- zeep speaks by them -----------------------------------------------------------------------------------------


class Platform:
    """A backend that takes everything."""

    async def authorize_token(self, connection: Connection, message: m.AuthorizeToken) -> m.Authorization:
        return m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="M-1"))

    async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="C-1"))

    async def stop_session(self, connection: Connection, message: m.StopSession) -> m.CommandResult:
        return m.CommandResult(status=m.CommandStatus.ACCEPTED)

    async def report_event(self, connection: Connection, message: m.ReportEvent) -> m.EventReceipt:
        return m.EventReceipt(accepted=True)

    async def submit_cdr(self, connection: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        return m.CdrReceipt(accepted=True)


@pytest.fixture
async def partner() -> AsyncIterator[str]:
    """A gateway with an account as an operator and one as a provider."""
    connections = {
        role.value.lower(): Connection(role.value.lower(), "gireve", "emip", role, party, insecure_loopback=True)
        for role, party in ((Role.CPO, LON), (Role.EMSP, MSP))
    }
    async with Hosted(application(Gateway(connections, Platform()))) as hosted:
        yield hosted.url


@pytest.fixture
async def iop() -> AsyncIterator[str]:
    async with Hosted(simulation_of("gireve", world({})).application()) as hosted:
        yield f"{hosted.url}/api/emip"


def told(reader: zeep.Client, path: Path) -> dict[str, Any]:
    """What zeep has read of a sample."""
    child = opened(path.read_bytes(), SOAP_12).child
    values = serialize_object(reader.get_element(child.tag).parse(child, reader.wsdl.types))
    return {name: value for name, value in values.items() if value is not None}


async def said(client: zeep.Client, binding: str, url: str, path: Path, values: dict[str, Any]) -> Any:
    """zeep says it by itself, and reads the answer."""
    operation = path.name.removesuffix(".request.xml").split("_")[-1]
    service = client.create_service(binding, url)
    return await asyncio.to_thread(lambda: service[operation](**values))


def requests(direction: str) -> list[Path]:
    return [path for path in SAMPLES if path.name.endswith(".request.xml") and direction in path.name]


@needs_conformance
@pytest.mark.parametrize("path", requests("ToIOP"), ids=lambda path: path.name)
@pytest.mark.parametrize("contract", ["ours", "draft"])
async def test_zeep_asks_the_simulated_platform(path: Path, contract: str, iop: str, folder: Path) -> None:
    client = zeep.Client(str(folder / "emip-platform.wsdl" if contract == "ours" else DRAFT))
    service = next(one.service for one in OPERATIONS if one.name == path.name.partition(".")[0])
    binding = next(name for name in client.wsdl.bindings if service in name)
    values = told(zeep.Client(str(folder / "emip-platform.wsdl")), path)  # of two cases to choose from zeep reads none
    answer = await said(client, binding, iop, path, values)
    assert int(answer.requestStatus) > 0
    assert answer.transactionId


@needs_conformance
@pytest.mark.parametrize("path", requests("FromIOP"), ids=lambda path: path.name)
async def test_zeep_calls_our_endpoints(path: Path, partner: str, folder: Path) -> None:
    client = zeep.Client(str(folder / "emip-partner.wsdl"))
    role = FROM_IOP[path.name.partition(".")[0]].receiver.value.lower()
    binding = f"{{urn:roaming-gateway:emip:partner}}{role}"
    answer = await said(client, binding, f"{partner}/{role}", path, told(client, path))
    assert int(answer.requestStatus) > 0
    assert answer.transactionId
