"""EVSE networks from the command line, on a store whose EVSEs the hub is said to have."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.store import Database, publications
from tests.cli.here import Ran, run
from tests.support.networks import always, names, offer, published
from tests.support.publishing import place

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
[connections.hubject.options.networks]
offer_over_unassigned = "warn"
"""
ONE, TWO, THREE = names(1, 2, 3)


class Desk:
    """A folder with settings and a store, and the command in it. Three EVSEs are at the hub, a fourth waits."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config, store = folder, folder / "gateway.toml", folder / "store.sqlite"
        self.config.write_text(SETTINGS.format(store=store), encoding="utf-8")
        database = Database(f"sqlite:///{store}")
        database.migrate()
        waits = published(place(4), there="no", accepted=None, state="held", held="no hotline number")
        rows = [*(published(place(number)) for number in (1, 2, 3)), waits]
        asyncio.run(database.write(lambda transaction: publications.added(transaction, rows)))
        database.close()

    def run(self, *arguments: object) -> Ran:
        return run("networks", *arguments, "--config", self.config)

    def lines(self, *arguments: object) -> list[str]:
        done = self.run(*arguments)
        assert done.code == 0, done.err
        return done.out.decode().splitlines()

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json").out)

    def offer(self) -> Path:
        begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        path = self.folder / "offer.json"
        document = to_json(offer(always("A", "day"), always("B", "day"), valid_from=begins))
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", ""), 2, "nothing is given"),
        (("unassigned", "Net", "--from-kw", "nan"), 2, "'nan' is no output in kW"),
        (("unassigned", "Net", "--to-kw", "much"), 2, "'much' is no output in kW"),
        (("ids", "Net", "hub-1", "--group", "A"), 64, "a group is given as NAME=ID"),
    ],
)
def test_what_is_typed_wrongly_is_named(desk: Desk, arguments: tuple[str, ...], code: int, words: str) -> None:
    desk.lines("create", "hubject", "Net", "--group", "A")
    ran = desk.run(*arguments)
    assert (ran.code, words in ran.err) == (code, True), ran.err


@pytest.mark.parametrize(
    ("command", "with_settings"),
    [
        (("networks", "offer", "create", "Net"), True),
        (("publish", "locations"), True),
        (("check-cdr",), False),
        (("recode", "--protocol", "oicp", "--message", "PushEvseData"), False),
    ],
)
def test_a_document_of_no_depth_a_reader_has_is_refused(
    desk: Desk, command: tuple[str, ...], with_settings: bool
) -> None:
    deep = desk.folder / "deep.json"
    deep.write_text("[" * 100_000, encoding="utf-8")
    ran = run(*command, deep, *(("--config", desk.config) if with_settings else ()))
    assert (ran.code, "deep.json" in ran.err, "Recursion" in ran.err) == (2, True, False), ran.err


def test_groups_are_filled_and_lists_show_the_rest(desk: Desk) -> None:
    assert desk.lines("create", "hubject", "Net", "--group", "A", "--group", "B") == [
        "Net at hubject: draft, ready for an offer: no (3 unassigned)", "  A: 0 EVSEs", "  B: 0 EVSEs",
    ]  # fmt: skip
    assert desk.lines("assign", "Net", "A", ONE) == ["A: 1 added, 0 moved, 0 there before"]
    assert desk.lines("unassigned", "Net", "--location", "amster", "--power-type", "ac", "--limit", "1") == [
        f"{TWO}  Keizersgracht, Amsterdam  AC_3_PHASE  22.08 kW",
        "1 of 2; more with --after NLLONE00021",
    ]
    assert desk.lines("unassigned", "Net", "--not-at-hub")[0].endswith("22.08 kW  no hotline number")
    assert desk.lines("assign", "Net", "B", "--all", "--evse", "E0002") == ["B: 1 added, 0 moved, 0 there before"]
    assert desk.lines("move", "Net", "B", ONE) == ["B: 0 added, 1 moved, 0 there before"]
    assert desk.lines("unassign", "Net", ONE) == ["1 unassigned"]
    assert [row["evse"] for row in desk.json("assigned", "Net", "--group", "B")["evses"]] == [TWO]
    assert desk.json("show", "Net")["network"]["groups"] == [{"name": "A"}, {"name": "B", "evses": [TWO]}]


def test_every_reason_is_named_and_nothing_is_done(desk: Desk) -> None:
    desk.run("create", "hubject", "Net", "--group", "A")
    done = desk.run("assign", "Net", "A", ONE, *names(4, 9))
    assert (done.code, done.err.splitlines()) == (
        2,
        [
            f"roaming-gateway: /{names(4)[0]}: it is not yet at the hub: no hotline number "
            "(Hubject support pages 26845523750557)",
            f"roaming-gateway: /{names(9)[0]}: it was never published to hubject "
            "(Hubject support pages 26845523750557)",
        ],
    )
    assert desk.json("show", "Net")["unassigned"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "hubject", "Net"), 2, "already"),
        (("create", "nobody", "Other"), 2, "no connection 'nobody' of a CPO"),
        (("show", "Other"), 2, "there is no network 'Other'"),
        (("group", "add", "Net", "x" * 31), 2, "at most 30 characters, this one has 31"),
        (("assign", "Net", "A"), 64, "give EVSE ids, or --all"),
        (("assign", "Net", "A", "NL*LON*C1"), 2, "this is a contract id"),
        (("unassigned", "Net", "--from-kw", "much"), 2, "no output in kW"),
        (("unassigned", "Net", "--power-type", "steam"), 2, "no power type"),
        (("activate", "Net", "--dry-run"), 2, "there is no offer"),
        (("price", ONE, "--at", "tomorrow"), 2, "no time with an offset"),
    ],
    ids=lambda value: "" if isinstance(value, (int, str)) else " ".join(value)[:30],
)
def test_what_is_wrong_is_said_in_a_line(desk: Desk, arguments: tuple[str, ...], code: int, words: str) -> None:
    desk.run("create", "hubject", "Net", "--group", "A")
    done = desk.run(*arguments)
    assert (done.code, words in done.err, done.out) == (code, True, b"")


def test_rules_sort_and_name_what_they_do_not_fit(desk: Desk) -> None:
    desk.run("create", "hubject", "Net", "--group", "A")
    desk.run("rules", "save", "Net", "slow", "A", "--to-kw", "23", "--evse", "E0001")
    assert desk.lines("rules", "list", "Net") == ["slow → A: evse E0001, max_kw 23"]
    done = desk.run("rules", "apply", "Net")
    assert (done.code, done.out.decode().splitlines()) == (
        1, ["A: 1", f"  {ONE}", f"no rule fits {TWO}", f"no rule fits {THREE}"],
    )  # fmt: skip
    assert desk.json("rules", "preview", "Net") == {"network": "Net", "groups": {}, "unmatched": [TWO, THREE]}
    assert desk.lines("rules", "delete", "Net", "slow") == []


def test_activation_is_a_dry_run_and_then_a_yes(desk: Desk) -> None:
    desk.run("create", "hubject", "Net", "--group", "A", "--group", "B")
    desk.run("assign", "Net", "A", ONE)
    done = desk.run("offer", "create", "Net", desk.offer())
    assert (done.code, "their price will be zero" in done.err) == (0, True)
    shown = desk.lines("activate", "Net", "--dry-run")
    assert shown[:4] == [
        "2 EVSEs at the hub are in no group: their price will be zero", f"  {TWO}", f"  {THREE}", "group B is empty",
    ]  # fmt: skip
    refused = desk.run("activate", "Net", "--without-hub")
    assert (refused.code, "activation needs to be confirmed" in refused.err, TWO in refused.err) == (2, True, True)
    token = shown[4].rpartition(" ")[2]
    assert desk.lines("activate", "Net", "--without-hub", "--confirm", token)[0].startswith("Summer for Net: active")
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert desk.lines("price", TWO, "--at", later) == [f"{TWO}: unassigned-evse, 0"]
    assert desk.lines("price", ONE, "--at", later) == [f"{ONE}: group-price", "  ENERGY: 0.40 EUR per KILOWATT_HOUR"]
    moved = desk.run("move", "Net", "B", ONE)
    assert (moved.code, "NGP EVSE assignment API v1" in moved.err) == (2, True)


def test_a_hub_that_is_not_there_changes_nothing(desk: Desk) -> None:
    desk.run("create", "hubject", "Net", "--group", "A")
    done = desk.run("send", "Net")
    assert (done.code, done.err.startswith("roaming-gateway: ConnectError")) == (2, True)
    assert desk.run("ids", "Net", "N", "--group", "A=G").code == 0
    network = desk.json("show", "Net")["network"]
    assert (network["id"], network["groups"]) == ("N", [{"id": "G", "name": "A"}])
