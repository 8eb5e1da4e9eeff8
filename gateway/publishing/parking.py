"""The status of parking spots on its way: as that of an EVSE, but no data has to be there before it.

A spot is told of by its operator (OCHP 1.4: the PSO, or a CPO for the spots of its EVSEs). Its id is `DE*PSO*P1234`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import ForeignOperator, Invalid, Unsupported
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.model.ids import PartyId
from gateway.model.kinds import EvseStatus
from gateway.publishing import statuses
from gateway.publishing.outcomes import parking_key
from gateway.publishing.publisher import Publisher
from gateway.publishing.results import StatusTaken
from gateway.publishing.statuses import Told
from gateway.store.database import Transaction, stamp

_SPOT = re.compile(r"([A-Za-z]{2})\*?([A-Za-z0-9]{3})\*?[Pp][A-Za-z0-9][A-Za-z0-9*]{0,30}")


@dataclass(frozen=True, slots=True)
class Spot:
    """A parking spot's id; `party` is whose it is by its first five characters."""

    spelled: str
    party: PartyId

    @property
    def compact(self) -> str:
        """The name of its row, which no EVSE has."""
        return parking_key(self.spelled)

    def __str__(self) -> str:
        return self.spelled


class ParkingStatuses:
    """Tells hubs of parking spots, durably and the newest status only."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish(
        self,
        parking_id: str,
        status: EvseStatus,
        at: datetime,
        until: datetime | None = None,
        *,
        connection: str | None = None,
        tenant: str = "default",
    ) -> Sequence[StatusTaken]:
        """The newest status of one spot, for every hub that takes such and carries its operator, or for one that is
        named: operators spell their spots with a country of their own (`DP1PSP…` for `DE1PS…`).

        Raises Invalid for what is no parking id, ForeignOperator, UnknownConnection, Unsupported.
        """
        spot = _parsed(parking_id)
        hubs = self._publisher.targets(tenant, None if connection is None else [connection])
        able = [hub for hub in hubs.values() if hub.profile.publishing.parking]
        if connection is not None and not able:
            raise Unsupported(f"{connection} takes no statuses of parking spots")
        carrying = able if connection is not None else [hub for hub in able if hub.connection.carries(spot.party)]
        if not carrying:
            raise ForeignOperator(f"{spot.party} is on no connection that takes parking statuses; name the connection")
        told = Told(spot, status, stamp(at), stamp(until) if until else None)
        taken = await self._publisher.write(lambda transaction: self._taken(transaction, carrying, told))
        self._publisher.woken()
        return taken

    def _taken(self, transaction: Transaction, hubs: Sequence[Hub], told: Told) -> list[StatusTaken]:
        return statuses.taken(transaction, hubs, told, stamp(self._publisher.now()))


def _parsed(text: str) -> Spot:
    match = _SPOT.fullmatch(text.strip())
    if match is None:
        wanted = "two letters, three characters, P and the spot (DE*PSO*P1234)"
        raise Invalid([Finding("/parking_id", Severity.ERROR, "malformed", f"{text!r} is no parking id: {wanted}")])
    return Spot(text.strip(), PartyId(match[1].upper(), match[2].upper()))
