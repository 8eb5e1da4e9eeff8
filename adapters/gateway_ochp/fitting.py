"""How a text is made to fit the narrow types of OCHP: cut, in capitals, or left out. Nothing is made up."""

import hashlib
import re
from functools import lru_cache

from phonenumbers import region_code_for_country_code

from gateway.model.ids import ContractId, EvseId
from gateway.wire.declared import Rule
from gateway_ochp import rules

NOTHING = "-"
"""What the clearing house fills mandatory fields with that a partner left empty (change log 3.0, May 2025)."""


def fits(rule: Rule, text: str) -> bool:
    return rule.broken(text) is None


def told(text: str | None) -> str | None:
    """A text that says something: the hub's filler is nothing."""
    return None if text == NOTHING else text


def cut(text: str | None, length: int) -> str | None:
    return None if text is None else text[:length]


def fitted(text: str | None, rule: Rule, *, foreign: str, filler: str = "") -> str | None:
    """`text` in capitals, characters that match `foreign` replaced; None where it still does not fit."""
    if text is None:
        return None
    mended = _mended(text, foreign, filler)
    return mended if fits(rule, mended) else None


@lru_cache(maxsize=2048)
def _mended(text: str, foreign: str, filler: str) -> str:
    return re.sub(foreign, filler, text.upper()).strip()


def short_id(text: str | None) -> str | None:
    """A location id of at most 15 capitals and digits: the text itself where it fits, else a stable short form."""
    if not text:
        return None
    bare = re.sub(r"[^A-Z0-9 ]", "", text.upper()).strip()
    return bare if text.upper() == bare and len(bare) <= 15 else shortened(bare or "X", 15, seed=text)


def shortened(text: str, length: int, seed: str = "") -> str:
    """Keeps the beginning and ends in a digest of the whole, so that two long ids never become one."""
    digest = hashlib.sha256((seed or text).encode()).digest()
    tail = _base36(int.from_bytes(digest[:8], "big"))[:11].rjust(11, "0")
    tail = tail[-min(11, length - 4) :]
    return text.replace(" ", "")[: length - len(tail)] + tail


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits or "0"


def write_evse_id(evse: EvseId | None) -> str | None:
    """As received; a DIN id by OCHP's rule: `+49*823*1234*5678` is `DE*823*E1234*5678` (OCHP 1.4, EvseId)."""
    if evse is None or evse.party is None or not evse.party.country.startswith("+"):
        return str(evse) if evse is not None else None
    country = region_code_for_country_code(int(evse.party.country[1:]))
    return f"{country}*{evse.party.party}*E{str(evse).split('*', 2)[2]}"


def write_contract_id(contract: ContractId | None) -> str | None:
    """Separators everywhere or nowhere; a DIN id by OCHP's rule: `DE-8AA-123A56-3` is `DE-8AA-00123A563`."""
    if contract is None or fits(rules.CONTRACT_ID, str(contract)):
        return str(contract) if contract is not None else None
    key = contract.compact
    if len(key) == 12:
        return f"{key[:2]}-{key[2:5]}-00{key[5:]}"
    return key if fits(rules.CONTRACT_ID, key) else str(contract)


def operator_prefix(evse: EvseId | None) -> str:
    """The five characters of the operator, as a CDR id begins with them."""
    party = evse.party if evse is not None else None
    if party is not None and party.country.isalpha():
        return party.compact
    written = EvseId.read(write_evse_id(evse))
    return written.party.compact if written is not None and written.party is not None else ""
