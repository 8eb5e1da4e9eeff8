"""Tariffs at the simulated clearing house: each replaced as a whole, each provider given what is for it (inventory
a.10)."""

from dataclasses import replace

from gateway.simulation import Desk
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, EMSP, TARIFFS, Account, Accounts, prefix_of
from gateway_ochp.simulator.register import Register
from gateway_ochp.simulator.rules import complaints, result, said


def tariff_key(info: wire.TariffInfo) -> str:
    return (info.tariff_id or "").replace("*", "").upper()


class Tariffs:
    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self.register: Register[wire.TariffInfo] = Register(
            world=desk.world,
            key=tariff_key,
            owns=lambda account, info: account.owns(prefix_of(info.tariff_id), CPO),
            account_of=lambda info: accounts.account_of(prefix_of(info.tariff_id), CPO),
        )

    def update(self, request: wire.UpdateTariffsRequest, account: Account) -> wire.UpdateTariffsResponse:
        records = request.tariff_info_array
        if not records:
            return wire.UpdateTariffsResponse(result=result(wire.FORMAT, "TariffInfoArray: at least one is needed"))
        outcome, refused = self.register.take(records, account, self._desk.now(), replaces=False)
        return wire.UpdateTariffsResponse(result=outcome, refused_tariff_info=refused)

    def get(self, request: wire.GetTariffUpdatesRequest, account: Account) -> wire.GetTariffUpdatesResponse:
        found = complaints(request)
        if found:
            return wire.GetTariffUpdatesResponse(result=result(wire.FORMAT, said(found)))
        records = self.register.records(self._desk.now(), request.last_update)
        seen = [info for info in records if account.sees_operator(prefix_of(info.tariff_id), TARIFFS)]
        mine = tuple(told for info in seen if (told := for_account(info, account)) is not None)
        if not account.has(EMSP) or (not mine and request.last_update is None):
            return wire.GetTariffUpdatesResponse(result=result(wire.ROAMING, "no partner has tariffs for this user"))
        return wire.GetTariffUpdatesResponse(result=result(), tariff_info_array=mine)


def for_account(info: wire.TariffInfo, account: Account) -> wire.TariffInfo | None:
    """The individual tariffs of the account's providers, else the default; nobody's recipients are given on."""
    named = {party.compact for party in account.parties(EMSP)}
    own = [one for one in info.individual_tariff if named.intersection(one.recipient)]
    served = {recipient for one in own for recipient in one.recipient}
    default = [] if named and named <= served else [one for one in info.individual_tariff if not one.recipient]
    chosen = tuple(replace(one, recipient=()) for one in (*own, *default))
    return replace(info, individual_tariff=chosen) if chosen else None
