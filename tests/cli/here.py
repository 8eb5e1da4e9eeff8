"""The command in this process: what it prints, and how it ends. `test_commands` runs it as a shell does.

A process of its own takes a second to begin; what a command says and does is the same here.
"""

import io
import logging
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support import ROOT


@dataclass(frozen=True)
class Ran:
    code: int
    out: bytes
    err: str


def run(*arguments: object, given: bytes = b"", folder: Path = ROOT) -> Ran:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr(sys, "argv", ["roaming-gateway", *map(str, arguments)])
        patched.setattr(sys.modules["__main__"], "__package__", None)  # else it is called after `python -m pytest`
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        patched.chdir(folder)
        for name in [name for name in os.environ if name.upper().startswith("ROAMING_GATEWAY_")]:
            patched.delenv(name)
        patched.setenv("COLUMNS", "200")
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            root.handlers[:], root.level = handlers, level
    assert isinstance(ended.value.code, int)
    said = [_said(stream) for stream in (out, err)]
    assert b"Traceback" not in said[1], said[1].decode()
    return Ran(ended.value.code, said[0], said[1].decode())


def _said(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    return stream.buffer.getvalue()  # type: ignore[attr-defined,no-any-return]
