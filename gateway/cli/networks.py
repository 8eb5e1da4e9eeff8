"""EVSE networks from the command line: groups, who is in which, saved filters, and what the hub has of it.

A rule of the hub that stands against something is named with its source, and the command ends with 2.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import network_offers
from gateway.cli.common import AsJson, Config, say
from gateway.cli.network_filters import (
    ByEvse,
    ByGroup,
    ByOperator,
    ByPlace,
    ByPower,
    FromKw,
    Given,
    Group,
    Network,
    ToKw,
    on_networks,
    wrong,
)
from gateway.cli.network_rules import rules

if TYPE_CHECKING:
    from gateway.model.ids import EvseId
    from gateway.networks import EvseNetworks, EvsePage, NetworkView

Evses = Annotated[list[str], typer.Argument(help="EVSE ids; - reads them from standard input, one a line.")]
After = Annotated[str, typer.Option(help="Where the page before ended.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Most lines.")]

networks = typer.Typer(help="EVSE networks, their groups and offers.", no_args_is_help=True)
groups = typer.Typer(help="Groups of a network.", no_args_is_help=True)


def _evses(texts: Sequence[str]) -> "list[EvseId]":
    from gateway.model.ids import EvseId

    given = [line.strip() for text in texts for line in (sys.stdin if text == "-" else [text])]
    try:
        return [EvseId.parse(text) for text in given if text]
    except ValueError as error:
        raise wrong(str(error)) from None


# --- networks ----------------------------------------------------------------------------------------------------


def _document(view: "NetworkView") -> dict[str, Any]:
    from gateway.canonical import to_json

    told = {"id": view.id, "connection": view.connection, "unassigned": view.unassigned, "ready": view.ready}
    return {**told, "network": to_json(view.network)}


def _print(view: "NetworkView", *, members: bool = False) -> None:
    network = view.network
    state = network.state.value.lower() if network.state else ""
    ready = "yes" if view.ready else f"no ({view.unassigned} unassigned)"
    print(f"{network.name} at {view.connection}: {state}, ready for an offer: {ready}")
    for group in network.groups:
        print(f"  {group.name}: {len(group.evses)} EVSEs")
        for evse in group.evses if members else ():
            print(f"    {evse}")


@networks.command("list")
def list_networks(
    config: Config, hub: Annotated[str, typer.Option(help="The connection's name.")] = "", as_json: AsJson = False
) -> None:
    """Every network with its groups, and how many EVSEs are in none."""
    views = on_networks(config, lambda registry: registry.listed(hub))
    if as_json:
        say([_document(view) for view in views])
        return
    for view in views:
        _print(view)


@networks.command()
def show(network: Network, config: Config, as_json: AsJson = False) -> None:
    """One network with the EVSEs of its groups."""
    view = on_networks(config, lambda registry: registry.show(network))
    say(_document(view)) if as_json else _print(view, members=True)


@networks.command()
def create(
    connection: Annotated[str, typer.Argument(help="The connection's name.")],
    name: Annotated[str, typer.Argument(help="The name of the network.")],
    config: Config,
    group: Annotated[list[str] | None, typer.Option(help="A group in it; may be given again.")] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """A new draft network."""
    view = on_networks(
        config,
        lambda registry: registry.create(connection, name, description=description or None, groups=group or ()),
    )
    _print(view)


@networks.command()
def rename(network: Network, name: str, config: Config) -> None:
    """Give a network another name."""
    _print(on_networks(config, lambda registry: registry.rename(network, name)))


@networks.command()
def delete(network: Network, config: Config) -> None:
    """Delete a draft with everything in it."""
    on_networks(config, lambda registry: registry.delete(network))


@groups.command("add")
def add_group(network: Network, name: Group, config: Config, description: str = "") -> None:
    """A new group."""
    _print(on_networks(config, lambda registry: registry.add_group(network, name, description=description or None)))


@groups.command("rename")
def rename_group(network: Network, group: Group, name: str, config: Config) -> None:
    """Give a group another name."""
    _print(on_networks(config, lambda registry: registry.rename_group(network, group, name)))


@groups.command("delete")
def delete_group(network: Network, group: Group, config: Config) -> None:
    """Delete a group; its EVSEs are in none then."""
    _print(on_networks(config, lambda registry: registry.delete_group(network, group)))


# --- lists -------------------------------------------------------------------------------------------------------


def _print_page(page: "EvsePage", as_json: bool) -> None:
    from gateway.canonical import to_json

    if as_json:
        say({"total": page.total, "after": page.after, "evses": to_json(page.rows)})
        return
    for row in page.rows:
        output = f"{row.output_kw} kW" if row.output_kw is not None else "output unknown"
        parts = [str(row.evse), row.location, "+".join(row.power_types) or "power unknown", output]
        print("  ".join([*parts, *(part for part in (row.group, row.waits) if part)]))
    print(f"{len(page.rows)} of {page.total}" + (f"; more with --after {page.after}" if page.after else ""))


@networks.command()
def unassigned(
    network: Network, config: Config, evse: ByEvse = "", location: ByPlace = "", power_type: ByPower = "",
    from_kw: FromKw = "", to_kw: ToKw = "", operator: ByOperator = "", after: After = "", limit: Limit = 50,
    not_yet: Annotated[bool, typer.Option("--not-at-hub", help="What the hub has not accepted yet, and why.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """EVSEs that the hub has accepted and that are in no group."""
    wanted = Given(evse, location, power_type, from_kw, to_kw, operator).filter()

    async def work(registry: "EvseNetworks") -> "EvsePage":
        listed = registry.not_yet_at_hub if not_yet else registry.unassigned
        return await listed(network, wanted, after=after, size=limit)

    _print_page(on_networks(config, work), as_json)


@networks.command()
def assigned(
    network: Network, config: Config, evse: ByEvse = "", location: ByPlace = "", power_type: ByPower = "",
    from_kw: FromKw = "", to_kw: ToKw = "", operator: ByOperator = "", group: ByGroup = "", after: After = "",
    limit: Limit = 50, as_json: AsJson = False,
) -> None:  # fmt: skip
    """EVSEs in the groups of a network."""
    wanted = Given(evse, location, power_type, from_kw, to_kw, operator, group).filter()
    page = on_networks(config, lambda registry: registry.assigned(network, wanted, after=after, size=limit))
    _print_page(page, as_json)


# --- assigning ---------------------------------------------------------------------------------------------------


@networks.command()
def assign(
    network: Network, group: Group, config: Config,
    evses: Annotated[list[str] | None, typer.Argument(help="EVSE ids; - reads them from standard input.")] = None,
    evse: ByEvse = "", location: ByPlace = "", power_type: ByPower = "", from_kw: FromKw = "", to_kw: ToKw = "",
    operator: ByOperator = "",
    every: Annotated[bool, typer.Option("--all", help="All unassigned EVSEs that fit the filter.")] = False,
) -> None:  # fmt: skip
    """Put EVSEs into a group: all of them, or none with the reason of each. In a draft they may be in another group."""
    if bool(evses) == every:
        raise typer.BadParameter("give EVSE ids, or --all with a filter")
    given = _evses(evses or ())
    wanted = Given(evse, location, power_type, from_kw, to_kw, operator).filter()

    async def work(registry: "EvseNetworks") -> Any:
        if every:
            return await registry.assign_all(network, group, wanted)
        return await registry.assign(network, group, given)

    done = on_networks(config, work)
    print(f"{done.group}: {len(done.added)} added, {len(done.moved)} moved, {len(done.unchanged)} there before")


@networks.command()
def move(network: Network, group: Group, evses: Evses, config: Config) -> None:
    """Put EVSEs of a draft into another of its groups."""
    done = on_networks(config, lambda registry: registry.assign(network, group, _evses(evses)))
    print(f"{done.group}: {len(done.added)} added, {len(done.moved)} moved, {len(done.unchanged)} there before")


@networks.command()
def unassign(network: Network, evses: Evses, config: Config) -> None:
    """Take EVSEs out of the groups of a draft."""
    done = on_networks(config, lambda registry: registry.unassign(network, _evses(evses)))
    print(f"{len(done)} unassigned")


def add_to(app: typer.Typer) -> None:
    networks.add_typer(groups, name="group")
    networks.add_typer(rules, name="rules")
    network_offers.add_to(networks)
    app.add_typer(networks, name="networks")
