from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.connections import profile_of
from gateway.errors import ForeignOperator, Invalid, UnknownConnection
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Evse, Location
from gateway.model.party import Operator, Registration, RegistrationState
from gateway.operators import LocationRegister
from gateway.ports import Connection, Profile
from gateway.registry import Registry, capability
from gateway.store import Database, registrations
from gateway.tables import read_table, shipped

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
NLLON, DELON, BELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON"), PartyId.parse("BE*LON")
SENTENCE = "Gireve does not support this yet. They plan to support this for Q4 2023."
State = RegistrationState


def account(name: str, **changed: Any) -> Connection:
    protocols = {"hubject": "oicp", "gireve": "emip", "eclearing": "ochp"}
    values: dict[str, Any] = {
        "hub": name,
        "protocol": protocols[name],
        "role": Role.CPO,
        "party": NLLON,
        "operators": (Operator(id=DELON),),
    }
    return Connection(name=name, **{**values, **changed})


def profile(name: str) -> Profile:
    return Profile(name=name, title={"hubject": "Hubject", "gireve": "Gireve IOP (eMIP)"}.get(name, "e-clearing.net"))


def registry(database: Database, *accounts: Connection) -> Registry:
    chosen = accounts or [account(name) for name in ("hubject", "gireve", "eclearing")]
    return Registry(database, {one.name: (one, profile(one.hub)) for one in chosen}, lambda: NOW)


def asked(state: State, since: date | None = None, hub: str = "hubject") -> Operator:
    """An operator as the settings have it."""
    return Operator(id=DELON, registrations={hub: Registration(state=state, since=since)})


def held(database: Database, one: Registry, connection: Connection, operator: PartyId) -> str | None:
    with database.engine.begin() as transaction:
        return one.hold(transaction, connection, operator)


# --- holding back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "reason"),
    [
        (asked(State.ACTIVE), None),
        (asked(State.ACTIVE, date(2026, 3, 15)), None),
        (asked(State.ACTIVE, date(2026, 4, 1)), "operator DE*LON not active at Hubject before 2026-04-01"),
        (
            asked(State.REQUESTED, date(2026, 3, 1)),
            "operator DE*LON not active at Hubject since 2026-03-01 (requested)",
        ),
        (asked(State.REFUSED, date(2026, 3, 1)), "operator DE*LON not active at Hubject since 2026-03-01 (refused)"),
        (asked(State.NOT_REQUESTED), "operator DE*LON not active at Hubject (not requested)"),
        (Operator(id=DELON), None),
    ],
)
def test_what_an_operator_has_waits_with_the_reason_and_the_date(
    database: Database, operator: Operator, reason: str | None
) -> None:
    hubject = account("hubject", operators=(operator,))
    assert held(database, registry(database, hubject), hubject, PartyId.parse("delon")) == reason


def test_who_is_named_on_a_connection_is_active_unless_the_settings_say_otherwise(database: Database) -> None:
    hubject = account("hubject")
    assert held(database, registry(database, hubject), hubject, NLLON) is None
    closed = Operator(id=NLLON, registrations={"hubject": Registration(state=State.REQUESTED)})
    hubject = account("hubject", operators=(closed,))
    reason = held(database, registry(database, hubject), hubject, NLLON)
    assert reason == "operator NL*LON not active at Hubject (requested)"


def test_an_operator_that_is_not_on_the_connection_is_held_back_there(database: Database) -> None:
    hubject = account("hubject")
    reason = held(database, registry(database, hubject), hubject, BELON)
    assert reason == "BE*LON is not an operator of connection hubject"


async def test_after_activation_everything_flows_without_a_restart_in_every_process(database: Database) -> None:
    hubject = account("hubject", operators=(asked(State.REQUESTED),))
    one, other = registry(database, hubject), registry(database, hubject)
    assert held(database, one, hubject, DELON) is not None
    await other.set(DELON, "hubject", State.ACTIVE, by="A. Sample")
    assert held(database, one, hubject, DELON) is None
    await other.set(DELON, "hubject", State.REFUSED, since=date(2026, 3, 14))
    reason = held(database, one, hubject, DELON)
    assert reason == "operator DE*LON not active at Hubject since 2026-03-14 (refused)"


async def test_what_was_set_stands_before_the_settings_until_it_is_forgotten(database: Database) -> None:
    hubject = account("hubject", operators=(asked(State.ACTIVE),))
    one = registry(database, hubject)
    await one.set(DELON, "hubject", State.REQUESTED, since=date(2026, 3, 1), by="A. Sample", note="ticket 7")
    (standing,) = await one.states(DELON)
    assert standing.registration == Registration(
        state=State.REQUESTED, since=date(2026, 3, 1), by="A. Sample", note="ticket 7"
    )
    with database.engine.begin() as transaction:
        registrations.forget(transaction, "hubject", DELON)
    (standing,) = await one.states(DELON)
    assert standing.registration == Registration(state=State.ACTIVE, by="settings")


async def test_a_state_that_is_set_without_a_date_is_of_today(database: Database) -> None:
    standing = await registry(database).set(DELON, "hubject", State.REQUESTED)
    assert standing.registration == Registration(state=State.REQUESTED, since=date(2026, 3, 15))


async def test_what_cannot_be_set_is_refused_with_what_to_do(database: Database) -> None:
    one = registry(database)
    with pytest.raises(UnknownConnection, match="no connection 'hubjct'"):
        await one.set(DELON, "hubjct", State.ACTIVE)
    with pytest.raises(ForeignOperator, match=r"BE\*LON is no operator of connection hubject; name it in the settings"):
        await one.set(BELON, "hubject", State.ACTIVE)


# --- regimes -----------------------------------------------------------------------------------------------------

ALONE = account("gireve", options={"operator_regime": "none"})


@pytest.mark.parametrize(
    ("connection", "day", "value"),
    [
        (account("gireve"), date(2026, 3, 15), "operation-per-operator"),
        (account("gireve", protocol="ocpi", options={"version": "2.2.1"}), date(2026, 3, 15), "operation-per-operator"),
        (account("gireve", protocol="ocpi", options={"version": "2.1.1"}), date(2026, 3, 15), "none"),
        (account("gireve"), date(2024, 1, 1), "unknown"),
        (ALONE, date(2026, 3, 15), "none"),
        (account("hubject"), date(2026, 3, 15), "sub-partner"),
        (account("eclearing"), date(2026, 3, 15), "contact"),
        (account("hubject", hub="toy"), date(2026, 3, 15), "unknown"),
    ],
)
def test_whether_a_hub_takes_additional_operators_is_dated_data(connection: Connection, day: date, value: str) -> None:
    assert capability(connection, day).value == value


@pytest.mark.parametrize("hub", ["gireve"])
def test_the_profile_of_a_hub_and_the_dated_data_agree(hub: str) -> None:
    adapter, known = profile_of(hub)
    assert known.operator_regime == capability(account(hub, protocol=adapter.name), NOW.date()).value


async def test_where_a_connection_carries_one_operator_others_are_held_back_in_the_sources_words(
    database: Database,
) -> None:
    one = registry(database, ALONE)
    assert held(database, one, ALONE, DELON) == SENTENCE
    assert held(database, one, ALONE, NLLON) is None
    (standing,) = await one.states(DELON)
    assert standing.registration.state is State.NOT_SUPPORTED
    assert standing.next_step.startswith("One connection carries one operator")
    with pytest.raises(Invalid, match=r"DE\*LON cannot be active at Gireve IOP: Gireve does not support this yet"):
        await one.set(DELON, "gireve", State.ACTIVE)
    assert held(database, one, ALONE, DELON) == SENTENCE


async def test_an_activation_of_the_other_regime_does_not_survive_the_change_to_none(database: Database) -> None:
    several = account("gireve")
    await registry(database, several).set(DELON, "gireve", State.ACTIVE)
    assert held(database, registry(database, several), several, DELON) is None
    assert held(database, registry(database, ALONE), ALONE, DELON) == SENTENCE


async def test_places_of_additional_operators_are_refused_at_creation_only_where_that_is_configured(
    database: Database,
) -> None:
    refusing = replace(ALONE, options={**ALONE.options, "refuse_additional_operators": True})
    place = Location(id="L1", operator=DELON)
    strict = LocationRegister(database, refusal=registry(database, refusing).refusal)
    with pytest.raises(Invalid, match=f"no place of DE.LON can be created: {SENTENCE}"):
        await strict.create(place)
    assert await strict.create(Location(id="L2", operator=NLLON)) is not None
    assert await strict.create(place, "another tenant") == place
    lenient = LocationRegister(database, refusal=registry(database, ALONE).refusal)
    assert await lenient.create(place) == place


def test_a_mixed_location_is_refused_where_every_operator_has_its_own_operation(database: Database) -> None:
    evses = tuple(Evse(evse_id=EvseId.parse(f"{party}*E1")) for party in ("NL*LON", "DE*LON"))
    mixed, plain = Location(id="L1", evses=evses), Location(id="L2", operator=DELON, evses=evses[1:])
    gireve, hubject = account("gireve"), account("hubject")
    one = registry(database, gireve, hubject)
    assert one.mixed(gireve, mixed) == (
        "location L1 mixes DE*LON and NL*LON: at Gireve IOP each operator has its own operation"
    )
    assert one.mixed(gireve, replace(plain, operator=NLLON)) is not None
    assert (one.mixed(gireve, plain), one.mixed(hubject, mixed)) == (None, None)


# --- what to do next ---------------------------------------------------------------------------------------------


async def test_an_operators_state_and_next_step_are_told_for_every_hub(database: Database) -> None:
    fresh = {name: (asked(State.NOT_REQUESTED, hub=name),) for name in ("hubject", "gireve", "eclearing")}
    one = registry(database, *(account(name, operators=operators) for name, operators in fresh.items()))
    await one.set(DELON, "hubject", State.REQUESTED)
    await one.set(DELON, "eclearing", State.ACTIVE)
    told = {
        (standing.connection, standing.registration.state): standing.next_step for standing in await one.states(DELON)
    }
    assert told == {
        ("hubject", State.REQUESTED): "Hubject must approve the sub-partner. Then record it: "
        "operators set DELON --hub hubject --state active.",
        ("gireve", State.NOT_REQUESTED): "Ask Gireve to create the operator: it is done there by hand, "
        "as an operation of its own, which can join a network group.",
        ("eclearing", State.ACTIVE): "Nothing: its EVSEs and CDRs flow.",
    }


def test_every_state_has_a_next_step_and_the_hubs_of_the_table_are_hubs() -> None:
    rows = read_table(shipped("mappings") / "registration.csv")
    general = {row["state"] for row in rows if not row["hub"]}
    assert general == {*(state.value for state in State), "authority"}
    assert {row["state"] for row in rows} <= general
    assert {row["hub"] for row in rows if row["hub"]} == {"hubject", "gireve", "eclearing"}
    assert [row for row in rows if not row["step"] or (row["hub"] and not row["source"])] == []


def test_nothing_of_a_provider_is_held_back(database: Database) -> None:
    emsp = account("hubject", role=Role.EMSP)
    assert held(database, registry(database, emsp), emsp, BELON) is None


async def test_the_id_authority_comes_before_every_hub(database: Database) -> None:
    fresh = replace(asked(State.NOT_REQUESTED), registered_at_authority=False)
    hubject = account("hubject", operators=(fresh,))
    (standing,) = await registry(database, hubject).states(DELON)
    assert standing.next_step.startswith("Register the operator id with the id authority of its country")


async def test_every_operator_of_every_cpo_connection_is_listed(database: Database) -> None:
    one = registry(database, account("hubject"), account("gireve", role=Role.EMSP))
    assert [(standing.connection, standing.operator.id) for standing in await one.listed()] == [
        ("hubject", NLLON),
        ("hubject", DELON),
    ]
    assert await one.states(BELON) == []
