"""The same call of a hub again, through the whole gateway: one answer, and the platform is asked once."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.session import SessionIds
from gateway.ports import Connection
from gateway.store import Database, inbox
from tests.scenarios import toy
from tests.support import FakeLink

pytestmark = pytest.mark.usefixtures("toy_protocol")
START = {"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "session": "H-1"}


@dataclass
class Platform:
    asked: list[m.Message[Any]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    patient: bool = False

    async def start_session(self, _: Connection, message: m.StartSession) -> m.CommandResult:
        self.asked.append(message)
        if self.patient:
            await self.free.wait()
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo=f"LON-{len(self.asked)}"))

    async def authorize_token(self, _: Connection, message: m.AuthorizeToken) -> m.Authorization:
        self.asked.append(message)
        return m.Authorization(allowed=m.Allowed.ALLOWED)


@dataclass
class Process:
    """One gateway on the store."""

    gateway: Gateway
    platform: Platform

    async def call(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        request = HttpRequest(path=path, body=json.dumps(document).encode())
        reply = await self.gateway.handle("toy", request)
        said: dict[str, Any] = json.loads(reply.body)
        return said


Make = Callable[..., Process]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[Gateway] = []

    def make(role: Role = Role.CPO, **platform: Any) -> Process:
        connection, known = toy.connection(role=role), Platform(**platform)
        database = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
        gateway = Gateway({"toy": connection}, known, link=FakeLink, database=database)
        made.append(gateway)
        return Process(gateway, known)

    yield make
    for one in made:
        await one.stop()


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    for _ in range(1000):
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that")


async def test_a_remote_start_that_comes_again_is_not_started_again(process: Make) -> None:
    one, other = process(), process()
    said = [await here.call("/start", START) for here in (one, one, other)]
    assert said == [{"result": "yes", "name": "LON-1"}] * 3
    assert (len(one.platform.asked), len(other.platform.asked)) == (1, 0)
    assert len(await one.gateway.sessions.listed()) == 1


async def test_a_hub_that_asks_again_while_the_charger_thinks_waits_for_the_one_answer(process: Make) -> None:
    here = process(patient=True)
    calls = [asyncio.create_task(here.call("/start", START)) for _ in range(3)]
    await until(lambda: bool(here.platform.asked))
    here.platform.free.set()
    said = await asyncio.gather(*calls)
    assert ([one["result"] for one in said], len(here.platform.asked)) == (["yes"] * 3, 1)


async def test_another_start_is_another_start(process: Make) -> None:
    here = process()
    for session in ("H-1", "H-2"):
        assert (await here.call("/start", {**START, "session": session}))["result"] == "yes"
    assert len(here.platform.asked) == 2


async def test_a_start_whose_process_died_is_answered_as_failed_and_the_charger_is_left_alone(process: Make) -> None:
    dead, alive = process(patient=True), process()
    call = asyncio.create_task(dead.call("/start", START))
    await until(lambda: bool(dead.platform.asked))
    await alive.gateway.database.write(inbox.all_given_back)
    said = [await alive.call("/start", START) for _ in range(2)]
    assert [one["result"] for one in said] == ["no", "no"]
    dead.platform.free.set()
    await call
    assert (await alive.call("/start", START))["result"] == "no"
    assert alive.platform.asked == []


async def test_a_card_is_asked_about_once_for_each_session_of_the_hub(process: Make) -> None:
    here = process(Role.EMSP)
    for session in ("H-1", "H-1", "H-2", None, None):
        assert (await here.call("/ask", {**START, "session": session}))["result"] == "yes"
    sessions = [message.session.hub for message in here.platform.asked if isinstance(message, m.AuthorizeToken)]
    assert sessions == ["H-1", "H-2", None, None]
