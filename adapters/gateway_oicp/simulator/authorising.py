"""AuthorizeStart and AuthorizeStop at the simulated hub: from uploaded data, straight to the provider, or by broadcast.

OICP 2.3, AuthorizeStart: the hub looks at the authentication data that offline EMPs have uploaded; else a contract id
names the provider; else a card goes to every EMP with an agreement, one positive answer wins, and the hub remembers
whose card it is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.ids import PartyId
from gateway.model.messages import Allowed
from gateway.model.token import Token
from gateway.simulation import Card, Desk, Partner
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.simulator.authentication import Authentication
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.places import Places, belongs
from gateway_oicp.simulator.replies import Asked, Declined, refusal, status_code
from gateway_oicp.simulator.sessions import HubSession, Sessions, medium
from gateway_oicp.translate.tokens import condition, evco_id, read_token
from gateway_oicp.words import AUTHORIZATION, Code

_NO_AGREEMENT = "No active subscription found"
_CARD_UNKNOWN = AUTHORIZATION.write(Allowed.UNKNOWN_TOKEN) or Code.PARTNER_SILENT


class Authorising:
    def __init__(
        self, desk: Desk, partners: Partners, places: Places, sessions: Sessions, uploaded: Authentication
    ) -> None:
        self._desk, self._partners, self._places, self._sessions = desk, partners, places, sessions
        self._uploaded = uploaded
        self.owners: dict[str, str] = {}
        """Card number → provider, from positive answers."""

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {"AuthorizeStart": self.start, "AuthorizeStop": self.stop}

    # --- start ---------------------------------------------------------------------------------------------------

    async def start(self, asked: Asked) -> wire.AuthorizationStart:
        """Every EVSE of the partner will do, also one that the hub has no record of (guest charging).

        In an open world nobody has told of sub-partners, so any operator's will do.
        """
        model, cpo = asked.model, asked.partner
        if model.evse_id and self._desk.world.partners:
            belongs(cpo, [model.evse_id])
        if model.identification is not None and model.identification.rfid_identification is not None:
            raise Declined(Code.DATA_ERROR, "a card is shown as RFIDMifareFamilyIdentification")
        token = read_token(model.identification) or Token()
        name = self._desk.new_id()
        offline = self._offline(cpo, token)
        answer = offline or await self._decision(cpo, token, {**model.source, "SessionID": name})
        answer.cpo_partner_session_id = model.cpo_partner_session_id
        if answer.authorization_status != answer.AUTHORIZED:
            answer.session_id = None
            return answer
        answer.session_id = name
        self._sessions.add(self._opened(asked, answer, offline=offline is not None))
        return answer

    def _opened(self, asked: Asked, answer: wire.AuthorizationStart, *, offline: bool) -> HubSession:
        model = asked.model
        stops = (medium(shown) for shown in answer.authorization_stop_identifications)
        return HubSession(
            id=answer.session_id or "",
            operator=str(asked.partner.id),
            provider=answer.provider_id or "",
            evse=model.evse_id,
            token=medium(model.identification),
            cpo=model.cpo_partner_session_id,
            emp=answer.emp_partner_session_id,
            evse_known=self._places.is_known(model.evse_id),
            offline=offline,
            stop_tokens=[stop for stop in stops if stop],
        )

    def _offline(self, cpo: Partner, token: Token) -> wire.AuthorizationStart | None:
        """From what an EMP with an agreement has uploaded; None where nothing of the kind is there."""
        for provider, code in self._uploaded.verdicts(token):
            partner = self._partners.provider(provider)
            if partner is None or not self._partners.agreed(cpo.id, partner.id):
                continue
            return _granted(provider) if code == Code.SUCCESS else refusal(status_code(code))
        return None

    async def _decision(self, cpo: Partner, token: Token, asked: Any) -> wire.AuthorizationStart:
        card = self._desk.world.card(token.uid) or self._desk.world.card(evco_id(token))
        providers, broadcast = self._candidates(token, card)
        if not providers:
            return self._by_card(cpo, token, card)
        allowed = [partner for partner in providers if self._partners.agreed(cpo.id, partner.id)]
        if not allowed:
            return refusal(status_code(Code.NO_CONTRACT, _NO_AGREEMENT))
        answer = await self._first_yes(cpo, allowed, asked)
        if answer is not None and answer.authorization_status == answer.AUTHORIZED:
            self._remember(token, answer)
            return answer
        self.owners.pop(token.uid or "", None)
        if answer is None or broadcast:
            return refusal(status_code(self._silence(token), "no provider has given a positive answer"))
        return answer

    def _candidates(self, token: Token, card: Card | None) -> tuple[list[Partner], bool]:
        """(providers to ask, whether that is a broadcast): the one of the contract or card, or everybody."""
        providers = self._partners.reachable_providers()
        named = token.contract_id.party if token.contract_id else card.provider if card else None
        named = named or PartyId.read(self.owners.get(token.uid or ""))
        if named is not None:
            return [partner for partner in providers if partner.owns(named)], False
        return [partner for partner in providers if partner.broadcast], True

    def _remember(self, token: Token, answer: wire.AuthorizationStart) -> None:
        if token.uid and token.contract_id is None and answer.provider_id:
            self.owners[token.uid] = answer.provider_id

    async def _first_yes(self, cpo: Partner, partners: Sequence[Partner], asked: Any) -> wire.AuthorizationStart | None:
        """The first positive answer of all that are asked at one time, or the last of the others."""
        asking = [asyncio.create_task(self._asked(partner, cpo, asked)) for partner in partners]
        answer = None
        try:
            for coming in asyncio.as_completed(asking):
                told = await coming
                answer = told or answer
                if told is not None and told.authorization_status == told.AUTHORIZED:
                    return told
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        return answer

    async def _asked(self, partner: Partner, cpo: Partner, asked: Any) -> wire.AuthorizationStart | None:
        document = await self._partners.ask(partner, "AuthorizeStart", str(cpo.id), asked)
        if document is None or "AuthorizationStatus" not in document:
            return None
        answer = decode_document(wire.AuthorizationStart, document).model
        if answer.authorization_status == answer.AUTHORIZED:
            answer.provider_id = answer.provider_id or str(partner.id)
        return answer

    @staticmethod
    def _silence(token: Token) -> str:
        """An unreachable provider counts as a no."""
        return Code.PARTNER_SILENT if token.contract_id is not None else _CARD_UNKNOWN

    def _by_card(self, cpo: Partner, token: Token, card: Card | None) -> wire.AuthorizationStart:
        if card is not None and not self._partners.agreed(cpo.id, card.provider):
            return refusal(status_code(Code.NO_CONTRACT, _NO_AGREEMENT))
        allowed = Allowed(card.allowed) if card is not None else Allowed.UNKNOWN_TOKEN
        code = AUTHORIZATION.write(allowed, condition(token)) or Code.PARTNER_SILENT
        if card is None or allowed is not Allowed.ALLOWED:
            return refusal(status_code(code))
        return _granted(str(card.provider))

    # --- stop ----------------------------------------------------------------------------------------------------

    async def stop(self, asked: Asked) -> wire.AuthorizationStop:
        """The medium that began the session, or one that its provider named, may end it; others the provider judges.

        What the hub has authorised itself can only be ended by the same medium.
        """
        model = asked.model
        session = self._sessions.open_session(model.session_id, 401, operator=str(asked.partner.id))
        answer = wire.AuthorizationStop(
            session_id=session.id,
            cpo_partner_session_id=model.cpo_partner_session_id,
            emp_partner_session_id=session.emp,
            provider_id=session.provider,
            authorization_status=wire.AuthorizationStop.AUTHORIZED,
            status_code=status_code(Code.SUCCESS),
        )
        shown = medium(model.identification)
        if shown is not None and shown in (session.token, *session.stop_tokens):
            return answer
        if not session.offline and await self._provider_agrees(session, model):
            return answer
        answer.authorization_status, answer.status_code = answer.NOT_AUTHORIZED, status_code(Code.WRONG_TOKEN)
        return answer

    async def _provider_agrees(self, session: HubSession, model: wire.AuthorizeStop) -> bool:
        partner = self._partners.provider(session.provider)
        if partner is None or not self._partners.can_be_asked(partner):
            return False
        document = await self._partners.ask(partner, "AuthorizeStop", session.operator, model.source)
        return document is not None and document.get("AuthorizationStatus") == wire.AuthorizationStop.AUTHORIZED


def _granted(provider: str) -> wire.AuthorizationStart:
    return wire.AuthorizationStart(
        provider_id=provider,
        authorization_status=wire.AuthorizationStart.AUTHORIZED,
        status_code=status_code(Code.SUCCESS, "Success"),
    )
