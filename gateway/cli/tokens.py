"""Our token lists at hubs, from the command line: published, looked at, revoked, loaded as a whole.

These commands work on the store; a running gateway sends what is owed. Card numbers and contract ids are never printed.
"""

from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, Config, complain, masked_words, read_bytes, say, with_gateway
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.model.ids import PartyId
    from gateway.model.token import Token
    from gateway.token_lists import ListedToken, TokenReport

Connection = Annotated[str, typer.Argument(help="The connection's name.")]
File = Annotated[str, typer.Argument(help="Tokens as canonical JSON; - is standard input.")]
Complete = Annotated[str, typer.Option(help="These are all of this provider: what is missing is revoked.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Yes, as the preview shows it.")]

tokens = typer.Typer(help="What each hub knows of our cards and contracts.", no_args_is_help=True)


class State(StrEnum):
    SENDING = "sending"
    CURRENT = "current"
    REFUSED = "refused"


def _given(file: str) -> "tuple[Token, ...]":
    from gateway.token_lists.records import of_file

    return of_file(read_bytes(file), Path(file).name)


def _provider(text: str) -> "PartyId | None":
    from gateway.model.ids import PartyId

    try:
        return PartyId.parse(text) if text else None
    except ValueError as error:
        raise Invalid([Finding("", Severity.ERROR, "tokens", str(error))]) from None


@tokens.command()
def publish(
    connection: Connection,
    file: File,
    config: Config,
    complete: Complete = "",
    confirm: Confirm = False,
    as_json: AsJson = False,
) -> None:
    """Send what is new or has changed. Exit 1 if some could not be used."""
    listed, provider = _given(file), _provider(complete)
    report = with_gateway(
        config,
        lambda gateway: gateway.token_lists.publish(connection, listed, complete=provider, confirm=confirm),
    )
    _print_report(report, as_json)


@tokens.command()
def diff(
    connection: Connection, file: File, config: Config, complete: Complete = "", as_json: AsJson = False
) -> None:  # fmt: skip
    """Show what publishing a file would change. Exit 1 if some of it could not be used."""
    listed, provider = _given(file), _provider(complete)
    report = with_gateway(
        config, lambda gateway: gateway.token_lists.preview(connection, listed, complete=provider)
    )  # fmt: skip
    _print_report(report, as_json)


@tokens.command()
def revoke(
    connection: Connection,
    names: Annotated[
        list[str], typer.Argument(help="Card numbers, hashes, or contract ids; - reads them, one a line.")
    ],
    config: Config,
    as_json: AsJson = False,
) -> None:
    """End the validity of tokens at the hub; of a contract all that it has."""
    wanted = [name for given in names for name in (_lines() if given == "-" else [given])]
    _print_report(with_gateway(config, lambda gateway: gateway.token_lists.revoke(connection, wanted)), as_json)


def _lines() -> list[str]:
    text = read_bytes("-").decode("utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


@tokens.command()
def retry(connection: Connection, config: Config, as_json: AsJson = False) -> None:
    """Send again what the hub has refused."""
    _print_report(with_gateway(config, lambda gateway: gateway.token_lists.retry(connection)), as_json)


def _print_report(report: "TokenReport", as_json: bool) -> None:
    if as_json:
        say(asdict(report))
    else:
        counts = (
            f"{len(report.inserts)} new, {len(report.updates)} changed, {len(report.revoked)} revoked, "
            f"{report.unchanged} unchanged, {len(report.refused)} refused before"
        )
        print(f"{report.connection}: {counts}")
        groups = (("new", report.inserts), ("changed", report.updates), ("revoked", report.revoked))
        for word, labels in (*groups, ("refused", report.refused)):
            for label in labels:
                print(f"  {word:8} {label}")
        for broken in report.broken:
            for finding in broken.findings:
                complain(f"token {broken.place} ({broken.label}): {finding.pointer}: {masked_words(finding.text)}")
    raise typer.Exit(1 if report.broken else 0)


@tokens.command("list")
def list_tokens(
    connection: Connection,
    config: Config,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """What was published to a hub, whether it has it, and why not."""
    wanted = state.value if state is not None else ""
    found = with_gateway(config, lambda gateway: gateway.token_lists.listed(connection, state=wanted))
    rows = [_row(one) for one in found]
    if as_json:
        say(rows)
        return
    for row in rows:
        word = "revoking" if row["revoked"] else row["state"]
        ends = (row["expires_at"] or "")[:10]
        reason = f"{row['code'] or ''} {row['words'] or ''}".strip()
        print(f"{row['label']:40} {word:9} {row['there']:6} {ends:11} {reason}".rstrip())


def _row(one: "ListedToken") -> dict[str, Any]:
    """All but the token itself."""
    shown = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "token"}
    return {**shown, "words": masked_words(one.words)}


@tokens.command("full-load")
def full_load(
    connection: Connection,
    config: Config,
    confirm: Confirm = False,
    confirm_loss: Annotated[
        bool, typer.Option("--confirm-loss", help="Yes, though much of what the hub has would go, or nobody knows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what replacing all tokens of the account would send, and what the hub would lose; --confirm does it."""
    found = with_gateway(
        config,
        lambda gateway: gateway.token_lists.full_load(connection, confirm=confirm, confirm_loss=confirm_loss),
    )
    if as_json:
        say(asdict(found))
        return
    print(f"{connection}: a full load sends {found.sends} tokens, the hub loses {len(found.loses)} that are known")
    for label, reason in found.loses:
        print(f"  loses  {label}: {masked_words(reason)}")
    if not found.complete:
        print("  what else the hub has of this account is not known here")
    if found.is_loss and not found.entry:
        print("  much of what the hub has would go, or nobody knows how much: --confirm needs --confirm-loss beside it")
    if found.last:
        print(f"  the last full load: {masked_words(found.last)}")
    print("owed; a running gateway sends it" if found.entry else "nothing is owed; --confirm does it")


def add_to(app: typer.Typer) -> None:
    app.add_typer(tokens, name="tokens")
