"""The sessions of the simulated hub: authorised, started remotely, closed by one charge detail record."""

from dataclasses import asdict, dataclass
from typing import Any

from gateway.findings import Severity
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import CalibrationLaw
from gateway.model.messages import Allowed
from gateway.model.token import Token
from gateway.simulation import Card, Desk, Partner
from gateway.wire import decode_document, findings
from gateway.wire.json import json_text, parse_json
from gateway_oicp import wire
from gateway_oicp.rules import IMPLAUSIBLE
from gateway_oicp.simulated_partners import Partners
from gateway_oicp.simulated_places import Places, belongs
from gateway_oicp.simulated_replies import Declined, refusal, status_code, success
from gateway_oicp.translate_tokens import condition, evco_id, read_token
from gateway_oicp.words import AUTHORIZATION, CALIBRATION, Code

_CLOSED = "Session found but status is not valid CLOSED!"


@dataclass
class HubSession:
    """`token` is the card or contract that began it. The owner of each side is fixed at the start."""

    id: str
    operator: str
    provider: str
    evse: str | None
    token: str | None
    cpo: str | None = None
    emp: str | None = None
    status: str = "OPEN"
    evse_known: bool = True
    begun_by: str = "AuthorizeStart"


class Sessions:
    def __init__(self, desk: Desk, partners: Partners, places: Places) -> None:
        self._desk, self._partners, self._places = desk, partners, places
        self.sessions: dict[str, HubSession] = {}
        self.cdrs: list[dict[str, Any]] = []

    def state(self) -> dict[str, Any]:
        return {name: asdict(session) for name, session in self.sessions.items()}

    def open_session(self, name: str | None, http: int = 200) -> HubSession:
        """Raises Declined 400 for one that is unknown or closed."""
        session = self.sessions.get(name or "")
        if session is None:
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it is not known", http)
        if session.status != "OPEN":
            raise Declined(Code.SESSION_INVALID, _CLOSED, http)
        return session

    # --- AuthorizeStart, AuthorizeStop ---------------------------------------------------------------------------

    async def authorize_start(self, cpo: Partner, model: wire.AuthorizeStart, path: str) -> wire.AuthorizationStart:
        """Every EVSE will do, also one that the hub has no record of (guest charging)."""
        token = read_token(model.identification) or Token()
        name = self._desk.new_id()
        asked = {**model.source, "SessionID": name}
        answer = await self._decision(cpo, token, path, asked)
        answer.cpo_partner_session_id = model.cpo_partner_session_id
        if answer.authorization_status != answer.AUTHORIZED:
            answer.session_id = None
            return answer
        answer.session_id = name
        self.sessions[name] = HubSession(
            id=name,
            operator=str(cpo.id),
            provider=answer.provider_id or "",
            evse=model.evse_id,
            token=token.uid or evco_id(token),
            cpo=model.cpo_partner_session_id,
            emp=answer.emp_partner_session_id,
            evse_known=self._places.is_known(model.evse_id),
        )
        return answer

    async def _decision(self, cpo: Partner, token: Token, path: str, asked: Any) -> wire.AuthorizationStart:
        card = self._desk.world.card(token.uid) or self._desk.world.card(evco_id(token))
        providers = self._candidates(token, card)
        if not providers:
            return self._by_card(cpo, token, card)
        allowed = [partner for partner in providers if self._partners.agreed(cpo.id, partner.id)]
        if not allowed:
            return refusal(status_code(Code.NO_CONTRACT, "No active subscription found"))
        answer = None
        for partner in allowed:
            answer = await self._asked(partner, path, asked)
            if answer is not None and answer.authorization_status == answer.AUTHORIZED:
                return answer
        return answer or refusal(status_code(self._silence(token), "no provider has answered"))

    def _candidates(self, token: Token, card: Card | None) -> list[Partner]:
        """By contract or card the one provider; an unknown card is asked for everywhere."""
        providers = self._partners.reachable_providers()
        named = token.contract_id.party if token.contract_id else card.provider if card else None
        if named is None:
            return providers
        return [partner for partner in providers if partner.owns(named)]

    async def _asked(self, partner: Partner, path: str, asked: Any) -> wire.AuthorizationStart | None:
        document = await self._partners.ask(partner, path, asked)
        if document is None or "AuthorizationStatus" not in document:
            return None
        answer = decode_document(wire.AuthorizationStart, document).model
        if answer.authorization_status == answer.AUTHORIZED:
            answer.provider_id = answer.provider_id or str(partner.id)
        return answer

    @staticmethod
    def _silence(token: Token) -> str:
        """An unreachable provider counts as a no."""
        if token.contract_id is not None:
            return Code.PARTNER_SILENT
        return AUTHORIZATION.write(Allowed.UNKNOWN_TOKEN) or Code.PARTNER_SILENT

    def _by_card(self, cpo: Partner, token: Token, card: Card | None) -> wire.AuthorizationStart:
        if card is not None and not self._partners.agreed(cpo.id, card.provider):
            return refusal(status_code(Code.NO_CONTRACT, "No active subscription found"))
        allowed = Allowed(card.allowed) if card is not None else Allowed.UNKNOWN_TOKEN
        code = AUTHORIZATION.write(allowed, condition(token)) or Code.PARTNER_SILENT
        if card is None or allowed is not Allowed.ALLOWED:
            return refusal(status_code(code))
        return wire.AuthorizationStart(
            provider_id=str(card.provider),
            authorization_status=wire.AuthorizationStart.AUTHORIZED,
            status_code=status_code(code, "Success"),
        )

    async def authorize_stop(self, cpo: Partner, model: wire.AuthorizeStop, path: str) -> wire.AuthorizationStop:
        """The medium that began the session may end it; others are the provider's to judge."""
        session = self.open_session(model.session_id, 401)
        if session.operator != str(cpo.id):
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it belongs to another partner", 401)
        token = read_token(model.identification) or Token()
        answer = wire.AuthorizationStop(
            session_id=session.id,
            cpo_partner_session_id=model.cpo_partner_session_id,
            provider_id=session.provider,
            authorization_status=wire.AuthorizationStop.AUTHORIZED,
            status_code=status_code(Code.SUCCESS),
        )
        if session.token in (token.uid, evco_id(token)) or await self._provider_agrees(session, model, path):
            return answer
        answer.authorization_status, answer.status_code = answer.NOT_AUTHORIZED, status_code(Code.WRONG_TOKEN)
        return answer

    async def _provider_agrees(self, session: HubSession, model: wire.AuthorizeStop, path: str) -> bool:
        partner = self._partners.of(PartyId.read(session.provider), "EMSP")
        document = await self._partners.ask(partner, path, model.source) if partner and partner.url else None
        return document is not None and document.get("AuthorizationStatus") == wire.AuthorizationStop.AUTHORIZED

    # --- charge detail records -----------------------------------------------------------------------------------

    async def charge_detail_record(
        self, cpo: Partner, model: wire.ChargeDetailRecord, path: str
    ) -> wire.Acknowledgement:
        """One for each session. Stored is accepted, whether the provider can be reached or not."""
        name = model.session_id or ""
        self._desk.tally.arrived(name, json_text(model.source).encode(), lane=name)
        belongs(cpo, [model.evse_id])
        session = self.open_session(model.session_id, 404)
        if session.operator != str(cpo.id):
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it belongs to another partner", 404)
        self._plausible(model)
        session.status = "CLOSED"
        self._desk.tally.booked(name)
        partner = self._partners.of(PartyId.read(session.provider), "EMSP")
        forwarded = await self._partners.ask(partner, path, model.source) if partner and partner.url else None
        document = parse_json(json_text(model.source).encode())
        self.cdrs.append({"session": session.id, "record": document, "forwarded": _taken(forwarded)})
        return success(
            session_id=session.id,
            cpo_partner_session_id=model.cpo_partner_session_id,
            emp_partner_session_id=model.emp_partner_session_id,
        )

    def _plausible(self, model: wire.ChargeDetailRecord) -> None:
        """Raises Declined 022."""
        broken = [one.text for one in findings(model) if one.code == IMPLAUSIBLE and one.severity is Severity.ERROR]
        if model.session_end is not None and model.session_end > self._desk.now():
            broken.append("SessionEnd is in the future")
        held = self._places.held(model.evse_id)
        law = CALIBRATION.read(str(held.document.get("CalibrationLawDataAvailability"))) if held else None
        if law is CalibrationLaw.EXTERNAL and not model.signed_metering_values:
            broken.append("the EVSE demands SignedMeteringValues")
        if broken:
            raise Declined(Code.DATA_ERROR, "; ".join(broken))

    # --- remote start and stop -----------------------------------------------------------------------------------

    async def remote_start(self, provider: str, asked: dict[str, Any], path: str) -> wire.Acknowledgement:
        """The hub makes the session and passes the wish to the operator; a refusal discards the session."""
        evse = EvseId.read(asked.get("EvseID"))
        cpo = self._operator(evse, asked.get("EvseID"), PartyId.read(provider))
        name = self._desk.new_id()
        answer = await self._commanded(cpo, path, {**asked, "SessionID": name})
        answer.session_id = name if answer.result else None
        answer.emp_partner_session_id = asked.get("EMPPartnerSessionID")
        if answer.result:
            shown = decode_document(wire.Identification, asked.get("Identification") or {}).model
            token = read_token(shown) or Token()
            self.sessions[name] = HubSession(
                id=name,
                operator=str(cpo.id),
                provider=provider,
                evse=asked.get("EvseID"),
                token=token.uid or evco_id(token),
                cpo=answer.cpo_partner_session_id,
                emp=asked.get("EMPPartnerSessionID"),
                begun_by="AuthorizeRemoteStart",
            )
        return answer

    def _operator(self, evse: EvseId | None, spelling: str | None, provider: PartyId | None) -> Partner:
        """By the prefix of the EVSE id. Raises Declined 210, 603 or 604."""
        cpo = self._partners.of(evse.party if evse else None, "CPO")
        if cpo is None:
            raise Declined(Code.UNKNOWN_EVSE, f"Unknown EVSE ID: {spelling}")
        if not self._partners.agreed(cpo.id, provider):
            raise Declined(Code.NO_CONTRACT, "No active subscription found")
        held = self._places.held(spelling)
        if held is None and self._places.has_uploaded(cpo) and not self._places.is_known(spelling):
            raise Declined(Code.UNKNOWN_EVSE, f"Unknown EVSE ID: {spelling}")
        if held is not None and held.document.get("IsHubjectCompatible") is False:
            raise Declined(Code.NOT_COMPATIBLE, f"EVSE ID is not Hubject compatible: {spelling}")
        return cpo

    async def remote_stop(self, provider: str, asked: dict[str, Any], path: str) -> wire.Acknowledgement:
        session = self.open_session(asked.get("SessionID"))
        if session.provider and session.provider != provider:
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it belongs to another partner")
        cpo = self._partners.known.get(session.operator)
        names = {"CPOPartnerSessionID": session.cpo, "EMPPartnerSessionID": session.emp}
        answer = await self._commanded(cpo, path, {**names, **asked})
        answer.session_id = session.id
        return answer

    async def _commanded(self, cpo: Partner | None, path: str, asked: dict[str, Any]) -> wire.Acknowledgement:
        given = {name: value for name, value in asked.items() if value is not None}
        document = await self._partners.ask(cpo, path, given)
        if document is None:
            raise Declined(Code.PARTNER_SILENT, "the operator did not respond")
        answer = decode_document(wire.Acknowledgement, document).model
        answer.result = bool(answer.result)
        return answer


def _taken(document: dict[str, Any] | None) -> bool:
    return document is not None and document.get("Result") is True
