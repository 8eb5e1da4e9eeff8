"""The journal from the command line: every message in and out, found by what it belongs to; masked unless asked."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import say
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

Config = Annotated[Path, typer.Option(help="The settings, TOML.")]
Id = Annotated[int, typer.Argument(help="The entry's number, as `journal list` shows it.")]
OfConnection = Annotated[str, typer.Option("--connection", help="The connection's name.")]
OfSession = Annotated[str, typer.Option("--session", help="A session's id, whoever gave it.")]
OfEvse = Annotated[str, typer.Option("--evse", help="An EVSE id, with or without separators.")]
OfCdr = Annotated[str, typer.Option("--cdr", help="A CDR's id.")]
OfCard = Annotated[str, typer.Option("--card", help="A card's or contract's id; needs the journal's key.")]
OfDirection = Annotated[str, typer.Option("--direction", help="in, out, or own: what people did with the journal.")]
OfOperation = Annotated[str, typer.Option("--operation", help="The operation, as `journal list` shows it.")]
OnlyErrors = Annotated[bool, typer.Option("--errors", help="Only what failed.")]
Since = Annotated[str, typer.Option("--since", help="ISO 8601; UTC where it says nothing.")]
Until = Annotated[str, typer.Option("--until", help="ISO 8601; UTC where it says nothing.")]
Ids = Annotated[str, typer.Option("--ids", help="One number, or a range: 17-29.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")]

journal = typer.Typer(help="Every message in and out.", no_args_is_help=True)


def no(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "journal", text)])


def with_journal(config: Path, work: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    """Runs `work` on the settings and the journal of their store."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.journal import Journal
    from gateway.settings import load
    from gateway.store import Database

    async def run() -> Any:
        settings = load(config)
        database = Database(settings.store.dsn, schema=settings.store.schema_name)
        try:
            database.migrate()
            return await work(settings, Journal(database, settings=settings.journal))
        except SQLAlchemyError as error:
            raise no(f"the store: {str(getattr(error, 'orig', None) or error).splitlines()[0]}") from None
        finally:
            await asyncio.to_thread(database.close)

    return asyncio.run(run())


def moment(text: str, option: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time such as 2026-01-15T12:00", param_hint=option) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def id_range(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise typer.BadParameter(f"{text!r} is no number and no range such as 17-29", param_hint="--ids")
    return int(first), int(last or first)


def filters_of(since: str, until: str, ids: str, **plain: Any) -> dict[str, Any]:
    """The journal's filters. Raises a usage error for a time or a range that is none."""
    direction = plain.get("direction")
    if direction not in (None, "", "in", "out", "own"):
        raise typer.BadParameter(f"{direction!r} is neither in, out nor own", param_hint="--direction")
    times = {"since": moment(since, "--since"), "until": moment(until, "--until")}
    return {**plain, **times, "ids": id_range(ids)}


@journal.command("list")
def list_entries(
    config: Config, connection: OfConnection = "", session: OfSession = "", evse: OfEvse = "", cdr: OfCdr = "",
    card: OfCard = "", direction: OfDirection = "", operation: OfOperation = "", errors: OnlyErrors = False,
    since: Since = "", until: Until = "", ids: Ids = "", limit: Limit = 100,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:  # fmt: skip
    """Exchanges, newest last: number, time, direction, connection, operation, status, duration, session, EVSE."""
    from gateway.canonical import to_json

    filters = filters_of(
        since, until, ids, connection=connection, session=session, evse=evse, cdr=cdr, card=card,
        direction=direction, operation=operation, errors_only=errors,
    )  # fmt: skip
    records = with_journal(config, lambda _, kept: kept.records(limit=limit, bodies=False, **filters))
    if as_json:
        say([_without_bodies(to_json(record)) for record in records])
        return
    for record in records:
        print(_line(record))


def _without_bodies(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("request", "response")}


def _line(record: Any) -> str:
    status = record.status if record.status is not None else "-"
    facts = " ".join(part for part in (record.session, record.evse, record.error) if part)
    what = f"{record.connection} {record.operation or record.path}"
    took = f"{record.milliseconds:>6} ms"
    return f"{record.id:>6}  {record.at[:23]}  {record.direction:3} {status:>3} {took}  {what}  {facts}".rstrip()


@journal.command()
def show(
    entry: Id,
    config: Config,
    style: Annotated[str, typer.Option("--as", help="text, curl, soap or json.")] = "text",
    unmask: Annotated[bool, typer.Option("--unmask", help="With card and contract ids; needs the key; noted.")] = False,
) -> None:
    """One exchange: request and answer with their times. Secrets are never shown: they were never kept."""
    from gateway.cli.journal_views import VIEWS

    if style not in VIEWS:
        raise typer.BadParameter(f"{style!r} is none of {', '.join(VIEWS)}", param_hint="--as")

    async def shown(settings: Any, kept: Any) -> str:
        found = await kept.opened(ids=(entry, entry))
        if not found:
            raise no(f"there is no entry {entry}")
        if unmask:
            await _note(kept, found[0])
        return VIEWS[style](found[0], settings, unmask)

    print(with_journal(config, shown))


async def _note(kept: Any, found: Any) -> None:
    """Who looks behind the masks is written down first."""
    if found.reason:
        raise no(f"entry {found.record.id} cannot be unmasked: {found.reason}")
    record = found.record
    path = f"journal/{record.id}"
    await kept.note("journal show --unmask", user(), connection=record.connection, path=path, session=record.session)


def user() -> str:
    """The operating system's name of who runs this."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


@journal.command()
def expire(config: Config) -> None:
    """Delete what is older than the settings keep; a running gateway does this by itself."""
    count = with_journal(config, lambda _, kept: kept.expired())
    print(f"{count} {'entry' if count == 1 else 'entries'} deleted")


def add_to(app: typer.Typer) -> None:
    app.add_typer(journal, name="journal")
