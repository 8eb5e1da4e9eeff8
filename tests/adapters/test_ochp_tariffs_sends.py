"""Tariffs sent and fetched: what goes out is one whole record for each id, and every word of the answer is heard."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from gateway.errors import Refused
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Reason, Role
from gateway.model.ids import PartyId
from gateway.model.party import Operator
from gateway.model.tariff import DefaultPrice, Tariff, TariffType
from gateway.ports import Connection, Credentials
from gateway.wire import WireModel, decode_document, document
from gateway.wire.soap import SOAP_11, fault, opened, sealed
from gateway_ochp import adapter, wire
from gateway_ochp.forms.tariffs import GET_TARIFFS_RESPONSE, UPDATE_TARIFFS_RESPONSE
from gateway_ochp.strict import strict
from gateway_ochp.translate.tariff_lists import write_infos
from gateway_ochp.translate.tariffs import unsayable
from tests.adapters.test_ochp_tariffs import OTHER, PROVIDER, asked, element, tariff
from tests.adapters.test_ochp_tariffs_prices import TARIFFS
from tests.support import CONFORMANCE, FakeLink, needs_conformance

CPO = Connection(
    name="clearing",
    hub="eclearing",
    protocol="ochp",
    role=Role.CPO,
    party=PartyId.parse("DE*823"),
    credentials=Credentials(username="station-park", password="p<ss&word"),
)
EMSP = replace(CPO, name="clearing-emp", role=Role.EMSP, party=PROVIDER)
DEFAULT = tariff(element(asked("ENERGY", "0.49", 1)))
SPECIAL = replace(tariff(element(asked("ENERGY", "0.39", 1))), provider=PROVIDER)


def said(model: WireModel) -> HttpResponse:
    return HttpResponse(body=sealed(SOAP_11, model))


def result(code: str, text: str = "") -> wire.Result:
    return wire.Result(result_code=code, result_description=text)


def updated(code: str, *refused: Tariff, text: str = "") -> HttpResponse:
    return said(wire.UpdateTariffsResponse(result=result(code, text), refused_tariff_info=write_infos(refused)))


async def sent(message: m.Message[Any], *replies: HttpResponse, connection: Connection = CPO) -> tuple[Any, FakeLink]:
    hub = FakeLink(connection, list(replies))
    return await adapter.sends[type(message)](hub, message), hub


def request_of(hub: FakeLink) -> wire.UpdateTariffsRequest:
    (request,) = hub.asked
    return decode_document(wire.UpdateTariffsRequest, opened(request.body).child).model


async def test_all_versions_of_an_id_are_one_record() -> None:
    special = (SPECIAL, replace(SPECIAL, provider=OTHER))
    answer, hub = await sent(m.PublishTariffs(tariffs=(DEFAULT, *special)), updated("ok", text="taken"))
    assert answer == m.Publication(accepted=True, reason=Reason(code="ok", text="taken"))
    (info,) = request_of(hub).tariff_info_array
    assert (info.tariff_id, [(one.recipient, one.currency) for one in info.individual_tariff]) == (
        "DE823T0001", [((), "EUR"), (("DE8AA", "NLGWE"), "EUR")],
    )  # fmt: skip
    assert hub.asked[0].headers["soapaction"] == '"http://ochp.eu/1.4/UpdateTariffs"'
    assert hub.asked[0].service == "service"


@pytest.mark.parametrize(
    "message",
    [
        m.PublishTariffs(tariffs=(SPECIAL,)),
        m.PublishTariffs(tariffs=(SPECIAL,), provider=PROVIDER),
        m.PublishTariffs(tariffs=(DEFAULT,), provider=PROVIDER),
    ],
)
async def test_one_providers_version_alone_would_take_the_others_away_and_is_refused(message: m.PublishTariffs) -> None:
    answer, hub = await sent(message)
    assert answer.accepted is False
    assert [(one.uid, "would take away all others" in one.text) for one in answer.refused] == [("DE823T0001", True)]
    assert hub.asked == []


UNFIT = replace(DEFAULT, id="AD HOC", type=TariffType.AD_HOC_PAYMENT)
DEAR = replace(DEFAULT, id="day", elements=(element(asked("ENERGY", "-1")),))
FOREIGN = replace(DEFAULT, id="NLLONT1", operator=None)


@pytest.mark.parametrize(
    ("unfit", "why"),
    [
        ((UNFIT,), "it is a tariff of type AD_HOC_PAYMENT"),
        ((DEAR,), "is negative; OCHP has no credit"),
        ((FOREIGN,), "NL*LON is not an operator of this connection"),
        ((replace(DEFAULT, id=None),), "it has no id"),
        ((replace(DEFAULT, id="day", currency=None),), "currency"),
        ((replace(DEFAULT, id="day"), replace(DEFAULT, id="day")), "stands twice in the list"),
        ((replace(DEFAULT, id="day"), replace(UNFIT, id="day", provider=PROVIDER)), "(the version for DE-8AA)"),
        ((replace(DEFAULT, id="day"), replace(SPECIAL, id="DE823TDAY")), "DE823TDAY and day come to the same id"),
    ],
)
async def test_what_cannot_go_out_stays_behind_with_all_its_versions(unfit: tuple[Tariff, ...], why: str) -> None:
    answer, hub = await sent(m.PublishTariffs(tariffs=(*unfit, DEFAULT)), updated("ok"))
    ((name, text),) = [(one.uid, one.text) for one in answer.refused]
    assert (answer.accepted, name) == (True, unfit[0].id)
    assert text.startswith("not sent: ")
    assert why in text
    assert [info.tariff_id for info in request_of(hub).tariff_info_array] == ["DE823T0001"]


async def test_nothing_is_deleted_and_no_default_price_goes_out() -> None:
    answer, hub = await sent(
        m.PublishTariffs(action=m.PushAction.DELETE, tariffs=(DEFAULT,), defaults=(DefaultPrice(),))
    )
    assert (answer.accepted, hub.asked) == (False, [])
    assert [(one.uid, one.text) for one in answer.refused] == [
        (None, "not sent: OCHP has no default price of an operator: give the EVSEs a tariff"),
        ("DE823T0001", "not sent: OCHP deletes no tariff: take its id away from the charge points"),
    ]


async def test_the_operator_of_a_tariff_is_the_only_one_of_the_account_or_must_be_said() -> None:
    alone = replace(DEFAULT, id="day", operator=None)
    _, hub = await sent(m.PublishTariffs(tariffs=(alone,)), updated("ok"))
    assert [info.tariff_id for info in request_of(hub).tariff_info_array] == ["DE823TDAY"]
    two = replace(CPO, operators=(Operator(id=PartyId.parse("DE*824")),))
    answer, _ = await sent(m.PublishTariffs(tariffs=(alone,)), connection=two)
    assert [one.text for one in answer.refused] == ["not sent: it names no operator, and the connection has several"]
    _, hub = await sent(
        m.PublishTariffs(tariffs=(alone,), operator=PartyId.parse("DE*824")), updated("ok"), connection=two
    )
    assert [info.tariff_id for info in request_of(hub).tariff_info_array] == ["DE824TDAY"]


async def test_partly_names_what_was_refused_by_our_own_ids() -> None:
    theirs = replace(DEFAULT, id="8f7e2c60-52f1-4be8-9a3c-0d1f7b6a9e11")
    written = write_infos((theirs,))[0].tariff_id
    reply = updated("partly", replace(theirs, id=written), text="one is refused")
    answer, _ = await sent(m.PublishTariffs(tariffs=(DEFAULT, theirs)), reply)
    assert (answer.accepted, answer.refused) == (True, (m.Refusal(uid=theirs.id),))
    assert [one.id for one in answer.refused_tariffs] == [written]


async def test_a_refusal_that_names_tariffs_is_an_answer_and_one_that_does_not_is_raised() -> None:
    answer, _ = await sent(m.PublishTariffs(tariffs=(DEFAULT,)), updated("format", DEFAULT, text="No default tariff"))
    assert (answer.accepted, answer.reason) == (False, Reason(code="format", text="No default tariff"))
    assert answer.refused == (m.Refusal(uid="DE823T0001", text="No default tariff"),)
    for code, again in (("format", False), ("not-authorized", False), ("server", True)):
        with pytest.raises(Refused) as caught:
            await sent(m.PublishTariffs(tariffs=(DEFAULT,)), updated(code, text="no"))
        assert (caught.value.code, caught.value.retryable) == (code, again)


@pytest.mark.parametrize(
    "reply",
    [
        HttpResponse(status=403, body=b"<html>closed</html>"),
        HttpResponse(status=403, body=b"closed"),
        HttpResponse(status=500, body=fault(SOAP_11, "no such user", ours=False)),
    ],
)
async def test_a_fault_and_a_page_are_refusals(reply: HttpResponse) -> None:
    with pytest.raises(Refused):
        await sent(m.PublishTariffs(tariffs=(DEFAULT,)), reply)


async def test_a_passing_failure_is_raised_although_it_names_tariffs() -> None:
    with pytest.raises(Refused):
        await sent(m.PublishTariffs(tariffs=(DEFAULT,)), updated("server", DEFAULT))


# --- fetched -----------------------------------------------------------------------------------------------------

GIVEN = m.Tariffs(tariffs=(DEFAULT, replace(DEFAULT, id="DE823T2")), reason=Reason(code="ok"))


async def test_tariffs_since_a_time_are_asked_for_and_read() -> None:
    since = datetime(2026, 1, 14, 23, tzinfo=UTC)
    answer, hub = await sent(m.FetchTariffs(since=since), said(GET_TARIFFS_RESPONSE.write(GIVEN)), connection=EMSP)
    assert answer == GIVEN
    asked_for = decode_document(wire.GetTariffUpdatesRequest, opened(hub.asked[0].body).child).model
    assert asked_for.last_update == since


async def test_no_data_is_an_answer_without_tariffs_and_no_page() -> None:
    reply = said(GET_TARIFFS_RESPONSE.write(replace(GIVEN, reason=Reason(code="roaming"))))
    answer, _ = await sent(m.FetchTariffs(), reply, connection=EMSP)
    assert (answer.tariffs, answer.reason) == ((), Reason(code="roaming"))
    pages = adapter.pages[m.FetchTariffs](FakeLink(EMSP, [reply]), m.FetchTariffs())
    assert [page async for page in pages] == []


async def test_a_failure_is_never_an_empty_list() -> None:
    failed = said(GET_TARIFFS_RESPONSE.write(replace(GIVEN, reason=Reason(code="server"))))
    with pytest.raises(Refused):
        await sent(m.FetchTariffs(), failed, connection=EMSP)


async def test_a_list_is_one_page() -> None:
    pages = adapter.pages[m.FetchTariffs](FakeLink(EMSP, [said(GET_TARIFFS_RESPONSE.write(GIVEN))]), m.FetchTariffs())
    assert [page async for page in pages] == [GIVEN]


# --- the schema --------------------------------------------------------------------------------------------------


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))


@needs_conformance
@given(TARIFFS)
@settings(max_examples=150)
def test_what_is_not_refused_is_valid(tariff: Tariff) -> None:
    if unsayable(tariff) is None:
        request = wire.UpdateTariffsRequest(tariff_info_array=write_infos((tariff, replace(tariff, provider=OTHER))))
        schema().assertValid(document(strict(request)))


@needs_conformance
def test_the_answers_are_valid() -> None:
    refused = m.Publication(accepted=True, refused_tariffs=(DEFAULT, SPECIAL))
    for model in (UPDATE_TARIFFS_RESPONSE.write(refused), GET_TARIFFS_RESPONSE.write(GIVEN)):
        schema().assertValid(document(model))
