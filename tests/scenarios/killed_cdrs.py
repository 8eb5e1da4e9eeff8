"""A process that is killed while CDRs live: `python -m tests.scenarios.killed_cdrs ROLE DSN URL BOOKS COUNT`.

As `emsp` it fetches, books and confirms; what its backend is asked and answers stands in BOOKS, line by line. As `cpo`
it submits so many CDRs and corrects each of them.
"""

import asyncio
import os
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrStatus
from gateway.ports import Connection
from gateway.store import Database
from tests.adapters.test_ochp_sends import BILL
from tests.support.cdr_house import CPO, EMSP, JOBS, Inward

SECONDS = 0.05


def cdr(number: int) -> Cdr:
    return replace(BILL, id=f"DEABC{number:04}")


class Books:
    """A backend that needs its time, and writes down at once what it is asked."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        assert message.cdr is not None
        os.write(self._file, f"asked {message.cdr.id}\n".encode())
        await asyncio.sleep(SECONDS)
        os.write(self._file, f"booked {message.cdr.id}\n".encode())
        return m.CdrReceipt(accepted=True)


async def collect(gateway: Gateway, count: int) -> None:
    job, link = JOBS["collect CDRs"].run, gateway.hub("emsp").link()
    assert job is not None
    while True:
        await job(link, Inward(gateway))
        known = await gateway.cdrs.listed(connection="emsp", state="APPROVED")
        owed = await gateway.deliveries(connection="emsp")
        if len(known) == count and all(one.state == "accepted" for one in owed):
            return
        await asyncio.sleep(0.02)


async def correct(gateway: Gateway, count: int) -> None:
    for number in range(count):
        first = cdr(number)
        second = replace(first, energy_kwh=Decimal(number + 1), status=CdrStatus.REVISED)
        kept = {one.own_id: one.state for one in await gateway.cdrs.listed(connection="cpo")}
        for version in (first, second):
            if version is first and kept.get(first.id) not in (None, CdrStatus.NEW):
                continue
            owed = await gateway.submit("cpo", m.SubmitCdr(cdr=version))
            while (await gateway.outbox.get(owed.id)).state != "accepted":  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def run(role: str, dsn: str, url: str, books: str, count: int) -> None:
    connection = replace({"emsp": EMSP, "cpo": CPO}[role], urls=dict.fromkeys(("service", "live"), url))
    connection = replace(connection, insecure_loopback=True)
    backend: Any = Books(Path(books)) if role == "emsp" else object()
    known = {connection.name: connection}
    async with Gateway(known, backend, database=Database(dsn), first_wait_seconds=0.01) as gateway:
        await (collect if role == "emsp" else correct)(gateway, count)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])))
