"""WS-Security UsernameToken with a password in text (OASIS UsernameToken profile 1.0), as OCHP uses it."""

import hmac
import re
from dataclasses import dataclass

from gateway.errors import Unauthenticated
from gateway.wire.xml import Element, escape_text, local_name

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"


@dataclass(frozen=True, slots=True)
class UsernameToken:
    username: str
    password: str

    def __repr__(self) -> str:
        return f"UsernameToken({self.username!r}, ***)"


def written(token: UsernameToken) -> str:
    """The header element; `mustUnderstand` as the specification's own example has it."""
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" soap:mustUnderstand="1"><wsse:UsernameToken>'
        f"<wsse:Username>{escape_text(token.username)}</wsse:Username>"
        f'<wsse:Password Type="{PASSWORD_TEXT}">{escape_text(token.password)}</wsse:Password>'
        "</wsse:UsernameToken></wsse:Security>"
    )


_TOKEN = re.compile(rb"<((?:[\w.\-]+:)?)UsernameToken[\s>]")
_PASSWORD = re.compile(
    rb"(<((?:[\w.\-]+:)?)Password(?:\s[^<>]*)?(?<!/)>)"
    rb"((?><!\[CDATA\[.{0,300}?\]\]>|<!--.{0,300}?-->|[^<]++)*+)(</\2Password\s*>)",
    re.DOTALL,
)
_LEFT_OUT = b"***"


def stripped(body: bytes) -> bytes:
    """The document without the password of its UsernameToken, byte for byte the same elsewhere."""
    return _with_password(body, _LEFT_OUT)


def restored(body: bytes, token: UsernameToken) -> bytes:
    """The document with the password of `token` put back: for what we wrote, `restored(stripped(b), token) == b`.

    Raises Invalid for a password that cannot stand in XML.
    """
    return _with_password(body, escape_text(token.password).encode())


def _with_password(body: bytes, password: bytes) -> bytes:
    """The first token's: a header stands before the body, and has one."""
    begin = _TOKEN.search(body)
    end = body.find(b"</" + begin[1] + b"UsernameToken", begin.end()) if begin else -1
    if begin is None or end < 0:
        return body
    token = _PASSWORD.sub(lambda found: found[1] + password + found[4], body[begin.end() : end])
    return body[: begin.end()] + token + body[end:]


def read(header: Element | None) -> UsernameToken | None:
    """The user of a SOAP header, or None. A digest is not OCHP and reads as nobody."""
    if header is None:
        return None
    parts = {local_name(part): part for part in header.iter(f"{{{WSSE}}}Username", f"{{{WSSE}}}Password")}
    password = parts.get("Password")
    if "Username" not in parts or password is None or password.get("Type", PASSWORD_TEXT) != PASSWORD_TEXT:
        return None
    return UsernameToken((parts["Username"].text or "").strip(), password.text or "")


def admitted(header: Element | None, expected: UsernameToken) -> None:
    """Raises Unauthenticated unless the header names the expected user with the right password."""
    given = read(header)
    if given is None:
        raise Unauthenticated("no UsernameToken with a password in text")
    right = hmac.compare_digest(given.username.encode(), expected.username.encode())
    if not (hmac.compare_digest(given.password.encode(), expected.password.encode()) and right):
        raise Unauthenticated("unknown user or wrong password")
