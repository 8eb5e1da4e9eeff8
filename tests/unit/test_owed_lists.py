"""Lists that are owed to a hub: what of them may stand in the store, and in which order they leave."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.tariff import DefaultPrice, PriceComponent, Tariff, TariffDimension, TariffElement
from gateway.model.token import HashAlgorithm, Pin, Token
from tests.support.desk import MakeDesk, desk

__all__ = ["desk"]

HASHED = Pin(hashed="$2b$10$abcdefghijklmnopqrstuv", algorithm=HashAlgorithm.BCRYPT)
ENERGY = PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.39"), vat=Decimal(19), step_size=1)
TARIFF = Tariff(id="AC3", currency="EUR", elements=(TariffElement(price_components=(ENERGY,)),))
TARIFFS = m.PublishTariffs(tariffs=(TARIFF,), defaults=(DefaultPrice(currency="EUR", component=ENERGY),))
ASSIGNED = m.EvseTariffs(evse=EvseId.parse("DE*LON*E1"), provider=PartyId.parse("DE-8EO"), tariff_ids=("AC3",))


async def test_a_pin_in_clear_is_never_stored(desk: MakeDesk) -> None:
    table = desk()
    tokens = (Token(uid="04A2"), Token(pin=HASHED), Token(pin=Pin(clear="4711")), Token(pin=Pin(clear="0815")))
    with pytest.raises(Invalid) as caught:
        await table.outbox.submit("toy", m.PublishTokens(tokens=tokens))
    assert [finding.pointer for finding in caught.value.findings] == ["/tokens/2/pin/clear", "/tokens/3/pin/clear"]
    assert "4711" not in str(caught.value)
    assert await table.outbox.listed() == []


async def test_a_hashed_pin_can_wait(desk: MakeDesk) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", m.PublishTokens(tokens=(Token(pin=HASHED),)))
    assert (owed.state, owed.lane) == ("waiting", "toy/tokens")


@pytest.mark.parametrize("message", [TARIFFS, m.PublishEvseTariffs(assignments=(ASSIGNED,))])
async def test_prices_wait_in_one_lane_so_that_products_come_before_their_evses(desk: MakeDesk, message: Any) -> None:
    table = desk()
    owed = await table.outbox.submit("toy", message)
    assert (owed.state, owed.lane, owed.message) == ("waiting", "toy/prices", message)
