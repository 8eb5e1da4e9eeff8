"""EVSE data and statuses from the command line: what each hub shows of ours, what is held back, and drift.

These commands work on the store; a running gateway sends what is due.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, complain, read_bytes, say, with_gateway
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.gateway import Gateway
    from gateway.model.ids import EvseId
    from gateway.model.messages import Locations
    from gateway.publishing import Publisher, Report

Connection = Annotated[str, typer.Argument(help="The connection's name.")]
View = Annotated[str, typer.Option(help="A connection of an eMSP at the same hub, to look through.")]
ViewFile = Annotated[str, typer.Option(help="An export: canonical JSON, or the hub's own answer to a pull.")]
Tenant = Annotated[str, typer.Option(help="Whose connections.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Yes, as the preview shows it.")]

publish = typer.Typer(help="What each hub shows of our EVSEs.", no_args_is_help=True)


def _wrong(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "publish", text)])


def _evse(text: str) -> "EvseId":
    from gateway.model.ids import EvseId

    try:
        return EvseId.parse(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


async def _seen(gateway: "Gateway", connection: str, view: str, view_file: str) -> "Locations | None":
    from gateway.publishing.repairing import exported, fetched

    if view and view_file:
        raise typer.BadParameter("give either --view or --view-file")
    if view:
        return await fetched(gateway.hubs, connection, view)
    if view_file:
        return exported(gateway.publisher.hub(connection), read_bytes(view_file), Path(view_file).name)
    return None


# --- publish -----------------------------------------------------------------------------------------------------


@publish.command()
def locations(
    file: Annotated[str, typer.Argument(help="Locations as canonical JSON, or a hub's message; - is standard input.")],
    config: Config,
    complete: Annotated[str, typer.Option(help="These are all of this operator: what is missing is removed.")] = "",
    confirm: Confirm = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
    tenant: Tenant = "default",
    as_json: AsJson = False,
) -> None:
    """Insert and update EVSEs at every hub that carries their operator. Exit 1 if some could not be used."""
    from gateway.model.ids import PartyId
    from gateway.publishing.repairing import of_file

    places = of_file(read_bytes(file), Path(file).name)
    operator = PartyId.parse(complete) if complete else None

    async def run(gateway: "Gateway") -> "Report":
        if preview:
            return await gateway.publisher.preview(places, complete=operator, tenant=tenant)
        return await gateway.publisher.publish(places, complete=operator, confirm=confirm, tenant=tenant)

    report = with_gateway(config, run)
    say(asdict(report)) if as_json else _print_report(report)
    raise typer.Exit(1 if report.broken else 0)


@publish.command()
def retire(
    evses: Annotated[list[str], typer.Argument(help="EVSE ids.")],
    config: Config,
    tenant: Tenant = "default",
    as_json: AsJson = False,
) -> None:
    """Remove EVSEs from every hub that shows them."""
    ids = [_evse(text) for text in evses]
    report = with_gateway(config, lambda gateway: gateway.publisher.retire(ids, tenant=tenant))
    say(asdict(report)) if as_json else _print_report(report)


def _print_report(report: "Report") -> None:
    for name, changes in report.connections.items():
        counts = (
            f"{len(changes.inserts)} to insert, {len(changes.updates)} to update, {len(changes.removals)} to remove, "
            f"{changes.unchanged} unchanged, {len(changes.held)} held back"
        )
        print(f"{name}: {counts}")
        for evse, reason in changes.held.items():
            print(f"  held back  {evse}: {reason}")
    for broken in report.broken:
        for finding in broken.findings:
            complain(f"{broken.evse}{f' at {broken.connection}' if broken.connection else ''}: {finding.text}")


@publish.command("full-load")
def full_load(
    connection: Connection,
    config: Config,
    view: View = "",
    view_file: ViewFile = "",
    confirm: Confirm = False,
    confirm_loss: Annotated[
        bool, typer.Option("--confirm-loss", help="Yes, though much of what the hub has would go, or nobody knows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what replacing everything would send, and what the hub would lose; with --confirm it is done."""

    async def run(gateway: "Gateway") -> Any:
        seen = await _seen(gateway, connection, view, view_file)
        return await gateway.publisher.full_load(connection, view=seen, confirm=confirm, confirm_loss=confirm_loss)

    found = with_gateway(config, run)
    if as_json:
        say(asdict(found))
        return
    print(f"{connection}: a full load sends {len(found.sends)} EVSEs, the hub loses {len(found.loses)}")
    for evse, reason in found.loses.items():
        print(f"  loses  {evse}: {reason}")
    if not found.complete:
        print("  what else the hub has of ours is not known here: look with --view or --view-file")
    if found.is_loss:
        print("  much of what the hub has would go, or nobody knows how much: --confirm needs --confirm-loss beside it")
    if found.last:
        print(f"  the last full load: {found.last}")
    print("planned; a running gateway sends it" if found.planned else "nothing is planned; --confirm plans it")


@publish.command()
def held(
    config: Config,
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    evse: Annotated[str, typer.Option(help="The EVSE's id.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is not at a hub as we want it, and why."""
    wanted = _evse(evse) if evse else None
    found = with_gateway(config, lambda gateway: gateway.publisher.held(wanted, hub or None))
    if as_json:
        say([asdict(one) for one in found])
        return
    for one in found:
        print(f"{one.connection:12} {one.evse:24} {one.what:6} {one.state:8} {one.reason}")


@publish.command()
def show(evse: Annotated[str, typer.Argument(help="The EVSE's id.")], config: Config) -> None:
    """All that is known of one EVSE at every hub, as JSON."""
    rows = with_gateway(config, lambda gateway: gateway.publisher.show(_evse(evse)))
    if not rows:
        raise _wrong(f"{evse} is not published anywhere")
    say([{name: value for name, value in asdict(row).items() if value is not None} for row in rows])


@publish.command()
def retry(
    connection: Connection,
    config: Config,
    evse: Annotated[str, typer.Argument(help="Only this EVSE.")] = "",
) -> None:
    """Try again what the hub has refused."""
    wanted = _evse(evse) if evse else None
    count = with_gateway(config, lambda gateway: gateway.publisher.retry(connection, wanted))
    print(f"{connection}: {count} to be tried again")


# --- drift -------------------------------------------------------------------------------------------------------


def drift(
    connection: Connection,
    config: Config,
    view: View = "",
    view_file: ViewFile = "",
    apply: Annotated[bool, typer.Option("--apply", help="Repair it, inside the hub's budgets.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="However much --apply removes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare what a hub shows of our EVSEs with what it should show. Exit 1 if they differ, 2 without a view."""
    from gateway.publishing import repairing

    async def run(gateway: "Gateway") -> "tuple[Publisher, Any]":
        publisher = gateway.publisher
        hub = publisher.hub(connection)
        seen = await _seen(gateway, connection, view, view_file)
        if seen is None:
            raise repairing.without_view(hub, repairing.views(gateway.hubs, hub))
        if apply:
            return publisher, (await repairing.repair(publisher, connection, seen, confirm=confirm)).drift
        return publisher, await repairing.drift(publisher, connection, seen)

    publisher, found = with_gateway(config, run)
    plan = repairing.repairs(publisher.hub(connection), found)
    _print_drift(found, plan, as_json)
    raise typer.Exit(0 if apply or found.is_none else 1)


def _print_drift(found: Any, plan: Any, as_json: bool) -> None:
    steps = [{"action": one.action.value, "evses": one.evses, "pushes": one.pushes} for one in plan]
    if as_json:
        from gateway.canonical import to_json

        say(to_json({**asdict(found), "repair": steps}))
        return
    print(
        f"{found.connection}: {len(found.missing)} missing, {len(found.extra)} too many, "
        f"{len(found.different)} different, {len(found.same)} the same, {len(found.left)} left as they are"
    )
    for word, evses in (("missing", found.missing), ("too many", found.extra)):
        for evse in evses:
            print(f"  {word:9} {evse}")
    for evse, differences in found.different.items():
        print(f"  different {evse}")
        for one in differences:
            print(f"    {one.pointer}: we want {one.ours!r}, the hub shows {one.theirs!r}")
    for evse, reason in found.left.items():
        print(f"  left      {evse}: {reason}")
    for step in steps:
        print(f"  repair    {step['action']} {len(step['evses'])} EVSEs in {step['pushes']} pushes")


def add_to(app: typer.Typer) -> None:
    app.add_typer(publish, name="publish")
    app.command()(drift)
