"""Direct endpoints at the simulated clearing house, and who may call its test partner."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.http import HttpResponse
from gateway.wire import WireModel
from gateway_ochp import operations as op
from gateway_ochp import wire
from tests.adapters.ochp_hub import BEGAN, DAY, TODAY, TWO_ACCOUNTS, House, code, operator, provider, read

EVSE = "DE*TST*E1001"


def token(answer: wire.GetServiceEndpointsResponse, day: Any = TODAY) -> str:
    """The test operator's."""
    theirs = [one for one in answer.operator_endpoint_array if "hub.example" in str(one.url)]
    (found,) = [one for one in theirs if one.valid_date == day]
    return str(found.access_token)


# --- uploaded and given ------------------------------------------------------------------------------------------


async def test_endpoints_are_given_to_connected_partners_of_the_other_role() -> None:
    contracts = [{"cpo": "DE*ABC", "emsp": "DE-8EO"}]
    house = House({**TWO_ACCOUNTS, "contracts": contracts})
    assert await house.register(operator(), user="cpo") == "ok"
    assert await house.register(provider(), user="emp") == "ok"
    seen = {user: await house.endpoints(user) for user in ("cpo", "other", "emp", "emp2")}
    own = {
        user: [one.access_token for one in (*told.provider_endpoint_array, *told.operator_endpoint_array)]
        for user, told in seen.items()
    }
    assert {user: [one for one in tokens if str(one)[1] == "-"] for user, tokens in own.items()} == {
        "cpo": ["P-1"],
        "other": [],
        "emp": ["O-1"],
        "emp2": [],
    }


async def test_the_test_partner_is_at_the_addresses_of_the_specification() -> None:
    told = await House().endpoints()
    assert {(one.url, one.namespace_url) for one in told.operator_endpoint_array} == {
        ("https://hub.example/direct/operator/ochp/v1.4", wire.NAMESPACE)
    }
    assert {(one.url, one.whitelist) for one in told.provider_endpoint_array} == {
        ("https://hub.example/direct/provider/ochp/v1.4", ("DETSTC%",))
    }
    assert [one.valid_date for one in told.operator_endpoint_array] == [TODAY, TODAY + DAY]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (operator(url="http://cpo.example/direct"), "format"),
        (operator(url="http://127.0.0.1:8000/direct"), "ok"),
        (operator(day=TODAY - DAY), "format"),
        (operator(day=TODAY + 3 * DAY), "ok"),
        (provider(), "invalid-id"),
        (wire.OperatorEndpoint(
            url="https://a.example", namespace_url=wire.NAMESPACE, access_token="O", valid_date=TODAY,
            whitelist=("NLXYZE%",)), "invalid-id"),
        (wire.OperatorEndpoint(
            url="https://a.example", namespace_url=wire.NAMESPACE, access_token="O", valid_date=TODAY,
            whitelist=("DE*ABC*E%",)), "format"),
    ],
)  # fmt: skip
async def test_an_endpoint_has_to_be_of_the_user_of_a_day_to_come_and_in_form(endpoint: Any, expected: str) -> None:
    assert await House(TWO_ACCOUNTS).register(endpoint, user="cpo") == expected


async def test_a_token_belongs_to_one_endpoint_alone() -> None:
    house = House(TWO_ACCOUNTS)
    assert await house.register(operator("SAME"), user="cpo") == "ok"
    assert await house.register(operator("SAME"), user="cpo") == "ok", "the same again renews it"
    assert await house.register(provider("SAME"), user="emp") == "format"
    assert await house.register(operator("SAME", TODAY + DAY), user="cpo") == "format"
    assert await house.register(operator("NEW"), user="cpo") == "ok"
    assert await house.register(provider("SAME"), user="emp") == "ok"


async def test_the_hours_of_the_day_hold_where_the_world_says_so() -> None:
    house = House({**TWO_ACCOUNTS, "settings": {"endpoint_hours": True}})
    tomorrow = operator("O-2", TODAY + DAY)
    house.moment = datetime.fromisoformat("2026-03-01T11:59:00Z")
    assert await house.register(tomorrow, user="cpo") == "ok"
    given = [one.access_token for one in (await house.endpoints("emp")).operator_endpoint_array]
    assert "O-2" not in given
    house.moment = datetime.fromisoformat("2026-03-01T12:00:00Z")
    given = [one.access_token for one in (await house.endpoints("emp")).operator_endpoint_array]
    assert "O-2" in given
    assert await house.register(tomorrow, user="cpo") == "format"


# --- called ------------------------------------------------------------------------------------------------------


async def asked(house: House, pair: str, role: str = "operator") -> HttpResponse:
    request: WireModel = wire.DirectEvseStatusRequest(requested_evse_id=(EVSE,))
    return await house.direct(role, op.DIRECT_STATUS, request, pair)


async def test_the_pair_is_that_of_receiver_and_sender_of_one_day() -> None:
    house = House()
    await house.register(provider("P-1"), operator("O-1"))
    await house.register(provider("P-2", TODAY + DAY))
    today, tomorrow = token(await house.endpoints()), token(await house.endpoints(), TODAY + DAY)
    good = await asked(house, f"{today}:P-1")
    assert [one.major for one in read(good, wire.GetStatusResponse).evse] == ["available"]
    for pair in (
        f"P-1:{today}", f"{today}:O-1", f"{today}:{today}", f"{today}:", f":{today}", "", f"{today}:P-2",
        f"{tomorrow}:P-2", f"{today}:p-1",
    ):  # fmt: skip
        reply = await asked(house, pair)
        assert (reply.status, b"not authorised" in reply.body) == (401, True), pair


@pytest.mark.parametrize(
    ("moment", "pairs"),
    [
        ("2026-03-01T23:49:59Z", [True, False]),
        ("2026-03-01T23:50:00Z", [True, True]),
        ("2026-03-02T00:29:59Z", [True, True]),
        ("2026-03-02T00:30:00Z", [False, True]),
    ],
)
async def test_two_pairs_are_good_around_midnight(moment: str, pairs: list[bool]) -> None:
    house = House()
    await house.register(provider("P-1"))
    await house.register(provider("P-2", TODAY + DAY))
    told = await house.endpoints()
    house.moment = datetime.fromisoformat(moment)
    good = [
        (await asked(house, f"{token(told, day)}:{sender}")).status == 200
        for day, sender in ((TODAY, "P-1"), (TODAY + DAY, "P-2"))
    ]
    assert good == pairs


async def test_no_header_is_no_pair() -> None:
    house = House()
    reply = await house.post("/direct/operator/ochp/v1.4", (await asked(house, "a:b")).body)
    assert reply.status == 401
    for header in ("Basic !", "Bearer YTpi", "Basic"):
        assert (await house.post("/direct/provider/ochp/v1.4", reply.body, authorization=header)).status == 401


async def test_a_token_of_a_former_day_is_no_longer_given() -> None:
    house = House()
    await house.register(provider("P-1"))
    house.moment = BEGAN + DAY + timedelta(hours=1)
    told = await house.endpoints()
    assert "P-1" not in [one.access_token for one in told.provider_endpoint_array]
    assert code(told) == "ok"
