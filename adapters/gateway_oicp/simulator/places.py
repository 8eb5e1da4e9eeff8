"""The EVSE records and statuses that the simulated hub holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.ids import EvseId
from gateway.model.messages import PushAction
from gateway.simulation import Desk, Partner
from gateway_oicp import wire
from gateway_oicp.simulator.fleet import Fleet
from gateway_oicp.simulator.ledger import Entry, Held, Ledger
from gateway_oicp.simulator.replies import Asked, Declined, Reply, success
from gateway_oicp.words import ACTION, Code

SUBSCRIBED = "EvseData"
"""The service of a partner that may push; without it the hub has no contract with it."""


def key(evse: str | None) -> str:
    found = EvseId.read(evse)
    return found.compact if found is not None else ""


class Places:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.ledger = Ledger(desk, "EVSE data records", "EvseIDs")
        self._statuses = Ledger(desk, "EVSE statuses", "EvseIDs")
        self.fleet = Fleet(desk)
        self.statuses: dict[str, tuple[str, str, str]] = {}
        """By EVSE: owner, id as sent, word."""

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {"PushEvseData": self.push_data, "PushEvseStatus": self.push_statuses}

    @property
    def records(self) -> Mapping[str, Held]:
        return self.ledger.records

    # --- pushes --------------------------------------------------------------------------------------------------

    async def push_data(self, asked: Asked) -> Reply:
        partner, told = asked.partner, asked.model.operator_evse_data
        subscribed(partner)
        records: Sequence[wire.EvseDataRecord] = told.evse_data_record if told else ()
        belongs(partner, [record.evse_id for record in records])
        action = ACTION.read(asked.model.action_type) or PushAction.UPDATE
        entries = [Entry(key(record.evse_id), record.evse_id or "", dict(record.source)) for record in records]
        async with self.ledger.alone(partner):
            self.ledger.take(partner, action, entries, name=told.operator_name if told else None)
            self.statuses = {name: held for name, held in self.statuses.items() if self._still_there(name)}
        return success()

    def _still_there(self, name: str) -> bool:
        held = self.records.get(name)
        return held is None or not held.deleted

    async def push_statuses(self, asked: Asked) -> Reply:
        partner, told = asked.partner, asked.model.operator_evse_status
        subscribed(partner)
        records: Sequence[wire.EvseStatusRecord] = told.evse_status_record if told else ()
        belongs(partner, [record.evse_id for record in records])
        async with self._statuses.alone(partner):
            missing = [record.evse_id or "" for record in records if not self.is_known(record.evse_id)]
            if missing:
                raise Declined(Code.UNKNOWN_EVSE, f"EVSE data records missing for EvseIDs: {', '.join(missing)}")
            action = ACTION.read(asked.model.action_type)
            if action is PushAction.REPLACE_ALL:
                ours = str(partner.id)
                self.statuses = {name: held for name, held in self.statuses.items() if held[0] != ours}
            for record in records:
                self._status(partner, record, action)
        return success()

    def _status(self, partner: Partner, record: wire.EvseStatusRecord, action: PushAction | None) -> None:
        if action is PushAction.DELETE:
            self.statuses.pop(key(record.evse_id), None)
        else:
            said = (str(partner.id), record.evse_id or "", record.evse_status or "")
            self.statuses[key(record.evse_id)] = said

    # --- what is known -------------------------------------------------------------------------------------------

    def held(self, evse: str | None) -> Held | None:
        return self.ledger.get(key(evse))

    def is_known(self, evse: str | None) -> bool:
        return self.held(evse) is not None or EvseId.read(evse) in self._desk.world.evses or self.fleet.has(evse)

    def has_uploaded(self, partner: Partner) -> bool:
        return self.ledger.has_uploaded(partner)


def subscribed(partner: Partner) -> None:
    """Raises Declined 210."""
    if not partner.offers(SUBSCRIBED):
        raise Declined(Code.NO_CONTRACT, "No active subscription found", 403)


def belongs(partner: Partner, evses: Sequence[str | None]) -> None:
    """Every EVSE is the partner's or one of its sub-partners', and stands once. Raises Declined 018."""
    foreign = [evse for evse in evses if not partner.owns(_party(evse))]
    times = Counter(map(key, evses))
    twice = [evse for evse in evses if times[key(evse)] > 1]
    if foreign or twice:
        what = "of another operator" if foreign else "given twice"
        names = ", ".join(dict.fromkeys(str(evse) for evse in foreign or twice))
        raise Declined(Code.INCONSISTENT_EVSE, f"Inconsistent EvseID, {what}: {names}")


def _party(evse: str | None) -> Any:
    found = EvseId.read(evse)
    return found.party if found is not None else None
