"""What the hubs counted, held against what was owed."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from gateway.canonical import from_json
from gateway.model import messages as m
from gateway_emip.forms import START
from gateway_oicp.words import STATUS
from tests.faults.plan import HUBS, PUBLISHED, STARTS_AT, OwedCdr, Plan

MOST_GROWTH_KILOBYTES = 20 * 1024
_HELD_TO_BE_THERE = "held to be there already"


@dataclass
class Verdict:
    """`lost`: owed and neither booked nor refused. `doubled`: booked twice, or sent again with other content.

    `misjudged`: refused although booked, or refused although nothing is wrong with it. `untold`: a final state that
    the backend never heard of. `restarted`: a remote start that was repeated. `unfinished`: still open at the end.
    `stale`: a hub that shows an old status. `overlapped`: two pushes of one operation at one time.
    `assumed`: refused by the hub, taken to be there because its list of implausible ones answered a second try.
    """

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    misjudged: int = 0
    untold: int = 0
    restarted: int = 0
    unfinished: int = 0
    stale: int = 0
    overlapped: int = 0
    resent: int = 0
    assumed: int = 0
    grown_kilobytes: int = 0
    what: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.what

    def add(self, other: "Verdict") -> None:
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, max(mine, theirs) if one.name == "grown_kilobytes" else mine + theirs)

    def numbers(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name != "what"}

    def found(self, fault: str, text: str) -> None:
        setattr(self, fault, getattr(self, fault) + 1)
        self.what.append(f"{fault}: {text}")


def judged(plan: Plan, counts: Mapping[str, Any], rows: Sequence[Any], said: Sequence[str]) -> Verdict:
    """The verdict on a round that has ended. `said`: what the workers said, in order."""
    verdict = Verdict()
    by_number = {_number(row): row for row in rows if row.kind == "SubmitCdr"}
    for cdr in plan.cdrs:
        row, seen = by_number.get(cdr.number), counts[cdr.hub]["cdrs"].get(cdr.identity, {})
        _judge(verdict, cdr, row, seen)
    for hub in HUBS:
        for lane, text in _out_of_order(plan, hub, counts[hub]["lanes"]):
            verdict.found("reordered", f"{hub} {lane}: {text}")
    _told(verdict, rows, said)
    _published(verdict, plan, counts)
    _started(verdict, counts, said)
    verdict.grown_kilobytes = max((int(line.split()[1]) for line in said if line.startswith("grew")), default=0)
    if verdict.grown_kilobytes > MOST_GROWTH_KILOBYTES:
        verdict.what.append(f"a worker grew by {verdict.grown_kilobytes} kB")
    return verdict


def _number(row: Any) -> int:
    """A CDR is known by its energy, of which no two have the same."""
    message = from_json(m.SubmitCdr, json.loads(row.message))
    energy = message.cdr.energy_kwh if message.cdr is not None else None
    return int((energy or 0) * 100) - 1


def _judge(verdict: Verdict, cdr: OwedCdr, row: Any, seen: Mapping[str, Any]) -> None:
    booked, received, contents = seen.get("booked", 0), seen.get("received", 0), len(seen.get("contents", ()))
    state = row.state if row is not None else "not owed"
    text = f"{cdr.hub} {cdr.number} is {state} ({row.words if row is not None else ''}), booked {booked} times"
    verdict.resent += max(0, received - 1)
    if booked > 1 or contents > 1:
        verdict.found("doubled", f"{text}, {contents} contents")
    if state == "accepted" and not booked:
        if cdr.poisoned and _HELD_TO_BE_THERE in (row.words or ""):
            verdict.assumed += 1
        else:
            verdict.found("lost", text)
    elif state == "not owed":
        verdict.found("lost", text)
    elif state == "refused" and (booked or not cdr.poisoned or not row.words):
        verdict.found("misjudged", text)
    elif state not in ("accepted", "refused"):
        verdict.found("unfinished", text)


def _out_of_order(plan: Plan, hub: str, lanes: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Of every lane the first arrivals; where records go one by one, no earlier one after a later one either."""
    numbers = {cdr.identity: cdr.number for cdr in plan.cdrs if cdr.hub == hub}
    for lane, arrivals in lanes.items():
        order = [numbers[identity] for identity in arrivals if identity in numbers]
        if hub == "eclearing":
            order = list(dict.fromkeys(order))
        wrong = [pair for pair in itertools.pairwise(order) if pair[0] > pair[1]]
        if wrong:
            yield lane, f"{wrong} in {order}"


def _told(verdict: Verdict, rows: Sequence[Any], said: Sequence[str]) -> None:
    told = {tuple(line.split()[1:]) for line in said if line.startswith("told")}
    for row in rows:
        if row.state in ("accepted", "refused") and (str(row.id), row.state) not in told:
            verdict.found("untold", f"entry {row.id} is {row.state}")


def _published(verdict: Verdict, plan: Plan, counts: Mapping[str, Any]) -> None:
    """Every hub shows the newest statuses, and never met two pushes of one operation at one time.

    Where a worker dies its push may still be worked on when the next one repeats it: that is not counted.
    """
    wanted = {evse: STATUS.write(status) for evse, status in plan.shown.items()}
    for hub in PUBLISHED:
        shown = {evse: counts[hub]["statuses"].get(evse) for evse in wanted}
        if shown != wanted:
            verdict.found("stale", f"{hub} shows {shown} and not {wanted}")
        for operation in ("PushEvseData", "PushEvseStatus"):
            most = counts[hub]["operations"].get(operation, {}).get("most_in_flight", 0)
            if most > 1 and not plan.kills and not plan.cuts:
                verdict.found("overlapped", f"{most} of {operation} at one time at {hub}")


def _started(verdict: Verdict, counts: Mapping[str, Any], said: Sequence[str]) -> None:
    """Each start that was asked for reaches the hub once at most."""
    asked = sum(1 for line in said if line == "start")
    told = counts[STARTS_AT]["operations"].get(START.name, {"received": 0})["received"]
    if told > asked:
        verdict.found("restarted", f"{asked} starts were asked for, the hub got {told}")
