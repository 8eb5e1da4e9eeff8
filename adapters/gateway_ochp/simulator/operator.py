"""The hub's test operator: EVSEs that providers select and control directly, below `/direct/operator/ochp/v1.4`.

What it has to tell goes out behind its answer, never before it. `info` is told every quarter of an hour; the CDR goes
to the clearing house when a session is over, and `finish` tells of it.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from gateway.errors import GatewayError, Undecodable
from gateway.model.ids import ContractId
from gateway.simulation import Desk
from gateway.wire import WireModel, decode_document
from gateway.wire.xml import Element, local_name
from gateway_ochp import wire
from gateway_ochp.operations import INFORM_EMP
from gateway_ochp.simulator.accounts import Account, provider_of
from gateway_ochp.simulator.calling import Calling, Way
from gateway_ochp.simulator.cdrs import CdrDesk
from gateway_ochp.simulator.charging import EVSES, Charging, Stage, TestEvse
from gateway_ochp.simulator.endpoints import Listed
from gateway_ochp.simulator.live import AVAILABLE, NOT_AVAILABLE, UNKNOWN
from gateway_ochp.simulator.reports import bill, report, result
from gateway_ochp.simulator.rules import complaints, evse_key, said, sent
from gateway_ochp.wire import words

QUARTER = timedelta(minutes=15)


class TestOperator:
    __test__ = False

    def __init__(self, desk: Desk, calling: Calling, cdrs: CdrDesk, account: Account) -> None:
        self._desk, self._calling, self._cdrs, self._account = desk, calling, cdrs, account
        self.sessions: dict[str, Charging] = {}
        self.discrepancies: list[dict[str, str]] = []
        self.told: list[dict[str, str]] = []
        self._following: set[asyncio.Task[None]] = set()
        self._answers: Mapping[type[WireModel], Callable[[Any, Listed], WireModel]] = {
            wire.SelectEvseRequest: self._select,
            wire.ControlEvseRequest: self._control,
            wire.ReleaseEvseRequest: self._release,
            wire.InformProviderRequest: self._inform,
            wire.DirectEvseStatusRequest: self._status,
            wire.ReportDiscrepancyRequest: self._discrepancy,
        }

    def answered(self, child: Element, caller: Listed) -> WireModel:
        """Raises Undecodable for what is no request of OCHPdirect, or breaks its schema."""
        name = local_name(child)
        kind = next((kind for kind in self._answers if kind.element == name), None)
        if kind is None:
            raise Undecodable(f"{name} is nothing that an operator is asked directly")
        model = decode_document(kind, child).model
        found = [one for one in complaints(model) if one.code != "choice"]
        if found:
            raise Undecodable(said(found))
        return self._answers[kind](model, caller)

    # --- sessions ------------------------------------------------------------------------------------------------

    def _select(self, asked: wire.SelectEvseRequest, caller: Listed) -> wire.SelectEvseResponse:
        now = self._desk.now()
        evse = next((one for one in EVSES if evse_key(one.id) == evse_key(asked.evse_id)), None)
        code, text = self._against(evse, asked, caller)
        if code or evse is None:
            return wire.SelectEvseResponse(result=result(code, text))
        session = Charging(self._new_id(), evse, str(asked.contract_id), Way(caller), now, now)
        session.grant(now, asked.reserve_until)
        self.sessions[session.direct_id] = session
        return wire.SelectEvseResponse(result=result(), direct_id=session.direct_id, ttl=session.ttl)

    def _against(self, evse: TestEvse | None, asked: wire.SelectEvseRequest, caller: Listed) -> tuple[str, str]:
        if evse is None:
            return words.NOT_FOUND, f"{asked.evse_id} is no EVSE of this operator"
        if not evse.is_direct:
            return words.NOT_SUPPORTED, f"{asked.evse_id} does not support OCHPdirect"
        contract = ContractId.read(asked.contract_id)
        if contract is None or provider_of(asked.contract_id) not in caller.parties:
            return words.INVALID_ID, "the contract is not one of the caller"
        if any(one.evse is evse and one.stage is not Stage.OVER for one in self.sessions.values()):
            return words.NOT_SUPPORTED, f"{asked.evse_id} is taken by another session"
        return "", ""

    def _new_id(self) -> str:
        return self._desk.new_id().upper()

    def _open(self, direct_id: str | None, caller: Listed) -> Charging | None:
        """A session of the caller whose time has not run out."""
        session = self.sessions.get(str(direct_id))
        is_own = session is not None and session.caller.listed.account == caller.account
        return session if session is not None and is_own and session.stage is not Stage.OVER else None

    def _control(self, asked: wire.ControlEvseRequest, caller: Listed) -> wire.ControlEvseResponse:
        session, now = self._open(asked.direct_id, caller), self._desk.now()
        if session is None:
            return wire.ControlEvseResponse(result=result(wire.INVALID_ID, "directId is unknown or expired"))
        refusal = self._refusal(asked, session)
        if refusal:
            return wire.ControlEvseResponse(
                result=result(words.NOT_SUPPORTED, refusal), direct_id=session.direct_id, ttl=session.ttl
            )
        if asked.operation == words.END:
            self._end(session, Stage.ENDED)
        else:
            session.change(now, asked)
            if asked.operation == words.START and session.stage is Stage.SELECTED:
                session.start(now)
            self._tell(asked.operation or words.CHANGE, session)
        left_out = asked.operation != words.END and session.leaves_out(asked)
        outcome = result(wire.PARTLY, "this EVSE cannot keep to all of that") if left_out else result()
        return wire.ControlEvseResponse(result=outcome, direct_id=session.direct_id, ttl=session.ttl)

    def _refusal(self, asked: wire.ControlEvseRequest, session: Charging) -> str:
        if asked.max_power is not None and asked.max_current is not None:
            return "maxPower and maxCurrent exclude each other"
        if asked.operation in (words.START, words.CHANGE) and session.stage is Stage.ENDED:
            return "the session has ended"
        return ""

    def _release(self, asked: wire.ReleaseEvseRequest, caller: Listed) -> wire.ReleaseEvseResponse:
        session = self._open(asked.direct_id, caller)
        if session is None:
            return wire.ReleaseEvseResponse(result=result(wire.INVALID_ID, "directId is unknown or expired"))
        self._end(session, Stage.OVER)
        return wire.ReleaseEvseResponse(result=result(), direct_id=session.direct_id, ttl=session.ttl)

    def _end(self, session: Charging, stage: Stage) -> None:
        was_charging = session.stage is Stage.CHARGING
        session.end(self._desk.now(), stage)
        if was_charging:
            self._tell(words.END, session)
        if stage is Stage.OVER:
            self._bill(session)

    # --- questions -----------------------------------------------------------------------------------------------

    def _inform(self, asked: wire.InformProviderRequest, caller: Listed) -> wire.InformProviderMessage:
        """There is no valid answer for an unknown directId. Raises Undecodable: a SOAP fault."""
        session = self.sessions.get(str(asked.direct_id))
        if session is None or session.caller.listed.account != caller.account:
            raise Undecodable("directId is unknown")
        session.informed = self._desk.now()
        kind = {Stage.SELECTED: words.INFO, Stage.CHARGING: words.INFO, Stage.ENDED: words.END}.get(session.stage)
        return report(kind or (words.FINISH if session.billed else words.END), session, self._desk.now())

    def _status(self, asked: wire.DirectEvseStatusRequest, _: Listed) -> wire.GetStatusResponse:
        return wire.GetStatusResponse(evse=tuple(self._status_of(name) for name in asked.requested_evse_id))

    def _status_of(self, name: str) -> wire.EvseStatus:
        evse = next((one for one in EVSES if evse_key(one.id) == evse_key(name)), None)
        if evse is None:
            return wire.EvseStatus(evse_id=name, major=UNKNOWN)
        taken = [one for one in self.sessions.values() if one.evse is evse and one.stage is not Stage.OVER]
        if not taken:
            return wire.EvseStatus(evse_id=name, major=AVAILABLE, minor=AVAILABLE)
        minor = {Stage.SELECTED: "reserved", Stage.CHARGING: "charging"}.get(taken[0].stage, "blocked")
        return wire.EvseStatus(evse_id=name, major=NOT_AVAILABLE, minor=minor, ttl=taken[0].ttl)

    def _discrepancy(self, asked: wire.ReportDiscrepancyRequest, _: Listed) -> wire.ReportDiscrepancyResponse:
        self.discrepancies.append({"evse": str(asked.evse_id), "report": str(asked.report)})
        return wire.ReportDiscrepancyResponse()

    # --- what it tells -------------------------------------------------------------------------------------------

    def age(self) -> None:
        """What the clock has brought about: sessions that ran out, and what is due to be told of the others."""
        now = self._desk.now()
        for session in self.sessions.values():
            if session.aged(now):
                if session.started is not None:
                    self._tell(words.END, session)
                self._bill(session)
            elif session.stage is Stage.CHARGING and now - (session.informed or now) >= QUARTER:
                self._tell(words.INFO, session)

    def _tell(self, kind: str, session: Charging) -> None:
        session.informed = self._desk.now()
        self._follow(session, report(kind, session, self._desk.now()))

    def _bill(self, session: Charging) -> None:
        """Nothing is owed for an EVSE that was only selected."""
        if session.started is None or session.billed:
            return
        session.billed = True
        info = bill(session, self._desk.now())
        answer = self._cdrs.add(sent(wire.AddCdrsRequest(cdr_info_array=(info,))), self._account)
        code = answer.result.result_code if answer.result is not None else ""
        self.told.append({"operation": "AddCDRs", "session": session.direct_id, "code": str(code)})
        if code == wire.OK:
            self._tell(words.FINISH, session)

    def _follow(self, session: Charging, message: wire.InformProviderMessage) -> None:
        """One after the other: what is told last is told later."""
        before = tuple(self._following)

        async def told() -> None:
            await asyncio.gather(*before, return_exceptions=True)
            line = {"operation": INFORM_EMP.name, "message": str(message.message), "session": session.direct_id}
            try:
                answer = await self._calling.ask(session.caller, INFORM_EMP, message, wire.InformProviderResponse)
                code = str(answer.result.result_code) if answer.result is not None else ""
            except GatewayError as error:
                code = f"{type(error).__name__}: {error}"
            self.told.append({**line, "code": code})

        task = asyncio.get_running_loop().create_task(told())
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def settled(self) -> None:
        """When everything that is to be told has been."""
        while self._following:
            await asyncio.gather(*self._following, return_exceptions=True)
