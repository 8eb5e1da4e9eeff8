"""What EMPs pull from the simulated hub: pages of EVSE data, whole or changes only, and statuses in three ways."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.model.ids import PartyId
from gateway.wire.scalars import local
from gateway_oicp.simulator.geo import near, noted
from gateway_oicp.simulator.ledger import Held
from gateway_oicp.simulator.places import Places, key
from gateway_oicp.simulator.replies import Asked, Faulty, Reply, page, page_bounds
from gateway_oicp.words import ACTION, Code

MOST_IDS = 100
_NOT_FOUND, _UNKNOWN = "EvseNotFound", "Unknown"
_AUTO = "auto"


class Pulls:
    def __init__(self, places: Places) -> None:
        self._places = places

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {
            "PullEvseData": self.data,
            "PullEvseStatus": self.statuses,
            "PullEvseStatusByID": self.statuses_by_id,
            "PullEvseStatusByOperatorID": self.statuses_by_operator,
        }

    # --- data ----------------------------------------------------------------------------------------------------

    async def data(self, asked: Asked) -> Reply:
        """Records by EVSE id, then those of the fleet. With LastCall all that has changed since, and nothing else."""
        number, size = page_bounds(asked)
        found = self._found(asked.document, asked.model.last_call)
        begin, end = number * size, (number + 1) * size
        content = found[begin:end]
        fleet = self._fleet(asked.document, asked.model.last_call)
        content += [self._places.fleet[index] for index in fleet[max(0, begin - len(found)) : max(0, end - len(found))]]
        notation = asked.document.get("GeoCoordinatesResponseFormat")
        return page([noted(record, notation) for record in content], len(found) + len(fleet), number, size)

    def _found(self, asked: Mapping[str, Any], last_call: datetime | None) -> list[dict[str, Any]]:
        if last_call is not None:
            changed = [(name, held, held.since(last_call)) for name, held in sorted(self._places.records.items())]
            return [self._pulled(name, held, ACTION.write(change)) for name, held, change in changed if change]
        live = sorted(self._places.ledger.live())
        records = (self._pulled(name, held, ACTION.write(held.change)) for name, held in live)
        return [record for record in records if wanted(record, asked)]

    def _fleet(self, asked: Mapping[str, Any], last_call: datetime | None) -> Sequence[int]:
        """Numbers; the records are alike but for where they stand, so one speaks for all."""
        fleet = self._places.fleet
        if not fleet or (last_call is not None and fleet.since <= last_call):
            return ()
        center = asked.get("SearchCenter")
        if not wanted(fleet[0], {**asked, "SearchCenter": None}):
            return ()
        if center is None:
            return range(len(fleet))
        return [index for index in range(len(fleet)) if near(fleet.position(index), center)]

    def _pulled(self, name: str, held: Held, change: str | None) -> dict[str, Any]:
        added: dict[str, Any] = {
            "deltaType": change,
            "lastUpdate": local(held.updated),
            "OperatorID": held.owner,
            "OperatorName": held.name,
        }
        if held.document.get("DynamicInfoAvailable") == _AUTO and name in self._places.statuses:
            added["DynamicInfoAvailable"] = "true"
        return {**held.document, **added}

    # --- statuses ------------------------------------------------------------------------------------------------

    async def statuses(self, asked: Asked) -> Reply:
        word = asked.document.get("EvseStatus") or asked.document.get("EVSEStatus")
        center = asked.document.get("SearchCenter")

        def fits(_: str, evse: str, status: str) -> bool:
            return word in (None, status) and (center is None or self._is_near(evse, center))

        return self._listed(fits)

    async def statuses_by_operator(self, asked: Asked) -> Reply:
        operators = {PartyId.read(operator) for operator in asked.document.get("OperatorID") or ()}
        return self._listed(lambda owner, _, __: PartyId.read(owner) in operators)

    async def statuses_by_id(self, asked: Asked) -> Reply:
        """One the hub has no record of is `EvseNotFound`."""
        wanted_ids = asked.document.get("EvseID") or []
        if len(wanted_ids) > MOST_IDS:
            raise Faulty(f"at most {MOST_IDS} EvseIDs are allowed")
        records = [{"EvseID": evse, "EvseStatus": self._status(evse)} for evse in wanted_ids]
        return {"EVSEStatusRecords": {"EvseStatusRecord": records}, "StatusCode": _good()}

    def _status(self, evse: str) -> str:
        said = self._places.statuses.get(key(evse))
        if said is not None:
            return said[2]
        number = self._places.fleet.number_of(evse)
        if number is not None:
            return self._places.fleet.status(number)
        return _UNKNOWN if self._places.is_known(evse) else _NOT_FOUND

    def _listed(self, fits: Callable[[str, str, str], bool]) -> Reply:
        groups: dict[str, list[dict[str, str]]] = {}
        fleet = self._places.fleet
        made = ((fleet.operator, fleet.evse(index), fleet.status(index)) for index in range(len(fleet)))
        for told in (self._places.statuses.values(), made):
            for owner, evse, word in told:
                if fits(owner, evse, word):
                    groups.setdefault(owner, []).append({"EvseID": evse, "EvseStatus": word})
        listed = [
            {"OperatorID": owner, "OperatorName": self._name(owner), "EvseStatusRecord": records}
            for owner, records in groups.items()
        ]
        return {"EvseStatuses": {"OperatorEvseStatus": listed}, "StatusCode": _good()}

    def _name(self, owner: str) -> str | None:
        return next((held.name for held in self._places.records.values() if held.owner == owner), None)

    def _is_near(self, evse: str, center: Any) -> bool:
        held, number = self._places.held(evse), self._places.fleet.number_of(evse)
        if held is not None:
            return near(held.document.get("GeoCoordinates"), center)
        return number is not None and near(self._places.fleet.position(number), center)


def _good() -> dict[str, Any]:
    return {"Code": str(Code.SUCCESS), "Description": None, "AdditionalInfo": None}


def wanted(record: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """By the filters of the specification, spelled exactly so: the hub ignores `OperatorIDs` here."""
    address = record.get("Address") or {}
    among: Sequence[tuple[Any, str]] = (
        (record.get("OperatorID"), "OperatorIds"),
        (address.get("Country"), "CountryCodes"),
        (record.get("Accessibility"), "Accessibility"),
        (record.get("CalibrationLawDataAvailability"), "CalibrationLawDataAvailability"),
    )
    modes = asked.get("AuthenticationModes")
    center = asked.get("SearchCenter")
    return (
        all(not asked.get(name) or value in asked[name] for value, name in among)
        and (not modes or not {*modes}.isdisjoint(record.get("AuthenticationModes") or ()))
        and all(asked.get(name) in (None, record.get(name)) for name in _FLAGS)
        and (center is None or near(record.get("GeoCoordinates"), center))
    )


_FLAGS = ("RenewableEnergy", "IsHubjectCompatible", "IsOpen24Hours")
