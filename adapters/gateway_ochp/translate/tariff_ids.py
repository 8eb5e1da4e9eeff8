"""Ids of tariffs: OCHP's are operator, T, and one to ten characters (TariffId); other platforms' may be anything."""

import re
from base64 import b32encode
from hashlib import sha256

from phonenumbers import region_code_for_country_code

from gateway.model.ids import PartyId
from gateway_ochp import rules
from gateway_ochp.fitting import fits

LONGEST = 10
_SHOWN = 2
_OPERATOR = re.compile(r"([A-Za-z]{2})\*?([A-Za-z0-9]{3})")


def write_tariff_id(name: str | None, operator: str) -> str | None:
    """The id as it is where it fits, else one below the operator (`DE823`): the name itself, or a digest of it.

    None where no operator is known to put it below.
    The same name gives the same id in a tariff and in a connector, whatever its case: OCPI compares ids without it.
    """
    if not name or fits(rules.TARIFF_ID, name):
        return name or None
    if not operator:
        return None
    bare = name.upper()
    if not re.fullmatch(rf"[A-Z0-9]{{1,{LONGEST}}}", bare):
        digest = b32encode(sha256(bare.encode()).digest()).decode()
        bare = (re.sub(r"[^A-Z0-9]", "", bare)[:_SHOWN] + digest)[:LONGEST]
    return f"{operator}T{bare}"


def operator_text(operator: PartyId | None) -> str:
    """The five characters of an operator; of a DIN id by its dialling code, as in EVSE ids."""
    if operator is None or not operator.country.startswith("+"):
        return operator.compact if operator is not None else ""
    return f"{region_code_for_country_code(int(operator.country[1:]))}{operator.party}"


def operator_of(tariff_id: str | None) -> PartyId | None:
    """Whose tariff it is: the five characters that its id begins with."""
    if tariff_id is None or not fits(rules.TARIFF_ID, tariff_id):
        return None
    match = _OPERATOR.match(tariff_id)
    return PartyId(match[1].upper(), match[2].upper()) if match is not None else None


def tariff_key(tariff_id: str | None) -> str:
    """What the clearing house compares: without the two separators, in capitals (its change log 3.0)."""
    return re.sub(r"^([A-Z0-9]{2})\*([A-Z0-9]{3})\*", r"\1\2", (tariff_id or "").upper())
