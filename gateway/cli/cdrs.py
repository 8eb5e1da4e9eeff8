"""CDRs at clearing houses from the command line: where each stands, and what a person decides about it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.common import AsJson, Config, masked_document, masked_words, read_json, say, with_gateway

if TYPE_CHECKING:
    from gateway.cdrs.lives import CdrLives
    from gateway.delivery.deliveries import Delivery
    from gateway.gateway import Gateway
    from gateway.store.cdr_states import KeptCdr

T = TypeVar("T")
Key = Annotated[str, typer.Argument(help="The CDR: its key as `cdrs list` shows it, the hub's id, or your own.")]
At = Annotated[str, typer.Option("--connection", help="The connection's name, where several know the CDR.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept here, the protocol has no place for it.")]

cdrs = typer.Typer(help="CDRs at clearing houses: their states, and what to do in each.", no_args_is_help=True)


def _with_cdrs(config: Path, work: "Callable[[CdrLives], Awaitable[T]]") -> T:
    return with_gateway(config, lambda gateway: work(gateway.cdrs))


def _row(kept: "KeptCdr", lives: "CdrLives") -> dict[str, Any]:
    from gateway.model.cdr_states import WAITING, advice
    from gateway.model.common import Role

    names = ("connection", "key", "cdr_id", "evse", "own_id", "version", "left_open", "entry", "state_at")
    role = lives.role_of(kept.connection)
    to_do = advice(role, kept.state) if role is not None else "the connection is not set up any more"
    if role is Role.EMSP and kept.state in WAITING and not kept.left_open:
        to_do = "wait: the backend has not answered for it yet"
    row = {name: getattr(kept, name) for name in names}
    return {"state": kept.state.value, **row, "words": masked_words(kept.words), "to_do": to_do}


def _line(row: dict[str, Any]) -> str:
    words = f"  {row['words']}" if row["words"] else ""
    return f"{row['state']:9} v{row['version']}  {row['state_at'][:19]}  {row['connection']}  {row['key']}{words}"


@cdrs.command("list")
def list_cdrs(
    config: Config,
    connection: Annotated[str, typer.Option(help="The connection's name.")] = "",
    state: Annotated[str, typer.Option(help="new, accepted, declined, revised, approved or rejected.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every CDR that a clearing house knows, oldest first, 1000 at most: state, version, since when, the last words.

    As a CPO: declined ones have to be corrected or given up. As an EMSP: accepted and revised ones wait for an answer.
    """
    from gateway.model.cdr import CdrStatus

    wanted = state.upper()
    if wanted and wanted not in CdrStatus.__members__:
        raise typer.BadParameter("new, accepted, declined, revised, approved or rejected", param_hint="--state")

    async def rows(gateway: "Gateway") -> list[dict[str, Any]]:
        lives = gateway.cdrs
        return [_row(kept, lives) for kept in await lives.listed(connection=connection, state=wanted)]

    found = with_gateway(config, rows)
    if as_json:
        say(found)
        return
    for row in found:
        print(_line(row))
        print(f"          {row['to_do']}")


@cdrs.command()
def show(key: Key, config: Config, connection: At = "") -> None:
    """One CDR with the history of its states and what the hub said, as JSON. Card and contract ids are masked."""
    from gateway.canonical import to_json
    from gateway.cdrs.book import cdr_of

    async def found(lives: "CdrLives") -> dict[str, Any]:
        kept = await lives.one(key, connection)
        history = [asdict(line) for line in await lives.history(kept)]
        for line in history:
            line["words"] = masked_words(line["words"])
        return {**_row(kept, lives), "history": history, "cdr": to_json(cdr_of(kept))}

    say(masked_document(_with_cdrs(config, found)))


@cdrs.command()
def revise(
    file: Annotated[
        str, typer.Argument(help="The corrected CDR under the id that it has, canonical JSON; - for stdin.")
    ],
    config: Config,
    connection: At = "",
) -> None:
    """As a CPO: send a corrected CDR in the place of one that was accepted or declined."""
    from gateway.canonical import from_json
    from gateway.model.cdr import Cdr

    document = read_json(file)
    inner = document.get("cdr", document) if isinstance(document, dict) else document
    cdr = from_json(Cdr, inner)
    _print_owed(_with_cdrs(config, lambda lives: lives.revise(cdr, connection=connection)))


@cdrs.command("give-up")
def give_up(key: Key, config: Config, connection: At = "") -> None:
    """As a CPO: give up the claim of a CDR, for good."""
    _print_owed(_with_cdrs(config, lambda lives: lives.give_up(key, connection=connection)))


@cdrs.command()
def approve(key: Key, config: Config, connection: At = "", reason: Reason = "") -> None:
    """As an EMSP: approve a CDR whose answer the backend has left to people."""
    _print_answered(config, lambda lives: lives.approve(key, connection=connection, reason=reason))


@cdrs.command()
def decline(
    key: Key,
    config: Config,
    reason: Annotated[str, typer.Option(help="Why; tell the CPO as well, the protocol has no place for it.")],
    connection: At = "",
) -> None:
    """As an EMSP: decline a CDR whose answer the backend has left to people."""
    _print_answered(config, lambda lives: lives.decline(key, connection=connection, reason=reason))


def _print_owed(delivery: "Delivery") -> None:
    print(f"{delivery.id:>6}  {delivery.state:9}  {delivery.lane}; a running gateway delivers it at its next look")


def _print_answered(config: Path, work: "Callable[[CdrLives], Awaitable[KeptCdr]]") -> None:
    async def answered(lives: "CdrLives") -> str:
        return _line(_row(await work(lives), lives))

    print(_with_cdrs(config, answered))


def add_to(app: typer.Typer) -> None:
    app.add_typer(cdrs, name="cdrs")
