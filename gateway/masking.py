"""Masks what must not be read in logs and in the journal: secrets wholly, card and contract ids but for their ends.

A message is taken apart as JSON or XML, whatever its protocol, and masked by the names of its private members, with
everything below them. What is neither, or too large, is masked by patterns; so a message that nobody could decode is
masked as well.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator

from lxml import etree

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
    "contract_id",
    "contract_alias",
    "visual_number",
)
LARGEST = 2_000_000
"""Characters of a message that is still taken apart."""
_AS_SPELLED = "Value"
"""A common word in other spellings; the other names are private in any case, as the readers forgive case."""
_Mask = Callable[[str], str]


def masked_value(text: str) -> str:
    """`04A2B3C4D5E680` becomes `04…80`; short values vanish."""
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"


def masked(text: str) -> str:
    """A JSON or XML message with its private values masked."""
    begins = text[:100].lstrip("\ufeff \t\r\n")[:1] if len(text) <= LARGEST else ""
    parted = _masked_json(text) if begins in ("{", "[") else _masked_xml(text) if begins == "<" else None
    return _by_patterns(text) if parted is None else parted


def masked_bytes(body: bytes) -> str:
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return masked(
        body.decode("utf-16" if wide else "utf-8", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )


_AUTHORIZATION = re.compile(r"(?i)^(authorization|cookie|set-cookie)$")


def masked_header(name: str, value: str) -> str:
    return "***" if _AUTHORIZATION.match(name) else value


_CARD = r"[0-9A-F]{20}|[0-9A-F]{14}|(?=[0-9]{0,7}[A-F])[0-9A-F]{8}(?!-[0-9A-F])"
_CONTRACT = (
    r"(?=[\w*\-]{0,20}[0-9])(?:[A-Z]{2}[*\-]?[A-Z0-9]{3}[*\-]?C[A-Z0-9]{8}(?:[*\-]?[A-Z0-9])?"
    r"|[A-Z]{2}-[A-Z0-9]{3}-[A-Z0-9]{9}(?:-[A-Z0-9])?"
    r"|[A-Z]{2}[*\-][A-Z0-9]{3}(?:-|\*(?!E))[A-Z0-9]{6}[*\-]?[0-9X]"
    r"|(?-i:[A-Z]{2}[A-Z0-9]{3}(?!E)[A-Z0-9]{6}[0-9X]))"
)
_ID = re.compile(rf"(?i)(?<!\w)(?:{_CARD}|{_CONTRACT})(?!\w)")


def masked_ids(text: str) -> str:
    """Free text with what looks like a card number or a contract id masked; ids of sessions and EVSEs stay."""
    return _ID.sub(lambda found: masked_value(found[0]), text)


# --- names -------------------------------------------------------------------------------------------------------


def _secret(_: str) -> str:
    return "***"


def _hidden(_: str) -> str:
    return "…"


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names if name != _AS_SPELLED)


_SECRET_NAMES, _PERSONAL_NAMES = _folded(SECRET), _folded(PERSONAL)


def _mask_of(name: str) -> _Mask | None:
    """How the value of a member is masked; None: not at all."""
    folded = name.lower()
    if name == _AS_SPELLED or folded in _SECRET_NAMES:
        return _secret
    return masked_value if folded in _PERSONAL_NAMES else None


def _deeper(mask: _Mask | None) -> _Mask | None:
    """Of what is in pieces nothing is shown."""
    return _hidden if mask is masked_value else mask


# --- JSON --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s"{}\[\],:]+|\s+', re.DOTALL)


def _masked_json(text: str) -> str | None:
    """All but the private values stays as it is spelled; None for what is no JSON."""
    bare = text.lstrip("\ufeff")
    try:
        json.loads(bare, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return "".join(_masked_tokens(bare))


def _masked_tokens(text: str) -> Iterator[str]:
    levels: list[tuple[bool, _Mask | None]] = []
    """Of each container: whether it is an object, and how everything in it is masked."""
    named, mask = False, None
    for token in _TOKEN.findall(text):
        first = token[0]
        if first in "{[":
            named, mask = first == "{", _deeper(mask)
            levels.append((named, mask))
        elif first in "}]":
            levels.pop()
        elif first == ",":
            named, mask = levels[-1]
        elif first == ":":
            named = False
        elif not first.isspace():
            if named:
                mask = levels[-1][1] or _mask_of(_unquoted(token))
            token = _masked_name(token, levels[-1][1]) if named else _masked_scalar(token, mask)
        yield token


def _masked_name(token: str, mask: _Mask | None) -> str:
    """Below a private member a name may be what it names."""
    return token if mask is None else _quoted(masked_ids(_unquoted(token)))


def _masked_scalar(token: str, mask: _Mask | None) -> str:
    if token == "null":
        return token
    if mask is not None:
        return _quoted(mask(_unquoted(token))) if token[0] == '"' else mask(token)
    if "<" not in token and "\\" not in token:
        return token
    text = _unquoted(token)
    inner = _by_patterns(text)
    return token if inner == text else _quoted(inner)


def _unquoted(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _quoted(text: str) -> str:
    """Half a surrogate pair, which an escape can say, becomes what a database can store."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)


# --- XML ---------------------------------------------------------------------------------------------------------

_DECLARATION = re.compile(r"\ufeff?\s*(<\?xml[^>]*\?>\s*)?")


def _masked_xml(text: str) -> str | None:
    """Names, namespaces and prefixes stay as they are, comments go; None for what is no XML."""
    head = _DECLARATION.match(text)
    body = text[head.end() :] if head else text
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    _mask_element(root, None)
    return (head[1] or "" if head else "") + etree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _mask_element(element: etree._Element, above: _Mask | None) -> None:
    mask = above or _mask_of(_local(str(element.tag)))
    below = _deeper(mask)
    for name, value in element.attrib.items():
        if not str(name).startswith("{http://www.w3.org/"):
            element.set(name, _masked_text(str(value), above or _mask_of(_local(str(name)))))
    if element.text:
        element.text = _masked_text(element.text, below if len(element) else mask)
    for child in element:
        _mask_element(child, below)
        if child.tail:
            child.tail = _masked_text(child.tail, below)


def _masked_text(text: str, mask: _Mask | None) -> str:
    bare = text.strip()
    if not bare:
        return text
    if mask is not None:
        return mask(bare)
    return _by_patterns(text) if "<" in text or '"' in text else text


# --- patterns ----------------------------------------------------------------------------------------------------


def _either(names: tuple[str, ...]) -> str:
    folded = "|".join(name for name in names if name != _AS_SPELLED)
    return f"(?i:{folded})" + (f"|{_AS_SPELLED}" if _AS_SPELLED in names else "")


def _json_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    value = r'(?<=")(?:[^"\\]|\\.)*+|(?!null)[^\s",{}\[\]]++'
    return re.compile(rf'("(?:{_either(names)})"\s*:\s*"?)({value})()')


def _xml_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    value = r"(?><!\[CDATA\[.{0,300}?\]\]>|<!--.{0,300}?-->|[^<]++)++"
    return re.compile(rf"(<(?:[\w.\-]+:)?(?:{_either(names)})(?:\s[^<>]*+)?(?<!/)>)({value})(<|\Z)", re.DOTALL)


_SECRETS = (_json_pattern(SECRET), _xml_pattern(SECRET))
_PERSONALS = (_json_pattern(PERSONAL), _xml_pattern(PERSONAL))


def _by_patterns(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***\3", text)
    for pattern in _PERSONALS:
        text = pattern.sub(lambda found: f"{found[1]}{masked_value(found[2])}{found[3]}", text)
    return text
