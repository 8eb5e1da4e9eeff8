"""Remote starts, stops and reservations at the simulated hub: passed on to the operator of the EVSE."""

from collections.abc import Mapping
from typing import Any

from gateway.model.ids import EvseId, PartyId
from gateway.simulation import Desk, Partner
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.simulator.authentication import consistent
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.places import Places
from gateway_oicp.simulator.replies import Asked, Declined
from gateway_oicp.simulator.sessions import RESERVATION, HubSession, Sessions, medium
from gateway_oicp.words import Code

_RESERVING = "Reservation"
"""The service of a partner, and the kind of an agreement."""
_REMOTE = ("RemoteIdentification", "QRCodeIdentification")
"""The second is seen from the hub's own payment service, though its documents name the first alone."""


class Commands:
    def __init__(self, desk: Desk, partners: Partners, places: Places, sessions: Sessions) -> None:
        self._desk, self._partners, self._places, self._sessions = desk, partners, places, sessions

    @property
    def handlers(self) -> Mapping[str, Any]:
        starts, stops = ("AuthorizeRemoteStart", RESERVATION), ("AuthorizeRemoteStop", "AuthorizeRemoteReservationStop")
        return {
            **{name: self._start(name) for name in starts},
            **{name: self._stop(name) for name in stops},
        }

    def _start(self, operation: str) -> Any:
        async def start(asked: Asked) -> wire.Acknowledgement:
            for option, shown in (asked.document.get("Identification") or {}).items():
                if shown and option not in _REMOTE:
                    raise Declined(Code.DATA_ERROR, f"a remote start names a RemoteIdentification, not {option}")
                consistent(asked.partner, (shown or {}).get("EvcoID"))
            return await self.start(operation, str(asked.partner.id), asked.document)

        return start

    def _stop(self, operation: str) -> Any:
        async def stop(asked: Asked) -> wire.Acknowledgement:
            return await self.stop(operation, str(asked.partner.id), asked.document)

        return stop

    async def start(self, operation: str, provider: str, asked: dict[str, Any]) -> wire.Acknowledgement:
        """The hub makes the session and passes the wish to the operator; a refusal discards the session."""
        service = _RESERVING if operation == RESERVATION else ""
        cpo = self._operator(asked.get("EvseID"), PartyId.read(provider), service)
        name = self._desk.new_id()
        answer = await self._commanded(cpo, operation, provider, {**asked, "SessionID": name})
        answer.session_id = name if answer.result else None
        answer.emp_partner_session_id = asked.get("EMPPartnerSessionID")
        if answer.result:
            session = HubSession(
                id=name,
                operator=str(cpo.id),
                provider=provider,
                evse=asked.get("EvseID"),
                token=medium(decode_document(wire.Identification, asked.get("Identification") or {}).model),
                cpo=answer.cpo_partner_session_id,
                emp=asked.get("EMPPartnerSessionID"),
                begun_by=operation,
            )
            self._sessions.add(session)
        return answer

    def _operator(self, spelling: str | None, provider: PartyId | None, service: str) -> Partner:
        """By the prefix of the EVSE id. Raises Declined 210, 320, 603 or 604."""
        evse = EvseId.read(spelling)
        cpo = self._partners.of(evse.party if evse else None, "CPO")
        if cpo is None:
            raise Declined(Code.UNKNOWN_EVSE, f"Unknown EVSE ID: {spelling}")
        if not self._partners.agreed(cpo.id, provider, service):
            raise Declined(Code.NO_CONTRACT, "No active subscription found")
        if service and not cpo.offers(service):
            raise Declined(Code.NO_SERVICE, f"{service} is not enabled for {cpo.id}")
        held = self._places.held(spelling)
        if held is None and self._places.has_uploaded(cpo) and not self._places.is_known(spelling):
            raise Declined(Code.UNKNOWN_EVSE, f"Unknown EVSE ID: {spelling}")
        if held is not None and held.document.get("IsHubjectCompatible") is False:
            raise Declined(Code.NOT_COMPATIBLE, f"EVSE ID is not Hubject compatible: {spelling}")
        return cpo

    async def stop(self, operation: str, provider: str, asked: dict[str, Any]) -> wire.Acknowledgement:
        """A reservation and a charging session are each ended by their own operation. The operator then owes a record
        of the reservation."""
        session = self._sessions.open_session(asked.get("SessionID"), provider=provider)
        if session.is_reservation != (operation == "AuthorizeRemoteReservationStop"):
            raise Declined(Code.SESSION_INVALID, "Session is invalid: it was begun by another operation")
        cpo = self._partners.known.get(session.operator)
        names = {"CPOPartnerSessionID": session.cpo, "EMPPartnerSessionID": session.emp}
        answer = await self._commanded(cpo, operation, provider, {**names, **asked})
        answer.session_id = session.id
        session.owes_cdr = session.owes_cdr or (session.is_reservation and bool(answer.result))
        return answer

    async def _commanded(
        self, cpo: Partner | None, operation: str, provider: str, asked: dict[str, Any]
    ) -> wire.Acknowledgement:
        given = {name: value for name, value in asked.items() if value is not None}
        document = await self._partners.ask(cpo, operation, provider, given)
        if document is None:
            raise Declined(Code.PARTNER_SILENT, "the operator did not respond")
        answer = decode_document(wire.Acknowledgement, document).model
        answer.result = bool(answer.result)
        return answer
