"""The outbox from the command line: what is owed, what became of it, and what a person decides about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.common import AsJson, Config, masked_document, masked_words, say, with_gateway
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.delivery.deliveries import Delivery
    from gateway.delivery.outbox import Outbox

T = TypeVar("T")
Id = Annotated[int, typer.Argument(help="The entry's number, as `outbox list` shows it.")]
Lane = Annotated[str, typer.Argument(help="A lane, or what several begin with: hubject/cdr.")]

outbox = typer.Typer(help="What is owed to the hubs, and what became of it.", no_args_is_help=True)
lanes = typer.Typer(help="The queues that owed messages wait in.", no_args_is_help=True)


def _with_outbox(config: Path, work: "Callable[[Outbox], Awaitable[T]]") -> T:
    try:
        return with_gateway(config, lambda gateway: work(gateway.outbox))
    except KeyError as error:
        raise _no(f"there is no entry {error.args[0]}") from None
    except ValueError as error:
        raise _no(str(error)) from None


def _no(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "outbox", text)])


def _row(delivery: "Delivery") -> dict[str, Any]:
    names = ("id", "connection", "lane", "kind", "state", "overdue", "tries", "session", "code", "words")
    row = {name: getattr(delivery, name) for name in (*names, "created_at", "next_try_at")}
    return row | {"words": masked_words(delivery.words)}


def _print_rows(deliveries: "Sequence[Delivery]") -> None:
    for one in deliveries:
        words = " ".join(str(part) for part in (one.code, masked_words(one.words)) if part)
        flag = " overdue" if one.overdue else ""
        print(f"{one.id:>6}  {one.state:9} {one.tries:>3}×  {one.kind:16} {one.lane}{flag}  {words}".rstrip())


@outbox.command("list")
def list_entries(
    config: Config,
    state: Annotated[str, typer.Option(help="waiting, sending, unknown, accepted, refused or withdrawn.")] = "",
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    session: Annotated[str, typer.Option(help="The session's id.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Every entry, oldest first: number, state, tries, kind, lane, and the hub's words."""
    filters = {"state": state, "connection": hub, "session": session, "limit": limit}
    found = _with_outbox(config, lambda outbox: outbox.listed(**filters))
    if as_json:
        say([_row(one) for one in found])
    else:
        _print_rows(found)


@outbox.command()
def show(entry: Id, config: Config) -> None:
    """One entry with its message and its history, as JSON. Card and contract ids are masked."""
    from gateway.canonical import to_json

    async def found(outbox: "Outbox") -> dict[str, Any]:
        delivery = await outbox.get(entry)
        history = [asdict(change) for change in await outbox.history(entry)]
        return {**_row(delivery), "message": to_json(delivery.message), "answer": delivery.answer, "history": history}

    say(masked_document(_with_outbox(config, found)))


@outbox.command()
def retry(entry: Id, config: Config) -> None:
    """Try an entry again: a refused or withdrawn one goes back into its lane, a waiting one waits no longer."""
    _print_rows([_with_outbox(config, lambda outbox: outbox.retry(entry))])


@outbox.command()
def withdraw(
    entry: Id, config: Config, reason: Annotated[str, typer.Option(help="Why; it stays in the history.")]
) -> None:
    """Give up an entry that waits or was refused."""
    _print_rows([_with_outbox(config, lambda outbox: outbox.withdraw(entry, reason))])


@lanes.command("list")
def list_lanes(config: Config, as_json: AsJson = False) -> None:
    """Every lane that has something open or is paused: how many, since when, the next try."""
    found = _with_outbox(config, lambda outbox: outbox.lanes())
    if as_json:
        say([asdict(one) for one in found])
        return
    for one in found:
        paused = f"paused: {one.reason}" if one.paused_at else ""
        print(f"{one.open:>6} open  since {one.oldest_at or '-':26.19}  {one.lane}  {paused}".rstrip())


@lanes.command()
def pause(
    lane: Lane, config: Config, reason: Annotated[str, typer.Option(help="Why; it is shown in the list.")]
) -> None:
    """Begin nothing more in a lane, or in those below it. What is in flight finishes."""
    _with_outbox(config, lambda outbox: outbox.pause(lane, reason))


@lanes.command()
def resume(lane: Lane, config: Config) -> None:
    """Go on with a paused lane."""
    if not _with_outbox(config, lambda outbox: outbox.resume(lane)):
        raise _no(f"{lane} is not paused")


def add_to(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")
    app.add_typer(lanes, name="lanes")
