"""OCHP: how fast long lists of charge points are read and written, and how much memory that takes.

`python benchmarks/ochp.py [--only in out] [--sizes 1000 10000 100000] [--json]`, all in one run. Every figure is taken
in a fresh process; the ways take turns, and the best of their rounds counts. Peak memory is what a process grew by at
most, the document included where the way holds it.
in   an answer to GetChargePointList, from bytes to canonical EVSEs: as a whole and as a stream, next to lxml's bare
     parse and iterparse and to zeep (left out beyond `--zeep` records, and where it or the contract is missing)
out  a SetChargepointList, from canonical EVSEs to bytes with every rule checked: as a whole and record by record, next
     to lxml building the same tree from plain tuples, and to zeep
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lxml import etree

from benchmarks import ochp_lists
from benchmarks.measuring import BEGAN
from gateway.endpoints import Endpoints
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.ports import Connection
from gateway.streaming import Reply
from gateway.wire.soap import SOAP_11, sealed
from gateway_ochp import adapter, uploading, wire
from gateway_ochp.exchange import meaning, told
from gateway_ochp.forms.charge_points import write_fetch_evses

PARTS = ("in", "out")
RECORD = f"{{{wire.NAMESPACE}}}{wire.ChargePointInfo.element}"
ACCOUNT = Connection(name="clearing", hub="eclearing", protocol="ochp", role=Role.CPO, party=PartyId.parse("DE*823"))
OK = wire.Result(result_code=wire.OK, result_description="")
MOST_AS_A_WHOLE = 4000
"""Charge points of a request that is checked as one document (16 MiB); the product writes 1,000 record by record."""
_WARM = 50
"""Charge points that a process has read or written before it is measured."""


class Link:
    """A hub whose answer is a file, and that counts what it is sent."""

    def __init__(self, file: Path) -> None:
        self.connection, self.endpoints, self._file, self.taken = ACCOUNT, Endpoints(), file, 0

    @asynccontextmanager
    async def streamed(self, _: HttpRequest) -> AsyncIterator[Reply]:
        yield Reply(200, {}, _read(self._file))

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.taken = len(request.body) if request.spool is None else sum(map(len, request.spool.pieces()))
        answer = wire.SetChargePointListResponse(result=OK)
        return HttpResponse(body=sealed(SOAP_11, answer))

    def now(self) -> Any:
        return BEGAN

    def new_id(self) -> str:
        return "1"


async def _read(file: Path) -> AsyncIterator[bytes]:
    for piece in ochp_lists.pieces(file):
        yield piece


# --- ways: each is made ready with a document and the number of its records, and gives what is measured ----------

Way = Callable[[Path, int], Callable[[], int]]


def _whole(file: Path, _: int) -> Callable[[], int]:
    """As the product reads an answer that it was given as a whole."""
    question = write_fetch_evses(m.FetchEvses())[0]

    def read() -> int:
        response = HttpResponse(body=file.read_bytes())
        return len(meaning(told(response, question), question).locations)

    return read


def _streamed(file: Path, _: int) -> Callable[[], int]:
    async def read() -> int:
        return sum([len(page.locations) async for page in adapter.pages[m.FetchEvses](Link(file), m.FetchEvses())])

    return lambda: asyncio.run(read())


def _iterparse(tag: str | None) -> Way:
    def read(file: Path) -> int:
        count = 0
        with file.open("rb") as source:
            for _, element in etree.iterparse(source, tag=tag, huge_tree=True):
                count += element.tag == RECORD
                element.clear()
        return count

    return lambda file, _: lambda: read(file)


def _parse(file: Path, _: int) -> Callable[[], int]:
    parser = etree.XMLParser(huge_tree=True)
    return lambda: sum(1 for _ in etree.fromstring(file.read_bytes(), parser).iter(RECORD))


def _zeep_read(file: Path, _: int) -> Callable[[], int]:
    reader = ochp_lists.zeep_reader()
    return lambda: len(reader(file.read_bytes()).chargePointInfoArray)


def _published(long: int) -> Way:
    """`long`: places of a list that is written record by record."""

    def ready(file: Path, count: int) -> Callable[[], int]:
        message = m.PublishEvses(action=m.PushAction.REPLACE_ALL, locations=tuple(ochp_lists.places(count)))

        def publish() -> int:
            uploading.LONG = long
            link = Link(file)
            answer = asyncio.run(_sent(link, message))
            if answer.accepted is not True or link.taken < count:
                raise RuntimeError("the list did not go out")
            return count

        return publish

    return ready


async def _sent(link: Link, message: m.PublishEvses) -> m.Publication:
    answer: m.Publication = await adapter.sends[m.PublishEvses](link, message)
    return answer


def _built(file: Path, count: int) -> Callable[[], int]:
    build = ochp_lists.rebuilt(file.read_bytes())
    return lambda: count if build() else 0


def _zeep_write(file: Path, count: int) -> Callable[[], int]:
    write = ochp_lists.zeep_writer(file.read_bytes())
    return lambda: count if write() else 0


WAYS: Mapping[str, Mapping[str, Way]] = {
    "in": {
        "bare parse": _parse,
        "iterparse": _iterparse(None),
        "iterparse of records": _iterparse(RECORD),
        "as a whole": _whole,
        "streamed": _streamed,
        "zeep": _zeep_read,
    },
    "out": {
        "lxml": _built,
        "as a whole": _published(10**9),
        "record by record": _published(1),
        "zeep": _zeep_write,
    },
}
RATIOS = {
    "in": (
        ("as a whole", "bare parse"),
        ("zeep", "as a whole"),
        ("streamed", "iterparse"),
        ("streamed", "iterparse of records"),
    ),
    "out": (("as a whole", "lxml"), ("record by record", "lxml"), ("zeep", "as a whole"), ("zeep", "record by record")),
}


# --- measured ----------------------------------------------------------------------------------------------------


def resident() -> tuple[float, float]:
    """(megabytes of this process now, at most so far)."""
    with open("/proc/self/status", encoding="ascii") as told_of:
        lines = dict(line.split(":", 1) for line in told_of)
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024


def measured_here(part: str, way: str, file: Path, count: int, small: Path) -> dict[str, float]:
    """In this process, which is a fresh one: what is compiled at first use is compiled before."""
    WAYS[part][way](small, _WARM)()
    run = WAYS[part][way](file, count)
    before, _ = resident()
    began = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - began
    if found != count:
        raise RuntimeError(f"{way}: {found} of {count} records")
    return {"seconds": seconds, "grown": max(0.0, resident()[1] - before)}


def _apart(part: str, way: str, file: Path, count: int, small: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", part, way, str(file), str(count), str(small)]
    told_of = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures: dict[str, float] = json.loads(told_of)
    return figures


def measured(part: str, count: int, most_by_zeep: int, rounds: int) -> dict[str, dict[str, float]]:
    left_out = {"zeep"} if count > most_by_zeep or not ochp_lists.has_zeep() else set()
    if part == "out" and count > MOST_AS_A_WHOLE:
        left_out.add("as a whole")
    ways = [way for way in WAYS[part] if way not in left_out]
    best: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        file, small = Path(folder) / "list.xml", Path(folder) / "small.xml"
        ochp_lists.written(count, file)
        ochp_lists.written(_WARM, small)
        for _ in range(rounds):
            for way in ways:
                now = _apart(part, way, file, count, small)
                best[way] = {key: min(value, best.get(way, now)[key]) for key, value in now.items()}
    for one, other in RATIOS[part]:
        if one in best and other in best:
            best[f"{one} to {other}"] = {"ratio": best[one]["seconds"] / best[other]["seconds"]}
    return best


def shown(part: str, count: int, figures: Mapping[str, Mapping[str, float]]) -> None:
    for way, row in figures.items():
        if "ratio" in row:
            print(f"{part:4} {count:>7}  {way:36} {row['ratio']:8.1f} x")
        else:
            each = row["seconds"] / count * 1e6
            print(f"{part:4} {count:>7}  {way:36} {row['seconds']:8.3f} s {each:8.0f} us each {row['grown']:8.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast long lists of OCHP are read and written.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--zeep", type=int, default=10_000, help="most records that zeep is given")
    parser.add_argument("--rounds", type=int, default=3, help="of the smallest list; fewer of longer ones")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.measure:
        part, way, file, count, small = wish.measure
        print(json.dumps(measured_here(part, way, Path(file), int(count), Path(small))))
        return 0
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for part in wish.only:
        for number, count in enumerate(wish.sizes):
            figures = measured(part, count, wish.zeep, max(1, wish.rounds - number))
            found.setdefault(part, {})[str(count)] = figures
            if not wish.json:
                shown(part, count, figures)
    if wish.json:
        print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
