"""The outbox from the command line: what is owed, what became of it, and what a person decides about it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import say
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

Config = Annotated[Path, typer.Option(help="The settings, TOML.")]
Id = Annotated[int, typer.Argument(help="The entry's number, as `outbox list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]

outbox = typer.Typer(help="What is owed to the hubs, and what became of it.", no_args_is_help=True)


def _with_outbox(config: Path, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Runs `work` on the outbox of the settings' store, without starting to deliver."""
    from gateway.gateway import Gateway
    from gateway.settings import load
    from gateway.web.service import NoBackend

    async def opened() -> Any:
        gateway = Gateway.load(load(config), NoBackend())
        try:
            return await work(gateway.outbox)
        except KeyError as error:
            raise _no(f"there is no entry {error.args[0]}") from None
        except ValueError as error:
            raise _no(str(error)) from None
        finally:
            await gateway.stop()

    return asyncio.run(opened())


def _no(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "outbox", text)])


def _row(delivery: Any) -> dict[str, Any]:
    names = ("id", "connection", "lane", "kind", "state", "tries", "session", "code", "words")
    return {name: getattr(delivery, name) for name in names}


def _print_rows(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        words = " ".join(str(part) for part in (row["code"], row["words"]) if part)
        print(f"{row['id']:>6}  {row['state']:9} {row['tries']:>3}×  {row['kind']:16} {row['lane']}  {words}".rstrip())


@outbox.command("list")
def list_entries(
    config: Config,
    state: Annotated[str, typer.Option(help="waiting, sending, unknown, accepted, refused or withdrawn.")] = "",
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    session: Annotated[str, typer.Option(help="The session's id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every entry, oldest first: number, state, tries, kind, lane, and the hub's words."""
    filters = {"state": state, "connection": hub, "session": session}
    rows = [_row(one) for one in _with_outbox(config, lambda outbox: outbox.listed(**filters))]
    if as_json:
        say(rows)
    else:
        _print_rows(rows)


@outbox.command()
def show(entry: Id, config: Config) -> None:
    """One entry with its message and its history, as JSON. Card and contract ids are masked."""
    from gateway.canonical import to_json
    from gateway.masking import masked_ids

    async def found(outbox: Any) -> dict[str, Any]:
        deliveries = [one for one in await outbox.listed() if one.id == entry]
        if not deliveries:
            raise KeyError(entry)
        history = [{"at": at, "state": state, "words": words} for at, state, words in await outbox.history(entry)]
        return {**_row(deliveries[0]), "message": to_json(deliveries[0].message), "history": history}

    say(_masked(_with_outbox(config, found), masked_ids))


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(member, mask) for name, member in value.items()}
    if isinstance(value, list):
        return [_masked(member, mask) for member in value]
    return mask(value) if isinstance(value, str) else value


@outbox.command()
def retry(entry: Id, config: Config) -> None:
    """Put a refused entry back into its lane; a running gateway delivers it at its next sweep."""
    _print_rows([_row(_with_outbox(config, lambda outbox: outbox.retry(entry)))])


@outbox.command()
def withdraw(
    entry: Id, config: Config, reason: Annotated[str, typer.Option(help="Why; it stays in the history.")]
) -> None:
    """Give up an entry that waits or was refused."""
    _print_rows([_row(_with_outbox(config, lambda outbox: outbox.withdraw(entry, reason)))])


def add_to(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")
