"""The registry of operators: how far each one is registered at each hub, what to do next, and what must wait for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from gateway.errors import ForeignOperator, Invalid, UnknownConnection
from gateway.findings import Finding, Severity
from gateway.log import logger
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.location import Location
from gateway.model.party import Operator, Registration, RegistrationState
from gateway.ports import Connection, Profile
from gateway.store import Database, registrations
from gateway.store.database import Transaction
from gateway.tables import read_table, remembered, shipped

NONE, PER_OPERATOR = "none", "operation-per-operator"
_log = logger(__name__)

Hold = Callable[[Transaction, Connection, PartyId], str | None]
"""Why nothing of this operator may go to this hub now; None: it may. Asked inside the transaction that would send."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one account carries several operators at a hub, as of a date, by a source (`mappings/hubs.csv`)."""

    value: str
    since: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An operator at one connection: its state there, what the hub can do, and the next step, in words."""

    connection: str
    title: str
    operator: Operator
    registration: Registration
    capability: Capability
    next_step: str


class Registry:
    """Operators at hubs. `known` is every connection with its hub's profile, by name.

    The settings give the state at first; what is set here stands before them. Nothing is kept in memory, so what waits
    for an operator goes out by itself once it is active.
    """

    def __init__(
        self,
        database: Database,
        known: Mapping[str, tuple[Connection, Profile]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._known, self._now = database, known, now

    async def states(self, operator: PartyId) -> Sequence[Standing]:
        """At every connection that carries the operator, in the order of the settings."""
        return [standing for standing in await self.listed() if standing.operator.id == operator]

    async def listed(self) -> Sequence[Standing]:
        """Every operator of every connection of a CPO."""
        rows = await self._database.read(registrations.listed)
        return [
            self._standing(connection, party, rows.get((connection.name, party.compact)))
            for connection, _ in self._known.values()
            if connection.role is Role.CPO
            for party in connection.parties
        ]

    def _standing(self, connection: Connection, party: PartyId, row: Registration | None) -> Standing:
        operator = connection.operator(party) or Operator(id=party)
        registration = self._registration(connection, party, row)
        step = next_step(connection.hub, registration.state)
        if registration.state is not RegistrationState.ACTIVE and operator.registered_at_authority is False:
            step = next_step(connection.hub, "authority")
        named = {"OPERATOR": party.compact, "CONNECTION": connection.name}
        for word, name in named.items():
            step = step.replace(word, name)
        return Standing(
            connection=connection.name,
            title=self._title(connection),
            operator=operator,
            registration=registration,
            capability=capability(connection, self._now().date()),
            next_step=step,
        )

    def _registration(self, connection: Connection, party: PartyId, row: Registration | None) -> Registration:
        sentence = self._unsupported(connection, party)
        if sentence is not None:
            return Registration(state=RegistrationState.NOT_SUPPORTED, by=sentence.source or None, note=sentence.note)
        return row or initial(connection, party)

    def _unsupported(self, connection: Connection, party: PartyId) -> Capability | None:
        """What the hub says of additional operators, where it takes none and this is one."""
        regime = capability(connection, self._now().date())
        return regime if regime.value == NONE and party != connection.party else None

    def _title(self, connection: Connection) -> str:
        """The hub's name without the protocol: `Hubject`."""
        return self._known[connection.name][1].title.partition(" (")[0]

    async def set(
        self,
        operator: PartyId,
        connection: str,
        state: RegistrationState,
        *,
        since: date | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> Standing:
        """Records a state; `since` is today where nothing is said.

        Raises UnknownConnection, ForeignOperator, or Invalid where the hub takes no additional operator.
        """
        if connection not in self._known:
            raise UnknownConnection(f"there is no connection {connection!r}")
        account = self._known[connection][0]
        if not account.carries(operator):
            raise ForeignOperator(
                f"{operator} is no operator of connection {connection}; name it in the settings, under its operators"
            )
        told = self._unsupported(account, operator)
        if told is not None and state is RegistrationState.ACTIVE:
            raise _wrong("/state", f"{operator} cannot be active at {self._title(account)}: {told.note}")
        known = Registration(state=state, since=since or self._now().date(), by=by, note=note)
        await self._database.write(
            lambda transaction: registrations.put(transaction, connection, operator, known, self._now())
        )
        _log.info("operator registered", operator=str(operator), connection=connection, state=state.value)
        return self._standing(account, operator, known)

    def hold(self, transaction: Transaction, connection: Connection, operator: PartyId) -> str | None:
        """A `Hold`: "operator DE*LON not active at Hubject since 2026-03-01 (requested)"."""
        if connection.role is not Role.CPO:
            return None
        if not connection.carries(operator):
            return f"{operator} is not an operator of connection {connection.name}"
        told = self.bars(connection, operator)
        if told is not None:
            return told
        known = registrations.get(transaction, connection.name, operator) or initial(connection, operator)
        return hold_reason(connection, self._title(connection), operator, known, self._now().date())

    def bars(self, connection: Connection, operator: PartyId) -> str | None:
        """Why this hub can never settle for this operator, in the words of the source; None: it can, in time."""
        told = self._unsupported(connection, operator)
        return told.note if told is not None else None

    def refusal(self, operator: PartyId, tenant: str = "default") -> str | None:
        """Why no place of this operator may be created: a connection of the tenant is set to refuse it."""
        for connection, _ in self._known.values():
            if connection.tenant != tenant or not connection.carries(operator):
                continue
            told = self.bars(connection, operator)
            if told is not None and connection.options.get("refuse_additional_operators", False):
                return told
        return None

    def mixed(self, connection: Connection, location: Location) -> str | None:
        """Why a place cannot go to this hub as one: its EVSEs are of several operators, each with an operation."""
        if capability(connection, self._now().date()).value != PER_OPERATOR:
            return None
        found = {evse.evse_id.party for evse in location.evses if evse.evse_id is not None and evse.evse_id.party}
        if location.operator is not None:
            found.add(location.operator)
        if len(found) < 2:
            return None
        names = " and ".join(sorted(str(party) for party in found))
        return f"location {location.id} mixes {names}: at {self._title(connection)} each operator has its own operation"


def initial(connection: Connection, operator: PartyId) -> Registration:
    """What the settings say; who is named on the connection is active unless they say otherwise."""
    settings = connection.operator(operator)
    found = settings.registrations.get(connection.name) if settings is not None else None
    if found is None:
        found = Registration(state=RegistrationState.ACTIVE)
    return found if found.by else replace(found, by="settings")


def hold_reason(connection: Connection, title: str, operator: PartyId, known: Registration, today: date) -> str | None:
    """Why what this operator has must wait, by its registration; None where it is active."""
    spelled = next((party for party in connection.parties if party == operator), operator)
    if known.state is not RegistrationState.ACTIVE:
        since = f" since {known.since.isoformat()}" if known.since else ""
        return f"operator {spelled} not active at {title}{since} ({known.state.value})"
    if known.since is not None and known.since > today:
        return f"operator {spelled} not active at {title} before {known.since.isoformat()}"
    return None


def capability(connection: Connection, on: date) -> Capability:
    """The regime of additional operators: the connection's `operator_regime`, else what is known as of a date."""
    rows = _facts(connection.hub)
    version = connection.options.get("version", "")
    exact = f"additional operators {connection.protocol} {version}".strip()
    facts = (exact, f"additional operators {connection.protocol}", "additional operators")
    asked = connection.options.get("operator_regime")
    if asked:
        same = [one for _, one in rows if one.value == asked]
        return same[-1] if same else Capability(str(asked), source="settings", note=_UNSUPPORTED)
    for fact in facts:
        dated = [one for name, one in rows if name == fact and one.since <= on.isoformat()]
        if dated:
            return max(dated, key=lambda one: one.since)
    return Capability("unknown")


_UNSUPPORTED = "the hub takes no additional operators on this connection"


@remembered
def _all_facts() -> Sequence[tuple[str, str, Capability]]:
    rows = read_table(shipped("mappings") / "hubs.csv")
    return [
        (row["hub"], row["fact"], Capability(row["value"], row["since"], row["source"], row["note"]))
        for row in rows
        if row["fact"].startswith("additional operators")
    ]


def _facts(hub: str) -> Sequence[tuple[str, Capability]]:
    return [(fact, known) for name, fact, known in _all_facts() if name == hub]


@remembered
def _steps() -> Mapping[tuple[str, str], str]:
    rows = read_table(shipped("mappings") / "registration.csv")
    return {(row["hub"], row["state"]): row["step"] for row in rows}


def next_step(hub: str, state: str) -> str:
    """What to do for an operator in this state at this hub (`mappings/registration.csv`)."""
    steps = _steps()
    return steps.get((hub, str(state))) or steps[("", str(state))]


def _wrong(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "operator", text)])
