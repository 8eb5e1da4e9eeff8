"""What became of the outbox entries that carry tokens, written to their rows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.canonical import from_json
from gateway.errors import GatewayError
from gateway.model import messages as m
from gateway.store import outbox
from gateway.store import token_lists as store
from gateway.store.database import Transaction, stamp
from gateway.store.outbox import Entry
from gateway.store.token_lists import REVOKED, Listed
from gateway.token_lists.records import key_of, number_of, token_of

NOT_TAKEN = "the hub has not taken it"


def settled(transaction: Transaction, connection: str, number: int, now: datetime) -> Sequence[Listed]:
    """Writes down how an entry that is over has ended. Returns rows whose fate is lost: they are to be sent again."""
    rows = store.carried(transaction, number)
    is_load = store.account(transaction, connection).load_entry == number
    try:
        entry = outbox.get(transaction, number)
    except KeyError:
        if is_load:
            store.noted(transaction, connection, load_entry=None, words="its outcome was lost; ask for it again")
        return [replace(row, entry=None, there="maybe") for row in rows]
    taken = entry.state == "accepted"
    refusals = _refusals(entry, rows)
    # Taken, and yet nothing of it: the hub did not say what it left out.
    unsure = taken and len(rows) > 1 and all(row.key in refusals for row in rows)
    after = [_after(row, entry, refusals, stamp(now), taken=taken, unsure=unsure) for row in rows]
    store.kept(transaction, [row for row in after if row is not None])
    store.dropped(transaction, [row for row, one in zip(rows, after, strict=True) if one is None])
    if is_load:
        there = {row.key for row in after if row is not None and row.state == "current"}
        _loaded(transaction, entry, there, now, taken=taken and not unsure)
    return ()


def _after(
    row: Listed, entry: Entry, refusals: dict[str, str], now: str, *, taken: bool, unsure: bool
) -> Listed | None:
    """The row once its newest entry is over; None: it goes, the hub takes the token no longer."""
    words = refusals.get(row.key)
    clean = replace(row, entry=None, sent=None, code=None, words=None, changed_at=now)
    if taken and words is None:
        if row.sent == REVOKED:
            return None
        return replace(clean, state="current", there="yes", accepted=row.sent, accepted_at=now)
    if row.sent == REVOKED and entry.state == "withdrawn" and row.there == "no":
        return None
    there = "maybe" if (unsure or entry.unknown_tries) and row.there == "no" else row.there
    said = words or (f"withdrawn: {entry.words}" if entry.state == "withdrawn" else entry.words) or NOT_TAKEN
    return replace(clean, state="refused", there=there, code=entry.code, words=said)


def _refusals(entry: Entry, rows: Sequence[Listed]) -> dict[str, str]:
    """Key → reason, of the tokens that the answer names as not taken, be it by the number alone: hubs leave out the
    kind or the contract of what they refuse, or spell it in another way."""
    answer = _answer(entry)
    said = (answer.reason.text if answer.reason is not None else None) or NOT_TAKEN
    ours = {row.key for row in rows}
    exact = {key for token in answer.refused_tokens if (key := key_of(token)) in ours}
    numbers = {one.uid.upper(): one.text or said for one in answer.refused if one.uid}
    numbers |= {number_of(token): said for token in answer.refused_tokens if key_of(token) not in ours}
    given = ((row.key, number_of(token_of(row.document))) for row in rows)
    return dict.fromkeys(exact, said) | {key: numbers[uid] for key, uid in given if uid in numbers}


def _answer(entry: Entry) -> m.Publication:
    """A damaged answer names nobody."""
    try:
        document = json.loads(entry.answer or "{}")
        return from_json(m.Publication, document) if isinstance(document, dict) else m.Publication()
    except (ValueError, TypeError, KeyError, GatewayError):
        return m.Publication()


def _loaded(transaction: Transaction, entry: Entry, there: set[str], now: datetime, *, taken: bool) -> None:
    """An accepted full load tells what the hub has: what it took of it, and what was sent after it."""
    if not taken:
        store.noted(transaction, entry.connection, load_entry=None, words=entry.words or entry.state)
        return
    store.noted(transaction, entry.connection, load_entry=None, baseline_at=stamp(now), words=None)
    rest = [
        row
        for row in store.listed(transaction, entry.connection)
        if row.there != "no" and (row.entry is None or row.entry < entry.id) and row.key not in there
    ]
    store.dropped(transaction, [row for row in rest if row.wanted is None])
    store.kept(transaction, [replace(row, there="no", accepted=None) for row in rest if row.wanted is not None])
