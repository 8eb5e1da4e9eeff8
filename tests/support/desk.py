"""An outbox on a desk: a clock that stands still, a hub that answers from lists, and everything written down."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.delivery.deliveries import Delivery
from gateway.delivery.outbox import Outbox
from gateway.delivery.steady import Steady
from gateway.delivery.taking import Hold, Planner, Turn
from gateway.errors import Refused
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.ports import Connection, Policy, Profile
from gateway.store import Database, inbox, outbox

START = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
TOY = Connection(
    name="toy",
    hub="toyland",
    protocol="toy",
    role=Role.CPO,
    party=PartyId.parse("NL*LON"),
    operators=(Operator(id=PartyId.parse("NL*LON")), Operator(id=PartyId.parse("DE*LON"))),
)


def toyland(**policy: Any) -> Profile:
    return Profile("toyland", "Toyland", deliveries={"SubmitCdr": Policy(**{"lane": "cdr/{session}", **policy})})


PROFILE = toyland()
ONE_LANE = toyland(lane="cdr")
CAREFUL = toyland(taken_when={"400": "CLOSED"})
TAKEN = m.CdrReceipt(accepted=True)
CLOSED = Refused("400", "session is CLOSED")
Reply = m.Answer | Exception


@dataclass
class Desk:
    """An outbox on a desk: a clock that stands still, a hub that answers from lists, and everything written down."""

    profile: Profile = PROFILE
    connections: Mapping[str, Connection] = field(default_factory=lambda: {"toy": TOY})
    now: datetime = START
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    sent: list[m.Message[Any]] = field(default_factory=list)
    database: Database = field(default_factory=Database)
    planner: Planner | None = None
    hold: Hold | None = None

    def __post_init__(self) -> None:
        self.database.migrate()
        self.outbox = self.worker()

    def worker(self) -> Outbox:
        """An outbox of its own on the same store: another process."""
        known = {name: (connection, self.profile) for name, connection in self.connections.items()}
        parts: Mapping[str, Any] = {"planner": self.planner, "hold": self.hold}
        return Outbox(self.database, known, self.send, **parts, now=lambda: self.now)

    async def crash(self, lane: str, *, recorded: bool = True) -> Turn:
        """A worker takes what is next, notes what it sends, and is never heard of again."""
        taking = self.worker()._taking
        turn = await self.database.write(lambda transaction: taking.take(transaction, lane, self.now))
        if turn.entries and recorded:
            await self.database.write(lambda transaction: outbox.recorded(transaction, turn.entries[0], "[]"))
        return turn

    async def send(self, connection: str, message: m.Message[Any], steady: Steady) -> m.Answer:
        self.sent.append(message)
        replies = self.replies.get(name_of(message), [])
        reply = replies.pop(0) if replies else TAKEN
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def told(self) -> list[tuple[int, str]]:
        """(entry, final state) as the backend will hear of them."""
        items = await self.database.read(lambda transaction: inbox.listed(transaction, limit=10_000))
        said = [json.loads(item.message) for item in items if item.kind == "Delivery"]
        return [(one["entry"], one["state"]) for one in said]

    async def settle(self, *, tries: int = 60) -> None:
        """Drains whatever is due, again and again, as hours go by."""
        for _ in range(tries):
            for lane in await self.outbox.due():
                await self.outbox.drain(lane)
            self.now += timedelta(hours=25)

    async def entry(self, owed: Delivery) -> outbox.Entry:
        return await self.database.read(lambda transaction: outbox.get(transaction, owed.id))

    async def states(self, owed: Delivery) -> list[str]:
        return [change.state for change in await self.outbox.history(owed.id)]

    @property
    def names(self) -> list[str]:
        return [name_of(message) for message in self.sent]


def cdr(name: str = "C1", session: str = "S1", **changed: Any) -> m.SubmitCdr:
    record = Cdr(
        id=name,
        session=SessionIds(hub=session, cpo=f"LON-{session}"),
        evse=EvseId.parse("NL*LON*E1111*1"),
        start=START - timedelta(hours=2),
        end=START - timedelta(hours=1),
        energy_kwh=Decimal("12.30"),
    )
    return m.SubmitCdr(cdr=replace(record, **changed))


def name_of(message: m.Message[Any]) -> str:
    return (message.cdr.id or "") if isinstance(message, m.SubmitCdr) and message.cdr else type(message).__name__


@pytest.fixture
def desk() -> Iterator[Any]:
    made: list[Desk] = []

    def make(**options: Any) -> Desk:
        made.append(Desk(**options))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


MakeDesk = Callable[..., Desk]
