import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.session import SessionIds
from gateway.ports import Connection, Credentials
from gateway.web.app import application
from gateway.web.hosting import Hosted
from tests.scenarios import toy
from tests.support import FakeLink

pytestmark = pytest.mark.usefixtures("toy_protocol")
START = {"evse": "DE*LON*E1111*1", "uid": "04A2B3C4D5E680", "session": "H-1"}
ADMITTED = {"result": "yes", "name": "LON-1"}
REFUSED = {"result": "Unauthenticated", "text": "not authorised"}


@dataclass
class Platform:
    asked: list[m.StartSession] = field(default_factory=list)

    async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        self.asked.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="LON-1"))


@dataclass
class Site:
    """A gateway at an address of its own."""

    url: str
    platform: Platform
    gateway: Gateway

    async def post(
        self, path: str, content: Any = None, *, verify: Any = True, headers: Any = None, method: str = "POST"
    ) -> httpx.Response:
        content = json.dumps(START) if content is None else content
        async with httpx.AsyncClient(verify=verify, trust_env=False) as client:
            return await client.request(method, self.url + path, content=content, headers=headers)


@asynccontextmanager
async def site(*connections: Connection, tls: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Site]:
    platform = Platform()
    known = {connection.name: connection for connection in connections or (toy.connection(),)}
    gateway = Gateway(known, platform, link=FakeLink)
    async with Hosted(application(gateway, **options), **(tls or {})) as hosted:
        yield Site(hosted.url, platform, gateway)


async def test_a_hub_reaches_its_connection_by_the_first_part_of_the_path() -> None:
    async with site(toy.connection(), toy.connection("other")) as here:
        reply = await here.post("/other/start")
        assert (reply.status_code, reply.headers["content-type"], reply.json()) == (200, "application/json", ADMITTED)
        assert here.platform.asked == [m.StartSession(evse=toy.OURS, token=toy.CARD, session=SessionIds(hub="H-1"))]
        (record,) = await here.gateway.journal.records()
        assert (record.connection, record.path, record.operation) == ("other", "/start", "Start")


@pytest.mark.parametrize("path", ["/nowhere/start", "/nowhere", "/"])
async def test_a_connection_that_is_not_there_is_404(path: str) -> None:
    async with site() as here:
        reply = await here.post(path)
        assert reply.status_code == 404
        assert here.platform.asked == []


async def test_an_unknown_path_of_a_connection_is_answered_in_the_protocol() -> None:
    async with site() as here:
        for path in ("/toy/elsewhere", "/toy/", "/toy"):
            reply = await here.post(path)
            assert (reply.status_code, reply.json()["result"]) == (200, "Unsupported")


async def test_a_path_reaches_the_adapter_as_it_was_sent() -> None:
    async with site() as here:
        await here.post("/toy/operators/DE%2ALON%2FX/start?page=2")
        (record,) = await here.gateway.journal.records()
        assert record.path == "/operators/DE%2ALON%2FX/start"


async def test_the_application_can_be_mounted_below_a_path_of_another() -> None:
    gateway = Gateway({"toy": toy.connection()}, Platform(), link=FakeLink)
    app = Starlette(routes=[Mount("/roaming", application(gateway, manage=False))])
    async with gateway, Hosted(app) as hosted, httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(hosted.url + "/roaming/toy/start", json=START)
        assert reply.json() == ADMITTED


async def test_a_body_that_is_too_large_is_not_read() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async with site(max_body_bytes=1000) as here:
        for content in (b" " * 1001, pieces()):
            reply = await here.post("/toy/start", content)
            text = "the message cannot be read: at most 1000 bytes are read"
            assert reply.json() == {"result": "Undecodable", "text": text}
        assert here.platform.asked == []
        fits = json.dumps(START).ljust(1000)
        assert (await here.post("/toy/start", fits)).json() == ADMITTED


async def test_metrics_and_health_are_not_shown_where_hubs_call() -> None:
    async with site() as here:
        for path in ("/health", "/metrics", "/live", "/ready"):
            assert (await here.post(path, b"", method="GET")).status_code == 405


async def test_what_cannot_be_read_is_refused_in_the_protocol_without_a_trace() -> None:
    async with site() as here:
        for content in (b"{", b"\xff\xfe", b"[]", b"[" * 5000):
            reply = await here.post("/toy/start", content)
            assert reply.status_code == 200
            assert reply.json()["result"] != "yes"
            assert "Traceback" not in reply.text
        assert here.platform.asked == []


# --- mutual TLS --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA, tmp_path: Path) -> dict[str, Any]:
    """A server that asks for a client certificate of its authority."""
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    chain, ca = tmp_path / "server.pem", tmp_path / "ca.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(ca))
    return {
        "ssl_certfile": str(chain),
        "ssl_keyfile": str(chain),
        "ssl_ca_certs": str(ca),
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
    }


def client(authority: trustme.CA, name: str = "", of: trustme.CA | None = None) -> ssl.SSLContext:
    """Trusts `authority`, and shows a certificate of that name where one is given."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if name:
        (of or authority).issue_cert(name).configure_cert(context)
    return context


def guarded(*subjects: str) -> Connection:
    return toy.connection(hub="toytown", credentials=Credentials(peer_subjects=subjects))


async def test_a_hub_with_its_certificate_is_admitted(authority: trustme.CA, tls: dict[str, Any]) -> None:
    async with site(guarded("hub.example"), tls=tls) as here:
        for _ in range(2):
            reply = await here.post("/toy/start", verify=client(authority, "hub.example"))
            assert reply.json() == ADMITTED


async def test_a_caller_without_a_certificate_does_not_get_past_the_handshake(
    authority: trustme.CA, tls: dict[str, Any]
) -> None:
    stranger = trustme.CA()
    async with site(guarded("hub.example"), tls=tls) as here:
        for context in (client(authority), client(authority, "hub.example", of=stranger)):
            with pytest.raises(httpx.TransportError):
                await here.post("/toy/start", verify=context)
        assert here.platform.asked == []
        assert await here.gateway.journal.records() == []


async def test_a_certificate_of_another_name_is_refused_in_the_protocol(
    authority: trustme.CA, tls: dict[str, Any]
) -> None:
    async with site(guarded("hub.example"), tls=tls) as here:
        reply = await here.post(
            "/toy/start",
            verify=client(authority, "other.example"),
            headers={"x-client-verified-subject": "hub.example"},
        )
        assert (reply.status_code, reply.json()) == (200, REFUSED)
        assert here.platform.asked == []


# --- behind a proxy ----------------------------------------------------------------------------------------------

SUBJECT = {"x-client-verified-subject": "hub.example, hub2.example"}


async def test_a_verified_subject_is_believed_only_from_a_named_proxy() -> None:
    async with site(guarded("hub.example"), proxies=["127.0.0.1"]) as here:
        assert (await here.post("/toy/start", headers=SUBJECT)).json() == ADMITTED
        assert (await here.post("/toy/start", headers={"x-client-verified-subject": "other"})).json() == REFUSED
        assert (await here.post("/toy/start")).json() == REFUSED
    for proxies in ([], ["10.9.9.9"]):
        async with site(guarded("hub.example"), proxies=proxies) as here:
            assert (await here.post("/toy/start", headers=SUBJECT)).json() == REFUSED
            assert here.platform.asked == []


async def test_a_caller_cannot_pass_for_the_proxy_by_a_header() -> None:
    async with site(guarded("hub.example"), proxies=["10.9.9.9"]) as here:
        for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
            reply = await here.post("/toy/start", headers={**SUBJECT, header: "10.9.9.9"})
            assert reply.json() == REFUSED
    async with site(guarded("hub.example"), proxies=["127.0.0.1"]) as here:
        reply = await here.post("/toy/start", headers={**SUBJECT, "x-forwarded-for": "203.0.113.9"})
        assert reply.json() == ADMITTED


async def test_a_subject_that_is_given_twice_is_not_believed() -> None:
    async with site(guarded("hub.example"), proxies=["127.0.0.1"]) as here:
        twice = [("x-client-verified-subject", "hub.example"), ("x-client-verified-subject", "other.example")]
        assert (await here.post("/toy/start", headers=twice)).json() == REFUSED


async def test_the_name_of_the_proxys_header_is_a_setting() -> None:
    async with site(guarded("hub.example"), proxies=["127.0.0.1"], subject_header="x-subject") as here:
        assert (await here.post("/toy/start", headers={"X-Subject": "hub.example"})).json() == ADMITTED
        assert (await here.post("/toy/start", headers=SUBJECT)).json() == REFUSED


async def test_an_open_demonstration_needs_no_certificate() -> None:
    async with site(toy.connection(hub="toytown", insecure_loopback=True)) as here:
        assert (await here.post("/toy/start")).json() == ADMITTED
