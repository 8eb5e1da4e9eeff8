"""Statements on operators: how far each is registered at each hub, and by whose word."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Row, bindparam, delete, insert, select, update

from gateway.model.ids import PartyId
from gateway.model.party import Registration, RegistrationState
from gateway.store.database import Transaction, stamp
from gateway.store.tables import operators

_OF = (operators.c.connection == bindparam("its_connection"), operators.c.operator == bindparam("its_operator"))
_GET = select(operators).where(*_OF)


def _registration(row: Row[tuple[object, ...]]) -> Registration:
    since = date.fromisoformat(row.since) if row.since else None
    return Registration(state=RegistrationState(row.state), since=since, by=row.by, note=row.note)


def get(transaction: Transaction, connection: str, operator: PartyId) -> Registration | None:
    """What was set for this operator at this connection; None: the settings stand."""
    row = transaction.execute(_GET, {"its_connection": connection, "its_operator": operator.compact}).one_or_none()
    return None if row is None else _registration(row)


def listed(transaction: Transaction) -> Mapping[tuple[str, str], Registration]:
    """Everything that was set, by connection and compact operator id."""
    rows = transaction.execute(select(operators).order_by(operators.c.connection, operators.c.operator))
    return {(row.connection, row.operator): _registration(row) for row in rows}


def put(transaction: Transaction, connection: str, operator: PartyId, known: Registration, now: datetime) -> None:
    """Sets the state of an operator at a connection, in the place of what was set before."""
    values = {
        "spelled": str(operator),
        "state": known.state.value,
        "since": known.since.isoformat() if known.since else None,
        "note": known.note,
        "by": known.by,
        "changed_at": stamp(now),
    }
    names = {"connection": connection, "operator": operator.compact}
    where = (operators.c.connection == connection) & (operators.c.operator == operator.compact)
    if transaction.execute(update(operators).where(where).values(**values)).rowcount == 0:
        transaction.execute(insert(operators).values(**names, **values))


def forget(transaction: Transaction, connection: str, operator: PartyId) -> None:
    """The settings stand again."""
    where = (operators.c.connection == connection) & (operators.c.operator == operator.compact)
    transaction.execute(delete(operators).where(where))
