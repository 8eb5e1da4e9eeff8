"""Writes docs/reference/ from the adapters and from mappings/: `python docs/generate.py`. A test keeps it current."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway.certainty import TITLES, beyond
from gateway.connections import adapters
from gateway.ports import Adapter, Operation, Policy
from gateway.store.outbox import TRANSITIONS
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
        (f"`{one.name}`", one.sender.value, one.receiver.value, f"`{_where(one)}`", one.version, one.grade)
        for one in adapter.operations
    ]
    return _table(head, rows)


def _where(operation: Operation) -> str:
    method = "" if operation.method == "POST" else f"{operation.method} "
    return method + (operation.path or operation.action)


_ERRATUM = {
    "topic": "about",
    "sources": "who says what",
    "effect": "what comes of it",
    "read": "we read",
    "write": "we write",
}


def _errata(adapter: Adapter) -> list[str]:
    if not adapter.errata:
        return []
    members = {**_ERRATUM, **({"grade": "grade"} if adapter.grades else {})}
    rows = [[getattr(one, member) for member in members] for one in adapter.errata]
    return [
        "## Errata\n\nWhere its documents contradict each other, or what is seen.",
        _table([*members.values()], rows),
    ]


def _grades(adapter: Adapter) -> list[str]:
    if not adapter.grades:
        return []
    return ["The grades:", _table(("grade", "meaning"), [(f"`{name}`", text) for name, text in adapter.grades.items()])]


def _beyond(adapter: Adapter) -> list[str]:
    """What another protocol could say, from the tables."""
    rows = [(f"`{one.message}`", f"`{one.canonical}`" if one.canonical else "", f"`{one.other}`", one.note, one.source)
            for one in beyond(adapter)]  # fmt: skip
    if not rows:
        return []
    head = ("message", "field", "there", "note", "source")
    return [f"## What {TITLES['ocpi']} can say beyond it", _table(head, rows)]


def page(adapter: Adapter) -> str:
    """The reference page of one protocol."""
    folder = Path(str(adapter.tables))
    parts = [
        f"# {adapter.title}\n\nWritten from the operation table and from `mappings/{adapter.name}/`.",
        "## Operations",
        _operations(adapter),
        *_grades(adapter),
    ]
    parts += [*_errata(adapter), "## Codes", _csv(folder / "codes.csv"), "## Enumerations"]
    for path in sorted(folder.glob("*.csv")):
        if path.name != "codes.csv":
            parts += [f"### {path.stem}", _csv(path)]
    parts += [*_beyond(adapter), "## Fields"]
    for path in sorted((folder / "fields").glob("*.csv")):
        parts += [f"### {path.stem}", _csv(path)]
    return "\n\n".join(parts) + "\n"


def delivery_page() -> str:
    """The states of an owed message, and how each hub is delivered to."""
    changes = [(f"`{state}`", ", ".join(f"`{one}`" for one in after) or "–") for state, after in TRANSITIONS.items()]
    policies = [
        (profile.title, f"`{kind}`", f"`{one.lane}`", str(one.together), str(one.per_minute or "–"),
         f"{one.deadline_seconds / 3600:g} h", str(one.tries_in_line), _taken(one))
        for adapter in adapters().values()
        for profile in adapter.profiles.values()
        for kind, one in profile.deliveries.items()
    ]  # fmt: skip
    head = (
        "hub",
        "message",
        "lane",
        "together",
        "calls a minute",
        "overdue after",
        "tries in line",
        "held to be there",
    )
    return (
        "\n\n".join(
            [
                "# Delivery\n\nWritten from `gateway/store/outbox.py` and from the adapters' profiles.",
                "## States\n\nThe only changes there are.",
                _table(("from", "to"), changes),
                "## Policies\n\nA connection changes single values by `options.policies.<message>`.",
                _table(head, policies),
            ]
        )
        + "\n"
    )


def _taken(policy: Policy) -> str:
    said = [f"code {code} with “{word}”" for code, word in policy.taken_when.items()]
    said += ["named as implausible"] if policy.listed_is_taken else []
    return f"{', '.join(said)}, after a try without answer" if said else "–"


def pages() -> Mapping[str, str]:
    """File name → content."""
    return {f"{name}.md": page(adapter) for name, adapter in adapters().items()} | {"delivery.md": delivery_page()}


if __name__ == "__main__":
    for name, content in pages().items():
        (REFERENCE / name).write_text(content, encoding="utf-8")
        print(REFERENCE / name)
