"""CDRs at the simulated clearing house: plausibility, and the states of their life (inventory a.8)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pycountry

from gateway.model.cdr import CdrStatus
from gateway.simulation import Desk
from gateway.wire.kept import as_received
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CDRS, CPO, EMSP, Account, Accounts, operator_of, provider_of
from gateway_ochp.simulator.rules import complaints, evse_key, result, said
from gateway_ochp.simulator.settings import SECOND_CDR, setting
from gateway_ochp.words import CDR_STATUS

OPEN = frozenset({CdrStatus.ACCEPTED, CdrStatus.REVISED})
"""Waiting for the provider: what GetCDRs answers by default."""
CORRECTABLE = OPEN | {CdrStatus.DECLINED}
BECOMES: Mapping[CdrStatus, CdrStatus] = {
    CdrStatus.NEW: CdrStatus.ACCEPTED,
    CdrStatus.REVISED: CdrStatus.REVISED,
    CdrStatus.REJECTED: CdrStatus.REJECTED,
}
FOR_PROVIDERS = OPEN | {CdrStatus.REJECTED, CdrStatus.APPROVED}
FOR_OPERATORS = frozenset({CdrStatus.DECLINED, CdrStatus.REJECTED, CdrStatus.APPROVED})
Key = tuple[str, str]


class CdrDesk:
    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk, self._accounts = desk, accounts
        self.cdrs: dict[Key, wire.CdrInfo] = {}
        self._contents: dict[Key, bytes] = {}

    # --- an operator's -------------------------------------------------------------------------------------------

    def add(self, request: wire.AddCdrsRequest, account: Account) -> wire.AddCdrsResponse:
        """What is implausible stays with the sender; the rest is in."""
        if not request.cdr_info_array:
            return wire.AddCdrsResponse(result=result(wire.FORMAT, "cdrInfoArray: at least one CDR is needed"))
        implausible: dict[str, str] = {}
        for info in request.cdr_info_array:
            self._desk.tally.arrived(identity(info), content(info), lane=account.user)
            reason = self._against(info, account)
            if reason:
                implausible[info.cdr_id or ""] = reason
            else:
                self._store(info)
        if not implausible:
            return wire.AddCdrsResponse(result=result())
        reasons = "; ".join(f"{name or 'a CDR without id'}: {reason}" for name, reason in implausible.items())
        text = f"{len(implausible)} of {len(request.cdr_info_array)} CDRs refused: {reasons}"
        names = tuple(name for name in implausible if name)
        return wire.AddCdrsResponse(result=result(wire.PARTLY, text), implausible_cdrs_array=names)

    def _store(self, info: wire.CdrInfo) -> None:
        """The same again changes nothing, but that a declined one is presented once more by a revision."""
        given = CDR_STATUS.read(info.status) or CdrStatus.NEW
        status = BECOMES[given]
        is_known = self._contents.get(key_of(info)) == content(info)
        if is_known and (given is CdrStatus.NEW or self.status_of(key_of(info)) is status):
            return
        self._contents[key_of(info)] = content(info)
        self._desk.tally.booked(identity(info))
        self.cdrs[key_of(info)] = replace(info, status=CDR_STATUS.write(status))

    def _against(self, info: wire.CdrInfo, account: Account) -> str:
        """The first thing that makes the CDR implausible, or nothing."""
        found = complaints(info)
        operator, provider = operator_of(info.evse_id), provider_of(info.contract_id)
        if found:
            return said(found)
        if operator is None or not str(info.cdr_id).startswith(operator.compact):
            return "CdrId does not begin with the id of the EVSE's operator"
        if not account.owns_evse(info.evse_id):
            return "evseId is not valid for this user"
        related = self._accounts.related([operator], [provider], CDRS)
        if not self._accounts.knows(provider, EMSP) or not related:
            return "no roaming relation with the provider of the contract"
        if pycountry.currencies.get(alpha_3=info.currency) is None:
            return f"{info.currency} is no currency of ISO 4217"
        return self._against_status(info)

    def _against_status(self, info: wire.CdrInfo) -> str:
        given = CDR_STATUS.read(info.status)
        held = self.status_of(key_of(info))
        if given is CdrStatus.NEW:
            repeats = held is not None and setting(self._desk.world, SECOND_CDR) != "accept"
            return f"is already here with the status {CDR_STATUS.write(held)}" if repeats else ""
        if given not in BECOMES:
            return f"a sender cannot set the status {info.status}"
        if held is None:
            return f"cannot be {info.status}: it was never accepted or declined"
        if held in CORRECTABLE or held is given:
            return ""
        return f"cannot be {info.status}: it is {CDR_STATUS.write(held)}"

    def status_of(self, key: Key) -> CdrStatus | None:
        held = self.cdrs.get(key)
        return None if held is None else CDR_STATUS.read(held.status)

    # --- asked for -----------------------------------------------------------------------------------------------

    def check(self, request: wire.CheckCdrsRequest, account: Account) -> wire.CheckCdrsResponse:
        if not account.has(CPO):
            return wire.CheckCdrsResponse(result=result(wire.ROAMING, "no operator on this user"))
        outcome, infos = self._with_status(
            request, frozenset({CdrStatus.DECLINED}), FOR_OPERATORS, lambda info: account.owns_evse(info.evse_id)
        )
        return wire.CheckCdrsResponse(result=outcome, cdr_info_array=infos)

    def get(self, request: wire.GetCdrsRequest, account: Account) -> wire.GetCdrsResponse:
        if not account.has(EMSP):
            return wire.GetCdrsResponse(result=result(wire.ROAMING, "no provider on this user"))
        outcome, infos = self._with_status(
            request, OPEN, FOR_PROVIDERS, lambda info: account.owns_contract(info.contract_id)
        )
        return wire.GetCdrsResponse(result=outcome, cdr_info_array=infos)

    def _with_status(
        self,
        request: wire.CheckCdrsRequest | wire.GetCdrsRequest,
        default: frozenset[CdrStatus],
        allowed: frozenset[CdrStatus],
        is_own: Callable[[wire.CdrInfo], bool],
    ) -> tuple[wire.Result, tuple[wire.CdrInfo, ...]]:
        found = complaints(request)
        asked = CDR_STATUS.read(request.cdr_status)
        if found or (asked is not None and asked not in allowed):
            text = said(found) or f"cdrStatus {request.cdr_status} cannot be asked for here"
            return result(wire.FORMAT, text), ()
        wanted = default if asked is None else {asked}
        listed = (info for info in self.cdrs.values() if CDR_STATUS.read(info.status) in wanted)
        return result(), tuple(info for info in listed if is_own(info))

    # --- a provider's --------------------------------------------------------------------------------------------

    def confirm(self, request: wire.ConfirmCdrsRequest, account: Account) -> wire.ConfirmCdrsResponse:
        """Takes CDRs off the queue. Confirming again in the same way changes nothing and is no fault."""
        found = complaints(request)
        if found:
            return wire.ConfirmCdrsResponse(result=result(wire.FORMAT, said(found)))
        strange = [
            *self._settle(request.approved, CdrStatus.APPROVED, account),
            *self._settle(request.declined, CdrStatus.DECLINED, account),
        ]
        if not strange:
            return wire.ConfirmCdrsResponse(result=result())
        every = len(strange) == len(request.approved) + len(request.declined)
        text = f"not waiting for a confirmation: {', '.join(strange)}"
        return wire.ConfirmCdrsResponse(result=result(wire.INVALID_ID if every else wire.PARTLY, text))

    def _settle(self, names: Iterable[wire.CdrName], status: CdrStatus, account: Account) -> Iterable[str]:
        for name in names:
            key = (str(name.cdr_id), evse_key(name.evse_id))
            held = self.cdrs.get(key)
            is_own = held is not None and account.owns_contract(held.contract_id)
            if held is None or not is_own or self.status_of(key) not in OPEN | {status}:
                yield str(name.cdr_id)
            else:
                self.cdrs[key] = replace(held, status=CDR_STATUS.write(status))


def key_of(info: wire.CdrInfo) -> Key:
    return str(info.cdr_id), evse_key(info.evse_id)


def identity(info: wire.CdrInfo) -> str:
    """A correction is another record than the one it corrects."""
    correction = "" if CDR_STATUS.read(info.status) is CdrStatus.NEW else info.status
    return " ".join(part for part in (*key_of(info), correction) if part)


def content(info: wire.CdrInfo) -> bytes:
    """As it was sent."""
    return as_received(info.source).encode()
