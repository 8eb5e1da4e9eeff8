"""What the parts of the gateway are to each other: connections, adapters, links, backends, stores.

An adapter is a value: tables of what it sends, serves and does by the clock. It is handed a `HubLink` and a backend,
and never sees a socket, a system clock or a database.
"""

from gateway.ports.adapter import Adapter
from gateway.ports.connections import Connection, Credentials, Policy, Profile, Publishing
from gateway.ports.links import Asked, Backend, Call, EndpointBook, HubLink, NoSessions, Sessions, Transport
from gateway.ports.work import Beat, Beats, CdrContext, Direction, Identified, Job, Judged, Operation, Route, Written

__all__ = [
    "Adapter",
    "Asked",
    "Backend",
    "Beat",
    "Beats",
    "Call",
    "CdrContext",
    "Connection",
    "Credentials",
    "Direction",
    "EndpointBook",
    "HubLink",
    "Identified",
    "Job",
    "Judged",
    "NoSessions",
    "Operation",
    "Policy",
    "Profile",
    "Publishing",
    "Route",
    "Sessions",
    "Transport",
    "Written",
]
