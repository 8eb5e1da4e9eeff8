"""Plays rounds and ends with one line of JSON: `python -m tests.faults --rounds 1000 [--store postgres] [--seed 1]
[--gather 10000]`.

Exit 1 where anything was lost, doubled or reordered, or another rule was broken.
"""

import argparse
import json
import sys
import time

from tests.faults.conductor import Conductor, Played
from tests.faults.plan import plan_of
from tests.faults.stores import POSTGRES
from tests.faults.verdict import Verdict


def main() -> int:
    wish = _wish()
    stores = [wish.store] if wish.store else ["sqlite", *(["postgres"] if POSTGRES else [])]
    total, began = Verdict(), time.monotonic()
    for number, store in enumerate(stores):
        rounds = wish.rounds // len(stores) + (number < wish.rounds % len(stores))
        seeds = range(wish.seed, wish.seed + rounds)
        _play(store, seeds, total, gathered=0 if number else wish.gather, verbose=wish.verbose)
    print(json.dumps({"rounds": wish.rounds, **total.numbers(), "seconds": round(time.monotonic() - began)}))
    return 0 if total.is_clean else 1


def _play(store: str, seeds: range, total: Verdict, *, gathered: int, verbose: bool) -> None:
    with Conductor(store) as conductor:
        if gathered:
            _note(f"{store} gathering", conductor.gather(gathered), total, verbose=verbose)
        for seed in seeds:
            played = conductor.play(plan_of(seed, postgres=store == "postgres"))
            _note(f"{store} seed {seed}", played, total, verbose=verbose)


def _note(name: str, played: Played, total: Verdict, *, verbose: bool) -> None:
    total.add(played.verdict)
    for line in played.verdict.what:
        print(f"{name}: {line}", file=sys.stderr)
    if verbose:
        grown = played.verdict.grown_kilobytes
        print(f"{name}: {played.seconds:.2f} s, grew {grown} kB, stopped {played.stopped}", file=sys.stderr)


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gather", type=int, default=0, help="first, so many CDRs wait for hubs that are down")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
