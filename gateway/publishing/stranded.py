"""Rows that wait for a push which is over: the store was put back, or an earlier release settled it without them."""

from dataclasses import replace

from gateway.hub import Hub
from gateway.model import messages as m
from gateway.publishing.settling import UNREADABLE, settled_data, settled_statuses
from gateway.store import outbox, publications
from gateway.store.database import Transaction
from gateway.store.outbox import Entry


def settled_late(transaction: Transaction, hub: Hub, moment: str) -> int:
    """Tells them, so that they are planned anew; a full load among them has to be asked for again.

    Returns how many pushes it were.
    """
    name, publishing = hub.connection.name, hub.profile.publishing
    data, statuses = publications.stranded(transaction, name)
    for number in sorted(data):
        settled_data(transaction, _over(transaction, name, number, m.PublishEvses), None, publishing, moment)
    for number in sorted(statuses):
        settled_statuses(transaction, _over(transaction, name, number, m.PublishStatuses), None, publishing, moment)
    return len(data) + len(statuses)


def _over(
    transaction: Transaction, connection: str, number: int, kind: type[m.PublishEvses | m.PublishStatuses]
) -> Entry:
    """The entry as far as it still tells something; where it does not, it may have arrived or not."""
    unknown = {
        "state": "refused",
        "code": UNREADABLE,
        "words": "its outcome was lost",
        "message": "",
        "unknown_tries": 1,
    }
    try:
        entry = outbox.get(transaction, number)
    except KeyError:
        entry = Entry(id=number, connection=connection, lane="", key="", kind=kind.__name__, message="")
        return replace(entry, **unknown)  # type: ignore[arg-type]
    return entry if entry.state in ("refused", "withdrawn") else replace(entry, **unknown)  # type: ignore[arg-type]
