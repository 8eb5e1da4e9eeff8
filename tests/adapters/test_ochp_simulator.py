"""The simulated clearing house: rule-true, with a memory, and asked through our own sends."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.endpoints import Endpoints
from gateway.errors import Refused
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.model.token import HashAlgorithm, Token, TokenType
from gateway.ports import Connection, Credentials
from gateway.simulation import Desk, world
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, SOAP_12, opened, sealed
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway_ochp import adapter, wire
from gateway_ochp.simulator.hub import EclearingSimulator
from tests.adapters.test_ochp_sends import BILL, CARD, CONNECTION, PLACE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TWO_CPOS = {
    "partners": [
        {"id": "DE*ABC", "role": "CPO", "operators": ["DE*ABD"]},
        {"id": "NL*XYZ", "role": "CPO"},
        {"id": "DE-8EO", "role": "EMSP"},
    ]
}


async def nobody(_: str, __: HttpRequest) -> HttpResponse:
    raise AssertionError("the clearing house calls nobody")


@dataclass
class Clearing:
    """A link straight into a simulator, whose clock can be moved."""

    config: dict[str, Any] = field(default_factory=dict)
    moment: datetime = NOW
    user: tuple[str, str] = ("demo", "demo")
    endpoints: Endpoints = field(default_factory=Endpoints)

    def __post_init__(self) -> None:
        self.desk = Desk(world(self.config), nobody, lambda: self.moment)
        self.hub = EclearingSimulator(self.desk)

    @property
    def connection(self) -> Connection:
        name, password = self.user
        return replace(CONNECTION, credentials=Credentials(username=name, password=password))

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return await self.hub.handle(replace(request, path=f"/{request.service}/ochp/v1.4"))

    def now(self) -> datetime:
        return self.moment

    def new_id(self) -> str:
        return "1"

    async def send(self, message: m.Message[Any]) -> Any:
        return await adapter.sends[type(message)](self, message)

    async def post(self, body: bytes, path: str = "", **headers: str) -> HttpResponse:
        return await self.hub.handle(HttpRequest(path=path, body=body, headers=headers))


def asked(model: WireModel, password: str = "demo") -> bytes:
    return sealed(SOAP_11, model, security(UsernameToken("demo", password)))


def place(evse: str) -> Location:
    return replace(PLACE, evses=(replace(PLACE.evses[0], evse_id=EvseId.parse(evse)),))


def evse_ids(answer: m.Locations) -> list[str]:
    return [str(evse.evse_id) for location in answer.locations for evse in location.evses]


def published(*evses: str, action: m.PushAction = m.PushAction.UPDATE) -> m.PublishEvses:
    return m.PublishEvses(action=action, locations=tuple(map(place, evses)))


# --- at the door -------------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_said_in_the_operations_response() -> None:
    with pytest.raises(Refused, match="not-authorized: Wrong user name or password"):
        await Clearing(user=("demo", "wrong")).send(m.FetchCdrs())


async def test_get_status_says_it_by_a_fault_for_it_has_no_result() -> None:
    with pytest.raises(Refused, match="security token"):
        await Clearing(user=("demo", "wrong")).send(m.FetchStatuses())


@pytest.mark.parametrize(
    ("body", "path", "action", "text"),
    [
        (b"hello", "", "", "not XML"),
        (b"", "", "", "not XML"),
        (b"<GetCDRsRequest/>", "", "", "SOAP envelope is expected"),
        (sealed(SOAP_12, wire.GetCdrsRequest()), "", "", "SOAP 1.1 is expected"),
        (asked(wire.GetCdrsResponse(result=None)), "", "", "GetCDRsResponse is no request"),
        (asked(wire.GetStatusRequest()), "/service/ochp/v1.4", "", "GetStatus is not at /service"),
        (asked(wire.GetCdrsRequest()), "/live", "", "GetCDRs is not at /live"),
        (asked(wire.GetCdrsRequest()), "/elsewhere", "", "there is no service at /elsewhere"),
        (asked(wire.GetCdrsRequest()), "/service", '"http://ochp.eu/1.4/AddCDRs"', "does not match GetCDRs"),
        (asked(wire.GetCdrsRequest()).replace(b"ochp.eu/1.4", b"ochp.eu/1.3"), "", "", "no request of OCHP 1.4"),
    ],
)
async def test_what_is_no_ochp_meets_a_fault(body: bytes, path: str, action: str, text: str) -> None:
    reply = await Clearing().post(body, path, soapaction=action)
    fault = opened(reply.body, SOAP_11)
    assert (reply.status, fault.operation) == (500, "Fault")
    assert text in "".join(str(part) for part in fault.child.itertext())


async def test_who_has_no_endpoint_cannot_be_started_remotely() -> None:
    answer = await Clearing().hub.remote_start({"evse": "DE*ABC*E1"})
    assert (answer["result"], answer["answer"]["code"]) == ("refused", "no-endpoint")


# --- lists -------------------------------------------------------------------------------------------------------


async def test_a_set_replaces_and_an_update_adds() -> None:
    hub = Clearing()
    await hub.send(published("DE*ABC*E1", "DE*ABC*E2"))
    await hub.send(published("DE*ABC*E3"))
    assert evse_ids(await hub.send(m.FetchEvses())) == ["DE*ABC*E1", "DE*ABC*E2", "DE*ABC*E3"]
    await hub.send(published("DE*ABC*E2", action=m.PushAction.REPLACE_ALL))
    assert evse_ids(await hub.send(m.FetchEvses())) == ["DE*ABC*E2"]


async def test_a_set_replaces_only_what_the_partner_has_sent() -> None:
    hub = Clearing(TWO_CPOS)
    await hub.send(published("DE*ABC*E1", "DE*ABD*E1", "NL*XYZ*E1"))
    await hub.send(published("DE*ABC*E2", action=m.PushAction.REPLACE_ALL))
    assert evse_ids(await hub.send(m.FetchEvses())) == ["NL*XYZ*E1", "DE*ABC*E2"]


async def test_only_what_changed_since_is_in_a_delta() -> None:
    hub = Clearing()
    await hub.send(published("DE*ABC*E1"))
    hub.moment += timedelta(hours=1)
    await hub.send(published("DE*ABC*E2"))
    assert evse_ids(await hub.send(m.FetchEvses(since=NOW))) == ["DE*ABC*E2"]


async def test_a_foreign_evse_is_refused_and_the_others_are_in() -> None:
    hub = Clearing(TWO_CPOS)
    answer = await hub.send(published("DE*ABC*E1", "FR*AAA*E1"))
    assert (answer.reason.code, [str(refusal.evse) for refusal in answer.refused]) == ("partly", ["FR*AAA*E1"])
    assert evse_ids(await hub.send(m.FetchEvses())) == ["DE*ABC*E1"]
    nothing = await hub.send(published("FR*AAA*E1"))
    assert (nothing.accepted, nothing.reason.code) == (False, "invalid-id")


async def test_a_record_against_the_schema_is_refused_with_the_reason() -> None:
    hub = Clearing()
    await hub.send(published("DE*ABC*E1"))
    info = hub.hub._charge_points.register.records(NOW)[0]
    broken = [
        replace(info, evse_id="DE*ABC*E2", location_id="lower"),
        replace(info, evse_id="DE*ABC*E3", connectors=()),
    ]
    request = wire.UpdateChargePointListRequest(charge_point_info_array=(info, *broken))
    response = opened((await hub.post(asked(request))).body).child
    answer = decode_document(wire.UpdateChargePointListResponse, response).model
    assert answer.result is not None
    assert answer.result.result_code == "partly"
    assert [refused.evse_id for refused in answer.refused_charge_point_info] == ["DE*ABC*E2", "DE*ABC*E3"]
    assert "locationId: lower" in str(answer.result.result_description)


@pytest.mark.parametrize(
    "request_",
    [
        wire.SetChargePointListRequest(charge_point_info_array=()),
        wire.SetRoamingAuthorisationListRequest(roaming_authorisation_info_array=()),
        wire.AddCdrsRequest(cdr_info_array=()),
        wire.GetChargePointListUpdatesRequest(last_update=None),
        wire.GetCdrsRequest(cdr_status="new"),
        wire.CheckCdrsRequest(cdr_status="accepted"),
        wire.GetSingleRoamingAuthorisationRequest(emt_id=None),
    ],
    ids=lambda model: model.element,
)
async def test_an_empty_or_wrong_request_is_a_matter_of_format(request_: WireModel) -> None:
    answer = opened((await Clearing().post(asked(request_))).body).child
    assert [part.text for part in answer.iter("{*}resultCode")][-1] == "format"


async def test_who_has_no_relation_sees_nothing() -> None:
    hub = Clearing({**TWO_CPOS, "contracts": [{"cpo": "DE*ABC", "emsp": "DE-8EO"}], "cards": []})
    await hub.send(published("DE*ABC*E1", "NL*XYZ*E1"))
    assert evse_ids(await hub.send(m.FetchEvses())) == ["DE*ABC*E1"]
    nobody_yet = await hub.send(m.FetchTokens())
    assert (nobody_yet.tokens, nobody_yet.reason.code) == ((), "roaming")


# --- tokens ------------------------------------------------------------------------------------------------------


def hashed(uid: str) -> Token:
    digest = hashlib.sha1(uid.lower().encode()).hexdigest().upper()
    return Token(uid=digest, type=TokenType.RFID, hashed_by=HashAlgorithm.SHA1, contract_id=CARD.contract_id)


@pytest.mark.parametrize(
    ("listed", "shown", "allowed"),
    [
        (replace(CARD, uid="AABBCCDD"), "AABBCCDD", m.Allowed.ALLOWED),
        (replace(CARD, uid="AABBCCDD"), "aabbccdd", m.Allowed.ALLOWED),
        (hashed("AABBCCDD"), "AABBCCDD", m.Allowed.ALLOWED),
        (replace(CARD, uid="AABBCCDD"), "AABBCCDE", m.Allowed.UNKNOWN_TOKEN),
        (replace(CARD, uid="AABBCCDD", expires=NOW - timedelta(days=1)), "AABBCCDD", m.Allowed.UNKNOWN_TOKEN),
        (CARD, "04DEADBEEF0001", m.Allowed.UNKNOWN_TOKEN),
        (CARD, "04B1C2D3E4F590", m.Allowed.ALLOWED),
    ],
)
async def test_a_token_is_known_from_the_list_or_from_the_cards(listed: Token, shown: str, allowed: m.Allowed) -> None:
    hub = Clearing()
    assert (await hub.send(m.PublishTokens(tokens=(listed,)))).accepted
    answer = await hub.send(m.AuthorizeToken(token=Token(uid=shown, type=TokenType.RFID)))
    assert answer.allowed is allowed


async def test_the_list_of_tokens_has_the_uploaded_and_the_cards_that_may_charge() -> None:
    hub = Clearing()
    await hub.send(m.PublishTokens(tokens=(replace(CARD, uid="AABBCCDD"),)))
    answer = await hub.send(m.FetchTokens())
    assert [token.uid for token in answer.tokens] == ["AABBCCDD", "04A2B3C4D5E680", "04B1C2D3E4F590"]
    delta = await hub.send(m.FetchTokens(since=NOW - timedelta(hours=1)))
    assert [token.uid for token in delta.tokens] == ["AABBCCDD"]


# --- live --------------------------------------------------------------------------------------------------------


def report(evse: str, status: EvseStatus = EvseStatus.CHARGING, until: datetime | None = None) -> m.EvseStatusReport:
    return m.EvseStatusReport(evse=EvseId.parse(evse), status=status, until=until)


async def test_a_status_is_unknown_when_its_ttl_has_passed() -> None:
    hub = Clearing()
    reports = (report("DE*ABC*E1", until=NOW + timedelta(minutes=5)), report("DE*ABC*E2"))
    await hub.send(m.PublishStatuses(statuses=reports, until=NOW + timedelta(hours=1)))
    hub.moment += timedelta(minutes=30)
    answer = await hub.send(m.FetchStatuses())
    assert [entry.status for entry in answer.statuses] == [EvseStatus.UNKNOWN, EvseStatus.CHARGING]
    hub.moment += timedelta(hours=1)
    assert {entry.status for entry in (await hub.send(m.FetchStatuses())).statuses} == {EvseStatus.UNKNOWN}


async def test_statuses_are_asked_for_by_time_and_kind() -> None:
    hub = Clearing()
    parking = m.ParkingStatusReport(parking_id="DE*ABC*P1", status=EvseStatus.BLOCKED)
    await hub.send(m.PublishStatuses(statuses=(report("DE*ABC*E1"),), parking=(parking,)))
    assert (await hub.send(m.FetchStatuses(since=NOW))).statuses == ()
    assert (await hub.send(m.FetchStatuses(scope=m.StatusScope.PARKING))).parking == (parking,)
    combined = await hub.send(m.FetchStatuses(scope=m.StatusScope.COMBINED))
    assert [str(entry.evse) for entry in combined.statuses] == ["DE*ABC*E1"]


async def test_a_status_of_a_foreign_evse_keeps_all_out() -> None:
    hub = Clearing(TWO_CPOS)
    answer = await hub.send(m.PublishStatuses(statuses=(report("DE*ABC*E1"), report("FR*AAA*E1"))))
    assert (answer.accepted, answer.reason.code, answer.reason.text) == (
        False,
        "invalid-id",
        "not valid for this user: FR*AAA*E1",
    )
    assert (await hub.send(m.FetchStatuses())).statuses == ()


async def test_a_pair_that_must_not_be_sent_is_a_matter_of_format() -> None:
    entry = wire.EvseStatus(evse_id="DE*ABC*E1", major="available", minor="charging")
    reply = await Clearing().post(asked(wire.UpdateStatusRequest(evse=(entry,))))
    answer = decode_document(wire.UpdateStatusResponse, opened(reply.body).child).model
    assert answer.result is not None
    assert answer.result.result_code == "format"


# --- CDRs --------------------------------------------------------------------------------------------------------


async def states(hub: Clearing) -> dict[str, str]:
    return {cdr["id"]: cdr["status"] for cdr in hub.hub.state()["cdrs"]}


def with_status(status: CdrStatus, **changes: Any) -> m.SubmitCdr:
    return m.SubmitCdr(cdr=replace(BILL, status=status, **changes))


def settle(*, approved: bool, cdr: Cdr = BILL) -> m.ConfirmCdrs:
    names = (m.CdrReference(cdr_id=cdr.id, evse=cdr.evse),)
    return m.ConfirmCdrs(approved=names) if approved else m.ConfirmCdrs(declined=names)


async def test_the_life_of_a_cdr() -> None:
    hub = Clearing()
    assert (await hub.send(m.SubmitCdr(cdr=BILL))).accepted
    assert [cdr.status for cdr in (await hub.send(m.FetchCdrs())).cdrs] == [CdrStatus.ACCEPTED]
    assert (await hub.send(settle(approved=False))).accepted
    assert (await hub.send(m.FetchCdrs())).cdrs == ()
    assert [cdr.status for cdr in (await hub.send(m.CheckCdrs())).cdrs] == [CdrStatus.DECLINED]
    assert (await hub.send(with_status(CdrStatus.REVISED))).accepted
    assert [cdr.status for cdr in (await hub.send(m.FetchCdrs())).cdrs] == [CdrStatus.REVISED]
    assert (await hub.send(settle(approved=True))).accepted
    assert (await hub.send(settle(approved=True))).accepted
    assert await states(hub) == {"DEABC0001": "APPROVED"}
    assert [cdr.id for cdr in (await hub.send(m.FetchCdrs(status=CdrStatus.APPROVED))).cdrs] == ["DEABC0001"]


async def test_a_claim_can_be_given_up() -> None:
    hub = Clearing()
    await hub.send(m.SubmitCdr(cdr=BILL))
    assert (await hub.send(with_status(CdrStatus.REJECTED))).accepted
    assert (await hub.send(m.FetchCdrs())).cdrs == ()
    late = await hub.send(settle(approved=True))
    assert (late.accepted, late.reason.code) == (False, "invalid-id")


@pytest.mark.parametrize("status", [CdrStatus.REVISED, CdrStatus.REJECTED])
async def test_only_what_was_there_can_be_revised_or_given_up(status: CdrStatus) -> None:
    receipt = await Clearing().send(with_status(status))
    assert (receipt.accepted, receipt.refused) == (False, ("DEABC0001",))
    assert "was never accepted or declined" in receipt.reason.text


async def test_a_second_new_cdr_under_an_id_is_implausible() -> None:
    hub = Clearing()
    await hub.send(m.SubmitCdr(cdr=BILL))
    again = await hub.send(m.SubmitCdr(cdr=BILL))
    assert (again.accepted, again.refused) == (False, ("DEABC0001",))
    assert "is already here with the status accepted" in again.reason.text


async def test_a_second_new_cdr_is_taken_where_the_world_says_so() -> None:
    hub = Clearing({"settings": {"second_cdr": "accept"}})
    await hub.send(m.SubmitCdr(cdr=BILL))
    assert (await hub.send(m.SubmitCdr(cdr=replace(BILL, energy_kwh=Decimal(1))))).accepted
    assert [cdr["energy_kwh"] for cdr in hub.hub.state()["cdrs"]] == ["1"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"cdr_id": "NLXYZ0001"}, "does not begin with the id"),
        ({"currency": "COINS"}, "no currency"),
        ({"start_date_time": NOW + timedelta(days=1)}, "ends before it begins"),
        ({"total_cost": Decimal(5)}, "totalCost is 5"),
        ({"contract_id": "nobody"}, "contractId"),
        ({"status": "accepted"}, "cannot set the status accepted"),
        ({"evse_id": "FR*AAA*E1", "cdr_id": "FRAAA1"}, "evseId is not valid for this user"),
        ({"contract_id": "FR-BBB-C00000001"}, "no roaming relation"),
    ],
)
async def test_an_implausible_cdr_stays_with_the_sender(changes: dict[str, Any], text: str) -> None:
    hub = Clearing(TWO_CPOS)
    info = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=BILL))[0].model.cdr_info_array[0]  # type: ignore[attr-defined]
    broken, fine = replace(info, **changes), replace(info, cdr_id="DEABC0002")
    reply = await hub.post(asked(wire.AddCdrsRequest(cdr_info_array=(broken, fine))))
    answer = decode_document(wire.AddCdrsResponse, opened(reply.body).child).model
    assert answer.result is not None
    assert (answer.result.result_code, answer.implausible_cdrs_array) == ("partly", (broken.cdr_id,))
    assert text in str(answer.result.result_description)
    assert list(await states(hub)) == ["DEABC0002"]


async def test_without_an_agreement_there_is_no_clearing() -> None:
    hub = Clearing({"contracts": [{"cpo": "NL*XYZ", "emsp": "DE-8EO"}]})
    receipt = await hub.send(m.SubmitCdr(cdr=BILL))
    assert (receipt.accepted, "no roaming relation" in receipt.reason.text) == (False, True)


async def test_a_cdr_is_named_by_its_id_and_its_evse() -> None:
    hub = Clearing()
    await hub.send(m.SubmitCdr(cdr=BILL))
    elsewhere = replace(BILL, evse=EvseId.parse("DE*ABC*E999"))
    both = m.ConfirmCdrs(
        approved=(m.CdrReference(cdr_id=BILL.id, evse=EvseId.parse("DEABCE1001")),),
        declined=(m.CdrReference(cdr_id=elsewhere.id, evse=elsewhere.evse),),
    )
    answer = await hub.send(both)
    assert (answer.accepted, answer.reason.code) == (False, "partly")
    assert await states(hub) == {"DEABC0001": "APPROVED"}


async def test_the_state_can_be_shown_and_forgotten() -> None:
    hub = Clearing()
    await hub.send(published("DE*ABC*E1"))
    await hub.send(m.SubmitCdr(cdr=BILL))
    state = hub.hub.state()
    assert {name: len(entries) for name, entries in state.items()} == {
        "evses": 1,
        "statuses": 0,
        "parking": 0,
        "tokens": 0,
        "tariffs": 0,
        "cdrs": 1,
        "endpoints": 0,
        "sessions": 0,
        "discrepancies": 0,
    }
    hub.hub.reset()
    assert not any(hub.hub.state().values())
