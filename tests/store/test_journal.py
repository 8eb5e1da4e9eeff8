"""The journal on every database: what is kept, how it is found, and what a damaged row does to the others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from gateway.errors import Invalid
from gateway.http import HttpRequest, HttpResponse
from gateway.journal import Exchange, Journal, correlated
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.ids import ContractId, EvseId
from gateway.model.session import SessionIds
from gateway.model.token import Token
from gateway.settings import JournalSettings, parsed
from gateway.store import Database
from gateway.store.tables import journal as table
from gateway.store.tables import journal_names

OLD, NEW = "an older passphrase of ours", "today's passphrase of ours"
NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
UID, CONTRACT = "04A2B3C4D5E680", "DE-8EO-CA2B3C4D5-6"
BODY = f'{{"UID":"{UID}","PIN":"1234"}}'.encode()
BARE = f'{{"UID":"{UID}","PIN":"***"}}'.encode()
MASKED = '{"UID":"04…80","PIN":"***"}'
TOKEN = Token(uid=UID, contract_id=ContractId.parse(CONTRACT))
EVSE = EvseId.parse("DE*LON*E1111*1")
ASK = m.AuthorizeToken(token=TOKEN, evse=EVSE, session=SessionIds(cpo="LON-1"))
OPENED = m.Authorization(allowed=m.Allowed.ALLOWED, session=SessionIds(hub="H-1", cpo="LON-1"))


def settings(*keys: str, **more: Any) -> JournalSettings:
    return parsed({"journal": {"keys": list(keys), **more}}).journal


def kept(database: Database, *keys: str, at: datetime = NOON, **more: Any) -> Journal:
    return Journal(database, lambda: at, settings=settings(*keys, **more))


REQUEST = HttpRequest(
    path="/start",
    query="a=1",
    body=BODY,
    headers={"authorization": "Basic x", "x": "y"},
    peer_names=("hub", "h.example"),
)
REPLY = HttpResponse(status=200, headers={"set-cookie": "a"}, body=BODY)


def exchange(**changed: Any) -> Exchange:
    plain = Exchange("hubject", "in", REQUEST, "Start", response=REPLY)
    return replace(plain, **changed)


async def raw(database: Database) -> Sequence[Any]:
    return await database.read(lambda transaction: transaction.execute(select(table).order_by(table.c.id)).all())


async def test_an_exchange_is_kept_sealed_and_shown_masked(database: Database) -> None:
    journal = kept(database, NEW)
    await journal.write(exchange())
    (row,) = await raw(database)
    assert UID.encode() not in bytes(row.request) + bytes(row.response)
    (record,) = await journal.records()
    assert replace(record, milliseconds=0, sealed=None, id=1) == replace(
        record,
        id=1,
        at="2026-01-15T12:00:00.000000+00:00",
        connection="hubject",
        direction="in",
        operation="Start",
        peer="hub, h.example",
        method="POST",
        path="/start",
        query="a=1",
        request_headers={"authorization": "***", "x": "y"},
        response_headers={"set-cookie": "***"},
        request=MASKED,
        response=MASKED,
        status=200,
        sealed=None,
        error=None,
        milliseconds=0,
    )
    assert record.sealed == row.sealed
    (opened,) = await journal.opened()
    assert (opened.request, opened.response, opened.reason, opened.record) == (BARE, BARE, "", record)


async def test_without_a_key_bodies_are_masked_for_good(database: Database) -> None:
    await kept(database).write(exchange())
    for journal in (kept(database), kept(database, NEW)):
        (opened,) = await journal.opened()
        assert (opened.record.request, opened.record.response, opened.record.sealed) == (MASKED, MASKED, None)
        assert (opened.request, opened.response) == (b"", None)
        assert opened.reason == "masked for good: there was no key when it was written"


async def test_without_bodies_only_what_is_about_them_is_kept(database: Database) -> None:
    journal = kept(database, NEW, bodies=False)
    await journal.write(exchange())
    (opened,) = await journal.opened()
    assert (opened.record.request, opened.record.status) == ("", 200)
    assert opened.reason == "no body was kept: the settings say so"


async def test_a_key_is_followed_by_another(database: Database) -> None:
    await kept(database, OLD).write(exchange(card=UID))
    rotated = kept(database, NEW, OLD)
    await rotated.write(exchange(card=UID))
    assert [one.request for one in await rotated.opened()] == [BARE, BARE]
    assert len(await rotated.records(card=UID)) == 2
    assert len(await kept(database, NEW).records(card=UID)) == 1


async def test_a_row_that_cannot_be_opened_says_so_and_the_rest_goes_on(database: Database) -> None:
    await kept(database, OLD).write(exchange())
    journal = kept(database, NEW)
    for _ in range(3):
        await journal.write(exchange())
    ruined = update(table).where(table.c.id == 3).values(request=b"\0" * 40, request_headers="not JSON")
    await database.write(lambda transaction: transaction.execute(ruined))
    moved = update(table).where(table.c.id == 4).values(response=(await raw(database))[1].response)
    await database.write(lambda transaction: transaction.execute(moved))
    lost, good, broken, other = await journal.records()
    sealed_with = lost.sealed
    assert lost.request == f"(cannot be opened: sealed with key {sealed_with}, which the settings do not have)"
    assert (good.request, good.response) == (MASKED, MASKED)
    assert broken.request == f"(cannot be opened: what key {good.sealed} sealed has been damaged)"
    assert (broken.request_headers, broken.status) == ({}, 200)
    assert (other.request, other.response) == (MASKED, MASKED)


async def test_an_exchange_is_found_by_everything_it_names(database: Database) -> None:
    journal = kept(database, NEW)
    asked = exchange(response=None)
    correlated(asked, ASK)
    await journal.write(asked)
    await journal.relate(asked, OPENED)
    sent = exchange(operation="SubmitCdr", direction="out", error="NoAnswer: timeout")
    cdr = Cdr(id="CDR-1", session=SessionIds(hub="H-1"), evse=EVSE, token=TOKEN)
    correlated(sent, m.SubmitCdr(cdr=cdr))
    await journal.write(sent)
    await journal.write(exchange(connection="gireve"))
    for filters, ids in (
        ({"session": "LON-1"}, [1]),
        ({"session": "H-1"}, [1, 2]),
        ({"evse": "DELONE11111"}, [1, 2]),
        ({"evse": "de*lon*e1111*1", "direction": "out"}, [2]),
        ({"cdr": "CDR-1"}, [2]),
        ({"card": "04:a2:b3:c4:d5:e6:80"}, [1, 2]),
        ({"card": CONTRACT}, [1, 2]),
        ({"card": "04A2B3C4"}, []),
        ({"connection": "gireve"}, [3]),
        ({"operation": "SubmitCdr"}, [2]),
        ({"errors_only": True}, [2]),
        ({"ids": (2, 3)}, [2, 3]),
        ({"limit": 1}, [3]),
        ({"limit": 1, "after_id": 0}, [1]),
        ({"after_id": 2}, [3]),
    ):
        assert [one.id for one in await journal.records(**filters)] == ids, filters  # type: ignore[arg-type]
    assert [one.session for one in await journal.records(session="H-1")] == ["H-1", "H-1"]


async def test_a_push_is_found_by_each_of_its_evses(database: Database) -> None:
    journal = kept(database)
    push = exchange()
    reports = tuple(m.EvseStatusReport(evse=EvseId.parse(f"DE*LON*E{number}")) for number in range(3))
    correlated(push, m.PublishStatuses(statuses=reports))
    await journal.write(push)
    assert [len(await journal.records(evse=f"DE*LON*E{number}")) for number in range(4)] == [1, 1, 1, 0]


async def test_times_are_a_filter(database: Database) -> None:
    for hour in range(3):
        await kept(database, at=NOON + timedelta(hours=hour)).write(exchange())
    journal = kept(database)
    found = await journal.records(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2))
    assert [one.id for one in found] == [2]


async def test_a_card_is_never_stored_bare_and_not_at_all_without_a_key(database: Database) -> None:
    for journal in (kept(database), kept(database, NEW)):
        await journal.write(exchange(card=UID))
    names = await database.read(lambda transaction: transaction.execute(select(journal_names)).all())
    assert [(one.entry, one.kind, len(one.value), UID in one.value) for one in names] == [(2, "card", 64, False)]
    with pytest.raises(Invalid, match="the settings have no journal key"):
        await kept(database).records(card=UID)


async def test_what_no_database_can_store_is_stored_otherwise(database: Database) -> None:
    journal = kept(database)
    await journal.write(exchange(session="a\0b\ud800" + "c" * 10_000, operation="\0"))
    (record,) = await journal.records(session="a\0b\ud800" + "c" * 10_000)
    assert (record.operation, (record.session or "")[:5]) == (
        "\N{REPLACEMENT CHARACTER}",
        "a\N{REPLACEMENT CHARACTER}b?c",
    )


async def test_what_is_too_old_is_deleted_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.journal.PORTION", 2)
    journal = kept(database, NEW, retention_days=30)
    for _ in range(5):
        await journal.write(exchange(session="S"))
    await kept(database, NEW, at=NOON + timedelta(days=1)).write(exchange(session="S"))
    assert await journal.expired(NOON + timedelta(days=30)) == 0
    assert await journal.expired(NOON + timedelta(days=30, seconds=1)) == 5
    assert [one.id for one in await journal.records(session="S")] == [6]


async def test_a_store_that_fails_does_not_fail_the_exchange(database: Database) -> None:
    journal, before, after = kept(database, NEW), exchange(), exchange(session="S")
    await journal.write(before)
    await database.write(lambda transaction: transaction.execute(text("DROP TABLE gateway_journal_names")))
    await journal.write(after)
    await journal.relate(before, OPENED)
    assert ([one.id for one in await journal.records()], after.id) == ([1], None)


async def test_what_people_do_with_the_journal_is_noted(database: Database) -> None:
    journal = kept(database, NEW)
    await journal.note("journal show --unmask", "anna", connection="hubject", path="journal/7", session="H-1")
    (opened,) = await journal.opened(session="H-1", direction="own")
    record = opened.record
    assert (record.operation, record.peer, record.path, record.connection, opened.reason) == (
        "journal show --unmask", "anna", "journal/7", "hubject", "there is no message",
    )  # fmt: skip


async def test_a_large_exchange_is_kept_as_well(database: Database) -> None:
    body = b'{"a":"' + b"x" * 600_000 + b'"}'
    journal = kept(database, NEW)
    await journal.write(exchange(request=HttpRequest(body=body), response=None))
    assert [one.request for one in await journal.opened()] == [body]
