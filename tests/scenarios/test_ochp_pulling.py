"""Keeping up with a clearing house's lists by a moved clock: since when is asked, what is a removal, what ends."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.crawling import PullReport
from gateway.endpoints import Endpoints
from gateway.errors import BackendFailed, GatewayError, NoAnswer, Undecodable
from gateway.gateway import Gateway
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Location
from gateway.model.matching import matching
from gateway.model.tariff import PriceComponent, Tariff, TariffDimension, TariffElement
from gateway.model.token import HashAlgorithm, Token, TokenType
from gateway.ports import Connection, Credentials
from gateway.pulls import Pulls
from gateway.simulation import Desk, world
from gateway.wire import WireModel, decode_document
from gateway.wire.soap import SOAP_11, fault, opened, sealed
from gateway_ochp import adapter, wire
from gateway_ochp.sends_cpo import LIST_ASKED
from gateway_ochp.simulator.hub import EclearingSimulator
from tests.adapters import test_ochp_sends

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GUARD = timedelta(seconds=120)
CPO = replace(test_ochp_sends.CONNECTION, credentials=Credentials(username="demo", password="demo"))
EMP = replace(CPO, name="clearing-emp", role=Role.EMSP, party=PartyId.parse("DE-8EO"))
Act = Callable[[HttpRequest], HttpResponse | Exception | None]


@dataclass
class Clearing:
    """The clearing house and its clock. `script` answers in its place, or raises; None: it answers itself."""

    moment: datetime = NOON
    script: list[Act] = field(default_factory=list)
    asked: list[HttpRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hub = EclearingSimulator(Desk(world({"push_hold_seconds": 0}), self._nobody, lambda: self.moment))

    async def _nobody(self, _: str, __: HttpRequest) -> HttpResponse:
        raise AssertionError("nobody is called")

    async def send(self, connection: Connection, message: m.Message[Any]) -> Any:
        return await adapter.sends[type(message)](Link(connection, self), message)


@dataclass
class Link:
    connection: Connection
    clearing: Clearing
    endpoints: Endpoints = field(default_factory=Endpoints)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.clearing.asked.append(request)
        instead = self.clearing.script.pop(0)(request) if self.clearing.script else None
        if isinstance(instead, Exception):
            raise instead
        return instead or await self.clearing.hub.handle(replace(request, path=f"/{request.service}/ochp/v1.4"))

    def now(self) -> datetime:
        return self.clearing.moment

    def new_id(self) -> str:
        return "1"


@dataclass
class Platform:
    """Has what it was told, in order; `down`: it fails."""

    places: dict[str, Location] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    told: list[tuple[str, EvseStatus | None]] = field(default_factory=list)
    down: bool = False

    async def publish_evses(self, _: Connection, message: m.PublishEvses) -> m.Publication:
        self._taken({str(place.evses[0].evse_id): place for place in message.locations}, self.places, message.action)
        return m.Publication(accepted=True)

    async def publish_tokens(self, _: Connection, message: m.PublishTokens) -> m.Publication:
        self._taken({token.uid or "": token for token in message.tokens}, self.tokens, message.action)
        return m.Publication(accepted=True)

    async def publish_tariffs(self, _: Connection, message: m.PublishTariffs) -> m.Publication:
        self._taken({tariff.id or "": tariff for tariff in message.tariffs}, self.tariffs, message.action)
        return m.Publication(accepted=True)

    async def publish_statuses(self, _: Connection, message: m.PublishStatuses) -> m.Publication:
        if self.down:
            raise RuntimeError("down")
        self.told += [(str(report.evse), report.status) for report in message.statuses]
        self.told += [(str(spot.parking_id), spot.status) for spot in message.parking]
        return m.Publication(accepted=True)

    def _taken(self, given: dict[str, Any], kept: dict[str, Any], action: m.PushAction) -> None:
        if self.down:
            raise RuntimeError("down")
        for name, value in given.items():
            kept.pop(name, None) if action is m.PushAction.DELETE else kept.update({name: value})


@dataclass
class Stand:
    clearing: Clearing
    platform: Platform
    gateway: Gateway

    async def pull(self, kind: type[m.Message[Any]], **how: bool) -> PullReport:
        return await self.gateway.pulls.pull((CPO if kind is m.FetchTokens else EMP).name, kind, **how)

    def later(self, **time: float) -> None:
        self.clearing.moment += timedelta(**time)

    async def publish(self, *numbers: int, action: m.PushAction = m.PushAction.UPDATE) -> None:
        places = tuple(place(number) for number in numbers)
        await self.clearing.send(CPO, m.PublishEvses(action=action, locations=places))

    async def upload(self, *cards: Token, action: m.PushAction = m.PushAction.UPDATE) -> None:
        await self.clearing.send(EMP, m.PublishTokens(action=action, tokens=cards))

    async def tell(self, number: int, status: EvseStatus, minutes: float | None = None) -> None:
        until = None if minutes is None else self.clearing.moment + timedelta(minutes=minutes)
        report = m.EvseStatusReport(evse=evse(number), status=status, until=until)
        await self.clearing.send(CPO, m.PublishStatuses(statuses=(report,)))

    def since(self) -> datetime | None:
        """The `lastUpdate` or `startDateTime` of the last request; None: it asked for the whole list."""
        child = opened(self.clearing.asked[-1].body).child
        texts = [element.text for element in child.iter() if element.text and "T" in element.text]
        return datetime.fromisoformat(texts[0]) if texts else None


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    clearing, platform = Clearing(), Platform()
    gateway = Gateway({one.name: one for one in (CPO, EMP)}, platform, link=lambda one: Link(one, clearing))
    gateway.pulls = Pulls(gateway.database, gateway.hubs, gateway.backend, lambda: clearing.moment)
    yield Stand(clearing, platform, gateway)
    await gateway.stop()


def evse(number: int) -> EvseId:
    return EvseId.parse(f"DE*ABC*E{number:04}")


def place(number: int) -> Location:
    one = replace(test_ochp_sends.PLACE.evses[0], evse_id=evse(number), last_updated=NOON)
    return replace(test_ochp_sends.PLACE, evses=(one,))


def card(number: int, **more: Any) -> Token:
    contract = ContractId.parse(f"DE-8EO-C{number:08}")
    return Token(uid=f"04A2B3C4D5{number:04X}", type=TokenType.RFID, contract_id=contract, **more)


def said(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, model, prefix=""))


def result(code: str) -> wire.Result:
    return wire.Result(result_code=code, result_description="")


EVSES = [str(evse(number)) for number in range(10)]
UIDS = [card(number).uid or "" for number in range(10)]


# --- when changes are asked for ----------------------------------------------------------------------------------


async def test_changes_are_asked_for_since_before_the_last_request_with_an_overlap(stand: Stand) -> None:
    await stand.publish(1)

    def slow(_: HttpRequest) -> None:
        stand.later(minutes=3)

    stand.clearing.script.append(slow)
    await stand.pull(m.FetchEvses)
    assert stand.since() is None
    stand.later(hours=1)
    await stand.pull(m.FetchEvses)
    assert stand.since() == NOON - GUARD


FAILURES: list[Act] = [
    lambda _: NoAnswer("timeout"),
    lambda _: said(wire.GetChargePointListUpdatesResponse(result=result("server"))),
    lambda _: said(wire.GetChargePointListUpdatesResponse(result=result("format"))),
    lambda _: said(wire.GetChargePointListUpdatesResponse(result=result("not-authorized"))),
    lambda _: said(wire.GetChargePointListUpdatesResponse(result=result("no such code"))),
    lambda _: said(wire.GetChargePointListUpdatesResponse(result=None)),
    lambda _: HttpResponse(status=500, body=fault(SOAP_11, "no", ours=False)),
    lambda _: HttpResponse(status=502, body=b"<html/>"),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_moves_nothing_and_removes_nothing(stand: Stand, failure: Act) -> None:
    await stand.publish(1, 2)
    await stand.pull(m.FetchEvses)
    stand.later(hours=1)
    stand.clearing.script.append(failure)
    with pytest.raises(GatewayError):
        await stand.pull(m.FetchEvses)
    stand.later(hours=1)
    await stand.pull(m.FetchEvses)
    assert stand.since() == NOON - GUARD
    assert sorted(stand.platform.places) == EVSES[1:3]


@pytest.mark.parametrize("code", ["roaming", "invalid-id"])
async def test_an_answer_without_a_list_is_no_failure_and_removes_nothing(stand: Stand, code: str) -> None:
    await stand.publish(1)
    await stand.pull(m.FetchEvses)
    stand.later(days=2)
    stand.clearing.script.append(lambda _: said(wire.GetChargePointListResponse(result=result(code))))
    report = await stand.pull(m.FetchEvses)
    assert (report.pages, report.gone, report.since) == (0, 0, NOON - GUARD)
    assert list(stand.platform.places) == EVSES[1:2]


async def test_an_empty_list_removes_nothing_confirmed_or_not(stand: Stand) -> None:
    await stand.publish(1)
    await stand.pull(m.FetchEvses)
    for confirm in (False, True):
        stand.clearing.script.append(lambda _: said(wire.GetChargePointListResponse(result=result("ok"))))
        report = await stand.pull(m.FetchEvses, full=True, confirm=confirm)
        assert (report.held, report.gone) == (1, 0)
    assert list(stand.platform.places) == EVSES[1:2]


async def test_a_part_of_the_list_counts_and_moves_on(stand: Stand) -> None:
    await stand.publish(1)
    await stand.pull(m.FetchEvses)
    stand.later(hours=1)
    stand.clearing.script.append(lambda _: said(wire.GetChargePointListUpdatesResponse(result=result("partly"))))
    report = await stand.pull(m.FetchEvses)
    assert report.since == NOON + timedelta(hours=1) - GUARD


async def test_a_backend_that_did_not_take_all_is_given_it_again(stand: Stand) -> None:
    await stand.publish(1)
    stand.platform.down = True
    with pytest.raises(BackendFailed):
        await stand.pull(m.FetchEvses)
    stand.platform.down = False
    stand.later(hours=1)
    report = await stand.pull(m.FetchEvses)
    assert (report.full, report.changed, stand.since()) == (True, 1, None)


async def test_the_whole_list_is_read_every_day(stand: Stand) -> None:
    await stand.publish(1)
    whole = []
    for _ in range(49):
        whole.append((await stand.pull(m.FetchEvses)).full)
        stand.later(hours=1)
    assert [hour for hour, full in enumerate(whole) if full] == [0, 24, 48]


# --- removals ----------------------------------------------------------------------------------------------------


async def test_a_closed_evse_in_a_delta_is_a_removal(stand: Stand) -> None:
    await stand.publish(1, 2)
    await stand.pull(m.FetchEvses)
    stand.later(hours=1)
    await stand.publish(1, action=m.PushAction.DELETE)
    report = await stand.pull(m.FetchEvses)
    assert (report.full, report.gone) == (False, 1)
    assert list(stand.platform.places) == EVSES[2:3]


async def test_a_list_that_shrank_too_much_is_held_until_a_person_says_so(stand: Stand) -> None:
    await stand.publish(1, 2, 3, 4, 5)
    await stand.pull(m.FetchEvses)
    stand.later(days=1)
    await stand.publish(1, 2, action=m.PushAction.REPLACE_ALL)
    held = await stand.pull(m.FetchEvses)
    assert (held.held, held.gone, len(stand.platform.places)) == (3, 0, 5)
    assert "more than 50% of the 5 known ones" in str(held.words)
    done = await stand.pull(m.FetchEvses, full=True, confirm=True)
    assert (done.gone, sorted(stand.platform.places)) == (3, EVSES[1:3])


async def test_a_whole_list_that_is_partial_by_the_hubs_own_word_removes_nothing(stand: Stand) -> None:
    await stand.publish(1, 2, 3)
    await stand.pull(m.FetchEvses)
    await stand.publish(1, 2, action=m.PushAction.REPLACE_ALL)

    whole = await stand.clearing.hub.handle(replace(stand.clearing.asked[-2], path="/service/ochp/v1.4"))
    body = whole.body.replace(b">ok<", b">partly<")
    stand.clearing.script.append(lambda _: HttpResponse(headers=whole.headers, body=body))
    held = await stand.pull(m.FetchEvses, full=True)
    assert (held.held, held.gone, len(stand.platform.places)) == (1, 0, 3)
    assert "only a part" in str(held.words)
    assert (await stand.pull(m.FetchEvses, full=True)).gone == 1


async def test_a_list_beside_the_status_of_a_failure_is_a_failure(stand: Stand) -> None:
    await stand.publish(1)
    stand.clearing.script.append(
        lambda _: HttpResponse(status=500, body=said(wire.GetChargePointListResponse(result=result("ok"))).body)
    )
    with pytest.raises(Undecodable, match="HTTP 500"):
        await stand.pull(m.FetchEvses)


async def test_an_expired_token_is_a_removal_and_one_that_is_renewed_comes_back(stand: Stand) -> None:
    await stand.upload(card(1), card(2))
    await stand.pull(m.FetchTokens)
    stand.later(hours=1)
    await stand.upload(card(1), action=m.PushAction.DELETE)
    await stand.upload(card(3, expires=stand.clearing.moment - timedelta(days=1)))
    stand.later(minutes=1)
    report = await stand.pull(m.FetchTokens)
    assert (report.full, report.gone, report.changed) == (False, 1, 0)
    assert [uid for uid in UIDS if uid in stand.platform.tokens] == [UIDS[2]]
    stand.later(hours=1)
    await stand.upload(card(1))
    stand.later(minutes=1)
    await stand.pull(m.FetchTokens)
    assert [uid for uid in UIDS if uid in stand.platform.tokens] == UIDS[1:3]


async def test_one_record_that_cannot_be_read_is_not_taken_for_a_removal(stand: Stand) -> None:
    await stand.publish(1, 2, 3)
    await stand.pull(m.FetchEvses)
    stand.later(days=1)

    def garbled(request: HttpRequest) -> HttpResponse:
        infos = decode_document(
            wire.SetChargePointListRequest, opened(stand.clearing.asked[0].body).child
        ).model.charge_point_info_array  # fmt: skip
        broken = replace(infos[0], evse_id=None)
        return said(wire.GetChargePointListResponse(result=result("ok"), charge_point_info_array=(broken, *infos[1:])))

    stand.clearing.script.append(garbled)
    report = await stand.pull(m.FetchEvses, full=True)
    assert (report.unread + report.nameless > 0, report.gone, report.held) == (True, 0, 1)
    assert len(stand.platform.places) == 3


def listed(*infos: wire.RoamingAuthorisationInfo) -> Act:
    answer = wire.GetRoamingAuthorisationListResponse(result=result("ok"), roaming_authorisation_info_array=infos)
    return lambda _: said(answer)


def entry(number: int, contract: str = "DE-8EO-CA2B3C4D5", **more: Any) -> wire.RoamingAuthorisationInfo:
    emt_id = wire.EmtId(instance=f"04A2B3C4D5E68{number}", token_type="rfid", representation="plain")
    ends = NOON + timedelta(days=300)
    return replace(wire.RoamingAuthorisationInfo(emt_id=emt_id, contract_id=contract, expiry_date=ends), **more)


async def test_a_card_without_its_number_is_not_given_on_and_removes_none(stand: Stand) -> None:
    stand.clearing.script.append(listed(entry(1), entry(2)))
    await stand.pull(m.FetchTokens)
    stand.later(days=1)
    stand.clearing.script.append(listed(entry(1), entry(2, emt_id=None)))
    report = await stand.pull(m.FetchTokens, full=True)
    assert (report.nameless, report.gone, report.held) == (1, 0, 1)
    assert sorted(stand.platform.tokens) == ["04A2B3C4D5E681", "04A2B3C4D5E682"]


async def test_a_check_digit_that_comes_is_a_change_and_no_removal(stand: Stand) -> None:
    stand.clearing.script.append(listed(entry(1), entry(2)))
    await stand.pull(m.FetchTokens)
    stand.later(days=1)
    stand.clearing.script.append(listed(entry(1, "DE-8EO-CA2B3C4D5-6"), entry(2)))
    report = await stand.pull(m.FetchTokens, full=True)
    assert (report.changed, report.gone, len(stand.platform.tokens)) == (1, 0, 2)


# --- what ends between pulls -------------------------------------------------------------------------------------


async def test_a_status_whose_time_is_over_is_told_as_unknown_without_a_pull(stand: Stand) -> None:
    await stand.tell(1, EvseStatus.CHARGING, 20)
    await stand.tell(2, EvseStatus.AVAILABLE)
    await stand.pull(m.FetchStatuses)
    stand.platform.told.clear()
    stand.later(minutes=19)
    await stand.gateway.pulls.expire()
    assert stand.platform.told == []
    stand.later(minutes=1)
    requests = len(stand.clearing.asked)
    await stand.gateway.pulls.expire()
    await stand.gateway.pulls.expire()
    assert stand.platform.told == [(EVSES[1], EvseStatus.UNKNOWN)]
    assert len(stand.clearing.asked) == requests
    await stand.pull(m.FetchStatuses, full=True)
    assert stand.platform.told == [(EVSES[1], EvseStatus.UNKNOWN)]
    await stand.tell(1, EvseStatus.CHARGING, 20)
    await stand.pull(m.FetchStatuses)
    assert stand.platform.told[1:] == [(EVSES[1], EvseStatus.CHARGING)]


async def test_a_prolonged_status_does_not_end(stand: Stand) -> None:
    await stand.tell(1, EvseStatus.CHARGING, 20)
    await stand.pull(m.FetchStatuses)
    stand.later(minutes=15)
    await stand.tell(1, EvseStatus.CHARGING, 20)
    await stand.pull(m.FetchStatuses)
    stand.later(minutes=10)
    stand.platform.told.clear()
    await stand.gateway.pulls.expire()
    assert stand.platform.told == []


async def test_a_backend_that_is_down_hears_of_the_end_later(stand: Stand) -> None:
    await stand.tell(1, EvseStatus.CHARGING, 20)
    await stand.pull(m.FetchStatuses)
    stand.platform.told.clear()
    stand.later(minutes=21)
    stand.platform.down = True
    await stand.gateway.pulls.expire()
    stand.platform.down = False
    await stand.gateway.pulls.expire()
    assert stand.platform.told == [(EVSES[1], EvseStatus.UNKNOWN)]


async def test_statuses_of_parking_spots_are_read_and_end_as_well(stand: Stand) -> None:
    spot = m.ParkingStatusReport(parking_id="DE*ABC*P1", status=EvseStatus.BLOCKED, until=NOON + timedelta(minutes=5))
    answer = m.Statuses(parking=(spot,))
    form = next(form for form in adapter.forms if form.wire is wire.GetStatusResponse)
    stand.clearing.script.append(lambda _: said(form.write(answer)))
    await stand.pull(m.FetchStatuses)
    stand.later(minutes=5)
    await stand.gateway.pulls.expire()
    assert stand.platform.told == [("DE*ABC*P1", EvseStatus.BLOCKED), ("DE*ABC*P1", EvseStatus.UNKNOWN)]


async def test_a_ttl_is_never_when_something_was_told(stand: Stand) -> None:
    await stand.tell(1, EvseStatus.CHARGING, 20)
    answer = await stand.clearing.send(EMP, m.FetchStatuses())
    (report,) = answer.statuses
    assert (report.at, report.until) == (None, NOON + timedelta(minutes=20))


# --- the list as a whitelist -------------------------------------------------------------------------------------


async def test_a_card_is_found_in_the_list_that_was_read_in_clear_or_hashed(stand: Stand) -> None:
    hashed = card(2, hashed_by=HashAlgorithm.SHA1)
    hashed = replace(hashed, uid="6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9")
    second = replace(card(1), uid="0499887766", visual_number="7421 0098 5532")
    await stand.upload(card(1), second, hashed)
    await stand.pull(m.FetchTokens)
    listed = stand.platform.tokens.values()
    assert [token.contract_id for token in matching(listed, "04:c7:d1:e2:5a:8f:90")] == [hashed.contract_id]
    assert [token.visual_number for token in matching(listed, "0499887766")] == ["7421 0098 5532"]
    assert matching(listed, UIDS[3]) == []


@pytest.mark.parametrize(("number", "allowed"), [(1, m.Allowed.ALLOWED), (2, m.Allowed.UNKNOWN_TOKEN)])
async def test_an_answer_from_the_list_says_that_the_provider_was_not_asked(
    stand: Stand, number: int, allowed: m.Allowed
) -> None:  # fmt: skip
    await stand.upload(card(1))
    asked = m.AuthorizeToken(token=Token(uid=UIDS[number], type=TokenType.RFID))
    single = await stand.gateway.hub(CPO.name).send(asked)
    assert (single.allowed, single.info) == (allowed, LIST_ASKED)
    routed = await stand.gateway.authorize(asked)
    assert (routed.answer.allowed, routed.answer.info) == (allowed, LIST_ASKED)
    assert [LIST_ASKED in str(step.words) for step in routed.trace.steps if step.answer] == [True]


async def test_a_hashed_entry_answers_for_the_card_in_clear(stand: Stand) -> None:
    hashed = card(2, hashed_by=HashAlgorithm.SHA1)
    await stand.upload(replace(hashed, uid="6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9"))
    asked = m.AuthorizeToken(token=Token(uid="04C7D1E25A8F90", type=TokenType.RFID))
    assert (await stand.gateway.hub(CPO.name).send(asked)).allowed is m.Allowed.ALLOWED


# --- tariffs -----------------------------------------------------------------------------------------------------


def tariff(name: str, price: str) -> Tariff:
    energy = PriceComponent(type=TariffDimension.ENERGY, price=Decimal(price), step_size=1)
    return Tariff(id=name, currency="EUR", elements=(TariffElement(price_components=(energy,)),))


async def test_tariffs_are_read_whole_and_then_by_their_changes(stand: Stand) -> None:
    async def prices(*tariffs: Tariff) -> None:
        await stand.clearing.send(CPO, m.PublishTariffs(action=m.PushAction.UPDATE, tariffs=tariffs))

    await prices(tariff("DE*ABC*TONE", "0.49"), tariff("DE*ABC*TTWO", "0.39"))
    report = await stand.pull(m.FetchTariffs)
    assert (report.full, report.changed, stand.since()) == (True, 2, None)
    stand.later(hours=1)
    await prices(tariff("DE*ABC*TONE", "0.59"))
    changes = await stand.pull(m.FetchTariffs)
    assert (changes.full, changes.changed, changes.gone, stand.since()) == (False, 1, 0, NOON - GUARD)
    stand.later(days=1)
    stand.clearing.script.append(lambda _: said(wire.GetTariffUpdatesResponse(result=result("roaming"))))
    nobody = await stand.pull(m.FetchTariffs)
    assert (nobody.pages, nobody.gone, nobody.since) == (0, 0, NOON + timedelta(hours=1) - GUARD)
    assert sorted(stand.platform.tariffs) == ["DE*ABC*TONE", "DE*ABC*TTWO"]


# --- places of several operators ---------------------------------------------------------------------------------


async def test_a_location_id_is_one_place_within_one_operator_alone(stand: Stand) -> None:
    other = EvseId.parse("DE*XYZ*E0001")
    theirs = replace(place(1), evses=(replace(place(1).evses[0], evse_id=other),))
    await stand.publish(1, 2)
    await stand.clearing.send(replace(CPO, party=PartyId.parse("DE*XYZ")), m.PublishEvses(locations=(theirs,)))
    answer = await stand.clearing.send(EMP, m.FetchEvses())
    ids = {tuple(sorted(str(one.evse_id) for one in location.evses)) for location in answer.locations}
    assert not any(str(other) in group and len(group) > 1 for group in ids)
    await stand.pull(m.FetchEvses)
    assert sorted(stand.platform.places) == [*EVSES[1:3], str(other)]
    assert {str(location.operator) for location in stand.platform.places.values()} == {"DE*ABC", "DE*XYZ"}
