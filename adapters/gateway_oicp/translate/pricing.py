"""PushPricingProductData, PushEVSEPricing and their pulls, questions and answers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from gateway.model.common import Reason
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import (
    EvseTariffList,
    EvseTariffs,
    FetchEvseTariffs,
    FetchTariffs,
    PublishEvseTariffs,
    PublishTariffs,
    PushAction,
    Tariffs,
)
from gateway.model.tariff import DefaultPrice, Tariff
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.rules_pulls import EVERYBODY
from gateway_oicp.translate.sessions import cut, evse_text, read_reason, text, write_status
from gateway_oicp.translate.tariffs import PRODUCT, read_default
from gateway_oicp.words import ACTION, NAME, REFERENCE_UNIT

T = TypeVar("T", Tariff, DefaultPrice)
_Owner = tuple[PartyId | None, str | None, PartyId | None]


def read_recipient(provider: str | None) -> PartyId | None:
    """None is for all."""
    return PartyId.read(provider) if provider != EVERYBODY else None


def write_recipient(provider: PartyId | None) -> str:
    return text(provider) or EVERYBODY


def read_action(word: str | None) -> PushAction:
    return (word and ACTION.read(word)) or PushAction.UPDATE


def read_parties(operators: Iterable[str]) -> tuple[PartyId, ...]:
    found = map(PartyId.read, operators)
    return tuple(operator for operator in found if operator is not None)


def told_status(reason: Reason | None) -> wire.StatusCode | None:
    return write_status(reason.code, reason) if reason and reason.code else None


# --- products ----------------------------------------------------------------------------------------------------


def read_push_products(model: wire.PushPricingProductData) -> PublishTariffs:
    told = model.pricing_product_data
    default = read_default(told) if told else None
    return PublishTariffs(
        action=read_action(model.action_type),
        operator=PartyId.read(told.operator_id) if told else None,
        operator_name=told.operator_name if told else None,
        provider=read_recipient(told.provider_id) if told else None,
        tariffs=tuple(map(PRODUCT.read, told.pricing_product_data_records)) if told else (),
        defaults=(default,) if default else (),
    )


def write_push_products(message: PublishTariffs) -> wire.PushPricingProductData:
    """One operator's, for one provider or for all; the operator and recipient of each tariff are the message's."""
    owner = (message.operator, message.operator_name, message.provider)
    return wire.PushPricingProductData(
        action_type=ACTION.write(message.action),
        pricing_product_data=_write_group(owner, message.defaults[:1], message.tariffs),
    )


def _write_group(owner: _Owner, defaults: Sequence[DefaultPrice], tariffs: Iterable[Tariff]) -> wire.PricingProductData:
    operator, name, provider = owner
    default = defaults[0] if defaults else DefaultPrice()
    component = default.component
    return wire.PricingProductData(
        operator_id=text(operator),
        operator_name=cut(name, 100),
        provider_id=write_recipient(provider),
        pricing_default_price=component.price if component else None,
        pricing_default_price_currency=default.currency,
        pricing_default_reference_unit=REFERENCE_UNIT.write(component.type) if component else None,
        pricing_product_data_records=tuple(PRODUCT.write(_unowned(tariff)) for tariff in tariffs),
    )


def _unowned(tariff: Tariff) -> Tariff:
    """As its record has it: whose it is stands above all of them."""
    return replace(tariff, operator=None, operator_name=None, provider=None)


def read_pull_products(model: wire.PullPricingProductData) -> FetchTariffs:
    return FetchTariffs(since=model.last_call, operators=read_parties(model.operator_ids))


def write_pull_products(message: FetchTariffs) -> wire.PullPricingProductData:
    return wire.PullPricingProductData(
        last_call=message.since, operator_ids=tuple(str(operator) for operator in message.operators)
    )


def read_products(model: wire.PricingProductDataList) -> Tariffs:
    groups = [(_owner(group), group) for group in model.pricing_product_data]
    return Tariffs(
        tariffs=tuple(
            _owned(PRODUCT.read(record), owner)
            for owner, group in groups
            for record in group.pricing_product_data_records
        ),
        defaults=tuple(
            _owned(default, owner) for owner, group in groups if (default := read_default(group)) is not None
        ),
        reason=read_reason(model.status_code),
    )


def _owner(group: wire.PricingProductData) -> _Owner:
    return PartyId.read(group.operator_id), group.operator_name, read_recipient(group.provider_id)


def _owned(told: T, owner: _Owner) -> T:
    operator, name, provider = owner
    return replace(told, operator=operator, operator_name=name, provider=provider)


def write_products(answer: Tariffs) -> wire.PricingProductDataList:
    owners = dict.fromkeys([*map(_owner_of, answer.defaults), *map(_owner_of, answer.tariffs)])
    return wire.PricingProductDataList(
        pricing_product_data=tuple(
            _write_group(
                owner,
                [default for default in answer.defaults if _owner_of(default) == owner],
                [tariff for tariff in answer.tariffs if _owner_of(tariff) == owner],
            )
            for owner in owners
        ),
        status_code=told_status(answer.reason),
    )


def _owner_of(told: Tariff | DefaultPrice) -> _Owner:
    return told.operator, told.operator_name, told.provider


# --- which products an EVSE has ----------------------------------------------------------------------------------


def read_assignment(record: wire.EvsePricing) -> EvseTariffs:
    return EvseTariffs(
        evse=EvseId.read(record.evse_id),
        provider=read_recipient(record.provider_id),
        tariff_ids=record.evse_id_product_list,
    )


def write_assignment(told: EvseTariffs) -> wire.EvsePricing:
    return wire.EvsePricing(
        evse_id=evse_text(told.evse),
        provider_id=write_recipient(told.provider),
        evse_id_product_list=told.tariff_ids,
    )


ASSIGNMENT = Form(NAME, wire.EvsePricing, EvseTariffs, read_assignment, write_assignment)


def read_push_assignments(model: wire.PushEvsePricing) -> PublishEvseTariffs:
    return PublishEvseTariffs(
        action=read_action(model.action_type), assignments=tuple(map(ASSIGNMENT.read, model.evse_pricing))
    )


def write_push_assignments(message: PublishEvseTariffs) -> wire.PushEvsePricing:
    """The message names no operator: each EVSE does."""
    return wire.PushEvsePricing(
        action_type=ACTION.write(message.action), evse_pricing=tuple(map(_write_assignment, message.assignments))
    )


def _write_assignment(told: EvseTariffs) -> wire.EvsePricing:
    return ASSIGNMENT.write(replace(told, operator=None, operator_name=None))


def read_pull_assignments(model: wire.PullEvsePricing) -> FetchEvseTariffs:
    return FetchEvseTariffs(
        provider=PartyId.read(model.provider_id), since=model.last_call, operators=read_parties(model.operator_ids)
    )


def write_pull_assignments(message: FetchEvseTariffs) -> wire.PullEvsePricing:
    return wire.PullEvsePricing(
        provider_id=text(message.provider),
        last_call=message.since,
        operator_ids=tuple(str(operator) for operator in message.operators),
    )


def read_assignments(model: wire.EvsePricingList) -> EvseTariffList:
    return EvseTariffList(
        assignments=tuple(
            replace(
                ASSIGNMENT.read(record), operator=PartyId.read(group.operator_id), operator_name=group.operator_name
            )
            for group in model.evse_pricing
            for record in group.evse_pricing
        ),
        reason=read_reason(model.status_code),
    )


def write_assignments(answer: EvseTariffList) -> wire.EvsePricingList:
    owners = dict.fromkeys((told.operator, told.operator_name) for told in answer.assignments)
    return wire.EvsePricingList(
        evse_pricing=tuple(
            wire.OperatorEvsePricing(
                operator_id=text(operator),
                operator_name=cut(name, 100),
                evse_pricing=tuple(
                    _write_assignment(told)
                    for told in answer.assignments
                    if (told.operator, told.operator_name) == (operator, name)
                ),
            )
            for operator, name in owners
        ),
        status_code=told_status(answer.reason),
    )
