import pytest

from gateway.errors import Undecodable, Unsupported
from gateway.http import HttpRequest
from gateway.model.common import Role
from gateway.ports import Call, Route
from gateway.routing import by_element, by_path, find


async def _answer(_: Call) -> None:
    raise AssertionError("nobody is asked")


def route(operation: str, path: str = "", element: str = "", role: Role | None = None) -> Route:
    return Route(operation, _answer, path, element, role)  # type: ignore[arg-type]


PATHS = [
    route("Cpo", "/operators/{operator}/start", role=Role.CPO),
    route("Emsp", "/operators/{operator}/start", role=Role.EMSP),
    route("Two", "/a.b/{one}/{two}"),
    route("Plain", "/plain"),
]
ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{}</s:Body></s:Envelope>'


@pytest.mark.parametrize(
    ("path", "role", "operation", "parameters"),
    [
        ("/operators/NL*LON/start", Role.CPO, "Cpo", {"operator": "NL*LON"}),
        ("/operators/NL%2ALON/start", Role.EMSP, "Emsp", {"operator": "NL*LON"}),
        ("/operators/NL%2FLON/start/", Role.CPO, "Cpo", {"operator": "NL/LON"}),
        ("/a.b/1/2", Role.CPO, "Two", {"one": "1", "two": "2"}),
        ("/plain", Role.EMSP, "Plain", {}),
    ],
)
def test_a_path_finds_its_route_for_our_role(path: str, role: Role, operation: str, parameters: dict[str, str]) -> None:
    found, given = by_path(PATHS, path, role)
    assert (found.operation, given) == (operation, parameters)
    assert found.role in (None, role)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/operators//start", "/operators/a/b/start", "/operators/a/start/x", "/aXb/1/2", "/plain2", "x/plain"],
)
def test_a_path_that_fits_no_template_is_not_served(path: str) -> None:
    with pytest.raises(Unsupported, match="no operation is served at"):
        by_path(PATHS, path, Role.CPO)


def test_of_soap_operations_on_one_path_the_bodys_element_decides() -> None:
    routes = [route("A", element="Ask"), route("B", element="Tell"), route("C", element="Tell", role=Role.EMSP)]
    request = HttpRequest(
        path="/anything", headers={"soapaction": "Ask"}, body=ENVELOPE.format('<x:Tell xmlns:x="urn:x"/>').encode()
    )
    assert find(routes, request, Role.CPO)[0].operation == "B"
    with pytest.raises(Unsupported, match="Whisper is not served here"):
        by_element(routes, "Whisper", Role.CPO)
    with pytest.raises(Unsupported):
        by_element(routes[2:], "Tell", Role.CPO)


@pytest.mark.parametrize("body", [b"", b"{}", b"<Tell/>", ENVELOPE.format("").encode()])
def test_where_soap_is_expected_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        find([route("A", element="Ask")], HttpRequest(body=body), Role.CPO)
