"""The releases of OCHP that a connection can be on, as data (inventory g).

1.4 and 1.4.1 are written and read. What a partner sends in an older release is read; nothing is written in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import Invalid, Unsupported
from gateway.findings import Finding, Severity
from gateway.ports import Connection, Operation
from gateway_ochp.operations import SERVICE
from gateway_ochp.profile import VERSION, setting
from gateway_ochp.wire.words import NAMESPACES

CURRENT = "1.4"


@dataclass(frozen=True, slots=True)
class Release:
    """`has_permissions`: a token says what it may pay for."""

    name: str
    has_permissions: bool = False
    is_written: bool = True
    differs: str = ""
    """Why nothing is written in it."""

    @property
    def namespace(self) -> str:
        return f"{NAMESPACES}{self.name}"

    @property
    def path(self) -> str:
        """The end of the published address of each service of the clearing house."""
        return f"/ochp/v{self.name}"

    def action(self, operation: Operation) -> str:
        """The SOAPAction: that of the main service bears the release, those of the others are the same in all."""
        return f"{self.namespace}/{operation.name}" if operation.service == SERVICE else operation.action


_OLDER = "addresses and hours stand elsewhere, plugs have other names, CDRs are confirmed whole, there are no tariffs"
RELEASES: Mapping[str, Release] = {
    release.name: release
    for release in (
        Release("1.2", is_written=False, differs=f"{_OLDER}, coordinates are elements"),
        Release("1.3", is_written=False, differs=_OLDER),
        Release(CURRENT),
        Release("1.4.1", has_permissions=True),
    )
}
BY_NAMESPACE: Mapping[str, Release] = {release.namespace: release for release in RELEASES.values()}


def release_of(connection: Connection | None) -> Release:
    """That of the connection's setting `version`. Raises Invalid naming the known ones."""
    if connection is None:
        return RELEASES[CURRENT]
    name = str(setting(connection, VERSION))
    if name in RELEASES:
        return RELEASES[name]
    place = f"/connections/{connection.name}/options/{VERSION}"
    raise Invalid([Finding(place, Severity.ERROR, "setting", f"no OCHP {name}; known are {', '.join(RELEASES)}")])


def written_release(connection: Connection | None) -> Release:
    """As `release_of`, for a message that is to be sent. Raises Unsupported for a release that is only read."""
    release = release_of(connection)
    if not release.is_written:
        writable = " and ".join(one.name for one in RELEASES.values() if one.is_written)
        raise Unsupported(
            f"OCHP {release.name} is read but not written here ({release.differs}); "
            f"set the connection's option {VERSION} to one of {writable}, as the hub has switched the account"
        )
    return release


def path_of(connection: Connection, service: str) -> str:
    """What follows the address of a service: nothing where the connection names that of the service itself."""
    named = service in connection.urls or not connection.urls.get("")
    return "" if named else release_of(connection).path
