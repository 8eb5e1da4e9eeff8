"""Seals what the journal keeps: AES-256-GCM under a key of the settings, and a keyed hash of what a card is called.

A key is given as 32 bytes in base64, or as a passphrase of at least 16 characters. The first of several
seals, all open.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import GatewayError
from gateway.secret import checked_key

_NONCE_BYTES = 12
_SALT = b"roaming-gateway journal"
"""No secret: it keeps a passphrase's key apart from those of other programs. The work of scrypt protects it."""


class Unopened(GatewayError):
    """Sealed bytes that no key of the settings opens, in words for the person who asked."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One key, with what is derived from it. `id` tells which key sealed something, and nothing about the key."""

    id: str
    cipher: AESGCM
    hashing: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises ValueError for what is neither 32 bytes in base64 nor a passphrase."""
        master = _bytes_of(text)
        sealing, hashing, name = (hmac.digest(master, purpose, "sha256") for purpose in (b"seal", b"hash", b"name"))
        return cls(name.hex()[:8], AESGCM(sealing), hashing)

    def hashed(self, text: str) -> str:
        return hmac.digest(self.hashing, text.encode("utf-8", "replace"), "sha256").hex()


def _bytes_of(text: str) -> bytes:
    raw = checked_key(text)
    return raw or hashlib.scrypt(text.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of the settings; empty where there is none."""

    keys: tuple[Key, ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Raises ValueError."""
        return cls(tuple(Key.of(text) for text in texts))

    def __bool__(self) -> bool:
        return bool(self.keys)

    @property
    def sealing(self) -> str | None:
        """The id of the key that seals; None where nothing can be sealed."""
        return self.keys[0].id if self.keys else None

    def seal(self, content: bytes, place: str) -> bytes:
        """Nonce and sealed bytes. They open only with the same `place`, so that none is put in another's."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self.keys[0].cipher.encrypt(nonce, content, place.encode())

    def opened(self, sealed: bytes, key: str, place: str) -> bytes:
        """Raises Unopened."""
        known = next((one for one in self.keys if one.id == key), None)
        if known is None:
            raise Unopened(f"cannot be opened: sealed with key {key}, which the settings do not have")
        try:
            return known.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise Unopened(f"cannot be opened: what key {key} sealed has been damaged") from None

    def hashes(self, text: str) -> tuple[str, ...]:
        """What `text` is called under each key; the first is today's."""
        return tuple(key.hashed(text) for key in self.keys)
