"""What can be counted in the store: queues, backlogs, what is stuck, and when a connection was last heard of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, String, Table, case, func, insert, or_, select, update

from gateway.store.budgets import filled
from gateway.store.database import Transaction, stamp
from gateway.store.lanes import pause_of, pauses
from gateway.store.migrating import MIGRATIONS, VERSION_TABLE
from gateway.store.sessions import ENDED
from gateway.store.tables import budgets, inbox, lanes, outbox, sessions, signs
from gateway.tables import remembered

_OPEN = ("waiting", "sending", "unknown")
_A_DAY = timedelta(days=1)
_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Open entries of one kind and state on a connection; `oldest` is a stamp."""

    connection: str
    kind: str
    state: str
    count: int
    oldest: str
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the backend has not answered for yet."""

    connection: str
    count: int
    oldest: str


def queues(transaction: Transaction, now: datetime) -> Sequence[Queue]:
    late = func.sum(case((outbox.c.deadline_at < stamp(now), 1), else_=0))
    counts = (func.count().label("count"), func.min(outbox.c.created_at).label("oldest"), late.label("overdue"))
    key = (outbox.c.connection, outbox.c.kind, outbox.c.state)
    statement = select(*key, *counts).where(outbox.c.state.in_(_OPEN)).group_by(*key).order_by(*key)
    return [Queue(**row._mapping) for row in transaction.execute(statement)]


def backlog(transaction: Transaction) -> Sequence[Backlog]:
    counts = (func.count().label("count"), func.min(inbox.c.received_at).label("oldest"))
    statement = select(inbox.c.connection, *counts).where(inbox.c.handed_over.is_(False))
    statement = statement.group_by(inbox.c.connection).order_by(inbox.c.connection)
    return [Backlog(**row._mapping) for row in transaction.execute(statement)]


def stuck(transaction: Transaction, connections: Collection[str], now: datetime, seconds: float) -> Sequence[str]:
    """Lanes whose oldest entry could have been tried for `seconds` and that nobody has; paused ones wait rightly."""
    open_now = outbox.c.state.in_(_OPEN)
    first = select(func.min(outbox.c.id).label("id")).where(open_now).group_by(outbox.c.lane).subquery()
    nobodys = or_(lanes.c.leased_until.is_(None), lanes.c.leased_until <= stamp(now))
    long_ago = outbox.c.next_try_at <= stamp(now - timedelta(seconds=seconds))
    statement = select(outbox.c.lane).join(first, outbox.c.id == first.c.id)
    statement = statement.outerjoin(lanes, lanes.c.lane == outbox.c.lane).where(long_ago, nobodys)
    statement = statement.where(outbox.c.connection.in_(connections)).order_by(outbox.c.id).limit(1000)
    waiting = [str(row.lane) for row in transaction.execute(statement)]
    halted = pauses(transaction)
    return [lane for lane in waiting if pause_of(lane, halted) is None]


def version(transaction: Transaction) -> str:
    """The version of the schema."""
    return str(transaction.execute(select(_version.c.version_num)).scalar_one())


@remembered
def newest() -> str:
    """The version that this code works with."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def budgets_left(
    transaction: Transaction, limits: Mapping[tuple[str, str], int], now: datetime
) -> Mapping[tuple[str, str], float]:
    """(connection, kind) → share of its calls that may be made at once; of what the hub has closed, none.

    `limits` are calls per minute.
    """
    rows = {(row.connection, row.kind): dict(row._mapping) for row in transaction.execute(select(budgets))}
    return {pair: _left(rows.get(pair), limit, now) for pair, limit in limits.items()}


def _left(row: Mapping[str, object] | None, per_minute: int, now: datetime) -> float:
    if row is not None and str(row["closed_until"] or "") > stamp(now):
        return 0.0
    return filled(row, per_minute, now) / filled(None, per_minute, now)


def with_sessions(transaction: Transaction, since: datetime) -> Sequence[str]:
    """Connections on which somebody charges since then; a session that never ended counts for a day."""
    began = sessions.c.began_at
    running = (sessions.c.status.not_in(ENDED), began <= stamp(since), began > stamp(since - _A_DAY))
    statement = select(sessions.c.connection).where(*running).distinct().order_by(sessions.c.connection)
    return [str(name) for name in transaction.execute(statement).scalars()]


def heard(transaction: Transaction) -> Mapping[str, str]:
    """When each connection last accepted something of ours or called us, as a stamp."""
    statement = select(signs.c.connection, func.max(signs.c.at).label("at")).group_by(signs.c.connection)
    return {row.connection: row.at for row in transaction.execute(statement)}


def hear(transaction: Transaction, connection: str, sign: str, at: datetime) -> None:
    """Writes down a sign of life; an older one never replaces a newer."""
    here = (signs.c.connection == connection, signs.c.sign == sign)
    moment = stamp(at)
    if transaction.execute(select(signs.c.at).where(*here)).one_or_none() is None:
        transaction.execute(insert(signs).values(connection=connection, sign=sign, at=moment))
    else:
        transaction.execute(update(signs).where(*here, signs.c.at < moment).values(at=moment))
