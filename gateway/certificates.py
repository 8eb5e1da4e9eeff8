"""How long certificates are still good for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.model.ids import PartyId
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


def warnings(connections: Mapping[str, Connection]) -> Iterator[tuple[str, str]]:
    """(connection, what to look at) for client certificates that name somebody else than the account.

    Hubject holds the certificate against OperatorID or ProviderID, else 017 (OICP 2.3, checks of the hub). It is only a
    warning: a hub partner's certificate names the hub partner, and what it was issued to is the hub's to know.
    """
    for name, connection in connections.items():
        path = connection.credentials.client_certificate
        names = _names(path) if path else None
        if names is None or any(_is_of(one, connection.party) for one in names):
            continue
        told = ", ".join(names) or "nobody"
        yield name, f"the client certificate is issued to {told}: it does not name {connection.party}, the account"


def _names(path: str) -> Sequence[str] | None:
    """Subject and alternative names of the first certificate, the one that is shown."""
    try:
        shown = x509.load_pem_x509_certificates(Path(path).read_bytes())[0]
    except (OSError, ValueError):
        return None
    subject = [f"{part.rfc4514_attribute_name}={part.value!s}" for part in shown.subject]
    try:
        alternatives = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return subject
    return [*subject, *alternatives.get_values_for_type(x509.DNSName)]


def _is_of(name: str, party: PartyId) -> bool:
    return party.compact.upper() in "".join(sign for sign in name.upper() if sign.isalnum())


def _days(path: str, now: datetime) -> float | None:
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return min((one.not_valid_after_utc - now).total_seconds() for one in found) / 86_400
