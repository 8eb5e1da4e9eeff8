"""One round: which CDRs are owed, what goes wrong at the hubs, and when workers die. All of it from one seed."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrDimension, CdrNature, ChargingPeriod, Dimension
from gateway.model.common import LocalText, Price
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import Access, AuthenticationMethod, ConnectorFormat, ConnectorType, EvseStatus, PowerType
from gateway.model.location import Address, Connector, Coordinates, EnergyMix, Evse, Location, OpeningTimes
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType

HUBS = ("hubject", "gireve", "eclearing")
OPERATORS = ("NL*LON", "DE*LON")
PUBLISHED = ("hubject",)
"""The hubs that EVSEs are published at."""
EVSES = tuple(f"{operator}*E1111*{number}" for operator in OPERATORS for number in range(3))
PROVIDER = PartyId.parse("DE-8EO")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
STRANGER = replace(CARD, contract_id=ContractId.parse("NL-GWE-C00012345-O"))
"""Of a provider that nobody has an agreement with."""
BEGAN = datetime(2026, 1, 15, 10, tzinfo=UTC)
STOPS = (
    "submit before commit", "submit after commit",
    "take before commit", "take after commit",
    "keep before commit", "keep after commit",
    "exchange before", "exchange under way", "exchange after",
    "settle before commit", "settle after commit",
    "hand over before commit", "hand over after commit",
)  # fmt: skip
"""Where a worker is killed: before and after each commit of a delivery's life, and around the exchange."""
STARTS_AT = "gireve"
"""The hub that is asked for remote starts; it then gets no duplicates, so that each repeat would be ours."""
ANY_MOMENT, FREEZE = "any moment", "freeze"


@dataclass(frozen=True)
class OwedCdr:
    """`poisoned`: the hub will refuse it, whatever else goes wrong."""

    number: int
    hub: str
    operator: str
    poisoned: bool = False

    @property
    def identity(self) -> str:
        """As the hub's simulator counts it."""
        if self.hub == "hubject":
            return f"00000000-0000-4000-8000-{self.number:012}"
        if self.hub == "gireve":
            return f"IOP-SID-GIR-V-SIM01-{self.number}"
        return f"{self._id} {self._evse.compact}"

    @property
    def _id(self) -> str:
        return f"{PartyId.parse(self.operator).compact}{self.number:06}"

    @property
    def _evse(self) -> EvseId:
        return EvseId.parse(f"{self.operator}*E1111*{self.number % 4}")

    @property
    def message(self) -> m.SubmitCdr:
        cdr = Cdr(
            id=self._id,
            evse=self._evse,
            token=STRANGER if self.poisoned else CARD,
            nature=CdrNature.FINAL,
            start=BEGAN,
            end=BEGAN + timedelta(hours=1),
            duration=timedelta(hours=1),
            energy_kwh=Decimal(self.number + 1) / 100,
            energy_known=True,
        )
        if self.hub == "eclearing":
            return m.SubmitCdr(cdr=_billed(cdr))
        return m.SubmitCdr(cdr=replace(cdr, session=SessionIds(hub=self.identity), rated=False))


def _billed(cdr: Cdr) -> Cdr:
    """What a clearing house wants besides: the place, and what it costs (nothing)."""
    period = ChargingPeriod(
        start=cdr.start,
        end=cdr.end,
        dimensions=(CdrDimension(type=Dimension.ENERGY, volume=cdr.energy_kwh or Decimal(0)),),
    )
    costs: dict[str, Any] = {"currency": "EUR", "rated": True, "total_cost": Price(excl_vat=Decimal(0))}
    return replace(cdr, place=place_of(cdr.evse), periods=(period,), **costs)


def place_of(evse: EvseId | None) -> Location:
    """A location with one EVSE."""
    connector = Connector(
        id="1",
        standard=ConnectorType.IEC_62196_T2,
        format=ConnectorFormat.SOCKET,
        power_type=PowerType.AC_3_PHASE,
        max_power_kw=Decimal(22),
        max_voltage_v=Decimal(230),
        max_amperage_a=Decimal(32),
    )
    charger = Evse(
        evse_id=evse,
        authentication_methods=(AuthenticationMethod.RFID_MIFARE_CLASSIC,),
        connectors=(connector,),
        access=Access.FREE,
    )
    return Location(
        operator=evse.party if evse else None,
        names=(LocalText("Lange Kade", "nl"),),
        address=Address(street="Lange Kade", house_number="10", city="Amsterdam", postal_code="1011 AB", country="NLD"),
        coordinates=Coordinates(latitude=Decimal("52.370216"), longitude=Decimal("4.895168")),
        hotline="+31201234567",
        opening_times=OpeningTimes(twentyfourseven=True),
        energy_mix=EnergyMix(is_green_energy=True),
        evses=(charger,),
    )


@dataclass(frozen=True)
class Kill:
    """A worker's end. `nth`: which time it comes by a stop. `seconds`: after which time, at any moment."""

    stop: str = ANY_MOMENT
    nth: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Plan:
    """`workers` at the same time on one store; `cuts`: how often the database drops all connections; `full`: the
    database takes no more pages for a moment."""

    seed: int
    cdrs: tuple[OwedCdr, ...]
    faults: tuple[tuple[str, dict[str, Any]], ...] = ()
    kills: tuple[Kill, ...] = ()
    second_cdr: str = "refuse"
    workers: int = 1
    cluster: bool = False
    """With the engine of a cluster (PostgreSQL), which finds a dead worker's lanes late; else lanes in each process."""
    cuts: int = 0
    full: bool = False
    starts: int = 0
    """Remote starts that are asked of a hub, once each."""
    changes: tuple[tuple[str, EvseStatus], ...] = ()
    """Status changes of published EVSEs, one after the other."""

    @property
    def shown(self) -> dict[str, EvseStatus]:
        """What a hub shows when all is done."""
        return dict(self.changes)


def plan_of(seed: int, *, postgres: bool, count: int = 16) -> Plan:
    """The round of a seed."""
    chance = random.Random(seed)
    cdrs = tuple(
        OwedCdr(number, chance.choice(HUBS), chance.choice(OPERATORS), chance.random() < 0.05)
        for number in range(chance.randint(count // 2, count + count // 2))
    )
    workers = 2 if postgres and chance.random() < 0.6 else 1
    starts = chance.choice((0, 0, 2))
    faults = [(hub, fault) for hub in HUBS for fault in _faults(chance)]
    if starts:
        faults = [(hub, fault) for hub, fault in faults if (hub, fault["kind"]) != (STARTS_AT, "duplicate")]
    changes = _changes(chance) if chance.random() < 0.4 else ()
    if changes:
        faults = [(hub, fault) for hub, fault in faults if hub != "gireve" or fault["kind"] not in ("lost", "html")]
    kills = tuple(_kill(chance, workers) for _ in range(chance.choice((0, 1, 1, 2, 3))))
    return Plan(
        seed=seed,
        cdrs=cdrs,
        faults=tuple(faults),
        kills=kills,
        second_cdr=chance.choice(("refuse", "accept")),
        workers=workers,
        cluster=postgres and not kills and chance.random() < 0.5,
        cuts=chance.choice((0, 1, 2)) if postgres else 0,
        full=not postgres and chance.random() < 0.15,
        starts=starts,
        changes=changes,
    )


def _changes(chance: random.Random) -> tuple[tuple[str, EvseStatus], ...]:
    words = (EvseStatus.AVAILABLE, EvseStatus.CHARGING, EvseStatus.RESERVED, EvseStatus.OUTOFORDER)
    return tuple((chance.choice(EVSES), chance.choice(words)) for _ in range(chance.randint(4, 12)))


def _kill(chance: random.Random, workers: int) -> Kill:
    if workers > 1 and chance.random() < 0.2:
        return Kill(FREEZE, seconds=chance.uniform(0.02, 0.15))
    if chance.random() < 0.3:
        return Kill(seconds=chance.uniform(0.02, 0.25))
    return Kill(chance.choice(STOPS), nth=chance.randint(1, 6))


def _faults(chance: random.Random) -> list[dict[str, Any]]:
    """Answers lost after processing and duplicates in every round, storms in some."""
    faults: list[dict[str, Any]] = [
        {"kind": "lost", "share": 0.1, "seed": chance.randrange(1 << 30)},
        {"kind": "duplicate", "share": 0.1, "seed": chance.randrange(1 << 30)},
    ]
    if chance.random() < 0.4:
        storm = {"kind": "storm", "share": 0.3, "retry_after": 0, "times": chance.randint(1, 12)}
        faults.append({**storm, "seed": chance.randrange(1 << 30)})
    if chance.random() < 0.2:
        faults.append({"kind": "html", "status": 502, "share": 0.2, "seed": chance.randrange(1 << 30)})
    if chance.random() < 0.2:
        faults.append({"kind": "slow", "seconds": 0.03, "share": 0.2, "seed": chance.randrange(1 << 30)})
    if chance.random() < 0.1:
        faults.append({"kind": "down", "seconds": 0.1})
    return faults
