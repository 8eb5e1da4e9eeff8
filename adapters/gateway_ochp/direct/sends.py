"""What we ask a partner, and tell it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.model import messages as m
from gateway.ports import HubLink

SENDS: Mapping[type[m.Message[Any]], Callable[[HubLink, Any], Awaitable[Any]]] = {}
