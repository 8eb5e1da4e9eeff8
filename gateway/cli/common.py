"""What the commands share."""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity

EXIT_USAGE = 64


def complain(text: str) -> None:
    print(text, file=sys.stderr)


def say(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def read_bytes(file: str) -> bytes:
    """The content of a file, or of standard input for `-`. Raises OSError."""
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def name_of(file: str, message: str | None) -> str:
    """What tells the operation where the message does not: the option, or else the file's name."""
    return message or ("" if file == "-" else Path(file).name)


def read_json(file: str) -> Any:
    """Raises Invalid, or OSError."""
    try:
        return json.loads(read_bytes(file))
    except ValueError as error:
        raise Invalid([Finding("", Severity.ERROR, "malformed", f"{file}: not JSON: {error}")]) from None
