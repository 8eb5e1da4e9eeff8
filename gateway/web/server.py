"""uvicorn with mutual TLS: the peer certificate reaches the application."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.connections import profile_of
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.log import logger
from gateway.ports import Connection
from gateway.renewal import Renewal
from gateway.settings import ServerSettings

_log = logger(__name__)
_RENEWED_SECONDS = 10.0
_LAST_CALLS_SECONDS = 30
"""How long calls under way may take when the process is told to stop."""


class PeerCertificate(HttpToolsProtocol):
    """uvicorn's protocol, with the verified client certificate (DER) and its names in the scope."""

    _peer: dict[str, Any]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        self._peer = {} if tls is None else _peer(tls)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._peer:
            self.scope["extensions"] = {**(self.scope.get("extensions") or {}), "tls": self._peer}  # type: ignore[dict-item]


def _peer(tls: ssl.SSLObject) -> dict[str, Any]:
    certificate: Mapping[str, Any] = tls.getpeercert() or {}
    subject = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    alternatives = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    return {
        "client_certificate": tls.getpeercert(binary_form=True),
        "peer_names": tuple(dict.fromkeys([*subject, *alternatives])),
    }


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_to_serve(server: ServerSettings, connections: Mapping[str, Connection]) -> None:
    """Raises Invalid for a connection that would be open to anybody.

    A hub that is known by its certificate needs mutual TLS here, or a verified subject from a named proxy, and the
    names to expect; `insecure_loopback` is for one machine and its loopback address alone.
    """
    faults = [] if server.certificate or not server.client_ca else [("/server/certificate", _NO_CERTIFICATE)]
    for connection in connections.values():
        faults += [(f"/connections/{connection.name}{where}", text) for where, text in _openings(connection, server)]
    if faults:
        raise Invalid([Finding(pointer, Severity.ERROR, "insecure", text) for pointer, text in faults])


_NO_CERTIFICATE = "mutual TLS needs a certificate of our own: set server.certificate and server.key"


def _openings(connection: Connection, server: ServerSettings) -> Iterator[tuple[str, str]]:
    """Where anybody could call a connection, and what to do."""
    adapter, profile = profile_of(connection.hub, connection.protocol)
    if connection.insecure_loopback:
        if not is_loopback(server.host):
            yield "", f"insecure_loopback cannot be used on {server.host}"
    elif profile.mutual_tls and not (server.client_ca or server.proxies):
        yield "", f"{profile.title} is known by its certificate: set server.client_ca, or server.proxies"
    elif profile.mutual_tls and not connection.credentials.peer_subjects:
        yield "/credentials/peer_subjects", f"name the certificates of {profile.title}: one CA signs for many"
    elif adapter.needs_tls(connection) and not (server.certificate or server.proxies):
        yield "", "its callers show a secret: set server.certificate, or server.proxies where a proxy ends TLS"
    elif adapter.needs_tls(connection) and server.client_ca:
        yield "", "its callers have no client certificate, which server.client_ca demands: serve it at another address"


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Invalid where the address is taken or not ours.

    It names its protocol: only then asyncio sends small answers at once (TCP_NODELAY) instead of 40 ms later.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listening.detach())
    except OSError as error:
        text = f"cannot listen at {host} port {port}: {error.strerror}"
        raise Invalid([Finding("", Severity.ERROR, "setting", text)]) from error


def configuration(app: Any, server: ServerSettings) -> uvicorn.Config:
    """uvicorn's configuration for an application; TLS as the settings say."""
    tls: dict[str, Any] = {}
    if server.certificate:
        tls = {"ssl_certfile": server.certificate, "ssl_keyfile": server.key or None}
    if server.client_ca:
        tls |= {"ssl_ca_certs": server.client_ca, "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        http=PeerCertificate,
        log_config=None,
        access_log=False,
        # Who calls is decided by the address that connects: a caller writes X-Forwarded-For as it likes.
        proxy_headers=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_LAST_CALLS_SECONDS,
        **tls,
    )


def renewal_of(config: uvicorn.Config, server: ServerSettings) -> Renewal | None:
    """Our own certificate and the CA of those who call, for a configuration that is loaded; None without TLS."""
    context = config.ssl if config.loaded else None
    if context is None:
        return None

    def load(one: ssl.SSLContext) -> None:
        if server.client_ca:
            one.load_verify_locations(server.client_ca)
        one.load_cert_chain(server.certificate, server.key or None)

    files = (server.certificate, server.key, server.client_ca)
    return Renewal(context, files, load, lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


async def kept_fresh(config: uvicorn.Config, server: ServerSettings) -> None:
    """Looks for renewed certificates for as long as the server runs."""
    renewal = None
    while bool(server.certificate):
        await asyncio.sleep(_RENEWED_SECONDS)
        renewal = renewal or renewal_of(config, server)
        changed, wrong = renewal.look() if renewal is not None else (False, "")
        if wrong:
            _log.error("a renewed certificate cannot be used", words=wrong)
        elif changed:
            _log.info("certificates read again")


def plain_configuration(app: Any) -> uvicorn.Config:
    """uvicorn's configuration without TLS, for what is served on an address of its own."""
    return uvicorn.Config(app, log_config=None, access_log=False, proxy_headers=False, server_header=False)


class Unsignalled(uvicorn.Server):
    """A server that leaves the process's signals to others; several of them run in one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
