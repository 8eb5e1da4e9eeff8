"""roaming-gateway: Hubject, Gireve and e-clearing.net on one canonical model.

The public names; each is loaded when it is first used, so `import gateway` costs neither a database nor a web server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.blocking import BlockingGateway
    from gateway.delivery.deliveries import Delivery
    from gateway.gateway import Gateway
    from gateway.hub import Hub
    from gateway.ports import Connection, Credentials
    from gateway.settings import Settings
    from gateway.store import Database
    from gateway.web.app import application
    from gateway.workbench import decode, explain, recode, translate

_HOMES = {
    "BlockingGateway": "gateway.blocking",
    "Connection": "gateway.ports",
    "Credentials": "gateway.ports",
    "Database": "gateway.store",
    "Delivery": "gateway.delivery.deliveries",
    "Gateway": "gateway.gateway",
    "Hub": "gateway.hub",
    "Settings": "gateway.settings",
    "application": "gateway.web.app",
    "decode": "gateway.workbench",
    "explain": "gateway.workbench",
    "recode": "gateway.workbench",
    "translate": "gateway.workbench",
}

__all__ = [
    "BlockingGateway",
    "Connection",
    "Credentials",
    "Database",
    "Delivery",
    "Gateway",
    "Hub",
    "Settings",
    "application",
    "decode",
    "explain",
    "recode",
    "translate",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gateway' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
