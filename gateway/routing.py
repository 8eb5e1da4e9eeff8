"""Which route a hub has called: by path template, or by the body's element where several operations share a path."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from gateway.errors import Unsupported
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.ports import Route
from gateway.tables import remembered
from gateway.wire.soap import opened


@remembered
def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return re.compile(escaped + "/?")


def find(routes: Sequence[Route], request: HttpRequest, role: Role) -> tuple[Route, Mapping[str, str]]:
    """The route of a request. Raises Unsupported, or Undecodable where SOAP is expected and none came."""
    if any(route.element for route in routes):
        return by_element(routes, opened(request.body).operation, role), {}
    return by_path(routes, request.path, role)


def by_path(routes: Sequence[Route], path: str, role: Role) -> tuple[Route, Mapping[str, str]]:
    """The route whose template fits, and its parameters, percent-decoded. Raises Unsupported."""
    for route in routes:
        match = _pattern(route.path).fullmatch(path) if route.path else None
        if match is not None and route.role in (None, role):
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    raise Unsupported(f"no operation is served at {path}")


def by_element(routes: Sequence[Route], element: str, role: Role) -> Route:
    """The route for a SOAP body's child. Raises Unsupported."""
    for route in routes:
        if route.element == element and route.role in (None, role):
            return route
    raise Unsupported(f"{element} is not served here")
