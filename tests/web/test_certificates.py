"""Certificates over real TLS: the hub's private CA, renewal without a restart, two peer names at once."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.admission import admitted
from gateway.certificates import days_left, files_of, warnings
from gateway.connections import profile_of
from gateway.errors import Invalid, NotSent, Unauthenticated
from gateway.http import HttpRequest
from gateway.ports import Connection, Credentials
from gateway.settings import ServerSettings
from gateway.transport import HttpLink
from gateway.web.hosting import Hosted
from gateway.web.server import renewal_of
from tests.support.certificates import Authority, Pair
from tests.support.publishing import connection


async def who_calls(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """Answers with the names of the caller's certificate, and keeps no connection."""
    if scope["type"] != "http":
        return
    names = scope.get("extensions", {}).get("tls", {}).get("peer_names", ())
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(list(names)).encode()})


def hosted(server: Pair, ca: Path) -> Hosted:
    return Hosted(
        who_calls,
        ssl_certfile=str(server.certificate),
        ssl_keyfile=str(server.key),
        ssl_ca_certs=str(ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )


def account(url: str, client: Pair, ca: Path | str) -> Connection:
    files = Credentials(client_certificate=str(client.certificate), client_key=str(client.key), ca=str(ca))
    return connection(urls={"": url}, credentials=files)


def link(one: Connection) -> HttpLink:
    return HttpLink(one, profile_of(one.hub, one.protocol)[1])


async def shown(server: Hosted) -> str:
    """The certificate that a new caller is shown."""
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    return await asyncio.to_thread(ssl.get_server_certificate, address, timeout=5)


async def asked(one: HttpLink) -> Any:
    return json.loads((await one.exchange(HttpRequest(path="/"))).body)


async def test_a_private_ca_is_trusted_where_the_connection_names_it_and_nowhere_else(tmp_path: Path) -> None:
    hub, other = Authority(tmp_path, "Hub CA"), Authority(tmp_path, "Other CA")
    client = hub.issued("NL*LON", "client")
    async with hosted(hub.issued("service.example", "server"), hub.ca) as server:
        trusting = link(account(server.url, client, hub.ca))
        assert await asked(trusting) == ["NL*LON"]
        await trusting.close()
        for ca in ("", other.ca):
            wary = link(account(server.url, client, ca))
            with pytest.raises(NotSent, match=r"certificate verify failed|CERTIFICATE_VERIFY_FAILED"):
                await asked(wary)
            await wary.close()


async def test_a_renewed_client_certificate_counts_without_a_restart(tmp_path: Path) -> None:
    hub = Authority(tmp_path, "Hub CA")
    client = hub.issued("NL*LON 2024", "client")
    async with hosted(hub.issued("service.example", "server"), hub.ca) as server:
        one = link(account(server.url, client, hub.ca))
        assert await asked(one) == ["NL*LON 2024"]
        fresh = hub.issued("NL*LON 2026", "fresh")
        client.certificate.write_bytes(fresh.certificate.read_bytes())
        assert await asked(one) == ["NL*LON 2024"], "its key is not there yet"
        client.key.write_bytes(fresh.key.read_bytes())
        assert await asked(one) == ["NL*LON 2026"]
        client.certificate.write_text("no certificate", encoding="ascii")
        assert await asked(one) == ["NL*LON 2026"]
        await one.close()


async def test_old_and_new_ca_of_the_hub_are_trusted_while_it_changes_them(tmp_path: Path) -> None:
    old, new = Authority(tmp_path, "Old CA"), Authority(tmp_path, "New CA")
    client = old.issued("NL*LON", "client")
    trust = tmp_path / "trust.pem"
    trust.write_bytes(old.ca.read_bytes())
    one = link(account("", client, trust))
    for authority, works in ((old, True), (new, False)):
        async with hosted(authority.issued("service.example", "server"), old.ca) as server:
            one.connection = replace(one.connection, urls={"": server.url})
            if works:
                assert await asked(one) == ["NL*LON"]
                continue
            with pytest.raises(NotSent):
                await asked(one)
            trust.write_bytes(old.ca.read_bytes() + new.ca.read_bytes())
            assert await asked(one) == ["NL*LON"]
    await one.close()


async def test_our_own_renewed_certificate_is_shown_to_the_next_caller(tmp_path: Path) -> None:
    ours, hubs = Authority(tmp_path, "Our CA"), Authority(tmp_path, "Hub CA")
    pair, client = ours.issued("gateway.example", "server"), hubs.issued("hub.example", "hub")
    serving = hosted(pair, hubs.ca)
    async with serving as server:
        settings = ServerSettings(certificate=str(pair.certificate), key=str(pair.key), client_ca=str(hubs.ca))
        renewal = renewal_of(serving._server.config, settings)
        assert renewal is not None
        assert renewal.look() == (False, "")
        one = link(account(server.url, client, ours.ca))
        before = await shown(server)
        fresh = ours.issued("gateway.example", "fresh")
        pair.certificate.write_bytes(fresh.certificate.read_bytes())
        changed, wrong = renewal.look()
        assert changed
        assert "server.pem" in wrong
        pair.key.write_bytes(fresh.key.read_bytes())
        assert renewal.look() == (True, "")
        after = await shown(server)
        assert after != before
        assert await asked(one) == ["hub.example"]
        await one.close()


def test_two_names_of_the_hub_are_accepted_while_its_certificate_changes() -> None:
    names = Credentials(peer_subjects=("hub-2024.example", "hub-2026.example"))
    one = connection(credentials=names)
    profile = profile_of(one.hub, one.protocol)[1]
    for name in names.peer_subjects:
        admitted(one, profile, HttpRequest(path="/", peer_names=(name,)))
    with pytest.raises(Unauthenticated, match="not the hub's"):
        admitted(one, profile, HttpRequest(path="/", peer_names=("hub-2022.example",)))


# --- at the start ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("common", "organisation", "names", "told"),
    [
        ("NL*LON", "", (), None),
        ("NLLON", "", (), None),
        ("hubject-nl-lon-qa", "", (), None),
        ("client", "NL-LON B.V.", (), None),
        ("client", "", ("nl-lon.example",), None),
        ("DE*XYZ", "Other Charging", (), "CN=DE*XYZ, O=Other Charging"),
    ],
)
def test_a_certificate_of_another_name_is_told_in_one_line(
    tmp_path: Path, common: str, organisation: str, names: tuple[str, ...], told: str | None
) -> None:
    pair = Authority(tmp_path).issued(common, "client", organisation=organisation, names=names)
    found = list(warnings({"hubject": account("https://hub.example", pair, "")}))
    line = f"the client certificate is issued to {told}: it does not name NL*LON, the account"
    assert found == ([] if told is None else [("hubject", line)])


def test_what_cannot_be_read_is_no_matter_of_names(tmp_path: Path) -> None:
    missing = Pair(tmp_path / "none.pem", tmp_path / "none.key")
    assert list(warnings({"hubject": account("https://hub.example", missing, ""), "bare": connection()})) == []
    with pytest.raises(Invalid, match="no such file"):
        link(account("https://hub.example", missing, ""))


def test_the_days_that_are_left_are_those_of_every_file(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issued("NL*LON", "client")
    one = account("https://hub.example", pair, authority.ca)
    days = list(days_left(files_of({"hubject": one}, None), datetime.now(UTC)))
    assert [(row.connection, row.use, round(row.days or 0)) for row in days] == [
        ("hubject", "client", 1),
        ("hubject", "ca", 1),
    ]
