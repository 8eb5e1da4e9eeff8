"""The direct endpoints that a connection knows: its own, with their tokens of the day, and its partners'.

Tokens are secrets of a day. In the store they are sealed with the journal's key; where the settings have none they
stand there as they are, and the log says so.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from gateway.log import logger
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.sealing import Keyring, Unopened
from gateway.store import Database
from gateway.store import endpoints as rows
from gateway.store.database import Transaction
from gateway.store.endpoints import Row
from gateway.store.publications import in_turn

_log = logger(__name__)
_TOKEN_BYTES = 32
Make = Callable[[], str]


def random_token() -> str:
    """256 bits of the system's randomness, in base64url: 43 characters, no `:` among them."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class Endpoints:
    """An EndpointBook in memory."""

    def __init__(self, new_token: Make = random_token) -> None:
        self.new_token = new_token
        self._ours: list[DirectEndpoint] = []
        self._taken: list[DirectEndpoint] = []
        self._partners: list[DirectEndpoint] = []
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None

    async def ours(self) -> Sequence[DirectEndpoint]:
        return tuple(self._ours)

    async def taken(self) -> Sequence[DirectEndpoint]:
        return tuple(self._taken)

    async def keep_ours(self, endpoints: Sequence[DirectEndpoint], *, taken: bool = True) -> None:
        self._ours = _with(self._ours, endpoints)
        self._taken = _with(self._taken, endpoints if taken else ())

    async def partners(self) -> Sequence[DirectEndpoint]:
        return tuple(self._partners)

    async def keep_partners(self, endpoints: Sequence[DirectEndpoint], at: datetime) -> None:
        days = {one.day for one in endpoints}
        self._partners = [one for one in self._partners if one.day not in days]
        self._partners += [one for one in endpoints if one.day is not None]
        self._fetched_at = self._tried_at = at

    async def fetched_at(self) -> datetime | None:
        return self._fetched_at

    async def may_fetch(self, now: datetime, pause_seconds: float) -> bool:
        if self._tried_at is not None and now - timedelta(seconds=pause_seconds) < self._tried_at <= now:
            return False
        self._tried_at = now
        return True

    async def forget(self, before: date) -> None:
        for listed in (self._ours, self._taken, self._partners):
            listed[:] = [one for one in listed if one.day is not None and one.day >= before]


def _with(known: list[DirectEndpoint], endpoints: Sequence[DirectEndpoint]) -> list[DirectEndpoint]:
    kept = [one for one in known if not any(is_same(one, other) for other in endpoints)]
    return [*kept, *(one for one in endpoints if one.day is not None)]


def is_same(one: DirectEndpoint, other: DirectEndpoint) -> bool:
    """The same token of the same day, whatever it was offered for."""
    return (one.role, one.day, one.token) == (other.role, other.day, other.token)


class StoredEndpoints:
    """The EndpointBook of one connection in the store."""

    def __init__(self, database: Database, connection: str, keys: Keyring, new_token: Make = random_token) -> None:
        self._database, self._connection, self._keys, self.new_token = database, connection, keys, new_token

    @property
    def is_sealed(self) -> bool:
        """Whether there is a key to seal tokens with."""
        return bool(self._keys)

    async def ours(self) -> Sequence[DirectEndpoint]:
        return [self._opened(row) for row in await self._listed(ours=True) if self._opens(row)]

    async def taken(self) -> Sequence[DirectEndpoint]:
        return [self._opened(row) for row in await self._listed(ours=True) if row.taken and self._opens(row)]

    async def partners(self) -> Sequence[DirectEndpoint]:
        return [self._opened(row) for row in await self._listed(ours=False) if self._opens(row)]

    async def keep_ours(self, endpoints: Sequence[DirectEndpoint], *, taken: bool = True) -> None:
        new = [self._row(one, ours=True, taken=taken) for one in endpoints if one.day is not None]
        if new and not self.is_sealed:
            _log.warning("tokens of direct endpoints are stored unsealed: set journal.key", connection=self._connection)

        def kept(transaction: Transaction) -> None:
            in_turn(transaction)
            before = [row for row in rows.listed(transaction, self._connection, ours=True) if self._opens(row)]
            same = [row for row in before if any(is_same(self._opened(row), one) for one in endpoints)]
            rows.remove(transaction, [row.id for row in same if row.id is not None])
            rows.add(transaction, self._connection, new)

        await self._database.write(kept)

    async def keep_partners(self, endpoints: Sequence[DirectEndpoint], at: datetime) -> None:
        new = [self._row(one, ours=False, taken=True) for one in endpoints if one.day is not None]

        def kept(transaction: Transaction) -> None:
            in_turn(transaction)
            rows.forget_days(transaction, self._connection, {row.day for row in new})
            rows.add(transaction, self._connection, new)
            rows.fetched(transaction, self._connection, at)

        await self._database.write(kept)

    async def fetched_at(self) -> datetime | None:
        found = await self._database.read(lambda transaction: rows.fetched_at(transaction, self._connection))
        return datetime.fromisoformat(found) if found else None

    async def may_fetch(self, now: datetime, pause_seconds: float) -> bool:
        before = now - timedelta(seconds=pause_seconds)

        def tried(transaction: Transaction) -> bool:
            return rows.try_fetch(transaction, self._connection, now, before)

        try:
            return await self._database.write(tried)
        except IntegrityError:
            # Another process was let through at the same moment.
            return False

    async def forget(self, before: date) -> None:
        await self._database.write(lambda transaction: rows.forget(transaction, self._connection, before))

    # --- rows ----------------------------------------------------------------------------------------------------

    async def _listed(self, *, ours: bool) -> Sequence[Row]:
        return await self._database.read(lambda transaction: rows.listed(transaction, self._connection, ours=ours))

    def _row(self, endpoint: DirectEndpoint, *, ours: bool, taken: bool) -> Row:
        day = endpoint.day.isoformat() if endpoint.day is not None else ""
        token = endpoint.token.encode() if endpoint.token is not None else None
        if token is not None and self._keys:
            token = self._keys.seal(token, self._place(day, ours=ours))
        return Row(
            ours=ours,
            role=endpoint.role.value,
            url=endpoint.url,
            version=endpoint.version,
            day=day,
            token=token,
            sealed=self._keys.sealing if token is not None else None,
            allow=json.dumps(endpoint.allow),
            deny=json.dumps(endpoint.deny),
            taken=taken,
        )

    def _place(self, day: str, *, ours: bool) -> str:
        """What a token is sealed to, so that none is put in another's place."""
        return f"endpoint/{self._connection}/{'ours' if ours else 'partner'}/{day}"

    def _opens(self, row: Row) -> bool:
        try:
            self._token(row)
        except Unopened as error:
            _log.error("a direct endpoint is left out", connection=self._connection, day=row.day, words=str(error))
            return False
        return True

    def _token(self, row: Row) -> str | None:
        """Raises Unopened."""
        if row.token is None or row.sealed is None:
            return row.token.decode() if row.token is not None else None
        return self._keys.opened(row.token, row.sealed, self._place(row.day, ours=row.ours)).decode()

    def _opened(self, row: Row) -> DirectEndpoint:
        return DirectEndpoint(
            role=Role(row.role),
            url=row.url,
            version=row.version,
            token=self._token(row),
            day=date.fromisoformat(row.day),
            allow=tuple(json.loads(row.allow)),
            deny=tuple(json.loads(row.deny)),
        )
