"""What is to be sent: tokens against rows, and rows as messages to the hub."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.connections import option
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.store.database import stamp
from gateway.store.token_lists import REVOKED, Listed
from gateway.token_lists.records import TokenRecord, token_of
from gateway.token_lists.results import label

VALIDITY, RENEWAL = "token_validity_days", "token_renewal_days"
"""Options of a profile or a connection: how long a token is valid whose issuer names no end, and how many days before
that it is prolonged; 0: never."""
RENEWAL_DAYS = 30.0
TOGETHER = 1000
"""Most tokens in one update; a full load is always one message."""


@dataclass
class Planned:
    """Rows that change, by what is to be done at the hub; and what stays."""

    inserts: list[Listed] = field(default_factory=list)
    updates: list[Listed] = field(default_factory=list)
    revoked: list[Listed] = field(default_factory=list)
    refused: list[Listed] = field(default_factory=list)
    unchanged: int = 0


def compared(hub: Hub, records: Iterable[TokenRecord], present: dict[str, Listed]) -> Planned:
    """What the hub refused before is not sent again until it changes."""
    planned = Planned()
    for record in records:
        before = present.get(record.key)
        same = before is not None and before.wanted == record.digest and before.renews == record.renews
        if before is not None and same and before.state == "refused":
            planned.refused.append(before)
        elif same:
            planned.unchanged += 1
        else:
            known = before is not None and before.there != "no"
            row = _wanted(hub, record, before)
            (planned.updates if known else planned.inserts).append(row)
    return planned


def _wanted(hub: Hub, record: TokenRecord, before: Listed | None) -> Listed:
    row = before or Listed(connection=hub.connection.name, key=record.key, provider="", document="")
    return replace(
        row,
        provider=record.provider.compact,
        document=record.document,
        wanted=record.digest,
        renews=record.renews,
    )


def revoked(rows: Iterable[Listed]) -> list[Listed]:
    """Rows that are wanted no longer; a revocation that is under way is not begun again."""
    fresh = (row for row in rows if row.wanted is not None or row.state != "sending")
    return [replace(row, wanted=None, renews=False) for row in fresh]


def again(rows: Iterable[Listed]) -> Planned:
    """Everything once more as it is wanted."""
    planned = Planned()
    for row in rows:
        known = planned.updates if row.there != "no" else planned.inserts
        (planned.revoked if row.wanted is None else known).append(row)
    return planned


def ends(hub: Hub, now: datetime) -> datetime | None:
    """Until when a token is valid whose issuer names no end; None where the hub demands none."""
    days = option(hub.connection, hub.profile, VALIDITY)
    return now.replace(microsecond=0) + timedelta(days=float(days)) if days else None


def renewal_before(hub: Hub, now: datetime) -> datetime | None:
    """What ends before this moment is prolonged now; None: nothing is."""
    validity, lead = option(hub.connection, hub.profile, VALIDITY), option(hub.connection, hub.profile, RENEWAL)
    days = RENEWAL_DAYS if lead is None else float(lead)
    if not validity or not days:
        return None
    return now + timedelta(days=min(days, float(validity) / 2))


def sending(rows: Iterable[Listed], entry: int, expires: datetime | None, now: datetime) -> list[Listed]:
    """Rows that an entry carries from now on."""
    return [_carried(row, entry, expires, stamp(now)) for row in rows]


def _carried(row: Listed, entry: int, expires: datetime | None, now: str) -> Listed:
    own = token_of(row.document).expires
    end = own if own is not None else expires
    if row.wanted is None:
        row = replace(row, sent=REVOKED)
    else:
        row = replace(row, sent=row.wanted, expires_at=stamp(end) if end is not None else None)
    return replace(
        row,
        entry=entry,
        state="sending",
        code=None,
        words=None,
        changed_at=now,
    )


def message_of(
    hub: Hub, rows: Sequence[Listed], action: m.PushAction, expires: datetime | None
) -> m.PublishTokens:  # fmt: skip
    """The message that carries rows; `expires` is for those whose issuer names no end."""
    tokens = (token_of(row.document) for row in rows)
    timed = tuple(token if token.expires is not None else replace(token, expires=expires) for token in tokens)
    return m.PublishTokens(action=action, provider=hub.connection.party, tokens=timed)


def portions(planned: Planned) -> Iterator[tuple[m.PushAction, list[Listed]]]:
    """(action, rows) of each message: what is new and what has changed, then what is revoked."""
    wanted = [*planned.inserts, *planned.updates]
    for action, rows in ((m.PushAction.UPDATE, wanted), (m.PushAction.DELETE, planned.revoked)):
        for start in range(0, len(rows), TOGETHER):
            yield action, rows[start : start + TOGETHER]


def labels(rows: Iterable[Listed]) -> tuple[str, ...]:
    return tuple(label(token_of(row.document)) for row in rows)
