"""Direct endpoints from the command line: what is known, and exchanging it with the hub at once. No token is shown."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, complain, masked_words, say, with_gateway
from gateway.errors import Unsupported

if TYPE_CHECKING:
    from gateway.gateway import Gateway
    from gateway.model.direct import DirectEndpoint

Name = Annotated[str, typer.Argument(help="The connection's name.")]
endpoints = typer.Typer(help="Where partners are reached without a hub between them.", no_args_is_help=True)


@endpoints.command("list")
def list_endpoints(
    config: Config,
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Our endpoints and those of partners, by day; `offered` ones the hub has not taken (yet)."""
    rows = with_gateway(config, lambda gateway: _listed(gateway, hub))
    if as_json:
        say(rows)
        return
    for row in rows:
        patterns = " ".join([*row["allow"], *(f"not {pattern}" for pattern in row["deny"])])
        print(f"{row['day']}  {row['connection']:12} {row['whose']:8} {row['role']:5} {row['url']}  {patterns}")
    _say_unsealed(config)


def _say_unsealed(config: Any) -> None:
    from gateway.settings import load

    if not load(config).journal.secrets:
        complain("the settings have no journal.key: tokens of direct endpoints are stored unsealed")


async def _listed(gateway: "Gateway", name: str) -> list[dict[str, Any]]:
    """Raises UnknownConnection."""
    rows = []
    for connection in [gateway.hub(name).connection.name] if name else sorted(gateway.hubs):
        book = gateway.hub(connection).link().endpoints
        taken = await book.taken()
        rows += [_row(connection, "ours" if one in taken else "offered", one) for one in await book.ours()]
        rows += [_row(connection, "partner", one) for one in await book.partners()]
    return sorted(rows, key=lambda row: (row["day"], row["connection"]))


def _row(connection: str, whose: str, endpoint: "DirectEndpoint") -> dict[str, Any]:
    return {
        "connection": connection,
        "whose": whose,
        "role": endpoint.role.value,
        "day": str(endpoint.day),
        "url": endpoint.url,
        "version": endpoint.version,
        "allow": list(endpoint.allow),
        "deny": list(endpoint.deny),
    }


@endpoints.command()
def upload(connection: Name, config: Config) -> None:
    """Make and upload our endpoints of today and tomorrow now, where they are missing."""
    _by_hand(connection, config, "upload")


@endpoints.command()
def fetch(connection: Name, config: Config) -> None:
    """Fetch the endpoints of all partners now."""
    _by_hand(connection, config, "fetch")


def _by_hand(connection: str, config: Any, what: str) -> None:
    print(masked_words(with_gateway(config, lambda gateway: _done(gateway, connection, what))))


async def _done(gateway: "Gateway", name: str, what: str) -> str:
    """Raises UnknownConnection, Unsupported, Invalid or what the exchange raises."""
    hub = gateway.hub(name)
    work = hub.adapter.endpoints_by_hand.get(what)
    if work is None:
        raise Unsupported(f"{hub.profile.title} has no direct endpoints")
    return await work(hub.link())


def add_to(app: typer.Typer) -> None:
    app.add_typer(endpoints, name="endpoints")
