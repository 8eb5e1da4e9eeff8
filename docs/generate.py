"""Writes docs/reference/ from the adapters and from mappings/: `python docs/generate.py`. A test keeps it current."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway.connections import adapters
from gateway.ports import Adapter
from gateway.tables import read_table

REFERENCE = Path(__file__).resolve().parent / "reference"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") or " " for cell in cells) + " |"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)])


def _csv(path: Path) -> str:
    rows = read_table(path)
    head = list(rows[0]) if rows else []
    return _table(
        head,
        (
            [f"`{row[name]}`" if name in ("wire", "canonical", "code") and row[name] else row[name] for name in head]
            for row in rows
        ),
    )


def _operations(adapter: Adapter) -> str:
    head = ("operation", "from", "to", "path or action", "version", "grade")
    rows = [
        (f"`{one.name}`", one.sender.value, one.receiver.value, f"`{one.path or one.action}`", one.version, one.grade)
        for one in adapter.operations
    ]
    return _table(head, rows)


def page(adapter: Adapter) -> str:
    """The reference page of one protocol."""
    folder = Path(str(adapter.tables))
    parts = [
        f"# {adapter.title}\n\nWritten from the operation table and from `mappings/{adapter.name}/`.",
        "## Operations",
        _operations(adapter),
    ]
    parts += ["## Codes", _csv(folder / "codes.csv"), "## Enumerations"]
    for path in sorted(folder.glob("*.csv")):
        if path.name != "codes.csv":
            parts += [f"### {path.stem}", _csv(path)]
    parts.append("## Fields")
    for path in sorted((folder / "fields").glob("*.csv")):
        parts += [f"### {path.stem}", _csv(path)]
    return "\n\n".join(parts) + "\n"


def pages() -> Mapping[str, str]:
    """File name → content."""
    return {f"{name}.md": page(adapter) for name, adapter in adapters().items()}


if __name__ == "__main__":
    for name, content in pages().items():
        (REFERENCE / name).write_text(content, encoding="utf-8")
        print(REFERENCE / name)
