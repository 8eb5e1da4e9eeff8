"""Certificates that are renewed while the process runs: files are read again when they change."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path


class Renewal:
    """Keeps one TLS context as its files are; connections that are open stay as they began.

    `load` puts the files into a context. They are tried in a context of their own first, so that a certificate whose
    key is not there yet changes nothing. `made` tells what kind of context that is.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        files: Sequence[str],
        load: Callable[[ssl.SSLContext], None],
        made: Callable[[], ssl.SSLContext],
    ) -> None:
        self._context, self._files, self._load, self._made = context, [file for file in files if file], load, made
        self._stamps = self._now()

    def _now(self) -> Sequence[tuple[int, int, int] | None]:
        return [_stamp(file) for file in self._files]

    def look(self) -> tuple[bool, str]:
        """(whether the files have changed, what is wrong with them); told once for each change."""
        stamps = self._now()
        if stamps == self._stamps:
            return False, ""
        self._stamps = stamps
        try:
            self._load(self._made())
            self._load(self._context)
        except OSError as error:
            return True, f"{', '.join(self._files)}: {error}"
        return True, ""


def _stamp(file: str) -> tuple[int, int, int] | None:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
