"""What we speak, as data: operation tables and schemas."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import say


def operations(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The operations of every protocol: name, who sends to whom, path or action."""
    from gateway.connections import adapters

    rows = [
        {
            "protocol": adapter.name,
            "name": operation.name,
            "sender": operation.sender.value,
            "receiver": operation.receiver.value,
            "path": operation.path,
            "action": operation.action,
            "version": operation.version,
            "grade": operation.grade,
        }
        for adapter in adapters().values()
        for operation in adapter.operations
    ]
    if as_json:
        say(rows)
        return
    for row in rows:
        where = row["path"] or row["action"]
        print(f"{row['protocol']:5} {row['name']:46} {row['sender']:4} → {row['receiver']:4} {where}")


def schemas(out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("schemas")) -> None:
    """Write the schemas of what we speak: the canonical model as JSON Schema, and each protocol's contract."""
    from gateway.publication import published

    for name, content in published().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(path)


def add_to(app: typer.Typer) -> None:
    app.command()(operations)
    app.command()(schemas)
