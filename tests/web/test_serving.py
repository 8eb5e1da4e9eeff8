from pathlib import Path

import pytest

from gateway.errors import Invalid
from gateway.ports import Connection, Credentials
from gateway.settings import ServerSettings, parsed
from gateway.web.server import allowed_to_serve, configuration, is_loopback
from gateway.web.service import NoBackend, backend_of, run
from tests.scenarios import toy

pytestmark = pytest.mark.usefixtures("toy_protocol")
GUARDED = toy.connection(hub="toytown", credentials=Credentials(peer_subjects=("toytown.example",)))
OPEN = toy.connection(hub="toytown", insecure_loopback=True)


def refusals(server: ServerSettings, *connections: Connection) -> list[tuple[str, str]]:
    try:
        allowed_to_serve(server, {connection.name: connection for connection in connections})
    except Invalid as error:
        return [(finding.pointer, finding.text) for finding in error.findings]
    return []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gateway.example", ""])
def test_an_insecure_connection_is_served_on_loopback_alone(host: str) -> None:
    assert refusals(ServerSettings(host=host), OPEN) == [
        ("/connections/toy", f"insecure_loopback cannot be used on {host}")
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_loopback_in_every_spelling(host: str) -> None:
    assert is_loopback(host)
    assert refusals(ServerSettings(host=host), OPEN) == []


def test_a_hub_known_by_its_certificate_is_not_served_without_one() -> None:
    needed = "Toytown is known by its certificate: set server.client_ca, or server.proxies"
    assert refusals(ServerSettings(), GUARDED) == [("/connections/toy", needed)]
    assert refusals(ServerSettings(proxies=("127.0.0.1",)), GUARDED) == []
    assert refusals(ServerSettings(client_ca="ca.pem", certificate="server.pem"), GUARDED) == []


def test_a_certificate_of_the_right_ca_is_not_enough_without_a_name_to_expect() -> None:
    anybody = toy.connection(hub="toytown")
    needed = [("/connections/toy/credentials/peer_subjects", "name the certificates of Toytown: one CA signs for many")]
    assert refusals(ServerSettings(proxies=("127.0.0.1",)), anybody) == needed
    assert refusals(ServerSettings(client_ca="ca.pem", certificate="server.pem"), anybody) == needed


def test_client_certificates_need_a_server_certificate() -> None:
    assert refusals(ServerSettings(client_ca="ca.pem"), GUARDED) == [
        ("/server/certificate", "mutual TLS needs a certificate of our own: set server.certificate and server.key")
    ]


def test_every_fault_is_named() -> None:
    assert [
        pointer for pointer, _ in refusals(ServerSettings(host="0.0.0.0"), OPEN, toy.connection("b", "toytown"))
    ] == [
        "/connections/toy",
        "/connections/b",
    ]


def test_the_server_asks_for_the_certificate_and_believes_no_forwarded_address() -> None:
    server = ServerSettings(client_ca="ca.pem", certificate="server.pem", key="key.pem", port=8443)
    config = configuration(lambda: None, server)
    assert (config.ssl_ca_certs, config.ssl_certfile, config.ssl_keyfile) == ("ca.pem", "server.pem", "key.pem")
    assert config.ssl_cert_reqs == 2
    assert (config.host, config.port, config.proxy_headers, config.server_header) == ("127.0.0.1", 8443, False, False)


def test_nothing_is_opened_where_serving_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "gateway.sqlite"
    settings = parsed(
        {
            "store": {"dsn": f"sqlite:///{store}"},
            "connections": {"toy": {"hub": "toytown", "role": "CPO", "party": "NL*LON"}},
        }
    )
    with pytest.raises(Invalid):
        run(settings)
    assert not store.exists()


def test_a_backend_is_a_class_or_an_object_by_its_name() -> None:
    assert isinstance(backend_of("gateway.web.service:NoBackend"), NoBackend)
    assert backend_of("tests.scenarios.toy:adapter") is toy.adapter


@pytest.mark.parametrize("path", ["gateway.nowhere:Backend", "gateway.web.service:Nothing", "", "gateway", ":x"])
def test_a_backend_that_is_not_there_is_a_fault_of_the_settings(path: str) -> None:
    with pytest.raises(Invalid) as raised:
        backend_of(path)
    assert [finding.pointer for finding in raised.value.findings] == ["/backend/factory"]
