"""Who may call us directly: a partner who shows our token of the day and its own."""

from gateway.errors import Unsupported
from gateway.http import HttpRequest
from gateway.ports import HubLink


async def admit(hub: HubLink, request: HttpRequest) -> None:
    """Raises Unsupported where the connection has no OCHPdirect, Unauthenticated for a stranger."""
    raise Unsupported("the clearing house never calls its partners")
