"""A car that charges at the operator that the simulated IOP plays itself: how far it has come by the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.exact import product
from gateway.model.session import LimitKind
from gateway_emip import wire
from gateway_emip.meters import in_model, kind_of

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass
class Charging:
    """Constant power in kW for `longest` of charging; what is suspended does not charge.

    `owed` are the natures of events that are still to be told, with the time they happened at.
    """

    begun: datetime
    power_kw: Decimal
    longest: timedelta
    running_since: datetime | None = None
    charged: timedelta = timedelta()
    ended: datetime | None = None
    last_record: datetime | None = None
    owed: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.running_since = self.begun

    def duration(self, now: datetime) -> timedelta:
        running = now - self.running_since if self.running_since is not None and self.ended is None else timedelta()
        return min(self.charged + running, self.longest)

    def energy_wh(self, now: datetime) -> Decimal:
        hours = Decimal(self.duration(now) // MICROSECOND) / Decimal(HOUR // MICROSECOND)
        return Decimal(round(product(self.power_kw * 1000, hours)))

    def suspend(self, now: datetime) -> None:
        self.charged, self.running_since = self.duration(now), None

    def restart(self, now: datetime) -> None:
        self.running_since = self.running_since or now

    def end(self, at: datetime) -> None:
        self.charged, self.running_since, self.ended = self.duration(at), None, at

    def full_at(self, now: datetime) -> datetime | None:
        """When the longest time was over, if it is."""
        if self.running_since is None or self.ended is not None or self.duration(now) < self.longest:
            return None
        return self.running_since + (self.longest - self.charged)


def longest(minutes: float, power_kw: Decimal, limits: Iterable[wire.MeterReport]) -> timedelta:
    """How long a session charges: what the world says, or less where a limit of time or energy (list V27) is."""
    allowed = [timedelta(minutes=minutes)]
    for limit in limits:
        kind = kind_of(limit.meter_type_id)
        value = in_model(kind, limit.meter_value, limit.meter_unit)
        if value is None or value < 0:
            continue
        if kind is LimitKind.TIME:
            allowed.append(timedelta(minutes=float(value)))
        elif kind is LimitKind.ENERGY:
            allowed.append(HOUR * float(value / power_kw))
    return min(allowed)
