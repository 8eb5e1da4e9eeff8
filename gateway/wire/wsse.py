"""WS-Security UsernameToken with a password in text (OASIS UsernameToken profile 1.0), as OCHP uses it."""

import hmac
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
