"""Every try of an owed message is the same: its time, its ids, and, once a try may have arrived, its very bytes."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.errors import Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.ports import Connection, HubLink
from gateway.streaming import Reply, streamed
from gateway.wire import wsse

Keep = Callable[[str], Awaitable[None]]
"""Stores the requests of an entry; returns after the commit."""
Check = Callable[[], Awaitable[None]]


class Steady:
    """One try of one entry (or batch). `sent` are the requests of an earlier try, as stored; None: this is the first.

    Without `keep` nothing is recorded: the message is planned anew at each try. `check` is asked before each request
    and raises where the entry is somebody else's by now.
    """

    def __init__(self, key: str, at: datetime, sent: str | None, keep: Keep | None, check: Check | None = None) -> None:
        self._key, self._at, self._keep, self._check = key, at, keep, check
        self._frames: list[dict[str, str]] = json.loads(sent) if sent else []
        self._exchanges, self._ids = 0, 0
        self.exchanged = False
        """Whether anything was handed to the network: from then on the hub may have acted."""

    @property
    def repeats(self) -> bool:
        """Whether an earlier try of it may have arrived."""
        return bool(self._frames)

    def over(self, link: HubLink) -> HubLink:
        return _SteadyLink(self, link) if self._keep else _Watched(self, link)

    async def go(self) -> None:
        """The next thing is a request on the network."""
        if self._check is not None:
            await self._check()
        self.exchanged = True

    def now(self) -> datetime:
        return self._at

    def new_id(self) -> str:
        self._ids += 1
        return str(uuid5(NAMESPACE_URL, f"{self._key}#{self._ids}"))

    async def request(self, request: HttpRequest, connection: Connection) -> HttpRequest:
        """The request that goes out: the recorded one, or this one, recorded first."""
        number, self._exchanges = self._exchanges, self._exchanges + 1
        if number < len(self._frames):
            return _again(request, self._frames[number], connection)
        if self._keep is not None:
            if request.spool is not None:
                raise Unsupported(f"a request of {request.spool.size} bytes is too long to be kept for its next try")
            self._frames.append(_frame(request))
            await self._keep(json.dumps(self._frames))
        return request


class _Watched:
    """A link that tells whether it was used."""

    def __init__(self, steady: Steady, link: HubLink) -> None:
        self._steady, self._link, self.connection = steady, link, link.connection
        self.endpoints = link.endpoints

    def now(self) -> datetime:
        return self._link.now()

    def new_id(self) -> str:
        return self._link.new_id()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        await self._steady.go()
        return await self._link.exchange(request)

    @asynccontextmanager
    async def streamed(self, request: HttpRequest) -> AsyncGenerator[Reply]:
        await self._steady.go()
        async with streamed(self._link, request) as reply:
            yield reply

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


class _SteadyLink(_Watched):
    def now(self) -> datetime:
        return self._steady.now()

    def new_id(self) -> str:
        return self._steady.new_id()

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return await super().exchange(await self._steady.request(request, self.connection))

    @asynccontextmanager
    async def streamed(self, request: HttpRequest) -> AsyncGenerator[Reply]:
        async with super().streamed(await self._steady.request(request, self.connection)) as reply:
            yield reply


def _frame(request: HttpRequest) -> dict[str, str]:
    """Without credentials: those of the day are put in when it is sent again."""
    body = wsse.stripped(request.body).decode("utf-8", errors="surrogateescape")
    return {"method": request.method, "path": request.path, "query": request.query, "body": body}


def _again(request: HttpRequest, frame: dict[str, str], connection: Connection) -> HttpRequest:
    secret = connection.credentials
    body = frame["body"].encode("utf-8", errors="surrogateescape")
    body = wsse.restored(body, wsse.UsernameToken(secret.username, secret.password))
    return replace(request, method=frame["method"], path=frame["path"], query=frame["query"], body=body)
