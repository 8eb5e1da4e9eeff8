"""Who may call a connection: TLS first, whatever the protocol says after it."""

from gateway.errors import Unauthenticated
from gateway.http import HttpRequest
from gateway.ports import Connection, Profile


def admitted(connection: Connection, profile: Profile, request: HttpRequest) -> None:
    """Raises Unauthenticated unless the caller has shown the certificate that the connection expects.

    Only hubs whose profile asks for mutual TLS are held to it, and `insecure_loopback` lifts it for a demonstration on
    one machine: `serve` refuses that setting on any other address.
    """
    if not profile.mutual_tls or connection.insecure_loopback:
        return
    if not request.peer_names:
        raise Unauthenticated("no verified client certificate")
    expected = {name.lower() for name in connection.credentials.peer_subjects}
    if expected.isdisjoint(name.lower() for name in request.peer_names):
        raise Unauthenticated("the client certificate is not the hub's")
