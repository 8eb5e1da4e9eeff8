"""Texts that one peer writes otherwise than the lists have them: what is understood of them, and is reported.

Every one of them was found in the public source of a peer (OpenChargingCloud/WWCP_eMIP), grade B.
"""

import re
from collections.abc import Mapping

from gateway.wire.declared import Repair

SCHEMES: Mapping[str, str] = {"EMI3_STAR": "eMI3", "EMI3_HYPHEN": "eMI3", "EMI3": "eMI3"}
"""Names of an enumeration of its own, in upper case."""
DECISIONS: Mapping[str, str] = {"OK": "1", "KO": "2"}


def leading_integer(text: str) -> tuple[str, str | None]:
    """One peer writes `1: Ok!` where `1` is meant."""
    match = re.match(r"(-?\d+)\s*:", text)
    return (match[1], f"text behind the number was left out: {text:.40}") if match else (text, None)


def decision(text: str) -> tuple[str, str | None]:
    """`OK` and `KO`, the names of the two values of authorisationValue."""
    meant = DECISIONS.get(text.upper())
    return (meant, f"{text} is the name of a value; it was read as {meant}") if meant else leading_integer(text)


def scheme(text: str) -> tuple[str, str | None]:
    """`eMI3_STAR`, the name of a naming scheme in the peer's own code."""
    meant = SCHEMES.get(text.upper())
    return (meant, f"{text:.20} was read as {meant}") if meant not in (None, text) else (text, None)


def point(text: str) -> tuple[str, str | None]:
    """`21,480`: a decimal comma of the sender's country. Thousands are not separated in eMIP."""
    whole = re.fullmatch(r"([+\-]?\d+),(\d+)", text)
    return (f"{whole[1]}.{whole[2]}", f"the decimal comma of {text:.20} was read as a point") if whole else (text, None)


BARE_CODE, DECISION, SCHEME, COMMA = Repair(leading_integer), Repair(decision), Repair(scheme), Repair(point)
