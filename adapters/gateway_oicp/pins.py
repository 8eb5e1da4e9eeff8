"""PINs of QR codes: in clear when a driver is authorised, hashed in everything that is uploaded."""

import re
from dataclasses import replace

import bcrypt

from gateway.model.token import HashAlgorithm, Pin, Token

_ROUNDS = 10
_LONGEST, _MOST_BYTES = 20, 72
_PREFIX = b"2a"
"""The spelling of bcrypt that every library reads; for texts of fewer than 73 bytes all spellings are the same."""
_HASH = re.compile(r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}")


def with_hashed_pin(token: Token) -> Token:
    """The token without its PIN in clear: hashed by bcrypt, but for a PIN that is hashed already.

    Takes some ten milliseconds for each PIN that is hashed.
    """
    pin = token.pin
    if pin is None or pin.clear is None:
        return token
    return replace(token, pin=_hashed(pin))


def is_hashable(pin: Pin) -> bool:
    """PIN has at most 20 characters (QRCodeIdentificationType), and bcrypt takes 72 bytes at most."""
    clear = pin.clear or ""
    short = len(clear) <= _LONGEST and len(clear.encode(errors="replace")) <= _MOST_BYTES
    return short or pin.hashed is not None or _HASH.fullmatch(clear) is not None


def _hashed(pin: Pin) -> Pin:
    if pin.hashed is not None:
        return replace(pin, clear=None)
    clear = pin.clear or ""
    value = clear if _HASH.fullmatch(clear) else bcrypt.hashpw(clear.encode(), _salt()).decode()
    return Pin(hashed=value, algorithm=HashAlgorithm.BCRYPT)


def _salt() -> bytes:
    return bcrypt.gensalt(_ROUNDS, prefix=_PREFIX)
