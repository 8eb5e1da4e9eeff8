"""Charge detail records at the simulated hub: judged, stored, passed on, and given again to who asks for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.findings import Severity
from gateway.model.kinds import CalibrationLaw
from gateway.simulation import Desk
from gateway.wire import findings
from gateway.wire.json import json_text, parse_json
from gateway.wire.scalars import local, timestamp
from gateway_oicp import wire
from gateway_oicp.rules import IMPLAUSIBLE
from gateway_oicp.simulator.partners import Partners
from gateway_oicp.simulator.places import Places, belongs
from gateway_oicp.simulator.replies import Asked, Declined, Faulty, Reply, page, page_bounds, plain, success
from gateway_oicp.simulator.sessions import HubSession, Sessions
from gateway_oicp.words import CALIBRATION, Code

GET_CDRS = "GetChargeDetailRecords"
WIDEST = timedelta(days=90)
TOO_WIDE = 'The difference between "From" and "To" can\'t be more than 90 days.'


class Cdrs:
    def __init__(self, desk: Desk, partners: Partners, places: Places, sessions: Sessions) -> None:
        self._desk, self._partners, self._places, self._sessions = desk, partners, places, sessions
        self.records: list[dict[str, Any]] = []

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {"ChargeDetailRecord": self.take, GET_CDRS: self.give}

    def state(self) -> list[dict[str, Any]]:
        return [{**one, "received": local(one["received"]), "record": plain(one["record"])} for one in self.records]

    # --- from the operator ---------------------------------------------------------------------------------------

    async def take(self, asked: Asked) -> Reply:
        """One for each session. Stored is accepted, whether the provider can be reached or not."""
        model: wire.ChargeDetailRecord = asked.model
        name = model.session_id or ""
        self._desk.tally.arrived(name, json_text(model.source).encode(), lane=name)
        belongs(asked.partner, [model.evse_id])
        session = self._sessions.open_session(model.session_id, 404, operator=str(asked.partner.id))
        self._plausible(model)
        session.status, session.owes_cdr = "CLOSED", False
        self._desk.tally.booked(name)
        self.records.append(self._stored(session, model))
        self.records[-1]["forwarded"] = await self._forwarded(session, self.records[-1]["record"])
        return success(
            session_id=session.id,
            cpo_partner_session_id=model.cpo_partner_session_id,
            emp_partner_session_id=model.emp_partner_session_id,
        )

    def _stored(self, session: HubSession, model: wire.ChargeDetailRecord) -> dict[str, Any]:
        return {
            "session": session.id,
            "operator": session.operator,
            "provider": session.provider,
            "received": self._desk.now(),
            "record": parse_json(json_text(model.source).encode()),
            "forwarded": False,
        }

    async def _forwarded(self, session: HubSession, record: dict[str, Any]) -> bool:
        partner = self._partners.provider(session.provider)
        if partner is None or not self._partners.can_be_asked(partner):
            return False
        answer = await self._partners.ask(partner, "ChargeDetailRecord", session.operator, record)
        return answer is not None and answer.get("Result") is True

    def _plausible(self, model: wire.ChargeDetailRecord) -> None:
        """Raises Declined 022."""
        broken = [one.text for one in findings(model) if one.code == IMPLAUSIBLE and one.severity is Severity.ERROR]
        if model.session_end is not None and model.session_end > self._desk.now():
            broken.append("SessionEnd is in the future")
        held = self._places.held(model.evse_id)
        law = CALIBRATION.read(str(held.document.get("CalibrationLawDataAvailability"))) if held else None
        if law is CalibrationLaw.EXTERNAL and not model.signed_metering_values:
            broken.append("the EVSE demands SignedMeteringValues")
        if [one.metering_status for one in model.signed_metering_values] == ["End"]:
            broken.append("a signed end value needs the start value beside it")
        if broken:
            raise Declined(Code.DATA_ERROR, "; ".join(broken))

    # --- to the provider -----------------------------------------------------------------------------------------

    async def give(self, asked: Asked) -> Reply:
        """Those of the provider, by the time at which the hub took them; the same at every call."""
        wish = asked.document
        begin, end = _moment(wish, "From"), _moment(wish, "To")
        if end - begin > WIDEST:
            raise Faulty(TOO_WIDE)
        operators = wish.get("OperatorID") or []
        operators = [operators] if isinstance(operators, str) else operators
        found = [
            held["record"]
            for held in self.records
            if held["provider"] == str(asked.partner.id)
            and begin <= held["received"] <= end
            and (not operators or held["operator"] in operators)
            and (not wish.get("SessionID") or held["session"] in wish["SessionID"])
            and wish.get("CDRForwarded") in (None, held["forwarded"])
        ]
        number, size = page_bounds(asked)
        return page(found[number * size : (number + 1) * size], len(found), number, size)


def _moment(wish: Mapping[str, Any], name: str) -> datetime:
    """Raises Faulty."""
    try:
        return timestamp(str(wish.get(name)))
    except ValueError:
        raise Faulty(f"{name} is mandatory") from None
