"""Sessions over eMIP through a whole gateway: what it keeps of them, what it lets through, and in which order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.aliases import alias_of
from gateway.errors import Invalid, NoAnswer
from gateway.gateway import Gateway
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.session import (
    AuthMethod,
    Limit,
    LimitKind,
    Session,
    SessionEvent,
    SessionEventKind,
    SessionFacts,
    SessionIds,
    SessionStatus,
)
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway_emip import forms, wire
from tests.adapters.emip_values import (
    AS_CPO,
    CARD,
    CDR,
    HERE,
    NOON,
    SESSION,
    THERE,
    action_from_iop,
    granted,
    noted,
    read,
    receipt,
    sent,
    start_from_iop,
)
from tests.support import FakeLink

Kind = SessionEventKind
HUB = SessionIds(hub=SESSION)
ALIAS = alias_of(SESSION)


@dataclass
class Platform:
    """Does what it is asked, and writes it down."""

    asked: list[m.Message[Any]] = field(default_factory=list)

    async def start_session(self, _: Connection, message: m.StartSession) -> m.CommandResult:
        self.asked.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=SessionIds(cpo="LON-7"))

    async def stop_session(self, _: Connection, message: m.StopSession) -> m.CommandResult:
        self.asked.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED)


@dataclass
class Stand:
    gateway: Gateway
    link: FakeLink
    platform: Platform

    async def authorised(self, answer: HttpResponse, **more: Any) -> m.Authorization:
        self.link.replies.append(answer)
        ask = m.AuthorizeToken(token=CARD, evse=HERE, session=SessionIds(cpo="LON-1"), **more)
        return await self.gateway.hub("gireve").send(ask)

    async def settled(self, number: int) -> Any:
        for _ in range(400):
            entry = await self.gateway.outbox.get(number)
            if entry.state in ("accepted", "refused", "withdrawn"):
                return entry
            await asyncio.sleep(0.02)
        raise AssertionError(f"delivery {number} is not settled")

    async def known(self) -> Any:
        return await self.gateway.sessions.find("gireve", HUB)


Make = Callable[..., Awaitable[Stand]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    running: list[Gateway] = []

    async def build(**options: Any) -> Stand:
        connection = replace(AS_CPO, options=options, insecure_loopback=True)
        link, platform = FakeLink(connection, moment=NOON), Platform()
        # The heartbeat of the clockwork is not what is tested here.
        gateway = Gateway({"gireve": connection}, platform, link=lambda _: link, first_wait_seconds=0.01)
        gateway.engine.start(True)
        running.append(gateway)
        return Stand(gateway, link, platform)

    yield build
    for gateway in running:
        await gateway.stop()


# --- what is kept, and comes back in the record ------------------------------------------------------------------


async def test_a_local_start_keeps_what_its_record_needs(make: Make) -> None:
    stand = await make()
    limit = wire.MeterReportList(
        meter_report=(wire.MeterReport(meter_type_id="2", meter_value=Decimal(15000), meter_unit="Wh"),)
    )
    answer = granted(user_contract_id_alias="ANON-7", meter_limit_list=limit, intermediate=True)
    authorization = await stand.authorised(answer, booking_id="B-1")
    limits = (Limit(kind=LimitKind.ENERGY, value=Decimal(15), unit="kWh"),)
    assert (authorization.allowed, authorization.limits) == (m.Allowed.ALLOWED, limits)
    known = await stand.known()
    assert known.ids == SessionIds(hub=SESSION, cpo="LON-1")
    assert known.facts == SessionFacts(
        contract_alias="ANON-7", intermediate_cdr_requested=True, limits=limits, booking_id="B-1"
    )


async def test_the_record_has_the_user_of_the_start_and_the_alias_of_the_contract(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted(user_contract_id_alias="ANON-7"))
    stand.link.replies.append(receipt())
    other = Token(uid="DE-8EO-CA2B3C4D5-L", type=TokenType.APP_USER)
    owed = await stand.gateway.submit_cdr(replace(CDR, session=SessionIds(cpo="LON-1"), token=other))
    assert (await stand.settled(owed.id)).state == "accepted"
    record = sent(stand.link.asked[-1], forms.CDR).charge_detail_record
    assert (record.user_id_type, record.user_id, record.user_contract_id_alias) == ("RFID-UID", CARD.uid, "ANON-7")
    assert (record.service_session_id, record.exec_partner_session_id) == (SESSION, "LON-1")
    assert (await stand.known()).status is SessionStatus.COMPLETED


@pytest.mark.parametrize("requested", [True, False])
async def test_intermediate_records_only_where_they_were_asked_for(make: Make, requested: bool) -> None:
    stand = await make()
    await stand.authorised(granted(intermediate=requested))
    between = replace(CDR, nature=CdrNature.INTERMEDIATE)
    if not requested:
        with pytest.raises(Invalid, match="nobody has asked for intermediate CDRs"):
            await stand.gateway.submit_cdr(between)
        assert await stand.gateway.deliveries() == []
        return
    stand.link.replies += [receipt(), receipt()]
    first = await stand.gateway.submit_cdr(between)
    last = await stand.gateway.submit_cdr(CDR)
    assert [(await stand.settled(one.id)).state for one in (first, last)] == ["accepted", "accepted"]
    natures = [sent(request, forms.CDR).charge_detail_record.cdr_nature for request in stand.link.asked[-2:]]
    assert natures == ["2", "1"]


# --- a lost answer -----------------------------------------------------------------------------------------------


async def test_a_record_whose_answer_was_lost_is_there_when_it_is_sent_again(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    stand.link.replies += [NoAnswer("the connection broke"), receipt("10701")]
    owed = await stand.gateway.submit_cdr(CDR)
    entry = await stand.settled(owed.id)
    assert (entry.state, entry.code, entry.tries) == ("accepted", "10701", 2)
    first, second = (request.body for request in stand.link.asked[-2:])
    assert first == second
    again = await stand.gateway.submit_cdr(CDR)
    assert again.id == owed.id
    assert len(stand.link.asked) == 3


# --- events ------------------------------------------------------------------------------------------------------


def event(kind: Kind) -> m.ReportEvent:
    return m.ReportEvent(event=SessionEvent(kind=kind, at=NOON), session=Session(ids=SessionIds(cpo="LON-1")))


async def test_the_end_is_told_before_the_record(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    stand.link.replies += [noted(), receipt()]
    end = await stand.gateway.report(event(Kind.END))
    record = await stand.gateway.submit_cdr(CDR)
    assert end is not None
    assert [(await stand.settled(one.id)).state for one in (end, record)] == ["accepted", "accepted"]
    told = sent(stand.link.asked[1], forms.EVENT)
    assert (told.operator_id, told.service_session_id, told.session_event.session_event_nature) == (
        "NL*LON", SESSION, "1",
    )  # fmt: skip
    assert sent(stand.link.asked[2], forms.CDR).charge_detail_record.cdr_nature == "1"
    assert (await stand.known()).facts.events == (told.session_event.session_event_id,)


@pytest.mark.parametrize("kind", [Kind.PROGRESS, Kind.CHANGE, Kind.ERROR, Kind.SETTLED])
async def test_what_emip_has_no_word_for_is_not_told(make: Make, kind: Kind) -> None:
    stand = await make()
    await stand.authorised(granted())
    assert await stand.gateway.report(event(kind)) is None
    assert await stand.gateway.deliveries() == []
    begun = kind in (Kind.PROGRESS, Kind.CHANGE)
    assert ((await stand.known()).status is SessionStatus.ACTIVE) is begun


async def test_an_emergency_stop_is_told_as_0(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    stand.link.replies.append(noted())
    owed = await stand.gateway.report(event(Kind.EMERGENCY_STOP))
    assert owed is not None
    await stand.settled(owed.id)
    assert sent(stand.link.asked[-1], forms.EVENT).session_event.session_event_nature == "0"


# --- what the eMSP says after the fact ---------------------------------------------------------------------------


async def status_of(stand: Stand, value: str, **more: Any) -> str:
    response = await stand.gateway.handle("gireve", start_from_iop(value, **more))
    status: str = read(response, forms.FORWARDED_START_ANSWER).request_status
    return status


async def test_a_no_to_a_running_session_stops_it(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    assert await status_of(stand, "2") == "1"
    (stop,) = stand.platform.asked
    assert isinstance(stop, m.StopSession)
    assert stop.session == SessionIds(hub=SESSION, cpo="LON-1")


async def test_a_no_to_what_nobody_knows_is_10501(make: Make) -> None:
    stand = await make()
    assert await status_of(stand, "2") == "10501"
    assert stand.platform.asked == []


async def test_a_refused_request_is_granted_in_time(make: Make) -> None:
    stand = await make(late_grant_seconds=60)
    assert (await stand.authorised(granted("2"))).allowed is m.Allowed.NOT_ALLOWED
    assert await stand.known() is None
    assert await status_of(stand, "1", user_contract_id_alias="ANON-7") == "1"
    (start,) = stand.platform.asked
    assert isinstance(start, m.StartSession)
    assert start.session == SessionIds(hub=SESSION, cpo="LON-1")
    known = await stand.known()
    assert (known.auth_method, known.token, known.ids.cpo) == (AuthMethod.AUTH_REQUEST, CARD, "LON-1")
    assert await status_of(stand, "2") == "1"
    assert isinstance(stand.platform.asked[-1], m.StopSession)


@pytest.mark.parametrize("options", [{}, {"late_grant_seconds": 60}])
async def test_a_grant_that_is_not_waited_for_starts_nothing(make: Make, options: dict[str, Any]) -> None:
    """Off by default; and where it is on, not for another EVSE: another driver may stand there."""
    stand = await make(**options)
    await stand.authorised(granted("2"))
    elsewhere = {"evse": THERE, "target": "DE*LON"} if options else {}
    assert await status_of(stand, "1", **elsewhere) == "10201"
    assert stand.platform.asked == []
    assert await stand.known() is None


async def test_a_grant_after_its_time_starts_nothing(make: Make) -> None:
    stand = await make(late_grant_seconds=60)
    await stand.authorised(granted("2"))
    notes = stand.gateway.sessions.notes
    later = notes._now() + timedelta(seconds=61)
    notes._now = lambda: later
    assert await status_of(stand, "1") == "10201"
    assert stand.platform.asked == []


async def test_an_open_request_that_is_refused_for_good_cannot_be_granted(make: Make) -> None:
    stand = await make(late_grant_seconds=60)
    await stand.authorised(granted("2"))
    assert await status_of(stand, "2") == "1"
    assert await status_of(stand, "2") == "10501"
    assert stand.platform.asked == []


# --- actions and stops -------------------------------------------------------------------------------------------


async def test_actions_reach_the_backend_each_as_it_is_and_are_kept(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    for nature in "0123":
        response = await stand.gateway.handle("gireve", action_from_iop(nature))
        assert read(response, forms.FORWARDED_ACTION_ANSWER).request_status == "1"
    actions = [message.action for message in stand.platform.asked if isinstance(message, m.StopSession)]
    natures = m.SessionAction
    assert actions == [natures.EMERGENCY_STOP, natures.STOP, natures.SUSPEND, natures.RESTART]
    assert (await stand.known()).facts.actions == ("ACTION-1",)


async def test_an_action_for_nobody_of_ours_falls_back_to_the_evse_of_its_session(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    answer = await stand.gateway.handle("gireve", action_from_iop("1", target="BE*XYZ"))
    assert read(answer, forms.FORWARDED_ACTION_ANSWER).request_status == "1"
    unknown = await stand.gateway.handle("gireve", action_from_iop("1", session="NOT-OURS", target="BE*XYZ"))
    assert read(unknown, forms.FORWARDED_ACTION_ANSWER).request_status == "10502"


STRANGER = Token(uid="04AAAAAAAAAA90", type=TokenType.RFID)


async def test_the_card_that_began_a_session_ends_it_without_asking(make: Make) -> None:
    stand = await make()
    await stand.authorised(granted())
    hub = stand.gateway.hub("gireve")
    yes, no, unknown = [
        await hub.send(m.AuthorizeStop(token=token, session=ids))
        for token, ids in (
            (CARD, SessionIds(cpo="LON-1")),
            (STRANGER, SessionIds(cpo="LON-1")),
            (CARD, SessionIds(cpo="LON-2")),
        )
    ]
    assert (yes.allowed, yes.session.hub) == (m.Allowed.ALLOWED, SESSION)
    assert no.allowed is unknown.allowed is m.Allowed.NOT_ALLOWED
    assert len(stand.link.asked) == 1


async def test_where_iop_is_asked_for_a_stop_the_session_keeps_its_first_id(make: Make) -> None:
    stand = await make(stop_with="ask")
    await stand.authorised(granted())
    stand.link.replies += [granted(session="IOP-SID-SECOND"), receipt()]
    stop = await stand.gateway.hub("gireve").send(m.AuthorizeStop(token=CARD, session=SessionIds(cpo="LON-1")))
    assert (stop.allowed, stop.session) == (m.Allowed.ALLOWED, SessionIds(hub=SESSION, cpo="LON-1"))
    assert sent(stand.link.asked[-1], forms.AUTHORISATION).partner_service_session_id == "LON-1"
    owed = await stand.gateway.submit_cdr(replace(CDR, session=SessionIds(cpo="LON-1")))
    await stand.settled(owed.id)
    assert sent(stand.link.asked[-1], forms.CDR).charge_detail_record.service_session_id == SESSION


# --- names that are too long -------------------------------------------------------------------------------------


async def test_a_platform_that_keeps_36_characters_is_given_an_alias_and_may_use_it(make: Make) -> None:
    stand = await make(session_id_length=36)
    assert await status_of(stand, "1") == "1"
    (start,) = stand.platform.asked
    assert isinstance(start, m.StartSession)
    assert (start.session.hub, len(ALIAS or "")) == (ALIAS, 36)
    known = await stand.gateway.sessions.find("gireve", SessionIds(hub=ALIAS))
    assert known is not None
    assert known.ids == SessionIds(hub=SESSION, cpo="LON-7")
    stand.link.replies += [noted(), receipt()]
    told = await stand.gateway.report(
        m.ReportEvent(
            event=SessionEvent(kind=Kind.START, at=NOON), session=Session(ids=SessionIds(hub=ALIAS), evse=HERE)
        )
    )
    assert told is not None
    await stand.settled(told.id)
    owed = await stand.gateway.submit_cdr(Cdr(
        session=SessionIds(hub=ALIAS), start=NOON, end=NOON + timedelta(hours=1), energy_kwh=Decimal("21.48")
    ))  # fmt: skip
    assert (await stand.settled(owed.id)).state == "accepted"
    assert sent(stand.link.asked[0], forms.EVENT).service_session_id == SESSION
    record = sent(stand.link.asked[1], forms.CDR).charge_detail_record
    assert (record.service_session_id, record.exec_partner_session_id, record.evse_id) == (SESSION, "LON-7", str(HERE))
