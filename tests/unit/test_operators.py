from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.errors import ForeignOperator, Invalid
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Connector, Evse, Location
from gateway.operators import LocationRegister, checked_evse, new_evse_id
from gateway.store import Database

NLLON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
PLACE = Location(id="L1", operator=DELON)


@pytest.fixture
async def register() -> AsyncIterator[LocationRegister]:
    database = Database()
    database.migrate()
    yield LocationRegister(database)
    database.close()


def test_an_evse_id_is_made_with_the_operator_of_its_location() -> None:
    assert str(new_evse_id(DELON, "1111", "11")) == "DE*LON*E1111*11"
    assert str(new_evse_id(NLLON, "1111")) == "NL*LON*E1111"
    assert new_evse_id(PartyId.parse("nllon"), "1", "2").split == ("1", "2")


@pytest.mark.parametrize(("station", "point"), [("", ""), ("11 11", "1"), ("1" * 40, ""), ("Ö", "1")])
def test_what_makes_no_evse_id_is_refused(station: str, point: str) -> None:
    with pytest.raises(ValueError, match="not an EVSE id"):
        new_evse_id(DELON, station, point)


def test_a_foreign_prefix_is_refused_and_the_reason_names_the_rule() -> None:
    checked_evse(EvseId.parse("DELONE1"), DELON)
    checked_evse(None, DELON)
    with pytest.raises(ForeignOperator, match=r"NL\*LON\*E1 does not begin with DE\*LON.*018"):
        checked_evse(EvseId.parse("NL*LON*E1"), DELON)


async def test_a_location_is_kept_with_its_operator(register: LocationRegister) -> None:
    place = replace(PLACE, evses=(Evse(uid="DELONE1", evse_id=EvseId.parse("DE*LON*E1")),))
    assert await register.create(place) == place
    assert await register.get("L1") == place
    assert await register.listed() == [place]


async def test_tenants_do_not_see_each_others_locations(register: LocationRegister) -> None:
    await register.create(PLACE, "one")
    await register.create(replace(PLACE, operator=NLLON), "other")
    assert await register.get("L1") is None
    assert await register.get("L1", "other") == replace(PLACE, operator=NLLON)
    assert await register.listed("one") == [PLACE]


@pytest.mark.parametrize("place", [Location(id="L1"), Location(operator=DELON), Location()])
async def test_a_location_needs_an_id_and_an_operator(register: LocationRegister, place: Location) -> None:
    with pytest.raises(Invalid, match="needs an id and an operator"):
        await register.create(place)


async def test_a_location_with_a_foreign_evse_is_not_created(register: LocationRegister) -> None:
    with pytest.raises(ForeignOperator):
        await register.create(replace(PLACE, evses=(Evse(evse_id=EvseId.parse("NL*LON*E1")),)))
    assert await register.listed() == []


async def test_a_location_is_created_once(register: LocationRegister) -> None:
    await register.create(PLACE)
    with pytest.raises(Invalid, match="there is a location L1 already"):
        await register.create(replace(PLACE, operator=NLLON))
    assert await register.get("L1") == PLACE


async def test_the_operator_is_fixed_at_creation(register: LocationRegister) -> None:
    await register.create(PLACE)
    for operator in (NLLON, None):
        with pytest.raises(Invalid, match="operator is fixed at creation; create a new location"):
            await register.update(replace(PLACE, operator=operator, publish=True))
    with pytest.raises(ForeignOperator):
        await register.update(replace(PLACE, evses=(Evse(evse_id=EvseId.parse("NL*LON*E1")),)))
    assert await register.get("L1") == PLACE
    changed = replace(PLACE, publish=True)
    assert await register.update(changed) == changed
    assert await register.get("L1") == changed
    with pytest.raises(Invalid, match="there is no location L2"):
        await register.update(replace(PLACE, id="L2"))


async def test_a_charger_is_added_with_the_locations_operator_and_once(register: LocationRegister) -> None:
    await register.create(PLACE)
    plug = Connector(id="1")
    evse = await register.add_evse("L1", "1111", "11", connectors=[plug])
    assert evse == Evse(uid="DELONE111111", evse_id=EvseId.parse("DE*LON*E1111*11"), connectors=(plug,))
    assert await register.get("L1") == replace(PLACE, evses=(evse,))
    with pytest.raises(Invalid, match=r"there is an EVSE DE\*LON\*E1111\*11 already"):
        await register.add_evse("L1", "1111", "11")
    with pytest.raises(Invalid, match="there is no location L2"):
        await register.add_evse("L2", "1111")
