"""CDRs before they are sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, complain, masked_words, read_bytes, say, with_gateway
from gateway.errors import Undecodable

if TYPE_CHECKING:
    from gateway.gateway import Gateway
    from gateway.ports import CdrContext, Judged
    from gateway.preflight import Candidate

EXIT_ERRORS, EXIT_UNREADABLE = 1, 2


def check_cdr(
    file: Annotated[str, typer.Argument(help="A CDR, canonical JSON or the hub's own; - for standard input.")],
    connection: Annotated[str, typer.Option(help="The connection that it would go over; needs --config.")] = "",
    config: Annotated[Path | None, typer.Option(help="The settings, TOML.")] = None,
    at: Annotated[datetime | None, typer.Option(help="The time to check against (UTC), instead of now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what Hubject would refuse a CDR for, before it is sent: rule, source, and what to do.

    With --connection also what the gateway knows: whose EVSE it is, how it is calibrated, whether its session is open.
    Exit 0: nothing, or warnings. 1: it would be refused. 2: it cannot be checked.
    """
    from gateway.ports import CdrContext

    if connection and config is None:
        raise typer.BadParameter("--connection needs --config", param_hint="--connection")
    now = at.replace(tzinfo=UTC) if at is not None else datetime.now(UTC)
    found = _candidate(file)
    context = _context(config, connection, found, now) if config and connection else CdrContext(at=now)
    checked = found.check(context)
    if as_json:
        say({"refused": checked.refused, "findings": [_row(one) for one in checked.judged]})
    else:
        _print(checked.judged, checked.refused)
    raise typer.Exit(EXIT_ERRORS if checked.refused else 0)


def _candidate(file: str) -> "Candidate":
    from gateway.preflight import candidate

    body = read_bytes(file)
    try:
        return candidate(body, _parsed(body))
    except Undecodable as error:
        complain(f"roaming-gateway: {file}: {error}")
        raise typer.Exit(EXIT_UNREADABLE) from None


def _parsed(body: bytes) -> Any:
    """Only to tell what it is: the reader has its own way with numbers. Raises Undecodable."""
    try:
        return json.loads(body)
    except RecursionError:
        raise Undecodable("the document is nested too deeply") from None
    except ValueError as error:
        raise Undecodable(f"not JSON: {error}") from None


def _context(config: Path, connection: str, found: "Candidate", now: datetime) -> "CdrContext":
    from gateway.preflight import context_of

    async def run(gateway: "Gateway") -> "CdrContext":
        return await context_of(gateway, connection, found.cdr, now)

    return replace(with_gateway(config, run), at=now)


def _row(one: "Judged") -> dict[str, str]:
    finding = one.finding
    return {
        "pointer": finding.pointer,
        "severity": finding.severity.value,
        "code": finding.code,
        "text": masked_words(finding.text) or "",
        "answer": one.answer,
        "source": one.source,
        "advice": one.advice,
    }


def _print(judged: "Any", refused: bool) -> None:
    for row in map(_row, judged):
        answer = f" (the hub answers {row['answer']})" if row["answer"] else ""
        print(f"{row['severity']}  {row['pointer'] or '/'}: {row['text']}{answer}")
        print(f"    rule:  {row['source']}")
        print(f"    to do: {row['advice']}")
    print("it would be refused" if refused else "nothing stands against it" if not judged else "it would be taken")


def add_to(app: typer.Typer) -> None:
    app.command("check-cdr")(check_cdr)
