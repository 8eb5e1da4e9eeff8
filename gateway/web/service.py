"""The service put together: settings → store, connections, backend, gateway, application, server."""

from importlib import import_module
from typing import Any

from gateway.connections import connections
from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.gateway import Gateway
from gateway.settings import Settings
from gateway.web.app import application
from gateway.web.server import allowed_to_serve, serve


def backend_of(path: str) -> object:
    """The platform's object for `module:attribute`; a class is called. Raises Invalid."""
    module, _, attribute = path.partition(":")
    try:
        found: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise Invalid([Finding("/backend/factory", Severity.ERROR, "setting", f"{path}: {error}")]) from error
    return found() if isinstance(found, type) else found


class NoBackend:
    """Answers nothing: every question of a hub is "not supported"."""


def run(settings: Settings) -> None:
    """Serves until told to stop. Raises Invalid before anything is opened."""
    known = connections(settings)
    allowed_to_serve(settings.server, known)
    backend = backend_of(settings.backend.factory) if settings.backend.factory else NoBackend()
    gateway = Gateway.load(settings, backend)
    app = application(
        gateway,
        proxies=settings.server.proxies,
        subject_header=settings.server.subject_header,
        max_body_bytes=settings.server.max_body_bytes,
    )
    serve(app, settings.server)
