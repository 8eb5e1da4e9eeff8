"""Identifiers of ISO 15118 and DIN SPEC 91286: compared by meaning, printed as received.

`parse` is for what we are given by our own side and refuses what is no identifier; `read` is for what a partner
sent and keeps anything, with `well_formed` telling the difference.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

_COUNTRY = r"(?P<country>[A-Za-z]{2}|\+?[0-9]{1,3}(?=\*))"
_PARTY = re.compile(rf"{_COUNTRY}[*\-]?(?P<party>[A-Za-z0-9]{{3}})")
_ISO_EVSE = re.compile(
    r"(?P<country>[A-Za-z]{2})\*?(?P<party>[A-Za-z0-9]{3})\*?(?P<kind>[A-Za-z])(?P<rest>[A-Za-z0-9*]{1,31})"
)
_DIN_EVSE = re.compile(r"(?P<country>\+?[0-9]{1,3})\*(?P<party>[0-9]{3})\*(?P<rest>[0-9*]{1,32})")
_ISO_CONTRACT = re.compile(
    r"(?P<country>[A-Za-z]{2})-?(?P<party>[A-Za-z0-9]{3})-?(?P<instance>[A-Za-z0-9]{9})-?(?P<check>[A-Za-z0-9])?"
)
_DIN_CONTRACT = re.compile(
    r"(?P<country>[A-Za-z]{2})[*\-]?(?P<party>[A-Za-z0-9]{3})[*\-]?(?P<instance>[A-Za-z0-9]{6})[*\-]?(?P<check>[0-9A-Za-z])"
)
_KINDS = {"C": "a contract id", "P": "a pool id", "S": "a station id", "T": "a tariff id", "X": "a connector id"}


def _key(text: str) -> str:
    return re.sub(r"[*\-|\s]", "", text).upper()


@dataclass(frozen=True, slots=True)
class PartyId:
    """A party: country (ISO 3166-1 alpha-2, or the dialling code of a DIN id) and three characters, e.g. `NL*LON`."""

    country: str
    party: str
    spelling: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError naming the first wrong position."""
        match = _PARTY.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a party id (two letters and three characters): {_first_fault(text)}")
        country = match["country"].upper().removeprefix("+")
        return cls(f"+{country}" if country.isdigit() else country, match["party"].upper(), text.strip())

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """What a partner sent; text that is no party id keeps its spelling and equals only itself."""
        if not text:
            return None
        try:
            return cls.parse(text)
        except ValueError:
            return cls("", _key(text), text)

    @property
    def well_formed(self) -> bool:
        return bool(self.country)

    @property
    def compact(self) -> str:
        """Without separators: `NLLON`."""
        return f"{self.country}{self.party}"

    def __str__(self) -> str:
        return self.spelling or f"{self.country}*{self.party}"


def _first_fault(text: str) -> str:
    letters = [(position, letter) for position, letter in enumerate(text, 1) if letter not in "*-"]
    for index, (position, letter) in enumerate(letters):
        wanted = str.isalpha if index < 2 else str.isalnum
        if not (letter.isascii() and wanted(letter)):
            return f"character {letter!r} at position {position}"
    return f"{len(letters)} characters without separators, 5 expected"


@lru_cache(maxsize=2048)
def _party(country: str, party: str) -> PartyId:
    """Parties are few, their EVSEs many."""
    parsed = PartyId.parse(f"{country}*{party}")
    return PartyId(parsed.country, parsed.party)


@dataclass(frozen=True, slots=True)
class EvseId:
    """An EVSE identifier; `outlet` is everything behind the party, without separators and type letter."""

    party: PartyId | None
    outlet: str
    spelling: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError saying what the text is instead, where that can be told."""
        text = text.strip()
        iso = _ISO_EVSE.fullmatch(text)
        if iso is not None and iso["kind"].upper() != "E":
            what = _KINDS.get(iso["kind"].upper())
            raise ValueError(
                f"{text!r}: this is {what}" if what else f"{text!r} is not an EVSE id: type letter {iso['kind']!r}"
            )
        match = iso or _DIN_EVSE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not an EVSE id")
        return cls(_party(match["country"], match["party"]), _key(match["rest"]), text)

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        if not text:
            return None
        try:
            return cls.parse(text)
        except ValueError:
            return cls(None, _key(text), text)

    @property
    def well_formed(self) -> bool:
        return self.party is not None

    @property
    def split(self) -> tuple[str, str] | None:
        """(station, point), only where a separator shows the border: `NLLONE111111` has no split."""
        if self.party is None:
            return None
        match = _ISO_EVSE.fullmatch(self.spelling) or _DIN_EVSE.fullmatch(self.spelling)
        parts = match["rest"].strip("*").split("*") if match is not None else []
        return (parts[0], parts[1]) if len(parts) == 2 else None

    @property
    def compact(self) -> str:
        """The key to index by: no separators, upper case."""
        return _key(self.spelling) if self.party is None else f"{self.party.compact}E{self.outlet}"

    def __str__(self) -> str:
        return self.spelling or self.compact


@dataclass(frozen=True, slots=True)
class ContractId:
    """A contract (EMAID, EVCO id); the optional check digit does not take part in comparison."""

    party: PartyId | None
    instance: str
    spelling: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        match = _ISO_CONTRACT.fullmatch(text.strip()) or _DIN_CONTRACT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a contract id")
        return cls(PartyId(match["country"].upper(), match["party"].upper()), match["instance"].upper(), text.strip())

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        if not text:
            return None
        try:
            return cls.parse(text)
        except ValueError:
            return cls(None, _key(text), text)

    @property
    def well_formed(self) -> bool:
        return self.party is not None

    @property
    def compact(self) -> str:
        return _key(self.spelling)

    def __str__(self) -> str:
        return self.spelling or f"{self.party.compact if self.party else ''}{self.instance}"


def check_digit(contract: str) -> str:
    """The ISO 15118-2 check digit of the 14 characters of a contract id (separators do not count).

    The specifications' own examples fail it: use it to warn, never to refuse.
    """
    characters = _key(contract)[:14]
    if len(characters) != 14 or not characters.isascii() or not characters.isalnum():
        raise ValueError(f"{contract!r} has no 14 characters to compute a check digit from")
    t1, t2 = (0, 0), (0, 0)
    p1, p2 = ((0, 1), (1, 1)), ((0, 1), (1, 2))
    m1, m2 = p1, p2
    for character in characters:
        value = int(character, 36)
        t1 = _add(t1, _times((value // 18, (value // 9) % 2), m1), 2)
        t2 = _add(t2, _times(((value // 3) % 3, value % 3), m2), 3)
        m1, m2 = _product(m1, p1, 2), _product(m2, p2, 3)
    q = _times(t2, ((0, 2), (2, 1)))
    number = (t1[0] % 2) * 18 + (t1[1] % 2) * 9 + (q[0] % 3) * 3 + q[1] % 3
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]


_Pair = tuple[int, int]
_Matrix = tuple[_Pair, _Pair]


def _times(v: _Pair, m: _Matrix) -> _Pair:
    return v[0] * m[0][0] + v[1] * m[1][0], v[0] * m[0][1] + v[1] * m[1][1]


def _add(a: _Pair, b: _Pair, modulus: int) -> _Pair:
    return (a[0] + b[0]) % modulus, (a[1] + b[1]) % modulus


def _product(a: _Matrix, b: _Matrix, modulus: int) -> _Matrix:
    rows = (_times(a[0], b), _times(a[1], b))
    return (rows[0][0] % modulus, rows[0][1] % modulus), (rows[1][0] % modulus, rows[1][1] % modulus)
