"""What became of a push, written to the rows that it carried. Only what the hub accepted is remembered as accepted."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model import messages as m
from gateway.ports import Publishing
from gateway.publishing.outcomes import DECLINED, EXISTS, UNKNOWN, Pushed, Verdict, pushed, refusals, verdict
from gateway.publishing.states import GONE, accepted, moved, overdue, refused, released
from gateway.store import publications
from gateway.store.database import Transaction
from gateway.store.outbox import Entry
from gateway.store.publications import Published

UNREADABLE = "unreadable"
"""The code of an entry whose stored message was damaged: what it carried is planned anew from its rows."""


def kept(transaction: Transaction, rows: Sequence[Published]) -> None:
    """Saves the rows, and drops those of EVSEs that are gone."""
    publications.saved(transaction, [row for row in rows if row.state != GONE])
    publications.dropped(transaction, [row for row in rows if row.state == GONE])


# --- data --------------------------------------------------------------------------------------------------------


def settled_data(
    transaction: Transaction, entry: Entry, answer: m.Answer | None, publishing: Publishing, moment: str
) -> None:
    """The entry is closed: its rows are accepted, refused, or planned anew."""
    rows, sent = publications.carried(transaction, entry.id), pushed(entry)
    whole, carried = is_load(transaction, entry, sent), [row.evse for row in rows]
    unsure = False
    if entry.state == "accepted":
        named = refusals(answer, carried)
        # Taken, and yet nothing of it: the hub did not say what it left out.
        unsure = len(carried) > 1 and len(named) == len(set(carried))
        doubtful = unsure or _doubtful(entry)
        kept(transaction, [_taken(row, entry, named, publishing, moment, doubtful=doubtful) for row in rows])
    elif whole:
        named = dict(verdict(entry, answer, sent, publishing).named) if entry.state == "refused" else {}
        kept(transaction, [_not_loaded(row, entry, named, publishing) for row in rows])
    elif entry.code == UNREADABLE or (entry.state == "refused" and not set(carried) & set(sent.evses)):
        kept(transaction, [released(row, publishing, doubtful=_doubtful(entry)) for row in rows])
    elif entry.state == "refused":
        kept(transaction, _declined(rows, entry, verdict(entry, answer, sent, publishing), sent, publishing))
    else:
        kept(transaction, [refused(row, publishing, None, entry.words, doubtful=_doubtful(entry)) for row in rows])
    if whole and unsure:
        ended_load(transaction, entry.connection, entry.words or entry.code or entry.state, baseline_at=None)
    elif whole:
        loaded = {*carried, *sent.evses} - set(refusals(answer, [*carried, *sent.evses]))
        _settled_load(transaction, entry, loaded, publishing, moment)


def is_load(transaction: Transaction, entry: Entry, sent: Pushed) -> bool:
    """Whether an entry is a full load; its account tells it even of one whose message was damaged."""
    if sent.action is m.PushAction.REPLACE_ALL:
        return True
    account = publications.account(transaction, entry.connection)
    return entry.kind == m.PublishEvses.__name__ and account.full_load_entry == entry.id


def _doubtful(entry: Entry) -> bool:
    """Whether an earlier try had no answer, so that the hub may have acted on it."""
    return entry.unknown_tries > 0


def _taken(
    row: Published, entry: Entry, named: dict[str, str], publishing: Publishing, moment: str, *, doubtful: bool
) -> Published:
    if row.evse in named:
        return refused(row, publishing, entry.code, named[row.evse], doubtful=doubtful)
    return accepted(row, publishing, moment)


def _not_loaded(row: Published, entry: Entry, named: dict[str, str], publishing: Publishing) -> Published:
    if row.evse in named:
        return refused(row, publishing, entry.code, named[row.evse], doubtful=_doubtful(entry))
    return released(row, publishing, doubtful=_doubtful(entry))


def _settled_load(
    transaction: Transaction, entry: Entry, loaded: set[str], publishing: Publishing, moment: str
) -> None:
    """An accepted full load tells what the hub has: exactly that. One that failed has to be asked for again.

    Where it may have arrived all the same, nothing is known of the hub any more.
    """
    if entry.state != "accepted":
        forgotten = {"baseline_at": None} if _doubtful(entry) else {}
        ended_load(transaction, entry.connection, entry.words or entry.state, **forgotten)
        return
    ended_load(transaction, entry.connection, None, baseline_at=moment)
    known = publications.listed(transaction, connection=entry.connection, there=("maybe", "said", "yes"))
    kept(transaction, [_lost(row, publishing) for row in known if row.evse not in loaded])


def ended_load(transaction: Transaction, connection: str, words: str | None, **more: str | None) -> None:
    """No full load is asked for any longer; `words`: why it came to nothing."""
    done = {"full_load_at": None, "full_load_entry": None, "full_load_shown": None}
    publications.noted(transaction, connection, **done, words=words, **more)


def _lost(row: Published, publishing: Publishing) -> Published:
    state = row.state
    row = moved(row, publishing, there="no", accepted=None)
    return replace(row, state="refused") if state == "refused" and row.state != GONE else row


def learned(
    transaction: Transaction, rows: Sequence[Published], entry: Entry, publishing: Publishing
) -> bool:  # fmt: skip
    """Whether the refusal of an entry that still waits tells what has to be sent instead; its rows are planned anew."""
    sent = pushed(entry)
    found = verdict(entry, None, sent, publishing)
    if entry.state != "waiting" or found.kind == DECLINED:
        return False
    kept(transaction, _declined(rows, entry, found, sent, publishing))
    return True


def _declined(
    rows: Sequence[Published], entry: Entry, found: Verdict, sent: Pushed, publishing: Publishing
) -> list[Published]:
    """Those that are named; where nobody is, all of them, or each by itself if only one can be meant."""
    doubtful = _doubtful(entry)
    nobody = not any(row.evse in found.named for row in rows)
    if nobody and found.kind != DECLINED and len(rows) > 1:
        return [released(row, publishing, doubtful=doubtful, alone=True) for row in rows]
    return [
        _meant(row, entry, found, sent, publishing)
        if nobody or row.evse in found.named
        else released(row, publishing, doubtful=doubtful)
        for row in rows
    ]


def _meant(row: Published, entry: Entry, found: Verdict, sent: Pushed, publishing: Publishing) -> Published:
    words = found.named.get(row.evse, entry.words)
    if found.kind == EXISTS:
        return released(row, publishing, doubtful=False, there="said", accepted=None)
    if found.kind == UNKNOWN and (sent.action is m.PushAction.DELETE or row.there != "said"):
        return released(row, publishing, doubtful=False, there="no", accepted=None)
    if found.kind == UNKNOWN:
        words = f"the hub says that it has the record, and that it does not: {words}"
    return refused(row, publishing, entry.code, words, doubtful=_doubtful(entry))


def replanned(transaction: Transaction, rows: Sequence[Published], entry: Entry, publishing: Publishing) -> bool:
    """Whether other content is wanted than what waits and certainly has not arrived; it is planned anew."""
    if entry.state != "waiting" or entry.unknown_tries or not any(overdue(row) for row in rows):
        return False
    kept(transaction, [released(row, publishing, doubtful=False) for row in rows])
    return True


def retried(transaction: Transaction, publishing: Publishing, connection: str, evse: str = "") -> int:
    """What was refused is due again, data and statuses. Returns how many rows there were."""
    rows = publications.listed(transaction, connection=connection, evse=evse, states=("refused",))
    kept(transaction, [moved(row, publishing, alone=False, code=None, words=None) for row in rows])
    return len(rows) + publications.statuses_again(transaction, connection=connection, evse=evse)


# --- statuses ----------------------------------------------------------------------------------------------------


def settled_statuses(
    transaction: Transaction, entry: Entry, answer: m.Answer | None, publishing: Publishing, moment: str
) -> None:
    """Statuses that the hub refuses are named where it names them, and do not hold up the others."""
    rows = publications.carried_statuses(transaction, entry.id)
    sent = pushed(entry)
    if entry.state == "accepted":
        named = refusals(answer, tuple(sent.statuses))
    elif entry.state == "refused":
        named = dict(verdict(entry, answer, sent, publishing).named)
        named = named if any(row.evse in named for row in rows) else dict.fromkeys(sent.statuses, entry.words or "")
    else:
        named = dict.fromkeys(sent.statuses, entry.words or "")
    publications.saved_statuses(transaction, [_told(row, entry, named, sent, moment) for row in rows])


def _told(row: Published, entry: Entry, named: dict[str, str], sent: Pushed, moment: str) -> Published:
    newer = row.status_state != "sending"
    row = replace(row, status_entry=None)
    if row.evse in named:
        return row if newer else replace(row, status_state="refused", status_words=_words(entry, named[row.evse]))
    if entry.state != "accepted":
        return row if newer else replace(row, status_state="due")
    if row.evse not in sent.statuses:
        return row if newer else replace(row, status_state="due")
    status = sent.statuses[row.evse][0]
    row = replace(row, status_accepted=status, status_accepted_at=moment, status_words=None)
    return row if newer else replace(row, status_state="current")


def _words(entry: Entry, words: str) -> str:
    return words if entry.state != "refused" or entry.code is None else f"{entry.code}: {words}"


def replanned_statuses(transaction: Transaction, rows: Sequence[Published]) -> bool:
    """Whether one of the statuses that wait is no longer the newest; all of them are then planned anew."""
    if not any(row.status_state == "due" for row in rows):
        return False
    anew = [replace(row, status_entry=None, status_state="due" if row.status_state == "sending" else row.status_state)
            for row in rows]  # fmt: skip
    publications.saved_statuses(transaction, anew)
    return True
