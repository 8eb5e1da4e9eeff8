"""Masks what must not be read in logs and in the journal: secrets wholly, card and contract ids but for their ends.

Works on the text of a message, whatever its protocol, by the names of its private fields; so a message that nobody
could decode is masked as well.
"""

import codecs
import re

SECRET = ("Password", "PIN", "HashedPIN", "Value", "Salt", "accessToken")
PERSONAL = (
    "UID",
    "EvcoID",
    "PrintedNumber",
    "userId",
    "userContractIdAlias",
    "instance",
    "contractId",
    "printedNumber",
    "uid",
    "contract_id",
    "contract_alias",
    "visual_number",
)


def masked_value(text: str) -> str:
    """`04A2B3C4D5E680` becomes `04…80`; short values vanish."""
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"


def _json(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf'("(?:{"|".join(names)})"\s*:\s*"?)((?<=")(?:[^"\\]|\\.)*|(?!null)[^\s",{{}}\[\]]+)()')


def _xml(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"(<(?:[\w.\-]+:)?(?:{'|'.join(names)})(?:\s[^>]*)?>)((?:<!\[CDATA\[.*?\]\]>|[^<])*)(<)", re.DOTALL
    )


_SECRETS = (_json(SECRET), _xml(SECRET))
_PERSONALS = (_json(PERSONAL), _xml(PERSONAL))
_AUTHORIZATION = re.compile(r"(?i)^(authorization|cookie|set-cookie)$")


def masked(text: str) -> str:
    """A JSON or XML message with its private values masked."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***\3", text)
    for pattern in _PERSONALS:
        text = pattern.sub(lambda found: f"{found[1]}{masked_value(found[2])}{found[3]}", text)
    return text


def masked_bytes(body: bytes) -> str:
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return masked(
        body.decode("utf-16" if wide else "utf-8", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )


def masked_header(name: str, value: str) -> str:
    return "***" if _AUTHORIZATION.match(name) else value
