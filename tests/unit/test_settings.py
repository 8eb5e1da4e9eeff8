import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.connections import connections
from gateway.errors import Invalid
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.party import Operator, Registration, RegistrationState
from gateway.ports import Connection, Credentials
from gateway.settings import load, parsed

TOML = """
[store]
dsn = "sqlite:///here.sqlite"

[server]
host = "0.0.0.0"
port = 8443
proxies = ["10.0.0.1"]

[backend]
factory = "platform:Backend"

[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = { "" = "https://hub.example" }
options = { page_size = 500 }
[connections.hubject.credentials]
username = "lon"
password = "hunter2hunter2"
client_certificate = "cert.pem"
client_key = "key.pem"
peer_subjects = ["hub.example"]
[[connections.hubject.operators]]
id = "DE*LON"
name = "Lon Charging Germany"
country = "DE"
hotline = "+49301234567"
state = "requested"
since = 2026-01-15
note = "ticket 7"
"""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("ROAMING_GATEWAY_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def section(**changed: Any) -> dict[str, Any]:
    section = {"hub": "hubject", "role": "CPO", "party": "NL*LON", "urls": {"": "https://hub.example"}}
    return {"connections": {"hubject": {**section, **changed}}}


def faults(document: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as raised:
        parsed(document)
    assert all(finding.text for finding in raised.value.findings)
    return [finding.pointer for finding in raised.value.findings]


def test_a_connection_of_a_file_is_what_the_file_says(file: Path) -> None:
    assert connections(load(file)) == {
        "hubject": Connection(
            name="hubject",
            hub="hubject",
            protocol="oicp",
            role=Role.CPO,
            party=PartyId.parse("NL*LON"),
            operators=(
                Operator(
                    id=PartyId.parse("DE*LON"),
                    name="Lon Charging Germany",
                    country="DE",
                    hotline="+49301234567",
                    registrations={
                        "hubject": Registration(
                            state=RegistrationState.REQUESTED, since=date(2026, 1, 15), note="ticket 7"
                        )
                    },
                ),
            ),
            urls={"": "https://hub.example"},
            credentials=Credentials(
                username="lon",
                password="hunter2hunter2",
                client_certificate="cert.pem",
                client_key="key.pem",
                peer_subjects=("hub.example",),
            ),
            options={"page_size": 500},
        )
    }


def test_without_a_file_the_gateway_is_closed_to_the_world() -> None:
    settings = parsed({})
    assert (settings.server.host, settings.server.proxies, settings.connections) == ("127.0.0.1", (), {})
    assert parsed(section()).connections["hubject"].insecure_loopback is False


def test_the_environment_overrides_the_file_and_leaves_the_rest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROAMING_GATEWAY_STORE__DSN", "sqlite://")
    monkeypatch.setenv("ROAMING_GATEWAY_SERVER__PORT", "9000")
    monkeypatch.setenv("ROAMING_GATEWAY_CONNECTIONS__HUBJECT__CREDENTIALS__PASSWORD", "from outside")
    monkeypatch.setenv("ROAMING_GATEWAY_TEST_POSTGRES", "postgresql://elsewhere")
    settings = load(file)
    assert (settings.store.dsn, settings.server.port, settings.server.host) == ("sqlite://", 9000, "0.0.0.0")
    credentials = settings.connections["hubject"].credentials
    assert (credentials.username, credentials.password.get_secret_value()) == ("lon", "from outside")
    assert settings.connections["hubject"].party == "NL*LON"


def test_a_secret_may_stand_in_the_environment_or_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PASSWORD", "in the environment")
    (tmp_path / "secret").write_text("in a file\n", encoding="utf-8")
    for given, expected in (
        ({"env": "HUB_PASSWORD"}, "in the environment"),
        ({"file": str(tmp_path / "secret")}, "in a file"),
        ("in the settings", "in the settings"),
    ):
        settings = parsed(section(credentials={"password": given}))
        assert connections(settings)["hubject"].credentials.password == expected


def test_a_secret_is_shown_nowhere(file: Path) -> None:
    settings = load(file)
    known = connections(settings)
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), repr(known)]
    shown += [str(known["hubject"].credentials), f"{settings.connections['hubject'].credentials!r}"]
    assert [text for text in shown if "hunter2" in text] == []


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({"colour": "blue"}, ["/colour"]),
        ({"server": {"prot": 1}}, ["/server/prot"]),
        ({"server": {"port": "many"}}, ["/server/port"]),
        ({"server": {"max_body_bytes": 0}}, ["/server/max_body_bytes"]),
        ({"store": "sqlite"}, ["/store"]),
        (section(party="LON"), ["/connections/hubject/party"]),
        (section(role="DRIVER"), ["/connections/hubject/role"]),
        (section(operators=[{"id": "NL*LON"}, {"id": "N"}]), ["/connections/hubject/operators/1/id"]),
        (section(operators=[{"id": "NL*LON", "state": "perhaps"}]), ["/connections/hubject/operators/0/state"]),
        (section(credentials={"pasword": "x"}), ["/connections/hubject/credentials/pasword"]),
        (section(credentials={"password": {"env": "NOT_THERE"}}), ["/connections/hubject/credentials/password"]),
        (section(credentials={"password": {"file": "/not/there"}}), ["/connections/hubject/credentials/password"]),
        (section(credentials={"password": {"env": 7}}), ["/connections/hubject/credentials/password"]),
        (section(credentials={"password": 12345}), ["/connections/hubject/credentials/password"]),
        ({"connections": {"a": {}}}, ["/connections/a/hub", "/connections/a/role", "/connections/a/party"]),
    ],
)
def test_every_fault_of_the_settings_is_named_with_its_place(document: dict[str, Any], pointers: list[str]) -> None:
    assert faults(document) == pointers


def test_a_fault_does_not_give_a_secret_away() -> None:
    with pytest.raises(Invalid) as raised:
        parsed(section(credentials={"password": ["hunter2"], "username": 7}))
    assert "hunter2" not in str([finding.text for finding in raised.value.findings])


def test_an_environment_that_cannot_be_read_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROAMING_GATEWAY_SERVER", "{not json")
    assert faults({}) == [""]


@pytest.mark.parametrize("content", [b"[store", b"\xff\xfe", b'a = "'])
def test_a_file_that_is_not_toml_is_a_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)
    with pytest.raises(Invalid, match="not TOML"):
        load(path)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        load(tmp_path / "nowhere.toml")


def test_an_unknown_hub_is_a_fault_that_names_the_known_ones() -> None:
    with pytest.raises(Invalid, match=r"unknown hub 'hubjekt'; known are .*hubject"):
        connections(parsed(section(hub="hubjekt")))
