"""HTTP to the hubs: one client with its own TLS context per connection, failures told apart by what they mean.

The only module that imports httpx.
"""

import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from gateway.errors import Invalid, NoAnswer, NotSent, Unavailable
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse, LongBody
from gateway.log import logger
from gateway.ports import Connection, Profile
from gateway.renewal import Renewal
from gateway.streaming import PIECE, Reply

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_ATTEMPTS = 3
T = TypeVar("T")
_log = logger(__name__)


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Trusts the hub's CA (or the system's) and shows the client certificate, where there are any."""
    try:
        context = ssl.create_default_context(cafile=connection.credentials.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _load(context, connection)
    except OSError as error:
        raise _unusable(connection, error) from error
    return context


def _load(context: ssl.SSLContext, connection: Connection) -> None:
    """The client certificate, and a CA beside those that are trusted already: both count while a hub changes them."""
    credentials = connection.credentials
    if credentials.ca:
        context.load_verify_locations(credentials.ca)
    if credentials.client_certificate:
        context.load_cert_chain(credentials.client_certificate, credentials.client_key or None)


def _unusable(connection: Connection, error: OSError) -> Invalid:
    """ssl does not say which file it could not read."""
    credentials = connection.credentials
    files = [file for file in (credentials.ca, credentials.client_certificate, credentials.client_key) if file]
    missing = [file for file in files if not Path(file).is_file()]
    text = f"no such file: {', '.join(missing)}" if missing else f"{', '.join(files)}: {error}"
    return Invalid([Finding(f"/connections/{connection.name}/credentials", Severity.ERROR, "setting", text)])


def _renewal(context: ssl.SSLContext, connection: Connection) -> Renewal:
    credentials = connection.credentials
    files = (credentials.ca, credentials.client_certificate, credentials.client_key)
    return Renewal(context, files, lambda one: _load(one, connection), lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


class HttpLink:
    """A Transport over HTTP. Only what never reached the hub is tried again here; longer waiting is the outbox's."""

    def __init__(self, connection: Connection, profile: Profile, client: httpx.AsyncClient | None = None) -> None:
        self.connection = connection
        self._profile = profile
        timeout = httpx.Timeout(profile.timeout_seconds, connect=min(10.0, profile.timeout_seconds))
        self._renewal: Renewal | None = None
        if client is None:
            context = tls_context(connection)
            client = httpx.AsyncClient(verify=context, timeout=timeout, trust_env=False, follow_redirects=False)
            self._renewal = _renewal(context, connection)
        self._client = client

    async def close(self) -> None:
        await self._client.aclose()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> str:
        return str(uuid4())

    def url(self, request: HttpRequest) -> str:
        """The configured base URL of the request's service, then its path. Raises NotSent where none is configured.

        A hub's published addresses are never a default: a test account must not reach production by silence.
        """
        urls, service = self.connection.urls, request.service
        main = urls.get("")
        base = request.base or urls.get(service) or (main and f"{main.rstrip('/')}/{service}".rstrip("/"))
        if not base:
            raise NotSent(f"connection {self.connection.name} has no URL for {service or 'its hub'}")
        return base.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Raises NotSent, NoAnswer or Unavailable."""
        return await _tried(lambda: self._once(request))

    @asynccontextmanager
    async def streamed(self, request: HttpRequest) -> AsyncGenerator[Reply]:
        """The answer piece by piece, as it arrives. Raises as `exchange`, NoAnswer also while the pieces are read."""
        reply = await _tried(lambda: self._opened(request))
        answer = Reply(reply.status_code, _lower(reply.headers), _pieces(reply))
        try:
            yield answer
        finally:
            answer.close()
            await reply.aclose()

    def _renewed(self) -> None:
        """A certificate that was renewed counts from the next connection on; one that is unusable changes nothing."""
        changed, wrong = self._renewal.look() if self._renewal is not None else (False, "")
        if wrong:
            _log.error("a renewed certificate cannot be used", connection=self.connection.name, words=wrong)
        elif changed:
            _log.info("certificates read again", connection=self.connection.name)

    async def _once(self, request: HttpRequest) -> HttpResponse:
        self._renewed()
        return await sent(self._client, self.url(request), request)

    async def _opened(self, request: HttpRequest) -> httpx.Response:
        self._renewed()
        headers = {**request.headers, "accept-encoding": "gzip"}
        return await _answered(self._client, self.url(request), replace(request, headers=headers), streamed=True)


async def _tried(once: Callable[[], Awaitable[T]]) -> T:
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(NotSent),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.1, max=2),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            return await once()
    raise AssertionError("tenacity gives an attempt or raises")  # pragma: no cover


class PartnerClient:
    """Plain calls to any base URL, without a connection: how the simulators reach their partners."""

    def __init__(self, timeout_seconds: float = 65.0) -> None:
        self._client = httpx.AsyncClient(timeout=timeout_seconds, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def call(self, url: str, request: HttpRequest) -> HttpResponse:
        """Raises NotSent, NoAnswer or Unavailable."""
        return await sent(self._client, url.rstrip("/") + request.path, request)


async def sent(client: httpx.AsyncClient, url: str, request: HttpRequest) -> HttpResponse:
    """One exchange, its failures in our words."""
    reply = await _answered(client, url, request)
    return HttpResponse(status=reply.status_code, headers=_lower(reply.headers), body=reply.content)


async def _answered(
    client: httpx.AsyncClient, url: str, request: HttpRequest, *, streamed: bool = False
) -> httpx.Response:
    """Its body is read unless it is `streamed`."""
    headers = dict(request.headers)
    if request.spool is not None:
        headers["content-length"] = str(request.spool.size)
    try:
        content = request.body if request.spool is None else _again(request.spool)
        asked = client.build_request(request.method, url, content=content, headers=headers)
        reply = await client.send(asked, stream=streamed)
    except _NOT_SENT as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error
    except httpx.RequestError as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    if reply.status_code in (429, 502, 503, 504):
        await reply.aclose()
        raise Unavailable(
            f"HTTP {reply.status_code}",
            _retry_after(reply.headers.get("retry-after")),
            may_have_acted=reply.status_code in (502, 504),
        )
    return reply


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _again(long: LongBody) -> AsyncIterator[bytes]:
    for piece in long.pieces():
        yield piece


async def _pieces(reply: httpx.Response) -> AsyncIterator[bytes]:
    """Raises NoAnswer. httpx would unpack whatever a packet holds at once; a piece here is never more than `PIECE`."""
    coding = reply.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise NoAnswer(f"the answer is packed as {coding}, which was not asked for")
    unpacked = _Unpacking() if "gzip" in coding else None
    try:
        async for raw in reply.aiter_raw():
            for piece in unpacked.fed(raw) if unpacked is not None else (raw,):
                yield piece
    except httpx.RequestError as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    if unpacked is not None and not unpacked.is_complete:
        raise NoAnswer("the packed answer breaks off")


class _Unpacking:
    """gzip, a bounded piece at a time. Raises NoAnswer."""

    def __init__(self) -> None:
        self._gzip = zlib.decompressobj(wbits=31)

    @property
    def is_complete(self) -> bool:
        return self._gzip.eof

    def fed(self, raw: bytes) -> Iterator[bytes]:
        while not self._gzip.eof:
            try:
                piece = self._gzip.decompress(raw, PIECE)
            except zlib.error as error:
                raise NoAnswer(f"the answer cannot be unpacked: {error}") from error
            raw = self._gzip.unconsumed_tail
            if piece:
                yield piece
            if not raw and len(piece) < PIECE:
                return


def _retry_after(text: str | None) -> float | None:
    """Seconds, from either form of the header (RFC 9110 section 10.2.3)."""
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
