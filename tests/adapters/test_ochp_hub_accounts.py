"""Accounts at the simulated clearing house: users and passwords, whose ids are whose, who sees whom, the door."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.wire.soap import SOAP_11, enveloped, sealed
from gateway.wire.wsse import UsernameToken
from gateway.wire.wsse import written as security
from gateway_ochp import adapter, wire
from gateway_ochp.forms import WRITES
from tests.adapters.ochp_hub import PASSWORDS, TWO_ACCOUNTS, House, code, envelope, read
from tests.adapters.test_ochp_sends import BILL
from tests.adapters.test_ochp_simulator import published

PATH = "/service/ochp/v1.4"


def places(*evses: str, whole: bool = False) -> Any:
    message = published(*evses, action=m.PushAction.REPLACE_ALL if whole else m.PushAction.UPDATE)
    return WRITES[m.PublishEvses](message)[0].model


def bill(**changes: Any) -> Any:
    info = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=BILL))[0].model.cdr_info_array[0]  # type: ignore[attr-defined]
    return replace(info, **changes)


async def seen(house: House, user: str) -> list[str | None]:
    answer = await house.ask(wire.GetChargePointListRequest(), wire.GetChargePointListResponse, user)
    return [info.evse_id for info in answer.charge_point_info_array]


# --- users -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("user", "password"), [("cpo", "two"), ("demo", "one"), ("", ""), ("nobody", "")])
async def test_a_password_belongs_to_its_user(user: str, password: str) -> None:
    body = sealed(SOAP_11, wire.GetCdrsRequest(), security(UsernameToken(user, password)))
    assert code(read(await House(TWO_ACCOUNTS).post(PATH, body), wire.GetCdrsResponse)) == "not-authorized"


async def test_an_older_platform_says_it_by_a_fault() -> None:
    house = House({**TWO_ACCOUNTS, "settings": {"credentials": "fault"}})
    reply = await house.post(PATH, sealed(SOAP_11, wire.GetCdrsRequest()))
    fault = [str(part) for part in envelope(reply).child.itertext()]
    denied = "The security token could not be authenticated or authorized"
    assert (reply.status, fault) == (500, ["wsse:FailedAuthentication", denied])


async def test_a_locked_partner_is_nobody() -> None:
    locked = {**TWO_ACCOUNTS, "partners": [{**TWO_ACCOUNTS["partners"][0], "locked": True}]}
    body = sealed(SOAP_11, wire.CheckCdrsRequest(), security(UsernameToken("cpo", "one")))
    assert code(read(await House(locked).post(PATH, body), wire.CheckCdrsResponse)) == "not-authorized"


# --- ids ---------------------------------------------------------------------------------------------------------


async def test_a_set_replaces_all_that_the_account_has_sent_and_nothing_else() -> None:
    house = House(TWO_ACCOUNTS)
    for user, evses in (("cpo", ("DE*ABC*E1", "DE*ABD*E1")), ("other", ("NL*XYZ*E1",))):
        assert code(await house.ask(places(*evses), wire.UpdateChargePointListResponse, user)) == "ok"
    assert code(await house.ask(places("DE*ABC*E2", whole=True), wire.SetChargePointListResponse, "cpo")) == "ok"
    assert await seen(house, "emp") == ["NL*XYZ*E1", "DE*ABC*E2"]


async def test_the_ids_of_another_account_are_refused() -> None:
    house = House(TWO_ACCOUNTS)
    answer = await house.ask(places("DE*ABC*E1", "NL*XYZ*E1"), wire.UpdateChargePointListResponse, "cpo")
    assert (code(answer), [info.evse_id for info in answer.refused_charge_point_info]) == ("partly", ["NL*XYZ*E1"])
    nothing = await house.ask(places("NL*XYZ*E1"), wire.UpdateChargePointListResponse, "emp")
    assert code(nothing) == "invalid-id"


@pytest.mark.parametrize(
    ("request_", "kind", "user"),
    [
        (wire.GetChargePointListRequest(), wire.GetChargePointListResponse, "cpo"),
        (wire.GetRoamingAuthorisationListRequest(), wire.GetRoamingAuthorisationListResponse, "emp"),
        (wire.GetTariffUpdatesRequest(), wire.GetTariffUpdatesResponse, "cpo"),
        (wire.GetCdrsRequest(), wire.GetCdrsResponse, "cpo"),
        (wire.CheckCdrsRequest(), wire.CheckCdrsResponse, "emp"),
        (wire.GetServiceEndpointsRequest(), wire.GetServiceEndpointsResponse, "pso"),
    ],
    ids=lambda value: getattr(value, "element", value),
)
async def test_a_user_without_a_partner_of_the_role_has_no_roaming(request_: Any, kind: Any, user: str) -> None:
    assert code(await House(TWO_ACCOUNTS).ask(request_, kind, user)) == "roaming"


# --- relations ---------------------------------------------------------------------------------------------------


async def test_only_who_is_related_sees_the_list_and_only_what_the_relation_is_about() -> None:
    contracts = [
        {"cpo": "DE*ABC", "emsp": "DE-8EO"},
        {"cpo": "NL*XYZ", "emsp": "NL-GWE", "services": ["CDRs"]},
    ]
    house = House({**TWO_ACCOUNTS, "contracts": contracts})
    for user, evse in (("cpo", "DE*ABC*E1"), ("other", "NL*XYZ*E1")):
        await house.ask(places(evse), wire.UpdateChargePointListResponse, user)
    assert await seen(house, "emp") == ["DE*ABC*E1"]
    assert await seen(house, "emp2") == []


async def test_each_sees_its_own_cdrs() -> None:
    house = House(TWO_ACCOUNTS)
    request = wire.AddCdrsRequest(cdr_info_array=(bill(),))
    assert code(await house.ask(request, wire.AddCdrsResponse, "other")) == "partly"
    assert code(await house.ask(request, wire.AddCdrsResponse, "cpo")) == "ok"
    held = {
        user: len((await house.ask(wire.GetCdrsRequest(), wire.GetCdrsResponse, user)).cdr_info_array)
        for user in ("emp", "emp2")
    }
    assert held == {"emp": 1, "emp2": 0}
    name = wire.CdrName(cdr_id=bill().cdr_id, evse_id=bill().evse_id)
    declined = wire.ConfirmCdrsRequest(declined=(name,))
    assert code(await house.ask(declined, wire.ConfirmCdrsResponse, "emp2")) == "invalid-id"
    assert code(await house.ask(declined, wire.ConfirmCdrsResponse, "emp")) == "ok"
    found = {
        user: len((await house.ask(wire.CheckCdrsRequest(), wire.CheckCdrsResponse, user)).cdr_info_array)
        for user in ("cpo", "other")
    }
    assert found == {"cpo": 1, "other": 0}


# --- the door ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (enveloped(SOAP_11, "<a/><b/>"), "found 2 in 1"),
        (
            b'<!DOCTYPE a [<!ENTITY b "c">]>' + sealed(SOAP_11, wire.GetCdrsRequest()).partition(b"\n")[2],
            "document type",
        ),
        (sealed(SOAP_11, wire.GetCdrsRequest())[:-20], "not XML"),
    ],
)
async def test_what_is_no_message_meets_a_fault(body: bytes, words: str) -> None:
    reply = await House().post(PATH, body)
    assert (reply.status, envelope(reply).operation) == (500, "Fault")
    assert words in reply.body.decode()


async def test_a_request_in_chunks_is_refused_where_the_world_says_so() -> None:
    house = House({"settings": {"chunked": "refuse"}})
    body = sealed(SOAP_11, wire.GetCdrsRequest(), security(UsernameToken("demo", "demo")))
    assert (await house.post(PATH, body, transfer_encoding="chunked")).status == 411
    assert (await house.post(PATH, body)).status == 200
    assert (await House().post(PATH, body, transfer_encoding="chunked")).status == 200


async def test_a_release_has_its_own_address_namespace_and_actions() -> None:
    house = House()
    body = sealed(SOAP_11, wire.GetCdrsRequest(), security(UsernameToken("demo", PASSWORDS["demo"])))
    newer = body.replace(b'"http://ochp.eu/1.4"', b'"http://ochp.eu/1.4.1"')
    reply = await house.post("/service/ochp/v1.4.1", newer, soapaction="http://ochp.eu/1.4.1/GetCDRs")
    assert envelope(reply).child.tag == "{http://ochp.eu/1.4.1}GetCDRsResponse"
    for path, sent, action in (
        (PATH, newer, ""),
        ("/service/ochp/v1.4.1", body, ""),
        ("/service/ochp/v1.4.1", newer, "http://ochp.eu/1.4/GetCDRs"),
        ("/service/ochp/v1.3", body, ""),
    ):
        assert envelope(await house.post(path, sent, soapaction=action)).operation == "Fault"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"second": "x"}, "/settings/second: unknown; known are second_cdr"),
        ({"duplicates": "keep"}, '\'keep\' is not "ignore" or "refuse"'),
        ({"keep_days": -1}, "a number of days"),
        ({"endpoint_hours": 1}, "true or false"),
        ({"address": "hub.example"}, "a web address"),
    ],
)
def test_a_wrong_setting_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        House({"settings": settings})


async def test_the_state_masks_contracts_and_tokens() -> None:
    house = House()
    await house.ask(wire.AddCdrsRequest(cdr_info_array=(bill(),)), wire.AddCdrsResponse)
    shown = str(house.hub.state())
    assert ("DEABC0001" in shown, "04A2B3C4D5E680" in shown, "DE-8EO-CA2B3C4D5-6" in shown) == (True, False, False)
