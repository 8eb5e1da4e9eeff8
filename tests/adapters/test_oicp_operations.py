"""Every row of the operation table over real HTTP: our gateway to the simulated hub, and the hub to our gateway."""

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.scenarios import Line, played, simulated
from gateway_oicp.operations import BASE, OPERATIONS
from gateway_oicp.scenarios import PLAYBOOK

Heard = Counter[tuple[str, str]]
"""(direction, operation)."""


def named(request: HttpRequest) -> str:
    """The operation of a request, by path, and for notifications by Type."""
    path = unquote(request.path).removeprefix(BASE)
    for operation in OPERATIONS:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))
        if re.fullmatch(pattern, path):
            kind = json.loads(request.body).get("Type") if "{" not in operation.path else None
            return f"ChargingNotification{kind}" if kind else operation.name
    raise AssertionError(f"{request.path} is in no row of the table")


@pytest.fixture(scope="module")
def run() -> tuple[list[Line], Heard]:
    import asyncio

    return asyncio.run(_played())


async def _played() -> tuple[list[Line], Heard]:
    heard: Heard = Counter()
    async with simulated("hubject", PLAYBOOK) as stand:
        inward = stand.gateway.inward
        handle = inward.handle

        async def noted(name: str, request: HttpRequest) -> HttpResponse:
            reply = await handle(name, request)
            heard["in", named(request)] += reply.status == 200
            return reply

        inward.handle = noted  # type: ignore[method-assign]
        lines = [line async for line in played(stand, PLAYBOOK.scenarios)]
        assert stand.simulation is not None
        counts: dict[str, Any] = stand.simulation.stage.desk.tally.document()["operations"]
    heard.update({("out", name): told["received"] for name, told in counts.items()})
    return lines, heard


def test_every_scenario_passes(run: tuple[list[Line], Heard]) -> None:
    lines, _ = run
    assert [(line.scenario, line.step, line.code, line.note) for line in lines if line.verdict != "passed"] == []
    assert {line.scenario for line in lines} == {scenario.name for scenario in PLAYBOOK.scenarios}
    assert all(line.process_id for line in lines)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_asked_of_the_hub(run: tuple[list[Line], Heard], operation: Operation) -> None:
    assert run[1]["out", operation.name] > 0


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.receiver is not Role.HUB],
    ids=lambda operation: operation.name,
)
def test_what_is_passed_on_is_served(run: tuple[list[Line], Heard], operation: Operation) -> None:
    assert run[1]["in", operation.name] > 0


def test_the_table_has_the_24_operations() -> None:
    assert len(OPERATIONS) == 24
    assert len({operation.name for operation in OPERATIONS}) == 24
