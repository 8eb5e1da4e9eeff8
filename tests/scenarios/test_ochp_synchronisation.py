"""Charge points and statuses at a simulated clearing house: what a list replaces, how long a status holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.errors import ForeignOperator, Invalid, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.publishing import LossRefused, Publisher
from gateway.publishing.parking import ParkingStatuses
from gateway.publishing.refreshing import refresh_statuses
from gateway.store import Database
from gateway.wire import decode_document
from gateway.wire.soap import SOAP_11, opened, sealed
from gateway_ochp import wire
from tests.support.publishing import BEGIN, Stand, connection, evse_id, place, stand

HUB = "eclearing"
ONE, TWO, THREE, FOUR = (str(evse_id(number)) for number in (1, 2, 3, 4))
GERMAN = str(evse_id(5, "DE*LON"))


@pytest.fixture
def database() -> Iterator[Database]:
    opened_one = Database()
    opened_one.migrate()
    yield opened_one
    opened_one.close()


def clearing(database: Database, **options: Any) -> Stand:
    return stand(database, [connection(HUB, options=options)])


def requests(one: Stand, kind: type[Any]) -> list[Any]:
    """Every request of a kind that reached the hub, as it was read there."""
    bodies = [opened(request.body).child for request in one.links[HUB].asked]
    return [decode_document(kind, child).model for child in bodies if str(child.tag).endswith(f"}}{kind.element}")]


def shown(one: Stand) -> list[str]:
    """The EVSEs that the hub has and that are not closed."""
    evses = (evse for record in one.state(HUB)["evses"] for evse in record["evses"])
    return sorted(evse["evse_id"] for evse in evses if evse.get("static_status") != "CLOSED")


# --- lists that replace ------------------------------------------------------------------------------------------


async def test_a_set_has_the_evses_of_all_operators_also_those_of_other_processes(database: Database) -> None:
    one = clearing(database)
    elsewhere = Publisher(database, one.hubs)
    await one.publisher.publish([place(1), place(2)])
    await elsewhere.publish([place(5, "DE*LON")])
    await one.deliver()
    await one.publisher.full_load(HUB, confirm=True, confirm_loss=True)
    await one.deliver()
    (whole,) = requests(one, wire.SetChargePointListRequest)
    assert [info.evse_id for info in whole.charge_point_info_array] == [GERMAN, ONE, TWO]
    assert shown(one) == [GERMAN, ONE, TWO]


async def test_a_set_from_a_store_that_lost_its_memory_must_be_meant_or_seen(database: Database) -> None:
    one = clearing(database)
    await one.publisher.publish([place(number) for number in (1, 2, 3, 4)])
    await one.deliver()
    empty = Database()
    empty.migrate()
    fresh = stand(empty, [connection(HUB)], simulators={HUB: one.links[HUB].simulator})
    await fresh.publisher.publish([place(1)])
    with pytest.raises(LossRefused, match="not known here: 1 would be left"):
        await fresh.publisher.full_load(HUB, confirm=True)
    view = m.Locations(locations=tuple(place(number) for number in (1, 2, 3, 4)))
    with pytest.raises(LossRefused, match="has 4 EVSEs and would lose 3 of them"):
        await fresh.publisher.full_load(HUB, view=view, confirm=True)
    await fresh.deliver()
    assert shown(fresh) == [ONE, TWO, THREE, FOUR]
    empty.close()


@pytest.mark.parametrize(("most", "is_refused"), [(0.5, False), (0.2, True)])
async def test_the_share_that_a_set_may_take_away_is_a_setting(
    database: Database, most: float, is_refused: bool
) -> None:  # fmt: skip
    one = clearing(database, full_load_most_lost=most)
    await one.publisher.publish([place(number) for number in (1, 2, 3, 4)])
    await one.publisher.full_load(HUB, confirm=True, confirm_loss=True)
    await one.deliver()
    await one.publisher.retire([evse_id(1)])
    if is_refused:
        with pytest.raises(LossRefused):
            await one.publisher.full_load(HUB, confirm=True)
    else:
        assert (await one.publisher.full_load(HUB, confirm=True)).planned
    await one.deliver()
    assert shown(one) == [TWO, THREE, FOUR]


@pytest.mark.parametrize(
    "message",
    [
        m.PublishEvses(action=m.PushAction.REPLACE_ALL),
        m.PublishEvses(action=m.PushAction.UPDATE),
        m.PublishTokens(action=m.PushAction.REPLACE_ALL),
        m.PublishTokens(action=m.PushAction.UPDATE),
    ],
)
async def test_a_list_of_nothing_never_leaves(database: Database, message: Any) -> None:
    one = clearing(database)
    with pytest.raises(Invalid):
        await one.hubs[HUB].send(message)
    assert one.calls(HUB) == 0


async def test_a_full_load_of_nothing_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="nothing to send"):
        await clearing(database).publisher.full_load(HUB, confirm=True, confirm_loss=True)


def refusing(evse: str) -> Any:
    """The hub takes a part only."""

    def act(request: HttpRequest) -> HttpResponse:
        asked = decode_document(wire.UpdateChargePointListRequest, opened(request.body).child).model
        refused = tuple(info for info in asked.charge_point_info_array if info.evse_id == evse)
        result = wire.Result(result_code="partly", result_description="the street is too short")
        answer = wire.UpdateChargePointListResponse(result=result, refused_charge_point_info=refused)
        return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, answer, prefix="ns"))

    return act


async def test_of_a_partial_result_only_what_was_refused_is_kept_back_until_it_changes(database: Database) -> None:
    one = clearing(database)
    one.links[HUB].script.append(refusing(ONE))
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    (held,) = await one.publisher.held()
    assert (held.evse, held.state, held.reason) == (ONE, "refused", "partly the street is too short")
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    assert one.calls(HUB) == 1
    await one.publisher.publish([place(1, hotline="+31209999999"), place(2)])
    await one.deliver()
    assert [len(asked.charge_point_info_array) for asked in requests(one, wire.UpdateChargePointListRequest)] == [2, 1]
    assert await one.publisher.held() == []


async def test_where_a_part_is_refused_and_nobody_is_named_nothing_counts_as_taken(database: Database) -> None:
    one = clearing(database)
    one.links[HUB].script.append(refusing("DE*XXX*E1"))
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    assert {(held.state, held.reason) for held in await one.publisher.held()} == {
        ("refused", "partly the hub has taken a part only and did not say which")
    }
    assert await one.publisher.retry(HUB) == 2
    await one.deliver()
    assert (len(shown(one)), await one.publisher.held()) == (2, [])


async def test_a_person_may_have_a_refused_record_tried_again(database: Database) -> None:
    one = clearing(database)
    one.links[HUB].script.append(refusing(ONE))
    await one.publisher.publish([place(1)])
    await one.deliver()
    assert await one.publisher.retry(HUB) == 1
    await one.deliver()
    assert shown(one) == [ONE]


# --- statuses that end -------------------------------------------------------------------------------------------


async def told(one: Stand, number: int, status: EvseStatus, minutes: float | None = None) -> str:
    until = None if minutes is None else one.moment + timedelta(minutes=minutes)
    (taken,) = await one.publisher.publish_status(evse_id(number), status, one.moment, until)
    await one.deliver()
    return taken.outcome


async def later(one: Stand, minutes: float) -> int:
    """Time goes by; how many statuses were told again."""
    one.moment += timedelta(minutes=minutes)
    count = await refresh_statuses(one.database, one.hubs, lambda: one.moment)
    await one.deliver()
    return count


def statuses(one: Stand) -> list[tuple[str, str, str | None, datetime | None]]:
    """(EVSE, major, minor, ttl) of every status that was sent, in order."""
    sent = (entry for asked in requests(one, wire.UpdateStatusRequest) for entry in asked.evse)
    return [(str(entry.evse_id), str(entry.major), entry.minor, entry.ttl) for entry in sent]


async def at_hub(one: Stand, scope: m.StatusScope | None = None) -> m.Statuses:
    """What an eMSP is told just now."""
    message = m.FetchStatuses(scope=scope)
    return await one.hubs[HUB].send(message)


async def published(database: Database, *numbers: int, **options: Any) -> Stand:
    one = clearing(database, **options)
    await one.publisher.publish([place(number) for number in numbers])
    await one.deliver()
    return one


async def test_a_status_is_told_on_change_and_before_its_time_ends_and_not_otherwise(database: Database) -> None:
    one = await published(database, 1, prolong_statuses_seconds=True)
    assert await told(one, 1, EvseStatus.AVAILABLE) == "due"
    assert await told(one, 1, EvseStatus.AVAILABLE) == "unchanged"
    assert [await later(one, 1) for _ in range(5)] == [0, 0, 0, 1, 0]
    assert statuses(one) == [
        (ONE, "available", "available", BEGIN + timedelta(minutes=5)),
        (ONE, "available", "available", BEGIN + timedelta(minutes=9)),
    ]
    assert await told(one, 1, EvseStatus.CHARGING) == "due"
    assert [await later(one, 5) for _ in range(4)] == [0, 0, 0, 1]
    assert [ttl - BEGIN for *_, ttl in statuses(one)[2:] if ttl] == [timedelta(minutes=25), timedelta(minutes=45)]
    assert {report.status for report in (await at_hub(one)).statuses} == {EvseStatus.CHARGING}


@pytest.mark.parametrize(
    ("setting", "minutes"),
    [(True, 5), (600, 10), ({"AVAILABLE": 120}, 2), ({"CHARGING": 60}, 5), (None, None), (False, None)],
)
async def test_the_validity_is_the_hubs_advice_or_a_setting(
    database: Database, setting: Any, minutes: float | None
) -> None:  # fmt: skip
    one = await published(database, 1, prolong_statuses_seconds=setting)
    await told(one, 1, EvseStatus.AVAILABLE)
    ((*_, ttl),) = statuses(one)
    assert ttl == (None if minutes is None else BEGIN + timedelta(minutes=minutes))


async def test_a_platform_that_prolongs_by_itself_is_believed(database: Database) -> None:
    one = await published(database, 1)
    assert await told(one, 1, EvseStatus.CHARGING, 20) == "due"
    assert await told(one, 1, EvseStatus.CHARGING, 20) == "unchanged"
    assert await told(one, 1, EvseStatus.CHARGING, 30) == "due"
    assert await later(one, 29) == 0
    assert [report.status for report in (await at_hub(one)).statuses] == [EvseStatus.CHARGING]
    await later(one, 1)
    assert [report.status for report in (await at_hub(one)).statuses] == [EvseStatus.UNKNOWN]


async def test_a_status_that_waited_for_its_evse_does_not_arrive_too_old(database: Database) -> None:
    one = clearing(database, prolong_statuses_seconds=True)
    one.links[HUB].script.append(refusing(ONE))
    await one.publisher.publish([place(1)])
    assert await told(one, 1, EvseStatus.AVAILABLE) == "waits"
    for _ in range(60):
        await later(one, 1)
    await one.publisher.retry(HUB)
    await one.deliver()
    ((*_, ttl),) = statuses(one)
    assert ttl is not None
    assert ttl > one.moment


@pytest.mark.parametrize("status", list(EvseStatus))
async def test_only_pairs_of_the_specification_are_sent(database: Database, status: EvseStatus) -> None:
    one = await published(database, 1)
    await told(one, 1, status)
    pairs = {(major, minor) for _, major, minor, _ in statuses(one)}
    assert pairs <= {
        ("available", "available"),
        ("not-available", "charging"),
        ("not-available", "blocked"),
        ("not-available", "reserved"),
        ("not-available", "outoforder"),
        ("unknown", None),
    }
    assert bool(pairs) is (status not in (EvseStatus.PLANNED, EvseStatus.REMOVED))


async def test_a_pair_that_a_partner_made_up_is_not_passed_on(database: Database) -> None:
    one = await published(database, 1)
    entry = f'<evse xmlns="http://ochp.eu/1.4" major="available" minor="charging"><evseId>{ONE}</evseId></evse>'
    body = f'<UpdateStatusRequest xmlns="http://ochp.eu/1.4">{entry}</UpdateStatusRequest>'
    found = one.hubs[HUB].adapter.identify(body.encode(), "")
    read = found.form.read(decode_document(found.form.wire, found.document).model)
    await one.hubs[HUB].send(read)
    assert statuses(one) == [(ONE, "available", "available", None)]


async def test_out_of_order_for_long_is_also_said_by_the_static_status(database: Database) -> None:
    one = clearing(database)
    broken = place(1)
    broken = replace(broken, evses=(replace(broken.evses[0], status=EvseStatus.INOPERATIVE),))
    await one.publisher.publish([broken, place(2)])
    await told(one, 1, EvseStatus.INOPERATIVE)
    await told(one, 2, EvseStatus.OUTOFORDER)
    (asked,) = requests(one, wire.UpdateChargePointListRequest)
    assert [(info.evse_id, info.status) for info in asked.charge_point_info_array] == [
        (ONE, "Inoperative"),
        (TWO, None),
    ]
    assert [entry[:3] for entry in statuses(one)] == [
        (ONE, "not-available", "outoforder"),
        (TWO, "not-available", "outoforder"),
    ]


async def test_the_ttl_of_an_entry_counts_over_that_of_the_message(database: Database) -> None:
    one = await published(database, 1, 2)
    soon, late = BEGIN + timedelta(minutes=1), BEGIN + timedelta(hours=1)
    reports = (
        m.EvseStatusReport(evse=evse_id(1), status=EvseStatus.CHARGING, until=soon),
        m.EvseStatusReport(evse=evse_id(2), status=EvseStatus.CHARGING),
    )
    await one.hubs[HUB].send(m.PublishStatuses(statuses=reports, until=late))
    one.moment += timedelta(minutes=2)
    assert {str(report.evse): report.status for report in (await at_hub(one)).statuses} == {
        ONE: EvseStatus.UNKNOWN,
        TWO: EvseStatus.CHARGING,
    }


# --- parking spots -----------------------------------------------------------------------------------------------


async def parked(one: Stand, spot: str, status: EvseStatus, **how: Any) -> str:
    (taken,) = await ParkingStatuses(one.publisher).publish(spot, status, one.moment, **how)
    return taken.outcome


def spots(one: Stand) -> list[tuple[str, str, datetime | None]]:
    sent = (entry for asked in requests(one, wire.UpdateStatusRequest) for entry in asked.parking)
    return [(str(entry.parking_id), str(entry.status), entry.ttl) for entry in sent]


async def test_parking_spots_are_told_like_evses_durably_and_the_newest_only(database: Database) -> None:
    one = await published(database, 1, prolong_statuses_seconds={"BLOCKED": 600})
    assert await parked(one, "NL*LON*P0001", EvseStatus.AVAILABLE) == "due"
    assert await parked(one, "NLLONP0001", EvseStatus.BLOCKED) == "due"
    await one.publisher.publish_status(evse_id(1), EvseStatus.CHARGING, BEGIN)
    again = clearing(database, prolong_statuses_seconds={"BLOCKED": 600})
    await again.deliver()
    assert spots(again) == [("NL*LON*P0001", "not-available", BEGIN + timedelta(minutes=10))]
    assert statuses(again)[0][:2] == (ONE, "not-available")
    assert await parked(again, "NL*LON*P0001", EvseStatus.BLOCKED) == "unchanged"
    assert await later(again, 8) == 1
    assert spots(again)[-1] == ("NL*LON*P0001", "not-available", BEGIN + timedelta(minutes=18))
    assert [report.status for report in (await at_hub(again, m.StatusScope.PARKING)).parking] == [EvseStatus.BLOCKED]


async def test_parking_statuses_end_too(database: Database) -> None:
    one = clearing(database)
    await parked(one, "NL*LON*P0001", EvseStatus.AVAILABLE, until=BEGIN + timedelta(minutes=5))
    await one.deliver()
    one.moment += timedelta(minutes=5)
    assert [spot.status for spot in (await at_hub(one, m.StatusScope.PARKING)).parking] == [EvseStatus.UNKNOWN]


async def test_a_spot_of_another_country_part_needs_its_connection_named(database: Database) -> None:
    one = clearing(database)
    with pytest.raises(ForeignOperator):
        await parked(one, "DP1PSP001301", EvseStatus.AVAILABLE)
    assert await parked(one, "DP1PSP001301", EvseStatus.AVAILABLE, connection=HUB) == "due"
    with pytest.raises(Invalid, match="no parking id"):
        await parked(one, ONE, EvseStatus.AVAILABLE)


async def test_a_hub_without_parking_spots_is_not_told_of_them(database: Database) -> None:
    one = stand(database, [connection()])
    with pytest.raises(Unsupported):
        await parked(one, "NL*LON*P0001", EvseStatus.AVAILABLE, connection="hubject")


async def test_parking_spots_are_no_evses_of_a_full_load(database: Database) -> None:
    one = await published(database, 1)
    await parked(one, "NL*LON*P0001", EvseStatus.AVAILABLE)
    await one.deliver()
    found = await one.publisher.full_load(HUB, confirm=True, confirm_loss=True)
    await one.deliver()
    assert (found.sends, dict(found.loses)) == ((ONE,), {})
    assert await one.publisher.held() == []
    assert await later(one, 0) == 0


async def test_combined_brings_evses_with_the_state_of_their_parking_spots(database: Database) -> None:
    one = await published(database, 1, 2)
    await told(one, 1, EvseStatus.AVAILABLE)
    combined = await at_hub(one, m.StatusScope.COMBINED)
    assert [(report.evse, report.status) for report in combined.statuses] == [(EvseId.parse(ONE), EvseStatus.AVAILABLE)]
    assert combined.parking == ()
