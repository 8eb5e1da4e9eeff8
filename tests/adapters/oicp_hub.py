"""A simulated hub whose clock is moved by hand, and where it is asked."""

from datetime import datetime, timedelta
from typing import Any

from gateway.http import HttpRequest
from gateway.simulation import Desk, world
from gateway.wire.json import json_text, parse_json
from gateway_oicp.simulator.hub import OicpHub
from tests.adapters.oicp_values import at
from tests.adapters.test_oicp_simulator import CONFIG, Stage

DATA = "/evsepull/v23/providers/DE-8EO/data-records"
STATUS = "/evsepull/v21/providers/DE-8EO/status-records"
RECORDS = "/cdrmgmt/v22/providers/DE-8EO/get-charge-detail-records-request"
NOTIFY = "/notificationmgmt/v11/charging-notifications"


class Timed(Stage):
    """A hub whose clock is moved by hand."""

    def __init__(self, config: Any = CONFIG) -> None:
        super().__init__(config)
        self.time = at(12)
        self.hub = OicpHub(Desk(world(config), self._call, lambda: self.time, self._id))

    async def asks(self, path: str, query: str = "", **wish: Any) -> Any:
        body = json_text({"ProviderID": "DE-8EO", **wish}).encode()
        reply = await self.hub.handle(HttpRequest(path=path, query=query, body=body))
        return parse_json(reply.body)

    async def pulls(self, query: str = "", **wish: Any) -> Any:
        return await self.asks(DATA, query, **{"GeoCoordinatesResponseFormat": "DecimalDegree", **wish})

    def later(self, **time: float) -> datetime:
        before, self.time = self.time, self.time + timedelta(**time)
        return before


def changes(page: Any) -> list[tuple[str, str]]:
    return [(record["EvseID"], record["deltaType"]) for record in page["content"]]
