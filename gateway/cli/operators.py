"""The registry of operators from the command line: how far each is registered where, and the next step."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, say
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.ids import PartyId
from gateway.model.party import RegistrationState

Name = Annotated[str, typer.Argument(help="The operator's id, as DELON or DE*LON.")]

operators = typer.Typer(help="Operators, and how far each is registered at each hub.", no_args_is_help=True)


def _with_registry(config: Path, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Runs `work` on the registry of the settings' store."""
    from gateway.connections import connections, profile_of
    from gateway.registry import Registry
    from gateway.settings import load
    from gateway.store import Database

    settings = load(config)
    known = {
        name: (connection, profile_of(connection.hub, connection.protocol)[1])
        for name, connection in connections(settings).items()
    }
    database = Database(settings.store.dsn, schema=settings.store.schema_name)

    async def opened() -> Any:
        return await work(Registry(database, known))

    try:
        database.migrate()
        return asyncio.run(opened())
    finally:
        database.close()


def _wrong(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "operator", text)])


def _party(text: str) -> PartyId:
    try:
        return PartyId.parse(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _state(text: str) -> RegistrationState:
    """Words may be joined by hyphens: `not-requested`."""
    try:
        return RegistrationState(text.replace("-", " ").lower())
    except ValueError:
        raise _wrong(f"{text!r} is no state; there are {', '.join(RegistrationState)}") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _wrong(f"{text!r} is no date, as 2026-03-01") from None


def _row(standing: Any) -> dict[str, Any]:
    known, operator, capability = standing.registration, standing.operator, standing.capability
    return {
        "operator": str(operator.id),
        "name": operator.name,
        "country": operator.country,
        "registered_at_authority": operator.registered_at_authority,
        "authority_reference": operator.authority_reference,
        "connection": standing.connection,
        "hub": standing.title,
        "state": known.state.value,
        "since": known.since.isoformat() if known.since else None,
        "by": known.by,
        "note": known.note,
        "additional_operators": capability.value,
        "additional_operators_since": capability.since or None,
        "additional_operators_source": capability.source or None,
        "next_step": standing.next_step,
    }


def _print_row(row: dict[str, Any]) -> None:
    since = f" since {row['since']}" if row["since"] else ""
    said = ", ".join(str(part) for part in (row["by"], row["note"]) if part)
    print(f"  {row['connection']} ({row['hub']}): {row['state']}{since}{f' ({said})' if said else ''}")
    print(f"    additional operators there: {row['additional_operators']}")
    print(f"    next: {row['next_step']}")


def _print(rows: Sequence[dict[str, Any]]) -> None:
    last = None
    for row in sorted(rows, key=lambda row: row["operator"]):
        if row["operator"] != last:
            print(" ".join(part for part in (row["operator"], row["name"], row["country"]) if part))
            print(f"  at its id authority: {_authority(row)}")
        _print_row(row)
        last = row["operator"]


def _authority(row: dict[str, Any]) -> str:
    word = {True: "registered", False: "not registered", None: "not said"}[row["registered_at_authority"]]
    return f"{word}, {row['authority_reference']}" if row["authority_reference"] else word


@operators.command("list")
def list_operators(config: Config, as_json: AsJson = False) -> None:
    """Every operator at every hub: state, date, and the next step."""
    rows = [_row(standing) for standing in _with_registry(config, lambda registry: registry.listed())]
    say(rows) if as_json else _print(rows)


@operators.command()
def show(operator: Name, config: Config, as_json: AsJson = False) -> None:
    """One operator at every hub."""
    party = _party(operator)
    rows = [_row(standing) for standing in _with_registry(config, lambda registry: registry.states(party))]
    if not rows:
        raise _wrong(f"{party} is on no connection of the settings; name it there, under a connection's operators")
    say(rows) if as_json else _print(rows)


@operators.command("set")
def set_state(
    operator: Name,
    config: Config,
    hub: Annotated[str, typer.Option(help="The connection's name.")],
    state: Annotated[str, typer.Option(help="not-requested, requested, active, refused or not-supported.")],
    since: Annotated[str, typer.Option(help="A date, as 2026-03-01; today where none is given.")] = "",
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
    note: Annotated[str, typer.Option(help="What is to be remembered of it.")] = "",
) -> None:
    """Record how far an operator is at a hub. What waited for it goes out by itself once it is active."""
    party, wanted, day = _party(operator), _state(state), _day(since)
    facts = {"since": day, "by": by or None, "note": note or None}
    standing = _with_registry(config, lambda registry: registry.set(party, hub, wanted, **facts))
    _print([_row(standing)])


def add_to(app: typer.Typer) -> None:
    app.add_typer(operators, name="operators")
