"""What a key of the settings looks like; apart from the sealing, so that reading settings loads no cryptography."""

import base64
import binascii

SHORTEST_PASSPHRASE = 16
_KEY_BYTES = 32


def checked_key(text: str) -> bytes | None:
    """The bytes of a key in base64, or None for a passphrase. Raises ValueError for what is neither."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) == _KEY_BYTES:
        return raw
    if len(text) < SHORTEST_PASSPHRASE:
        raise ValueError(f"a key is 32 bytes in base64, or a passphrase of at least {SHORTEST_PASSPHRASE} characters")
    return None
