"""What we ask the clearing house, and what we make of its answers; no network."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import BackendFailed, Invalid, NoAnswer, Refused, Undecodable
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import LocalText, Price, Reason, Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import (
    AuthenticationMethod,
    ConnectorFormat,
    ConnectorType,
    EvseStatus,
    PowerType,
    StaticStatus,
)
from gateway.model.location import Address, Connector, Coordinates, Evse, Location
from gateway.model.token import HashAlgorithm, Token, TokenType, WhitelistType
from gateway.ports import Connection, Credentials
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, fault, opened, sealed
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import read as user_of
from gateway_ochp import adapter, wire
from gateway_ochp.collecting import collect_cdrs
from gateway_ochp.translate.cdrs import write_cdr_id
from tests.support import FakeLink, Recorder

EVSE = EvseId.parse("DE*ABC*E100*1")
CONTRACT = ContractId.parse("DE-8EO-CA2B3C4D5-6")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=CONTRACT)
CONNECTION = Connection(
    name="clearing",
    hub="eclearing",
    protocol="ochp",
    role=Role.CPO,
    party=PartyId.parse("DE*ABC"),
    credentials=Credentials(username="station-park", password="p<ss&word"),
)
BERLIN = timezone(timedelta(hours=1))
PLACE = Location(
    names=(LocalText("Parkhaus am Hafen", "de"),),
    address=Address(street="Lindenallee", house_number="7", city="Musterstadt", postal_code="12345", country="DEU"),
    coordinates=Coordinates(latitude=Decimal("53.5"), longitude=Decimal("10.00000123")),
    external_ids={"ochp.location": "HAFEN 01"},
    evses=(
        Evse(
            evse_id=EVSE,
            authentication_methods=(AuthenticationMethod.RFID, AuthenticationMethod.REMOTE),
            connectors=(
                Connector(
                    standard=ConnectorType.IEC_62196_T2,
                    format=ConnectorFormat.SOCKET,
                    power_type=PowerType.AC_3_PHASE,
                    max_power_kw=Decimal(22),
                ),
            ),
        ),
    ),
)
BILL = Cdr(
    id="DEABC0001",
    evse=EVSE,
    token=CARD,
    start=datetime(2026, 3, 1, 10, tzinfo=BERLIN),
    end=datetime(2026, 3, 1, 12, tzinfo=BERLIN),
    place=PLACE,
    energy_kwh=Decimal("12.5"),
    currency="EUR",
    rated=True,
    total_cost=Price(excl_vat=Decimal(0)),
)
"""A gift: somebody has said that nothing is owed."""


def said(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, model, prefix=""))


def result(code: str, text: str = "") -> wire.Result:
    return wire.Result(result_code=code, result_description=text)


def link(*replies: HttpResponse | Exception, **settings: Any) -> FakeLink:
    return FakeLink(replace(CONNECTION, options=settings), list(replies))


async def send(hub: FakeLink, message: m.Message[Any]) -> Any:
    return await adapter.sends[type(message)](hub, message)


def sent(hub: FakeLink, kind: type[WireModel]) -> Any:
    return decode_document(kind, opened(hub.asked[-1].body).child).model


# --- the exchange itself -----------------------------------------------------------------------------------------


async def test_a_request_carries_action_service_and_user() -> None:
    hub = link(said(wire.UpdateStatusResponse(result=result("ok"))))
    await send(hub, m.PublishStatuses(statuses=(m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING),)))
    request = hub.asked[0]
    assert (request.method, request.path, request.service, dict(request.headers)) == (
        "POST",
        "",
        "live",
        {
            "content-type": "text/xml; charset=utf-8",
            "soapaction": '"http://ochp.e-clearing.net/service/UpdateStatus"',
        },
    )
    assert user_of(opened(request.body).header) == UsernameToken("station-park", "p<ss&word")


@pytest.mark.parametrize(
    ("code", "retryable"), [("server", True), ("format", False), ("not-authorized", False), ("sabotage", False)]
)
async def test_a_failure_is_raised_and_its_list_ignored(code: str, retryable: bool) -> None:
    info = wire.RoamingAuthorisationInfo(emt_id=None, contract_id=None, expiry_date=None)
    response = wire.GetRoamingAuthorisationListResponse(
        result=result(code, "no"), roaming_authorisation_info_array=(info,)
    )
    with pytest.raises(Refused) as raised:
        await send(link(said(response)), m.FetchTokens())
    assert (raised.value.code, raised.value.text, raised.value.retryable) == (code, "no", retryable)


async def test_an_answer_without_a_result_is_no_success() -> None:
    reply = HttpResponse(body=b"<GetCDRsResponse xmlns='http://ochp.eu/1.4'/>")
    reply = HttpResponse(
        body=b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
        + reply.body
        + b"</s:Body></s:Envelope>"
    )
    with pytest.raises(Refused, match="no result"):
        await send(link(reply), m.FetchCdrs())


async def test_a_fault_is_a_refusal() -> None:
    body = fault(SOAP_11, "The security token could not be authenticated", ours=False)
    with pytest.raises(Refused, match="security token") as raised:
        await send(link(HttpResponse(status=500, body=body)), m.CheckCdrs())
    assert not raised.value.retryable


@pytest.mark.parametrize("status", [404, 401])
async def test_a_page_instead_of_soap_is_a_refusal_by_its_status(status: int) -> None:
    with pytest.raises(Refused) as raised:
        await send(link(HttpResponse(status=status, body=b"<html>Oops</html>")), m.CheckCdrs())
    assert (raised.value.code, raised.value.retryable) == (str(status), False)


async def test_after_a_servers_own_fault_nobody_knows_whether_it_has_acted() -> None:
    with pytest.raises(Undecodable, match="HTTP 500"):
        await send(link(HttpResponse(status=500, body=b"<html>Oops</html>")), m.CheckCdrs())


@pytest.mark.parametrize("body", [b"", b"<html/>", b"\xff\xfe"])
async def test_what_is_no_soap_with_status_200_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        await send(link(HttpResponse(body=body)), m.CheckCdrs())


async def test_the_answer_to_another_question_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="CheckCDRsResponse is expected, not GetCDRsResponse"):
        await send(link(said(wire.GetCdrsResponse(result=result("ok")))), m.CheckCdrs())


async def test_no_answer_stays_no_answer_and_nothing_is_tried_again() -> None:
    hub = link(NoAnswer("lost"))
    with pytest.raises(NoAnswer):
        await send(hub, m.SubmitCdr(cdr=BILL))
    assert len(hub.asked) == 1


# --- as CPO ------------------------------------------------------------------------------------------------------


async def test_a_full_load_replaces_and_an_update_does_not() -> None:
    for action, operation in [
        (m.PushAction.REPLACE_ALL, "SetChargepointList"),
        (m.PushAction.UPDATE, "UpdateChargePointList"),
        (m.PushAction.INSERT, "UpdateChargePointList"),
        (m.PushAction.DELETE, "UpdateChargePointList"),
    ]:
        response = wire.SetChargePointListResponse if "Set" in operation else wire.UpdateChargePointListResponse
        hub = link(said(response(result=result("ok"))))
        answer = await send(hub, m.PublishEvses(action=action, locations=(PLACE,)))
        assert answer == m.Publication(accepted=True, reason=Reason(code="ok"))
        assert hub.asked[0].headers["soapaction"] == f'"http://ochp.eu/1.4/{operation}"'


async def test_an_evse_is_deleted_by_the_status_closed() -> None:
    hub = link(said(wire.UpdateChargePointListResponse(result=result("ok"))))
    operative = replace(PLACE, evses=(replace(PLACE.evses[0], static_status=StaticStatus.OPERATIVE),))
    await send(hub, m.PublishEvses(action=m.PushAction.DELETE, locations=(operative,)))
    assert sent(hub, wire.UpdateChargePointListRequest).charge_point_info_array[0].status == "Closed"


@pytest.mark.parametrize(
    ("settings", "methods"),
    [
        ({}, ("RfidMifareCls", "RfidMifareDes")),
        ({"ochp_direct": True}, ("RfidMifareCls", "RfidMifareDes", "OchpDirectAuth")),
    ],
)
async def test_an_app_is_only_promised_where_it_can_start(settings: dict[str, Any], methods: tuple[str, ...]) -> None:
    hub = link(said(wire.UpdateChargePointListResponse(result=result("ok"))), **settings)
    await send(hub, m.PublishEvses(locations=(PLACE,)))
    assert sent(hub, wire.UpdateChargePointListRequest).charge_point_info_array[0].auth_methods == methods


async def test_an_incomplete_place_is_not_sent() -> None:
    hub = link()
    with pytest.raises(Invalid) as raised:
        await send(hub, m.PublishEvses(locations=(replace(PLACE, address=None, coordinates=None),)))
    assert [(finding.pointer.rpartition("/")[2], finding.code) for finding in raised.value.findings] == [
        ("chargePointAddress", "missing"),
        ("chargePointLocation", "missing"),
    ]
    assert hub.asked == []


async def test_an_empty_full_load_is_not_sent() -> None:
    with pytest.raises(Invalid, match="chargePointInfoArray is mandatory"):
        await send(link(), m.PublishEvses(action=m.PushAction.REPLACE_ALL))


async def test_refused_records_of_a_part_are_listed() -> None:
    first = await _published(link(said(wire.UpdateChargePointListResponse(result=result("ok")))))
    response = wire.UpdateChargePointListResponse(
        result=result("partly", "1 of 1 refused"), refused_charge_point_info=first
    )
    answer = await send(link(said(response)), m.PublishEvses(locations=(PLACE,)))
    assert (answer.accepted, answer.reason, answer.refused) == (
        True,
        Reason(code="partly", text="1 of 1 refused"),
        (m.Refusal(evse=EVSE),),
    )
    assert [location.external_ids for location in answer.refused_locations] == [{"ochp.location": "HAFEN 01"}]


async def _published(hub: FakeLink) -> Any:
    await send(hub, m.PublishEvses(locations=(PLACE,)))
    return sent(hub, wire.UpdateChargePointListRequest).charge_point_info_array


async def test_an_id_that_is_not_ours_is_an_answer() -> None:
    reply = said(wire.UpdateStatusResponse(result=result("invalid-id", "DE*XYZ*E1")))
    report = m.EvseStatusReport(evse=EVSE, status=EvseStatus.AVAILABLE)
    answer = await send(link(reply), m.PublishStatuses(statuses=(report,)))
    assert answer == m.Publication(accepted=False, reason=Reason(code="invalid-id", text="DE*XYZ*E1"))


async def test_planned_and_removed_have_no_live_word() -> None:
    hub = link(said(wire.UpdateStatusResponse(result=result("ok"))))
    removed = EvseId.parse("DE*ABC*E100*2")
    until = datetime(2026, 1, 15, 13, tzinfo=BERLIN)
    reports = (
        m.EvseStatusReport(evse=EVSE, status=EvseStatus.RESERVED, until=until),
        m.EvseStatusReport(evse=removed, status=EvseStatus.REMOVED),
    )
    answer = await send(hub, m.PublishStatuses(statuses=reports))
    assert [refusal.evse for refusal in answer.refused] == [removed]
    body = hub.asked[0].body.decode()
    assert '<ns:evse major="not-available" minor="reserved" ttl="2026-01-15T12:00:00Z">' in body
    assert "E100*2" not in body


async def test_nothing_is_sent_where_no_status_is_live() -> None:
    hub = link()
    answer = await send(hub, m.PublishStatuses(statuses=(m.EvseStatusReport(evse=EVSE, status=EvseStatus.PLANNED),)))
    assert (hub.asked, answer.accepted, [refusal.evse for refusal in answer.refused]) == ([], True, [EVSE])


def token_record(expires: datetime) -> wire.RoamingAuthorisationInfo:
    return wire.RoamingAuthorisationInfo(
        emt_id=wire.EmtId(instance="04a2b3c4d5e680", token_type="rfid", representation="plain"),
        contract_id=str(CONTRACT),
        expiry_date=expires,
    )


@pytest.mark.parametrize(
    ("response", "allowed"),
    [
        (("ok", token_record(datetime(2027, 1, 1, tzinfo=UTC))), m.Allowed.ALLOWED),
        (("ok", token_record(datetime(2025, 1, 1, tzinfo=UTC))), m.Allowed.EXPIRED),
        (("ok", None), m.Allowed.UNKNOWN_TOKEN),
        (("invalid-id", None), m.Allowed.UNKNOWN_TOKEN),
        (("roaming", None), m.Allowed.NOT_ALLOWED),
    ],
)
async def test_a_driver_may_charge_or_not(response: tuple[str, Any], allowed: m.Allowed) -> None:
    code, record = response
    reply = wire.GetSingleRoamingAuthorisationResponse(result=result(code), roaming_authorisation_info=record)
    hub = link(said(reply))
    answer = await send(hub, m.AuthorizeToken(token=CARD, evse=EVSE))
    assert (answer.allowed, answer.provider) == (allowed, CONTRACT.party if record else None)
    asked = sent(hub, wire.GetSingleRoamingAuthorisationRequest).emt_id
    assert (asked.instance, asked.token_type, asked.representation) == ("04A2B3C4D5E680", "rfid", "plain")


async def test_tokens_are_valid_until_they_expire() -> None:
    records = (token_record(datetime(2027, 1, 1, tzinfo=UTC)), token_record(datetime(2025, 1, 1, tzinfo=UTC)))
    reply = wire.GetRoamingAuthorisationListResponse(result=result("ok"), roaming_authorisation_info_array=records)
    answer = await send(link(said(reply)), m.FetchTokens())
    assert [(token.uid, token.valid, token.whitelist) for token in answer.tokens] == [
        ("04A2B3C4D5E680", True, WhitelistType.ALLOWED),
        ("04A2B3C4D5E680", False, WhitelistType.ALLOWED),
    ]


async def test_changed_tokens_are_asked_for_by_their_own_operation() -> None:
    hub = link(said(wire.GetRoamingAuthorisationListUpdatesResponse(result=result("ok"))))
    await send(hub, m.FetchTokens(since=datetime(2026, 1, 1, tzinfo=UTC)))
    assert hub.asked[0].headers["soapaction"] == '"http://ochp.eu/1.4/GetRoamingAuthorisationListUpdates"'


@pytest.mark.parametrize(
    ("message", "response", "empty"),
    [
        (m.FetchTokens(), wire.GetRoamingAuthorisationListResponse, "tokens"),
        (m.FetchEvses(), wire.GetChargePointListResponse, "locations"),
        (m.FetchCdrs(), wire.GetCdrsResponse, "cdrs"),
    ],
)
async def test_no_roaming_relations_is_an_empty_answer(message: Any, response: Any, empty: str) -> None:
    answer = await send(link(said(response(result=result("roaming", "no partners")))), message)
    assert (getattr(answer, empty), answer.reason) == ((), Reason(code="roaming", text="no partners"))


@pytest.mark.parametrize(
    ("code", "refused", "receipt"),
    [
        ("ok", (), (True, ())),
        ("partly", ("DEABC0001",), (False, ("DEABC0001",))),
        ("partly", (), (False, ())),
        ("ok", ("DEABC0001",), (False, ("DEABC0001",))),
        ("invalid-id", (), (False, ())),
        ("roaming", (), (False, ())),
    ],
)
async def test_a_single_cdr_is_taken_or_not(code: str, refused: tuple[str, ...], receipt: tuple[Any, ...]) -> None:
    reply = wire.AddCdrsResponse(result=result(code), implausible_cdrs_array=refused)
    answer = await send(link(said(reply)), m.SubmitCdr(cdr=BILL))
    assert (answer.accepted, answer.refused) == receipt


async def test_refused_cdrs_of_a_batch_are_named_as_the_caller_names_them() -> None:
    odd = replace(BILL, id="cdr-7")
    name = str(write_cdr_id(odd))
    hub = link(said(wire.AddCdrsResponse(result=result("partly"), implausible_cdrs_array=(name,))))
    answer = await send(hub, m.SubmitCdrs(cdrs=(BILL, odd)))
    assert (answer.accepted, answer.refused) == (True, ("cdr-7",))
    assert [info.cdr_id for info in sent(hub, wire.AddCdrsRequest).cdr_info_array] == ["DEABC0001", name]


async def test_a_cdr_with_an_unknown_place_is_not_sent() -> None:
    hub = link()
    with pytest.raises(Invalid) as raised:
        await send(
            hub, m.SubmitCdr(cdr=replace(BILL, place=None, token=replace(CARD, contract_id=None), currency=None))
        )
    assert {finding.pointer.rpartition("/")[2] for finding in raised.value.findings} == {
        "contractId",
        "chargePointAddress",
        "chargePointType",
        "connectorType",
        "currency",
    }
    assert hub.asked == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": CdrStatus.APPROVED}, "status"),
        ({"end": datetime(2026, 3, 1, 9, tzinfo=BERLIN)}, "order"),
        ({"charging_end": datetime(2026, 3, 1, 13, tzinfo=BERLIN)}, "order"),
        ({"rated": False}, "missing"),
        ({"total_cost": None}, "missing"),
        ({"total_cost": Price(excl_vat=Decimal(5))}, "missing"),
    ],
)
async def test_an_implausible_cdr_is_not_sent(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as raised:
        await send(link(), m.SubmitCdr(cdr=replace(BILL, **changes)))
    assert code in {finding.code for finding in raised.value.findings}


# --- as EMSP -----------------------------------------------------------------------------------------------------


async def test_a_published_token_gets_an_end_of_validity() -> None:
    hub = link(said(wire.SetRoamingAuthorisationListResponse(result=result("ok"))), token_validity_days=10)
    await send(hub, m.PublishTokens(tokens=(CARD,)))
    record = sent(hub, wire.SetRoamingAuthorisationListRequest).roaming_authorisation_info_array[0]
    assert record.expiry_date == hub.moment + timedelta(days=10)


@pytest.mark.parametrize("card", [replace(CARD, hashed_by=HashAlgorithm.MD5), replace(CARD, type=TokenType.OTHER)])
async def test_a_token_that_ochp_cannot_say_is_not_sent_as_another(card: Token) -> None:
    with pytest.raises(Invalid):
        await send(link(), m.PublishTokens(tokens=(card,)))


async def test_statuses_past_their_ttl_are_unknown() -> None:
    statuses = (
        wire.EvseStatus(
            evse_id="DE*ABC*E1", major="available", minor="available", ttl=datetime(2026, 1, 15, 11, tzinfo=UTC)
        ),
        wire.EvseStatus(
            evse_id="DE*ABC*E2", major="available", minor="available", ttl=datetime(2026, 1, 15, 13, tzinfo=UTC)
        ),
    )
    answer = await send(link(said(wire.GetStatusResponse(evse=statuses))), m.FetchStatuses())
    assert [report.status for report in answer.statuses] == [EvseStatus.UNKNOWN, EvseStatus.AVAILABLE]


async def test_an_empty_status_answer_says_that_nothing_is_new() -> None:
    assert await send(link(said(wire.GetStatusResponse())), m.FetchStatuses()) == m.Statuses()


async def test_a_result_that_the_status_answer_should_not_have_is_read() -> None:
    body = said(wire.GetStatusResponse()).body.replace(
        b"></GetStatusResponse>",
        b"><result><resultCode><resultCode>server</resultCode></resultCode></result></GetStatusResponse>",
    )
    with pytest.raises(Refused, match="server"):
        await send(link(HttpResponse(body=body)), m.FetchStatuses())


# --- collecting --------------------------------------------------------------------------------------------------


async def _waiting(*cdrs: Cdr) -> HttpResponse:
    hub = link(said(wire.AddCdrsResponse(result=result("ok"))))
    await send(hub, m.SubmitCdrs(cdrs=cdrs))
    infos = sent(hub, wire.AddCdrsRequest).cdr_info_array
    return said(wire.GetCdrsResponse(result=result("ok"), cdr_info_array=infos))


async def test_a_cdr_that_the_backend_fails_at_holds_up_no_other_and_nothing_is_confirmed_here() -> None:
    cdrs = [replace(BILL, id=f"DEABC000{number}") for number in (1, 2, 3)]
    hub = link(await _waiting(*cdrs))
    backend = Recorder([m.CdrReceipt(accepted=True), BackendFailed("database"), m.CdrReceipt(accepted=False)])
    with pytest.raises(BackendFailed):
        await collect_cdrs(hub, backend)
    asked = [question.cdr.id for question in backend.asked if isinstance(question, m.SubmitCdr) and question.cdr]
    assert asked == [cdr.id for cdr in cdrs]
    assert len(hub.asked) == 1


async def test_nothing_is_confirmed_where_nothing_waits() -> None:
    hub = link(said(wire.GetCdrsResponse(result=result("ok"))))
    assert await collect_cdrs(hub, Recorder()) is None
    assert len(hub.asked) == 1
