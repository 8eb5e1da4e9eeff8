"""Statuses by name, authentication data, prices and CDRs between a CPO and an EMP, over HTTP through the hub."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.model.token import HashAlgorithm, Pin
from gateway.ports import Connection
from gateway.simulation import world
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, SECOND, place, record

OPERATOR, PROVIDER = CPO.party, EMP.party
OFFLINE = {
    "push_hold_seconds": 0,
    "partners": [
        {"id": "NL*LON", "operators": ["DE*LON"]},
        {"id": "DE-8EO", "role": "EMSP"},
    ],
}


@dataclass
class Platform:
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    defaults: list[DefaultPrice] = field(default_factory=list)
    prices: dict[str, m.EvseTariffs] = field(default_factory=dict)
    cdrs: list[m.SubmitCdr] = field(default_factory=list)

    async def publish_tariffs(self, _: Connection, message: m.PublishTariffs) -> m.Publication:
        for tariff in message.tariffs:
            gone = message.action is m.PushAction.DELETE
            self.tariffs.pop(tariff.id or "") if gone else self.tariffs.update({tariff.id or "": tariff})
        self.defaults += message.defaults
        return m.Publication(accepted=True)

    async def publish_evse_tariffs(self, _: Connection, message: m.PublishEvseTariffs) -> m.Publication:
        self.prices |= {str(told.evse): told for told in message.assignments}
        return m.Publication(accepted=True)

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.cdrs.append(message)
        return m.CdrReceipt(accepted=True)


@dataclass
class Stand:
    gateway: Gateway
    platform: Platform

    async def cpo(self, message: m.Message[Any]) -> Any:
        return await self.gateway.hub("cpo").send(message)

    async def emp(self, message: m.Message[Any]) -> Any:
        return await self.gateway.hub("emp").send(message)

    async def pull(self, kind: type[m.Message[Any]], **how: bool) -> Any:
        report = await self.gateway.pulls.pull("emp", kind, **how)
        await self.gateway.inward.hand_over()
        return report


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with Hosted(simulation_of("hubject", world(OFFLINE)).application()) as hosted:
        asking = {"pricing": {"operators": [str(OPERATOR)]}}
        connections = {
            "cpo": replace(CPO, name="cpo", urls={"": hosted.url}),
            "emp": replace(EMP, name="emp", urls={"": hosted.url}, options=asking),
        }
        platform = Platform()
        gateway = Gateway(connections, platform)
        yield Stand(gateway, platform)
        await gateway.stop()


async def test_statuses_are_answered_by_evse_and_by_operator(stand: Stand) -> None:
    await stand.cpo(m.PublishEvses(action=m.PushAction.INSERT, locations=(place(), place(SECOND))))
    reports = tuple(
        m.EvseStatusReport(evse=evse, status=status)
        for evse, status in ((EVSE, EvseStatus.AVAILABLE), (SECOND, EvseStatus.CHARGING))
    )
    await stand.cpo(m.PublishStatuses(action=m.PushAction.INSERT, statuses=reports))
    by_id = await stand.emp(m.FetchStatuses(evses=(SECOND,)))
    assert [(one.evse, one.status) for one in by_id.statuses] == [(SECOND, EvseStatus.CHARGING)]
    by_operator = await stand.emp(m.FetchStatuses(operators=(OPERATOR,)))
    assert {one.evse: (one.status, one.operator) for one in by_operator.statuses} == {
        EVSE: (EvseStatus.AVAILABLE, OPERATOR),
        SECOND: (EvseStatus.CHARGING, OPERATOR),
    }
    nobody = await stand.emp(m.FetchStatuses(operators=(PartyId.parse("FR*XYZ"),)))
    assert nobody.statuses == ()


async def test_two_hundred_and_fifty_evses_are_asked_for_in_three_questions(stand: Stand) -> None:
    evses = tuple(EvseId.parse(f"NL*LON*E{number}") for number in range(250))
    answer = await stand.emp(m.FetchStatuses(evses=evses))
    assert tuple(one.evse for one in answer.statuses) == evses


# --- authentication data -----------------------------------------------------------------------------------------


async def test_the_hub_authorises_who_was_uploaded_and_by_the_right_pin_only(stand: Stand) -> None:
    await stand.cpo(m.PublishEvses(action=m.PushAction.INSERT, locations=(place(),)))
    secret = replace(APP, pin=Pin(clear="4711"))
    uploaded = await stand.emp(m.PublishTokens(action=m.PushAction.REPLACE_ALL, tokens=(CARD, secret)))
    assert uploaded.accepted is True
    allowed = []
    for token in (CARD, secret, replace(APP, pin=Pin(clear="0815"))):
        answer = await stand.cpo(m.AuthorizeToken(token=token, evse=EVSE))
        allowed.append((answer.allowed, answer.provider))
    yes = (m.Allowed.ALLOWED, PROVIDER)
    assert allowed == [yes, yes, (m.Allowed.UNKNOWN_TOKEN, None)]
    card, contract = (await stand.cpo(m.FetchTokens())).tokens
    assert card == replace(CARD, provider=PROVIDER)
    assert contract.pin.clear is None
    assert (contract.contract_id, contract.pin.algorithm) == (APP.contract_id, HashAlgorithm.BCRYPT)


# --- prices ------------------------------------------------------------------------------------------------------

DAY = Tariff(
    id="AC3",
    currency="EUR",
    type=TariffType.REGULAR,
    elements=(
        TariffElement(
            price_components=(
                PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.39")),
                PriceComponent(type=TariffDimension.PARKING_TIME, price=Decimal("2.4")),
            ),
            restrictions=TariffRestrictions(
                start_time=480, end_time=1080, weekdays=(1, 2, 3, 4, 5), max_power=Decimal(22)
            ),
        ),
    ),
)
DEFAULT = DefaultPrice(currency="EUR", component=PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.59")))
OWNED: dict[str, Any] = {"operator": OPERATOR, "operator_name": "London Charging"}


def push(*tariffs: Tariff, action: m.PushAction = m.PushAction.REPLACE_ALL) -> m.PublishTariffs:
    return m.PublishTariffs(action=action, tariffs=tariffs, defaults=(DEFAULT,))


async def test_tariffs_come_to_the_emp_as_they_were(stand: Stand) -> None:
    assert (await stand.cpo(push(DAY, replace(DAY, id="AC1")))).accepted is True
    report = await stand.pull(m.FetchTariffs)
    assert (report.received, report.changed, report.full) == (3, 3, True)
    assert stand.platform.tariffs == {"AC3": replace(DAY, **OWNED), "AC1": replace(DAY, id="AC1", **OWNED)}
    assert stand.platform.defaults == [replace(DEFAULT, **OWNED)]
    assert (await stand.pull(m.FetchTariffs, full=True)).changed == 0
    await stand.cpo(push(DAY))
    assert (await stand.pull(m.FetchTariffs, full=True)).gone == 1
    assert sorted(stand.platform.tariffs) == ["AC3"]


async def test_the_tariffs_of_an_evse_come_to_the_emp(stand: Stand) -> None:
    await stand.cpo(m.PublishEvses(action=m.PushAction.INSERT, locations=(place(),)))
    told = m.EvseTariffs(evse=EVSE, provider=PROVIDER, tariff_ids=("AC3", "AC1"))
    secret = replace(told, evse=SECOND, provider=PartyId.parse("NL-GWE"))
    assert (await stand.cpo(m.PublishEvseTariffs(action=m.PushAction.INSERT, assignments=(told, secret)))).accepted
    await stand.pull(m.FetchEvseTariffs)
    assert stand.platform.prices == {str(EVSE): replace(told, operator=OPERATOR)}


async def test_an_insert_of_a_known_product_is_the_hub_s_refusal(stand: Stand) -> None:
    await stand.cpo(push(DAY))
    with pytest.raises(Refused) as caught:
        await stand.cpo(push(DAY, action=m.PushAction.INSERT))
    assert caught.value.code == "009"


# --- charge detail records ---------------------------------------------------------------------------------------


async def test_cdrs_that_nobody_took_are_fetched_over_pages_and_given_once(stand: Stand) -> None:
    await stand.cpo(m.PublishEvses(action=m.PushAction.INSERT, locations=(place(),)))
    await stand.emp(m.PublishTokens(action=m.PushAction.REPLACE_ALL, tokens=(CARD,)))
    sessions = []
    for _ in range(5):
        authorization = await stand.cpo(m.AuthorizeToken(token=CARD, evse=EVSE))
        await stand.cpo(m.SubmitCdr(cdr=record(session=authorization.session)))
        sessions.append(authorization.session.hub)
    now = datetime.now(UTC)
    stand.gateway.hub("emp").connection.options["page_size"] = 2  # type: ignore[index]
    fetched = await stand.emp(m.FetchCdrs(since=now - timedelta(hours=1), forwarded=False))
    assert [cdr.session.hub for cdr in fetched.cdrs] == sessions
    for full, new in ((False, 5), (True, 0), (False, 0)):
        report = await stand.pull(m.FetchCdrs, full=full)
        assert (report.pages, report.received, report.changed) == (3, 5, new)
    assert [asked.cdr.session.hub for asked in stand.platform.cdrs if asked.cdr] == sessions
    assert [asked.cdr.energy_kwh for asked in stand.platform.cdrs if asked.cdr] == [Decimal("12.25")] * 5
