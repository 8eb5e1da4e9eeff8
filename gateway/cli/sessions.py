"""The session register from the command line. Cards are not shown."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, say

sessions = typer.Typer(help="Sessions: who authorised them, under which ids.", no_args_is_help=True)


def _row(known: Any, owing: Collection[str] = ()) -> dict[str, Any]:
    return {
        "connection": known.connection,
        "hub_id": known.ids.hub,
        "cpo_id": known.ids.cpo,
        "emsp_id": known.ids.emsp,
        "evse": str(known.evse) if known.evse else None,
        "operator": str(known.operator) if known.operator else None,
        "provider": str(known.provider) if known.provider else None,
        "auth_method": known.auth_method,
        "status": known.status.value,
        "evse_unknown_at_hub": known.evse_unknown_at_hub,
        "closing": known.closing,
        "closed_at": known.closed_at.isoformat() if known.closed_at else None,
        "reserved_until": known.reserved_until.isoformat() if known.reserved_until else None,
        "owes_cdr": known.id in owing,
        "began_at": known.began_at.isoformat() if known.began_at else None,
    }


def _line(row: dict[str, Any]) -> str:
    began = (row["began_at"] or "")[:19]
    names = " ".join(f"{party}={row[f'{party}_id']}" for party in ("hub", "cpo", "emsp") if row[f"{party}_id"])
    remarks = ["EVSE unknown at the hub"] if row["evse_unknown_at_hub"] else []
    if row["status"] == "RESERVATION" and row["reserved_until"]:
        remarks.append(f"reserved until {row['reserved_until'][:19]}")
    if row["owes_cdr"]:
        remarks.append("over, owes its CDR")
    if row["closing"]:
        remarks.append(f"{'closed' if row['closed_at'] else 'to be closed'}: {row['closing']}")
    return (
        f"{began}  {row['status']:11} {row['connection']}  {row['evse'] or '–'}  {names}  {'; '.join(remarks)}".rstrip()
    )


@sessions.command("list")
def list_sessions(
    config: Config,
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    evse_unknown: Annotated[
        bool, typer.Option("--evse-unknown", help="Only those at EVSEs that the hub did not know (guest charging).")
    ] = False,
    unfinished: Annotated[bool, typer.Option("--open", help="Only those without a final CDR.")] = False,
    owing: Annotated[bool, typer.Option("--owes-cdr", help="Only reservations that are over without a CDR.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sessions, oldest first, 1000 at most."""
    from gateway.sessions import SessionRegister
    from gateway.settings import load
    from gateway.store import Database

    settings = load(config)
    database = Database(settings.store.dsn, schema=settings.store.schema_name)
    ours = [name for name, section in settings.connections.items() if section.role == "CPO" and hub in ("", name)]
    try:
        database.migrate()
        register = SessionRegister(database)
        over = asyncio.run(register.reservations_over(ours))
        wanted = partial(register.listed, hub, evse_unknown=evse_unknown, unfinished=unfinished)
        found = over if owing else asyncio.run(wanted())
    finally:
        database.close()
    rows = [_row(known, {one.id for one in over}) for known in found]
    if as_json:
        say(rows)
    for row in rows if not as_json else ():
        print(_line(row))


def add_to(app: typer.Typer) -> None:
    app.add_typer(sessions, name="sessions")
