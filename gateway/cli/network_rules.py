"""Saved filters of EVSE networks from the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import AsJson, Config, say
from gateway.cli.network_filters import (
    ByEvse,
    ByOperator,
    ByPlace,
    ByPower,
    FromKw,
    Given,
    Group,
    Network,
    ToKw,
    on_networks,
)

if TYPE_CHECKING:
    from gateway.networks import Sorted

rules = typer.Typer(help="Saved filters that say which group an EVSE comes into.", no_args_is_help=True)


@rules.command("list")
def list_rules(network: Network, config: Config, as_json: AsJson = False) -> None:
    """The saved filters in the order in which they are tried."""
    from gateway.canonical import to_json

    saved = on_networks(config, lambda registry: registry.filters.listed(network))
    if as_json:
        say(to_json(saved))
        return
    for one in saved:
        told = ", ".join(f"{name} {value}" for name, value in to_json(one.filter).items())
        print(f"{one.name} → {one.group}: {told or 'everything'}")


@rules.command("save")
def save_rule(
    network: Network, name: Annotated[str, typer.Argument(help="The name of the rule.")], group: Group, config: Config,
    evse: ByEvse = "", location: ByPlace = "", power_type: ByPower = "", from_kw: FromKw = "", to_kw: ToKw = "",
    operator: ByOperator = "",
    position: Annotated[int, typer.Option(help="Lower ones are tried first.")] = 0,
) -> None:  # fmt: skip
    """Keep a filter under a name, in the place of one that has it."""
    from gateway.networks import SavedFilter

    wanted = Given(evse, location, power_type, from_kw, to_kw, operator).filter()
    saved = SavedFilter(name=name, group=group, filter=wanted, position=position)
    on_networks(config, lambda registry: registry.filters.save(network, saved))


@rules.command("delete")
def delete_rule(network: Network, name: str, config: Config) -> None:
    """Forget a saved filter."""
    on_networks(config, lambda registry: registry.filters.delete(network, name))


def _print_sorted(done: "Sorted", as_json: bool) -> None:
    """Exit 1 where no rule fits an EVSE."""
    if as_json:
        say({"network": done.network, "groups": done.groups, "unmatched": list(done.unmatched)})
    else:
        for group, evses in done.groups.items():
            print(f"{group}: {len(evses)}")
            print("".join(f"  {evse}\n" for evse in evses), end="")
        print("".join(f"no rule fits {evse}\n" for evse in done.unmatched), end="")
    raise typer.Exit(1 if done.unmatched else 0)


Again = Annotated[bool, typer.Option("--again", help="Sort those anew that are in a group already; in a draft only.")]


@rules.command()
def preview(network: Network, config: Config, again: Again = False, as_json: AsJson = False) -> None:
    """What `apply` would do. Exit 1 where no rule fits an EVSE."""
    _print_sorted(on_networks(config, lambda registry: registry.filters.preview(network, again=again)), as_json)


@rules.command()
def apply(network: Network, config: Config, again: Again = False, as_json: AsJson = False) -> None:
    """Put unassigned EVSEs into the groups that the rules say. Exit 1 where no rule fits an EVSE."""
    _print_sorted(on_networks(config, lambda registry: registry.filters.apply(network, again=again)), as_json)
