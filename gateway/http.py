"""Requests and responses as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class LongBody(Protocol):
    """A body that is too long for memory; its pieces can be read again and again."""

    @property
    def size(self) -> int: ...
    def pieces(self) -> Iterator[bytes]: ...
    def read(self, start: int, count: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """`path` is below the partner's base URL; header names are lower case; `peer_certificate` is DER."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    spool: LongBody | None = None
    """The body in place of `body`, where it is long."""
    peer_certificate: bytes | None = None
    peer_names: tuple[str, ...] = ()
    """Common name and DNS names of the caller's verified certificate, from our own TLS or from a trusted proxy."""
    peer_address: str = ""
    """Where an inbound request came from."""
    service: str = ""
    """Which of the partner's base URLs to use, where it has several (OCHP: `service`, `live`, `direct`)."""
    base: str = ""
    """A base URL in place of the partner's, where another of its APIs is beside the main one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()
