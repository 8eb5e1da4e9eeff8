"""Charge points at the simulated clearing house."""

from datetime import datetime

from gateway.simulation import Desk
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CHARGE_POINTS, CPO, EMSP, Account, Accounts, operator_of
from gateway_ochp.simulator.register import Entry, Register
from gateway_ochp.simulator.rules import complaints, evse_key, result, said

CLOSED = "Closed"


class ChargePoints:
    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self.register: Register[wire.ChargePointInfo] = Register(
            world=desk.world,
            key=lambda info: evse_key(info.evse_id),
            owns=lambda account, info: account.owns_evse(info.evse_id),
            account_of=lambda info: accounts.account_of(operator_of(info.evse_id), CPO),
            ended=_closed,
        )

    def set(self, request: wire.SetChargePointListRequest, account: Account) -> wire.SetChargePointListResponse:
        outcome, refused = self._take(request, account, replaces=True)
        return wire.SetChargePointListResponse(result=outcome, refused_charge_point_info=refused)

    def update(
        self, request: wire.UpdateChargePointListRequest, account: Account
    ) -> wire.UpdateChargePointListResponse:
        outcome, refused = self._take(request, account, replaces=False)
        return wire.UpdateChargePointListResponse(result=outcome, refused_charge_point_info=refused)

    def _take(
        self, request: wire.ChargePointListRequest, account: Account, *, replaces: bool
    ) -> tuple[wire.Result, tuple[wire.ChargePointInfo, ...]]:
        records = request.charge_point_info_array
        if not records:
            return result(wire.FORMAT, "chargePointInfoArray: at least one charge point is needed"), ()
        return self.register.take(records, account, self._desk.now(), replaces=replaces)

    def get(self, _: wire.GetChargePointListRequest, account: Account) -> wire.GetChargePointListResponse:
        visible = self._visible(None, account)
        outcome = result() if visible else result(wire.ROAMING, "no partner has charge points for this user")
        return wire.GetChargePointListResponse(result=outcome, charge_point_info_array=visible)

    def get_updates(
        self, request: wire.GetChargePointListUpdatesRequest, account: Account
    ) -> wire.GetChargePointListUpdatesResponse:
        found = complaints(request)
        if found:
            return wire.GetChargePointListUpdatesResponse(result=result(wire.FORMAT, said(found)))
        if not account.has(EMSP):
            return wire.GetChargePointListUpdatesResponse(result=result(wire.ROAMING, "no provider on this user"))
        changed = self._visible(request.last_update, account)
        return wire.GetChargePointListUpdatesResponse(result=result(), charge_point_info_array=changed)

    def _visible(self, since: datetime | None, account: Account) -> tuple[wire.ChargePointInfo, ...]:
        records = self.register.records(self._desk.now(), since)
        return tuple(info for info in records if account.sees_operator(operator_of(info.evse_id), CHARGE_POINTS))


def _closed(entry: Entry[wire.ChargePointInfo]) -> datetime | None:
    return entry.at if entry.record.status == CLOSED else None
