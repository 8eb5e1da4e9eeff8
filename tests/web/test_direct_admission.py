"""OCHPdirect over real HTTP and TLS: who is let in, what a stranger hears, what the journal keeps."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.connections import connections
from gateway.errors import Invalid
from gateway.gateway import Gateway
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.ports import Connection
from gateway.settings import JournalSettings, ServerSettings, parsed
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.server import allowed_to_serve, configuration
from gateway_ochp.direct.endpoints import authorization
from tests.support.certificates import Authority
from tests.support.days import OPERATOR, PROVIDER

OURS, THEIRS = "our-token-of-today", "their-token-of-today"
ASKED = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<Unheard xmlns="http://ochp.eu/1.4"/></s:Body></s:Envelope>"""


@pytest.fixture
async def served() -> AsyncIterator[tuple[Gateway, str]]:
    """A gateway that partners may call, and one connection that nobody may."""
    off = replace(OPERATOR, name="off", options={})
    journal = JournalSettings.model_validate({"key": "a passphrase made up for tests"})
    gateway = Gateway({"clearing": OPERATOR, "off": off}, object(), journal=journal)
    today = datetime.now(UTC).date()
    book = gateway.hub("clearing").link().endpoints
    ours = DirectEndpoint(role=Role.CPO, url="https://cpo.example.com", token=OURS, day=today, allow=("DEABCE%",))
    theirs = replace(ours, role=Role.EMSP, url="https://emp.example.com", token=THEIRS, allow=("DE8AAC%",))
    await book.keep_ours([ours])
    await book.keep_partners([theirs], datetime.now(UTC))
    async with Hosted(application(gateway, manage=False)) as hosted:
        yield gateway, hosted.url
    await gateway.stop()


async def post(url: str, path: str, header: str = "") -> httpx.Response:
    headers = {"content-type": "text/xml", **({"authorization": header} if header else {})}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{url}/{path}", content=ASKED, headers=headers)


async def test_a_partner_is_let_in_and_meets_the_operations(served: tuple[Gateway, str]) -> None:
    reply = await post(served[1], "clearing", authorization(OURS, THEIRS))
    assert reply.status_code == 500
    assert "Unheard" not in reply.text
    assert "not authorised" not in reply.text


@pytest.mark.parametrize(
    "header",
    ["", authorization(THEIRS, OURS), authorization(OURS, "wrong"), authorization("wrong", THEIRS), "Bearer x"],
)
async def test_a_stranger_is_refused_and_journalled_without_its_tokens(
    served: tuple[Gateway, str], header: str
) -> None:
    gateway, url = served
    reply = await post(url, "clearing/any/path", header)
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, 'Basic realm="OCHPdirect"')
    assert "not authorised" in reply.text
    assert not any(word in reply.text for word in ("token", "receiver", "sender", OURS, THEIRS))
    (record,) = (one for one in await gateway.journal.records(connection="clearing") if one.direction == "in")
    assert (record.status, record.path) == (401, "/any/path")
    assert (record.error or "").startswith("Unauthenticated: ")
    kept = f"{record}"
    assert not any(secret in kept for secret in (OURS, THEIRS, header.removeprefix("Basic ") or OURS))


async def test_a_connection_without_the_option_is_called_by_nobody(served: tuple[Gateway, str]) -> None:
    reply = await post(served[1], "off", authorization(OURS, THEIRS))
    assert (reply.status_code, "not supported here" in reply.text) == (500, True)


# --- settings ----------------------------------------------------------------------------------------------------


def refusals(server: ServerSettings, connection: Connection) -> list[tuple[str, str]]:
    try:
        allowed_to_serve(server, {connection.name: connection})
    except Invalid as error:
        return [(finding.pointer, finding.text) for finding in error.findings]
    return []


def test_callers_with_a_secret_are_served_over_tls_alone() -> None:
    ((pointer, text),) = refusals(ServerSettings(), PROVIDER)
    assert (pointer, "set server.certificate, or server.proxies" in text) == ("/connections/drivers", True)
    assert refusals(ServerSettings(certificate="server.pem"), PROVIDER) == []
    assert refusals(ServerSettings(proxies=("127.0.0.1",)), PROVIDER) == []
    assert refusals(ServerSettings(), replace(PROVIDER, insecure_loopback=True)) == []
    assert refusals(ServerSettings(), replace(PROVIDER, options={})) == []


def test_callers_without_a_certificate_are_not_asked_for_one() -> None:
    ((pointer, text),) = refusals(ServerSettings(certificate="server.pem", client_ca="ca.pem"), PROVIDER)
    assert (pointer, "serve it at another address" in text) == ("/connections/drivers", True)


def test_tls_before_1_2_is_not_spoken(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issued("roaming.example", "server")
    server = ServerSettings(certificate=str(pair.certificate), key=str(pair.key))
    config = configuration(lambda: None, server)
    config.load()
    assert config.ssl is not None
    assert config.ssl.minimum_version >= ssl.TLSVersion.TLSv1_2


def settings(**options: Any) -> dict[str, Any]:
    return {
        "connections": {
            "clearing": {
                "hub": "eclearing", "role": "CPO", "party": "DE*ABC", "urls": {"": "https://echs.example.com"},
                "options": {"ochp_direct": True, **options},
            }
        }
    }  # fmt: skip


def test_settings_that_do_not_do_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        connections(parsed(settings(ochp_direct_allow=["DE*ABC*E%"])))
    assert [finding.pointer for finding in refused.value.findings] == [
        "/connections/clearing/options/ochp_direct_url",
        "/connections/clearing/options/ochp_direct_allow/0",
    ]
    made = connections(parsed(settings(ochp_direct_url="https://roaming.example.com/clearing")))
    assert made["clearing"].options["ochp_direct"] is True
