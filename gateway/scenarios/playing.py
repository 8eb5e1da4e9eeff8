"""Playing scenarios: step after step, each with a verdict."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import GatewayError
from gateway.http import HttpRequest
from gateway.masking import masked, masked_bytes, masked_ids
from gateway.scenario import Scenario, Step, Unmet
from gateway.scenarios.stands import Exchanged, Stand

_SHOWN = 20_000


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


PASSED, FAILED, SKIPPED = Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED


@dataclass(frozen=True)
class Sent:
    """One exchange with the hub, card ids and secrets masked."""

    path: str
    request: str
    status: int | None
    response: str
    process_id: str
    seconds: float


@dataclass(frozen=True)
class Line:
    """What came of a step. `code` and `words` are those of the hub's last answer in it."""

    scenario: str
    step: str
    by: str
    expected: str
    verdict: Verdict
    code: str = ""
    words: str = ""
    note: str = ""
    seconds: float = 0.0
    sent: tuple[Sent, ...] = field(default_factory=tuple)

    @property
    def process_id(self) -> str:
        return self.sent[-1].process_id if self.sent else ""


async def played(stand: Stand, scenarios: Sequence[Scenario]) -> AsyncIterator[Line]:
    """Every step of every scenario. What stands on a step that did not come about is skipped."""
    for scenario in scenarios:
        stand.kept.clear()
        broken = ""
        for step in scenario.steps:
            reason = _reason_to_skip(stand, step)
            line = _skipped(scenario, step, reason) if reason else await _line(stand, scenario, step, broken)
            if line.verdict is not PASSED:
                broken = broken or step.title
            yield line


def _reason_to_skip(stand: Stand, step: Step) -> str:
    if step.by not in stand.parties:
        return f"needs the other side ({step.by})"
    if step.reached and not stand.reached:
        return "partners cannot call this account: only with --address"
    if step.additional and stand.cast.additional is None:
        return "the account speaks for one operator: only with --additional"
    if step.confirm and not stand.confirmed:
        return "overwrites what the account has: only with --confirm"
    return ""


def _skipped(scenario: Scenario, step: Step, reason: str) -> Line:
    return Line(scenario.name, step.title, step.by, step.expected, SKIPPED, note=reason)


async def _line(stand: Stand, scenario: Scenario, step: Step, broken: str) -> Line:
    stand.by = step.by
    stand.exchanged.clear()
    began, note, missing = time.monotonic(), "", False
    try:
        await step.act(stand)
    except KeyError as error:
        note, missing = f"needs {error.args[0]} of an earlier step", True
    except Unmet as error:
        note = str(error)
    except GatewayError as error:
        note = "" if stand.exchanged and stand.exchanged[-1].response else f"{type(error).__name__}: {error}"
    if missing and broken:
        return _skipped(scenario, step, f"stands on: {broken}")
    code, words = _outcome(stand)
    good = not note and code in _good(stand, step)
    seconds, sent = time.monotonic() - began, tuple(_sent(one) for one in stand.exchanged)
    verdict = PASSED if good else FAILED
    note, words = masked_ids(note), masked_ids(masked(words))
    return Line(scenario.name, step.title, step.by, step.expected, verdict, code, words, note, seconds, sent)


def _good(stand: Stand, step: Step) -> tuple[str, ...]:
    return (step.expected, *(step.elsewhere if stand.simulation is None else ()))


def _outcome(stand: Stand) -> tuple[str, str]:
    response = stand.exchanged[-1].response if stand.exchanged else None
    return stand.playbook.outcome(response.body, response.status) if response is not None else ("", "")


def _place(request: HttpRequest) -> str:
    """Where it went: a path of the hub's only service, one of its services, or a partner's own address."""
    return (request.base or (f"/{request.service}" if request.service else "")) + request.path


def _sent(one: Exchanged) -> Sent:
    response = one.response
    return Sent(
        path=masked_ids(_place(one.request)) + (f"?{one.request.query}" if one.request.query else ""),
        request=masked_bytes(one.request.body)[:_SHOWN],
        status=response.status if response is not None else None,
        response=masked_bytes(response.body)[:_SHOWN] if response is not None else one.error,
        process_id=response.headers.get("process-id", "") if response is not None else "",
        seconds=one.seconds,
    )
