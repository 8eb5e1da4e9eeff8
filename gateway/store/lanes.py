"""Statements on lanes: who drains one just now, and which are paused. A lane nobody works on has no row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, or_, select, update

from gateway.store.database import Transaction, stamp
from gateway.store.tables import lanes

_c = lanes.c
_OF = select(_c.owner, _c.leased_until).where(_c.lane == bindparam("its_lane"))
_INSERT = insert(lanes)
_FREE = or_(_c.owner.is_(None), _c.owner == bindparam("mine"), _c.leased_until < bindparam("now"))
_TAKE = update(lanes).where(_c.lane == bindparam("its_lane"), _FREE)
_MINE = (_c.lane == bindparam("its_lane"), _c.owner == bindparam("mine"))
_DELETE = delete(lanes).where(*_MINE, _c.paused_at.is_(None))
_GIVE_BACK = update(lanes).where(*_MINE).values(owner=None, leased_until=None)
_PAUSES = select(lanes).where(_c.paused_at.is_not(None)).order_by(_c.lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """`leased_until` is a stamp; a paused lane holds up those below it as well (`hubject/cdr` all of its sessions)."""

    lane: str
    owner: str | None = None
    leased_until: str | None = None
    paused_at: str | None = None
    reason: str | None = None


def leased(transaction: Transaction, lane: str, owner: str, now: datetime, seconds: float) -> bool:
    """Whether the lane is `owner`'s for the next `seconds`: taken, renewed, or taken over from one that has died.

    Raises IntegrityError where two workers insert one lane at the same time.
    """
    until = stamp(now + timedelta(seconds=seconds))
    if transaction.execute(_OF, {"its_lane": lane}).one_or_none() is None:
        transaction.execute(_INSERT, {"lane": lane, "owner": owner, "leased_until": until})
        return True
    free = {"its_lane": lane, "mine": owner, "now": stamp(now)}
    return bool(transaction.execute(_TAKE, {**free, "owner": owner, "leased_until": until}).rowcount == 1)


def held(transaction: Transaction, lane: str, owner: str) -> bool:
    """Whether the lane is still `owner`'s."""
    return bool(transaction.execute(select(lanes.c.owner).where(lanes.c.lane == lane)).scalar() == owner)


def released(transaction: Transaction, lane: str, owner: str) -> None:
    """Gives a lane back; one that somebody else has taken over stays theirs."""
    mine = {"its_lane": lane, "mine": owner}
    if transaction.execute(_DELETE, mine).rowcount == 0:
        transaction.execute(_GIVE_BACK, mine)


def all_released(transaction: Transaction) -> None:
    """Where no other process can be at work on this store."""
    transaction.execute(delete(lanes).where(lanes.c.paused_at.is_(None)))
    transaction.execute(update(lanes).values(owner=None, leased_until=None))


def paused(transaction: Transaction, lane: str, now: datetime, reason: str) -> None:
    values = {"paused_at": stamp(now), "reason": reason}
    if transaction.execute(update(lanes).where(lanes.c.lane == lane).values(**values)).rowcount == 0:
        transaction.execute(insert(lanes).values(lane=lane, **values))


def resumed(transaction: Transaction, lane: str) -> bool:
    """Whether it was paused."""
    where = (lanes.c.lane == lane, lanes.c.paused_at.is_not(None))
    changed = transaction.execute(update(lanes).where(*where).values(paused_at=None, reason=None))
    transaction.execute(delete(lanes).where(lanes.c.lane == lane, lanes.c.owner.is_(None)))
    return bool(changed.rowcount)


def pause_of(lane: str, pauses: Sequence[Lane]) -> Lane | None:
    """The pause that holds up a lane: its own, or that of a lane above it."""
    return next((pause for pause in pauses if (lane + "/").startswith(pause.lane + "/")), None)


def pauses(transaction: Transaction) -> Sequence[Lane]:
    return [Lane(**row._mapping) for row in transaction.execute(_PAUSES)]


def leases(transaction: Transaction, now: datetime) -> Sequence[Lane]:
    """The lanes that somebody drains just now."""
    rows = transaction.execute(select(lanes).where(lanes.c.leased_until >= stamp(now)))
    return [Lane(**row._mapping) for row in rows]
