"""The lists of the simulated clearing house: charge points and tokens, replaced as a whole or record by record."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from gateway.model.ids import PartyId
from gateway.model.messages import Allowed
from gateway.simulation import Card, Desk
from gateway.wire import WireModel
from gateway_ochp import wire
from gateway_ochp.simulator.rules import (
    Relations,
    complaints,
    evse_key,
    list_result,
    operator_of,
    provider_of,
    result,
    said,
)
from gateway_ochp.translate.tokens import read_emt_id
from gateway_ochp.words import REPRESENTATION

R = TypeVar("R", bound=WireModel)
CARD_TYPE = "rfid"
CARD_DAYS = 365


@dataclass
class Entry(Generic[R]):
    record: R
    account: str
    at: datetime


@dataclass
class Register(Generic[R]):
    """Records by key. `owner` names the party whose record it is."""

    key: Callable[[R], str]
    owner: Callable[[R], PartyId | None]
    is_foreign: Callable[[R], bool]
    relations: Relations
    entries: dict[str, Entry[R]] = field(default_factory=dict)

    def take(self, records: Sequence[R], now: datetime, *, replaces: bool) -> tuple[wire.Result, tuple[R, ...]]:
        """The result, and the records that are not taken. Of two with one key the first counts (change log 3.0)."""
        reasons = {index: reason for index, record in enumerate(records) if (reason := self._against(record))}
        foreign = sum(map(self.is_foreign, records))
        taken = [record for index, record in enumerate(records) if index not in reasons]
        if replaces:
            accounts = {self._account(record) for record in taken}
            self.entries = {key: entry for key, entry in self.entries.items() if entry.account not in accounts}
        fresh: dict[str, Entry[R]] = {}
        for record in taken:
            fresh.setdefault(self.key(record), Entry(record, self._account(record), now))
        self.entries |= fresh
        refused = tuple(records[index] for index in reasons)
        return list_result(list(reasons.values()), foreign, len(records)), refused

    def _against(self, record: R) -> str:
        if self.is_foreign(record):
            return f"{self.key(record)} not valid for this user"
        found = complaints(record)
        return f"{self.key(record)}: {said(found)}" if found else ""

    def _account(self, record: R) -> str:
        return self.relations.account_of(self.owner(record))

    def records(self, since: datetime | None = None) -> tuple[R, ...]:
        return tuple(entry.record for entry in self.entries.values() if since is None or entry.at > since)


class ChargePoints:
    def __init__(self, desk: Desk, relations: Relations) -> None:
        self._desk, self._relations = desk, relations
        self.register: Register[wire.ChargePointInfo] = Register(
            key=lambda info: evse_key(info.evse_id),
            owner=lambda info: operator_of(info.evse_id),
            is_foreign=lambda info: relations.is_foreign_operator(info.evse_id),
            relations=relations,
        )

    def set(self, request: wire.SetChargePointListRequest) -> wire.SetChargePointListResponse:
        outcome, refused = self._take(request, replaces=True)
        return wire.SetChargePointListResponse(result=outcome, refused_charge_point_info=refused)

    def update(self, request: wire.UpdateChargePointListRequest) -> wire.UpdateChargePointListResponse:
        outcome, refused = self._take(request, replaces=False)
        return wire.UpdateChargePointListResponse(result=outcome, refused_charge_point_info=refused)

    def _take(
        self, request: wire.ChargePointListRequest, *, replaces: bool
    ) -> tuple[wire.Result, tuple[wire.ChargePointInfo, ...]]:
        records = request.charge_point_info_array
        if not records:
            return result(wire.FORMAT, "chargePointInfoArray: at least one charge point is needed"), ()
        return self.register.take(records, self._desk.now(), replaces=replaces)

    def get(self, request: wire.GetChargePointListRequest) -> wire.GetChargePointListResponse:
        visible = self._visible(None)
        outcome = result() if visible else result(wire.ROAMING, "no partner has charge points for this user")
        return wire.GetChargePointListResponse(result=outcome, charge_point_info_array=visible)

    def get_updates(self, request: wire.GetChargePointListUpdatesRequest) -> wire.GetChargePointListUpdatesResponse:
        found = complaints(request)
        if found:
            return wire.GetChargePointListUpdatesResponse(result=result(wire.FORMAT, said(found)))
        changed = self._visible(request.last_update)
        return wire.GetChargePointListUpdatesResponse(result=result(), charge_point_info_array=changed)

    def _visible(self, since: datetime | None) -> tuple[wire.ChargePointInfo, ...]:
        records = self.register.records(since)
        return tuple(info for info in records if self._relations.emsp_sees(operator_of(info.evse_id)))


class Tokens:
    """Uploaded tokens, and the cards that the simulated world has anyway."""

    def __init__(self, desk: Desk, relations: Relations) -> None:
        self._desk, self._relations = desk, relations
        self.register: Register[wire.RoamingAuthorisationInfo] = Register(
            key=token_key,
            owner=lambda info: provider_of(info.contract_id),
            is_foreign=lambda info: relations.is_foreign_provider(info.contract_id),
            relations=relations,
        )

    def set(self, request: wire.SetRoamingAuthorisationListRequest) -> wire.SetRoamingAuthorisationListResponse:
        outcome, refused = self._take(request, replaces=True)
        return wire.SetRoamingAuthorisationListResponse(result=outcome, refused_roaming_authorisation_info=refused)

    def update(
        self, request: wire.UpdateRoamingAuthorisationListRequest
    ) -> wire.UpdateRoamingAuthorisationListResponse:
        outcome, refused = self._take(request, replaces=False)
        return wire.UpdateRoamingAuthorisationListResponse(result=outcome, refused_roaming_authorisation_info=refused)

    def _take(
        self, request: wire.TokenListRequest, *, replaces: bool
    ) -> tuple[wire.Result, tuple[wire.RoamingAuthorisationInfo, ...]]:
        records = request.roaming_authorisation_info_array
        if not records:
            return result(wire.FORMAT, "roamingAuthorisationInfoArray: at least one token is needed"), ()
        return self.register.take(records, self._desk.now(), replaces=replaces)

    def get(self, request: wire.GetRoamingAuthorisationListRequest) -> wire.GetRoamingAuthorisationListResponse:
        cards = [self._entry(card) for card in self._desk.world.cards if card.allowed == Allowed.ALLOWED]
        visible = self._visible([*self.register.records(), *cards])
        outcome = result() if visible else result(wire.ROAMING, "no partner has tokens for this user")
        return wire.GetRoamingAuthorisationListResponse(result=outcome, roaming_authorisation_info_array=visible)

    def get_updates(
        self, request: wire.GetRoamingAuthorisationListUpdatesRequest
    ) -> wire.GetRoamingAuthorisationListUpdatesResponse:
        found = complaints(request)
        if found:
            return wire.GetRoamingAuthorisationListUpdatesResponse(result=result(wire.FORMAT, said(found)))
        changed = self._visible(self.register.records(request.last_update))
        return wire.GetRoamingAuthorisationListUpdatesResponse(result=result(), roaming_authorisation_info=changed)

    def get_single(
        self, request: wire.GetSingleRoamingAuthorisationRequest
    ) -> wire.GetSingleRoamingAuthorisationResponse:
        found = complaints(request)
        if found or request.emt_id is None:
            return wire.GetSingleRoamingAuthorisationResponse(result=result(wire.FORMAT, said(found)))
        info = self._uploaded(request.emt_id) or self._card(request.emt_id)
        if info is None or not self._visible([info]):
            unknown = result(wire.INVALID_ID, "no roaming authorisation for this token")
            return wire.GetSingleRoamingAuthorisationResponse(result=unknown)
        return wire.GetSingleRoamingAuthorisationResponse(result=result(), roaming_authorisation_info=info)

    def _visible(self, infos: Iterable[wire.RoamingAuthorisationInfo]) -> tuple[wire.RoamingAuthorisationInfo, ...]:
        return tuple(info for info in infos if self._relations.cpo_sees(provider_of(info.contract_id)))

    def _uploaded(self, asked: wire.EmtId) -> wire.RoamingAuthorisationInfo | None:
        """A token in the list whose validity has not ended, plain or hashed."""
        wanted, now = instances(asked), self._desk.now()
        listed = [info for info in self.register.records() if info.expiry_date is not None and info.expiry_date > now]
        return next((info for info in listed if info.emt_id is not None and wanted & instances(info.emt_id)), None)

    def _card(self, asked: wire.EmtId) -> wire.RoamingAuthorisationInfo | None:
        card = next((card for card in self._desk.world.cards if instances(asked) & _hashes(card.uid)), None)
        return None if card is None or card.allowed != Allowed.ALLOWED else self._entry(card)

    def _entry(self, card: Card) -> wire.RoamingAuthorisationInfo:
        return wire.RoamingAuthorisationInfo(
            emt_id=wire.EmtId(instance=card.uid, token_type=CARD_TYPE, representation=wire.PLAIN),
            contract_id=card.contract or None,
            expiry_date=self._desk.now() + timedelta(days=CARD_DAYS),
        )


def token_key(info: wire.RoamingAuthorisationInfo) -> str:
    """A contract may have several tokens, and a token may stand there plain and hashed."""
    token = read_emt_id(info.emt_id)
    hashed = REPRESENTATION.write(token.hashed_by) or wire.PLAIN
    return f"{(token.uid or '').upper()} {hashed} {info.contract_id or ''}"


def instances(emt_id: wire.EmtId) -> set[str]:
    """The instance in capitals, and if it is plain its hashes: of the UID as lower-case and as upper-case text."""
    token = read_emt_id(emt_id)
    uid = (token.uid or "").upper()
    return {uid} if token.hashed_by is not None else _hashes(uid)


def _hashes(uid: str) -> set[str]:
    texts = [text.encode() for text in (uid.lower(), uid.upper())]
    kinds = (hashlib.sha1, hashlib.sha256)
    return {uid.upper(), *(kind(text).hexdigest().upper() for kind in kinds for text in texts)}
