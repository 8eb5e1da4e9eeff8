"""The simulated hub: its rules, against our own sends and against requests that break them."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import GatewayError, NoAnswer, Refused
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import CalibrationLaw, EvseStatus
from gateway.model.session import SessionIds
from gateway.ports import Call, Connection
from gateway.routing import find
from gateway.simulation import Desk, world
from gateway.wire import document, encode
from gateway.wire.json import json_text, parse_json
from gateway_oicp import adapter
from gateway_oicp.forms import CHARGE_DETAIL_RECORD, PUSH_DATA
from gateway_oicp.sends import SENDS
from gateway_oicp.simulator.hub import OicpHub
from gateway_oicp.simulator.replies import reference
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, SECOND, SESSION, ack, at, json_reply, place, record
from tests.support import FakeLink, Recorder

CONFIG: dict[str, Any] = {
    "push_hold_seconds": 0,
    "partners": [
        {"id": "NL*LON", "operators": ["DE*LON"], "url": "http://cpo"},
        {"id": "DE-8EO", "role": "EMSP"},
        {"id": "DE*ABC"},
    ],
}


class Stage:
    """A hub, the requests that it sent to its partners, and what they answer."""

    def __init__(self, config: Mapping[str, Any] = CONFIG, now: datetime | None = None) -> None:
        self.asked: list[tuple[str, HttpRequest]] = []
        self.answers: list[HttpResponse | Exception] = []
        self.ids = 0
        self.hub = OicpHub(Desk(world(config), self._call, lambda: now or at(12), self._id))

    def _id(self) -> str:
        self.ids += 1
        return f"00000000-0000-4000-8000-{self.ids:012}"

    async def _call(self, url: str, request: HttpRequest) -> HttpResponse:
        self.asked.append((url, request))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def send(self, message: m.Message[Any], connection: Connection = CPO) -> Any:
        return await SENDS[type(message)](Link(connection, self.hub), message)

    async def code(self, message: m.Message[Any], connection: Connection = CPO) -> str:
        with pytest.raises(Refused) as caught:
            await self.send(message, connection)
        return caught.value.code

    async def post(self, path: str, tree: Any) -> tuple[int, Any]:
        content = tree if isinstance(tree, bytes) else json_text(tree).encode()
        reply = await self.hub.handle(HttpRequest(path=path, body=content))
        assert reply.headers["process-id"]
        return reply.status, parse_json(reply.body)

    async def authorized(self, **more: Any) -> m.Authorization:
        return await self.send(m.AuthorizeToken(token=CARD, evse=EVSE, session=SessionIds(cpo="CPO-1"), **more))


@dataclass
class Link:
    connection: Connection
    hub: OicpHub

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return await self.hub.handle(request)

    def now(self) -> datetime:
        return at(12)

    def new_id(self) -> str:
        return SESSION


def push(*places: Any, action: m.PushAction = m.PushAction.INSERT) -> m.PublishEvses:
    return m.PublishEvses(action=action, locations=places)


def status(*evses: EvseId, action: m.PushAction = m.PushAction.UPDATE) -> m.PublishStatuses:
    reports = tuple(m.EvseStatusReport(evse=evse, status=EvseStatus.AVAILABLE) for evse in evses)
    return m.PublishStatuses(action=action, statuses=reports)


def cdr(session: str | None, **more: Any) -> m.SubmitCdr:
    return m.SubmitCdr(cdr=record(session=SessionIds(hub=session, cpo="CPO-1"), **more))


# --- partners ----------------------------------------------------------------------------------------------------


async def test_a_partner_is_known_by_its_registered_spelling_only() -> None:
    stage = Stage()
    assert await stage.code(push(place()), replace(CPO, party=PartyId.parse("NLLON"))) == "300"
    assert await stage.code(status(EVSE), replace(CPO, party=PartyId.parse("FR*XYZ"))) == "300"
    assert (await stage.send(push(place()))).accepted is True


async def test_in_an_open_world_the_first_call_registers() -> None:
    stage = Stage({"push_hold_seconds": 0})
    assert (await stage.send(push(place()))).accepted is True
    assert stage.hub.state()["partners"] == [{"id": "NL*LON", "role": "CPO"}]
    assert await stage.code(push(place()), replace(CPO, party=PartyId.parse("NLLON"))) == "300"
    assert await stage.code(push(place(SECOND))) == "018"


async def test_the_body_must_name_the_partner_of_the_path() -> None:
    tree = document(PUSH_DATA.write(replace(push(place()), operator=PartyId.parse("DE*ABC"), operator_name="A")))
    code, answer = await Stage().post("/api/oicp/evsepush/v23/operators/NL%2ALON/data-records", tree)
    assert (code, answer["StatusCode"]["Code"]) == (401, "017")


async def test_a_provider_cannot_act_as_an_operator() -> None:
    code, answer = await Stage().post("/api/oicp/evsepush/v23/operators/DE-8EO/data-records", {})
    assert (code, answer["StatusCode"]["Code"]) == (401, "017")


async def test_a_wrong_path_is_no_service() -> None:
    code, answer = await Stage().post("/api/oicp/evsepush/v99/operators/NL*LON/data-records", {})
    assert (code, answer["StatusCode"]["Code"]) == (404, "001")
    assert answer["StatusCode"]["AdditionalInfo"].startswith("OICP service not found for URI: /api/oicp/evsepush/v99")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"null", b"{}"])
async def test_a_broken_schema_is_a_fault(content: bytes) -> None:
    code, answer = await Stage().post("/evsepush/v21/operators/NL*LON/status-records", content)
    assert (code, answer["message"]) == (400, "Error parsing/validating JSON.")
    assert answer["validationErrors"]


async def test_a_fault_names_the_field_in_lower_camel_case() -> None:
    hub_told = push(place(hotline="030 1234"))
    tree = document(PUSH_DATA.write(replace(hub_told, operator=PartyId.parse("NL*LON"), operator_name="L")))
    _, answer = await Stage().post("/evsepush/v23/operators/NL*LON/data-records", tree)
    assert [one["fieldReference"] for one in answer["validationErrors"]] == [
        "operatorEvseData.evseDataRecord[0].hotlinePhoneNumber"
    ]
    assert reference("/CPOPartnerSessionID") == "cpoPartnerSessionID"
    assert reference("/Identification/RFIDMifareFamilyIdentification/UID") == (
        "identification.rfidMifareFamilyIdentification.uid"
    )


# --- EVSE data ---------------------------------------------------------------------------------------------------


async def test_an_evse_of_a_stranger_or_given_twice_is_inconsistent() -> None:
    stage = Stage()
    assert await stage.code(push(place(EvseId.parse("DE*ABC*E1")))) == "018"
    tree = document(PUSH_DATA.write(replace(push(place(), place(SECOND)), operator=PartyId.parse("NL*LON"))))
    tree["OperatorEvseData"]["OperatorName"] = "L"
    tree["OperatorEvseData"]["EvseDataRecord"][1]["EvseID"] = "NLLONE111111"
    code, answer = await stage.post("/evsepush/v23/operators/NL*LON/data-records", tree)
    assert (code, answer["StatusCode"]["Code"]) == (200, "018")
    assert stage.hub.state()["evses"] == {}


async def test_both_operators_of_a_partner_stand_under_one_connection() -> None:
    stage = Stage()
    await stage.send(push(place(), place(SECOND)))
    assert list(stage.hub.state()["evses"]) == ["NL*LON*E1111*11", "DE*LON*E2222*1"]


async def test_insert_wants_new_and_update_known_records_or_nothing_is_done() -> None:
    stage = Stage()
    assert await stage.code(push(place(), action=m.PushAction.UPDATE)) == "009"
    await stage.send(push(place()))
    assert await stage.code(push(place(), place(SECOND))) == "009"
    assert await stage.code(push(place(), place(SECOND), action=m.PushAction.UPDATE)) == "009"
    assert list(stage.hub.state()["evses"]) == ["NL*LON*E1111*11"]


async def test_a_full_load_replaces_everything_and_delete_takes_away() -> None:
    stage = Stage()
    await stage.send(push(place()))
    await stage.send(status(EVSE))
    await stage.send(push(place(SECOND), action=m.PushAction.REPLACE_ALL))
    assert (list(stage.hub.state()["evses"]), stage.hub.state()["statuses"]) == (["DE*LON*E2222*1"], {})
    await stage.send(push(place(SECOND), action=m.PushAction.DELETE))
    assert stage.hub.state()["evses"] == {}
    await stage.send(push(place()))
    await stage.send(push(action=m.PushAction.REPLACE_ALL))
    assert stage.hub.state()["evses"] == {}


async def test_parallel_pushes_of_one_kind_disturb_each_other() -> None:
    stage = Stage({**CONFIG, "push_hold_seconds": 0.02})
    outcomes = await asyncio.gather(
        stage.send(push(place())), stage.send(push(place(SECOND))), stage.send(status(EVSE)), return_exceptions=True
    )
    assert [getattr(one, "code", one) if isinstance(one, Exception) else "taken" for one in outcomes][:2] == [
        "taken",
        "009",
    ]
    assert isinstance(outcomes[2], m.Publication)
    assert (await stage.send(push(place(SECOND)))).accepted is True


async def test_a_status_needs_a_record() -> None:
    stage = Stage()
    await stage.send(push(place()))
    answer = await stage.send(status(EVSE, SECOND))
    assert [refusal.evse for refusal in answer.refused] == [SECOND]
    assert stage.hub.state()["statuses"] == {"NL*LON*E1111*11": "Available"}


async def test_evses_of_the_world_are_known_without_a_push() -> None:
    stage = Stage({**CONFIG, "evses": ["NL*LON*E1111*11"]})
    assert (await stage.send(status(EVSE))).refused == ()
    await stage.send(status(EVSE, action=m.PushAction.DELETE))
    assert stage.hub.state()["statuses"] == {}


async def test_pages_of_records_and_statuses_are_pulled() -> None:
    stage = Stage()
    await stage.send(push(place(), place(SECOND)))
    await stage.send(status(EVSE, SECOND, action=m.PushAction.REPLACE_ALL))
    emp = replace(EMP, options={"page_size": 1})
    found = await stage.send(m.FetchEvses(), emp)
    assert [(location.evses[0].evse_id, str(location.operator)) for location in found.locations] == [
        (SECOND, "DE*LON"),
        (EVSE, "NL*LON"),
    ]
    assert [len((await stage.send(m.FetchEvses(countries=(c,)), emp)).locations) for c in ("NLD", "DEU")] == [2, 0]
    statuses = await stage.send(m.FetchStatuses(status=EvseStatus.AVAILABLE), emp)
    assert [one.evse for one in statuses.statuses] == [EVSE, SECOND]


async def test_changes_are_pulled_with_what_was_deleted() -> None:
    stage = Stage()
    await stage.send(push(place(), place(SECOND)))
    await stage.send(push(place(SECOND), action=m.PushAction.DELETE))
    changed = await stage.send(m.FetchEvses(since=at(11)), EMP)
    assert [(one.evses[0].evse_id, one.evses[0].status) for one in changed.locations] == [
        (SECOND, EvseStatus.REMOVED),
        (EVSE, None),
    ]
    assert (await stage.send(m.FetchEvses(since=at(12)), EMP)).locations == ()


# --- sessions ----------------------------------------------------------------------------------------------------


async def test_a_known_card_opens_a_session_also_where_the_evse_is_unknown() -> None:
    stage = Stage()
    answer = await stage.authorized()
    assert (answer.allowed, str(answer.provider)) == (m.Allowed.ALLOWED, "DE-8EO")
    session = stage.hub.state()["sessions"][answer.session.hub]
    assert (session["status"], session["evse_known"], session["operator"]) == ("OPEN", False, "NL*LON")


@pytest.mark.parametrize(
    ("uid", "allowed"),
    [("04DEADBEEF0001", m.Allowed.BLOCKED), ("04FFFFFFFFFFFF", m.Allowed.UNKNOWN_TOKEN)],
)
async def test_a_refused_card_leaves_no_session(uid: str, allowed: m.Allowed) -> None:
    stage = Stage()
    answer = await stage.send(m.AuthorizeToken(token=replace(CARD, uid=uid), evse=EVSE))
    assert (answer.allowed, answer.session.hub, stage.hub.state()["sessions"]) == (allowed, None, {})


async def test_without_a_contract_nobody_charges() -> None:
    stage = Stage({**CONFIG, "contracts": [{"cpo": "DE*ABC", "emsp": "DE-8EO"}]})
    assert (await stage.authorized()).allowed is m.Allowed.EXPIRED


EMP_CONFIG: dict[str, Any] = {
    **CONFIG,
    "partners": [CONFIG["partners"][0], {"id": "DE-8EO", "role": "EMSP", "url": "http://emp"}],
    "cards": [],
}


async def test_a_provider_that_can_be_reached_decides() -> None:
    stage = Stage(EMP_CONFIG)
    backend = Recorder([m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(emsp="E-7"))])
    stage.hub._desk.call = Gatewayed(EMP, backend).call
    answer = await stage.authorized()
    assert (answer.allowed, str(answer.provider)) == (m.Allowed.ALLOWED, "DE-8EO")
    assert answer.session == SessionIds(hub=next(iter(stage.hub.state()["sessions"])), cpo="CPO-1", emsp="E-7")
    (asked,) = backend.asked
    assert isinstance(asked, m.AuthorizeToken)
    assert (asked.token, asked.session.hub) == (CARD, answer.session.hub)


@dataclass
class Gatewayed:
    """A partner that is one of our own connections."""

    connection: Connection
    backend: Recorder

    async def call(self, url: str, request: HttpRequest) -> HttpResponse:
        try:
            await adapter.admit(FakeLink(self.connection), request)
            route, parameters = find(adapter.routes, request, self.connection.role)
            link = FakeLink(self.connection)
            return await route.answer(Call(self.connection, request, self.backend, link, parameters))
        except GatewayError as error:
            return adapter.refuse(self.connection, request, error)


@pytest.mark.parametrize("answer", [NoAnswer("slow"), json_reply({}), HttpResponse(status=500, body=b"<html>")])
async def test_a_provider_that_keeps_silent_counts_as_a_no(answer: HttpResponse | Exception) -> None:
    stage = Stage(EMP_CONFIG)
    stage.answers = [answer]
    assert (await stage.authorized()).allowed is m.Allowed.UNKNOWN_TOKEN
    assert stage.hub.state()["sessions"] == {}


async def test_a_session_is_stopped_by_the_medium_that_began_it() -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    stop = m.AuthorizeStop(token=CARD, evse=EVSE, session=SessionIds(hub=name))
    assert (await stage.send(stop)).allowed is m.Allowed.ALLOWED
    other = replace(stop, token=replace(CARD, uid="04B1C2D3E4F590"))
    assert (await stage.send(other)).allowed is m.Allowed.NOT_ALLOWED
    unknown = await stage.send(replace(stop, session=SessionIds(hub=SESSION)))
    assert (unknown.allowed, unknown.reason.code) == (m.Allowed.NOT_ALLOWED, "400")


# --- charge detail records ---------------------------------------------------------------------------------------


async def test_a_session_takes_one_record_and_is_closed() -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    assert (await stage.send(cdr(name))).accepted is True
    assert stage.hub.state()["sessions"][name]["status"] == "CLOSED"
    with pytest.raises(Refused, match="Session found but status is not valid CLOSED!") as caught:
        await stage.send(cdr(name))
    assert caught.value.code == "400"
    (kept,) = stage.hub.state()["cdrs"]
    assert (kept["session"], kept["record"]["ConsumedEnergy"], kept["forwarded"]) == (name, 12.25, False)


async def test_a_record_of_no_session_or_of_somebody_elses_is_invalid() -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    assert await stage.code(cdr(SESSION)) == "400"
    stranger = replace(CPO, party=PartyId.parse("DE*ABC"), operators=())
    assert await stage.code(cdr(name, evse=EvseId.parse("DE*ABC*E1")), stranger) == "400"
    assert await stage.code(cdr(name, evse=EvseId.parse("DE*ABC*E1"))) == "018"


@pytest.mark.parametrize(
    "change",
    [
        {"end": at(13)},
        {"energy_kwh": Decimal(1001), "meter_end_kwh": None},
        {"charging_end": at(10, 1)},
        {"meter_end_kwh": Decimal(1)},
        {"energy_kwh": Decimal(-1), "meter_end_kwh": None},
        {"energy_kwh": Decimal(5)},
    ],
)
async def test_an_implausible_record_is_a_data_error_and_the_session_stays_open(change: dict[str, Any]) -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    content = encode(CHARGE_DETAIL_RECORD.write(cdr(name, **change)))
    code, answer = await stage.post("/cdrmgmt/v22/operators/NL*LON/charge-detail-record", content)
    assert (code, answer["Result"], answer["StatusCode"]["Code"]) == (200, False, "022")
    assert stage.hub.state()["sessions"][name]["status"] == "OPEN"


async def test_a_record_that_breaks_the_schema_is_a_fault() -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    tree = {**document(CHARGE_DETAIL_RECORD.write(cdr(name))), "ConsumedEnergy": None}
    code, answer = await stage.post("/cdrmgmt/v22/operators/NL*LON/charge-detail-record", tree)
    assert (code, [one["fieldReference"] for one in answer["validationErrors"]]) == (400, ["consumedEnergy"])


async def test_an_evse_under_calibration_law_demands_signed_values() -> None:
    stage = Stage()
    evse = replace(place().evses[0], calibration_law=CalibrationLaw.EXTERNAL)
    await stage.send(push(place(evses=(evse,))))
    name = (await stage.authorized()).session.hub
    assert await stage.code(cdr(name)) == "022"


async def test_a_signed_end_value_alone_is_refused() -> None:
    stage = Stage()
    name = (await stage.authorized()).session.hub
    signed = {
        "SignedMeteringValues": [{"SignedMeteringValue": "E", "MeteringStatus": "End"}],
        "CalibrationLawVerificationInfo": {"PublicKey": "K"},
    }
    tree = {**document(CHARGE_DETAIL_RECORD.write(cdr(name))), **signed}
    path = "/cdrmgmt/v22/operators/NL*LON/charge-detail-record"
    _, answer = await stage.post(path, tree)
    assert answer["StatusCode"] == {
        "Code": "022",
        "AdditionalInfo": "a signed end value needs the start value beside it",
    }
    tree["SignedMeteringValues"].insert(0, {"SignedMeteringValue": "B", "MeteringStatus": "Start"})
    assert (await stage.post(path, tree))[1]["Result"] is True


async def test_a_page_number_without_end_is_none() -> None:
    query = "page=" + "9" * 5000
    asked = {"ProviderID": "DE-8EO", "GeoCoordinatesResponseFormat": "Google"}
    path = "/evsepull/v23/providers/DE-8EO/data-records"
    reply = await Stage().hub.handle(HttpRequest(path=path, query=query, body=json_text(asked).encode()))
    assert (reply.status, parse_json(reply.body)["number"]) == (200, 0)


async def test_a_record_is_passed_on_to_a_provider_with_an_address() -> None:
    stage = Stage(EMP_CONFIG)
    backend = Recorder([m.Authorization(allowed=m.Allowed.ALLOWED), m.CdrReceipt(accepted=True)])
    stage.hub._desk.call = Gatewayed(EMP, backend).call
    name = (await stage.authorized()).session.hub
    await stage.send(cdr(name))
    asked = backend.asked[1]
    assert isinstance(asked, m.SubmitCdr)
    assert asked.cdr is not None
    assert asked.cdr.energy_kwh == Decimal("12.25")
    assert stage.hub.state()["cdrs"][0]["forwarded"] is True


# --- remote start and stop ---------------------------------------------------------------------------------------


async def test_a_provider_starts_and_stops_at_an_operator() -> None:
    stage = Stage()
    backend = Recorder(
        [
            m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="CPO-5")),
            m.CommandResult(status=m.CommandStatus.ACCEPTED),
        ]
    )
    stage.hub._desk.call = Gatewayed(CPO, backend).call
    started = await stage.send(m.StartSession(token=APP, evse=EVSE, session=SessionIds(emsp="E-1")), EMP)
    assert (started.status, started.session.cpo) == (m.CommandStatus.ACCEPTED, "CPO-5")
    ids = SessionIds(hub=started.session.hub)
    assert (await stage.send(m.StopSession(evse=EVSE, session=ids), EMP)).status is m.CommandStatus.ACCEPTED
    assert [type(one) for one in backend.asked] == [m.StartSession, m.StopSession]
    await stage.send(cdr(ids.hub))
    closed = await stage.send(m.StopSession(evse=EVSE, session=ids), EMP)
    assert closed.status is m.CommandStatus.UNKNOWN_SESSION


@pytest.mark.parametrize(
    ("answer", "code"),
    [(json_reply(ack("510")), "510"), (NoAnswer("slow"), "310"), (json_reply([]), "310")],
)
async def test_a_start_that_comes_to_nothing_leaves_no_session(answer: HttpResponse | Exception, code: str) -> None:
    stage = Stage()
    stage.answers = [answer]
    outcome = await stage.hub.remote_start({"evse": "NL*LON*E1111*11", "token": "DE-8EO-CA2B3C4D5-6"})
    assert (outcome["result"], outcome["session"], outcome["answer"]["code"]) == (False, None, code)
    assert stage.hub.state()["sessions"] == {}


async def test_the_hub_can_be_told_to_start_and_stop() -> None:
    stage = Stage()
    stage.answers = [json_reply(ack(CPOPartnerSessionID="CPO-1")), json_reply(ack())]
    started = await stage.hub.remote_start({"evse": "NL*LON*E1111*11", "token": "04A2B3C4D5E680", "provider": "DE-8EO"})
    assert started["result"] is True
    stopped = await stage.hub.remote_stop({"session": started["session"]})
    assert stopped == {"result": True, "session": started["session"], "answer": {"code": "000", "text": ""}}
    (url, start), (_, stop) = stage.asked
    assert (url, start.path) == ("http://cpo", "/api/oicp/charging/v21/providers/DE-8EO/authorize-remote/start")
    assert parse_json(start.body) == {
        "ProviderID": "DE-8EO",
        "EvseID": "NL*LON*E1111*11",
        "Identification": {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}},
        "SessionID": started["session"],
    }
    assert parse_json(stop.body) == {
        "CPOPartnerSessionID": "CPO-1",
        "SessionID": started["session"],
        "ProviderID": "DE-8EO",
        "EvseID": "NL*LON*E1111*11",
    }


async def test_an_unknown_session_cannot_be_stopped() -> None:
    outcome = await Stage().hub.remote_stop({"session": SESSION})
    assert (outcome["result"], outcome["answer"]["code"]) == (False, "400")


async def test_only_known_and_released_evses_can_be_started() -> None:
    stage = Stage()
    await stage.send(push(place(evses=(replace(place().evses[0], hub_compatible=False),))))
    for evse, code in (("NL*LON*E1111*11", "604"), ("NL*LON*E9", "603"), ("FR*XYZ*E1", "603"), ("x", "603")):
        outcome = await stage.hub.remote_start({"evse": evse, "token": "04A2B3C4D5E680"})
        assert (outcome["result"], outcome["answer"]["code"]) == (False, code)


async def test_the_state_is_plain_json_and_goes_with_a_reset() -> None:
    stage = Stage()
    await stage.send(push(place()))
    name = (await stage.authorized()).session.hub
    await stage.send(cdr(name))
    assert json.loads(json.dumps(stage.hub.state())) == stage.hub.state()
    stage.hub.reset()
    assert {key: stage.hub.state()[key] for key in ("evses", "sessions", "cdrs")} == {
        "evses": {},
        "sessions": {},
        "cdrs": [],
    }


async def test_a_card_of_another_provider_without_an_address_is_decided_by_the_world() -> None:
    config = {**EMP_CONFIG, "cards": [{"uid": "04B1C2D3E4F590", "provider": "NL-GWE"}]}
    stage = Stage(config)
    answer = await stage.send(m.AuthorizeToken(token=replace(CARD, uid="04B1C2D3E4F590"), evse=EVSE))
    assert (answer.allowed, answer.provider) == (m.Allowed.ALLOWED, PartyId.parse("NL-GWE"))
