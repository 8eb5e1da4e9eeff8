"""Dynamic pricing: products and the EVSEs that have them, pushed by a CPO and pulled by an EMP.

Options of a connection, `pricing = { default_price = "0.49", currency = "EUR", unit = "KILOWATT_HOUR",
maximum_power_kw = 350, operators = ["DE*ABC"] }`: the default that OICP demands of a CPO, the power of products that
name none, and for an EMP the operators whose prices are pulled.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.tariff import DefaultPrice, Tariff
from gateway.ports import Connection, HubLink
from gateway.wire.scalars import bounded
from gateway_oicp import wire
from gateway_oicp.exchange import accepted, account_name, ask, listed, noted
from gateway_oicp.forms import (
    PULL_EVSE_PRICING,
    PULL_EVSE_PRICING_ANSWER,
    PULL_PRODUCTS,
    PULL_PRODUCTS_ANSWER,
    PUSH_EVSE_PRICING,
    PUSH_EVSE_PRICING_ANSWER,
    PUSH_PRODUCTS,
    PUSH_PRODUCTS_ANSWER,
)
from gateway_oicp.translate.tariffs import read_price, unsayable, unwritable, with_power

_LONGEST_ID = 50


def _options(connection: Connection) -> Mapping[str, Any]:
    options: Mapping[str, Any] = connection.options.get("pricing", {})
    return options


def _number(value: Any) -> Decimal | None:
    """Raises ValueError for a setting that is no number."""
    return None if value is None else bounded(str(value))


# --- as a CPO ----------------------------------------------------------------------------------------------------


async def publish_tariffs(hub: HubLink, message: m.PublishTariffs) -> m.Publication:
    """One push for one recipient. A tariff of which a product cannot tell the price is refused here.

    What is deleted may be over, or have become what no product can tell: the hub has an earlier one of its id.
    """
    power = _number(_options(hub.connection).get("maximum_power_kw"))
    tariffs = [with_power(tariff, power) for tariff in message.tariffs]
    declined: list[m.Refusal] = []
    fitting: dict[str | None, Tariff] = {}
    for tariff in tariffs:
        deleted = message.action is m.PushAction.DELETE
        why = unwritable(tariff) if deleted else unsayable(tariff, hub.now())
        why = _foreign(tariff, message, hub.connection) or why or _misnamed(tariff, fitting)
        if why is None:
            fitting[tariff.id] = tariff
        else:
            declined.append(m.Refusal(uid=tariff.id, text=f"not sent: {why}"))
    if not fitting and tariffs:
        return m.Publication(accepted=False, refused=tuple(declined))
    asked = replace(
        message,
        operator=hub.connection.party,
        operator_name=account_name(hub, message.operator_name),
        tariffs=tuple(fitting.values()),
        defaults=message.defaults or _default(hub.connection),
    )
    reply = await ask(hub, PUSH_PRODUCTS, asked)
    answer: m.Publication = PUSH_PRODUCTS_ANSWER.read(accepted(reply))
    return replace(noted(answer, reply), refused=tuple(declined))


def _foreign(tariff: Tariff, message: m.PublishTariffs, connection: Connection) -> str | None:
    if tariff.operator is not None and not connection.carries(tariff.operator):
        return f"{tariff.operator} is not an operator of this connection"
    if tariff.provider not in (None, message.provider):
        return f"it is for {tariff.provider} alone, and a push names one recipient"
    return None


def _misnamed(tariff: Tariff, others: Mapping[str | None, Tariff]) -> str | None:
    if not tariff.id or len(tariff.id) > _LONGEST_ID:
        return f"a product has an id of 1 to {_LONGEST_ID} characters"
    return "its id stands twice in the list" if tariff.id in others else None


def _default(connection: Connection) -> tuple[DefaultPrice, ...]:
    """The account's own, where it has one: an invented price would be one that drivers pay."""
    options = _options(connection)
    component = read_price(options.get("unit"), _number(options.get("default_price")))
    return (DefaultPrice(currency=options.get("currency"), component=component),) if component else ()


async def publish_evse_tariffs(hub: HubLink, message: m.PublishEvseTariffs) -> m.Publication:
    """EVSEs of other operators are refused here: the hub would refuse all of them with 018."""
    declined: list[m.Refusal] = []
    fitting: dict[tuple[str | None, PartyId | None], m.EvseTariffs] = {}
    for told in message.assignments:
        key = (told.evse.compact if told.evse else None, told.provider)
        why = _unassignable(told, hub.connection)
        if why is None and key in fitting:
            why = "it stands twice in the list"
        if why is None:
            fitting[key] = told
        else:
            declined.append(m.Refusal(evse=told.evse, text=f"not sent: {why}"))
    if not fitting and message.assignments:
        return m.Publication(accepted=False, refused=tuple(declined))
    reply = await ask(hub, PUSH_EVSE_PRICING, replace(message, assignments=tuple(fitting.values())))
    answer: m.Publication = PUSH_EVSE_PRICING_ANSWER.read(accepted(reply))
    return replace(noted(answer, reply), refused=tuple(declined))


def _unassignable(told: m.EvseTariffs, connection: Connection) -> str | None:
    if told.evse is None:
        return "it has no EVSE id"
    if not connection.carries(told.evse.party):
        return f"{told.evse.party} is not an operator of this connection"
    return None


# --- as an EMP ---------------------------------------------------------------------------------------------------


async def fetch_tariffs(hub: HubLink, message: m.FetchTariffs) -> m.Tariffs:
    """Of the operators that are named, else of those of the connection; without any the question is Invalid."""
    asked = replace(message, operators=message.operators or priced_operators(hub.connection))
    reply = await ask(hub, PULL_PRODUCTS, asked)
    answer: m.Tariffs = PULL_PRODUCTS_ANSWER.read(listed(reply, wire.PricingProductDataList))
    return noted(answer, reply)


async def fetch_evse_tariffs(hub: HubLink, message: m.FetchEvseTariffs) -> m.EvseTariffList:
    operators = message.operators or priced_operators(hub.connection)
    asked = replace(message, operators=operators, provider=hub.connection.party)
    reply = await ask(hub, PULL_EVSE_PRICING, asked)
    answer: m.EvseTariffList = PULL_EVSE_PRICING_ANSWER.read(listed(reply, wire.EvsePricingList))
    return noted(answer, reply)


def priced_operators(connection: Connection) -> tuple[PartyId, ...]:
    names: Sequence[str] = _options(connection).get("operators", ())
    return tuple(PartyId.parse(name) for name in names)


async def tariff_pages(hub: HubLink, message: m.FetchTariffs) -> AsyncGenerator[m.Tariffs, None]:
    """No page where no operator is named: the hub has no list of all prices."""
    if message.operators or priced_operators(hub.connection):
        yield await fetch_tariffs(hub, message)


async def evse_tariff_pages(hub: HubLink, message: m.FetchEvseTariffs) -> AsyncGenerator[m.EvseTariffList, None]:
    if message.operators or priced_operators(hub.connection):
        yield await fetch_evse_tariffs(hub, message)
