"""Tariffs, and which of them applies at an EVSE."""

from dataclasses import dataclass
from datetime import datetime

from gateway.model.common import Extensible
from gateway.model.ids import EvseId, PartyId
from gateway.model.messages.base import Answer, Message
from gateway.model.messages.places import Publication, PushAction
from gateway.model.tariff import DefaultPrice, Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTariffs(Message[Publication]):
    """Tariffs to the hub. `provider`: for that eMSP alone; none: for all."""

    action: PushAction = PushAction.UPDATE
    operator_name: str | None = None
    tariffs: tuple[Tariff, ...] = ()
    defaults: tuple[DefaultPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariffs(Answer):
    """Each tariff and each default price names its operator, and the eMSP that it is for."""

    tariffs: tuple[Tariff, ...] = ()
    defaults: tuple[DefaultPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTariffs(Message[Tariffs]):
    since: datetime | None = None
    operators: tuple[PartyId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseTariffs(Extensible):
    """The tariffs that apply at one EVSE. `provider`: for that eMSP alone; none: for all."""

    evse: EvseId | None = None
    operator: PartyId | None = None
    operator_name: str | None = None
    provider: PartyId | None = None
    tariff_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvseTariffs(Message[Publication]):
    action: PushAction = PushAction.UPDATE
    assignments: tuple[EvseTariffs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseTariffList(Answer):
    assignments: tuple[EvseTariffs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEvseTariffs(Message[EvseTariffList]):
    since: datetime | None = None
    operators: tuple[PartyId, ...] = ()
