"""Metrics and health over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from sqlalchemy import insert, text

from gateway.http import HttpRequest, HttpResponse
from gateway.journal import Exchange
from gateway.metrics import Metrics
from gateway.monitoring import Monitor
from gateway.ports import Credentials, Policy
from gateway.settings import MonitorSettings, ServerSettings
from gateway.store import Database, schedule
from gateway.store.database import stamp
from gateway.store.tables import outbox, sessions
from gateway.web.hosting import Hosted
from gateway.web.monitor import monitoring
from tests.scenarios import toy

pytestmark = pytest.mark.usefixtures("toy_protocol")


@dataclass
class Engine:
    """An engine as the monitor sees it."""

    beat: float | None = field(default_factory=time.monotonic)

    def start(self, works: bool = True) -> None: ...
    def wake(self, lane: str = "") -> None: ...
    async def stop(self) -> None: ...
    async def idle(self) -> None: ...


@dataclass
class Site:
    url: str
    database: Database
    metrics: Metrics
    monitor: Monitor
    engine: Engine

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(self.url + path)

    async def sample(self, name: str, **labels: str) -> float | None:
        """One value of `/metrics`."""
        for line in (await self.get("/metrics")).text.splitlines():
            found, _, value = line.rpartition(" ")
            written = ",".join(f'{key}="{label}"' for key, label in labels.items())
            if found == f"roaming_gateway_{name}" + (f"{{{written}}}" if written else ""):
                return float(value)
        return None


Make = Callable[..., Any]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Make]:
    closing: list[Any] = []

    async def made(server: ServerSettings | None = None, credentials: Credentials | None = None, **set_to: Any) -> Site:
        database = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
        database.migrate()
        connection = replace(toy.connection(), credentials=credentials or Credentials())
        profile = replace(
            toy.adapter.profiles[connection.hub], deliveries={"SubmitCdr": Policy(lane="cdr", per_minute=60)}
        )
        metrics, engine = Metrics({"toy": "toyland"}), Engine()
        monitor = Monitor(
            database,
            {"toy": (connection, profile)},
            metrics,
            engine,
            settings=MonitorSettings(**set_to),
            server=server,
        )
        hosted = await Hosted(monitoring(monitor)).__aenter__()
        closing.append((hosted, database))
        return Site(hosted.url, database, metrics, monitor, engine)

    yield made
    for hosted, database in closing:
        await hosted.__aexit__(None, None, None)
        database.close()


def before(seconds: float) -> str:
    return stamp(datetime.now(UTC) - timedelta(seconds=seconds))


def owe(database: Database, **changed: Any) -> None:
    values = {
        "connection": "toy",
        "lane": "toy/cdr",
        "key": str(changed),
        "kind": "SubmitCdr",
        "message": "{}",
        "state": "waiting",
        "tries": 0,
        "unknown_tries": 0,
        "next_try_at": before(0),
        "created_at": before(100),
        "changed_at": before(0),
    }
    with database.engine.begin() as transaction:
        transaction.execute(insert(outbox).values(**{**values, **changed}))


def charge(database: Database, seconds: float) -> None:
    values = {"id": "S-1", "connection": "toy", "status": "ACTIVE", "evse_unknown_at_hub": False}
    with database.engine.begin() as transaction:
        transaction.execute(insert(sessions).values(**values, began_at=before(seconds), changed_at=before(seconds)))


async def test_deliveries_are_counted_by_hub_kind_state_and_code(site: Make) -> None:
    here = await site()
    for code in (None, None, "017"):
        state = "refused" if code else "accepted"
        here.metrics.delivered("toy", "SubmitCdr", state, code, 0.1)
    labels = {"code": "", "connection": "toy", "hub": "toyland", "kind": "SubmitCdr", "state": "accepted"}
    assert await here.sample("deliveries_total", **labels) == 2
    assert await here.sample("deliveries_total", **{**labels, "state": "refused", "code": "017"}) == 1


async def test_exchanges_are_timed_by_hub_direction_and_operation(site: Make) -> None:
    here = await site()
    request = HttpRequest(method="POST", path="/start")
    here.metrics.saw(Exchange("toy", "in", request, "Start", response=HttpResponse(status=200)))
    here.metrics.saw(Exchange("toy", "out", request, "SubmitCdr", error="NoAnswer: the connection broke"))
    labels = {"direction": "in", "hub": "toyland", "operation": "Start"}
    assert await here.sample("exchange_seconds_count", **labels) == 1
    assert await here.sample("exchanges_total", **labels, outcome="200") == 1
    other = {"direction": "out", "hub": "toyland", "operation": "SubmitCdr", "outcome": "NoAnswer"}
    assert await here.sample("exchanges_total", **other) == 1


async def test_a_hub_cannot_fill_the_memory_with_codes(site: Make) -> None:
    here = await site()
    for number in range(2000):
        here.metrics.delivered("toy", "SubmitCdr", "refused", f"code {number}", 0.1)
    here.metrics.delivered("toy", "SubmitCdr", "refused", "a whole sentence of explanation, which is no code", 0.1)
    lines = [line for line in (await here.get("/metrics")).text.splitlines() if "deliveries_total{" in line]
    assert len(lines) == 1001
    labels = {"code": "other", "connection": "toy", "hub": "toyland", "kind": "SubmitCdr", "state": "refused"}
    assert await here.sample("deliveries_total", **labels) == 1001


def test_a_note_costs_microseconds() -> None:
    metrics, request = Metrics({"toy": "toyland"}), HttpRequest(method="POST", path="/start")
    exchange = Exchange("toy", "in", request, "Start", response=HttpResponse(status=200))
    began = time.perf_counter()
    for _ in range(2000):
        metrics.delivered("toy", "SubmitCdr", "accepted", None, 0.1)
        metrics.saw(exchange)
    assert (time.perf_counter() - began) / 4000 < 100e-6


async def test_queues_show_their_length_age_and_what_is_overdue(site: Make) -> None:
    here = await site()
    owe(here.database, deadline_at=before(10))
    owe(here.database, created_at=before(50))
    labels = {"connection": "toy", "kind": "SubmitCdr", "state": "waiting"}
    assert await here.sample("queue_entries", **labels) == 2
    assert 100 <= (await here.sample("queue_oldest_seconds", **labels)) < 130
    assert await here.sample("queue_overdue", **labels) == 1
    assert await here.sample("budget_left_ratio", connection="toy", kind="SubmitCdr") == 1.0


async def test_periodic_work_that_fails_is_seen(site: Make) -> None:
    here = await site()
    now = datetime.now(UTC)
    with here.database.engine.begin() as transaction:
        schedule.register(transaction, ("toy", "heartbeat"), 60.0, now)
        (turn,) = schedule.due(transaction, {("toy", "heartbeat")}, now)
        schedule.take(transaction, turn, "one", now, 30.0)
        schedule.finish(transaction, ("toy", "heartbeat"), "one", now, 60.0, "no answer")
    assert await here.sample("job_failures", connection="toy", job="heartbeat") == 1
    details = (await here.get("/ready")).json()
    assert details["failing"] == [{"connection": "toy", "job": "heartbeat", "failures": 1}]


async def test_a_connection_is_silent_when_somebody_charges_and_nothing_is_heard(site: Make) -> None:
    here = await site(silence_minutes=60)
    assert await here.sample("silent", connection="toy") is None
    charge(here.database, 4000)
    assert await here.sample("silent", connection="toy") == 1
    reply = await here.get("/ready")
    assert (reply.status_code, reply.json()["silent"]) == (200, ["toy"])
    here.metrics.delivered("toy", "SubmitCdr", "refused", "017", 0.1)
    assert await here.sample("silent", connection="toy") == 1
    here.metrics.delivered("toy", "SubmitCdr", "accepted", None, 0.1)
    assert await here.sample("silent", connection="toy") == 0
    assert 0 <= (await here.sample("heard_seconds", connection="toy")) < 30


async def test_what_one_process_heard_breaks_the_silence_for_all(site: Make) -> None:
    here, other = await site(), await site()
    charge(here.database, 4000)
    request = HttpRequest(method="POST", path="/start")
    other.metrics.saw(Exchange("toy", "in", request, "Start", response=HttpResponse(status=200)))
    other.monitor.start()
    await other.monitor.end()
    await other.monitor.stop()
    assert await here.sample("silent", connection="toy") == 0


async def test_certificates_show_their_days_also_when_they_are_over(site: Make, tmp_path: Path) -> None:
    authority, files = trustme.CA(), {}
    for name, days in (("client", 30), ("old", -2)):
        at = datetime.now(UTC) + timedelta(days=days)
        certificate = authority.issue_cert(f"{name}.example", not_before=at - timedelta(days=90), not_after=at)
        files[name] = str(tmp_path / f"{name}.pem")
        certificate.cert_chain_pems[0].write_to_path(files[name])
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate")
    here = await site(
        ServerSettings(certificate=files["old"], key="key.pem"),
        Credentials(client_certificate=files["client"], client_key="key.pem", ca=str(broken)),
    )
    assert round(await here.sample("certificate_days_left", connection="toy", use="client")) == 30
    assert round(await here.sample("certificate_days_left", connection="", use="server")) == -2
    unread = await here.sample("certificate_days_left", connection="toy", use="ca")
    assert unread != unread
    days = {(one["connection"], one["use"]): one["days"] for one in (await here.get("/ready")).json()["certificates"]}
    assert days == {("", "server"): -2.0, ("toy", "client"): 30.0, ("toy", "ca"): None}


async def test_a_process_is_ready_when_all_is_well(site: Make) -> None:
    here = await site()
    reply = await here.get("/ready")
    assert (reply.status_code, reply.json()) == (
        200,
        {
            "ready": True,
            "store": "ok",
            "engine": "ok",
            "lanes": "ok",
            "stopping": False,
            "stuck": [],
            "silent": [],
            "open": 0,
            "overdue": 0,
            "inbox": 0,
            "heartbeats": [],
            "failing": [],
            "certificates": [],
        },
    )
    assert (await here.get("/live")).json() == {"live": True}


async def not_ready(here: Site) -> dict[str, Any]:
    reply = await here.get("/ready")
    assert reply.status_code == 503
    assert (await here.get("/live")).status_code == 200
    details: dict[str, Any] = reply.json()
    return details


async def test_a_lane_that_nobody_takes_up_makes_it_unready(site: Make) -> None:
    here = await site(stuck_minutes=10)
    owe(here.database, next_try_at=before(700))
    details = await not_ready(here)
    assert (details["lanes"], details["stuck"]) == ("1 stuck", ["toy/cdr"])


async def test_a_process_that_only_answers_hubs_is_ready_while_nobody_delivers(site: Make) -> None:
    here = await site()
    here.monitor._engine = None
    owe(here.database, next_try_at=before(700))
    reply = await here.get("/ready")
    assert (reply.status_code, reply.json()["lanes"]) == (200, "1 stuck")


async def test_an_engine_that_stands_still_makes_it_unready(site: Make) -> None:
    here = await site(beat_seconds=60)
    here.engine.beat = time.monotonic() - 61
    assert (await not_ready(here))["engine"] == "no look for work for 61 seconds"
    here.engine.beat = None
    assert (await here.get("/ready")).status_code == 200


async def test_another_schema_or_no_database_makes_it_unready(site: Make) -> None:
    here = await site()
    with here.database.engine.begin() as transaction:
        transaction.execute(text("UPDATE gateway_version SET version_num = '9999'"))
    assert (await not_ready(here))["store"].startswith("the schema is 9999, this gateway's is ")
    here.database.close()
    assert (await not_ready(here))["store"] == "the database does not answer (RuntimeError)"
    assert (await here.get("/metrics")).status_code == 503


async def test_a_process_that_stops_is_not_ready(site: Make) -> None:
    here = await site()
    await here.monitor.end()
    assert (await not_ready(here))["stopping"] is True


async def test_signs_of_life_are_written_down_without_being_asked_for(site: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.monitoring._FLUSH_SECONDS", 0.01)
    here = await site()
    here.metrics.delivered("toy", "SubmitCdr", "accepted", None, 0.1)
    here.monitor.start()
    await asyncio.sleep(0.3)
    with here.database.engine.connect() as connection:
        assert connection.execute(text("SELECT connection, sign FROM gateway_signs")).all() == [("toy", "accepted")]
    await here.monitor.stop()
