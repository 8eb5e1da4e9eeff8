"""Charging notifications at the simulated hub: passed on to the provider of the session, and its answer back.

OICP 2.3, ChargingNotifications: 400 for an invalid session; 320 where the EMP offers no endpoint; 310 where it times
out or fails. Progress notifications keep 300 seconds apart. Without OperatorID the hub itself fails (HTTP 500, 001).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway.simulation import Desk
from gateway.wire import decode_document
from gateway_oicp import wire
from gateway_oicp.simulator.partners import NO_SUCH_PAGE, Partners
from gateway_oicp.simulator.places import belongs
from gateway_oicp.simulator.replies import Asked, Declined, Reply
from gateway_oicp.simulator.sessions import HubSession, Sessions
from gateway_oicp.words import Code

KINDS = ("Start", "Progress", "End", "Error")
OPERATION = "ChargingNotification"
SERVICE = "ChargingNotifications"
"""The service of a partner, and the name of the budget that all four kinds share."""
NOBODY = "Unexpected error checking partners: null"
TOO_SOON = "Progress Notification can be sent only at interval of at least 300 seconds."
_APART = timedelta(seconds=300)


class Notifications:
    def __init__(self, desk: Desk, partners: Partners, sessions: Sessions) -> None:
        self._desk, self._partners, self._sessions = desk, partners, sessions

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {f"{OPERATION}{kind}": self._pass_on(f"{OPERATION}{kind}") for kind in KINDS}

    def _pass_on(self, operation: str) -> Any:
        async def pass_on(asked: Asked) -> Reply:
            document = asked.document
            belongs(asked.partner, [document.get("EvseID")])
            session = self._sessions.open_session(document.get("SessionID"), operator=str(asked.partner.id))
            if operation == f"{OPERATION}Progress":
                self._in_time(session)
            return await self._told(session, operation, document)

        return pass_on

    def _in_time(self, session: HubSession) -> None:
        now = self._desk.now()
        if session.progressed is not None and now - session.progressed < _APART:
            raise Declined(Code.DATA_ERROR, TOO_SOON)
        session.progressed = now

    async def _told(self, session: HubSession, operation: str, document: dict[str, Any]) -> Reply:
        partner = self._partners.provider(session.provider)
        if partner is None or not self._partners.can_be_asked(partner) or not partner.offers(SERVICE):
            raise Declined(Code.NO_SERVICE, "the provider offers no charging notifications")
        status, answer = await self._partners.asked(partner, operation, session.operator, document)
        if status == NO_SUCH_PAGE:
            raise Declined(Code.NO_SERVICE, "the provider offers no charging notifications")
        if answer is None or status >= 500:
            raise Declined(Code.PARTNER_SILENT, "the provider did not respond")
        told = decode_document(wire.Acknowledgement, answer).model
        told.result = bool(told.result)
        return told
