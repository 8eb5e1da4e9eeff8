"""One search over hubs that are already in order: one at a time, or the next where the former is silent too long."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.log import logger
from gateway.model import messages as m
from gateway.ordering import Place
from gateway.sessions import SWIPE, Swipe

DEFINITE = (m.Allowed.BLOCKED, m.Allowed.NO_CREDIT)
"""The issuer's own refusals."""
_KNEW = (m.Allowed.ALLOWED, *DEFINITE)
_log = logger(__name__)

Ask = Callable[[str], Awaitable[m.Authorization]]
"""connection name → the hub's answer; the session of a positive one is recorded before it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hub in a search: why it had this place, and what it said. `answer` None: it was not asked."""

    connection: str
    why: str
    answer: str | None = None
    code: str | None = None
    words: str | None = None
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What asking one hub came to: an answer, or the class of a failure and its words."""

    connection: str
    milliseconds: int
    answer: m.Authorization | None = None
    failure: str | None = None
    words: str | None = None

    @property
    def allowed(self) -> m.Allowed | None:
        return self.answer.allowed if self.answer is not None else None

    @property
    def word(self) -> str:
        return self.failure or (self.allowed.value if self.allowed else "no verdict")

    @property
    def knew(self) -> bool | None:
        """Whether the hub knew the card; None: it did not say."""
        return True if self.allowed in _KNEW else False if self.allowed is m.Allowed.UNKNOWN_TOKEN else None


class Search:
    """The hubs that wait, those being asked (`running`), and what was said (`outcomes`)."""

    def __init__(self, swipe: Swipe, ask: Ask, places: Sequence[Place]) -> None:
        self.swipe = swipe
        self.running: dict[asyncio.Task[Outcome], float] = {}
        """Task → when it was begun, by the loop's clock."""
        self.outcomes: list[Outcome] = []
        self._ask, self._places = ask, places
        self._waiting = deque(place.connection for place in places)
        self._names: dict[asyncio.Task[Outcome], str] = {}

    async def run(self, budget_seconds: float, parallel_after_seconds: float | None) -> Outcome | None:
        """The first yes, or a definite no; None where all have said something else, or the budget is spent."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + budget_seconds
        while (self._waiting or self.running) and clock() < deadline:
            if not self.running:
                self._begin(clock())
            patience = parallel_after_seconds if self._waiting else None
            left = deadline - clock()
            timeout = left if patience is None else min(left, patience)
            done, _ = await asyncio.wait(self.running, timeout=max(timeout, 0), return_when=asyncio.FIRST_COMPLETED)
            found = self._heard(done)
            if found is not None:
                return found
            if not done and self._waiting and clock() < deadline:
                self._begin(clock())
        return None

    def _begin(self, now: float) -> None:
        name = self._waiting.popleft()
        task = asyncio.create_task(self._outcome(name))
        self.running[task], self._names[task] = now, name

    async def _outcome(self, name: str) -> Outcome:
        """Never raises: what one hub does wrong is its own."""
        clock = asyncio.get_running_loop().time
        began = clock()
        SWIPE.set(self.swipe)
        answer, failure, words = None, None, None
        try:
            answer = await self._ask(name)
        except GatewayError as error:
            failure, words = type(error).__name__, str(error)
        except Exception as error:
            _log.exception("an authorisation failed", connection=name)
            failure, words = "internal error", type(error).__name__
            if self.swipe.winner == name:
                # Its yes could not be recorded, so there is no session that a CDR would find.
                self.swipe.winner = None
        spent = round((clock() - began) * 1000)
        return Outcome(connection=name, milliseconds=spent, answer=answer, failure=failure, words=words)

    def _heard(self, done: set[asyncio.Task[Outcome]]) -> Outcome | None:
        """What ends the search, of those that answered just now: a yes comes before a no."""
        heard = [task.result() for task in sorted(done, key=lambda task: self.running[task])]
        for task in done:
            del self.running[task]
        self.outcomes += heard
        yes = [one for one in heard if one.allowed is m.Allowed.ALLOWED]
        won = [one for one in yes if self.swipe.claimed(one.connection) is None]
        return next(iter(won or [one for one in heard if one.allowed in DEFINITE]), None)

    def over(self, kept: str | None) -> None:
        """Whoever says yes from now on comes too late; `kept` is the connection whose session stays."""
        if kept is None:
            self.swipe.winner, self.swipe.over = None, "the driver had been answered before"

    def steps(self) -> Sequence[Step]:
        """Every hub in the order it was to be asked."""
        heard = {one.connection: one for one in self.outcomes}
        open_ones = {self._names[task] for task in self.running}
        return [self._step(place, heard.get(place.connection), place.connection in open_ones) for place in self._places]

    def _step(self, place: Place, outcome: Outcome | None, is_open: bool) -> Step:
        if outcome is None:
            said = "has not answered yet" if is_open else None
            return Step(connection=place.connection, why=place.why, answer=said)
        reason = outcome.answer.reason if outcome.answer is not None else None
        return Step(
            connection=place.connection,
            why=place.why,
            answer=outcome.word,
            code=reason.code if reason else None,
            words=_words(outcome),
            milliseconds=outcome.milliseconds,
        )


def _words(outcome: Outcome) -> str | None:
    """The hub's reason, and what the answer rests on (`Authorization.info`)."""
    if outcome.answer is None:
        return outcome.words
    reason = outcome.answer.reason.text if outcome.answer.reason is not None else outcome.words
    return " – ".join(text for text in (reason, outcome.answer.info) if text) or None
