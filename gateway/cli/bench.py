"""Messages on the bench: decode, recode, translate, explain."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import complain, name_of, read_bytes, read_json, say
from gateway.errors import Undecodable

File = Annotated[str, typer.Argument(help="The message, or - for standard input.")]
Name = Annotated[
    str | None,
    typer.Option(
        "--message",
        help="The operation, where the message does not name itself: AuthorizeStart, AuthorizeStart.response …",
    ),
]
Protocol = Annotated[str, typer.Option("--protocol", help="oicp, emip or ochp.")]
Strict = Annotated[bool, typer.Option("--strict", help="Take every repair as an error.")]


def _spoken(protocol: str) -> str:
    """The protocol's name in any case. A protocol that is known but not spoken yet is left to the reading."""
    from gateway.connections import adapters
    from gateway.workbench import NOT_SPOKEN

    name = protocol.lower()
    if name not in adapters() and name not in NOT_SPOKEN:
        raise typer.BadParameter(f"unknown protocol {protocol!r}; known are {', '.join(adapters())}")
    return name


def _read(protocol: str, file: str, message: str | None, strict: bool = False) -> Any:
    from gateway.workbench import decode as read

    protocol = _spoken(protocol)
    _demand_known(protocol, message)
    try:
        reading = read(protocol, read_bytes(file), name_of(file, message), strict=strict)
    except Undecodable as error:
        complain(f"roaming-gateway: {file}: {error}")
        raise typer.Exit(2) from None
    own = {reading.form.name.lower(), reading.form.label.lower()}
    if message and message.lower().removesuffix(".request") not in own:
        complain(f"roaming-gateway: {file}: this is {reading.form.label}, not {message}")
        raise typer.Exit(2)
    return reading


def _demand_known(protocol: str, message: str | None) -> None:
    from gateway.connections import adapters

    forms = adapters()[protocol].forms if protocol in adapters() else ()
    names = {name.lower() for form in forms for name in (form.name, form.label, f"{form.name}.request")}
    if message and forms and message.lower().removesuffix(".request") not in names:
        raise typer.BadParameter(f"{protocol} has no message {message!r}", param_hint="--message")


def _complain_of(findings: Any) -> None:
    for finding in findings:
        complain(f"{finding.severity.value}: {finding.pointer or '/'}: {finding.code}: {finding.text}")


def decode(file: File, protocol: Protocol, message: Name = None, strict: Strict = False) -> None:
    """Read one message and print its meaning as JSON.

    Exit 0: readable. 1: readable, with a finding of severity error. 2: unreadable; the reason is on stderr.
    """
    reading = _read(protocol, file, message, strict)
    say(reading.report())
    raise typer.Exit(1 if reading.failed else 0)


def recode(
    file: File,
    protocol: Protocol,
    message: Name = None,
    strict: Strict = False,
    lenient: Annotated[bool, typer.Option("--lenient", help="Write in spite of findings of severity error.")] = False,
) -> None:
    """Read one message and write it again from its meaning, in the same protocol.

    With a finding of severity error nothing is written and the exit code is 1.
    """
    from gateway.workbench import recode as written

    reading = _read(protocol, file, message, strict)
    if reading.failed and not lenient:
        _complain_of(finding for finding in reading.findings if finding.severity == "error")
        raise typer.Exit(1)
    sys.stdout.buffer.write(written(reading) + b"\n")


def translate(
    file: File,
    source: Annotated[str, typer.Option("--from", help="The message's protocol.")],
    target: Annotated[str, typer.Option("--to", help="The protocol to write.")],
    message: Name = None,
    context: Annotated[str | None, typer.Option(help="Canonical JSON for what the message cannot know.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the documents, one file each.")] = None,
    report: Annotated[Path | None, typer.Option(help="A file for the loss report; otherwise stderr.")] = None,
) -> None:
    """Write another hub's message for the same meaning, and say what is lost.

    A mandatory field that neither the message nor the context gives is a finding needs-context: exit 1, no message.
    """
    from gateway.canonical import from_json
    from gateway.context import Context
    from gateway.workbench import translate as translated

    reading = _read(source, file, message)
    known = from_json(Context, read_json(context)) if context else None
    result = _translated(translated, reading, target, known)
    text = json.dumps(result.report(), ensure_ascii=False, indent=2)
    if report is None:
        complain(text)
    else:
        report.write_text(text + "\n", encoding="utf-8")
    _write_documents(result.documents, out)
    raise typer.Exit(1 if any(finding.severity == "error" for finding in result.findings) else 0)


def _translated(translated: Any, reading: Any, target: str, known: Any) -> Any:
    try:
        return translated(reading, _spoken(target), known)
    except Undecodable as error:
        complain(f"roaming-gateway: {error}")
        raise typer.Exit(2) from None


def _write_documents(documents: Any, out: Path | None) -> None:
    """One document to stdout; several to files, or as JSON lines."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for number, (label, document) in enumerate(documents, 1):
            ending = "json" if document[:1] in (b"{", b"[") else "xml"
            name = f"{label}.{ending}" if len(documents) == 1 else f"{number:03}.{label}.{ending}"
            (out / name).write_bytes(document + b"\n")
    elif len(documents) == 1:
        sys.stdout.buffer.write(documents[0][1] + b"\n")
    else:
        for label, document in documents:
            print(json.dumps({"message": label, "document": document.decode()}, ensure_ascii=False))


def explain(
    file: File,
    protocol: Annotated[
        str | None, typer.Option("--protocol", help="oicp, emip or ochp; found out if left out.")
    ] = None,
    message: Name = None,
) -> None:
    """Show a message side by side: meaning, canonical field, value, and the field of every protocol.

    Also how sure its facts are, and what OCPI could say beyond it, where that is written down.
    """
    from gateway.connections import adapters
    from gateway.workbench import explain as explained

    reading = _read(protocol, file, message) if protocol else _guessed(file, message)
    lines = explained(reading)
    names = list(adapters())
    rows = [("meaning", "canonical field", "value", *names)]
    rows += [
        (line.meaning, line.canonical, str(line.value), *(", ".join(line.fields[name]) or "–" for name in names))
        for line in lines
    ]
    print(f"{reading.form.label} ({reading.adapter.title}), sent by {reading.form.sent_by.value}")
    _print_certainty(reading)
    print()
    widths = [min(48, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    _print_beyond(reading)
    _complain_of(reading.findings)


def _print_certainty(reading: Any) -> None:
    """The grade with its letters explained, and what is doubtful about this very message."""
    from gateway.certainty import doubts, grade_of

    grade = grade_of(reading.adapter, reading.form)
    if grade and reading.adapter.grades:
        print(f"grade: {grade}")
        for letter, meaning in reading.adapter.grades.items():
            if letter in re.findall(r"\b[A-Z]\b", grade):
                print(f"  {letter}: {meaning}")
    for one in doubts(reading.adapter, reading.form):
        print(f"{one.topic}: {one.sources}. We read {one.read}; we write {one.write}.")


def _print_beyond(reading: Any) -> None:
    from gateway.certainty import TITLES, beyond

    rows = [one for one in beyond(reading.adapter) if one.message == type(reading.value).__name__]
    if rows:
        print(f"\n{TITLES['ocpi']} could say beyond it:")
    for one in rows:
        print(f"  {one.other} ({one.canonical}){f': {one.note}' if one.note else ''}")


def _guessed(file: str, message: str | None) -> Any:
    """Reads a message whose protocol is not said: by trying each."""
    from gateway.connections import adapters
    from gateway.workbench import decode as read

    body, reasons = read_bytes(file), []
    for protocol in adapters():
        try:
            return read(protocol, body, name_of(file, message))
        except Undecodable as error:
            reasons.append(f"{protocol}: {error}")
    for reason in reasons:
        complain(f"roaming-gateway: {file}: {reason}")
    raise typer.Exit(2)


def add_to(app: typer.Typer) -> None:
    for command in (decode, recode, translate, explain):
        app.command()(command)
