"""Offers for EVSE networks from the command line, and the networks as the hub has them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, complain, read_bytes, read_json, say
from gateway.cli.network_filters import Network, on_networks
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.networks import OfferView

Connection = Annotated[str, typer.Argument(help="The connection's name.")]
File = Annotated[str, typer.Argument(help="An offer as canonical JSON; - is standard input.")]
ByOffer = Annotated[str, typer.Option("--offer", help="The offer's name or id; the last one where none is given.")]
At = Annotated[str, typer.Option(help="A time with its offset, as 2026-04-01T00:00:00+02:00.")]

offer = typer.Typer(help="Offers: one price for each group of a network.", no_args_is_help=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise Invalid([Finding("", Severity.ERROR, "time", f"{text!r} is no time with an offset")])
    return moment


def _document(view: "OfferView") -> dict[str, Any]:
    from gateway.canonical import to_json

    told = {"id": view.id, "network": view.network, "state": view.state, "hub_id": view.hub_id}
    return {**told, "offer": to_json(view.offer), "warnings": to_json(view.warnings)}


def _print(view: "OfferView", as_json: bool = False) -> None:
    if as_json:
        say(_document(view))
        return
    given = view.offer
    since = given.valid_from.isoformat() if given.valid_from else ""
    print(f"{given.reference} for {view.network}: {view.state}, from {since}")
    for price in given.prices:
        print(f"  {price.group_name}: {price.currency}, {', '.join(_names(price))}")
    for warning in view.warnings:
        complain(f"warning: {warning.text}")


def _names(price: Any) -> list[str]:
    return sorted({slot.price_set or "" for plan in price.plans for slot in plan.slots})


def _read_offer(file: str) -> Any:
    from gateway.canonical import from_json
    from gateway.model.network import Offer

    return from_json(Offer, read_json(file))


@offer.command("create")
def create_offer(network: Network, file: File, config: Config, as_json: AsJson = False) -> None:
    """Keep an offer as a draft, checked against the hub's rules. Nothing is sent."""
    given = _read_offer(file)
    _print(on_networks(config, lambda registry: registry.offers.create(network, given)), as_json)


@offer.command("show")
def show_offer(network: Network, config: Config, offer: ByOffer = "", as_json: AsJson = False) -> None:
    """An offer as it is kept."""
    _print(on_networks(config, lambda registry: registry.offers.show(network, offer)), as_json)


@offer.command("list")
def list_offers(network: Network, config: Config, as_json: AsJson = False) -> None:
    """The offers of a network, by the time from which they are valid."""
    views = on_networks(config, lambda registry: registry.offers.listed(network))
    if as_json:
        say([_document(view) for view in views])
        return
    for view in views:
        _print(view)


@offer.command("prices")
def update_prices(network: Network, file: File, config: Config, at: At, offer: ByOffer = "") -> None:
    """Send new prices for an active, unlimited offer; the file is an offer with `price_sets` and `prices`."""
    given, moment = _read_offer(file), _moment(at)
    view = on_networks(
        config,
        lambda registry: registry.hub_side.update_prices(network, offer, moment, given.price_sets, given.prices),
    )
    _print(view)


@offer.command("terms")
def upload_terms(connection: Connection, file: Path, config: Config) -> None:
    """Upload terms and conditions (PDF); prints the id that an offer names in `terms`."""
    content = read_bytes(str(file))
    print(on_networks(config, lambda registry: registry.hub_side.upload_terms(connection, file.name, content)))


@offer.command("hub")
def offers_at_hub(connection: Connection, config: Config, as_json: AsJson = False) -> None:
    """The account's offers as the hub has them, with subscriptions."""
    from gateway.canonical import to_json

    found = on_networks(config, lambda registry: registry.hub_side.offers(connection))
    if as_json:
        say(to_json(found))
        return
    for one in found:
        status = one.offer.status.value.lower() if one.offer and one.offer.status else "unknown"
        name = one.offer.reference if one.offer else None
        evses = one.network.evse_count if one.network else None
        print(f"{name}: {status}, {len(one.subscriptions)} subscriptions, {evses} EVSEs")


# --- activation and the hub --------------------------------------------------------------------------------------


def activate(
    network: Network,
    config: Config,
    offer: ByOffer = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would cost nothing.")] = False,
    confirm: Annotated[str, typer.Option(help="The word that the dry run shows.")] = "",
    without_hub: Annotated[bool, typer.Option("--without-hub", help="The offer was made in the hub's portal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send an offer to the hub and make its network active; needs a yes to what the dry run names."""
    if dry_run:
        _dry_run(network, config, offer, as_json)
        return
    view = on_networks(
        config, lambda registry: registry.activate(network, offer, confirm=confirm, at_hub=not without_hub)
    )
    _print(view, as_json)


def _dry_run(network: str, config: Path, offer: str, as_json: bool) -> None:
    from gateway.canonical import to_json

    plan = on_networks(config, lambda registry: registry.plan_activation(network, offer))
    if as_json:
        say(to_json(plan))
        return
    print(plan.sentence)
    print("".join(f"  {evse}\n" for evse in plan.unpriced), end="")
    print("".join(f"group {name} is empty\n" for name in plan.empty_groups), end="")
    print(f"to go on: roaming-gateway networks activate {network!r} --confirm {plan.token}")


def send(network: Network, config: Config, as_json: AsJson = False) -> None:
    """Create the network at the hub or assign its EVSEs there, and compare. Exit 1 where the hub has it otherwise."""
    from gateway.canonical import to_json

    told = on_networks(config, lambda registry: registry.hub_side.send(network))
    if as_json:
        say(to_json(told))
    else:
        print(
            f"{told.network}: {'created' if told.created else 'assigned'}, {'the same' if told.same else 'different'}"
        )
        for word, found in (("not at the hub", told.missing), ("only at the hub", told.extra)):
            for group, evses in found.items():
                print(f"  {word}, in {group}: {', '.join(evses)}")
    raise typer.Exit(0 if told.same else 1)


def note_ids(
    network: Network,
    hub_id: Annotated[str, typer.Argument(help="The hub's id of the network.")],
    config: Config,
    group: Annotated[list[str] | None, typer.Option(help="NAME=ID of a group; may be given again.")] = None,
) -> None:
    """Keep the hub's ids of a network that was made in its portal."""
    pairs = [one.rpartition("=") for one in group or ()]
    ids = {name: hub_id_of for name, _, hub_id_of in pairs}
    if not all(name and hub_id_of for name, hub_id_of in ids.items()):
        raise typer.BadParameter("a group is given as NAME=ID", param_hint="--group")
    on_networks(config, lambda registry: registry.hub_side.noted(network, hub_id, ids))


def price(
    evse: Annotated[str, typer.Argument(help="The EVSE id.")],
    config: Config,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """What an EVSE costs, now or at a time, and why."""
    from gateway.canonical import to_json
    from gateway.model.ids import EvseId

    try:
        wanted = EvseId.parse(evse)
    except ValueError as error:
        raise Invalid([Finding("", Severity.ERROR, "evse", str(error))]) from None
    found = on_networks(config, lambda registry: registry.price_of(wanted, _moment(at)))
    if as_json:
        say(to_json(found))
        return
    parts = [f"{part.kind}: {part.cost} {found.currency} per {part.unit}" for part in found.components]
    print(f"{evse}: {found.reason.value}" + (f", {found.cost}" if found.cost is not None else ""))
    print("".join(f"  {part}\n" for part in parts), end="")


def add_to(networks: typer.Typer) -> None:
    networks.add_typer(offer, name="offer")
    networks.command()(activate)
    networks.command()(send)
    networks.command("ids")(note_ids)
    networks.command()(price)
