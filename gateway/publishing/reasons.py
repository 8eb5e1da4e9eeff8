"""Why something is not, or not as we want it, at a hub: one sentence for each EVSE."""

from collections.abc import Iterator, Mapping

from gateway.hub import Hub
from gateway.publishing.results import Held
from gateway.publishing.states import DUE, WAITS
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.publications import Published


def no_baseline(hub: Hub, words: str | None = None) -> str:
    """`words`: what became of the last full load."""
    title = hub.profile.title.partition(" (")[0]
    text = (
        f"nothing is remembered of what {title} has: run `roaming-gateway publish full-load {hub.connection.name}` "
        "and confirm its preview"
    )
    return f"{text} (the last full load: {words})" if words else text


def reasons(transaction: Transaction, hub: Hub, operators: Mapping[str, str], evse: str = "") -> list[Held]:
    """`operators`: those that are held back, by compact id, and why."""
    name = hub.connection.name
    account = publications.account(transaction, name)
    unknown = hub.profile.publishing.baseline and account.baseline_at is None
    general = no_baseline(hub, account.words) if unknown else None
    rows = publications.listed(transaction, connection=name, evse=evse)
    found = [held for row in rows for held in (*_data(row, operators, general), *_status(row, operators))]
    if account.words and not evse and all(held.reason != general for held in found):
        found.insert(0, Held(name, "", "load", "refused", f"the last full load: {account.words}"))
    return found


def _data(row: Published, operators: Mapping[str, str], general: str | None) -> Iterator[Held]:
    if row.state == "refused":
        yield Held(row.connection, row.spelled, "data", "refused", f"{row.code or ''} {row.words or ''}".strip())
    elif row.state == "held":
        yield Held(row.connection, row.spelled, "data", "held", row.held or "")
    elif row.state in DUE and (operators.get(row.operator) or general):
        yield Held(row.connection, row.spelled, "data", "held", operators.get(row.operator) or general or "")


def _status(row: Published, operators: Mapping[str, str]) -> Iterator[Held]:
    if row.status_state == WAITS:
        reason = "the hub has not accepted the data of its EVSE yet"
        yield Held(row.connection, row.spelled, "status", "waits", reason)
    elif row.status_state == "refused":
        yield Held(row.connection, row.spelled, "status", "refused", row.status_words or "")
    elif row.status_state == "due" and row.operator in operators:
        yield Held(row.connection, row.spelled, "status", "held", operators[row.operator])
