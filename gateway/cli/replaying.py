"""Messages played again: files, folders, or a selection of the journal."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import journal as kept
from gateway.cli.common import complain
from gateway.errors import Invalid

Paths = Annotated[list[Path] | None, typer.Argument(help="Messages, or folders of them.")]
To = Annotated[str | None, typer.Option(help="The base URL of a running gateway's connection.")]
Offline = Annotated[bool, typer.Option("--offline", help="Drive the messages through the code instead.")]
Anonymise = Annotated[Path | None, typer.Option(help="Make fixtures of the journal's entries, in this folder.")]
FromJournal = Annotated[bool, typer.Option("--journal", help="Play entries of the journal.")]
OptionalConfig = Annotated[Path | None, typer.Option("--config", help="The settings, TOML; with --journal.")]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", help="A field that may differ, by its name; repeatable.")]


def replay(
    paths: Paths = None, to: To = None, offline: Offline = False, anonymise: Anonymise = None,
    ignore: Ignore = None, journal: FromJournal = False, config: OptionalConfig = None,
    connection: kept.OfConnection = "", session: kept.OfSession = "", evse: kept.OfEvse = "", cdr: kept.OfCdr = "",
    card: kept.OfCard = "", direction: kept.OfDirection = "", operation: kept.OfOperation = "",
    errors: kept.OnlyErrors = False, since: kept.Since = "", until: kept.Until = "", ids: kept.Ids = "",
    limit: kept.Limit = 1000,
) -> None:  # fmt: skip
    """Send messages to a running gateway, or drive them through the code, and compare with what is expected.

    NAME.expected.json beside a message is its canonical meaning, NAME.reply the answer, NAME.http.json method, path
    and headers. Of the journal, an entry is compared with what was recorded; --to plays what came in, unless
    --direction says otherwise.

    Exit 0: all equal. 1: something differs. 2: something could not be played, such as a masked body.
    """
    _demand(to, offline, anonymise, journal, paths, config)
    ignored = frozenset(name.lower() for name in ignore or ())
    if not journal:
        _finish(asyncio.run(_files(paths or [], to, ignored)))
    filters = kept.filters_of(
        since, until, ids, connection=connection, session=session, evse=evse, cdr=cdr, card=card,
        direction=direction or ("in" if to else ""), operation=operation, errors_only=errors,
    )  # fmt: skip
    played = _Played(to, anonymise, ignored, {**filters, "limit": limit})
    _finish(kept.with_journal(config or Path(), played.of))


def _demand(
    to: str | None, offline: bool, anonymise: Path | None, journal: bool, paths: Any, config: Path | None
) -> None:
    """Raises a usage error."""
    if [to is not None, offline, anonymise is not None].count(True) != 1:
        raise typer.BadParameter("give either --to URL or --offline" + (" or --anonymise" if journal else ""))
    if journal == bool(paths):
        raise typer.BadParameter("give either messages and folders, or --journal")
    if journal and config is None:
        raise typer.BadParameter("--journal needs --config")
    if anonymise is not None and not journal:
        raise typer.BadParameter("--anonymise makes fixtures of the journal's entries: it needs --journal")


async def _files(paths: list[Path], to: str | None, ignored: frozenset[str]) -> Any:
    from gateway.replay import replayed

    return [outcome for path in paths for outcome in await replayed(path, to, ignored)]


def _finish(outcomes: Any) -> None:
    from gateway.replay import exit_code

    for outcome in outcomes:
        mark = "FAIL" if outcome.failure else "DIFF" if outcome.differences else "ok  "
        print(f"{mark} {outcome.name}: {outcome.text}")
        for line in (outcome.failure, *outcome.differences):
            if line:
                complain(f"     {line}")
    raise typer.Exit(exit_code(outcomes))


class _Played:
    """A selection of the journal, and what is done with it."""

    def __init__(self, to: str | None, folder: Path | None, ignored: frozenset[str], selection: Any) -> None:
        self._to, self._folder, self._ignored, self._selection = to, folder, ignored, selection
        self._salt = os.urandom(32)

    async def of(self, settings: Any, journal: Any) -> Any:
        """The outcomes. Raises Invalid where nothing is selected."""
        found = await journal.opened(**self._selection)
        entries = [entry for entry in found if entry.record.direction != "own"]
        if not entries:
            raise kept.no("no exchange of the journal fits")
        if self._to is None:
            return [self._offline(entry, settings) for entry in entries]
        names = sorted({entry.record.connection for entry in entries})
        if len(names) > 1:
            raise kept.no(f"--to names one connection's URL; give --connection, one of {', '.join(names)}")
        await journal.note(f"replay --to {self._to}", kept.user(), connection=names[0], path="journal")
        return await self._sent(entries, settings, self._to)

    def _offline(self, entry: Any, settings: Any) -> Any:
        from gateway.replay import Outcome
        from gateway.replay_journal import name_of, offline

        try:
            adapter, _ = _known(settings, entry.record.connection)
            if self._folder is None:
                return offline(entry, adapter, self._ignored)
            return _fixture(entry, adapter, self._folder, self._salt)
        except Invalid as error:
            return Outcome(name_of(entry.record), "not played", failure=error.findings[0].text)

    async def _sent(self, entries: Any, settings: Any, to: str) -> Any:
        from gateway.replay_journal import sent
        from gateway.transport import PartnerClient

        _, connection = _known(settings, entries[0].record.connection)
        client = PartnerClient()
        try:
            return [await sent(entry, to, connection, client, self._ignored) for entry in entries]
        finally:
            await client.close()


def _known(settings: Any, name: str) -> Any:
    """(adapter, connection). Raises Invalid for a connection that the settings do not have any more."""
    from gateway.connections import adapters, connection

    if name not in settings.connections:
        raise kept.no(f"the settings have no connection {name!r}")
    found = connection(name, settings.connections[name])
    return adapters()[found.protocol], found


def _fixture(entry: Any, adapter: Any, folder: Path, salt: bytes) -> Any:
    from gateway.fixture import fixture_of
    from gateway.replay import Outcome
    from gateway.replay_journal import name_of

    if entry.reason:
        return Outcome(name_of(entry.record), "no fixture", failure=entry.reason)
    fixture = fixture_of(entry, adapter, salt)
    fixture.write(folder)
    return Outcome(name_of(entry.record), f"written to {folder / fixture.name}")


def add_to(app: typer.Typer) -> None:
    app.command()(replay)
