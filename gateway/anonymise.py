"""Messages without the people in them: every private value replaced by another one of the same form.

Under one salt the same value gets the same replacement, in whatever case and with whatever separators it is spelled;
a salt is random and kept nowhere, so there is no way back.
"""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gateway.errors import Undecodable
from gateway.masking import PERSONAL, SECRET
from gateway.model.ids import check_digit
from gateway.private import CARD_OR_CONTRACT
from gateway.wire.xml import Element, escape_text, local_name, parse_xml, printable

_HEX, _DIGITS = "0123456789ABCDEF", "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORTEST_ANYWHERE = 6
"""Letters and digits of a value that is replaced wherever it stands; a shorter one only in its own field."""
_NAMED = frozenset(name.lower() for name in (*PERSONAL, *SECRET)) | {
    "operatorname", "suboperatorname", "ownername", "companyname", "firstname", "lastname", "username", "email",
    "hotlinephonenumber", "telephonenumber", "phonenumber", "directid", "cdrid", "transactionid",
}  # fmt: skip
_CONTRACT = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[A-Z0-9]{7,10}")
_EVSE = re.compile(r"(?i)[A-Z]{2}[*]?[A-Z0-9]{3}[*]?E[A-Z0-9*]+")
_COMMON = frozenset(("true", "false", "null", "plain", "rfid", "***"))


def _is_private(name: str) -> bool:
    return name.lower() in _NAMED or name.lower().endswith("sessionid")


@dataclass
class Anonymiser:
    """What was learned of one exchange's private values, and what stands in their place."""

    salt: bytes = field(repr=False)
    _known: dict[str, str] = field(default_factory=dict, repr=False)
    """Letters and digits of a value, upper case → those of its replacement."""
    _exact: dict[str, str] = field(default_factory=dict, repr=False)
    """Long values as a document may spell them → their replacements in the same spelling."""
    _short: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    """The same of short ones, with the field's name."""

    def learn(self, body: bytes) -> None:
        """Remembers the private values of a message, JSON or XML, and in any text those that look like ids."""
        for name, value in _fields(body):
            plain = _plain(value)
            if not plain or value.lower() in _COMMON or _EVSE.fullmatch(value):
                continue
            other = _spelled(value, self._known.setdefault(plain, self._replacement(name, plain)))
            for spelled in (_in_xml, _in_ascii, _in_json, str):
                if len(plain) < _SHORTEST_ANYWHERE:
                    self._short[name, spelled(value)] = spelled(other)
                else:
                    self._exact[spelled(value)] = spelled(other)
        for found in CARD_OR_CONTRACT.finditer(body.decode(errors="replace")):
            self._known.setdefault(_plain(found[0]), self._replacement("", _plain(found[0])))

    def applied(self, text: str) -> str:
        """The text with everything that was learned replaced."""
        for (name, value), other in self._short.items():
            text = _in_field(name, value).sub(lambda found, other=other: f"{found[1]}{other}{found[2]}", text)  # type: ignore[misc]
        loose = [r"[*\-_. +]?".join(map(re.escape, plain)) for plain in self._known if len(plain) >= _SHORTEST_ANYWHERE]
        either = [*map(re.escape, self._exact), *(f"(?i:{one})" for one in loose)]
        if not either:
            return text
        pattern = rf"(?<![^\W_])(?:{'|'.join(sorted(either, key=len, reverse=True))})(?![^\W_])"
        return re.sub(pattern, lambda found: self._other_for(found[0]), text)

    def left_in(self, body: bytes) -> bool:
        """Whether a private field still has a long value that it had: its spelling was not foreseen."""
        values = {plain for _, value in _fields(body) if len(plain := _plain(value)) >= _SHORTEST_ANYWHERE}
        return any(self._known[plain] != plain for plain in values & self._known.keys())

    def _other_for(self, text: str) -> str:
        plain = _plain(text)
        return self._exact.get(text) or _spelled(text, self._known.get(plain) or self._replacement("", plain))

    def _replacement(self, name: str, plain: str) -> str:
        kept = _kept_prefix(name, plain)
        digest = self._stream(plain)
        alphabet = _HEX if set(plain) <= set(_HEX) and not plain.isdecimal() else None
        made = plain[:kept] + "".join(_other(letter, next(digest), alphabet) for letter in plain[kept:])
        if len(plain) == 15 and _CONTRACT.fullmatch(plain) and check_digit(plain[:14]) == plain[14]:
            made = made[:14] + check_digit(made[:14])
        return made

    def _stream(self, plain: str) -> Iterator[int]:
        """Numbers that depend on the salt and the value."""
        round_number = 0
        while True:
            block = hmac.digest(self.salt, f"{round_number}/{plain}".encode(errors="replace"), "sha256")
            yield from (int.from_bytes(block[place : place + 2], "big") for place in range(0, len(block), 2))
            round_number += 1


def _kept_prefix(name: str, plain: str) -> int:
    """Who issued a contract or a CDR stays, and the letter that says what kind of id it is: so it still validates."""
    if name.lower() == "cdrid":
        return 5 if re.match("[A-Z]{2}[A-Z0-9]{3}", plain) else 0
    if not _CONTRACT.fullmatch(plain) or set(plain) <= set(_HEX):
        return 0
    return 6 if plain[5] == "C" else 5


def _other(letter: str, number: int, alphabet: str | None) -> str:
    if not letter.isascii():
        return _LETTERS[number % 26]
    chosen = alphabet or (_DIGITS if letter.isdigit() else _LETTERS)
    return chosen[number % len(chosen)]


def _plain(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _spelled(like: str, plain: str) -> str:
    """The letters and digits of `plain` with the case and the separators of `like`."""
    letters = iter(plain.lower() if like.islower() else plain)
    made = (next(letters, "") if letter.isalnum() else letter for letter in like)
    return "".join(one.lower() if letter.islower() else one for one, letter in zip(made, like, strict=True))


def _in_field(name: str, value: str) -> re.Pattern[str]:
    """A short value where it is the whole content of its field, in JSON or in XML."""
    escaped = re.escape(value)
    return re.compile(rf"((?i:\"{name}\"\s*:\s*\"|<(?:[\w.\-]+:)?{name}(?:\s[^<>]*)?>\s*)){escaped}(\"|\s*<)")


def _in_xml(text: str) -> str:
    return escape_text(printable(text))


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _in_ascii(text: str) -> str:
    return json.dumps(text)[1:-1]


# --- fields ------------------------------------------------------------------------------------------------------


def _fields(body: bytes) -> Iterator[tuple[str, str]]:
    """(name, value) of every private member of a message."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        with suppress(Undecodable):
            yield from _of_xml(parse_xml(body, trusted=True), False)
    else:
        with suppress(ValueError, RecursionError):
            yield from _of_json(json.loads(body), False, "")


def _of_json(value: Any, private: bool, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _of_json(member, private or _is_private(str(key)), str(key))
    elif isinstance(value, list):
        for member in value:
            yield from _of_json(member, private, name)
    elif private and isinstance(value, (str, int)) and not isinstance(value, bool):
        yield name, str(value)


def _of_xml(element: Element, above: bool) -> Iterator[tuple[str, str]]:
    private = above or _is_private(local_name(element))
    if private and not len(element) and (element.text or "").strip():
        yield local_name(element), (element.text or "").strip()
    for name, value in element.attrib.items():
        if _is_private(etree.QName(str(name)).localname):
            yield etree.QName(str(name)).localname, str(value)
    for child in element.iterchildren("*"):
        yield from _of_xml(child, private)
