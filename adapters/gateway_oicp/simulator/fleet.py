"""A fleet of any size that the simulated hub makes up: each record is built when it is asked for, and none is kept.

In the world: `settings.fleet = {count = 200000, operator = "NL*FLT"}`, or only the number.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.ids import EvseId, PartyId
from gateway.model.messages import PushAction
from gateway.simulation import Desk
from gateway.wire.scalars import local
from gateway_oicp.words import ACTION

_COLUMNS = 1000


class Fleet(Sequence[dict[str, Any]]):
    """EvseDataRecords as the hub gives them to an EMP, by number from 0; the same at every look."""

    def __init__(self, desk: Desk) -> None:
        setting = desk.world.settings.get("fleet", 0)
        told: Mapping[str, Any] = setting if isinstance(setting, Mapping) else {"count": setting}
        self.size = int(told.get("count", 0))
        self.operator = str(told.get("operator", "NL*FLT"))
        self._party = PartyId.parse(self.operator)
        self.since = desk.now()
        self._stamp = local(self.since)

    def __len__(self) -> int:
        return self.size

    def evse(self, index: int) -> str:
        return f"{self.operator}*E{index:07}"

    def status(self, index: int) -> str:
        return "Occupied" if index % 3 == 0 else "Available"

    def position(self, index: int) -> tuple[float, float]:
        """(latitude, longitude) on a grid over the Netherlands."""
        row, column = divmod(index, _COLUMNS)
        return 51.5 + row % _COLUMNS * 0.001, 4.0 + column * 0.002

    def number_of(self, evse: str | None) -> int | None:
        found = EvseId.read(evse)
        if found is None or found.party != self._party or not re.fullmatch(r"[0-9]{7}", found.outlet):
            return None
        number = int(found.outlet)
        return number if number < self.size else None

    def has(self, evse: str | None) -> bool:
        return self.size > 0 and self.number_of(evse) is not None

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(self.size))]
        latitude, longitude = self.position(index)
        return {
            "deltaType": ACTION.write(PushAction.INSERT),
            "lastUpdate": self._stamp,
            "EvseID": self.evse(index),
            "ChargingStationID": f"FLT-{index // 2}",
            "ChargingStationNames": [{"lang": "en", "value": f"Station {index // 2}"}],
            "Address": {
                "Country": "NLD",
                "City": "Amsterdam",
                "Street": "Keizersgracht",
                "PostalCode": "1015 CJ",
                "HouseNum": str(index % 900 + 1),
                "TimeZone": "UTC+01:00",
            },
            "GeoCoordinates": {
                "DecimalDegree": {"Longitude": f"{longitude:.6f}", "Latitude": f"{latitude:.6f}"},
            },
            **_EQUIPMENT,
            "OperatorID": self.operator,
            "OperatorName": "Simulated fleet",
        }


_EQUIPMENT: Mapping[str, Any] = {
    "Plugs": ["Type 2 Outlet"],
    "ChargingFacilities": [
        {"PowerType": "AC_3_PHASE", "Voltage": 230, "Amperage": 32, "Power": 22, "ChargingModes": ["Mode_3"]}
    ],
    "RenewableEnergy": True,
    "CalibrationLawDataAvailability": "Not Available",
    "AuthenticationModes": ["NFC RFID Classic", "REMOTE"],
    "PaymentOptions": ["Contract"],
    "ValueAddedServices": ["None"],
    "Accessibility": "Free publicly accessible",
    "HotlinePhoneNumber": "+31201234567",
    "IsOpen24Hours": True,
    "IsHubjectCompatible": True,
    "DynamicInfoAvailable": "true",
}
