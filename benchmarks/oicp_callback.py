"""The authorise callback over HTTP: the gateway next to a constant answer and to the same work written for FastAPI.

Each server and the callers are processes of their own; the servers take turns, so that a busy machine is busy for all.
"""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
KINDS = ("bare", "gateway", *(("fastapi", "plain") if find_spec("fastapi") else ()))
_TITLES = {"bare": "constant answer", "fastapi": "FastAPI, gathered commits", "plain": "FastAPI, as usual"}
_START_SECONDS = 30.0
Figures = Mapping[str, float]


@contextmanager
def served(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a server that listens."""
    port = free_port()
    command = [sys.executable, str(HERE / "oicp_servers.py"), kind, str(port), str(folder / f"{kind}.sqlite")]
    process = subprocess.Popen(command)
    try:
        listening(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not listen")


def called(url: str, callers: int, requests: int, first: int) -> Figures:
    command = [sys.executable, str(HERE / "oicp_caller.py"), url, "--callers", str(callers)]
    command += ["--requests", str(requests), "--first", str(first)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def measured(callers: Sequence[int], requests: int, rounds: int, kinds: Sequence[str] = KINDS) -> dict[str, float]:
    """Of each number of callers and server the median rate of the rounds, with its waits, then the ratios."""
    found: dict[tuple[str, int], list[Figures]] = {}
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        urls = {kind: running.enter_context(served(kind, folder)) for kind in kinds}
        first = 0
        for _ in range(rounds):
            for many in callers:
                for kind, url in urls.items():
                    found.setdefault((kind, many), []).append(called(url, many, requests, first))
                    first += 2 * requests + 1000
    return _told(found, callers, kinds)


def _told(
    found: Mapping[tuple[str, int], Sequence[Figures]], callers: Sequence[int], kinds: Sequence[str]
) -> dict[str, float]:
    told: dict[str, float] = {}
    for many in callers:
        rates = {}
        for kind in kinds:
            runs = found[kind, many]
            rates[kind] = statistics.median(run["per_second"] for run in runs)
            name = f"{_TITLES.get(kind, kind)}, {many} callers"
            told[f"{name}, requests/s"] = rates[kind]
            for wait in ("p50_ms", "p99_ms"):
                told[f"{name}, {wait.replace('_', ' ')}"] = statistics.median(run[wait] for run in runs)
        for kind in kinds:
            if kind != "gateway" and "gateway" in kinds:
                told[f"gateway to {_TITLES[kind]}, {many} callers"] = rates["gateway"] / rates[kind]
    return told
