"""The onboarding scenarios of a hub, on its simulator or with an account at the hub."""

import asyncio
import os
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gateway.scenario import Playbook, Scenario
    from gateway.scenarios import Account, Line, Stand

_OPTIONS = ("certificate", "key", "ca", "party", "evse", "card", "contract", "username", "address", "additional")
PASSWORD = "ROAMING_SCENARIOS_PASSWORD"
"""The environment's variable with the account's password, where no file has it."""


def scenarios(
    hub: Annotated[str, typer.Argument(help="The hub: hubject, gireve or eclearing.")],
    url: Annotated[str, typer.Option(help="The base URL of a test account's hub; without it, a simulator.")] = "",
    party: Annotated[str, typer.Option(help="The account's id, spelled as registered.")] = "",
    role: Annotated[str, typer.Option(help="What the account is: cpo, emp, or offline: an EMP that uploads.")] = "",
    certificate: Annotated[str, typer.Option(help="The client certificate, PEM.")] = "",
    key: Annotated[str, typer.Option(help="Its key, PEM.")] = "",
    ca: Annotated[str, typer.Option(help="The hub's own authority, PEM.")] = "",
    evse: Annotated[str, typer.Option(help="An EVSE to play with.")] = "",
    username: Annotated[str, typer.Option(help=f"The account's user; its password is in {PASSWORD}.")] = "",
    password_file: Annotated[Path | None, typer.Option(help="A file with that password instead.")] = None,
    address: Annotated[str, typer.Option(help="Where partners reach the account, for OCHPdirect; https.")] = "",
    additional: Annotated[str, typer.Option(help="Another operator that the account speaks for.")] = "",
    card: Annotated[str, typer.Option(help="The number of a card that the hub's test provider knows.")] = "",
    contract: Annotated[str, typer.Option(help="A contract id of the same.")] = "",
    only: Annotated[list[str] | None, typer.Option("--only", help="One scenario; may be given again.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name the scenarios and their steps, and play none.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Also what overwrites the account's data.")] = False,
    protocol: Annotated[Path | None, typer.Option(help="A file for the protocol: .md or .json.")] = None,
) -> None:
    """Play what a hub wants to see before an account goes live. Exit 0: nothing failed, 1: some did, 2: none ran."""
    from gateway.scenarios import Account

    chosen = _chosen(book := _playbook(hub), only or [], role or ("cpo" if url else ""))
    if listed:
        _list(chosen)
        return
    own = (certificate, key, ca, evse, card, contract, confirm, username, "", address, additional)
    given = _with_password(_whole(Account(url, party, role or "cpo", *own), protocol), password_file)
    raise typer.Exit(_verdict(_run(_stage(hub, book, given), hub, url or "simulator", chosen, protocol)))


def _stage(hub: str, book: "Playbook", given: "Account") -> "AbstractAsyncContextManager[Stand]":
    from gateway.scenarios import account, simulated

    return account(hub, book, given) if given.url else simulated(hub, book)


def _playbook(hub: str) -> "Playbook":
    from gateway.connections import profile_of

    adapter, _ = profile_of(hub)
    if adapter.scenarios is None:
        raise typer.BadParameter(f"{hub} has no scenarios", param_hint="HUB")
    return adapter.scenarios


def _chosen(book: "Playbook", only: Sequence[str], role: str) -> "Sequence[Scenario]":
    from gateway.scenario import ROLES

    known = {scenario.name: scenario for scenario in book.scenarios}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise typer.BadParameter(f"unknown {', '.join(unknown)}; known are {', '.join(known)}", param_hint="--only")
    if role and role not in ROLES:
        raise typer.BadParameter(f"one of {', '.join(ROLES)}", param_hint="--role")
    wanted = [known[name] for name in only] or list(book.scenarios)
    return [scenario for scenario in wanted if only or not role or scenario.role is ROLES[role]]


def _whole(given: "Account", protocol: Path | None) -> "Account":
    if protocol is not None and protocol.suffix not in (".md", ".json"):
        raise typer.BadParameter("a protocol is .md or .json", param_hint="--protocol")
    if protocol is not None and not protocol.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {protocol.parent}", param_hint="--protocol")
    if given.url and not re.match(r"https?://[^/]", given.url):
        raise typer.BadParameter(f"{given.url!r} does not begin with https:// and a host", param_hint="--url")
    if given.url and not given.party:
        raise typer.BadParameter("an account has an id: say it as it is registered", param_hint="--party")
    useless = [f"--{name}" for name in _OPTIONS if getattr(given, name) and not given.url]
    if useless:
        raise typer.BadParameter(f"{', '.join(useless)} need --url", param_hint="--url")
    return given


def _with_password(given: "Account", file: Path | None) -> "Account":
    """A password is never on the command line, where every process of the machine could read it."""
    if file is not None and not given.username:
        raise typer.BadParameter("a password needs its user", param_hint="--username")
    if not given.username:
        return given
    if file is not None and not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="--password-file")
    password = file.read_text(encoding="utf-8").strip() if file is not None else os.environ.get(PASSWORD, "")
    if not password:
        raise typer.BadParameter(f"its password is expected in {PASSWORD}, or in a file", param_hint="--password-file")
    return replace(given, password=password)


def _list(chosen: "Sequence[Scenario]") -> None:
    for scenario in chosen:
        print(f"{scenario.name} ({scenario.role.value}): {scenario.title}")
        for step in scenario.steps:
            print(f"  {step.by:<8}{step.expected}  {step.title}{' [--confirm]' if step.confirm else ''}")


def _run(stage: Any, hub: str, against: str, chosen: "Sequence[Scenario]", protocol: Path | None) -> "list[Line]":
    """What has been played is written down, also where something ends the run."""
    began, lines = datetime.now(UTC), list["Line"]()
    try:
        asyncio.run(_play(stage, chosen, lines))
    finally:
        _write(hub, against, began, chosen, lines, protocol)
    return lines


async def _play(stage: "AbstractAsyncContextManager[Stand]", chosen: "Sequence[Scenario]", lines: "list[Line]") -> None:
    from gateway.scenarios import played

    async with stage as stand:
        async for line in played(stand, chosen):
            lines.append(_shown(line))


def _shown(line: "Line") -> "Line":
    """Told at once: a run against a hub takes its time."""
    told = line.note or line.words if line.verdict != "passed" else ""
    answer = line.code or "–"
    print(
        f"{line.verdict.value:<8}{line.scenario:<30}{line.step:<58.57}{answer:>4} of {line.expected:<5}"
        f"{line.seconds:6.2f} s  {told}".rstrip(),
        flush=True,
    )
    return line


def _write(hub: str, against: str, began: datetime, chosen: Any, lines: "list[Line]", protocol: Path | None) -> None:
    from gateway.scenarios import Run, as_json, as_markdown, summary

    if not lines:
        return
    run = Run(hub, against, began, chosen, lines)
    print(", ".join(f"{count} {verdict}" for verdict, count in summary(lines).items()))
    if protocol is not None:
        text = as_json(run) if protocol.suffix == ".json" else as_markdown(run)
        protocol.write_text(text, encoding="utf-8")


def _verdict(lines: "list[Line]") -> int:
    """2 where nothing at all could be played."""
    if any(line.verdict == "failed" for line in lines):
        return 1
    return 0 if any(line.verdict == "passed" for line in lines) else 2


def add_to(app: typer.Typer) -> None:
    app.command()(scenarios)
