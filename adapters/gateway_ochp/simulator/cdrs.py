"""CDRs at the simulated clearing house: plausibility, and the states of their life (inventory a.8)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pycountry

from gateway.model.cdr import CdrStatus
from gateway.simulation import Desk
from gateway.wire.kept import as_received
from gateway_ochp import wire
from gateway_ochp.simulator.rules import (
    Relations,
    complaints,
    evse_key,
    operator_of,
    provider_of,
    result,
    said,
)
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
SECOND_CDR = "second_cdr"
Key = tuple[str, str]


class CdrDesk:
    def __init__(self, desk: Desk, relations: Relations) -> None:
        self._desk, self._relations = desk, relations
        self.cdrs: dict[Key, wire.CdrInfo] = {}
        self._contents: dict[Key, bytes] = {}

    def add(self, request: wire.AddCdrsRequest) -> wire.AddCdrsResponse:
        """What is implausible stays with the sender; the rest is in."""
        if not request.cdr_info_array:
            return wire.AddCdrsResponse(result=result(wire.FORMAT, "cdrInfoArray: at least one CDR is needed"))
        implausible: dict[str, str] = {}
        for info in request.cdr_info_array:
            self._desk.tally.arrived(identity(info), content(info), lane=self._desk.world.user)
            reason = self._against(info)
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
        if self._contents.get(key_of(info)) == content(info):
            return
        self._contents[key_of(info)] = content(info)
        self._desk.tally.booked(identity(info))
        status = BECOMES[CDR_STATUS.read(info.status) or CdrStatus.NEW]
        self.cdrs[key_of(info)] = replace(info, status=CDR_STATUS.write(status))

    def _against(self, info: wire.CdrInfo) -> str:
        """The first thing that makes the CDR implausible, or nothing."""
        found = complaints(info)
        operator, provider = operator_of(info.evse_id), provider_of(info.contract_id)
        if found:
            return said(found)
        if operator is None or not str(info.cdr_id).startswith(operator.compact):
            return "CdrId does not begin with the id of the EVSE's operator"
        if self._relations.is_foreign_operator(info.evse_id):
            return "evseId is not valid for this user"
        if self._relations.is_foreign_provider(info.contract_id) or not self._relations.are_agreed(operator, provider):
            return "no roaming relation with the provider of the contract"
        if pycountry.currencies.get(alpha_3=info.currency) is None:
            return f"{info.currency} is no currency of ISO 4217"
        return self._against_status(info)

    def _against_status(self, info: wire.CdrInfo) -> str:
        given = CDR_STATUS.read(info.status)
        held = self.status_of(key_of(info))
        if given is CdrStatus.NEW:
            repeats = held is not None and self._desk.world.settings.get(SECOND_CDR) != "accept"
            return f"is already here with the status {CDR_STATUS.write(held)}" if repeats else ""
        if given in BECOMES:
            return "" if held in CORRECTABLE else f"cannot be {info.status}: it was never accepted or declined"
        return f"a sender cannot set the status {info.status}"

    def status_of(self, key: Key) -> CdrStatus | None:
        held = self.cdrs.get(key)
        return None if held is None else CDR_STATUS.read(held.status)

    def check(self, request: wire.CheckCdrsRequest) -> wire.CheckCdrsResponse:
        outcome, infos = self._with_status(request, frozenset({CdrStatus.DECLINED}), FOR_OPERATORS)
        return wire.CheckCdrsResponse(result=outcome, cdr_info_array=infos)

    def get(self, request: wire.GetCdrsRequest) -> wire.GetCdrsResponse:
        outcome, infos = self._with_status(request, OPEN, FOR_PROVIDERS)
        return wire.GetCdrsResponse(result=outcome, cdr_info_array=infos)

    def _with_status(
        self,
        request: wire.CheckCdrsRequest | wire.GetCdrsRequest,
        default: frozenset[CdrStatus],
        allowed: frozenset[CdrStatus],
    ) -> tuple[wire.Result, tuple[wire.CdrInfo, ...]]:
        found = complaints(request)
        asked = CDR_STATUS.read(request.cdr_status)
        if found or (asked is not None and asked not in allowed):
            text = said(found) or f"cdrStatus {request.cdr_status} cannot be asked for here"
            return result(wire.FORMAT, text), ()
        wanted = default if asked is None else {asked}
        return result(), tuple(info for info in self.cdrs.values() if CDR_STATUS.read(info.status) in wanted)

    def confirm(self, request: wire.ConfirmCdrsRequest) -> wire.ConfirmCdrsResponse:
        """Takes CDRs off the queue. Confirming again in the same way changes nothing and is no fault."""
        found = complaints(request)
        if found:
            return wire.ConfirmCdrsResponse(result=result(wire.FORMAT, said(found)))
        strange = [
            *self._settle(request.approved, CdrStatus.APPROVED),
            *self._settle(request.declined, CdrStatus.DECLINED),
        ]
        if not strange:
            return wire.ConfirmCdrsResponse(result=result())
        every = len(strange) == len(request.approved) + len(request.declined)
        text = f"not waiting for a confirmation: {', '.join(strange)}"
        return wire.ConfirmCdrsResponse(result=result(wire.INVALID_ID if every else wire.PARTLY, text))

    def _settle(self, names: Iterable[wire.CdrName], status: CdrStatus) -> Iterable[str]:
        for name in names:
            key = (str(name.cdr_id), evse_key(name.evse_id))
            if self.status_of(key) not in OPEN | {status}:
                yield str(name.cdr_id)
            else:
                self.cdrs[key] = replace(self.cdrs[key], status=CDR_STATUS.write(status))


def key_of(info: wire.CdrInfo) -> Key:
    return str(info.cdr_id), evse_key(info.evse_id)


def identity(info: wire.CdrInfo) -> str:
    """A correction is another record than the one it corrects."""
    correction = "" if CDR_STATUS.read(info.status) is CdrStatus.NEW else info.status
    return " ".join(part for part in (*key_of(info), correction) if part)


def content(info: wire.CdrInfo) -> bytes:
    """As it was sent."""
    return as_received(info.source).encode()
