"""What comes in, from the command line: pulling a hub's lists, and what waits for the backend."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, masked_document, say, with_gateway
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.crawling import PullReport
    from gateway.gateway import Gateway
    from gateway.store.inbox import Item

inbox = typer.Typer(help="What hubs have given us for the backend.", no_args_is_help=True)


class Listed(StrEnum):
    EVSES = "evses"
    STATUSES = "statuses"
    TOKENS = "tokens"
    CDRS = "cdrs"
    TARIFFS = "tariffs"
    EVSE_TARIFFS = "evse-tariffs"


def pull(
    connection: Annotated[str, typer.Argument(help="The connection's name.")],
    what: Annotated[Listed, typer.Argument(help="Which of the hub's lists.")],
    config: Config,
    full: Annotated[bool, typer.Option("--full", help="The whole list, not only what has changed.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Also make removals that seem too many.")] = False,
) -> None:
    """Read a hub's list now and hand what has changed to the backend of the settings.

    Exit 1 if it was not asked for, or something was held; `words` say why.
    """
    report = with_gateway(config, lambda gateway: _pulled(gateway, connection, what, full, confirm), backend=True)
    say({name: str(value) if name == "since" and value else value for name, value in asdict(report).items()})
    raise typer.Exit(1 if report.words else 0)


async def _pulled(gateway: "Gateway", connection: str, what: Listed, full: bool, confirm: bool) -> "PullReport":
    from gateway.model import messages as m

    kinds: dict[Listed, type[m.Message[Any]]] = {
        Listed.EVSES: m.FetchEvses,
        Listed.STATUSES: m.FetchStatuses,
        Listed.TOKENS: m.FetchTokens,
        Listed.CDRS: m.FetchCdrs,
        Listed.TARIFFS: m.FetchTariffs,
        Listed.EVSE_TARIFFS: m.FetchEvseTariffs,
    }
    return await gateway.pulls.pull(connection, kinds[what], full=full, confirm=confirm)


@inbox.command("list")
def list_items(
    config: Config,
    hub: Annotated[str, typer.Option(help="The connection's name.")] = "",
    aside: Annotated[bool, typer.Option("--aside", help="Only what cannot be read and waits for a person.")] = False,
    as_json: AsJson = False,
) -> None:
    """What was received for the backend, oldest first, and whether it has answered for it."""
    rows = [_row(item) for item in with_gateway(config, lambda gateway: gateway.inward.items(hub, aside=aside))]
    if as_json:
        say(masked_document(rows))
        return
    for row in rows:
        print(f"{row['id']:>6}  {row['state']:11} {row['tries']:>3}×  {row['kind']:10} {row['connection']}  "
              f"{row['key']}  {row['words'] or ''}".rstrip())  # fmt: skip


def _row(item: "Item") -> dict[str, Any]:
    names = ("id", "connection", "kind", "key", "tries", "words", "received_at", "next_try_at")
    state = "aside" if item.aside_at else "handed over" if item.handed_over else "waiting"
    return {"state": state, **{name: getattr(item, name) for name in names}}


@inbox.command()
def retry(item: Annotated[int, typer.Argument(help="The item's number.")], config: Config) -> None:
    """Hand over again what was put aside; a running gateway does it at its next look."""
    if not with_gateway(config, lambda gateway: gateway.inward.take_up_again(item)):
        raise Invalid([Finding("", Severity.ERROR, "inbox", f"no item {item} is aside")])


def add_to(app: typer.Typer) -> None:
    app.command()(pull)
    app.add_typer(inbox, name="inbox")
