"""What is published to a clearing house, as it left, against the published schema."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from gateway.model.kinds import EvseStatus
from gateway.model.token import HashAlgorithm, RfidTechnology
from gateway.publishing.parking import ParkingStatuses
from gateway.store import Database
from gateway.token_lists import TokenLists
from tests.support import CONFORMANCE, needs_conformance
from tests.support.publishing import BEGIN, Stand, connection, evse_id, place, stand
from tests.unit.test_token_lists import ACCOUNT, UID, WORLD, card

pytestmark = needs_conformance
HUB = "eclearing"
BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database()
    opened.migrate()
    yield opened
    opened.close()


def sent(one: Stand) -> list[etree._Element]:
    """The child of the body of every request."""
    bodies = (etree.fromstring(request.body).find(BODY) for request in one.links[HUB].asked)
    return [body[0] for body in bodies if body is not None]


async def test_token_lists(database: Database, schema: etree.XMLSchema) -> None:
    one = stand(database, [ACCOUNT], world=WORLD)
    lists = TokenLists(database, one.hubs, one.outbox.owe, lambda: one.moment)
    hashed = replace(
        card(3), uid="6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9", hashed_by=HashAlgorithm.SHA1,
        technology=RfidTechnology.MIFARE_DESFIRE, visual_number="7421 & 0098 <5532>",
    )  # fmt: skip
    await lists.publish(HUB, [card(1, expires=BEGIN + timedelta(days=1, microseconds=5)), card(2), hashed])
    await lists.revoke(HUB, [UID[2]])
    await lists.full_load(HUB, confirm=True, confirm_loss=True)
    await one.deliver()
    operations = [etree.QName(child).localname for child in sent(one)]
    update = "UpdateRoamingAuthorisationListRequest"
    assert operations == [update, update, "SetRoamingAuthorisationListRequest"]
    for child in sent(one):
        schema.assertValid(child)


async def test_charge_points_statuses_and_parking_spots(database: Database, schema: etree.XMLSchema) -> None:
    one = stand(database, [connection(HUB, options={"prolong_statuses_seconds": True})])
    await one.publisher.publish([place(1), place(2)])
    await one.deliver()
    for status in EvseStatus:
        await one.publisher.publish_status(evse_id(1), status, one.moment)
        spots = ParkingStatuses(one.publisher)
        await spots.publish("NL*LON*P0001", status, one.moment, one.moment + timedelta(seconds=90.5))
        await one.deliver()
        one.moment += timedelta(seconds=1)
    await one.publisher.retire([evse_id(1)])
    await one.publisher.full_load(HUB, confirm=True, confirm_loss=True)
    await one.deliver()
    assert {etree.QName(child).localname for child in sent(one)} == {
        "UpdateChargePointListRequest",
        "SetChargePointListRequest",
        "UpdateStatusRequest",
    }
    for child in sent(one):
        schema.assertValid(child)
