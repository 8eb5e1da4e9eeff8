"""Partners without an address that answer and act by a script: a part of the world's configuration.

[[answers]]                        what it says when the hub asks; the first that fits counts
operation = "AuthorizeStart"
match = "04A2B3C4D5E680"           a value anywhere in the message
code = "200"
[[actions]]                        what it asks of the hub, `at` seconds after the play has begun
at = 1.0
operation = "AuthorizeRemoteStart"
evse = "NL*LON*E1111*11"
token = "DE-8EO-CA2B3C4D5-6"
stop_after = 5.0
[[expects]]                        what it has to hear
operation = "ChargeDetailRecord"
within = 30.0
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.simulation import Desk, Partner
from gateway_oicp.operations import PATHS
from gateway_oicp.simulator.documents import asking, card, finished, stopping, verdict

T = TypeVar("T")
_SUCCESS, _UNKNOWN_CARD = "000", "102"
_KEPT = 1000
Post = Callable[[Partner, str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""(partner, operation, message) → the hub's answer."""


@dataclass(frozen=True)
class ScriptedAnswer:
    """Without `operation` for all of them, without `match` whatever is asked. `cdr_after`: a CPO's record follows."""

    operation: str = ""
    match: str = ""
    code: str = _SUCCESS
    text: str | None = None
    seconds: float = 0.0
    silent: bool = False
    cdr_after: float | None = None

    def fits(self, operation: str, document: Any) -> bool:
        return self.operation in ("", operation) and (not self.match or self.match in _values(document))


@dataclass(frozen=True)
class ScriptedAction:
    """`message` replaces or adds members of what is asked; `expect` is the code of the hub's answer."""

    operation: str
    at: float = 0.0
    evse: str = ""
    token: str = ""
    expect: str = _SUCCESS
    stop_after: float | None = None
    cdr_after: float | None = None
    message: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expectation:
    operation: str
    within: float = 10.0
    count: int = 1


@dataclass(frozen=True)
class Script:
    answers: tuple[ScriptedAnswer, ...] = ()
    actions: tuple[ScriptedAction, ...] = ()
    expects: tuple[Expectation, ...] = ()


def script(partner: Partner) -> Script:
    """Raises Invalid."""
    unknown = sorted(set(partner.script) - {"answers", "actions", "expects"})
    if unknown:
        raise _wrong(partner, f"unknown {', '.join(unknown)}")
    return Script(
        _lines(partner, "answers", ScriptedAnswer),
        _lines(partner, "actions", ScriptedAction),
        _lines(partner, "expects", Expectation),
    )


def _lines(partner: Partner, name: str, kind: type[T]) -> tuple[T, ...]:
    try:
        lines = tuple(kind(**line) for line in partner.script.get(name, ()))
    except TypeError as error:
        raise _wrong(partner, f"{name}: {error}") from error
    unknown = [one for line in lines if (one := getattr(line, "operation", "")) and one not in PATHS]
    if unknown:
        raise _wrong(partner, f"{name}: unknown operation {', '.join(unknown)}; known are {', '.join(PATHS)}")
    return lines


def _wrong(partner: Partner, text: str) -> Invalid:
    return Invalid([Finding("/partners/script", Severity.ERROR, "setting", f"script of {partner.id}: {text}")])


class Scripts:
    """All scripted partners of a hub. `post` is set by the hub that they speak to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scripts = {str(one.id): script(one) for one in desk.world.partners if one.script}
        self._heard: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._news = asyncio.Condition()
        self._following: set[asyncio.Task[Any]] = set()
        self.post: Post | None = None

    # --- answering -----------------------------------------------------------------------------------------------

    async def answer(self, partner: Partner, operation: str, document: Any) -> dict[str, Any] | None:
        """None: it keeps silent."""
        name = str(partner.id)
        async with self._news:
            self._heard.append((name, operation))
            self._news.notify_all()
        said = next((one for one in self._scripts[name].answers if one.fits(operation, document)), None)
        said = said or ScriptedAnswer(code=_UNKNOWN_CARD if operation.startswith("AuthorizeSt") else _SUCCESS)
        await asyncio.sleep(said.seconds)
        if said.silent:
            return None
        if said.cdr_after is not None and said.code == _SUCCESS:
            self._follow(self._later(partner, said.cdr_after, "ChargeDetailRecord", finished(document, self._desk.now)))
        return verdict(operation, name, said.code, said.text, document)

    def _follow(self, what: Any) -> None:
        task = asyncio.create_task(what)
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _later(self, partner: Partner, seconds: float, operation: str, make: Any) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        return await self._posted(partner, operation, make())

    async def _posted(self, partner: Partner, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if self.post is None:
            raise RuntimeError("the scripts belong to no hub")
        return await self.post(partner, operation, document)

    # --- acting --------------------------------------------------------------------------------------------------

    async def play(self) -> dict[str, Any]:
        """Plays every script from its beginning to the end of what is expected: lines with `passed`."""
        self._heard.clear()
        partners = [one for one in self._desk.world.partners if str(one.id) in self._scripts]
        told = await asyncio.gather(*(self._played(one, self._scripts[str(one.id)]) for one in partners))
        lines = [line for lines in told for line in lines]
        return {"passed": all(line["passed"] for line in lines), "lines": lines}

    async def _played(self, partner: Partner, what: Script) -> list[dict[str, Any]]:
        acting = (self._acted(partner, action) for action in what.actions)
        told = await asyncio.gather(*acting, *(self._awaited(partner, one) for one in what.expects))
        return [line for lines in told for line in lines]

    async def _acted(self, partner: Partner, action: ScriptedAction) -> list[dict[str, Any]]:
        await asyncio.sleep(action.at)
        asked = {**asking(partner, action.operation, action.evse, action.token), **action.message}
        answer = await self._posted(partner, action.operation, asked)
        lines = [_line(partner, action.operation, answer, action.expect)]
        if lines[0]["passed"] and answer.get("SessionID"):
            known = {**asked, "SessionID": answer["SessionID"], **card(asked)}
            if action.stop_after is not None:
                stop = stopping(action.operation)
                told = await self._later(partner, action.stop_after, stop[0], lambda: stop[1](known))
                lines.append(_line(partner, stop[0], told, _SUCCESS))
            if action.cdr_after is not None:
                make = finished(known, self._desk.now)
                told = await self._later(partner, action.cdr_after, "ChargeDetailRecord", make)
                lines.append(_line(partner, "ChargeDetailRecord", told, _SUCCESS))
        return lines

    async def _awaited(self, partner: Partner, expected: Expectation) -> list[dict[str, Any]]:
        """Whether it comes in time; that it came before is as good."""
        wanted = (str(partner.id), expected.operation)
        with contextlib.suppress(TimeoutError):
            async with self._news, asyncio.timeout(expected.within):
                await self._news.wait_for(lambda: self._heard.count(wanted) >= expected.count)
        heard = self._heard.count(wanted)
        line = f"hears {expected.operation} {heard} of {expected.count} times within {expected.within:g} s"
        return [{"partner": wanted[0], "line": line, "passed": heard >= expected.count}]


def _line(partner: Partner, operation: str, answer: Mapping[str, Any], expected: str) -> dict[str, Any]:
    code = (answer.get("StatusCode") or {}).get("Code")
    text = f"asks {operation}: {code}, expected {expected}"
    return {"partner": str(partner.id), "line": text, "passed": code == expected}


def _values(document: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(document, Mapping):
        document = list(document.values())
    if isinstance(document, list):
        for member in document:
            yield from _values(member)
    elif isinstance(document, str):
        yield document
