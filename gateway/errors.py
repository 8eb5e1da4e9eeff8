"""The tree of failures: classes by what the caller may conclude, not by where they arose."""

from collections.abc import Sequence

from gateway.findings import Finding


class GatewayError(Exception):
    """`public_text` may be shown to a partner; `retryable` tells whether trying again later can help."""

    retryable = False
    public_text = "the request could not be handled"


class TransportError(GatewayError):
    """The exchange did not complete."""

    retryable = True


class NotSent(TransportError):
    """The hub never saw the request."""


class NoAnswer(TransportError):
    """The hub may have acted on it."""


class Unavailable(TransportError):
    """The hub asked to be left alone for now (429, 502 to 504).

    `retry_after` in seconds, where it said so; `may_have_acted`: a proxy spoke (502, 504), not the hub itself.
    """

    def __init__(self, text: str, retry_after: float | None = None, *, may_have_acted: bool = False) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        self.may_have_acted = may_have_acted


class Early(GatewayError):
    """Our own message would come sooner after the last one than the hub allows; it was not sent.

    `retry_after` in seconds.
    """

    retryable = True

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class ProtocolError(GatewayError):
    """The exchange completed, and is not what the protocol promises."""


class Undecodable(ProtocolError):
    """The body is not the message it should be."""

    public_text = "the message cannot be read"

    def __init__(self, text: str, pointer: str = "") -> None:
        super().__init__(text)
        self.pointer = pointer
        self.public_text = f"the message cannot be read: {text}"


class Refused(ProtocolError):
    """The hub understood, and declined for a technical reason."""

    def __init__(self, code: str, text: str = "", *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text
        self.retryable = retryable


class Invalid(GatewayError):
    """Our own message breaks a rule; it was not sent."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0] if findings else None
        super().__init__(f"{first.pointer}: {first.text}" if first else "invalid message")
        self.findings = tuple(findings)


class NeedsContext(Invalid):
    """The target demands a field that the source cannot know and no context gives."""


class Unsupported(GatewayError):
    """This hub, or this backend, has no such operation."""

    public_text = "this operation is not supported here"


class Unauthenticated(GatewayError):
    """The caller is not who the connection admits."""

    public_text = "not authorised"


class UnknownConnection(GatewayError):
    """No connection of that name."""

    public_text = "unknown connection"


class ForeignOperator(GatewayError):
    """The operator is not one of this connection's."""

    public_text = "this operator is not on this connection"


class BackendFailed(GatewayError):
    """The backend raised; its text is never sent to a hub."""

    public_text = "internal error"
