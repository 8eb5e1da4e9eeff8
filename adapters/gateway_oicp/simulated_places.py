"""The EVSE records and statuses that the simulated hub holds."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.model.ids import EvseId
from gateway.model.messages import PushAction
from gateway.simulation import Desk, Partner
from gateway.wire import decode_document
from gateway.wire.scalars import local
from gateway_oicp import wire
from gateway_oicp.simulated_replies import Declined, status_code, success
from gateway_oicp.words import ACTION, Code

_PAGE, _LARGEST_PAGE = 20, 2000
UNKNOWN_RECORD = "unknown_record"
"""The code for an update or a delete of a record that is not there: 009 by the hub's documents, 603 by its words."""


@dataclass
class Held:
    """A record as pushed; a deleted one stays for those who ask for changes."""

    owner: str
    name: str | None
    document: dict[str, Any]
    updated: datetime
    change: PushAction

    @property
    def deleted(self) -> bool:
        return self.change is PushAction.DELETE


def key(evse: str | None) -> str:
    found = EvseId.read(evse)
    return found.compact if found is not None else ""


class Places:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pushing: set[tuple[str, str]] = set()
        self.records: dict[str, Held] = {}
        self.statuses: dict[str, tuple[str, str, str]] = {}
        """By EVSE: owner, id as sent, word."""

    # --- pushes --------------------------------------------------------------------------------------------------

    async def push_data(self, partner: Partner, model: wire.PushEvseData) -> wire.Acknowledgement:
        told = model.operator_evse_data
        records = told.evse_data_record if told else ()
        async with self._alone(partner, "data"):
            belongs(partner, [record.evse_id for record in records])
            action = ACTION.read(model.action_type) or PushAction.UPDATE
            self._possible(partner, action, [record.evse_id or "" for record in records])
            if action is PushAction.REPLACE_ALL:
                self._forget(partner, keeping={key(record.evse_id) for record in records})
            for record in records:
                self._hold(partner, told.operator_name if told else None, record, action)
        return success()

    @asynccontextmanager
    async def _alone(self, partner: Partner, kind: str) -> AsyncIterator[None]:
        """A push is worked on for a moment; another of the same kind and operator meets 009."""
        lock = (str(partner.id), kind)
        if lock in self._pushing:
            raise Declined(Code.DATA_TRANSACTION, "push of data already in progress")
        self._pushing.add(lock)
        try:
            await self._desk.work(self._desk.world.push_hold_seconds)
            yield
        finally:
            self._pushing.discard(lock)

    def _possible(self, partner: Partner, action: PushAction, evses: Sequence[str]) -> None:
        """Insert wants new records, update and delete known ones; otherwise nothing of the request is done."""
        there = {name for name, held in self.owned(partner)}
        known = [evse for evse in evses if key(evse) in there]
        unknown = [evse for evse in evses if key(evse) not in there]
        if action is PushAction.INSERT and known:
            text = f"EVSE data records already exist for EvseIDs: {', '.join(known)}"
            raise Declined(Code.DATA_TRANSACTION, text)
        if action in (PushAction.UPDATE, PushAction.DELETE) and unknown:
            text = f"EVSE data records do not exist for EvseIDs: {', '.join(unknown)}"
            raise Declined(Code(self._desk.world.settings.get(UNKNOWN_RECORD, Code.DATA_TRANSACTION)), text)

    def owned(self, partner: Partner) -> Iterator[tuple[str, Held]]:
        owner = str(partner.id)
        return ((name, held) for name, held in self.records.items() if held.owner == owner and not held.deleted)

    def _forget(self, partner: Partner, keeping: set[str]) -> None:
        for name, held in list(self.owned(partner)):
            if name not in keeping:
                held.change, held.updated = PushAction.DELETE, self._desk.now()
                self.statuses.pop(name, None)

    def _hold(self, partner: Partner, name: str | None, record: wire.EvseDataRecord, action: PushAction) -> None:
        evse, now = key(record.evse_id), self._desk.now()
        before = self.records.get(evse)
        change = action
        if action is PushAction.REPLACE_ALL:
            change = PushAction.UPDATE if before is not None and not before.deleted else PushAction.INSERT
        if action is PushAction.DELETE:
            self.statuses.pop(evse, None)
        self.records[evse] = Held(str(partner.id), name, dict(record.source), now, change)

    async def push_statuses(self, partner: Partner, model: wire.PushEvseStatus) -> wire.Acknowledgement:
        told = model.operator_evse_status
        records = told.evse_status_record if told else ()
        async with self._alone(partner, "status"):
            belongs(partner, [record.evse_id for record in records])
            missing = [record.evse_id or "" for record in records if not self.is_known(record.evse_id)]
            if missing:
                raise Declined(Code.UNKNOWN_EVSE, f"EVSE data records missing for EvseIDs: {', '.join(missing)}")
            action = ACTION.read(model.action_type)
            if action is PushAction.REPLACE_ALL:
                gone = [name for name, (owner, _, _) in self.statuses.items() if owner == str(partner.id)]
                self.statuses = {name: held for name, held in self.statuses.items() if name not in gone}
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
        held = self.records.get(key(evse))
        return held if held is not None and not held.deleted else None

    def is_known(self, evse: str | None) -> bool:
        return self.held(evse) is not None or EvseId.read(evse) in self._desk.world.evses

    def has_uploaded(self, partner: Partner) -> bool:
        return any(held.owner == str(partner.id) for held in self.records.values())

    # --- pulls ---------------------------------------------------------------------------------------------------

    def pull_data(self, model: wire.PullEvseData, number: int, size: int | None) -> wire.EvseDataPage:
        size = min(max(size or _PAGE, 1), _LARGEST_PAGE)
        fitting = [held for _, held in sorted(self.records.items()) if _wanted(held, model)]
        content = fitting[number * size : (number + 1) * size]
        pages = -(-len(fitting) // size)
        return wire.EvseDataPage(
            content=tuple(map(_pulled, content)),
            number=number,
            size=size,
            total_elements=len(fitting),
            last=number + 1 >= pages,
            total_pages=pages,
            first=number == 0,
            number_of_elements=len(content),
            status_code=status_code(Code.SUCCESS),
        )

    def pull_statuses(self, model: wire.PullEvseStatus) -> wire.EvseStatusList:
        groups: dict[str, list[wire.EvseStatusRecord]] = {}
        for owner, evse, word in self.statuses.values():
            if model.evse_status in (None, word):
                groups.setdefault(owner, []).append(wire.EvseStatusRecord(evse_id=evse, evse_status=word))
        listed = tuple(
            wire.OperatorEvseStatus(operator_id=owner, evse_status_record=tuple(records))
            for owner, records in groups.items()
        )
        return wire.EvseStatusList(
            evse_statuses=wire.EvseStatuses(operator_evse_status=listed), status_code=status_code(Code.SUCCESS)
        )


def belongs(partner: Partner, evses: Sequence[str | None]) -> None:
    """Every EVSE is the partner's or one of its sub-partners', and stands once. Raises Declined 018."""
    foreign = [evse for evse in evses if not partner.owns(_party(evse))]
    twice = [evse for index, evse in enumerate(evses) if key(evse) in {key(one) for one in evses[:index]}]
    if foreign or twice:
        what = "of another operator" if foreign else "given twice"
        names = ", ".join(str(evse) for evse in foreign or twice)
        raise Declined(Code.INCONSISTENT_EVSE, f"Inconsistent EvseID, {what}: {names}")


def _party(evse: str | None) -> Any:
    found = EvseId.read(evse)
    return found.party if found is not None else None


def _pulled(held: Held) -> wire.PullEvseDataRecord:
    document = {
        **held.document,
        "deltaType": ACTION.write(held.change),
        "lastUpdate": local(held.updated),
        "OperatorID": held.owner,
        "OperatorName": held.name,
    }
    return decode_document(wire.PullEvseDataRecord, document).model.put(verbatim=document)


def _wanted(held: Held, model: wire.PullEvseData) -> bool:
    """Changes are all that happened since; a plain pull has what is there now, by the filters."""
    if model.last_call is not None:
        return held.updated > model.last_call
    record = decode_document(wire.EvseDataRecord, held.document).model
    country = record.address.country if record.address else None
    return not held.deleted and all(
        (
            not model.operator_ids or held.owner in model.operator_ids,
            not model.country_codes or country in model.country_codes,
            not model.accessibility or record.accessibility in model.accessibility,
            not model.authentication_modes or not {*model.authentication_modes}.isdisjoint(record.authentication_modes),
            not model.calibration_law_data_availability
            or record.calibration_law_data_availability in model.calibration_law_data_availability,
            model.renewable_energy in (None, record.renewable_energy),
            model.is_hubject_compatible in (None, record.is_hubject_compatible),
            model.is_open_24_hours in (None, record.is_open_24_hours),
        )
    )
