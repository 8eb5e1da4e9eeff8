"""What the commands share."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.gateway import Gateway

T = TypeVar("T")
Config = Annotated[Path, typer.Option(help="The settings, TOML.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
EXIT_USAGE = 64


class _Elsewhere:
    """Stands for the backend of the running gateway. What it is to be told is stored, and never handed over here."""

    async def delivery_changed(self, delivery: Any) -> None:
        raise AssertionError(f"delivery {delivery.id} was told to a command")


def with_gateway(config: Path, work: "Callable[[Gateway], Awaitable[T]]", *, backend: bool = False) -> T:
    """What `work` gives on the gateway of the settings, which does not begin to deliver.

    With `backend` it is asked like a running one; else the backend is elsewhere, and hears of what a person decides
    here from the store.
    """
    from gateway.gateway import Gateway
    from gateway.settings import load
    from gateway.web.service import backend_of

    settings = load(config)
    platform = backend_of(settings.backend.factory) if backend and settings.backend.factory else _Elsewhere()

    async def opened() -> T:
        gateway = Gateway.load(settings, platform)
        try:
            return await work(gateway)
        finally:
            await gateway.stop()

    return asyncio.run(opened())


def masked_words(text: str | None) -> str | None:
    """A hub's words, which may name cards and secrets."""
    from gateway.masking import masked, masked_ids

    return masked_ids(masked(text)) if text else text


def masked_document(value: Any) -> Any:
    """Card and contract ids masked in every text of a JSON document."""
    from gateway.masking import masked_ids

    if isinstance(value, dict):
        return {name: masked_document(member) for name, member in value.items()}
    if isinstance(value, list):
        return [masked_document(member) for member in value]
    return masked_ids(value) if isinstance(value, str) else value


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
    except RecursionError:
        told = "the document is nested too deeply"
    except ValueError as error:
        told = f"not JSON: {error}"
    raise Invalid([Finding("", Severity.ERROR, "malformed", f"{file}: {told}")])
