"""CDRs before they are sent, and contracts beside what we speak."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import AsJson, complain, masked_words, read_bytes, say, with_gateway
from gateway.errors import Undecodable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.contracts import Contract
    from gateway.findings import Finding
    from gateway.gateway import Gateway
    from gateway.ports import Adapter, CdrContext, Judged
    from gateway.preflight import Candidate

EXIT_ERRORS, EXIT_UNREADABLE = 1, 2
OICP, OCHP, EMIP = "oicp", "ochp", "emip"


def check_cdr(
    file: Annotated[str, typer.Argument(help="A CDR, canonical JSON or the hub's own; - for standard input.")],
    connection: Annotated[str, typer.Option(help="The connection that it would go over; needs --config.")] = "",
    config: Annotated[Path | None, typer.Option(help="The settings, TOML.")] = None,
    at: Annotated[datetime | None, typer.Option(help="The time to check against (UTC), instead of now.")] = None,
    protocol: Annotated[str, typer.Option(help="oicp, ochp or emip, where there is no connection.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a hub would refuse a CDR for, before it is sent: rule, source, and what to do.

    XML is OCHP's AddCDRsRequest with one CDR; JSON goes to Hubject, or to the hub of the connection or protocol.
    With --connection also what the gateway knows: whose EVSE it is, how it is calibrated, whether its session is open.
    Exit 0: nothing, or warnings. 1: it would be refused. 2: it cannot be checked.
    """
    from gateway.ports import CdrContext

    if connection and config is None:
        raise typer.BadParameter("--connection needs --config", param_hint="--connection")
    now = at.replace(tzinfo=UTC) if at is not None else datetime.now(UTC)
    found = _candidate(file, _protocol(protocol, config, connection))
    context = _context(config, connection, found, now) if config and connection else CdrContext(at=now)
    checked = found.check(context)
    if as_json:
        say({"refused": checked.refused, "findings": [_row(one) for one in checked.judged]})
    else:
        _print(checked.judged, checked.refused)
    raise typer.Exit(EXIT_ERRORS if checked.refused else 0)


def _protocol(named: str, config: Path | None, connection: str) -> str:
    """That of the connection, or the named one. Raises BadParameter, Invalid, or UnknownConnection."""
    if named not in ("", OICP, OCHP, EMIP):
        raise typer.BadParameter("oicp, ochp or emip", param_hint="--protocol")
    if config is None or not connection:
        return named

    async def run(gateway: "Gateway") -> str:
        return gateway.hub(connection).connection.protocol

    return with_gateway(config, run)


def _candidate(file: str, protocol: str) -> "Candidate":
    from gateway.preflight import candidate

    body = read_bytes(file)
    is_xml = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    try:
        return candidate(body, None if is_xml else _parsed(body), protocol)
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


# --- contracts ---------------------------------------------------------------------------------------------------


def check(
    wsdl: Annotated[Path, typer.Option(help="A WSDL; what it imports is read from the files beside it.")],
    protocol: Annotated[str, typer.Option(help="The protocol that it is of.")] = "ochp",
    as_json: AsJson = False,
) -> None:
    """Say where a hub's published contract and what we speak differ: operations, actions, fields, how often, facets.

    Services of ours that the WSDL does not have at all are left out. Exit 0: no difference. 1: some. 2: unreadable.
    """
    found, count = _drift(wsdl, protocol)
    if as_json:
        say({"drift": [{"pointer": one.pointer, "code": one.code, "text": one.text} for one in found]})
    else:
        for one in found:
            print(f"{one.code}  {one.pointer}: {one.text}")
        plural = "s" * (len(found) > 1)
        print(f"{len(found)} difference{plural}" if found else f"no difference in {count} operations")
    raise typer.Exit(EXIT_ERRORS if found else 0)


def _drift(wsdl: Path, protocol: str) -> "tuple[list[Finding], int]":
    """(the differences, how many operations the file has)."""
    from gateway.connections import adapters
    from gateway.contracts import drift, read_contract

    adapter = adapters().get(protocol)
    files = dict(adapter.schemas()) if adapter is not None and adapter.schemas is not None else {}
    spoken = [read_contract(files[name], files.__getitem__) for name in files if name.endswith(".wsdl")]
    if adapter is None or not spoken:
        raise typer.BadParameter(f"{protocol} has no WSDL here", param_hint="--protocol")
    published = read_contract(wsdl.read_bytes(), lambda place: (wsdl.parent / place).read_bytes())
    ours = max(spoken, key=lambda one: len(one.elements.keys() & published.elements.keys()))
    return drift(published, ours, _services(adapter, ours)), len(published.operations)


def _services(adapter: "Adapter", ours: "Contract") -> "Sequence[Sequence[str]]":
    """The operations of each service, by the names that our contract gives them."""
    names = {promised.request: name for name, promised in ours.operations.items()}
    services: dict[object, list[str]] = {}
    for operation in adapter.operations:
        element = operation.request.element if operation.request is not None else ""
        if element in names:
            services.setdefault((operation.service, operation.receiver), []).append(names[element])
    return list(services.values())


def add_to(app: typer.Typer) -> None:
    app.command("check-cdr")(check_cdr)
    app.command()(check)
