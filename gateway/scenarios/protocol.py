"""The protocol of a run: what was sent, answered and expected, as Markdown for people or as JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from gateway.scenario import Scenario
from gateway.scenarios.playing import FAILED, PASSED, SKIPPED, Line, Sent


@dataclass(frozen=True)
class Run:
    """`against`: `simulator`, or the hub's address."""

    hub: str
    against: str
    began: datetime
    scenarios: Sequence[Scenario]
    lines: Sequence[Line]


def summary(lines: Sequence[Line]) -> dict[str, int]:
    return {str(verdict): sum(line.verdict is verdict for line in lines) for verdict in (PASSED, FAILED, SKIPPED)}


def as_json(run: Run) -> str:
    titles = {scenario.name: scenario.title for scenario in run.scenarios}
    document: dict[str, Any] = {
        "hub": run.hub,
        "against": run.against,
        "began": run.began.isoformat(),
        "summary": summary(run.lines),
        "scenarios": [
            {"name": name, "title": titles[name], "steps": [_as_document(line) for line in lines]}
            for name, lines in groupby(run.lines, key=lambda line: line.scenario)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _as_document(line: Line) -> dict[str, Any]:
    told = asdict(line)
    told.pop("scenario")
    return {**told, "seconds": round(line.seconds, 3), "process_id": line.process_id}


def as_markdown(run: Run) -> str:
    counted = ", ".join(f"{count} {verdict}" for verdict, count in summary(run.lines).items())
    parts = [
        f"# Onboarding scenarios: {run.hub}",
        f"Against {run.against}, begun {run.began.isoformat(timespec='seconds')}: {counted}.",
    ]
    titles = {scenario.name: scenario.title for scenario in run.scenarios}
    for name, lines in groupby(run.lines, key=lambda line: line.scenario):
        parts.append(f"## {name}: {titles[name]}")
        for number, line in enumerate(lines, 1):
            parts += _told(number, line)
    return "\n\n".join(parts) + "\n"


def _told(number: int, line: Line) -> list[str]:
    head = f"### {number}. {line.step} ({line.by}): {line.verdict}"
    answered = " – ".join(part for part in (line.code, line.words) if part) or "none"
    facts = [
        f"- expected: {line.expected}",
        f"- answer: {answered}",
        f"- Process-ID: {line.process_id or 'none'}",
        f"- duration: {line.seconds:.3f} s",
    ]
    if line.note:
        facts.append(f"- note: {line.note}")
    return [head, "\n".join(facts), *(_exchange(one) for one in line.sent)]


def _exchange(one: Sent) -> str:
    status = f"HTTP {one.status}" if one.status is not None else "no answer"
    language = "xml" if one.request.lstrip().startswith("<") else "json"
    return f"`POST {one.path}`\n\n```{language}\n{one.request}\n```\n\n{status}\n\n```\n{one.response}\n```"
