"""EVSE networks on every database: names, lists, who may be put where, offers, and activation in two steps."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import AsyncMock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.errors import Invalid
from gateway.model.ids import PartyId
from gateway.model.kinds import PowerType
from gateway.model.location import Address, Location
from gateway.model.network import NetworkState, PriceReason
from gateway.networks import Conflict, EvseFilter, SavedFilter
from gateway.networks.activation import Activation
from gateway.networks.ground import Ground
from gateway.store import Database
from gateway.store import networks as store
from gateway.store.tables import grouped, offers
from tests.support.networks import HUB, LATER, Bench, always, ids, names, offer, price_set, published
from tests.support.publishing import place


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def reasons(error: Invalid) -> dict[str, str]:
    """Pointer → code."""
    return {one.pointer: one.code for one in error.findings}


# --- names -------------------------------------------------------------------------------------------------------


async def test_a_group_name_has_30_characters_however_many_bytes_they_are(bench: Bench) -> None:
    network = await bench.network("é" * 30)
    with pytest.raises(Invalid, match=r"at most 30 characters, this one has 31 \(Hubject support pages 26845523750557"):
        await bench.networks.add_group(network, "x" * 31)
    assert list(await bench.inside(network)) == ["é" * 30]


async def test_the_length_of_group_names_is_a_setting(database: Database) -> None:
    bench = Bench(database, {"group_name_length": 50})
    network = await bench.network("x" * 50)
    with pytest.raises(Invalid, match=r"at most 50 characters, this one has 51 \(settings\)"):
        await bench.networks.add_group(network, "x" * 51)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"group_length": 3}, "group_length: unknown; known are group_name_length"),
        ({"group_name_length": 0}, "group_name_length: 0: a whole number from 1 on"),
        ({"group_name_length": True}, "True: a whole number"),
        ({"active_names": "perhaps"}, "'perhaps': one of refuse, allow"),
        ({"active_names": ["allow"]}, "one of refuse, allow"),
        ("allow", "/connections/hubject/options/networks: 'allow' is no table"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_done(database: Database, options: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Bench(database, options)


async def test_no_name_at_all_is_no_network(bench: Bench) -> None:
    await bench.network()
    with pytest.raises(Invalid, match="nothing is given"):
        await bench.networks.delete("")
    assert len(await bench.networks.listed()) == 1


@pytest.mark.parametrize(("name", "words"), [("", "needs a name"), ("  ", "needs a name"), ("n" * 51, "at most 50")])
async def test_a_network_needs_a_name_that_the_hub_takes(bench: Bench, name: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await bench.networks.create(HUB, name)


async def test_names_are_taken_once(bench: Bench) -> None:
    network = await bench.network("A", "B")
    for attempt in (
        bench.networks.create(HUB, "Net"),
        bench.networks.add_group(network, "A"),
        bench.networks.rename_group(network, "B", "A"),
    ):
        with pytest.raises(Conflict, match="already"):
            await attempt
    await bench.networks.rename_group(network, "B", "B")
    other = (await bench.networks.create(HUB, "Other", groups=["A"])).id
    with pytest.raises(Conflict, match="already"):
        await bench.networks.rename(other, "Net")


async def test_a_draft_is_renamed_and_deleted_with_all_that_is_in_it(bench: Bench) -> None:
    network = await bench.network("A", "B", count=2)
    await bench.networks.assign(network, "A", ids(1, 2))
    await bench.networks.rename(network, "New")
    await bench.networks.rename_group("New", "A", "AA")
    await bench.networks.delete_group("New", "AA")
    assert (await bench.inside("New"), await bench.free("New")) == ({"B": []}, names(1, 2))
    await bench.networks.delete("New")
    assert await bench.networks.listed() == []
    with pytest.raises(Invalid, match="no network 'New'"):
        await bench.networks.show("New")


# --- lists -------------------------------------------------------------------------------------------------------


async def test_unassigned_is_what_the_hub_has_and_no_group_holds(bench: Bench) -> None:
    network = await bench.network("A", count=3)
    await bench.fleet([place(4)], there="no", accepted=None, state="held", held="no hotline number")
    await bench.fleet([place(5)], wanted=None, state="remove")
    await bench.networks.assign(network, "A", ids(2))
    assert await bench.free(network) == names(1, 3)
    waiting = (await bench.networks.not_yet_at_hub(network)).rows
    assert [(str(row.evse), row.waits) for row in waiting] == [(*names(4), "no hotline number")]
    shown = (await bench.networks.assigned(network)).rows
    assert [(str(row.evse), row.location, row.power_types, row.output_kw, row.group) for row in shown] == [
        (*names(2), "Keizersgracht, Amsterdam", ("AC_3_PHASE",), Decimal("22.08"), "A")
    ]


def variety() -> list[Location]:
    """Four EVSEs: Amsterdam AC 22, Berlin AC 11 of another operator, Berlin DC 150, Utrecht without a power."""
    berlin = Address(street="Unter den Linden 1", city="Berlin", postal_code="10117", country="DEU")
    fast = powered(place(3, address=berlin), PowerType.DC, Decimal(150))
    return [
        place(1),
        powered(place(2, "DE*LON", address=berlin), PowerType.AC_3_PHASE, Decimal(11)),
        fast,
        powered(place(4, address=Address(city="Utrecht")), None, None),
    ]


def powered(location: Location, kind: PowerType | None, output: Decimal | None) -> Location:
    evse = location.evses[0]
    connector = replace(evse.connectors[0], power_type=kind, max_power_kw=output)
    return replace(location, evses=(replace(evse, connectors=(connector,)),))


FILTERS: dict[str, tuple[EvseFilter, list[int]]] = {
    "part of an id": (EvseFilter(evse="e0003*1"), [3]),
    "part of an id without separators": (EvseFilter(evse="E00031"), [3]),
    "a wildcard is a character": (EvseFilter(evse="%"), []),
    "place": (EvseFilter(location="BERLIN"), [2, 3]),
    "id of the place": (EvseFilter(location="loc4"), [4]),
    "power type": (EvseFilter(power_type="DC"), [3]),
    "any AC": (EvseFilter(power_type="AC"), [1, 2]),
    "output": (EvseFilter(min_kw=Decimal("22.08"), max_kw=Decimal(150)), [1, 3]),
    "operator": (EvseFilter(operator=PartyId.parse("DELON")), [2]),
    "all at once": (EvseFilter(evse="E0", location="berlin", power_type="AC", max_kw=Decimal(22)), [2]),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filters_find_what_fits_in_either_list(bench: Bench, name: str) -> None:
    wanted, expected = FILTERS[name]
    network = await bench.network("A")
    await bench.fleet(variety())
    evses = {number: one.evses[0].evse_id for number, one in enumerate(variety(), 1)}
    expected_ids = [str(evses[number]) for number in expected]
    page = await bench.networks.unassigned(network, wanted)
    assert (sorted(str(row.evse) for row in page.rows), page.total) == (sorted(expected_ids), len(expected))
    await bench.networks.assign_all(network, "A", EvseFilter())
    listed = await bench.networks.assigned(network, wanted)
    assert sorted(str(row.evse) for row in listed.rows) == sorted(expected_ids)
    assert (await bench.networks.assigned(network, replace(wanted, group="B"))).total == 0


async def test_an_unknown_power_type_is_refused() -> None:
    with pytest.raises(Invalid, match="no power type"):
        EvseFilter(power_type="steam")


async def test_a_list_comes_in_pages(bench: Bench) -> None:
    network = await bench.network("A", count=5)
    for wanted in (EvseFilter(), EvseFilter(power_type="AC")):
        seen, after = [], ""
        while True:
            page = await bench.networks.unassigned(network, wanted, after=after, size=2)
            seen += [str(row.evse) for row in page.rows]
            assert page.total == 5
            if page.after is None:
                break
            after = page.after
        assert seen == names(1, 2, 3, 4, 5)


async def test_ten_thousand_evses_are_looked_through_in_a_second(bench: Bench) -> None:
    network = await bench.network("A")
    await bench.fleet(place(number) for number in range(1, 10_001))
    for wanted in (EvseFilter(), EvseFilter(location="amster", power_type="AC", min_kw=Decimal(20), evse="E9")):
        begin = time.perf_counter()
        page = await bench.networks.unassigned(network, wanted)
        assert (len(page.rows), time.perf_counter() - begin < 1.0) == (50, True)


# --- assigning ---------------------------------------------------------------------------------------------------


async def test_all_are_assigned_or_none_and_each_reason_is_named(bench: Bench) -> None:
    network, other = await bench.network("A", count=3), await bench.network("B", name="Other")
    await bench.fleet([place(4)], there="no", accepted=None, state="insert")
    await bench.networks.assign(other, "B", ids(3))
    with pytest.raises(Conflict) as caught:
        await bench.networks.assign(network, "A", ids(1, 3, 4, 5))
    assert reasons(caught.value) == {
        f"/{names(3)[0]}": "assigned-elsewhere",
        f"/{names(4)[0]}": "not-at-hub",
        f"/{names(5)[0]}": "not-at-hub",
    }
    assert "group 'B' of network 'Other'" in caught.value.findings[0].text
    assert "Hubject support pages" in caught.value.findings[0].text
    assert await bench.inside(network) == {"A": []}


async def test_in_a_draft_a_later_assignment_overwrites(bench: Bench) -> None:
    network = await bench.network("A", "B", count=3)
    await bench.networks.assign(network, "A", ids(1, 2))
    done = await bench.networks.assign(network, "B", ids(2, 3))
    assert (done.added, done.moved, done.unchanged) == (tuple(names(3)), tuple(names(2)), ())
    assert (await bench.networks.assign(network, "B", ids(2, 2))).unchanged == tuple(names(2))
    assert await bench.inside(network) == {"A": names(1), "B": names(2, 3)}
    await bench.networks.unassign(network, ids(1, 3))
    assert (await bench.inside(network), await bench.free(network)) == ({"A": [], "B": names(2)}, names(1, 3))
    with pytest.raises(Conflict, match="in no group"):
        await bench.networks.unassign(network, ids(2, 1))


async def test_the_database_holds_one_group_for_an_evse(bench: Bench) -> None:
    network = await bench.network("A", "B", count=1)
    await bench.networks.assign(network, "A", ids(1))
    row = (await bench.database.read(lambda t: t.execute(select(grouped)).one()))._asdict()
    group = (await bench.database.read(lambda t: store.groups_of(t, network)))[1]
    with pytest.raises(IntegrityError):
        await bench.database.write(lambda t: t.execute(insert(grouped).values({**row, "group": group.id})))
    with pytest.raises(IntegrityError):
        await bench.database.write(lambda t: t.execute(insert(grouped).values({**row, "evse": "X", "group": "none"})))


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["assign", "unassign", "delete", "activate"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from(["A", "B"]),
        st.lists(st.integers(1, 5), min_size=1, max_size=3),
    ),
    max_size=12,
)


@given(moves=MOVES)
@settings(max_examples=40)
def test_after_any_moves_an_evse_is_in_one_place_and_active_places_stay(moves: list[Any]) -> None:
    import asyncio

    async def play() -> None:
        database = Database()
        database.migrate()
        bench = Bench(database)
        await bench.network("A", "B", name="one", count=4)
        await bench.network("A", "B", name="two")
        active: dict[str, tuple[str, str]] = {}
        for what, network, group, numbers in moves:
            await moved(bench, what, network, group, numbers)
            found = await everything(bench)
            assert len({evse for evse, _ in found}) == len(found)
            assert active.items() <= dict(found).items()
            active |= {evse: where for evse, where in found if await is_active(bench, where[0])}
        database.close()

    asyncio.run(play())


async def moved(bench: Bench, what: str, network: str, group: str, numbers: list[int]) -> None:
    before = await everything(bench)
    try:
        if what == "assign":
            await bench.networks.assign(network, group, ids(*numbers))
        elif what == "unassign":
            await bench.networks.unassign(network, ids(*numbers))
        elif what == "delete":
            await bench.networks.delete_group(network, group)
        else:
            its = (await bench.networks.show(network)).id
            await bench.database.write(lambda t: store.change_network(t, its, state="ACTIVE"))
    except Invalid:
        assert await everything(bench) == before


async def everything(bench: Bench) -> list[tuple[str, tuple[str, str]]]:
    return [
        (evse, (network, group))
        for network in ("one", "two")
        for group, evses in (await bench.inside(network)).items()
        for evse in evses
    ]


async def is_active(bench: Bench, network: str) -> bool:
    return (await bench.networks.show(network)).network.state is NetworkState.ACTIVE


# --- active ------------------------------------------------------------------------------------------------------


async def activated(bench: Bench, *, count: int = 3) -> str:
    """An active network: EVSE 1 is in A, group B is empty, the others are in no group."""
    network = await bench.network("A", "B", count=count)
    await bench.networks.assign(network, "A", ids(1))
    await bench.networks.offers.create(network, offer(always("A", "day"), always("B", "day")))
    plan = await bench.networks.plan_activation(network)
    await bench.networks.activate(network, confirm=plan.token, at_hub=False)
    return network


FORBIDDEN: dict[str, Callable[[Bench], Any]] = {
    "move": lambda bench: bench.networks.assign("Net", "B", ids(1)),
    "unassign": lambda bench: bench.networks.unassign("Net", ids(1)),
    "rename": lambda bench: bench.networks.rename("Net", "New"),
    "rename a group": lambda bench: bench.networks.rename_group("Net", "A", "New"),
    "delete": lambda bench: bench.networks.delete("Net"),
    "delete a group": lambda bench: bench.networks.delete_group("Net", "A"),
    "delete an empty group": lambda bench: bench.networks.delete_group("Net", "B"),
    "sort again": lambda bench: bench.networks.filters.apply("Net", again=True),
}


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_an_active_network_is_only_added_to(database: Database, what: str) -> None:
    bench = Bench(database, {"offer_over_unassigned": "warn"})
    network = await activated(bench)
    with pytest.raises(Conflict, match=r"active.*\((NGP EVSE assignment API v1|not documented)\)") as caught:
        await FORBIDDEN[what](bench)
    assert {one.code for one in caught.value.findings} == {"active-network"}
    await bench.networks.assign(network, "B", ids(2))
    assert await bench.inside(network) == {"A": names(1), "B": names(2)}


async def test_names_of_an_active_network_change_where_a_setting_allows_it(database: Database) -> None:
    bench = Bench(database, {"offer_over_unassigned": "warn", "active_names": "allow"})
    network = await activated(bench)
    await bench.networks.rename_group(network, "A", "AA")
    await bench.networks.delete_group(network, "B")
    assert await bench.inside(network) == {"AA": names(1)}
    with pytest.raises(Conflict, match="with EVSEs"):
        await bench.networks.delete_group(network, "AA")


# --- rules -------------------------------------------------------------------------------------------------------


async def test_saved_filters_sort_what_is_free_and_name_the_rest(bench: Bench) -> None:
    network = await bench.network("BER-AC", "REST")
    await bench.fleet(variety())
    slow = EvseFilter(location="Berlin", power_type="AC", max_kw=Decimal(22))
    await bench.networks.filters.save(network, SavedFilter(name="slow", group="BER-AC", filter=slow, position=1))
    rest = EvseFilter(operator=PartyId.parse("NL*LON"), min_kw=Decimal(1))
    await bench.networks.filters.save(network, SavedFilter(name="rest", group="REST", filter=rest, position=2))
    assert [one.name for one in await bench.networks.filters.listed(network)] == ["slow", "rest"]
    seen = await bench.networks.filters.preview(network)
    assert await bench.inside(network) == {"BER-AC": [], "REST": []}
    done = await bench.networks.filters.apply(network)
    assert done == seen
    assert done.groups == {"BER-AC": ("DE*LON*E0002*1",), "REST": tuple(names(1, 3))}
    assert done.unmatched == tuple(names(4))
    assert (await bench.networks.filters.apply(network)).groups == {}
    await bench.networks.filters.delete(network, "rest")
    with pytest.raises(Invalid, match="no rule 'rest'"):
        await bench.networks.filters.delete(network, "rest")


async def test_a_draft_may_be_sorted_again(bench: Bench) -> None:
    network = await bench.network("A", "B", count=2)
    await bench.networks.assign(network, "A", ids(1, 2))
    await bench.networks.filters.save(network, SavedFilter(name="all", group="B", filter=EvseFilter(evse="E0002")))
    assert (await bench.networks.filters.apply(network)).groups == {}
    assert (await bench.networks.filters.apply(network, again=True)).groups == {"B": tuple(names(2))}
    assert await bench.inside(network) == {"A": names(1), "B": names(2)}


# --- offers ------------------------------------------------------------------------------------------------------


async def test_an_offer_waits_until_every_evse_is_in_a_group(bench: Bench) -> None:
    network = await bench.network("A", count=2)
    await bench.networks.assign(network, "A", ids(1))
    view = await bench.networks.show(network)
    assert (view.ready, view.unassigned) == (False, 1)
    with pytest.raises(Conflict, match="1 EVSEs are at the hub and in no group: their price will be zero"):
        await bench.networks.offers.create(network, offer(always("A", "day")))
    await bench.networks.assign(network, "A", ids(2))
    kept = await bench.networks.offers.create(network, offer(always("A", "day")))
    assert ((await bench.networks.show(network)).ready, kept.state, kept.warnings) == (True, "draft", ())
    assert await bench.networks.offers.show(network) == kept


BROKEN: dict[str, tuple[Any, str]] = {
    "in the past": (offer(always("A", "day"), valid_from=datetime(2026, 1, 1, tzinfo=UTC)), "a time to come"),
    "no lead time": (offer(always("A", "day"), lead_days=14), "less than 15"),
    "too long a term": (offer(always("A", "day"), minimum_days=91), "between 1 and 90"),
    "no such group": (offer(always("A", "day"), always("C", "day")), "no group 'C'"),
    "no price": (offer(), "the group 'A' has no price"),
    "two prices": (offer(always("A", "day"), always("A", "day")), "two prices"),
    "no such price set": (offer(always("A", "night")), "no tariff night"),
    "another currency": (
        offer(replace(always("A", "day"), currency="CHF")),
        "day is in EUR, its product in CHF",
    ),
    "limited without an end": (offer(always("A", "day"), unlimited=False, lead_days=None), "needs validTo"),
    "no name": (offer(always("A", "day"), reference=None), "needs a name"),
    "long name": (offer(always("A", "day"), reference="x" * 256), "at most 255"),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_an_offer_that_the_hub_would_not_take_is_refused_before(bench: Bench, what: str) -> None:
    network = await bench.network("A", count=1)
    await bench.networks.assign(network, "A", ids(1))
    document, words = BROKEN[what]
    with pytest.raises(Invalid) as caught:
        await bench.networks.offers.create(network, document)
    assert words in "; ".join(one.text for one in caught.value.findings)
    assert await bench.networks.offers.listed(network) == []


# --- activation and prices ---------------------------------------------------------------------------------------


async def test_activation_names_what_will_cost_nothing_and_wants_a_yes_to_that(database: Database) -> None:
    bench = Bench(database, {"offer_over_unassigned": "warn"})
    network = await bench.network("A", "B", count=3)
    await bench.networks.assign(network, "A", ids(1))
    kept = await bench.networks.offers.create(network, offer(always("A", "day"), always("B", "day")))
    assert [one.code for one in kept.warnings] == ["unassigned-evses"]
    plan = await bench.networks.plan_activation(network)
    assert (list(map(str, plan.unpriced)), plan.empty_groups) == (names(2, 3), ("B",))
    assert plan.sentence == "2 EVSEs at the hub are in no group: their price will be zero"
    with pytest.raises(Conflict, match="needs to be confirmed") as caught:
        await bench.networks.activate(network, at_hub=False)
    assert list(reasons(caught.value)) == ["", *(f"/{name}" for name in names(2, 3))]
    await bench.fleet([place(4)])
    with pytest.raises(Conflict, match="EVSEs have changed since this was shown"):
        await bench.networks.activate(network, confirm=plan.token, at_hub=False)
    token = (await bench.networks.plan_activation(network)).token
    done = await bench.networks.activate(network, confirm=token, at_hub=False)
    assert (done.state, (await bench.networks.show(network)).network.state) == ("active", NetworkState.ACTIVE)
    with pytest.raises(Invalid, match="active already"):
        await bench.networks.plan_activation(network)


async def test_an_offer_for_other_groups_is_not_activated(bench: Bench) -> None:
    network = await bench.network("A", "B")
    await bench.networks.offers.create(network, offer(always("A", "day"), always("B", "day")))
    await bench.networks.delete_group(network, "B")
    await bench.networks.add_group(network, "C")
    for attempt in (bench.networks.plan_activation(network), bench.networks.activate(network, at_hub=False)):
        with pytest.raises(Conflict, match=r"'Summer' was made: 'C' has no price, 'B' is gone; make the offer anew"):
            await attempt


async def test_of_two_that_activate_at_once_one_hears_of_the_other(bench: Bench) -> None:
    network = await bench.network("A", count=1)
    await bench.networks.assign(network, "A", ids(1))
    await bench.networks.offers.create(network, offer(always("A", "day")))
    plan = await bench.networks.plan_activation(network)

    async def meanwhile(*_: str) -> str:
        await quick.activate(network, confirm=plan.token)
        return "offer-2"

    ground, hub_side = Ground(bench.database, bench.stand.hubs, lambda: bench.moment, bench.zero.append), AsyncMock()
    hub_side.created_offer = meanwhile
    slow = Activation(ground, hub_side)
    quick = Activation(ground, AsyncMock(created_offer=AsyncMock(return_value="offer-1")))
    with pytest.raises(Conflict, match=r"just activated the offer 'Summer'; the hub now has it twice, as offer-1 "):
        await slow.activate(network, confirm=plan.token)


async def test_a_price_is_that_of_the_group_and_zero_without_one(database: Database) -> None:
    bench = Bench(database, {"offer_over_unassigned": "warn"})
    await activated(bench)
    (one, two, nine) = ids(1, 2, 9)
    before = await bench.networks.price_of(one, bench.moment)
    assert (before.reason, before.group) == (PriceReason.NO_OFFER, "A")
    price = await bench.networks.price_of(one, LATER)
    assert (price.reason, price.cost, price.currency, price.offer) == (PriceReason.GROUP_PRICE, None, "EUR", "Summer")
    assert price.components == price_set("day", "0.40").components
    nothing = await bench.networks.price_of(two, LATER)
    assert (nothing.reason.value, nothing.cost) == ("unassigned-evse", Decimal(0))
    assert (await bench.networks.price_of(nine, LATER)).reason is PriceReason.NOT_AT_HUB
    assert bench.zero == [HUB]
    now = LATER.isoformat()
    assert await database.read(lambda t: store.unpriced(t, now)) == {HUB: 2}
    await database.write(lambda t: t.execute(update(offers).values(valid_to=LATER.isoformat())))
    assert await database.read(lambda t: store.unpriced(t, now)) == {}


async def test_slots_are_in_the_time_of_the_place(bench: Bench) -> None:
    network = await bench.network("A")
    await bench.fleet([place(1, time_zone="Europe/Amsterdam")])
    await bench.networks.assign(network, "A", ids(1))
    night = replace(always("A", "night").plans[0], slots=(replace(always("A", "night").plans[0].slots[0], end=21_600),))
    sets = (price_set("night", "0.20"), price_set("day", "0.40"))
    kept = await bench.networks.offers.create(
        network, offer(replace(always("A", "night"), plans=(night,)), sets=sets, valid_from=bench.moment + timedelta(1))
    )
    plan = await bench.networks.plan_activation(network, kept.id)
    await bench.networks.activate(network, confirm=plan.token, at_hub=False)
    early, late = datetime(2026, 3, 10, 4, 59, 59, tzinfo=UTC), datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
    assert (await bench.networks.price_of(ids(1)[0], early)).price_set == "night"
    assert (await bench.networks.price_of(ids(1)[0], late)).reason is PriceReason.NO_SLOT


async def test_an_unreadable_record_is_no_reason_to_fail(bench: Bench) -> None:
    network = await bench.network("A")
    row = published(place(1), document="[]")
    from gateway.store import publications

    await bench.database.write(lambda t: publications.added(t, [row]))
    assert await bench.free(network) == names(1)
