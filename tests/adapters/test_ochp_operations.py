"""Every row of the operation table over real HTTP, in both roles.

Our gateway asks the simulated clearing house, the hub's test partner and another gateway's connection; partners ask our
gateway. The simulators are asked by our gateway, and the test partner asks it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Operation
from gateway.scenario import CPO
from gateway.scenarios import Line, Stand, played, simulated
from gateway.wire.soap import SOAP_11, opened
from gateway.wire.xml import local_name
from gateway_ochp.operations import CLEARING_HOUSE, OPERATIONS, PARTNERS
from gateway_ochp.scenarios import PLAYBOOK, outcome
from tests.support import CONFORMANCE, needs_conformance

OURS = str(PLAYBOOK.cast.evse)
TAKEN = ("ok", "partly")


class Heard:
    """(who asks, operation) → how many were answered with ok; for GetStatus and discrepancies, that an answer came."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.told: list[Mapping[str, Any]] = []
        self.written: list[bytes] = []

    def saw(self, asker: str, request: HttpRequest, response: HttpResponse | None) -> None:
        self.written += [request.body, *([response.body] if response is not None else [])]
        if response is not None and outcome(response.body, response.status)[0] in TAKEN:
            self.counts[asker, named(request)] += 1


def named(request: HttpRequest) -> str:
    """By the action, which is how the table tells apart what shares an element."""
    action = request.headers["soapaction"].strip('"')
    element = local_name(opened(request.body, SOAP_11, trusted=True).child)
    (found,) = {
        operation.name
        for operation in OPERATIONS
        if operation.action == action and operation.request is not None and operation.request.element == element
    }
    return found


@pytest.fixture(scope="module")
def run() -> tuple[list[Line], Heard]:
    return asyncio.run(_played())


async def _played() -> tuple[list[Line], Heard]:
    heard = Heard()
    async with simulated("eclearing", PLAYBOOK) as stand:
        handle = stand.gateway.inward.handle

        async def noted(name: str, request: HttpRequest) -> HttpResponse:
            reply = await handle(name, request)
            heard.saw("partner", request, reply)
            return reply

        stand.gateway.inward.handle = noted  # type: ignore[method-assign]
        lines = []
        async for line in played(stand, PLAYBOOK.scenarios):
            lines.append(line)
            for one in stand.exchanged:
                heard.saw("gateway", one.request, one.response)
        await _asked_by_the_test_partner(stand, heard)
    return lines, heard


async def _asked_by_the_test_partner(stand: Stand, heard: Heard) -> None:
    """The simulator is directed as a person would: by its control API."""
    base = stand.gateway.hub(CPO).connection.urls["service"].removesuffix("/service/ochp/v1.4")
    async with httpx.AsyncClient(trust_env=False, base_url=base) as client:

        async def act(operation: str, **wish: Any) -> Mapping[str, Any]:
            reply = await client.post("/_simulator/act", json={"operation": operation, **wish})
            told: Mapping[str, Any] = {"operation": operation, **reply.json()}
            heard.told.append(told)
            return told

        session = (await act("SelectEvse", evse=OURS, minutes=10))["session"]
        await act("ControlEvse", session=session, do="start", max_power=11)
        await act("InformProviderCPO", session=session)
        await act("ControlEvse", session=session, do="change", max_energy=5)
        await act("ControlEvse", session=session, do="end")
        await act("ReleaseEvse", session=session)
        await act("GetEvseStatus", evses=[OURS])
        await act("ReportDiscrepancy", evse=OURS, report="no light")
        heard.told.append((await client.post("/_simulator/play")).json())


def test_every_scenario_passes(run: tuple[list[Line], Heard]) -> None:
    lines, _ = run
    assert [(line.scenario, line.step, line.code, line.note) for line in lines if line.verdict != "passed"] == []
    assert {line.scenario for line in lines} == {scenario.name for scenario in PLAYBOOK.scenarios}


def test_the_table_has_the_26_operations() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS) == 26


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_our_gateway_asks_it_and_is_answered(run: tuple[list[Line], Heard], operation: Operation) -> None:
    assert run[1].counts["gateway", operation.name] > 0


@pytest.mark.parametrize("operation", PARTNERS, ids=lambda operation: operation.name)
def test_our_gateway_serves_it(run: tuple[list[Line], Heard], operation: Operation) -> None:
    assert run[1].counts["partner", operation.name] > 0


@needs_conformance
def test_every_message_of_both_sides_is_valid(run: tuple[list[Line], Heard]) -> None:
    """But for addresses: on one machine partners speak without TLS, which the schema demands."""
    schema = etree.XMLSchema(etree.parse(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd"))
    wrong: Counter[str] = Counter()
    for body in (written.replace(b">http://127.0.0.1:", b">https://127.0.0.1:") for written in run[1].written):
        child = opened(body, SOAP_11, trusted=True).child
        if not schema.validate(etree.fromstring(etree.tostring(child))):
            wrong[f"{local_name(child)}: {schema.error_log.last_error}"] += 1
    assert (len(run[1].written) > 200, wrong) == (True, Counter())


def test_the_clearing_house_calls_nobody(run: tuple[list[Line], Heard]) -> None:
    asked = {name for asker, name in run[1].counts if asker == "partner"}
    assert asked.isdisjoint(operation.name for operation in CLEARING_HOUSE)


def test_the_test_partner_is_served_as_it_asks(run: tuple[list[Line], Heard]) -> None:
    *acts, _ = run[1].told
    assert [(told["operation"], told["answer"]["code"]) for told in acts] == [
        ("SelectEvse", "ok"),
        ("ControlEvse", "ok"),
        ("InformProviderCPO", "ok"),
        ("ControlEvse", "ok"),
        ("ControlEvse", "ok"),
        ("ReleaseEvse", "ok"),
        ("GetEvseStatus", "ok"),
        ("ReportDiscrepancy", "ok"),
    ]


def test_what_the_test_operator_told_was_taken(run: tuple[list[Line], Heard]) -> None:
    played = run[1].told[-1]
    messages = [line["line"].partition(" of ")[0] for line in played["lines"]]
    assert [line["line"] for line in played["lines"] if not line["passed"]] == []
    assert {"AddCDRs", "InformProviderEMP start", "InformProviderEMP change", "InformProviderEMP end"} <= set(messages)
