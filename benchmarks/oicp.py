"""OICP: how fast messages are read and written, how many authorisations are answered, and what a large list costs.

`python benchmarks/oicp.py [--only codec callback crawl] [--json]`, all in one run, repetitions taken in turns:
codec     PushEvseData with 1,000 EVSEs and a page of PullEvseData with 2,000, decoded and encoded, next to json.loads
          and json.dumps and to pydantic models of the same fields (made from the declarations, without rules)
callback  AuthorizeStart over HTTP, journal, session and remembered answer included, next to the same uvicorn with a
          constant answer, and to the same work written for FastAPI (extra `bench`; left out where it is missing)
crawl     every page of a list that the simulated hub makes up: records per second, and memory, which must stay flat
`--evses`, `--records`, `--requests`, `--callers`, `--rounds` and `--crawl` give the sizes.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from benchmarks import oicp_callback, oicp_crawl
from benchmarks.oicp_documents import page, push
from benchmarks.oicp_models import mirrored
from benchmarks.wire import seconds
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode, encode
from gateway.wire.codec import undisturbed
from gateway_oicp import wire
from gateway_oicp.forms import PULL_DATA_ANSWER, PUSH_DATA

PARTS = ("codec", "callback", "crawl")


def codec(evses: int, records: int, rounds: int) -> dict[str, float]:
    told: dict[str, float] = {}
    for name, kind, form, body in (
        (f"PushEvseData, {evses} EVSEs", wire.PushEvseData, PUSH_DATA, push(evses)),
        (f"PullEvseData, {records} records", wire.EvseDataPage, PULL_DATA_ANSWER, page(0, records, records)),
    ):
        told |= {f"{name}: {what}": value for what, value in _of_message(kind, form, body, rounds).items()}
    return told


def _of_message(kind: type[WireModel], form: AnyForm, body: bytes, rounds: int) -> dict[str, float]:
    """Milliseconds of every way, and ratios."""
    adapter: TypeAdapter[Any] = TypeAdapter(mirrored(kind))
    document, model, theirs = json.loads(body), decode(kind, body).model, adapter.validate_json(body)
    if decode(kind, encode(model)).model != model:
        raise RuntimeError(f"{kind.__name__} is not written as it was read")
    ways: Mapping[str, Callable[[], Any]] = {
        "json.loads": lambda: json.loads(body),
        "pydantic validate_json": lambda: adapter.validate_json(body),
        "decode": lambda: _undisturbed(lambda: decode(kind, body)),
        "decode and check every rule": lambda: _undisturbed(lambda: decode(kind, body).findings),
        "decode and read": lambda: _undisturbed(lambda: form.read(decode(kind, body).model)),
        "json.dumps": lambda: json.dumps(document).encode(),
        "pydantic dump_json": lambda: adapter.dump_json(theirs, by_alias=True, exclude_none=True),
        "encode": lambda: encode(model),
    }
    best = seconds(ways, rounds)
    ratios = {
        "decode to json.loads": best["decode"] / best["json.loads"],
        "decode to pydantic": best["decode"] / best["pydantic validate_json"],
        "decode and read to json.loads": best["decode and read"] / best["json.loads"],
        "encode to json.dumps": best["encode"] / best["json.dumps"],
        "encode to pydantic": best["encode"] / best["pydantic dump_json"],
    }
    return {**{f"{way}, ms": value * 1000 for way, value in best.items()}, **ratios}


def _undisturbed(function: Callable[[], Any]) -> Any:
    with undisturbed(True):
        return function()


def measured(wish: argparse.Namespace) -> dict[str, dict[str, float]]:
    ways: Mapping[str, Callable[[], dict[str, float]]] = {
        "codec": lambda: codec(wish.evses, wish.records, wish.rounds),
        "callback": lambda: oicp_callback.measured(wish.callers, wish.requests, wish.rounds),
        "crawl": lambda: oicp_crawl.measured(wish.crawl, wish.page_size),
    }
    return {part: ways[part]() for part in wish.only}


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast OICP is spoken.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--evses", type=int, default=1000)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument(
        "--requests", type=int, default=1000, help="in each round, of each server and number of callers"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--crawl", type=int, default=20_000, help="records of the list; 200000 for a whole hub")
    parser.add_argument("--page-size", type=int, default=2000)
    parser.add_argument("--json", action="store_true", help="for machines")
    wish = parser.parse_args()
    figures = measured(wish)
    if wish.json:
        print(json.dumps(figures, indent=2))
        return 0
    for part, rows in figures.items():
        for what, value in rows.items():
            print(f"{part:9} {what:66} {value:10.2f}")
    if "callback" in wish.only and "fastapi" not in oicp_callback.KINDS:
        print("callback  FastAPI is not measured: it is not installed (extra `bench`)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
