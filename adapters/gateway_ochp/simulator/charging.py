"""A direct session at the test operator: how far it has come by the clock, and how long it lives (inventory a.13)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gateway.exact import product
from gateway_ochp import wire
from gateway_ochp.simulator.calling import Way

SELECTED_FOR, SELECTED_AT_MOST = timedelta(minutes=5), timedelta(minutes=30)
CHARGING_FOR, ENDED_FOR = timedelta(hours=24), timedelta(minutes=15)
VOLTS = Decimal(230)
HOUR = timedelta(hours=1)


class Stage(StrEnum):
    SELECTED = "selected"
    CHARGING = "charging"
    ENDED = "ended"
    """Charging is over, the EVSE is still taken."""
    OVER = "over"
    """Released, or its time has run out: the directId is unknown from now on."""


@dataclass(frozen=True)
class TestEvse:
    """Power in kW; no phases: direct current. `applies` are the limits that it can keep to."""

    __test__ = False
    id: str
    power: Decimal
    phases: int
    is_direct: bool = True
    applies: tuple[str, ...] = ("max_power", "max_current", "one_phase", "max_energy", "min_energy")

    @property
    def standard(self) -> str:
        return "IEC_62196_T2" if self.phases else "IEC_62196_T2_COMBO"


LIMITS = ("max_power", "max_current", "one_phase", "max_energy", "min_energy", "departure")
EVSES = (
    TestEvse("DE*TST*E1001", Decimal(22), 3),
    TestEvse("DE*TST*E1002", Decimal(150), 0, applies=("max_power", "max_energy")),
    TestEvse("DE*TST*E1003", Decimal(11), 3, is_direct=False),
)


@dataclass
class Charging:
    """Energy in kWh since the start, at the power of each span of time."""

    direct_id: str
    evse: TestEvse
    contract_id: str
    caller: Way
    begun: datetime
    ttl: datetime
    stage: Stage = Stage.SELECTED
    limits: wire.ControlEvseRequest | None = None
    started: datetime | None = None
    ended: datetime | None = None
    spans: list[tuple[datetime, Decimal]] = field(default_factory=list)
    informed: datetime | None = None
    billed: bool = False

    def grant(self, now: datetime, until: datetime | None) -> None:
        """A reservation of no more than 30 minutes; what is granted is told by the ttl."""
        self.ttl = min(until, now + SELECTED_AT_MOST) if until is not None else now + SELECTED_FOR

    def start(self, now: datetime) -> None:
        self.stage, self.started, self.ttl = Stage.CHARGING, now, now + CHARGING_FOR
        self.spans.append((now, self.power()))

    def change(self, now: datetime, limits: wire.ControlEvseRequest) -> None:
        self.limits = limits
        if self.stage is Stage.CHARGING:
            self.spans.append((now, self.power()))

    def end(self, now: datetime, stage: Stage) -> None:
        if self.stage is Stage.CHARGING:
            self.ended = now
        self.stage = stage
        self.ttl = now + ENDED_FOR if stage is Stage.ENDED else now

    def aged(self, now: datetime) -> bool:
        """Whether its time has just run out; a running charge has ended then."""
        if self.stage is Stage.OVER or now < self.ttl:
            return False
        if self.stage is Stage.CHARGING:
            self.ended = self.ttl
        self.stage = Stage.OVER
        return True

    def power(self) -> Decimal:
        """What the EVSE gives within the limits that it applies; nothing once the energy is in."""
        power, asked = self.evse.power, self.applied()
        phases = 1 if asked.get("one_phase") and self.evse.phases else self.evse.phases
        if phases < self.evse.phases:
            power = power / self.evse.phases
        if "max_power" in asked:
            power = min(power, asked["max_power"])
        if "max_current" in asked:
            power = min(power, product(asked["max_current"], VOLTS) * max(phases, 1) / 1000)
        return power

    def applied(self) -> dict[str, Decimal]:
        """The limits that were asked for and can be kept to."""
        given = {name: getattr(self.limits, name) for name in self.evse.applies if self.limits is not None}
        return {name: value for name, value in given.items() if value is not None}

    def leaves_out(self, asked: wire.ControlEvseRequest) -> bool:
        """Whether something of what is asked cannot be applied."""
        given = [name for name in LIMITS if getattr(asked, name) is not None]
        return any(name not in self.evse.applies for name in given)

    def energy(self, now: datetime) -> Decimal:
        if not self.spans:
            return Decimal(0)
        until = self.ended or now
        ends = [begin for begin, _ in self.spans[1:]] + [until]
        total = sum(
            (power * Decimal((end - begin) / HOUR) for (begin, power), end in zip(self.spans, ends, strict=True)),
            Decimal(0),
        )
        most = self.applied().get("max_energy")
        return (total if most is None else min(total, most)).quantize(Decimal("0.001"))

    def current_power(self, now: datetime) -> Decimal:
        most = self.applied().get("max_energy")
        is_full = most is not None and self.energy(now) >= most
        return Decimal(0) if self.stage is not Stage.CHARGING or is_full else self.power()
