"""The release of OCHP belongs to a connection: what is written in it, and what is read in spite of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.errors import Invalid, Refused, Unsupported
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import CdrStatus
from gateway.model.common import Role
from gateway.model.kinds import AuthenticationMethod, ConnectorType, EvseStatus, ParkingRestriction
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_11, enveloped, opened
from gateway_ochp import adapter, wire
from gateway_ochp.operations import OPERATIONS
from gateway_ochp.profile import setting
from gateway_ochp.versions import CURRENT, RELEASES, path_of, release_of
from tests.adapters.test_ochp_sends import CARD, CONNECTION, EVSE, PLACE, link, result, said, send
from tests.support import FakeLink

NEWER, OLDER = "http://ochp.eu/1.4.1", "http://ochp.eu/1.3"
EMSP = replace(CONNECTION, role=Role.EMSP)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def asked(hub: FakeLink) -> etree._Element:
    return opened(hub.asked[-1].body).child


def namespaces(element: etree._Element) -> set[str | None]:
    return {etree.QName(part).namespace for part in element.iter("*")}


def in_release(namespace: str, body: bytes) -> HttpResponse:
    changed = body.replace(wire.NAMESPACE.encode(), namespace.encode())
    return HttpResponse(headers={"content-type": "text/xml"}, body=changed)


def emsp(*replies: HttpResponse | Exception, **options: Any) -> FakeLink:
    return FakeLink(replace(EMSP, options=options), list(replies))


# --- the table ---------------------------------------------------------------------------------------------------


def test_the_table_of_releases() -> None:
    assert [(one.name, one.namespace, one.path, one.is_written) for one in RELEASES.values()] == [
        ("1.2", "http://ochp.eu/1.2", "/ochp/v1.2", False),
        ("1.3", "http://ochp.eu/1.3", "/ochp/v1.3", False),
        ("1.4", "http://ochp.eu/1.4", "/ochp/v1.4", True),
        ("1.4.1", "http://ochp.eu/1.4.1", "/ochp/v1.4.1", True),
    ]
    assert (RELEASES[CURRENT].namespace, release_of(None)) == (wire.NAMESPACE, RELEASES[CURRENT])


def test_only_the_actions_of_the_main_service_bear_the_release() -> None:
    newer = {operation.name: RELEASES["1.4.1"].action(operation) for operation in OPERATIONS}
    current = {operation.name: RELEASES[CURRENT].action(operation) for operation in OPERATIONS}
    assert current == {operation.name: operation.action for operation in OPERATIONS}
    assert newer["SetChargepointList"] == "http://ochp.eu/1.4.1/SetChargepointList"
    assert newer["UpdateStatus"] == "http://ochp.e-clearing.net/service/UpdateStatus"
    assert newer["AddServiceEndpoints"] == "http://ochp.eu/direct/0.2/AddServiceEndpoints"
    assert sum(action.startswith(NEWER) for action in newer.values()) == 15


def test_the_published_addresses_are_those_of_the_table() -> None:
    published = adapter.profiles["eclearing"].published_urls
    assert all(url.endswith(f"/{service}{RELEASES[CURRENT].path}") for service, url in published.items())


@pytest.mark.parametrize(
    ("urls", "path"),
    [
        ({}, ""),
        ({"service": "https://hub.example/service/ochp/v1.4.1"}, ""),
        ({"": "https://hub.example"}, "/ochp/v1.4.1"),
    ],
)
def test_a_connection_that_names_the_hub_alone_gets_the_path_of_its_release(urls: dict[str, str], path: str) -> None:
    connection = replace(CONNECTION, urls=urls, options={"version": "1.4.1"})
    assert path_of(connection, "service") == path


def test_an_unknown_release_is_refused_where_it_is_set() -> None:
    with pytest.raises(Invalid) as error:
        release_of(replace(CONNECTION, options={"version": "2.0"}))
    text = "/connections/clearing/options/version: no OCHP 2.0; known are 1.2, 1.3, 1.4, 1.4.1"
    assert str(error.value) == text
    assert error.value.findings[0].code == "setting"


# --- written -----------------------------------------------------------------------------------------------------


async def test_a_request_of_1_4_1_is_in_its_namespace_and_under_its_action() -> None:
    hub = link(in_release(NEWER, said(wire.UpdateChargePointListResponse(result=result("ok"))).body), version="1.4.1")
    answer = await send(hub, m.PublishEvses(locations=(PLACE,), action=m.PushAction.UPDATE))
    assert (answer.accepted, namespaces(asked(hub))) == (True, {NEWER})
    assert hub.asked[0].headers["soapaction"] == '"http://ochp.eu/1.4.1/UpdateChargePointList"'


async def test_the_live_action_is_the_same_in_1_4_1() -> None:
    hub = link(in_release(NEWER, said(wire.UpdateStatusResponse(result=result("ok"))).body), version="1.4.1")
    await send(hub, m.PublishStatuses(statuses=(m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING),)))
    assert hub.asked[0].headers["soapaction"] == '"http://ochp.e-clearing.net/service/UpdateStatus"'
    assert namespaces(asked(hub)) == {NEWER}


def words(element: etree._Element) -> Sequence[str | None]:
    return [part.text for part in element.iter("{*}PermissionsType")]


@pytest.mark.parametrize(
    ("options", "permissions"), [({}, ["AC", "DC"]), ({"permissions": ["AC", "CNG"]}, ["AC", "CNG"])]
)
async def test_a_token_of_1_4_1_says_what_it_may_pay_for(options: dict[str, Any], permissions: list[str]) -> None:
    hub = emsp(said(wire.SetRoamingAuthorisationListResponse(result=result("ok"))), version="1.4.1", **options)
    tokens = (replace(CARD, expires=LATER, visual_number="8EO 0042"),)
    await adapter.sends[m.PublishTokens](hub, m.PublishTokens(action=m.PushAction.REPLACE_ALL, tokens=tokens))
    record = asked(hub)[0]
    assert [etree.QName(part).localname for part in record] == [
        "EmtId", "contractId", *["permissions"] * len(permissions), "printedNumber", "expiryDate",
    ]  # fmt: skip
    assert (words(record), namespaces(record)) == (permissions, {NEWER})


async def test_a_permission_that_1_4_1_lacks_stops_the_list() -> None:
    hub = emsp(version="1.4.1", permissions=["Coal"])
    tokens = (replace(CARD, expires=LATER),)
    with pytest.raises(Invalid, match="permissions: Coal is none of the known values"):
        await adapter.sends[m.PublishTokens](hub, m.PublishTokens(tokens=tokens))
    assert hub.asked == []


async def test_a_token_that_came_with_permissions_keeps_them() -> None:
    record = (
        "<roamingAuthorisationInfoArray><EmtId representation='plain'><instance>04A2B3C4D5E680</instance>"
        "<tokenType>rfid</tokenType></EmtId><contractId>DE-8EO-C00000001</contractId>"
        "<permissions><PermissionsType>H2</PermissionsType></permissions>"
        "<expiryDate><DateTime>2027-01-01T00:00:00Z</DateTime></expiryDate></roamingAuthorisationInfoArray>"
    )
    came = f"<SetRoamingAuthorisationListRequest xmlns='{NEWER}'>{record}</SetRoamingAuthorisationListRequest>"
    message = read(came)
    for version, kept in (("1.4.1", ["H2"]), ("1.4", [])):
        hub = emsp(said(wire.SetRoamingAuthorisationListResponse(result=result("ok"))), version=version)
        await adapter.sends[m.PublishTokens](hub, message)
        assert words(asked(hub)) == kept


async def test_1_4_has_no_permissions() -> None:
    hub = emsp(said(wire.SetRoamingAuthorisationListResponse(result=result("ok"))))
    await adapter.sends[m.PublishTokens](hub, m.PublishTokens(tokens=(replace(CARD, expires=LATER),)))
    assert (words(asked(hub)), namespaces(asked(hub))) == ([], {wire.NAMESPACE})
    assert setting(EMSP, "version") == "1.4"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
async def test_nothing_is_written_in_an_older_release(version: str) -> None:
    hub = emsp(version=version)
    with pytest.raises(Unsupported) as error:
        await adapter.sends[m.FetchEvses](hub, m.FetchEvses())
    text = str(error.value)
    assert text.startswith(f"OCHP {version} is read but not written here (addresses and hours stand elsewhere")
    assert text.endswith("option version to one of 1.4 and 1.4.1, as the hub has switched the account")
    assert hub.asked == []


# --- read --------------------------------------------------------------------------------------------------------

POINT = "<evseId>DE*ABC*E100*1</evseId><locationId>HAFEN 01</locationId><locationName>Hafen</locationName>"


def answer_of(namespace: str, inner: str) -> HttpResponse:
    ok = "<result><resultCode><resultCode>ok</resultCode></resultCode><resultDescription/></result>"
    text = f"<GetChargePointListResponse xmlns='{namespace}'>{ok}{inner}</GetChargePointListResponse>"
    return HttpResponse(headers={"content-type": "text/xml"}, body=enveloped(SOAP_11, text))


def logs(caplog: pytest.LogCaptureFixture) -> Sequence[Any]:
    return [record.msg for record in caplog.records]


@pytest.mark.parametrize(("version", "namespace"), [("1.4", NEWER), ("1.4", OLDER), ("1.4.1", wire.NAMESPACE)])
async def test_an_answer_in_another_release_is_read_and_reported(
    version: str, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    hub = emsp(answer_of(namespace, f"<chargePointInfoArray>{POINT}</chargePointInfoArray>"), version=version)
    answer = await adapter.sends[m.FetchEvses](hub, m.FetchEvses())
    assert [str(evse.evse_id) for place in answer.locations for evse in place.evses] == ["DE*ABC*E100*1"]
    release, expected = namespace.rpartition("/")[2], RELEASES[version].namespace
    assert [(log["connection"], log["counts"], log["first"]) for log in logs(caplog)] == [
        (
            "clearing",
            {"repaired": 1},
            [f"/GetChargePointListResponse: the namespace {namespace} is of OCHP {release}, not {expected}"],
        )
    ]


async def test_an_answer_in_the_release_of_the_connection_is_nothing_to_report(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub = emsp(answer_of(NEWER, f"<chargePointInfoArray>{POINT}</chargePointInfoArray>"), version="1.4.1")
    answer = await adapter.sends[m.FetchEvses](hub, m.FetchEvses())
    assert (len(answer.locations), logs(caplog)) == (1, [])


@pytest.mark.parametrize("code", ["other", "missing", "range"])
async def test_a_result_code_of_an_older_release_is_a_failure(code: str) -> None:
    failure = in_release(OLDER, said(wire.GetChargePointListResponse(result=result(code, "no"))).body)
    with pytest.raises(Refused, match=code):
        await adapter.sends[m.FetchEvses](emsp(failure), m.FetchEvses())


def read(text: str) -> Any:
    found = adapter.identify(text.encode(), "")
    return found.form.read(decode_document(found.form.wire, found.document).model)


def test_what_1_4_1_has_beside_1_4_is_kept() -> None:
    """Fuels have no place in the model; their words and the metering stay with the record."""
    record = (
        "<chargePointInfoArray><evseId>DE*ABC*E100*1</evseId><connectors><connectorStandard><ConnectorStandard>CNG"
        "</ConnectorStandard></connectorStandard><connectorFormat><ConnectorFormat>Nozzle</ConnectorFormat>"
        "</connectorFormat></connectors><chargePointType>CNG</chargePointType><meteringInfo><meteringType>local"
        "</meteringType></meteringInfo></chargePointInfoArray>"
    )
    place = read(f"<UpdateChargePointListRequest xmlns='{NEWER}'>{record}</UpdateChargePointListRequest>").locations[0]
    plug = place.evses[0].connectors[0]
    assert (plug.standard, plug.format, plug.wire_standard, plug.power_type) == (None, None, "CNG", None)
    kept = {one.pointer: str(one.received) for one in place.extensions["ochp"]}
    assert "local" in kept["/meteringInfo[1]"]
    assert "CNG" in kept["/chargePointType[1]"]


def test_a_kind_of_token_of_1_4_1_is_kept() -> None:
    token = "<instance>A1</instance><tokenType>other</tokenType>"
    name = "GetSingleRoamingAuthorisationRequest"
    message = read(f"<{name} xmlns='{NEWER}'><emtId>{token}</emtId></{name}>")
    assert (message.token.uid, message.token.type) == ("A1", None)
    assert {one.pointer for one in message.extensions["ochp"]} == {
        "/emtId[1]/tokenType[1]",
        "/emtId[1]/@representation",
    }


ADDRESS = "<houseNumber>7</houseNumber><address>Lindenallee</address><city>Musterstadt</city><country>DEU</country>"


def test_a_charge_point_of_1_3_is_read_from_where_its_parts_stand() -> None:
    record = (
        f"<evseId>DE*ABC*E100*1</evseId><geoLocation><lat>53.500000</lat><lon>10.000000</lon></geoLocation>{ADDRESS}"
        "<operatingTimes><twentyfourseven>true</twentyfourseven></operatingTimes><parkingSlotNumber>12</parkingSlotNumber>"
        "<floorLevel>-2</floorLevel><parkingRestriction><ParkingRestrictionType>evonly</ParkingRestrictionType>"
        "</parkingRestriction><authMethods><AuthMethodType>RfidCallypso</AuthMethodType></authMethods><connectors>"
        "<connectorStandard><ConnectorStandard>IEC-62196-T2</ConnectorStandard></connectorStandard></connectors>"
    )
    name = "SetChargePointListRequest"
    place = read(f"<{name} xmlns='{OLDER}'><chargepointInfoArray>{record}</chargepointInfoArray></{name}>").locations[0]
    (evse,) = place.evses
    assert (place.address.street, place.address.house_number, place.address.city) == ("Lindenallee", "7", "Musterstadt")
    assert (place.coordinates.latitude, place.opening_times.twentyfourseven) == (Decimal("53.500000"), True)
    assert [(spot.number, spot.floor) for spot in evse.parking_spots] == [("12", "-2")]
    assert evse.parking_restrictions == (ParkingRestriction.EV_ONLY,)
    assert evse.authentication_methods == (AuthenticationMethod.RFID_CALYPSO,)
    assert evse.connectors[0].standard is ConnectorType.IEC_62196_T2


def test_a_cdr_of_1_3_is_read_from_where_its_parts_stand() -> None:
    record = (
        "<cdrId>0815</cdrId><evseId>DE*ABC*E100*1</evseId><liveAuthId>A1</liveAuthId>"
        f"<status><CdrStatusType>owner declined</CdrStatusType></status>{ADDRESS}"
    )
    (cdr,) = read(f"<AddCDRsRequest xmlns='{OLDER}'><cdrInfoArray>{record}</cdrInfoArray></AddCDRsRequest>").cdrs
    assert (cdr.id, cdr.status, cdr.place.address.city) == ("0815", CdrStatus.DECLINED, "Musterstadt")
    assert "A1" in {one.pointer: str(one.received) for one in cdr.extensions["ochp"]}["/liveAuthId[1]"]
