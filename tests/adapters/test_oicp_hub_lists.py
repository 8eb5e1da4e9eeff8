"""What is pulled from the simulated hub: pages, changes, notations, statuses, records."""

import tracemalloc
from typing import Any

import pytest

from gateway.errors import NoAnswer
from gateway.model import messages as m
from gateway.model.ids import EvseId
from tests.adapters.oicp_hub import RECORDS, STATUS, Timed, changes
from tests.adapters.oicp_values import EMP, EVSE, SECOND, ack, at, json_reply, place
from tests.adapters.test_oicp_simulator import CONFIG, EMP_CONFIG, Stage, cdr, push, status

# --- EVSE data ---------------------------------------------------------------------------------------------------


async def test_changes_say_what_became_of_a_record_since_the_last_call() -> None:
    hub = Timed()
    third = EvseId.parse("NL*LON*E3333*1")
    await hub.send(push(place(), place(SECOND)))
    since = hub.later(minutes=1).isoformat()
    await hub.send(push(place(third)))
    hub.later(minutes=1)
    await hub.send(push(place(third), place(), action=m.PushAction.UPDATE))
    await hub.send(push(place(SECOND), action=m.PushAction.DELETE))
    assert changes(await hub.pulls(LastCall=since)) == [
        ("DE*LON*E2222*1", "delete"),
        ("NL*LON*E1111*11", "update"),
        ("NL*LON*E3333*1", "insert"),
    ]
    assert changes(await hub.pulls(LastCall=hub.time.isoformat())) == []


async def test_the_last_call_stands_alone() -> None:
    told = await Timed().pulls(LastCall=at(11).isoformat(), CountryCodes=["NLD"])
    assert [one["fieldReference"] for one in told["validationErrors"]] == ["countryCodes"]


async def test_pages_have_20_records_and_never_more_than_2000() -> None:
    hub = Timed({**CONFIG, "settings": {"fleet": 4100}})
    sizes = [(page["size"], page["numberOfElements"], page["last"], page["totalPages"]) for page in (
        await hub.pulls(),
        await hub.pulls("page=0&size=5000"),
        await hub.pulls("page=2&size=2000"),
        await hub.pulls("page=3&size=2000"),
    )]  # fmt: skip
    assert sizes == [(20, 20, False, 205), (2000, 2000, False, 3), (2000, 100, True, 3), (2000, 0, True, 3)]


@pytest.mark.parametrize(
    ("notation", "where"),
    [
        ("Google", {"Google": {"Coordinates": "52.370216 4.895168"}}),
        ("DecimalDegree", {"DecimalDegree": {"Longitude": "4.895168", "Latitude": "52.370216"}}),
        (
            "DegreeMinuteSeconds",
            {"DegreeMinuteSeconds": {"Longitude": "4°53'42.6048''", "Latitude": "52°22'12.7776''"}},
        ),
    ],
)
async def test_coordinates_come_in_the_notation_that_is_asked_for(notation: str, where: Any) -> None:
    hub = Timed()
    await hub.send(push(place()))
    page = await hub.pulls(GeoCoordinatesResponseFormat=notation)
    assert page["content"][0]["GeoCoordinates"] == where


async def test_filters_count_by_their_exact_names() -> None:
    hub = Timed()
    await hub.send(push(place(), place(SECOND)))
    center = {"GeoCoordinates": {"Google": {"Coordinates": "52.4 4.9"}}, "Radius": 5}
    far = {"GeoCoordinates": {"Google": {"Coordinates": "48.1 11.5"}}, "Radius": 5}
    found = [len((await hub.pulls(**wish))["content"]) for wish in (
        {"OperatorIds": ["NL*LON"]}, {"OperatorIds": ["DE*ABC"]}, {"OperatorIDs": ["DE*ABC"]},
        {"SearchCenter": center}, {"SearchCenter": far}, {"IsOpen24Hours": True}, {"IsOpen24Hours": False},
        {"AuthenticationModes": ["REMOTE"]}, {"AuthenticationModes": ["PnC"]},
    )]  # fmt: skip
    assert found == [2, 0, 2, 2, 0, 2, 0, 2, 0]


async def test_whether_there_are_statuses_the_hub_tells_itself() -> None:
    hub = Timed()
    await hub.send(push(place(), place(SECOND)))
    await hub.send(status(EVSE))
    told = {record["EvseID"]: record["DynamicInfoAvailable"] for record in (await hub.pulls())["content"]}
    assert told == {"NL*LON*E1111*11": "true", "DE*LON*E2222*1": "auto"}


# --- a fleet -----------------------------------------------------------------------------------------------------


async def test_a_crawl_of_a_large_fleet_takes_no_memory() -> None:
    hub = Timed({**CONFIG, "settings": {"fleet": {"count": 200_000, "operator": "NL*FLT"}}})
    found: set[str] = set()
    await hub.pulls("page=0&size=2000")
    tracemalloc.start()
    try:
        for number in (0, 50, 99):
            page = await hub.pulls(f"page={number}&size=2000")
            found |= {record["EvseID"] for record in page["content"]}
            assert (page["totalElements"], page["last"]) == (200_000, number == 99)
        del page
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(found), min(found), max(found)) == (6000, "NL*FLT*E0000000", "NL*FLT*E0199999")
    assert held < 3_000_000


async def test_the_records_of_a_fleet_break_no_rule() -> None:
    hub = Timed({**CONFIG, "settings": {"fleet": 3}})
    answer = await hub.send(m.FetchEvses(), EMP)
    assert [str(location.evses[0].evse_id) for location in answer.locations] == [
        f"NL*FLT*E000000{number}" for number in range(3)
    ]
    statuses = await hub.send(m.FetchStatuses(evses=(EvseId.parse("NL*FLT*E0000001"),)), EMP)
    assert [one.status for one in statuses.statuses] == ["AVAILABLE"]


# --- statuses ----------------------------------------------------------------------------------------------------


async def test_statuses_of_named_evses_tell_the_unknown_from_the_missing() -> None:
    hub = Timed()
    await hub.send(push(place(), place(SECOND)))
    await hub.send(status(EVSE))
    asked = [str(EVSE), str(SECOND), "FR*XYZ*E1"]
    records = (await hub.asks(f"{STATUS}-by-id", EvseID=asked))["EVSEStatusRecords"]["EvseStatusRecord"]
    assert [(one["EvseID"], one["EvseStatus"]) for one in records] == [
        ("NL*LON*E1111*11", "Available"),
        ("DE*LON*E2222*1", "Unknown"),
        ("FR*XYZ*E1", "EvseNotFound"),
    ]
    assert "validationErrors" in await hub.asks(f"{STATUS}-by-id", EvseID=[f"NL*LON*E{n}" for n in range(101)])


async def test_statuses_by_operator_word_and_place() -> None:
    hub = Timed()
    await hub.send(push(place(), place(SECOND)))
    await hub.send(status(EVSE, SECOND))
    near = {"GeoCoordinates": {"Google": {"Coordinates": "52.37 4.89"}}, "Radius": 1}
    answers = [
        await hub.asks(f"{STATUS}-by-operator-id", OperatorID=["NL*LON"]),
        await hub.asks(f"{STATUS}-by-operator-id", OperatorID=["DE*ABC"]),
        await hub.asks(STATUS, EvseStatus="Occupied"),
        await hub.asks(STATUS, EVSEStatus="Available", SearchCenter=near),
    ]
    groups = [one["EvseStatuses"]["OperatorEvseStatus"] for one in answers]
    assert [sum(len(group["EvseStatusRecord"]) for group in told) for told in groups] == [2, 0, 0, 2]


# --- charge detail records ---------------------------------------------------------------------------------------


async def closed(hub: Stage) -> str:
    name = (await hub.authorized()).session.hub
    await hub.send(cdr(name))
    return str(name)


def window(**more: Any) -> dict[str, Any]:
    return {"From": at(0).isoformat(), "To": at(23).isoformat(), **more}


async def test_records_are_given_again_to_their_provider_by_page_and_filter() -> None:
    hub = Timed()
    names = [await closed(hub) for _ in range(3)]
    page = await hub.asks(RECORDS, "page=1&size=2", **window())
    assert [one["SessionID"] for one in page["content"]] == names[2:]
    assert (page["totalElements"], page["last"], page["StatusCode"]["Code"]) == (3, True, "000")
    found = [len((await hub.asks(RECORDS, **window(**wish)))["content"]) for wish in (
        {}, {"SessionID": names[:1]}, {"OperatorID": ["NL*LON"]}, {"OperatorID": ["DE*ABC"]},
        {"CDRForwarded": False}, {"CDRForwarded": True},
    )]  # fmt: skip
    assert found == [3, 1, 3, 0, 3, 0]
    assert len((await hub.asks(RECORDS, **{**window(), "To": at(1).isoformat()}))["content"]) == 0


async def test_no_more_than_90_days_are_asked_for() -> None:
    hub = Timed()
    body = {"ProviderID": "DE-8EO", "From": "2026-01-01T00:00:00Z", "To": "2026-04-01T00:00:01Z"}
    code, answer = await hub.post(RECORDS, body)
    assert (code, answer["message"]) == (400, 'The difference between "From" and "To" can\'t be more than 90 days.')
    assert (await hub.post(RECORDS, {**body, "To": "2026-04-01T00:00:00Z"}))[0] == 200


async def test_what_could_be_passed_on_counts_as_forwarded() -> None:
    hub = Timed(EMP_CONFIG)
    hub.answers = [
        json_reply({"AuthorizationStatus": "Authorized", "StatusCode": {"Code": "000"}}), json_reply(ack()),
        json_reply({"AuthorizationStatus": "Authorized", "StatusCode": {"Code": "000"}}), NoAnswer("slow"),
    ]  # fmt: skip
    good, lost = await closed(hub), await closed(hub)
    for forwarded, name in ((True, good), (False, lost)):
        page = await hub.asks(RECORDS, **window(CDRForwarded=forwarded))
        assert [one["SessionID"] for one in page["content"]] == [name]
