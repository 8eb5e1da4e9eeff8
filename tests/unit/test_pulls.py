"""Pulls against a hub that is a dictionary: what the backend ends up with is what the hub shows."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BackendFailed, Invalid, NoAnswer, UnknownConnection, Unsupported
from gateway.model import messages as m
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Evse, Location
from gateway.model.token import Token, TokenType
from gateway.pulls import PullReport, Pulls
from gateway.store import Database, pulls
from tests.scenarios import toy

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
GUARD = timedelta(seconds=120)


def place(number: int, note: str = "", *, removed: bool = False) -> Location:
    status = EvseStatus.REMOVED if removed else None
    return Location(hotline=note or None, evses=(Evse(evse_id=EvseId.parse(f"DE*LON*E{number:04}"), status=status),))


def number_of(location: Location) -> int:
    evse = location.evses[0].evse_id
    assert evse is not None
    return int(evse.outlet)


@dataclass
class Fleet:
    """A hub with a log of changes: EVSE → (note, None: removed), and when it changed."""

    clock: list[datetime] = field(default_factory=lambda: [NOON])
    places: dict[int, tuple[str | None, datetime]] = field(default_factory=dict)
    page_size: int = 2
    fail_at_page: int | None = None
    total: int | None = None
    no_list: bool = False
    asked: list[m.Message[Any]] = field(default_factory=list)

    def put(self, number: int, note: str = "") -> None:
        self.places[number] = (note, self.clock[0])

    def remove(self, number: int) -> None:
        self.places[number] = (None, self.clock[0])

    def shown(self) -> dict[int, str]:
        return {number: note for number, (note, _) in self.places.items() if note is not None}

    def _answers(self, since: datetime | None) -> list[Location]:
        if since is None:
            return [place(number, note) for number, note in sorted(self.shown().items())]
        changed = [(number, note) for number, (note, at) in sorted(self.places.items()) if at > since]
        return [place(number, note or "", removed=note is None) for number, note in changed]

    async def pages(self, _: Any, message: m.FetchEvses) -> AsyncGenerator[m.Locations, None]:
        self.asked.append(message)
        if self.no_list:
            return
        places = self._answers(message.since)
        starts = range(0, len(places) or 1, self.page_size)
        for index, start in enumerate(starts):
            if self.fail_at_page == index:
                raise NoAnswer("timeout")
            page = m.Page(total=self.total, last=start == starts[-1])
            yield m.Locations(locations=tuple(places[start : start + self.page_size]), page=page)


@dataclass
class Platform:
    """Holds what it is given; fails at the messages whose numbers are in `fails`."""

    places: dict[int, str] = field(default_factory=dict)
    given: list[tuple[str, Sequence[int]]] = field(default_factory=list)
    fails: set[int] = field(default_factory=set)
    answers: list[Any] = field(default_factory=list)
    calls: int = 0
    deaf: bool = False

    def has(self, kind: type[m.Message[Any]]) -> bool:
        return not self.deaf

    async def answer(self, _: Any, message: m.PublishEvses) -> Any:
        self.calls += 1
        if self.calls in self.fails:
            raise BackendFailed("down")
        numbers = [number_of(location) for location in message.locations]
        self.given.append((message.action.value, numbers))
        for location in message.locations:
            if message.action is m.PushAction.DELETE:
                self.places.pop(number_of(location), None)
            else:
                self.places[number_of(location)] = location.hotline or ""
        return self.answers.pop(0) if self.answers else m.Publication(accepted=True)


class Stand:
    def __init__(self, **options: Any) -> None:
        self.fleet, self.platform = Fleet(), Platform()
        self.database = Database()
        self.database.migrate()
        connection = toy.connection(options=options)
        adapter = replace(toy.adapter, pages={m.FetchEvses: self.fleet.pages})
        self.hub: Any = SimpleNamespace(
            connection=connection, adapter=adapter, profile=toy.OPEN, link=lambda _: None, send=self._send
        )
        self.answer: m.Answer = m.Answer()
        self.pulls = Pulls(self.database, {"toy": self.hub}, self.platform, lambda: self.fleet.clock[0])

    async def _send(self, message: m.Message[Any]) -> m.Answer:
        self.fleet.asked.append(message)
        return self.answer

    def later(self, **time: float) -> None:
        self.fleet.clock[0] += timedelta(**time)

    async def pull(self, **how: bool) -> PullReport:
        return await self.pulls.pull("toy", m.FetchEvses, **how)

    async def mark(self) -> pulls.Watermark:
        return await self.database.read(lambda transaction: pulls.watermark(transaction, "toy", "FetchEvses"))

    async def gone(self) -> list[str]:
        rows = await self.database.read(lambda transaction: pulls.listed(transaction, "toy", "FetchEvses", gone=True))
        return [row.id for row in rows]


@pytest.fixture
def stand() -> Iterator[Stand]:
    here = Stand()
    yield here
    here.database.close()


# --- page by page ------------------------------------------------------------------------------------------------


async def test_the_first_pull_reads_the_whole_list_and_gives_it_page_by_page(stand: Stand) -> None:
    for number in range(5):
        stand.fleet.put(number)
    report = await stand.pull()
    assert stand.fleet.asked == [m.FetchEvses()]
    assert stand.platform.given == [("UPDATE", [0, 1]), ("UPDATE", [2, 3]), ("UPDATE", [4])]
    assert report == PullReport(
        connection="toy", list="FetchEvses", full=True, pages=3, received=5, changed=5, since=NOON - GUARD
    )
    assert await stand.mark() == pulls.Watermark(NOON - GUARD, NOON)


async def test_the_next_pull_asks_for_changes_since_before_the_last_one_and_gives_only_what_differs(
    stand: Stand,
) -> None:
    stand.fleet.put(1)
    stand.fleet.put(2)
    await stand.pull()
    stand.later(hours=1)
    stand.fleet.put(2, "new number")
    report = await stand.pull()
    assert stand.fleet.asked[1] == m.FetchEvses(since=NOON - GUARD)
    assert stand.platform.given[1:] == [("UPDATE", [2])]
    assert (report.full, report.received, report.changed) == (False, 2, 1)
    assert await stand.mark() == pulls.Watermark(NOON + timedelta(hours=1) - GUARD, NOON)


async def test_the_watermark_is_taken_before_the_crawl_and_held_back_as_far_as_the_settings_say() -> None:
    stand = Stand(pulls={"guard_seconds": 600})
    stand.fleet.put(1)
    answer = stand.platform.answer

    async def slow(connection: Any, message: m.PublishEvses) -> Any:
        stand.later(minutes=30)
        return await answer(connection, message)

    stand.platform.answer = slow  # type: ignore[method-assign]
    await stand.pull()
    assert await stand.mark() == pulls.Watermark(NOON - timedelta(minutes=10), NOON)
    stand.database.close()


async def test_a_setting_that_pulls_do_not_know_is_a_fault_of_the_settings() -> None:
    stand = Stand(pulls={"gard_seconds": 600})
    with pytest.raises(Invalid, match="gard_seconds"):
        await stand.pull()
    stand.database.close()


async def test_a_removal_that_the_hub_tells_is_told_once_and_leaves_a_tombstone(stand: Stand) -> None:
    stand.fleet.put(1)
    stand.fleet.put(2)
    await stand.pull()
    stand.later(seconds=60)
    stand.fleet.remove(1)
    reports = [await stand.pull(), await stand.pull()]
    assert [report.gone for report in reports] == [1, 0]
    assert stand.platform.given[1:] == [("DELETE", [1])]
    assert (stand.platform.places, await stand.gone()) == ({2: ""}, ["DELONE0001"])


async def test_the_removal_of_what_was_never_known_is_not_told(stand: Stand) -> None:
    stand.fleet.put(1)
    await stand.pull()
    stand.fleet.remove(7)
    stand.later(seconds=60)
    assert (await stand.pull()).gone == 0
    assert stand.platform.given == [("UPDATE", [1])]


async def test_what_was_removed_and_comes_back_is_given_again(stand: Stand) -> None:
    stand.fleet.put(1)
    await stand.pull()
    stand.later(minutes=5)
    stand.fleet.remove(1)
    await stand.pull()
    stand.later(minutes=5)
    stand.fleet.put(1)
    await stand.pull()
    assert (stand.platform.places, await stand.gone()) == ({1: ""}, [])


async def test_a_record_that_nothing_names_is_counted_and_does_not_cost_its_page(stand: Stand) -> None:
    stand.fleet.put(1)
    nameless = Location(evses=(Evse(),))

    async def pages(_: Any, __: Any) -> AsyncGenerator[m.Locations, None]:
        yield m.Locations(locations=(nameless, place(1)))

    stand.hub.adapter = replace(stand.hub.adapter, pages={m.FetchEvses: pages})
    report = await stand.pull()
    assert (report.received, report.nameless, report.changed) == (2, 1, 1)
    assert stand.platform.places == {1: ""}


async def test_records_of_one_location_are_kept_apart(stand: Stand) -> None:
    both = Location(evses=(place(1).evses[0], place(2).evses[0]))

    async def pages(_: Any, __: Any) -> AsyncGenerator[m.Locations, None]:
        yield m.Locations(locations=(both,))

    stand.hub.adapter = replace(stand.hub.adapter, pages={m.FetchEvses: pages})
    assert (await stand.pull()).changed == 2
    assert stand.platform.places == {1: "", 2: ""}


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failed_page", [0, 1, 2])
async def test_a_failed_page_moves_no_watermark_and_the_next_pull_gives_what_is_missing(
    stand: Stand, failed_page: int
) -> None:
    for number in range(5):
        stand.fleet.put(number)
    stand.fleet.fail_at_page = failed_page
    with pytest.raises(NoAnswer):
        await stand.pull()
    assert await stand.mark() == pulls.Watermark()
    stand.fleet.fail_at_page = None
    report = await stand.pull()
    assert report.changed == 5 - 2 * failed_page
    assert stand.platform.places == dict.fromkeys(range(5), "")


@pytest.mark.parametrize(
    "answer", [None, object(), m.Publication(accepted=False), m.Publication(), m.CdrReceipt(accepted=True)]
)
async def test_what_the_backend_did_not_take_is_given_again(stand: Stand, answer: Any) -> None:
    stand.fleet.put(1)
    stand.platform.answers = [answer]
    with pytest.raises(BackendFailed, match="PublishEvses of 1 records"):
        await stand.pull()
    assert await stand.mark() == pulls.Watermark()
    assert (await stand.pull()).changed == 1


async def test_records_that_the_backend_declines_are_counted_and_not_offered_again(stand: Stand) -> None:
    stand.fleet.put(1)
    stand.fleet.put(2)
    stand.platform.answers = [m.Publication(accepted=True, refused=(m.Refusal(text="unknown plug"),))]
    assert (await stand.pull()).refused == 1
    assert (await stand.pull(full=True)).changed == 0


async def test_a_hub_is_not_asked_for_what_the_backend_takes_no_note_of(stand: Stand) -> None:
    stand.platform.deaf = True
    report = await stand.pull()
    assert report.words == "not asked for: the backend takes no PublishEvses"
    assert stand.fleet.asked == []


async def test_where_the_hub_gives_no_list_nothing_moves_and_nothing_is_removed(stand: Stand) -> None:
    stand.fleet.put(1)
    await stand.pull()
    stand.later(days=2)
    stand.fleet.no_list = True
    report = await stand.pull()
    assert (report.full, report.words, report.gone) == (True, "the hub gave no list", 0)
    assert await stand.mark() == pulls.Watermark(NOON - GUARD, NOON)
    assert stand.platform.places == {1: ""}


async def test_unknown_connections_and_questions_are_refused(stand: Stand) -> None:
    with pytest.raises(UnknownConnection):
        await stand.pulls.pull("elsewhere", m.FetchEvses)
    with pytest.raises(Unsupported, match="Heartbeat asks for no list"):
        await stand.pulls.pull("toy", m.Heartbeat)


# --- the whole list ----------------------------------------------------------------------------------------------


async def test_once_a_day_the_whole_list_is_read_and_what_is_missing_is_removed(stand: Stand) -> None:
    for number in range(4):
        stand.fleet.put(number)
    await stand.pull()
    del stand.fleet.places[3]
    stand.later(hours=23)
    assert (await stand.pull()).full is False
    assert stand.platform.places == dict.fromkeys(range(4), "")
    stand.later(hours=1)
    report = await stand.pull()
    assert (report.full, report.changed, report.gone, report.words) == (True, 0, 1, None)
    assert stand.platform.given[2:] == [("DELETE", [3])]
    assert await stand.gone() == ["DELONE0003"]


async def test_an_empty_list_removes_nothing_even_where_that_is_confirmed(stand: Stand) -> None:
    stand.fleet.put(1)
    await stand.pull()
    stand.fleet.places.clear()
    report = await stand.pull(full=True, confirm=True)
    assert (report.gone, report.held) == (0, 1)
    assert report.words == "1 records are missing, and are not removed: the list is empty"
    assert stand.platform.places == {1: ""}


async def test_a_list_that_lost_more_than_its_share_is_held_until_somebody_confirms(stand: Stand) -> None:
    for number in range(10):
        stand.fleet.put(number)
    await stand.pull()
    stand.fleet.places = {0: ("", NOON), **dict.fromkeys(range(100, 120), ("", NOON))}
    report = await stand.pull(full=True)
    assert (report.gone, report.held, report.changed) == (0, 9, 20)
    assert report.words == "9 records are missing, and are not removed: more than 50% of the 10 known ones"
    assert await stand.gone() == []
    assert (await stand.pull(full=True, confirm=True)).gone == 9
    assert set(stand.platform.places) == set(stand.fleet.shown())


async def test_a_crawl_that_met_fewer_records_than_the_hub_counts_removes_nothing(stand: Stand) -> None:
    for number in range(4):
        stand.fleet.put(number)
    await stand.pull()
    del stand.fleet.places[3]
    stand.fleet.total = 4
    report = await stand.pull(full=True)
    assert (report.held, report.gone) == (1, 0)
    assert report.words == "1 records are missing, and are not removed: the pages brought 3 of 4 records"


async def test_a_watermark_from_the_future_is_no_watermark(stand: Stand) -> None:
    stand.fleet.put(1)
    await stand.pull()
    stand.later(hours=-1)
    assert (await stand.pull()).full is True


async def test_of_two_pulls_at_once_the_second_waits_and_finds_nothing_new(stand: Stand) -> None:
    stand.fleet.put(1)
    reports = await asyncio.gather(stand.pull(), stand.pull())
    assert [report.changed for report in reports] == [1, 0]
    assert stand.platform.given == [("UPDATE", [1])]


async def test_memory_holds_a_portion_and_not_the_fleet(stand: Stand) -> None:
    """One page as long as the fleet is given on in portions."""
    for number in range(1200):
        stand.fleet.put(number)
    stand.fleet.page_size = 10_000
    report = await stand.pull()
    assert (report.pages, report.received) == (1, 1200)
    assert [len(numbers) for _, numbers in stand.platform.given] == [500, 500, 200]


# --- statuses and tokens -----------------------------------------------------------------------------------------


@dataclass
class Taker:
    told: list[m.Message[Any]] = field(default_factory=list)

    def has(self, kind: type[m.Message[Any]]) -> bool:
        return True

    async def answer(self, _: Any, message: m.Message[Any]) -> m.Publication:
        self.told.append(message)
        return m.Publication(accepted=True)


async def test_statuses_of_evses_and_of_parking_spots_are_given_and_removed() -> None:
    stand, taker = Stand(), Taker()
    stand.pulls = Pulls(stand.database, {"toy": stand.hub}, taker, lambda: NOON)
    reports = [m.EvseStatusReport(evse=EvseId.parse(f"DE*LON*E{n}"), status=EvseStatus.AVAILABLE) for n in (1, 2)]
    spots = [m.ParkingStatusReport(parking_id=f"P{n}", status=EvseStatus.CHARGING) for n in (1, 2)]
    for last in (2, 1):
        stand.answer = m.Statuses(statuses=tuple(reports[:last]), parking=tuple(spots[:last]))
        report = await stand.pulls.pull("toy", m.FetchStatuses, full=True)
    assert (report.gone, stand.fleet.asked) == (2, [m.FetchStatuses(), m.FetchStatuses()])
    gone = m.PublishStatuses(
        action=m.PushAction.DELETE,
        statuses=(m.EvseStatusReport(evse=EvseId.parse("DE*LON*E2")),),
        parking=(m.ParkingStatusReport(parking_id="P2"),),
    )
    assert taker.told == [m.PublishStatuses(statuses=tuple(reports), parking=tuple(spots)), gone]
    stand.database.close()


async def test_tokens_are_told_apart_by_number_and_contract_and_removed_by_name() -> None:
    stand, taker = Stand(), Taker()
    stand.pulls = Pulls(stand.database, {"toy": stand.hub}, taker, lambda: NOON)
    contracts = [ContractId.parse(f"DE-8EO-C0000000{n}-X") for n in (1, 2)]
    tokens = [
        Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=contract, provider=PartyId.parse("DE-8EO"))
        for contract in contracts
    ]
    for last in (2, 1):
        stand.answer = m.Tokens(tokens=tuple(tokens[:last]))
        await stand.pulls.pull("toy", m.FetchTokens, full=True)
    name = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=contracts[1])
    assert taker.told == [
        m.PublishTokens(action=m.PushAction.UPDATE, tokens=tuple(tokens)),
        m.PublishTokens(action=m.PushAction.DELETE, tokens=(name,)),
    ]
    stand.database.close()


# --- any sequence ------------------------------------------------------------------------------------------------

CHANGES = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 5), st.sampled_from(["", "a", "b"])),
    st.tuples(st.just("remove"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([1, 100, 3600, 90_000])),
    st.tuples(st.just("pull"), st.none() | st.integers(0, 3), st.sets(st.integers(1, 4))),
    st.tuples(st.just("crash"), st.integers(1, 3)),
)


async def _end_in_the_full_state(changes: list[Any]) -> None:
    stand = Stand(pulls={"most_gone": 1})
    stand.fleet.put(99)
    for kind, *details in changes:
        if kind == "put":
            stand.fleet.put(details[0], details[1])
        elif kind == "remove" and details[0] in stand.fleet.places:
            stand.fleet.remove(details[0])
        elif kind == "wait":
            stand.later(seconds=details[0])
        elif kind == "pull":
            stand.fleet.fail_at_page = details[0]
            stand.platform.fails = {stand.platform.calls + number for number in details[1]}
            await _try(stand)
        elif kind == "crash":
            await _crash(stand, details[0])
    stand.fleet.fail_at_page, stand.platform.fails = None, set()
    stand.later(seconds=1)
    await stand.pull()
    assert stand.platform.places == stand.fleet.shown()
    there = await stand.database.read(lambda transaction: pulls.listed(transaction, "toy", "FetchEvses"))
    assert len(there) == len(stand.fleet.shown())
    stand.database.close()


async def _try(stand: Stand) -> None:
    try:
        await stand.pull()
    except (NoAnswer, BackendFailed):
        return


async def _crash(stand: Stand, at: int) -> None:
    """The backend has taken a page, and we die before that is written down."""
    answer, calls = stand.platform.answer, [0]

    async def dies(connection: Any, message: m.PublishEvses) -> Any:
        given = await answer(connection, message)
        calls[0] += 1
        if calls[0] == at:
            raise BackendFailed("the process is gone")
        return given

    stand.platform.answer = dies  # type: ignore[method-assign]
    await _try(stand)
    del stand.platform.answer


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CHANGES, max_size=12))
def test_any_sequence_of_changes_failed_pages_and_crashes_ends_in_the_full_state(changes: list[Any]) -> None:
    asyncio.run(_end_in_the_full_state(changes))
