"""Every message in and out, with what it belongs to.

Credentials never reach the store. Bodies are sealed with a key of the settings; where there is none, they are masked
for good. What is read from here is masked, unless a caller asks for what was opened.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from sqlalchemy import Row, update

from gateway.correlation import CARD, CDR, EVSE, SESSION, Name, hub_session, names_of, plain_card, plain_evse
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.http import HttpRequest, HttpResponse
from gateway.journal_records import NOT_KEPT, Opened, Record, opened, place_of
from gateway.log import logger
from gateway.masking import masked, masked_bytes, masked_header, masked_ids, without_secrets
from gateway.sealing import Keyring
from gateway.settings import JournalSettings
from gateway.store import Database
from gateway.store import journal as rows
from gateway.store.database import Transaction, stamp
from gateway.store.journal import LONGEST_NAME, Filters, Names
from gateway.store.tables import journal as table

_ELSEWHERE = 256 * 1024
"""Bytes from which an exchange is made ready in a thread, so that nobody waits for it."""
_log = logger(__name__)
__all__ = ["Exchange", "Journal", "Opened", "Record", "correlated"]


@dataclass
class Exchange:
    """An exchange under way. Its facts are filled in as they become known; `names` are what it is found by."""

    connection: str
    direction: str
    request: HttpRequest
    operation: str | None = None
    session: str | None = None
    response: HttpResponse | None = None
    error: str | None = None
    began: float = field(default_factory=time.perf_counter)
    evse: str | None = None
    cdr: str | None = None
    card: str | None = field(default=None, repr=False)
    peer: str = ""
    names: set[Name] = field(default_factory=set, repr=False)
    id: int | None = None
    """The row's number, once it is written."""


def correlated(exchange: Exchange, value: Any) -> None:
    """Fills in what a canonical message or answer tells of the exchange. The hub's name of a session leads."""
    found = names_of(value)
    firsts = dict(reversed(found))
    exchange.session = hub_session(value) or exchange.session or firsts.get(SESSION)
    exchange.evse = exchange.evse or firsts.get(EVSE)
    exchange.cdr = exchange.cdr or firsts.get(CDR)
    exchange.card = exchange.card or firsts.get(CARD)
    exchange.names.update(found)


class Journal:
    """`settings` has the keys, and how long rows are kept; `saw` counts. Raises Invalid for a key that is none."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        settings: JournalSettings | None = None,
        saw: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        self._saw = saw
        self._database, self._now, self._settings = database, now, settings or JournalSettings()
        self._keys = self.keys = Keyring.of(self._settings.secrets)

    # --- writing -------------------------------------------------------------------------------------------------

    async def write(self, exchange: Exchange) -> None:
        """An exchange has happened, whether or not it can be written down: a failure here is only logged."""
        try:
            await self._write(exchange)
        except Exception:
            _log.exception("an exchange is missing in the journal", connection=exchange.connection)
        finally:
            self._saw(exchange)

    async def wrote(self, exchange: Exchange, work: Callable[[Transaction], object]) -> bool:
        """Whether the exchange and what `work` writes are in the store, both or neither."""
        try:
            await self._write(exchange, work)
        except Exception:
            _log.warning("an exchange and what belongs to it are written apart", connection=exchange.connection)
            return False
        self._saw(exchange)
        return True

    async def _write(self, exchange: Exchange, work: Callable[[Transaction], object] | None = None) -> None:
        size = len(exchange.request.body) + (len(exchange.response.body) if exchange.response else 0)
        values = await asyncio.to_thread(self._row, exchange) if size > _ELSEWHERE else self._row(exchange)
        names = self._kept_names(exchange)

        def written(transaction: Transaction) -> int:
            if work is not None:
                work(transaction)
            return rows.add(transaction, values, names)

        exchange.id = await self._database.write(written)

    async def relate(self, exchange: Exchange, value: Any) -> None:
        """What an answer tells of an exchange that is written already: the hub's name of a new session."""
        before, session = self._kept_names(exchange), exchange.session
        correlated(exchange, value)
        entry, more = exchange.id, self._kept_names(exchange) - before
        if entry is None or (not more and session == exchange.session):
            return
        try:
            await self._database.write(lambda transaction: _relate(transaction, entry, exchange.session, more))
        except Exception:
            _log.exception("an exchange is not related to its session", connection=exchange.connection)

    async def note(self, operation: str, by: str, *, connection: str, path: str, session: str | None = None) -> None:
        """Something a person did with the journal. Unlike an exchange it fails where it cannot be written down."""
        values = self._values(Exchange(connection, "own", HttpRequest(method="", path=path), operation, session))
        names: Names = frozenset({(SESSION, session[:LONGEST_NAME])}) if session else frozenset()
        await self._database.write(
            lambda transaction: rows.add(transaction, {**values, "peer": _storable(by), "request": b""}, names)
        )

    def _row(self, exchange: Exchange) -> dict[str, Any]:
        values, response = self._values(exchange), exchange.response
        values["request"] = self._kept(exchange.request.body, place_of(values, "request"))
        values["response"] = self._kept(response.body, place_of(values, "response")) if response else None
        values["sealed"] = self._keys.sealing if self._settings.bodies else NOT_KEPT
        return values

    def _kept(self, body: bytes, place: str) -> bytes:
        if not self._settings.bodies:
            return b""
        return self._keys.seal(without_secrets(body), place) if self._keys else masked_bytes(body).encode()

    def _values(self, exchange: Exchange) -> dict[str, Any]:
        request, response = exchange.request, exchange.response
        peer = exchange.peer or ", ".join(request.peer_names) or request.peer_address
        texts = {
            "operation": exchange.operation,
            "session": exchange.session,
            "evse": exchange.evse,
            "cdr": exchange.cdr,
            "peer": peer,
            "service": request.service,
            "path": masked_ids(request.path),
            "query": masked_ids(request.query),
            "error": masked_ids(masked(exchange.error)) if exchange.error else None,
        }
        return {
            "at": stamp(self._now()),
            "connection": exchange.connection,
            "direction": exchange.direction,
            "method": request.method[:8],
            **{name: _storable(text) for name, text in texts.items()},
            "path": _storable(texts["path"]) or "",
            "request_headers": _headers(request.headers),
            "status": response.status if response else None,
            "response_headers": _headers(response.headers) if response else None,
            "milliseconds": round((time.perf_counter() - exchange.began) * 1000),
        }

    def _kept_names(self, exchange: Exchange) -> Names:
        given = {SESSION: exchange.session, EVSE: exchange.evse, CDR: exchange.cdr, CARD: exchange.card}
        names = exchange.names | {(kind, name) for kind, name in given.items() if name}
        return frozenset((kind, value) for kind, name in names for value in self._searched(kind, name)[:1])

    def _searched(self, kind: str, name: str) -> Sequence[str]:
        """What a name is found by, today's first: of cards the keyed hashes, nothing where there is no key."""
        if kind == CARD:
            return self._keys.hashes(plain_card(name))
        value = plain_evse(name) if kind == EVSE else name
        return [(_storable(value) or "")[:LONGEST_NAME]]

    def card_hash(self, card: str) -> str | None:
        """A card's or contract's name where its id must not stand; None where there is no key."""
        return next(iter(self._keys.hashes(plain_card(card))), None)

    # --- reading -------------------------------------------------------------------------------------------------

    async def records(
        self, *, limit: int = 1000, after_id: int | None = None, bodies: bool = True, **filters: Unpack[Filters]
    ) -> Sequence[Record]:
        """Newest last: the newest `limit`, or with `after_id` the next ones. Without `bodies` only what is about them.

        Raises Invalid where cards are asked for and there is no key to hash them with.
        """
        found = await self._found(filters, limit, after_id, bodies)
        return [opened(row, self._keys).record for row in found]

    async def opened(
        self, *, limit: int = 1000, after_id: int | None = None, **filters: Unpack[Filters]
    ) -> Sequence[Opened]:
        """As `records`, with the bodies as they were where they can be opened."""
        return [opened(row, self._keys) for row in await self._found(filters, limit, after_id, True)]

    async def _found(self, filters: Filters, limit: int, after_id: int | None, bodies: bool) -> Sequence[Row[Any]]:
        given = {kind: filters.get(kind) for kind in (SESSION, EVSE, CDR, CARD)}
        names = [(kind, self._searched(kind, str(name))) for kind, name in given.items() if name]
        if given[CARD] and not self._keys:
            text = "cards are found by a keyed hash, and the settings have no journal key"
            raise Invalid([Finding("/journal/key", Severity.ERROR, "journal", text)])
        return await self._database.read(
            lambda transaction: rows.found(transaction, filters, names, limit=limit, after_id=after_id, bodies=bodies)
        )

    # --- keeping -------------------------------------------------------------------------------------------------

    async def expired(self, now: datetime | None = None) -> int:
        """Deletes what is older than the settings keep, in portions; returns how many rows there were."""
        before = (now or self._now()) - timedelta(days=self._settings.retention_days)
        count = 0
        while portion := await self._database.write(lambda transaction: rows.expire(transaction, before)):
            count += portion
        return count


def _relate(transaction: Transaction, entry: int, session: str | None, more: Names) -> None:
    transaction.execute(update(table).where(table.c.id == entry).values(session=_storable(session)))
    rows.name(transaction, entry, more)


def _storable(text: str | None) -> str | None:
    """No database stores half a surrogate pair, and PostgreSQL no NUL."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}") if text else None


def _headers(headers: Mapping[str, str]) -> str:
    return json.dumps({name: masked_ids(masked_header(name, value)) for name, value in headers.items()})
