"""Direct endpoints as operations staff see them: exchanged with a hub over HTTP, and no token shown."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http import HttpRequest
from gateway.settings import load
from gateway.store import Database
from gateway.store.tables import endpoints
from gateway.web.hosting import Hosted
from tests.cli.here import Ran, run
from tests.support.days import House

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[journal]
{key}
[connections.stations]
hub = "eclearing"
role = "CPO"
party = "DE*ABC"
urls = {{ "" = "{hub}" }}
credentials = {{ username = "operator", password = "made-up" }}
options = {{ ochp_direct = true, ochp_direct_url = "https://roaming.example.com/stations" }}
[connections.drivers]
hub = "eclearing"
role = "EMSP"
party = "DE-8AA"
urls = {{ "" = "{hub}" }}
credentials = {{ username = "provider", password = "made-up" }}
options = {{ ochp_direct = true, ochp_direct_url = "https://roaming.example.com/drivers" }}
[connections.plain]
hub = "eclearing"
role = "CPO"
party = "DE*ABC"
urls = {{ "" = "{hub}" }}
[connections.other]
hub = "hubject"
role = "CPO"
party = "DE*ABC"
urls = {{ "" = "{hub}" }}
insecure_loopback = true
"""


@pytest.fixture
def hub() -> Iterator[str]:
    """A clearing house at an address of its own, in a thread of its own."""
    house, loop, urls, over = House(), asyncio.new_event_loop(), list[str](), asyncio.Event()
    ready = threading.Event()

    async def answer(request: Request) -> Response:
        reply = house.answer(HttpRequest(body=await request.body()))
        return Response(reply.body, reply.status, dict(reply.headers))

    async def serve() -> None:
        async with Hosted(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])) as hosted:
            urls.append(hosted.url)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield urls[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


def settings(folder: Path, hub: str, key: str = 'key = "a passphrase made up for tests"') -> Path:
    path = folder / "gateway.toml"
    path.write_text(SETTINGS.format(store=folder / "store.sqlite", hub=hub, key=key), encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path, hub: str) -> Path:
    return settings(tmp_path, hub)


def called(config: Path, *arguments: str) -> Ran:
    return run("endpoints", *arguments, "--config", config)


def stored_tokens(config: Path) -> list[bytes]:
    database = Database(load(config).store.dsn)
    with database.engine.connect() as connection:
        tokens = [token for token in connection.execute(select(endpoints.c.token)).scalars() if token]
    database.close()
    return tokens


def test_endpoints_are_uploaded_and_fetched_now_and_listed_without_tokens(config: Path) -> None:
    uploaded = [called(config, "upload", name) for name in ("stations", "drivers")]
    assert [one.code for one in uploaded] == [0, 0]
    assert all(one.out.startswith(b"uploaded for 20") for one in uploaded)
    assert called(config, "upload", "drivers").out == b"today's and tomorrow's are there already\n"
    assert called(config, "fetch", "drivers").out == b"2 endpoints of partners\n"
    rows = json.loads(called(config, "list", "--hub", "drivers", "--json").out)
    assert sorted((row["whose"], row["role"], row["url"], tuple(row["allow"])) for row in rows) == [
        ("ours", "EMSP", "https://roaming.example.com/drivers", ("DE8AAC%",)),
        ("ours", "EMSP", "https://roaming.example.com/drivers", ("DE8AAC%",)),
        ("partner", "CPO", "https://roaming.example.com/stations", ("DEABCE%",)),
        ("partner", "CPO", "https://roaming.example.com/stations", ("DEABCE%",)),
    ]
    listed = called(config, "list")
    assert len(listed.out.splitlines()) == 6
    assert "journal.key" not in listed.err
    assert not any("token" in name for name in rows[0])


def test_a_store_without_a_key_is_said_and_its_tokens_are_not_shown(tmp_path: Path, hub: str) -> None:
    config = settings(tmp_path, hub, key="")
    assert called(config, "upload", "stations").code == 0
    listed = called(config, "list")
    assert listed.err == "the settings have no journal.key: tokens of direct endpoints are stored unsealed\n"
    tokens = stored_tokens(config)
    assert len(tokens) == 2
    assert not any(token in listed.out for token in tokens)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plain", "connection plain has no OCHPdirect; its option ochp_direct turns it on"),
        ("other", "has no direct endpoints"),
        ("nowhere", "there is no connection 'nowhere'"),
    ],
)
@pytest.mark.parametrize("what", ["upload", "fetch"])
def test_what_cannot_be_done_is_said(config: Path, what: str, name: str, words: str) -> None:
    refused = called(config, what, name)
    assert (refused.code, words in refused.err, refused.out) == (2, True, b"")


def test_a_hub_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    failed = called(settings(tmp_path, "http://127.0.0.1:9"), "fetch", "stations")
    assert (failed.code, failed.out) == (2, b"")
    assert "ConnectError" in failed.err
