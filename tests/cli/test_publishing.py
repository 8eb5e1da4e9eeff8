"""Publishing and drift from the command line, on a store beside which no gateway runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.model.location import Location
from tests.cli.here import Ran, run
from tests.support.publishing import evse_id, place

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.hubject]
hub = "hubject"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
[[connections.hubject.operators]]
id = "NL*LON"
name = "London Charging"
[connections.gireve]
hub = "gireve"
role = "CPO"
party = "NL*LON"
urls = {{ "" = "http://127.0.0.1:9" }}
insecure_loopback = true
"""
ONE, TWO, THREE = (str(evse_id(number)) for number in (1, 2, 3))


class Desk:
    """A folder with settings and files, and the command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "gateway.toml"
        self.config.write_text(SETTINGS.format(store=folder / "store.sqlite"), encoding="utf-8")

    def file(self, *places: Location) -> Path:
        path = self.folder / "fleet.json"
        path.write_text(json.dumps({"locations": to_json(places)}), encoding="utf-8")
        return path

    def run(self, *arguments: object) -> Ran:
        return run(*arguments, "--config", self.config)

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json").out)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_good_evses_are_published_and_the_others_listed(desk: Desk) -> None:
    fleet = desk.file(place(1), place(2, hotline=None), place(3, "FR*XYZ"))
    done = desk.run("publish", "locations", fleet)
    assert done.code == 1
    assert done.out.decode().splitlines() == [
        "hubject: 1 to insert, 0 to update, 0 to remove, 0 unchanged, 1 held back",
        f"  held back  {TWO}: no hotline number",
        "gireve: 0 to insert, 0 to update, 0 to remove, 2 unchanged, 0 held back",
    ]
    assert done.err.splitlines() == [
        "FR*XYZ*E0003*1: operator FR*XYZ is on no connection; add it in the settings under "
        '[[connections.<name>.operators]] (id = "FR*XYZ") of the hub that is to show it',
        f"{TWO} at hubject: HotlinePhoneNumber is mandatory",
    ]
    assert [(row["evse"], row["state"]) for row in desk.json("publish", "held", "--hub", "hubject")] == [
        (ONE, "held"),
        (TWO, "held"),
    ]
    assert desk.run("publish", "held", "--evse", TWO).out.decode().split(maxsplit=4) == [
        "hubject", TWO, "data", "held", "no hotline number\n",
    ]  # fmt: skip


def test_a_full_load_is_shown_before_it_is_asked_for(desk: Desk) -> None:
    desk.run("publish", "locations", desk.file(place(1), place(2)))
    shown = desk.run("publish", "full-load", "hubject")
    assert (shown.code, shown.out.decode().splitlines()) == (
        0,
        [
            "hubject: a full load sends 2 EVSEs, the hub loses 0",
            "  what else the hub has of ours is not known here: look with --view or --view-file",
            "nothing is planned; --confirm plans it",
        ],
    )
    export = desk.folder / "export.json"
    export.write_text(json.dumps(to_json([place(1), place(3)])), encoding="utf-8")
    seen = desk.json("publish", "full-load", "hubject", "--view-file", export, "--confirm")
    assert (seen["sends"], seen["loses"], seen["complete"], seen["planned"]) == (
        [ONE, TWO],
        {THREE: "it was never published from here"},
        True,
        True,
    )
    no_data = desk.run("publish", "full-load", "gireve")
    assert (no_data.code, no_data.err) == (
        2,
        "roaming-gateway: Gireve IOP (eMIP) takes no EVSE data over this protocol, only statuses\n",
    )


def test_what_is_complete_names_what_it_would_remove(desk: Desk) -> None:
    desk.run("publish", "locations", desk.file(place(1), place(2)))
    refused = desk.run("publish", "locations", desk.file(place(1)), "--complete", "NL*LON")
    assert (refused.code, refused.err) == (
        2,
        "roaming-gateway: 1 of 2 EVSEs of NL*LON would be removed at hubject, at most 10% may go without "
        f"confirmation: {TWO}\n",
    )
    preview = desk.json("publish", "locations", desk.file(place(1)), "--complete", "NL*LON", "--preview")
    assert preview["connections"]["hubject"]["removals"] == [TWO]
    assert desk.run("publish", "locations", desk.file(place(1)), "--complete", "NL*LON", "--confirm").code == 0
    gone = desk.run("publish", "show", TWO)
    assert (gone.code, gone.err) == (2, f"roaming-gateway: {TWO} is not published anywhere\n")


def test_one_evse_is_shown_at_every_hub_and_removed_from_all(desk: Desk) -> None:
    desk.run("publish", "locations", desk.file(place(1)))
    shown = json.loads(desk.run("publish", "show", "nllone00011").out)
    assert [(row["connection"], row["state"], row["there"]) for row in shown] == [
        ("gireve", "none", "no"),
        ("hubject", "insert", "no"),
    ]
    assert desk.run("publish", "retry", "hubject", ONE).out == b"hubject: 0 to be tried again\n"
    assert desk.run("publish", "retire", ONE).code == 0
    assert desk.run("publish", "show", ONE).code == 2
    wrong = desk.run("publish", "retire", "12")
    assert (wrong.code, wrong.err) == (2, "roaming-gateway: '12' is not an EVSE id\n")


def test_drift_is_told_against_an_export_and_repaired_when_asked(desk: Desk) -> None:
    desk.run("publish", "locations", desk.file(place(1), place(2)))
    export = desk.folder / "export.json"
    changed = replace(place(2), hotline="+49301111111")
    export.write_text(json.dumps(to_json([changed])), encoding="utf-8")
    told = desk.run("drift", "hubject", "--view-file", export)
    assert (told.code, told.out.decode().splitlines()) == (
        1,
        [
            "hubject: 1 missing, 0 too many, 1 different, 0 the same, 0 left as they are",
            f"  missing   {ONE}",
            f"  different {TWO}",
            "    /OperatorEvseData/EvseDataRecord/0/HotlinePhoneNumber: we want '+31201234567', "
            "the hub shows '+49301111111'",
            "  repair    INSERT 1 EVSEs in 1 pushes",
            "  repair    UPDATE 1 EVSEs in 1 pushes",
        ],
    )
    repaired = desk.json("drift", "hubject", "--view-file", export, "--apply")
    assert [(step["action"], step["evses"]) for step in repaired["repair"]] == [("INSERT", [ONE]), ("UPDATE", [TWO])]
    assert desk.json("publish", "held") == []


def test_without_a_view_drift_says_in_one_line_that_there_is_none(desk: Desk) -> None:
    blind = desk.run("drift", "hubject")
    assert (blind.code, blind.err) == (
        2,
        "roaming-gateway: Hubject shows a CPO nothing of its own data: give --view with a connection of an eMSP at "
        "this hub, or --view-file with an export\n",
    )
    assert desk.run("drift", "nowhere").code == 2
    missing = desk.run("drift", "hubject", "--view-file", "nowhere.json")
    assert (missing.code, missing.err) == (2, "roaming-gateway: nowhere.json: No such file or directory\n")
    assert desk.run("drift", "hubject", "--view", "a", "--view-file", "b").code == 64
