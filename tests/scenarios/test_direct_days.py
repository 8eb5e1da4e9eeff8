"""Tokens of the day in a running gateway: uploaded by its clockwork, sealed in its store, overdue in its health."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from gateway.connections import profile_of
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.monitoring import Monitor
from gateway.ports import Connection
from gateway.settings import JournalSettings
from gateway.store import schedule
from gateway.store.schedule import Turn
from gateway.store.tables import endpoints
from gateway.transport import HttpLink
from tests.support.days import OPERATOR, House

KEYED = JournalSettings.model_validate({"key": "a passphrase made up for tests"})


class Link(HttpLink):
    """The way to the house, with the clock of the machine."""

    def __init__(self, connection: Connection, house: House) -> None:
        super().__init__(connection, profile_of("eclearing", "ochp")[1])
        self._house = house

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return self._house.answer(request)


def gateway_at(house: House) -> Gateway:
    return Gateway({"clearing": OPERATOR}, object(), link=lambda one: Link(one, house), journal=KEYED)


async def turn(gateway: Gateway, job: str, holds: Callable[[Turn], bool]) -> Turn:
    """As soon as it holds of the job's turn."""
    async with asyncio.timeout(10):
        while True:
            for one in await gateway.database.read(schedule.listed):
                if one.job == job and holds(one):
                    return one
            await asyncio.sleep(0.01)


def tokens(gateway: Gateway) -> list[Any]:
    with gateway.database.engine.connect() as connection:
        return list(connection.execute(select(endpoints.c.token, endpoints.c.sealed)).all())


async def test_a_gateway_uploads_at_once_and_keeps_its_tokens_sealed() -> None:
    house = House()
    async with gateway_at(house) as gateway:
        await turn(gateway, "upload direct endpoints", lambda one: one.succeeded_at is not None)
        await turn(gateway, "fetch direct endpoints", lambda one: one.succeeded_at is not None)
        given = [token for _, token in house.tokens("operator")]
        kept = tokens(gateway)
        assert len(given) == len(kept) >= 1
        assert all(row.sealed for row in kept)
        assert not any(token.encode() in row.token for token in given for row in kept)
        shown = f"{await gateway.journal.records()}{await gateway.journal.opened()}"
        assert "AddServiceEndpointsRequest" in shown
        assert not any(token in shown for token in given)


async def test_what_is_overdue_is_seen_in_the_health_of_the_gateway() -> None:
    house = House(fails=[("invalid-id", "DEABCE% is not yours")] * 10)
    async with gateway_at(house) as gateway:
        failed = await turn(gateway, "upload direct endpoints", lambda one: one.failures > 0)
        assert "is overdue since 11:55 UTC of the day before: invalid-id: DEABCE% is not yours" in (failed.words or "")
        monitor = Monitor(gateway.database, gateway.known, gateway.metrics, gateway.engine)
        _, details = await monitor.ready()
        assert {"connection": "clearing", "job": "upload direct endpoints", "failures": 1} in details["failing"]
