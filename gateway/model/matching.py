"""Whether a card that is held against a reader is one of a list, where the list has its number in clear or hashed.

OCHP does not say what is hashed. Measured on recorded lists: SHA-1 of the number as lower-case hex text, printed in
capitals. Other senders hash upper-case text or the bytes, so all of them are tried.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from gateway.model.token import HashAlgorithm, Token

_ALGORITHMS = {HashAlgorithm.SHA1: hashlib.sha1, HashAlgorithm.SHA256: hashlib.sha256}


class ByteOrder(StrEnum):
    """In which order a reader gives the bytes of a card's number, beside the list's (OCHP 1.4: big endian)."""

    AS_LISTED = "as listed"
    REVERSED = "reversed"
    EITHER = "either"


def matches(token: Token, presented_uid: str, byte_order: ByteOrder = ByteOrder.AS_LISTED) -> bool:
    """Whether `presented_uid` (hex digits in any case, with or without separators) is the card of `token`.

    Numbers in clear are compared without case. A token hashed by anything but SHA-1 or SHA-256 matches nothing; nor
    does one that is no card, unless it is spelled alike.
    """
    listed = _bare(token.uid)
    if not listed:
        return False
    orders = list(_ordered(_bare(presented_uid), byte_order))
    if token.hashed_by is None:
        return listed in orders
    return any(listed in _hashes(number, token.hashed_by) for number in orders)


def matching(
    tokens: Iterable[Token], presented_uid: str, byte_order: ByteOrder = ByteOrder.AS_LISTED
) -> list[Token]:  # fmt: skip
    """All tokens of a list that are this card: in clear and hashed, of one contract or of several."""
    return [token for token in tokens if matches(token, presented_uid, byte_order)]


def _bare(text: str | None) -> str:
    return re.sub(r"[:\- ]", "", text or "").upper()


def _ordered(number: str, order: ByteOrder) -> Iterator[str]:
    if order is not ByteOrder.REVERSED:
        yield number
    if order is not ByteOrder.AS_LISTED:
        pairs = [number[begin : begin + 2] for begin in range(0, len(number), 2)]
        yield "".join(reversed(pairs)) if len(number) % 2 == 0 else number


def _hashes(number: str, algorithm: HashAlgorithm) -> set[str]:
    hashed = _ALGORITHMS.get(algorithm)
    if hashed is None or not number:
        return set()
    contents = [number.lower().encode(), number.encode()]
    if re.fullmatch(r"(?:[0-9A-F]{2})+", number):
        contents.append(bytes.fromhex(number))
    return {hashed(content).hexdigest().upper() for content in contents}
