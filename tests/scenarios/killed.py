"""A process that is killed while it delivers: `python -m tests.scenarios.killed DSN URL COUNT`.

Says on stdout how many CDRs it owes, as each is committed.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import gateway.connections
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.session import SessionIds
from gateway.store import Database
from tests.scenarios import toy


def cdr(number: int) -> m.SubmitCdr:
    """All of one operator, so that their lane has an order to keep."""
    return m.SubmitCdr(
        cdr=Cdr(
            id=f"C{number}",
            session=SessionIds(hub=f"H-{number}"),
            evse=toy.OURS,
            token=toy.CARD,
            start=datetime(2026, 1, 15, 10, tzinfo=UTC),
            end=datetime(2026, 1, 15, 11, tzinfo=UTC),
            energy_kwh=Decimal(number),
        )
    )


async def run(dsn: str, url: str, count: int) -> None:
    connection = replace(toy.connection(), urls={"": url})
    async with Gateway({"toy": connection}, object(), database=Database(dsn), first_wait_seconds=0.01) as running:
        for number in range(count):
            await running.submit("toy", cdr(number))
            print(number + 1, flush=True)
        while len(await running.deliveries(state="accepted")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    gateway.connections.adapters = lambda: {"toy": toy.adapter}
    asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
