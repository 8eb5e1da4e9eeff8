"""What tests share: links that answer from a list, backends that write down what they are asked, samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.endpoints import Endpoints
from gateway.errors import GatewayError
from gateway.http import HttpRequest, HttpResponse
from gateway.model.messages import Message
from gateway.ports import Connection

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
CONFORMANCE = SHARED / "conformance"
FIXTURES = ROOT / "fixtures"

needs_conformance = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason="the conformance data is not beside the project"
)


@dataclass
class FakeLink:
    """A HubLink that answers from a list and remembers what it was asked."""

    connection: Connection
    replies: list[HttpResponse | Exception] = field(default_factory=list)
    asked: list[HttpRequest] = field(default_factory=list)
    moment: datetime = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
    ids: int = 0
    endpoints: Endpoints = field(default_factory=Endpoints)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def now(self) -> datetime:
        return self.moment

    def new_id(self) -> str:
        self.ids += 1
        return f"00000000-0000-4000-8000-{self.ids:012}"


@dataclass
class Recorder:
    """A backend that answers from a list and remembers what it was asked."""

    answers: list[Any] = field(default_factory=list)
    asked: list[Message[Any]] = field(default_factory=list)

    async def answer(self, connection: Connection, message: Message[Any]) -> Any:
        self.asked.append(message)
        reply = self.answers.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def error_of(call: Callable[[], object]) -> type[GatewayError] | None:
    """The kind of our own error that `call` ends in, None where it ends well; any other error goes through."""
    try:
        call()
    except GatewayError as error:
        return type(error)
    return None


def samples(folder: Path, pattern: str) -> Sequence[Path]:
    """The conformance files of a folder, or nothing where the data is not there."""
    return sorted(folder.glob(pattern)) if folder.is_dir() else []
