"""The common half of the hub simulators: the world they know, and how they reach their partners.

Each adapter brings the other half, the hub's own rules. A simulator answers `HttpRequest`s, keeps state, and is as
strict as the hub: it is what the tests and the demonstration run against.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.tally import Budget, Budgets, Tally

SLOWED: ContextVar[float] = ContextVar("slowed", default=0.0)
"""Seconds that the request which is being handled is to take longer: set by the host, spent by `Desk.work`."""
PartnerLink = Callable[[str, HttpRequest], Awaitable[HttpResponse]]
"""(base URL, request) → the partner's response. Raises TransportError."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A party connected to the simulated hub. `operators` are all ids behind its connection, its own included."""

    id: PartyId
    role: str = "CPO"
    operators: tuple[PartyId, ...] = ()
    url: str = ""
    name: str = ""
    locked: bool = False
    broadcast: bool = True
    """Whether it is asked for cards that nobody knows the provider of."""
    services: tuple[str, ...] = ()
    """What it has taken up, in the hub's words (`Reservation`); empty: everything."""
    script: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What a partner without an address answers and does; see the hub's simulator."""
    user: str = ""
    """Its own account at a hub with user and password (OCHP); partners of one user share the account."""
    password: str = field(default="", repr=False)

    def owns(self, party: PartyId | None) -> bool:
        return party is not None and party in (self.id, *self.operators)

    def offers(self, service: str) -> bool:
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class Card:
    """What the simulated hub's eMSPs answer for a token. `allowed` is a value of `Allowed`."""

    uid: str
    contract: str = ""
    provider: PartyId = PartyId("DE", "8EO", "DE-8EO")
    allowed: str = "ALLOWED"


@dataclass(frozen=True, slots=True)
class World:
    """What a simulator starts with. Without `partners` the world is open: who calls is known from then on."""

    partners: tuple[Partner, ...] = ()
    cards: tuple[Card, ...] = ()
    evses: tuple[EvseId, ...] = ()
    contracts: tuple[tuple[PartyId, PartyId], ...] = ()
    """(CPO, eMSP) pairs with an agreement; empty: everybody with everybody."""
    agreed_services: Mapping[tuple[PartyId, PartyId], tuple[str, ...]] = field(default_factory=dict)
    """What an agreement is about, where it is not about everything."""
    user: str = "demo"
    password: str = field(default="demo", repr=False)
    partner_url: str = ""
    heartbeat_period: int = 300
    push_hold_seconds: float = 0.05
    settings: Mapping[str, Any] = field(default_factory=dict)
    """A hub's own settings, such as `second_cdr = "accept"`."""
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    """By the name of the operation; an operation without one may be called as often as one likes."""

    def partner_of(self, party: PartyId | None) -> Partner | None:
        return next((partner for partner in self.partners if partner.owns(party)), None)

    def card(self, uid: str | None) -> Card | None:
        """By the card's number or by the contract."""
        if not uid:
            return None
        wanted = ContractId.read(uid)
        return next(
            (card for card in self.cards if wanted in (ContractId.read(card.uid), ContractId.read(card.contract))), None
        )

    def agreed(self, cpo: PartyId, emsp: PartyId, service: str = "") -> bool:
        """Whether there is an agreement, about this service where one is named."""
        if self.contracts and (cpo, emsp) not in self.contracts:
            return False
        about = self.agreed_services.get((cpo, emsp), ())
        return not service or not about or service in about


DEMO_CARDS = (
    Card("04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6", PartyId("DE", "8EO", "DE-8EO"), "ALLOWED"),
    Card("04B1C2D3E4F590", "NL-GWE-C00012345-O", PartyId("NL", "GWE", "NL-GWE"), "ALLOWED"),
    Card("04DEADBEEF0001", "DE-8EO-CB10CKED0-1", PartyId("DE", "8EO", "DE-8EO"), "BLOCKED"),
)


_KNOWN = {
    *("partners", "cards", "evses", "contracts", "user", "password", "partner_url"),
    *("heartbeat_period", "push_hold_seconds", "settings", "budgets"),
}
_OF_A_PARTNER = (
    *("id", "role", "operators", "url", "name", "locked", "broadcast", "services", "script"),
    *("user", "password"),
)
_ROLES = ("CPO", "EMSP", "PSO")
"""PSO: an operator of parking spots (OCHP 1.4)."""


def world(config: Mapping[str, Any], *, user: str = "demo", password: str = "demo", partner_url: str = "") -> World:
    """The world of a configuration document (`partners`, `cards`, `evses`, `contracts`, `settings`, `budgets`).

    Raises Invalid with a pointer.
    """
    unknown = sorted(set(config) - _KNOWN)
    if unknown:
        text = f"simulator configuration: unknown {', '.join(unknown)}; known are {', '.join(sorted(_KNOWN))}"
        raise Invalid([Finding(f"/{unknown[0]}", Severity.ERROR, "setting", text)])
    try:
        return World(
            partners=_partners(config.get("partners", ())),
            cards=tuple(_card(entry) for entry in config["cards"]) if "cards" in config else DEMO_CARDS,
            evses=tuple(EvseId.parse(_id(entry)) for entry in config.get("evses", ())),
            contracts=tuple(map(_contract, config.get("contracts", ()))),
            user=str(config.get("user", user)),
            password=str(config.get("password", password)),
            partner_url=partner_url or str(config.get("partner_url", "")),
            heartbeat_period=int(config.get("heartbeat_period", 300)),
            push_hold_seconds=float(config.get("push_hold_seconds", 0.05)),
            settings=dict(config.get("settings", {})),
            agreed_services={
                _contract(entry): tuple(entry["services"])
                for entry in config.get("contracts", ())
                if "services" in entry
            },
            budgets={name: _budget(name, entry) for name, entry in config.get("budgets", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid([Finding("", Severity.ERROR, "malformed", _words(error))]) from error


def _words(error: Exception) -> str:
    told = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return f"simulator configuration: {told}"


def _budget(name: str, entry: Any) -> Budget:
    if not isinstance(entry, Mapping) or not set(entry) <= {"count", "seconds"}:
        raise ValueError(f"budgets: {name} is a table of count and seconds")
    return Budget(**entry)


def _contract(entry: Mapping[str, Any]) -> tuple[PartyId, PartyId]:
    return PartyId.parse(entry["cpo"]), PartyId.parse(entry["emsp"])


def _id(entry: Any) -> str:
    return str(entry["id"]) if isinstance(entry, Mapping) else str(entry)


def _partners(entries: Any) -> tuple[Partner, ...]:
    if not isinstance(entries, list | tuple):
        raise ValueError("partners: a list of tables ([[partners]])")
    return tuple(map(_partner, entries))


def _partner(entry: Mapping[str, Any]) -> Partner:
    if not isinstance(entry, Mapping):
        raise ValueError(f"a partner is a table ([[partners]]), not {entry!r}")
    unknown = sorted(set(entry) - set(_OF_A_PARTNER))
    if unknown:
        raise ValueError(f"partner: unknown {', '.join(unknown)}; known are {', '.join(_OF_A_PARTNER)}")
    role = str(entry.get("role", _ROLES[0]))
    if role not in _ROLES:
        raise ValueError(f"partner {entry.get('id')}: role {role!r} is none of {', '.join(_ROLES)}")
    return Partner(
        id=PartyId.parse(entry["id"]),
        role=role,
        operators=tuple(PartyId.parse(operator) for operator in entry.get("operators", ())),
        url=str(entry.get("url", "")),
        name=str(entry.get("name", "")),
        locked=bool(entry.get("locked", False)),
        broadcast=bool(entry.get("broadcast", True)),
        services=tuple(entry.get("services", ())),
        script=dict(entry.get("script", {})),
        user=str(entry.get("user", "")),
        password=str(entry.get("password", "")),
    )


def _card(entry: Mapping[str, Any]) -> Card:
    provider = PartyId.parse(entry["provider"]) if "provider" in entry else Card("").provider
    return Card(str(entry["uid"]), str(entry.get("contract", "")), provider, str(entry.get("allowed", "ALLOWED")))


class Clock(Protocol):
    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Desk:
    """What every simulator has on its desk: the world, the way to its partners, clock and ids, and the tally."""

    world: World
    call: PartnerLink
    now: Clock = utc_now
    new_id: Callable[[], str] = lambda: str(uuid4())
    tally: Tally = field(default_factory=Tally)
    budgets: Budgets = field(default_factory=Budgets)

    @asynccontextmanager
    async def handling(self, operation: str, caller: str = "") -> AsyncIterator[None]:
        """Around the handling of one request: it is in flight for as long as a slow hub takes."""
        with self.tally.handling(operation, caller):
            yield
            await self.work()

    async def work(self, seconds: float = 0.0) -> None:
        """Takes its time, and the longer time that the host has ordered for this request."""
        seconds += SLOWED.get()
        SLOWED.set(0.0)
        if seconds:
            await asyncio.sleep(seconds)

    def forget(self) -> None:
        """What was counted and what was spent."""
        self.tally.clear()
        self.budgets = Budgets()

    def over_budget(self, operation: str, caller: str = "", usual: Budget | None = None) -> HttpResponse | None:
        """HTTP 429 with Retry-After for one request too many; `usual` counts where the world sets no other budget."""
        budget = self.world.budgets.get(operation, usual)
        wait = self.budgets.wait(budget, operation, caller, self.now()) if budget is not None else None
        if wait is None:
            return None
        return too_many(wait)

    async def call_partner(self, partner: Partner | None, request: HttpRequest) -> HttpResponse:
        """Calls the partner at its own URL, or at the one address given for all."""
        url = (partner.url if partner is not None else "") or self.world.partner_url
        if not url:
            raise ValueError("this partner has no URL to be called at")
        return await self.call(url, request)


def too_many(seconds: float) -> HttpResponse:
    headers = {"content-type": "text/plain", "retry-after": str(max(0, math.ceil(seconds)))}
    return HttpResponse(status=429, headers=headers, body=b"too many requests")


@runtime_checkable
class Scripted(Protocol):
    """A simulator with partners that act by a script: what came of it, line by line."""

    async def play(self) -> Mapping[str, Any]: ...


@runtime_checkable
class Acting(Protocol):
    """A simulator with a partner that asks what it is told to: `{"operation": …, …}`, and what came of it."""

    async def act(self, wish: Mapping[str, Any]) -> Mapping[str, Any]: ...


class HubSimulator(Protocol):
    """What the simulator's host needs of a hub.

    `remote_start({"evse": …, "token": …, "provider": …})` and `remote_stop({"session": …})` make the hub call its
    partner as if an eMSP had asked, and return what came of it.
    """

    async def handle(self, request: HttpRequest) -> HttpResponse: ...
    def state(self) -> Mapping[str, Any]: ...
    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]: ...
    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def reset(self) -> None: ...


SimulatorFactory = Callable[[Desk], HubSimulator]
