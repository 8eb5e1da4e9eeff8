"""The book of direct endpoints: the same in memory, on SQLite and on PostgreSQL; sealed, and shared by processes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.endpoints import Endpoints, StoredEndpoints, random_token
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.ports import EndpointBook
from gateway.sealing import Keyring
from gateway.store import Database
from gateway.store.tables import endpoints as table

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = date(2026, 1, 15)
NEXT = date(2026, 1, 16)
KEY = Keyring.of(["a passphrase made up for tests"])
OTHER_KEY = Keyring.of(["another passphrase of the tests"])
OURS = DirectEndpoint(
    role=Role.CPO,
    url="https://cpo.example.com/ochp",
    version="http://ochp.eu/1.4",
    token="our-token-of-15",
    day=DAY,
    allow=("DE823E%", "NLGWEE0%"),
    deny=("DE823E1234*99%",),
)
THEIRS = DirectEndpoint(
    role=Role.EMSP, url="https://emp.example.com/ochp", token="their-token", day=DAY, allow=("DE8AAC%",)
)


def of(endpoint: DirectEndpoint, **values: object) -> DirectEndpoint:
    return replace(endpoint, **values)  # type: ignore[arg-type]


@pytest.fixture(params=["memory only", "store", "sealed store"])
def book(request: pytest.FixtureRequest, database: Database) -> EndpointBook:
    if request.param == "memory only":
        return Endpoints()
    return StoredEndpoints(database, "clearing", KEY if "sealed" in request.param else Keyring())


async def test_what_is_kept_comes_back_whole(book: EndpointBook) -> None:
    await book.keep_ours([OURS])
    await book.keep_partners([THEIRS], NOW)
    assert list(await book.ours()) == list(await book.taken()) == [OURS]
    assert list(await book.partners()) == [THEIRS]
    assert await book.fetched_at() == NOW


async def test_what_the_hub_has_not_taken_is_ours_all_the_same(book: EndpointBook) -> None:
    other = of(OURS, token="a second token")
    await book.keep_ours([OURS], taken=False)
    await book.keep_ours([other])
    assert (list(await book.ours()), list(await book.taken())) == ([OURS, other], [other])
    await book.keep_ours([OURS])
    assert (list(await book.ours()), list(await book.taken())) == ([other, OURS], [other, OURS])


async def test_the_same_token_with_other_patterns_takes_the_place_of_the_first(book: EndpointBook) -> None:
    wider = of(OURS, allow=("DE823E%",), url="https://cpo.example.com/new")
    await book.keep_ours([OURS])
    await book.keep_ours([wider])
    assert list(await book.ours()) == [wider]


async def test_a_new_list_replaces_the_days_that_it_has_and_no_other(book: EndpointBook) -> None:
    tomorrow = of(THEIRS, day=NEXT, token="their-next")
    changed = of(tomorrow, token="their-next-again")
    await book.keep_partners([THEIRS, tomorrow], NOW)
    await book.keep_partners([changed], NOW + timedelta(minutes=5))
    assert list(await book.partners()) == [THEIRS, changed]
    await book.keep_partners([], NOW + timedelta(minutes=9))
    assert list(await book.partners()) == [THEIRS, changed]
    assert await book.fetched_at() == NOW + timedelta(minutes=9)


async def test_what_has_no_day_cannot_be_kept(book: EndpointBook) -> None:
    await book.keep_partners([of(THEIRS, day=None)], NOW)
    await book.keep_ours([of(OURS, day=None)])
    assert (list(await book.partners()), list(await book.ours())) == ([], [])


async def test_old_days_are_forgotten(book: EndpointBook) -> None:
    early = of(OURS, day=DAY - timedelta(days=2))
    await book.keep_ours([early, OURS])
    await book.keep_partners([of(THEIRS, day=early.day), THEIRS], NOW)
    await book.forget(DAY - timedelta(days=1))
    assert list(await book.ours()) == list(await book.taken()) == [OURS]
    assert list(await book.partners()) == [THEIRS]


async def test_the_list_is_asked_for_at_most_once_in_a_pause(book: EndpointBook) -> None:
    asked = [await book.may_fetch(NOW + timedelta(seconds=seconds), 300) for seconds in (0, 10, 299, 300, 301)]
    assert asked == [True, False, False, True, False]
    await book.keep_partners([THEIRS], NOW + timedelta(seconds=500))
    assert not await book.may_fetch(NOW + timedelta(seconds=799), 300)
    assert await book.may_fetch(NOW + timedelta(seconds=800), 300)


async def test_a_clock_that_was_wrong_keeps_nobody_from_asking(book: EndpointBook) -> None:
    await book.keep_partners([THEIRS], NOW + timedelta(days=60))
    assert [await book.may_fetch(NOW + timedelta(seconds=seconds), 300) for seconds in (0, 10, 300)] == [
        True, False, True,
    ]  # fmt: skip


async def test_nothing_is_known_at_first(book: EndpointBook) -> None:
    assert (list(await book.ours()), list(await book.partners()), await book.fetched_at()) == ([], [], None)


def test_tokens_are_random_and_without_a_colon() -> None:
    tokens = {random_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}
    assert not any(":" in token for token in tokens)


# --- in the store ------------------------------------------------------------------------------------------------


async def stored(database: Database) -> list[tuple[bytes | None, str | None]]:
    with database.engine.connect() as connection:
        return [(row.token, row.sealed) for row in connection.execute(select(table))]


async def test_a_token_is_sealed_where_there_is_a_key(database: Database) -> None:
    await StoredEndpoints(database, "clearing", KEY).keep_ours([OURS])
    ((token, sealed),) = await stored(database)
    assert sealed == KEY.sealing
    assert b"our-token" not in (token or b"our-token")


async def test_without_a_key_it_stands_as_it_is_and_the_log_says_so(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await StoredEndpoints(database, "clearing", Keyring()).keep_ours([OURS])
    assert await stored(database) == [(b"our-token-of-15", None)]
    assert "stored unsealed: set journal.key" in caplog.text
    assert "our-token" not in caplog.text


async def test_another_key_leaves_out_what_it_cannot_open_and_goes_on(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await StoredEndpoints(database, "clearing", KEY).keep_ours([OURS])
    book = StoredEndpoints(database, "clearing", OTHER_KEY)
    assert list(await book.ours()) == []
    assert "cannot be opened: sealed with key" in caplog.text
    await book.keep_ours([of(OURS, token="new")])
    assert list(await book.ours()) == [of(OURS, token="new")]
    followed = StoredEndpoints(database, "clearing", Keyring((*OTHER_KEY.keys, *KEY.keys)))
    assert [one.token for one in await followed.ours()] == ["our-token-of-15", "new"]


async def test_a_sealed_token_opens_in_no_other_place(database: Database) -> None:
    await StoredEndpoints(database, "clearing", KEY).keep_ours([OURS])
    with database.engine.begin() as transaction:
        transaction.execute(table.update().values(connection="another"))
    assert list(await StoredEndpoints(database, "another", KEY).ours()) == []


async def test_connections_have_books_of_their_own(database: Database) -> None:
    one, other = (StoredEndpoints(database, name, KEY) for name in ("one", "other"))
    await one.keep_ours([OURS])
    await one.keep_partners([THEIRS], NOW)
    assert (list(await other.ours()), list(await other.partners()), await other.fetched_at()) == ([], [], None)
    assert await other.may_fetch(NOW, 300)


async def test_of_several_processes_one_is_let_through(dsn: str) -> None:
    first = Database(dsn)
    first.migrate()
    databases = [first, *(first if dsn == "sqlite://" else Database(dsn) for _ in range(3))]
    books = [StoredEndpoints(database, "clearing", KEY) for database in databases]
    for moment in (NOW, NOW + timedelta(seconds=300)):
        let = await asyncio.gather(*(book.may_fetch(moment, 300) for book in books))
        assert sorted(let) == [False, False, False, True]
    await books[0].keep_ours([OURS])
    assert [list(await book.ours()) for book in books] == [[OURS]] * 4
    for database in dict.fromkeys(databases):
        database.close()


async def test_several_processes_keep_one_list(dsn: str) -> None:
    first = Database(dsn)
    first.migrate()
    databases = [first, *(first if dsn == "sqlite://" else Database(dsn) for _ in range(3))]
    books = [StoredEndpoints(database, "clearing", KEY) for database in databases]
    await asyncio.gather(*(book.keep_partners([THEIRS], NOW) for book in books))
    assert list(await books[0].partners()) == [THEIRS]
    for database in set(databases):
        database.close()


@pytest.mark.parametrize("make", [Endpoints, lambda make: StoredEndpoints(Database(), "clearing", KEY, make)])
def test_what_makes_tokens_is_given(make: Callable[[Callable[[], str]], EndpointBook]) -> None:
    assert make(lambda: "drawn elsewhere").new_token() == "drawn elsewhere"
