"""What must be in the store before an answer leaves: gathered on the way, written in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.store.database import Transaction

Work = Callable[[Transaction], object]


async def _nothing(_: Exception) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Part:
    """`joins` is run with the others; `alone` writes it by itself, where they could not be written together.

    `given_up` hears that a part before or after this one cannot be written, and so the answer does not leave.
    """

    joins: Work
    alone: Callable[[], Awaitable[object]]
    given_up: Callable[[Exception], Awaitable[None]] = _nothing


class Together:
    """The parts of one answer."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._waiting: list[Callable[[Exception | None], object]] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, part: Part) -> None:
        self._parts.append(part)

    def when_over(self, heard: Callable[[Exception | None], object]) -> None:
        """`heard` is told that the parts are in the store, or what was in the way."""
        self._waiting.append(heard)

    def work(self, transaction: Transaction) -> None:
        for part in self._parts:
            part.joins(transaction)

    async def alone(self) -> None:
        """One after the other. Raises what one of them raises; all have heard of it then."""
        try:
            for part in self._parts:
                await part.alone()
        except Exception as error:
            for part in self._parts:
                await part.given_up(error)
            raise

    def end(self, error: Exception | None = None) -> None:
        for heard in self._waiting:
            heard(error)
        self._waiting = []
