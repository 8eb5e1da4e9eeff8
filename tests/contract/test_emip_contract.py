"""Everything we write in eMIP against the reconstructed schemas: no official ones are public."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.errors import BackendFailed, ForeignOperator, GatewayError, Unsupported
from gateway.findings import errors
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.messages import Allowed, Authorization, CommandResult, CommandStatus
from gateway.model.session import SessionIds
from gateway.ports import Connection, Written
from gateway.translation import AnyForm
from gateway.wire import decode_document
from gateway_emip import adapter
from gateway_emip.forms import FORMS
from gateway_emip.routes import REFUSALS
from tests import fieldmap
from tests.support import CONFORMANCE, needs_conformance, samples

CONTRACT = CONFORMANCE / "emip" / "contract" / "emip-all.xsd"
SAMPLES = CONFORMANCE / "emip" / "samples"
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONTRACT)))


def broken(body: bytes) -> Sequence[str]:
    schema().validate(etree.fromstring(body))
    return [str(error) for error in schema().error_log]


def sample(form: AnyForm, which: int = 0) -> Any:
    """A message with every field; a hash of a card has no place in eMIP."""
    message = fieldmap.Sampler("emip", adapter.crosswalks, which).record(form.canonical)
    for steps, _ in list(fieldmap.leaves(message)):
        if steps[-1] == "hashed_by":
            message = fieldmap.changed(message, steps, None)
    return message


def document_of(form: AnyForm, message: Any) -> bytes:
    return adapter.render(Written(form, form.write(message)), None)


@needs_conformance
@every_form
@pytest.mark.parametrize("which", [0, 1])
def test_what_we_write_fits_the_schema(form: AnyForm, which: int) -> None:
    assert broken(document_of(form, sample(form, which))) == []


@needs_conformance
@every_form
def test_what_lacks_a_field_fits_the_schema_or_breaks_a_rule_of_ours(form: AnyForm) -> None:
    """Nothing leaves that the schema refuses and our own rules do not."""
    whole = sample(form)
    for steps, _ in fieldmap.leaves(whole):
        body = document_of(form, fieldmap.changed(whole, steps, None))
        found = adapter.identify(body, "")
        if not errors(decode_document(found.form.wire, found.document).findings):
            assert broken(body) == [], steps


@needs_conformance
@every_form
def test_a_sample_written_again_fits_the_schema(form: AnyForm) -> None:
    path = SAMPLES / f"{form.name}.{form.direction}.xml"
    found = adapter.identify(path.read_bytes(), "")
    model = form.write(form.read(decode_document(form.wire, found.document).model))
    assert broken(adapter.render(Written(form, model), None)) == []


@needs_conformance
@pytest.mark.parametrize("status", CommandStatus)
def test_every_outcome_of_a_command_can_be_said(status: CommandStatus) -> None:
    result = CommandResult(transaction="T-1", status=status, session=SessionIds(hub="S-1", cpo="C-1"))
    for form in (form for form in FORMS if form.canonical is CommandResult):
        assert broken(adapter.render(Written(form, form.write(result)), None)) == []


@needs_conformance
@pytest.mark.parametrize("allowed", Allowed)
def test_every_decision_can_be_said(allowed: Allowed) -> None:
    answer = Authorization(transaction="T-1", allowed=allowed, session=SessionIds(hub="S-1", emsp="M-1"))
    for form in (form for form in FORMS if form.canonical is Authorization):
        assert broken(adapter.render(Written(form, form.write(answer)), None)) == []


@needs_conformance
@pytest.mark.parametrize("error", [ForeignOperator("x"), Unsupported("x"), BackendFailed("x")], ids=type)
@pytest.mark.parametrize("operation", REFUSALS)
def test_every_refusal_fits_the_schema(operation: str, error: GatewayError) -> None:
    connection = Connection("gireve", "gireve", "emip", Role.CPO, PartyId.parse("FR*S63"))
    body = (SAMPLES / f"{operation}.request.xml").read_bytes()
    response = adapter.refuse(connection, HttpRequest(body=body), error)
    assert response.status == 200
    assert broken(response.body) == []


@needs_conformance
def test_the_samples_fit_the_schema_themselves() -> None:
    assert [path.name for path in samples(SAMPLES, "*.xml") if broken(Path(path).read_bytes())] == []
