"""What waits for the backend, as operations staff see it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import Gateway
from gateway.settings import load
from gateway.store import inbox
from gateway.web.service import NoBackend
from tests.cli.here import run
from tests.cli.test_outbox import SETTINGS

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose store has one CDR for the backend, and one row that cannot be read."""
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")

    async def receive() -> None:
        gateway = Gateway.load(load(path), NoBackend())
        values = {"connection": "hubject", "kind": "SubmitCdr", "message": "{}", "now": NOW}
        await gateway.database.write(lambda t: inbox.put(t, key="S-1", **values))  # type: ignore[arg-type]
        aside, _ = await gateway.database.write(lambda t: inbox.put(t, key="S-2", **values))  # type: ignore[arg-type]
        await gateway.database.write(lambda t: inbox.put_aside(t, aside, "it cannot be read", NOW))
        await gateway.stop()

    asyncio.run(receive())
    return path


def test_what_waits_and_what_is_aside_is_listed(config: Path) -> None:
    rows = json.loads(run("inbox", "list", "--config", config, "--json").out)
    assert [(row["key"], row["state"], row["words"]) for row in rows] == [
        ("S-1", "waiting", None),
        ("S-2", "aside", "it cannot be read"),
    ]
    assert run("inbox", "list", "--config", config, "--aside").out.decode().split()[:2] == ["2", "aside"]


def test_what_is_aside_is_taken_up_again_once(config: Path) -> None:
    assert run("inbox", "retry", "2", "--config", config).code == 0
    again = run("inbox", "retry", "2", "--config", config)
    assert (again.code, again.err) == (2, "roaming-gateway: no item 2 is aside\n")
    assert run("inbox", "list", "--config", config, "--aside").out == b""


def test_a_list_that_nobody_here_takes_is_not_asked_for(config: Path) -> None:
    refused = run("pull", "hubject", "tokens", "--config", config)
    assert (refused.code, json.loads(refused.out)["words"]) == (
        1,
        "not asked for: the backend takes no PublishTokens",
    )
    unknown = run("pull", "elsewhere", "evses", "--config", config)
    assert (unknown.code, unknown.err) == (2, "roaming-gateway: there is no connection 'elsewhere'\n")
