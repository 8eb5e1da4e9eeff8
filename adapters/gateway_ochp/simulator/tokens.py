"""Tokens at the simulated clearing house: uploaded ones, and the cards that the simulated world has anyway."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from gateway.model.messages import Allowed
from gateway.simulation import Card, Desk
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, EMSP, TOKENS, Account, Accounts, provider_of
from gateway_ochp.simulator.register import Register
from gateway_ochp.simulator.rules import complaints, result, said
from gateway_ochp.translate.tokens import read_emt_id
from gateway_ochp.words import REPRESENTATION

CARD_TYPE, CARD_DAYS = "rfid", 365


class Tokens:
    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self.register: Register[wire.RoamingAuthorisationInfo] = Register(
            world=desk.world,
            key=token_key,
            owns=lambda account, info: account.owns_contract(info.contract_id),
            account_of=lambda info: accounts.account_of(provider_of(info.contract_id), EMSP),
            ended=lambda entry: entry.record.expiry_date,
        )

    def set(
        self, request: wire.SetRoamingAuthorisationListRequest, account: Account
    ) -> wire.SetRoamingAuthorisationListResponse:
        outcome, refused = self._take(request, account, replaces=True)
        return wire.SetRoamingAuthorisationListResponse(result=outcome, refused_roaming_authorisation_info=refused)

    def update(
        self, request: wire.UpdateRoamingAuthorisationListRequest, account: Account
    ) -> wire.UpdateRoamingAuthorisationListResponse:
        outcome, refused = self._take(request, account, replaces=False)
        return wire.UpdateRoamingAuthorisationListResponse(result=outcome, refused_roaming_authorisation_info=refused)

    def _take(
        self, request: wire.TokenListRequest, account: Account, *, replaces: bool
    ) -> tuple[wire.Result, tuple[wire.RoamingAuthorisationInfo, ...]]:
        records = request.roaming_authorisation_info_array
        if not records:
            return result(wire.FORMAT, "roamingAuthorisationInfoArray: at least one token is needed"), ()
        return self.register.take(records, account, self._desk.now(), replaces=replaces)

    def get(
        self, _: wire.GetRoamingAuthorisationListRequest, account: Account
    ) -> wire.GetRoamingAuthorisationListResponse:
        cards = [self._entry(card) for card in self._desk.world.cards if card.allowed == Allowed.ALLOWED]
        visible = _visible([*self.register.records(self._desk.now()), *cards], account)
        outcome = result() if visible else result(wire.ROAMING, "no partner has tokens for this user")
        return wire.GetRoamingAuthorisationListResponse(result=outcome, roaming_authorisation_info_array=visible)

    def get_updates(
        self, request: wire.GetRoamingAuthorisationListUpdatesRequest, account: Account
    ) -> wire.GetRoamingAuthorisationListUpdatesResponse:
        found = complaints(request)
        if found:
            return wire.GetRoamingAuthorisationListUpdatesResponse(result=result(wire.FORMAT, said(found)))
        if not account.has(CPO):
            nobody = result(wire.ROAMING, "no operator on this user")
            return wire.GetRoamingAuthorisationListUpdatesResponse(result=nobody)
        changed = _visible(self.register.records(self._desk.now(), request.last_update), account)
        return wire.GetRoamingAuthorisationListUpdatesResponse(result=result(), roaming_authorisation_info=changed)

    def get_single(
        self, request: wire.GetSingleRoamingAuthorisationRequest, account: Account
    ) -> wire.GetSingleRoamingAuthorisationResponse:
        found = complaints(request)
        if found or request.emt_id is None:
            return wire.GetSingleRoamingAuthorisationResponse(result=result(wire.FORMAT, said(found)))
        info = self._uploaded(request.emt_id) or self._card(request.emt_id)
        if info is None or not _visible([info], account):
            unknown = result(wire.INVALID_ID, "no roaming authorisation for this token")
            return wire.GetSingleRoamingAuthorisationResponse(result=unknown)
        return wire.GetSingleRoamingAuthorisationResponse(result=result(), roaming_authorisation_info=info)

    def _uploaded(self, asked: wire.EmtId) -> wire.RoamingAuthorisationInfo | None:
        """A token in the list whose validity has not ended, plain or hashed."""
        wanted, now = instances(asked), self._desk.now()
        listed = self.register.records(now)
        valid = [info for info in listed if info.expiry_date is not None and info.expiry_date > now]
        return next((info for info in valid if info.emt_id is not None and wanted & instances(info.emt_id)), None)

    def _card(self, asked: wire.EmtId) -> wire.RoamingAuthorisationInfo | None:
        card = next((card for card in self._desk.world.cards if instances(asked) & _hashes(card.uid)), None)
        return None if card is None or card.allowed != Allowed.ALLOWED else self._entry(card)

    def _entry(self, card: Card) -> wire.RoamingAuthorisationInfo:
        return wire.RoamingAuthorisationInfo(
            emt_id=wire.EmtId(instance=card.uid, token_type=CARD_TYPE, representation=wire.PLAIN),
            contract_id=card.contract or None,
            expiry_date=self._desk.now() + timedelta(days=CARD_DAYS),
        )


def _visible(
    infos: Iterable[wire.RoamingAuthorisationInfo], account: Account
) -> tuple[wire.RoamingAuthorisationInfo, ...]:
    return tuple(info for info in infos if account.sees_provider(provider_of(info.contract_id), TOKENS))


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
