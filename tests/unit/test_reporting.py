"""What the backend tells of a session concerns its own connections as a CPO, also where both sides are in one house."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import Session, SessionEvent, SessionIds, SessionStatus
from gateway.model.session import SessionEventKind as Kind
from gateway.ports import Connection
from gateway.store import Database
from tests.support import FakeLink

CPO = Connection(name="as-cpo", hub="hubject", protocol="oicp", role=Role.CPO, party=PartyId.parse("DE*LON"))
EMP = Connection(name="as-emp", hub="hubject", protocol="oicp", role=Role.EMSP, party=PartyId.parse("DE-8EO"))
IDS = SessionIds(hub="f98efba4-02d8-4fa0-b810-9a9d50d2c527", cpo="C", emsp="E")
START = m.StartSession(evse=EvseId.parse("DE*LON*E1111*1"), session=IDS)
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED, session=IDS)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Its own driver at its own station: the hub has called the CPO before the EMP has its answer."""
    database = Database()
    made = Gateway({"as-cpo": CPO, "as-emp": EMP}, object(), database=database, link=FakeLink)
    await made.sessions.remember(CPO, START, YES)
    await made.sessions.remember(EMP, START, YES)
    yield made
    database.close()


async def statuses(gateway: Gateway) -> dict[str, tuple[SessionStatus, bool]]:
    return {one.connection: (one.status, one.closing is not None) for one in await gateway.sessions.listed()}


async def test_a_start_is_told_of_the_session_that_owes_the_cdr(gateway: Gateway) -> None:
    await gateway.started(IDS)
    assert await statuses(gateway) == {
        "as-cpo": (SessionStatus.ACTIVE, False),
        "as-emp": (SessionStatus.PENDING, False),
    }


@pytest.mark.parametrize(
    ("kind", "energy", "status"),
    [
        (Kind.START, None, SessionStatus.ACTIVE),
        (Kind.PROGRESS, None, SessionStatus.ACTIVE),
        (Kind.END, Decimal("0.5"), SessionStatus.ACTIVE),
        (Kind.END, Decimal(0), SessionStatus.PENDING),
        (Kind.ERROR, None, SessionStatus.PENDING),
    ],
)
async def test_what_is_reported_tells_whether_it_charges(
    gateway: Gateway, kind: Kind, energy: Decimal | None, status: SessionStatus
) -> None:
    """A session that charges is never closed for its silence, also where its START was never told."""
    told = m.ReportEvent(event=SessionEvent(kind=kind), session=Session(ids=SessionIds(cpo="C"), energy_kwh=energy))
    assert await gateway.report(told) is not None
    assert (await statuses(gateway))["as-cpo"] == (status, False)


async def test_a_hub_that_takes_no_events_hears_nothing_and_its_session_is_known_to_charge() -> None:
    database = Database()
    other = Connection(name="eclearing", hub="eclearing", protocol="ochp", role=Role.CPO, party=CPO.party)
    gateway = Gateway({"eclearing": other}, object(), database=database, link=FakeLink)
    ask = m.AuthorizeToken(evse=START.evse, session=SessionIds(cpo="C"))
    await gateway.sessions.remember(other, ask, m.Authorization(allowed=m.Allowed.ALLOWED))
    told = m.ReportEvent(event=SessionEvent(kind=Kind.START), session=Session(ids=SessionIds(cpo="C")))
    assert await gateway.report(told) is None
    assert await statuses(gateway) == {"eclearing": (SessionStatus.ACTIVE, False)}
    database.close()


async def test_a_start_that_failed_gives_up_the_session_that_owes_the_cdr_alone(gateway: Gateway) -> None:
    await gateway.never_started(IDS)
    assert await statuses(gateway) == {
        "as-cpo": (SessionStatus.INVALID, True),
        "as-emp": (SessionStatus.PENDING, False),
    }
    (owed,) = await gateway.deliveries()
    assert (owed.connection, owed.kind, owed.session) == ("as-cpo", "SubmitCdr", IDS.hub)


# --- several accounts with names of their own --------------------------------------------------------------------

OTHER = Connection(name="other", hub="hubject", protocol="oicp", role=Role.CPO, party=PartyId.parse("NL*ABC"))
SECOND = SessionIds(hub="0a6f8a3e-12d8-4fa0-b810-9a9d50d2c527", cpo="C")


async def test_of_two_accounts_that_count_alike_the_one_with_the_evse_has_the_session() -> None:
    """What a platform calls its sessions is its own: the newest of that name may be another tenant's."""
    database = Database()
    gateway = Gateway({"as-cpo": CPO, "other": OTHER}, object(), database=database, link=FakeLink)
    await gateway.sessions.remember(CPO, START, YES)
    beside = m.StartSession(evse=EvseId.parse("NL*ABC*E1"), session=SECOND)
    await gateway.sessions.remember(OTHER, beside, m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SECOND))
    mine = SessionIds(cpo="C")
    told = await gateway.report(
        m.ReportEvent(event=SessionEvent(kind=Kind.START), session=Session(ids=mine, evse=START.evse))
    )
    owed = await gateway.submit_cdr(Cdr(session=mine, evse=START.evse, energy_kwh=Decimal(1)))
    assert told is not None
    assert [(one.connection, one.session) for one in (told, owed)] == [("as-cpo", IDS.hub)] * 2
    assert (await statuses(gateway))["other"] == (SessionStatus.PENDING, False)
    await gateway.never_started(mine, connection="as-cpo")
    assert (await statuses(gateway))["other"] == (SessionStatus.PENDING, False)
    database.close()
