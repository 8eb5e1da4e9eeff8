"""Answers that count no more: an end and another start in one session make each other askable again (OCHPdirect)."""

from typing import Any

from sqlalchemy import delete

from gateway.model import messages as m
from gateway.store.database import Transaction
from gateway.store.tables import inbox


def outdated(message: m.Message[Any], answer: Any) -> type[m.Message[Any]] | None:
    """The kind of command whose answer was true before this one was done; None for all else.

    An end after which the session keeps its name (`valid_until`) leaves room for another start, and that for another
    end.
    """
    if not isinstance(answer, m.CommandResult) or answer.status is not m.CommandStatus.ACCEPTED:
        return None
    if isinstance(message, m.StopSession) and answer.valid_until is not None:
        return m.StartSession
    return m.StopSession if isinstance(message, m.StartSession) and answer.valid_until is not None else None


def forget(transaction: Transaction, connection: str, kind: type[m.Message[Any]], hub_id: str) -> None:
    """The next command of this kind in this session is a new one."""
    same = inbox.c.connection == connection, inbox.c.key.startswith(f"{kind.__name__}/{hub_id}/", autoescape=True)
    transaction.execute(delete(inbox).where(*same, inbox.c.answer.is_not(None)))
