"""Plays rounds: begins workers, kills them as planned, begins others, and judges when nothing is open any more."""

import asyncio
import logging
import os
import random
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.faults.hubs import Hubs
from tests.faults.plan import ANY_MOMENT, FREEZE, HUBS, OPERATORS, Kill, OwedCdr, Plan
from tests.faults.stores import Store, entries, store_of
from tests.faults.verdict import Verdict, judged
from tests.faults.worker import LEASE_SECONDS, Shift, Worker, forked

LONGEST_ROUND_SECONDS = 60.0
_LOOK_SECONDS = 0.002


@dataclass(frozen=True)
class Played:
    verdict: Verdict
    stopped: tuple[str, ...] = ()
    """The stops at which workers died."""
    seconds: float = 0.0
    operations: Mapping[str, Any] = field(default_factory=dict)
    """Of every hub what it counted by operation."""


class Conductor:
    """`with Conductor("sqlite") as conductor: conductor.play(plan)`. One process, no threads: it forks."""

    def __init__(self, store: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "said"
        self.store: Store = store_of(store, Path(self._folder.name))
        self.hubs = Hubs()
        self._warm()

    def _warm(self) -> None:
        """One round in this process: what is imported and compiled by it, no worker does again."""
        plan = Plan(seed=0, cdrs=tuple(OwedCdr(number, hub, OPERATORS[0]) for number, hub in enumerate(HUBS)), starts=1)
        self.store.empty()
        self.hubs.begin(plan)
        logging.disable(logging.CRITICAL)
        shift = Shift(plan, self.store.dsn, self.hubs.urls, frozenset(range(len(plan.cdrs))), starts=1)
        asyncio.run(Worker(shift, lambda _: None).run())
        logging.disable(logging.NOTSET)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hubs.close()
        self.store.close()
        self._folder.cleanup()

    def play(self, plan: Plan) -> Played:
        began = time.monotonic()
        self._log.write_text("")
        self.store.empty()
        self.hubs.begin(plan)
        finished = self._worked(plan)
        said = self._said()
        counts = self.hubs.counts()
        verdict = judged(plan, counts, entries(self.store.dsn), said)
        if not finished:
            verdict.found("unfinished", f"after {LONGEST_ROUND_SECONDS} seconds")
        stopped = tuple(line.removeprefix("stopped ") for line in said if line.startswith("stopped"))
        operations = {hub: told["operations"] for hub, told in counts.items()}
        return Played(verdict, stopped, time.monotonic() - began, operations)

    def gather(self, count: int) -> Played:
        """The hubs refuse connections until `count` CDRs are owed; then they open, and all is delivered."""
        began = time.monotonic()
        cdrs = (OwedCdr(number, HUBS[number % 3], OPERATORS[number % 2]) for number in range(count))
        plan = Plan(seed=0, cdrs=tuple(cdrs))
        self._log.write_text("")
        self.store.empty()
        self.hubs.begin(plan)
        shift = Shift(plan, self.store.dsn, self.hubs.refusing, frozenset(range(count)))
        pid = forked(shift, str(self._log))
        while len(self._said()) < count and os.waitpid(pid, os.WNOHANG) == (0, 0):
            time.sleep(0.2)
        self.hubs.open()
        _, status = os.waitpid(pid, 0)
        verdict = judged(plan, self.hubs.counts(), entries(self.store.dsn), self._said())
        if os.waitstatus_to_exitcode(status) != 0:
            verdict.found("unfinished", "the worker has failed")
        return Played(verdict, (), time.monotonic() - began)

    def _said(self) -> Sequence[str]:
        return self._log.read_text().splitlines()

    # --- workers -------------------------------------------------------------------------------------------------

    def _worked(self, plan: Plan) -> bool:
        """Whether all was settled in time. Each kill has its worker; when all are spent, one works undisturbed."""
        began, crew, kills, cuts = time.monotonic(), list[Hand](), list(plan.kills), self._moments(plan)
        try:
            while time.monotonic() < began + LONGEST_ROUND_SECONDS:
                while len(crew) < plan.workers:
                    kill = kills.pop(0) if kills else None
                    crew.append(self._begun(plan, kill, leads=not any(hand.leads for hand in crew)))
                if self._is_over(crew):
                    return True
                for hand in crew:
                    hand.strike()
                if cuts and cuts[0] < time.monotonic() - began:
                    cuts.pop(0)
                    self.store.cut()
                time.sleep(_LOOK_SECONDS)
            return False
        finally:
            for hand in crew:
                hand.dismiss()

    def _moments(self, plan: Plan) -> list[float]:
        chance = random.Random(plan.seed)
        return sorted(chance.uniform(0.02, 0.3) for _ in range(plan.cuts))

    def _begun(self, plan: Plan, kill: Kill | None, *, leads: bool) -> "Hand":
        """The one that leads owes what nobody has owed yet."""
        said = self._said()
        done = {int(line.split()[1]) for line in said if line.startswith("owed")}
        owes = frozenset(cdr.number for cdr in plan.cdrs) - done if leads else None
        starts = max(0, plan.starts - said.count("start")) if leads else 0
        changed = sum(line.startswith("changed") for line in said)
        shift = Shift(plan, self.store.dsn, self.hubs.urls, owes, kill, plan.full and not done, starts, changed)
        return Hand(forked(shift, str(self._log)), kill, leads)

    @staticmethod
    def _is_over(crew: "list[Hand]") -> bool:
        """Takes the dead off the crew; whether the one that leads has gone home, for nothing was left to do."""
        for hand in list(crew):
            found, status = os.waitpid(hand.pid, os.WNOHANG)
            if found:
                crew.remove(hand)
                if hand.leads and os.waitstatus_to_exitcode(status) == 0:
                    return True
        return False


@dataclass
class Hand:
    """A worker process, and how it is to end."""

    pid: int
    kill: Kill | None
    leads: bool
    begun: float = field(default_factory=time.monotonic)

    def strike(self) -> None:
        """Kills or freezes it where its time has come; a stop it comes to by itself."""
        kill = self.kill
        if kill is None or kill.stop not in (ANY_MOMENT, FREEZE) or time.monotonic() - self.begun < kill.seconds:
            return
        self.kill = None
        if kill.stop == ANY_MOMENT:
            os.kill(self.pid, signal.SIGKILL)
            return
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS * 1.5)
        os.kill(self.pid, signal.SIGCONT)

    def dismiss(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
