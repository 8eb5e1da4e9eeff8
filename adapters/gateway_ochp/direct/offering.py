"""Our own endpoint as the settings of a connection say it: its address, and the ids that it is for."""

from collections.abc import Iterator, Sequence
from datetime import date

from gateway.errors import Invalid, Unsupported
from gateway.findings import Finding, Severity
from gateway.model.common import Role
from gateway.model.direct import DirectEndpoint
from gateway.ports import Connection
from gateway.wire.declared import Rule
from gateway_ochp import rules
from gateway_ochp.fitting import fits
from gateway_ochp.profile import DIRECT, DIRECT_ALLOW, DIRECT_DENY, DIRECT_URL, setting
from gateway_ochp.versions import written_release

_WITHOUT_C = "; the letter C is demanded behind the provider, so contracts without it cannot be reached over OCHPdirect"


def is_direct(connection: Connection) -> bool:
    """Whether the connection has OCHPdirect."""
    return setting(connection, DIRECT) is True


def demand_direct(connection: Connection) -> None:
    """Raises Unsupported where it has not."""
    if not is_direct(connection):
        raise Unsupported(f"connection {connection.name} has no OCHPdirect; its option {DIRECT} turns it on")


def is_secure(connection: Connection, url: str | None) -> bool:
    """OCHPdirect is https only; a stand on one machine may do without."""
    text = (url or "").lower()
    return text.startswith("https://") or (connection.insecure_loopback and text.startswith("http://"))


def offered(connection: Connection, day: date) -> DirectEndpoint:
    """Our endpoint of a day, without its token. Raises Invalid where the settings do not tell it, or Unsupported."""
    wrong = faults(connection)
    if wrong:
        raise Invalid(wrong)
    return DirectEndpoint(
        role=connection.role,
        url=setting(connection, DIRECT_URL),
        version=written_release(connection).namespace,
        day=day,
        allow=allowed(connection),
        deny=tuple(setting(connection, DIRECT_DENY)),
    )


def allowed(connection: Connection) -> tuple[str, ...]:
    """The patterns of the settings, else all EVSEs of each operator, or all contracts of the provider.

    A pattern of contracts has a C behind the provider (type ContractPattern); contracts without one have no pattern.
    """
    given = setting(connection, DIRECT_ALLOW)
    if given:
        return tuple(given)
    if connection.role == Role.CPO:
        parties = [operator.id for operator in connection.operators] or [connection.party]
        return tuple(f"{party.compact}E%" for party in parties)
    return (f"{connection.party.compact}C%",)


def faults(connection: Connection) -> Sequence[Finding]:
    """What is wrong with a connection's settings for OCHPdirect; nothing where it is off."""
    if setting(connection, DIRECT) is False:
        return []
    return [Finding(pointer, Severity.ERROR, "setting", text) for pointer, text in _faults(connection)]


def _faults(connection: Connection) -> Iterator[tuple[str, str]]:
    if setting(connection, DIRECT) is not True:
        yield f"/options/{DIRECT}", "is either true or false"
    if not (connection.urls.get("direct") or connection.urls.get("")):
        yield "/urls/direct", "OCHPdirect needs the address at which the clearing house exchanges endpoints"
    yield from _url_faults(connection, setting(connection, DIRECT_URL))
    for option in (DIRECT_ALLOW, DIRECT_DENY):
        patterns = setting(connection, option)
        if not isinstance(patterns, (list, tuple)):
            yield f"/options/{option}", "is a list of patterns"
            return
    rule, what = _rule(connection)
    for option, patterns in ((DIRECT_ALLOW, allowed(connection)), (DIRECT_DENY, setting(connection, DIRECT_DENY))):
        for index, pattern in enumerate(patterns):
            if not isinstance(pattern, str) or not fits(rule, pattern):
                yield f"/options/{option}/{index}", f"{pattern!r} is no {what}"


def _url_faults(connection: Connection, url: object) -> Iterator[tuple[str, str]]:
    if not isinstance(url, str) or not url:
        yield f"/options/{DIRECT_URL}", "say at which address partners reach this connection"
    elif not is_secure(connection, url):
        yield f"/options/{DIRECT_URL}", "partners call over https only (OCHPdirect 0.2)"
    elif not fits(rules.URI_LENGTH, url):
        yield f"/options/{DIRECT_URL}", "an address has at most 255 characters"


def _rule(connection: Connection) -> tuple[Rule, str]:
    if connection.role == Role.CPO:
        return rules.EVSE_PATTERN, "pattern of EVSE ids, as DE823E% or DE823E1234%"
    return rules.CONTRACT_PATTERN, f"pattern of contract ids, as DE8AAC% or DE8AACA2%{_WITHOUT_C}"
