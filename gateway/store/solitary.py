"""One process delivers from a SQLite store: a second one is told so at its start."""

import os
from typing import IO

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.log import logger
from gateway.store.database import Database

_log = logger(__name__)


class Solitary:
    """An exclusive lock on `<file>.lock` while this process works on a SQLite file; nothing where none is needed.

    The operating system lets go of it when the process ends, however that happens.
    """

    def __init__(self, database: Database) -> None:
        file = database.engine.url.database if database.is_sqlite else None
        self._path = f"{file}.lock" if file and file != ":memory:" else ""
        self._held: IO[str] | None = None

    def hold(self) -> None:
        """Raises Invalid where another process has it."""
        if not self._path or self._held is not None:
            return
        held = open(self._path, "a", encoding="ascii")  # noqa: SIM115
        try:
            _lock(held)
        except OSError:
            held.close()
            raise _taken(self._path.removesuffix(".lock")) from None
        self._held = held

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def _lock(file: IO[str]) -> None:
    """Raises OSError where it is held by another."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    elif os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        _log.warning("this platform has no file locks: start one process only", file=file.name)


def _taken(file: str) -> Invalid:
    words = f"another process works on {file}: SQLite has one, PostgreSQL as many as you like"
    return Invalid([Finding("/store/dsn", Severity.ERROR, "store", words)])
