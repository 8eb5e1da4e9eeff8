"""Adapters by their entry points, and connections put together from settings and profiles."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.ports import Adapter, Connection, Credentials, Profile
from gateway.settings import ConnectionSettings, Settings, operator
from gateway.tables import remembered

GROUP = "gateway.adapters"


@remembered
def adapters() -> Mapping[str, Adapter]:
    """Every installed adapter by protocol name."""
    return {point.name: point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def _wrong(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "setting", text)])


def profile_of(hub: str, protocol: str = "", pointer: str = "/hub") -> tuple[Adapter, Profile]:
    """The adapter and profile of a hub. Raises Invalid naming the known ones."""
    for adapter in adapters().values():
        if protocol in ("", adapter.name) and hub in adapter.profiles:
            return adapter, adapter.profiles[hub]
    known = sorted({name for adapter in adapters().values() for name in adapter.profiles})
    raise _wrong(pointer, f"unknown hub {hub!r}; known are {', '.join(known)}")


def connection(name: str, settings: ConnectionSettings) -> Connection:
    """A connection of the settings section `connections.<name>`. Raises Invalid."""
    adapter, made = _made(name, settings)
    faults = adapter.faults(made)
    if faults:
        raise Invalid([replace(fault, pointer=f"/connections/{name}{fault.pointer}") for fault in faults])
    return made


def _made(name: str, settings: ConnectionSettings) -> tuple[Adapter, Connection]:
    adapter, profile = profile_of(settings.hub, settings.protocol, f"/connections/{name}/hub")
    if not settings.urls:
        addresses = ", ".join(f"{service or 'base'} {url}" for service, url in profile.published_urls.items())
        raise _wrong(f"/connections/{name}/urls", f"say where the hub is; {profile.title} publishes {addresses}")
    secret = settings.credentials
    return adapter, Connection(
        name=name,
        hub=settings.hub,
        protocol=adapter.name,
        role=settings.role,
        party=PartyId.parse(settings.party),
        operators=tuple(operator(entry, name) for entry in settings.operators),
        tenant=settings.tenant,
        urls=settings.urls,
        credentials=Credentials(
            username=secret.username,
            password=secret.password.get_secret_value(),
            client_certificate=secret.client_certificate,
            client_key=secret.client_key,
            ca=secret.ca,
            peer_subjects=secret.peer_subjects,
        ),
        insecure_loopback=settings.insecure_loopback,
        model=settings.model,
        guest_charging=settings.guest_charging,
        options=settings.options,
    )


def connections(settings: Settings) -> Mapping[str, Connection]:
    """All connections of the settings by name."""
    return {name: connection(name, section) for name, section in settings.connections.items()}


def option(connection: Connection, profile: Profile, name: str) -> Any:
    """A setting that the hub's profile knows: the connection's own value before the profile's."""
    return connection.options.get(name, profile.options.get(name))


def named_by_operators(connection: Connection, profile: Profile) -> bool:
    """Whether a hub id of a session is a name that its operator gives: it is unique for each operator only.

    Profile option `sessions_named_by = "operator"`, of connections as an EMSP (OCHPdirect 0.2, directId).
    """
    return connection.role is Role.EMSP and option(connection, profile, "sessions_named_by") == "operator"


def operators_name(connection: Connection) -> bool:
    """The same, where the profile is not at hand."""
    return named_by_operators(connection, profile_of(connection.hub, connection.protocol)[1])


def late_grants(connection: Connection) -> float | None:
    """For how many seconds a refused request may still be granted; None where the hub has no such thing."""
    seconds = option(connection, profile_of(connection.hub, connection.protocol)[1], "late_grant_seconds")
    return None if seconds is None else float(seconds)
