"""How long certificates are still good for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.ports import Connection
from gateway.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class CertificateDays:
    """A file's certificate that ends first: days left, negative when it has expired; None: it cannot be read."""

    connection: str
    """Empty for our own server's."""
    use: str
    """client, ca, server or client-ca."""
    days: float | None


def days_left(files: Iterable[tuple[str, str, str]], now: datetime) -> Iterator[CertificateDays]:
    """(connection, use, path to PEM) → its days."""
    for connection, use, path in files:
        yield CertificateDays(connection, use, _days(path, now))


def files_of(connections: Mapping[str, Connection], server: ServerSettings | None) -> list[tuple[str, str, str]]:
    """Every certificate file of the settings: (connection, use, path)."""
    files = [("", "server", server.certificate), ("", "client-ca", server.client_ca)] if server else []
    for name, connection in connections.items():
        secret = connection.credentials
        files += [(name, "client", secret.client_certificate), (name, "ca", secret.ca)]
    return [file for file in files if file[2]]


def _days(path: str, now: datetime) -> float | None:
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return min((one.not_valid_after_utc - now).total_seconds() for one in found) / 86_400
