"""What a hub shows against what it should show, seen through an account of an eMSP or an export."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.canonical import to_json
from gateway.errors import Invalid, UnknownConnection
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.publishing import RemovalRefused
from gateway.publishing.drift import Difference, Drift, Repair, repairs
from gateway.publishing.repairing import drift, exported, fetched, of_file, repair, views, without_view
from gateway.store import Database
from tests.support.publishing import EMP, Stand, connection, evse_id, place, stand

ONE, TWO, FOUR, FIVE = (str(evse_id(number)) for number in (1, 2, 4, 5))
LOOKING = connection(name="looking", role=Role.EMSP, party=EMP, operators=())


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database()
    opened.migrate()
    yield opened
    opened.close()


def both(database: Database, *others: Stand) -> Stand:
    """A CPO's and an eMSP's account at one simulated hub, which may be an earlier one's."""
    first = stand(database, [connection()]) if not others else others[0]
    simulator = first.links["hubject"].simulator
    return stand(database, [connection(), LOOKING], simulators={"hubject": simulator, "looking": simulator})


async def drifted(database: Database) -> Stand:
    """A hub that lacks 1, has 4 too many, has another hotline for 2, and the right record of 3."""
    one = both(database)
    await one.publisher.publish([place(number) for number in (1, 2, 3, 4)])
    await one.loaded()
    places = one.links["hubject"].simulator.places  # type: ignore[attr-defined]
    kept = places.records.pop(evse_id(1).compact)
    await one.publisher.retire([evse_id(4)])
    await one.deliver()
    places.records[evse_id(5).compact] = replace(kept, document={**kept.document, "EvseID": FIVE})
    places.records[evse_id(2).compact].document["HotlinePhoneNumber"] = "+49301111111"
    one.links["hubject"].asked.clear()
    return one


async def seen(one: Stand) -> m.Locations:
    return await fetched(one.hubs, "hubject", "looking")


FOUND = Drift(
    connection="hubject",
    missing=(ONE,),
    extra=(FIVE,),
    different={
        TWO: (
            Difference("/OperatorEvseData/EvseDataRecord/0/HotlinePhoneNumber", "+31201234567", "+49301111111"),
        )
    },
    same=(str(evse_id(3)),),
    left={},
)  # fmt: skip


async def test_what_differs_is_told_field_by_field_with_the_smallest_repair(database: Database) -> None:
    one = await drifted(database)
    found = await drift(one.publisher, "hubject", await seen(one))
    assert found == FOUND
    assert repairs(one.publisher.hub("hubject"), found) == [
        Repair(m.PushAction.INSERT, (ONE,), 1),
        Repair(m.PushAction.UPDATE, (TWO,), 1),
        Repair(m.PushAction.DELETE, (FIVE,), 1),
    ]


async def test_looking_changes_nothing(database: Database) -> None:
    one = await drifted(database)
    await drift(one.publisher, "hubject", await seen(one))
    await one.deliver()
    assert one.said() == []


async def test_a_repair_sends_exactly_what_differs(database: Database) -> None:
    one = await drifted(database)
    done = await repair(one.publisher, "hubject", await seen(one), confirm=True)
    assert (done.drift, done.due) == (FOUND, 3)
    await one.deliver()
    assert one.said() == [f"insert {ONE}", f"update {TWO}", f"delete {FIVE}"]
    assert (await drift(one.publisher, "hubject", await seen(one))).is_none


async def test_a_repair_that_removes_much_is_refused_unless_confirmed(database: Database) -> None:
    one = await drifted(database)
    with pytest.raises(RemovalRefused) as refused:
        await repair(one.publisher, "hubject", await seen(one))
    assert refused.value.evses == (FIVE,)
    await one.deliver()
    assert one.said() == []


async def test_records_that_are_the_same_but_for_what_the_hub_adds_do_not_differ(database: Database) -> None:
    one = both(database)
    multiple = replace(place(1), evses=(*place(1).evses, *place(2).evses), last_updated=one.moment)
    await one.publisher.publish([multiple, place(3, "DE*LON", hotline="+49 30 1234567")])
    await one.loaded()
    found = await drift(one.publisher, "hubject", await seen(one))
    assert (found.is_none, len(found.same)) == (True, 3)


async def test_what_is_held_back_or_under_way_is_left_as_it_is(database: Database) -> None:
    one = await drifted(database)
    await one.publisher.publish([place(1, hotline=None)])
    found = await drift(one.publisher, "hubject", await seen(one))
    assert (found.missing, found.left) == ((), {ONE: "no hotline number"})


async def test_a_view_gives_a_lost_store_its_memory_back_without_a_full_load(database: Database) -> None:
    old = await drifted(database)
    fresh = Database()
    fresh.migrate()
    one = both(fresh, old)
    await one.publisher.publish([place(number) for number in (1, 2, 3, 5)])
    await repair(one.publisher, "hubject", await seen(one))
    await one.deliver()
    assert one.said() == [f"insert {ONE}", f"update {TWO}"]
    assert await one.publisher.held() == []
    assert (await drift(one.publisher, "hubject", await seen(one))).is_none
    fresh.close()


async def test_an_empty_view_says_nothing_of_the_hub(database: Database) -> None:
    one = both(database)
    await one.publisher.publish([place(1)])
    with pytest.raises(Invalid, match="the view shows no EVSE of hubject"):
        await repair(one.publisher, "hubject", await seen(one))
    await one.deliver()
    assert one.said() == []


async def test_others_evses_in_a_view_are_none_of_our_business(database: Database) -> None:
    one = await drifted(database)
    view = await seen(one)
    found = await drift(one.publisher, "hubject", replace(view, locations=(*view.locations, place(9, "FR*XYZ"))))
    assert found == FOUND


async def test_a_preview_of_a_full_load_uses_the_view(database: Database) -> None:
    one = await drifted(database)
    found = await one.publisher.full_load("hubject", view=await seen(one))
    assert (found.sends, dict(found.loses), found.complete) == (
        (ONE, TWO, str(evse_id(3))),
        {FIVE: "it was never published from here"},
        True,
    )


async def test_a_hub_that_only_updates_needs_fewer_kinds_of_push(database: Database) -> None:
    one = stand(database, [connection("eclearing")])
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    view = m.Locations(locations=(place(2, hotline="+49301111111"), place(4)))
    found = await drift(one.publisher, "eclearing", view)
    assert (found.missing, found.extra, list(found.different)) == ((ONE,), (FOUR,), [TWO])
    pointer = "/chargePointInfoArray[1]/telephoneNumber[1]/text()"
    assert found.different[TWO] == (Difference(pointer, "+31201234567", "+49301111111"),)
    assert repairs(one.publisher.hub("eclearing"), found) == [
        Repair(m.PushAction.UPDATE, (ONE, TWO), 1),
        Repair(m.PushAction.DELETE, (FOUR,), 1),
    ]


# --- views -------------------------------------------------------------------------------------------------------


async def test_one_looks_only_through_an_emsp_of_the_same_hub_and_tenant(database: Database) -> None:
    other = replace(LOOKING, name="other", tenant="other")
    one = stand(database, [connection(), LOOKING, other])
    assert views(one.hubs, one.hubs["hubject"]) == ["looking"]
    for through in ("other", "hubject"):
        with pytest.raises(Invalid, match=f"{through} is no connection of an eMSP at the hub of hubject .*: looking"):
            await fetched(one.hubs, "hubject", through)
    with pytest.raises(UnknownConnection):
        await fetched(one.hubs, "hubject", "nowhere")
    assert without_view(one.hubs["hubject"], ["looking"]).findings[0].text == (
        "Hubject shows a CPO nothing of its own data: give --view with a connection of an eMSP at this hub "
        "(here: looking), or --view-file with an export"
    )


async def test_an_export_is_canonical_or_the_hubs_own_answer(database: Database) -> None:
    one = await drifted(database)
    hub, view = one.hubs["hubject"], await seen(one)
    path = "/evsepull/v23/providers/DE-8EO/data-records"
    asked = HttpRequest(
        method="POST", path=path, body=b'{"ProviderID": "DE-8EO", "GeoCoordinatesResponseFormat": "DecimalDegree"}'
    )
    page = await one.links["looking"].simulator.handle(asked)
    canonical = json.dumps(to_json(view)).encode()
    bare = json.dumps(to_json(view)["locations"]).encode()
    for content in (canonical, bare, page.body):
        found = await drift(one.publisher, "hubject", exported(hub, content, "PullEvseData.response.json"))
        assert found == FOUND
    with pytest.raises(Invalid, match=r"x\.json is neither canonical JSON with locations nor a message of OICP 2\.3"):
        exported(hub, b"nonsense", "x.json")


def test_locations_are_read_from_a_file_in_any_known_form() -> None:
    places = [place(1, operator="NL*LON"), place(3, "DE*LON")]
    assert of_file(json.dumps(to_json(places)).encode(), "fleet.json") == tuple(places)
    with pytest.raises(Invalid, match="neither canonical JSON with locations nor a hub's message"):
        of_file(b"{}", "fleet.json")
