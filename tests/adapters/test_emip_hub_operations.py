"""Every row of the operation table over real HTTP, in the role that it names.

Our gateway asks the simulated IOP as an operator and as a provider; the simulated IOP asks our gateway, on behalf of
the other side and of the partners that it plays itself.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.scenario import CPO, EMP, ROLES
from gateway.scenarios import Line, Stand, played, simulated
from gateway.wire.soap import SOAP_12, opened
from gateway.wire.xml import local_name
from gateway_emip.operations import OPERATIONS
from gateway_emip.scenarios import PLAYBOOK, outcome
from tests.support import CONFORMANCE, needs_conformance


class Heard:
    """(operation, who asks, who answers) → how many were answered with status 1."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, Role, Role]] = Counter()
        self.by_played: Counter[str] = Counter()
        self.actions: set[tuple[str, str]] = set()
        self.told: list[Mapping[str, Any]] = []
        self.written: list[bytes] = []

    def saw(self, asker: Role, answerer: Role, request: HttpRequest, response: HttpResponse | None) -> None:
        if response is None:
            return
        self.written += [request.body, response.body]
        name = local_name(opened(request.body, SOAP_12, trusted=True).child).removesuffix("Request")
        self.actions.add((name, request.headers["content-type"].partition('action="')[2].strip('"')))
        if outcome(response.body, response.status)[0] == "1":
            self.counts[name, asker, answerer] += 1


@pytest.fixture(scope="module")
def run() -> tuple[list[Line], Heard]:
    return asyncio.run(_played())


async def _played() -> tuple[list[Line], Heard]:
    heard = Heard()
    async with simulated("gireve", PLAYBOOK) as stand:
        handle = stand.gateway.inward.handle

        async def noted(name: str, request: HttpRequest) -> HttpResponse:
            reply = await handle(name, request)
            heard.saw(Role.HUB, ROLES[name], request, reply)
            return reply

        stand.gateway.inward.handle = noted  # type: ignore[method-assign]
        lines = []
        async for line in played(stand, PLAYBOOK.scenarios):
            lines.append(line)
            for one in stand.exchanged:
                heard.saw(ROLES[line.by], Role.HUB, one.request, one.response)
        before = Counter(heard.counts)
        await _asked_by_played_partners(stand, heard)
        heard.by_played = Counter({name[0]: count for name, count in (heard.counts - before).items()})
    return lines, heard


async def _asked_by_played_partners(stand: Stand, heard: Heard) -> None:
    """The simulator is directed as a person would: by its control API."""
    cast = PLAYBOOK.cast
    async with httpx.AsyncClient(trust_env=False, base_url=stand.gateway.hub(CPO).connection.urls[""]) as client:

        async def act(path: str, **wish: Any) -> str:
            reply = await client.post(f"/_simulator/{path}", json=wish)
            heard.told.append({"path": path, **wish, **reply.json()})
            return str(reply.json().get("session"))

        wish = {"evse": str(cast.evse), "token": cast.contract.uid}
        session = await act("remote-start", **wish, intermediate=True)
        await act("remote-stop", session=session)
        session = await act("act", operation="GetServiceAuthorisation", evse=str(cast.second), token=cast.card.uid)
        await act("act", operation="SetSessionEventReport", session=session, event="END")


# --- the table ---------------------------------------------------------------------------------------------------


def test_the_table_has_the_18_operations() -> None:
    assert len({operation.name for operation in OPERATIONS}) == 18
    assert len({(operation.name, operation.sender) for operation in OPERATIONS}) == len(OPERATIONS) == 19


def test_every_scenario_passes(run: tuple[list[Line], Heard]) -> None:
    lines, _ = run
    assert [(line.scenario, line.step, line.code, line.note) for line in lines if line.verdict != "passed"] == []
    assert {line.scenario for line in lines} == {scenario.name for scenario in PLAYBOOK.scenarios}
    assert {line.by for line in lines} == {CPO, EMP}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.name} of {one.sender}")
def test_it_is_asked_and_answered_in_its_roles(run: tuple[list[Line], Heard], operation: Operation) -> None:
    """The asker is us towards the hub, and the simulated hub towards us."""
    assert run[1].counts[operation.name, operation.sender, operation.receiver] > 0


def test_nothing_is_spoken_that_the_table_has_not(run: tuple[list[Line], Heard]) -> None:
    assert set(run[1].counts) == {(one.name, one.sender, one.receiver) for one in OPERATIONS}


def test_the_action_stands_in_the_content_type(run: tuple[list[Line], Heard]) -> None:
    assert run[1].actions == {(operation.name, operation.action) for operation in OPERATIONS}


def test_the_partners_that_iop_plays_ask_us(run: tuple[list[Line], Heard]) -> None:
    told = run[1].told
    assert [(one["path"], one["answer"]["status"]) for one in told] == [
        ("remote-start", "1"),
        ("remote-stop", "1"),
        ("act", "1"),
        ("act", "1"),
    ]
    assert set(run[1].by_played) == {
        "eMIP_FromIOP_SetServiceAuthorisation",
        "eMIP_FromIOP_SetSessionActionRequest",
        "eMIP_FromIOP_GetServiceAuthorisation",
        "eMIP_FromIOP_SetSessionEventReport",
    }


@needs_conformance
def test_every_message_of_both_sides_is_valid(run: tuple[list[Line], Heard]) -> None:
    schema = etree.XMLSchema(etree.parse(CONFORMANCE / "emip/contract/emip-all.xsd"))
    wrong: Counter[str] = Counter()
    for body in run[1].written:
        if not schema.validate(etree.fromstring(body)):
            wrong[f"{opened(body).operation}: {schema.error_log.last_error}"] += 1
    assert (len(run[1].written) > 200, wrong) == (True, Counter())
