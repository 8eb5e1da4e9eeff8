"""CDRs at a clearing house as staff see them: listed, shown without cards, corrected, given up, answered for."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import Gateway
from gateway.canonical import to_json
from gateway.model import messages as m
from gateway.model.cdr import CdrStatus
from gateway.settings import load
from gateway.store import outbox
from gateway.store.database import Transaction
from gateway.web.service import NoBackend
from tests.adapters.test_ochp_sends import BILL
from tests.cli.here import run

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.cpo]
hub = "eclearing"
role = "CPO"
party = "DE*ABC"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
[connections.emsp]
hub = "eclearing"
role = "EMSP"
party = "DE-8EO"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
"""


def on_gateway(config: Path, work: Callable[[Gateway], Awaitable[None]], backend: object | None = None) -> None:
    async def done() -> None:
        gateway = Gateway.load(load(config), backend or NoBackend())
        try:
            await work(gateway)
        finally:
            await gateway.stop()

    asyncio.run(done())


async def declined(gateway: Gateway) -> None:
    """A CDR of ours that was taken, and then declined by its EMSP."""
    owed = await gateway.submit("cpo", m.SubmitCdr(cdr=BILL))
    now = datetime.now(UTC)

    def taken(transaction: Transaction) -> None:
        entry = outbox.change(transaction, outbox.get(transaction, owed.id), "sending", now)
        gateway._book.settled(transaction, outbox.change(transaction, entry, "accepted", now))

    await gateway.database.write(taken)
    review = m.ReviewCdr(cdr=replace(BILL, status=CdrStatus.DECLINED))
    await gateway.inward.collected(gateway.hub("cpo").connection, review)


class Undecided:
    async def submit_cdr(self, _: object, __: m.SubmitCdr) -> m.CdrReceipt:
        return m.CdrReceipt()


async def left_open(gateway: Gateway) -> None:
    waiting = m.SubmitCdr(cdr=replace(BILL, status=CdrStatus.ACCEPTED))
    await gateway.inward.collected(gateway.hub("emsp").connection, waiting)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(store=tmp_path / "store.sqlite"), encoding="utf-8")
    return path


def test_declined_cdrs_are_listed_with_what_to_do(config: Path) -> None:
    on_gateway(config, declined)
    listed = run("cdrs", "list", "--config", config, "--connection", "cpo", "--state", "declined")
    first, advice = listed.out.decode().splitlines()
    assert (listed.code, first.split()[:2], first.split()[-2:]) == (
        0,
        ["DECLINED", "v1"],
        ["cpo", "DEABC0001/DEABCE1001"],
    )
    assert advice.strip() == ("ask the EMSP why, then correct it with `cdrs revise` or give it up with `cdrs give-up`")
    (row,) = json.loads(run("cdrs", "list", "--config", config, "--json").out)
    assert (row["state"], row["cdr_id"], row["evse"]) == ("DECLINED", "DEABC0001", "DE*ABC*E100*1")
    assert run("cdrs", "list", "--config", config, "--state", "approved").out == b""
    wrong = run("cdrs", "list", "--config", config, "--state", "lost")
    assert (wrong.code, "new, accepted, declined" in wrong.err) == (64, True)


def test_a_cdr_is_shown_with_its_history_and_without_the_card(config: Path) -> None:
    on_gateway(config, declined)
    shown = json.loads(run("cdrs", "show", "DEABC0001", "--config", config).out)
    assert [line["said"] for line in shown["history"]] == ["owed as new", "taken as new", "the hub says DECLINED"]
    assert shown["cdr"]["token"]["uid"] == "04…80"
    assert "CA2B3C4D5" not in json.dumps(shown)
    missing = run("cdrs", "show", "X", "--config", config)
    assert (missing.code, missing.err) == (2, "roaming-gateway: there is no CDR X that we know\n")


def test_a_declined_cdr_is_corrected_from_a_file(config: Path, tmp_path: Path) -> None:
    on_gateway(config, declined)
    file = tmp_path / "cdr.json"
    file.write_text(json.dumps(to_json(replace(BILL, meter_id="M-2"))), encoding="utf-8")
    ran = run("cdrs", "revise", file, "--config", config)
    assert (ran.code, ran.out.decode().split()[1:3]) == (0, ["waiting", "cpo/cdr;"])
    owed = json.loads(run("outbox", "show", ran.out.split()[0].decode(), "--config", config).out)
    assert (owed["message"]["cdr"]["status"], owed["message"]["cdr"]["meter_id"]) == ("REVISED", "M-2")
    again = run("cdrs", "give-up", "DEABC0001", "--config", config)
    assert (again.code, again.err.endswith("wait for the hub's word, or withdraw it first\n")) == (2, True)


def test_a_claim_is_given_up(config: Path) -> None:
    on_gateway(config, declined)
    ran = run("cdrs", "give-up", "DEABC0001/DEABCE1001", "--config", config)
    assert ran.code == 0
    owed = json.loads(run("outbox", "show", ran.out.split()[0].decode(), "--config", config).out)
    assert (owed["message"]["cdr"]["status"], owed["state"]) == ("REJECTED", "waiting")


@pytest.mark.parametrize(("command", "state"), [("approve", "APPROVED"), ("decline", "DECLINED")])
def test_what_the_backend_leaves_open_is_answered_by_hand(config: Path, command: str, state: str) -> None:
    on_gateway(config, left_open, Undecided())
    (row,) = json.loads(run("cdrs", "list", "--config", config, "--json").out)
    assert (row["state"], row["left_open"], "cdrs approve" in row["to_do"]) == ("ACCEPTED", True, True)
    ran = run("cdrs", command, "DEABC0001", "--config", config, "--reason", "looked at")
    assert (ran.code, ran.out.split()[0].decode()) == (0, state)
    (owed,) = json.loads(run("outbox", "list", "--config", config, "--json").out)
    assert (owed["kind"], owed["lane"]) == ("ConfirmCdrs", "emsp/cdr-confirmation")
    shown = json.loads(run("cdrs", "show", "DEABC0001", "--config", config).out)
    assert (shown["words"], shown["history"][-1]["said"]) == ("looked at", f"{state} by hand")
    again = run("cdrs", command, "DEABC0001", "--config", config, "--reason", "again")
    assert (again.code, f"cannot be answered for by hand: it is {state}" in again.err) == (2, True)


def test_to_decline_takes_a_reason(config: Path) -> None:
    assert run("cdrs", "decline", "DEABC0001", "--config", config).code == 64


@pytest.mark.parametrize("content", ["{", '{"cdr": {"start": "yesterday"}}', "[]"])
def test_a_file_that_is_no_cdr_is_said_in_one_line(config: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "cdr.json"
    file.write_text(content, encoding="utf-8")
    ran = run("cdrs", "revise", file, "--config", config)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, b"", 1)
