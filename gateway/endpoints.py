"""The direct endpoints that a connection knows: its own, with their tokens of the day, and its partners'."""

from collections.abc import Sequence
from datetime import date

from gateway.model.direct import DirectEndpoint


class Endpoints:
    """An EndpointBook in memory."""

    def __init__(self) -> None:
        self._ours: list[DirectEndpoint] = []
        self._partners: list[DirectEndpoint] = []

    async def ours(self) -> Sequence[DirectEndpoint]:
        return tuple(self._ours)

    async def keep_ours(self, endpoints: Sequence[DirectEndpoint]) -> None:
        named = {(one.role, one.url, one.day) for one in endpoints}
        self._ours = [one for one in self._ours if (one.role, one.url, one.day) not in named] + [*endpoints]

    async def partners(self) -> Sequence[DirectEndpoint]:
        return tuple(self._partners)

    async def keep_partners(self, endpoints: Sequence[DirectEndpoint]) -> None:
        days = {one.day for one in endpoints}
        self._partners = [one for one in self._partners if one.day not in days] + [*endpoints]

    async def forget(self, before: date) -> None:
        self._ours = [one for one in self._ours if one.day is not None and one.day >= before]
        self._partners = [one for one in self._partners if one.day is not None and one.day >= before]
