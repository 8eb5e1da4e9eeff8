"""The hub's test provider: it asks operators directly when it is told to, and is told of its sessions below
`/direct/provider/ochp/v1.4`.

A wish names the operation: `{"operation": "SelectEvse", "evse": …, "contract": …, "minutes": …}`, `ControlEvse` with
`session`, `do` (start, change, end) and limits, `ReleaseEvse`, `InformProviderCPO`, `GetEvseStatus` with `evses`,
`ReportDiscrepancy` with `evse` and `report`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.errors import GatewayError, Refused, Undecodable
from gateway.simulation import Desk
from gateway.wire import decode_document
from gateway.wire.xml import Element, local_name
from gateway_ochp import operations as op
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, TEST_PROVIDER, Account
from gateway_ochp.simulator.calling import Calling, Way
from gateway_ochp.simulator.cdrs import CdrDesk
from gateway_ochp.simulator.endpoints import Listed
from gateway_ochp.simulator.reports import result
from gateway_ochp.simulator.rules import complaints, said, sent
from gateway_ochp.wire import words

CONTRACT = f"{TEST_PROVIDER.country}-{TEST_PROVIDER.party}-C00000001"
AMOUNTS = ("max_power", "max_current", "max_energy", "min_energy")
Wish = Mapping[str, Any]
Answer = Mapping[str, Any]


@dataclass
class Selected:
    """A session that the test provider began; `heard` are the messages of the operator."""

    direct_id: str
    evse: str
    way: Way
    ttl: datetime | None
    heard: list[str] = field(default_factory=list)


class TestProvider:
    __test__ = False

    def __init__(self, desk: Desk, calling: Calling, cdrs: CdrDesk, account: Account) -> None:
        self._desk, self._calling, self._cdrs, self._account = desk, calling, cdrs, account
        self.sessions: dict[str, Selected] = {}
        self._acts: Mapping[str, Callable[[Wish], Awaitable[Answer]]] = {
            op.SELECT.name: self._select,
            op.CONTROL.name: self._control,
            op.RELEASE.name: self._release,
            op.INFORM_CPO.name: self._inform,
            op.DIRECT_STATUS.name: self._status,
            op.REPORT_DISCREPANCY.name: self._report,
        }

    # --- told ----------------------------------------------------------------------------------------------------

    def answered(self, child: Element, caller: Listed) -> wire.InformProviderResponse:
        """Raises Undecodable for anything but InformProviderEMP, and for what breaks its schema."""
        name = local_name(child)
        if name != wire.InformProviderMessage.element:
            raise Undecodable(f"{name} is nothing that a provider is told directly")
        told = decode_document(wire.InformProviderMessage, child).model
        found = complaints(told)
        if found:
            raise Undecodable(said(found))
        session = self.sessions.get(str(told.direct_id))
        if session is None or session.way.listed.account != caller.account:
            return wire.InformProviderResponse(result=result(wire.INVALID_ID, "directId is unknown"))
        session.heard.append(str(told.message))
        session.ttl = told.ttl or session.ttl
        return wire.InformProviderResponse(result=result())

    # --- asking --------------------------------------------------------------------------------------------------

    async def act(self, wish: Wish) -> Answer:
        """What came of it: `result`, `session`, `answer`. Raises ValueError for a wish that makes no sense."""
        name = str(wish.get("operation", ""))
        if name not in self._acts:
            raise ValueError(f"operation: {name!r} is none of {', '.join(self._acts)}")
        try:
            return await self._acts[name](wish)
        except GatewayError as error:
            code = error.code if isinstance(error, Refused) else type(error).__name__
            return {"result": "refused", "session": wish.get("session"), "answer": {"code": code, "text": str(error)}}

    async def _select(self, wish: Wish) -> Answer:
        evse, contract = str(wish["evse"]), str(wish.get("contract") or CONTRACT)
        way = self._calling.way(CPO, _compact(evse))
        until = self._desk.now() + timedelta(minutes=float(wish["minutes"])) if wish.get("minutes") else None
        asked = wire.SelectEvseRequest(evse_id=evse, contract_id=contract, reserve_until=until)
        answer = await self._calling.ask(way, op.SELECT, asked, wire.SelectEvseResponse)
        if answer.direct_id and _code(answer.result) in (wire.OK, wire.PARTLY):
            self.sessions[answer.direct_id] = Selected(answer.direct_id, evse, way, answer.ttl)
        return _told(answer)

    async def _control(self, wish: Wish) -> Answer:
        session = self._session(wish)
        departure = self._desk.now() + timedelta(minutes=float(wish["minutes"])) if wish.get("minutes") else None
        asked = wire.ControlEvseRequest(
            direct_id=session.direct_id,
            operation=str(wish.get("do", words.START)),
            **{name: _amount(name, wish[name]) for name in AMOUNTS if wish.get(name) is not None},
            one_phase=wish.get("one_phase"),
            departure=departure,
        )
        answer = await self._calling.ask(session.way, op.CONTROL, asked, wire.ControlEvseResponse)
        session.ttl = answer.ttl or session.ttl
        return _told(answer, session.direct_id)

    async def _release(self, wish: Wish) -> Answer:
        session = self._session(wish)
        asked = wire.ReleaseEvseRequest(direct_id=session.direct_id)
        return _told(
            await self._calling.ask(session.way, op.RELEASE, asked, wire.ReleaseEvseResponse), session.direct_id
        )

    async def _inform(self, wish: Wish) -> Answer:
        session = self._session(wish)
        asked = wire.InformProviderRequest(direct_id=session.direct_id)
        told = await self._calling.ask(session.way, op.INFORM_CPO, asked, wire.InformProviderMessage)
        shown = {"message": told.message, "energy_kwh": told.charged_energy, "power_kw": told.current_power}
        code = _code(told.result) or wire.OK
        return {"result": _word(code), "session": session.direct_id, "answer": {"code": code, **shown}}

    async def _status(self, wish: Wish) -> Answer:
        evses = [str(one) for one in wish["evses"]]
        way = self._calling.way(CPO, _compact(evses[0]))
        asked = wire.DirectEvseStatusRequest(requested_evse_id=tuple(evses))
        told = await self._calling.ask(way, op.DIRECT_STATUS, asked, wire.GetStatusResponse)
        shown = {str(one.evse_id): " ".join(filter(None, (one.major, one.minor))) for one in told.evse}
        return {"result": "accepted", "session": None, "answer": {"code": wire.OK, "statuses": shown}}

    async def _report(self, wish: Wish) -> Answer:
        way = self._calling.way(CPO, _compact(str(wish["evse"])))
        asked = wire.ReportDiscrepancyRequest(evse_id=str(wish["evse"]), report=str(wish["report"]))
        await self._calling.ask(way, op.REPORT_DISCREPANCY, asked, wire.ReportDiscrepancyResponse)
        return {"result": "accepted", "session": None, "answer": {"code": wire.OK}}

    def _session(self, wish: Wish) -> Selected:
        """One that nobody began can be asked about too, where an EVSE is named."""
        name = str(wish["session"])
        if name in self.sessions:
            return self.sessions[name]
        if not wish.get("evse"):
            raise ValueError(f"session {name} is not known here; name its evse")
        evse = str(wish["evse"])
        return Selected(name, evse, self._calling.way(CPO, _compact(evse)), None)

    # --- its CDRs ------------------------------------------------------------------------------------------------

    def settle(self) -> int:
        """Approves the CDRs that wait for it; how many these were."""
        waiting = self._cdrs.get(sent(wire.GetCdrsRequest()), self._account).cdr_info_array
        names = tuple(wire.CdrName(cdr_id=info.cdr_id, evse_id=info.evse_id) for info in waiting)
        if names:
            self._cdrs.confirm(sent(wire.ConfirmCdrsRequest(approved=names)), self._account)
        return len(names)


def _compact(evse: str) -> str:
    """Without the separators behind country and operator: one inside the instance stays (inventory d)."""
    parts = evse.split("*", 2)
    return "".join(parts).upper() if len(parts) == 3 else evse.upper()


def _amount(name: str, value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{name}: {value!r} is no number") from None


def _code(outcome: wire.DirectResult | None) -> str:
    return (outcome.result_code if outcome is not None else None) or ""


def _word(code: str) -> str:
    return "accepted" if code in (wire.OK, wire.PARTLY) else "refused"


def _told(answer: wire.SessionResponse, session: str | None = None) -> Answer:
    code = _code(answer.result)
    text = (answer.result.result_description if answer.result is not None else "") or ""
    ttl = answer.ttl.isoformat() if answer.ttl is not None else None
    told = {"code": code, "text": text, "ttl": ttl}
    return {"result": _word(code), "session": answer.direct_id or session, "answer": told}
