"""Our own endpoint as the settings say it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.errors import Invalid, Unauthenticated, Unsupported
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.model.ids import ContractId
from gateway.model.messages import PublishEndpoints
from gateway.ports import Connection
from gateway_ochp import adapter, wire
from gateway_ochp.direct import endpoints as direct
from gateway_ochp.direct.offering import faults
from gateway_ochp.direct.rotation import upload_now
from gateway_ochp.sends_endpoints import publish_endpoints
from tests.support.days import OPERATOR, PROVIDER, Clock, House, Way

DAY = date(2026, 1, 15)
CONTRACT = direct.contract_key(ContractId.parse("DE-8AA-CA2B3C4D5-N"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def endpoint(**values: Any) -> DirectEndpoint:
    one = DirectEndpoint(
        role=Role.CPO, url="https://one.example", version=wire.NAMESPACE, token="t", day=DAY, allow=("DEABCE%",)
    )
    return replace(one, **values)


# --- settings --------------------------------------------------------------------------------------------------------


def with_options(connection: Connection, **options: Any) -> Connection:
    return replace(connection, options={**connection.options, **options})


@pytest.mark.parametrize(
    ("connection", "pointer", "words"),
    [
        (with_options(OPERATOR, ochp_direct="yes"), "/options/ochp_direct", "true or false"),
        (with_options(OPERATOR, ochp_direct_url=""), "/options/ochp_direct_url", "at which address"),
        (with_options(OPERATOR, ochp_direct_url="http://x.example"), "/options/ochp_direct_url", "https only"),
        (with_options(OPERATOR, ochp_direct_url="https://" + "x" * 255), "/options/ochp_direct_url", "255"),
        (with_options(OPERATOR, ochp_direct_allow="DE823E%"), "/options/ochp_direct_allow", "a list"),
        (with_options(OPERATOR, ochp_direct_allow=["DE*823*E%"]), "/options/ochp_direct_allow/0", "DE823E%"),
        (with_options(OPERATOR, ochp_direct_deny=["DE823E1%", 7]), "/options/ochp_direct_deny/1", "7 is no"),
        (with_options(PROVIDER, ochp_direct_allow=["DE8AA0%"]), "/options/ochp_direct_allow/0", "the letter C"),
        (replace(OPERATOR, urls={"service": "https://x.example"}), "/urls/direct", "exchanges endpoints"),
    ],
)
async def test_settings_that_do_not_do(connection: Connection, pointer: str, words: str) -> None:
    (fault,) = faults(connection)
    assert (fault.pointer, words in fault.text) == (pointer, True)


async def test_settings_that_do() -> None:
    local = replace(with_options(OPERATOR, ochp_direct_url="http://127.0.0.1:1/c"), insecure_loopback=True)
    off = with_options(OPERATOR, ochp_direct=False, ochp_direct_url="nonsense")
    assert [list(faults(one)) for one in (OPERATOR, PROVIDER, local, off)] == [[]] * 4


async def test_wrong_settings_upload_nothing() -> None:
    way = Way(House(), Clock(), with_options(OPERATOR, ochp_direct_url="http://x.example"))
    with pytest.raises(Invalid, match="https only"):
        await upload_now(way)
    assert way.house.asked == []


@pytest.mark.parametrize(
    ("connection", "allow"),
    [
        (OPERATOR, ("DEABCE%", "NLXYZE%")),
        (replace(OPERATOR, operators=()), ("DEABCE%",)),
        (PROVIDER, ("DE8AAC%",)),
        (with_options(PROVIDER, ochp_direct_allow=["DE8ABCA2%"]), ("DE8ABCA2%",)),
    ],
)
async def test_what_our_endpoint_is_for(connection: Connection, allow: tuple[str, ...]) -> None:
    way = Way(House(), Clock(), connection)
    await upload_now(way)
    assert [one.allow for one in await way.endpoints.taken()] == [allow] * 2


async def test_no_address_without_tls_is_uploaded_but_on_one_machine() -> None:
    message = PublishEndpoints(endpoints=(endpoint(url="http://127.0.0.1:8080/clearing"),))
    way = Way(House(), Clock())
    with pytest.raises(Invalid, match="no https address"):
        await publish_endpoints(way, message)
    local = replace(way, connection=replace(OPERATOR, insecure_loopback=True))
    assert (await publish_endpoints(local, message)).accepted is True
    assert way.house.asked == ["AddServiceEndpointsRequest"]


def test_a_stranger_is_asked_for_its_pair_and_told_nothing() -> None:
    reply = adapter.refuse(OPERATOR, HttpRequest(), Unauthenticated("the receiver's token is none of ours"))
    assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Basic realm="OCHPdirect"')
    assert b"not authorised" in reply.body
    assert b"token" not in reply.body
    assert adapter.refuse(OPERATOR, HttpRequest(), Unsupported("no")).status == 500
