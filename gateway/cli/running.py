"""Things that run: serve, simulate, demo."""

import asyncio
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.errors import Invalid
from gateway.findings import Finding, Severity

Config = Annotated[Path, typer.Option(help="The settings, TOML.")]
HUBS = ("hubject", "gireve", "eclearing")


def serve(
    config: Config,
    no_workers: Annotated[bool, typer.Option("--no-workers", help="Answer hubs alone; `work` delivers.")] = False,
) -> None:
    """Run the gateway as an HTTP service: answer hubs, deliver, and do what is due by the clock."""
    _run(config, workers=not no_workers)


def work(config: Config) -> None:
    """Deliver and do what is due by the clock, without answering hubs; beside others of its kind, on PostgreSQL."""
    _run(config, callbacks=False)


def _run(config: Path, **parts: bool) -> None:
    from gateway.log import configure
    from gateway.settings import load
    from gateway.web.service import run

    settings = load(config)
    configure(settings.log_level)
    run(settings, **parts)


def simulate(
    hub: Annotated[str, typer.Argument(help=", ".join(HUBS))],
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    config: Annotated[
        Path | None, typer.Option(help="Partners, scripts, EVSEs, contracts, cards, settings; TOML.")
    ] = None,
    partner: Annotated[str, typer.Option(help="The base URL at which the hub calls its partners back.")] = "",
    user: Annotated[str, typer.Option(help="e-clearing.net's user.")] = "demo",
    password: Annotated[str, typer.Option(help="e-clearing.net's password.")] = "demo",
) -> None:
    """Run a hub simulator; prints one line with its base URL when it is ready.

    GET /_simulator/state and /_simulator/received show what it knows and got; POST /_simulator/remote-start,
    remote-stop, fault and reset direct it.
    """
    from gateway.simulation import world
    from gateway.web.hosting import Hosted
    from gateway.web.simulate import simulation_of

    if hub not in HUBS:
        raise typer.BadParameter(f"unknown hub {hub!r}; known are {', '.join(HUBS)}", param_hint="HUB")
    document = _with_scripts(_toml(config), config.parent) if config else {}
    simulation = simulation_of(hub, world(document, user=user, password=password, partner_url=partner))
    hosted = Hosted(simulation.application(), host, port)
    asyncio.run(hosted.run(lambda url: print(f"{hub} simulator ready at {url}", flush=True)))


def _toml(path: Path) -> Any:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Invalid([Finding("", Severity.ERROR, "setting", f"{path}: not TOML: {error}")]) from None


def _with_scripts(document: Any, folder: Path) -> Any:
    """The scripts of partners that are files of their own, beside the configuration."""
    partners = document.get("partners")
    for partner in partners if isinstance(partners, list) else ():
        if isinstance(partner, dict) and isinstance(partner.get("script"), str):
            partner["script"] = _toml(folder / partner["script"])
    return document


def demo() -> None:
    """Play the story: one CPO with two operators on three simulated hubs, over real HTTP on loopback."""
    from gateway.demo import play

    raise typer.Exit(asyncio.run(play()))


def add_to(app: typer.Typer) -> None:
    for command in (serve, work, simulate, demo):
        app.command()(command)
