"""Masks what must not be read in logs and in the journal: secrets wholly, card and contract ids but for their ends.

A message is taken apart as JSON or XML, whatever its protocol, and masked by the names of its private members, with
everything below them. What is neither, or too large, is masked by patterns; so a message that nobody could decode is
masked as well.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from gateway.private import PERSONAL, PROSE, SECRET, masked_ids, masked_value

__all__ = [
    "PERSONAL",
    "SECRET",
    "masked",
    "masked_bytes",
    "masked_header",
    "masked_ids",
    "masked_value",
    "without_secrets",
]
LARGEST = 2_000_000
"""Characters of a message that is still taken apart."""
_AS_SPELLED = "Value"
"""A common word in other spellings; the other names are private in any case, as the readers forgive case."""
_Mask = Callable[[str], str]


def masked(text: str) -> str:
    """A JSON or XML message with its private values masked."""
    return _masked(text, _ALL)


def masked_bytes(body: bytes) -> str:
    text = body.decode(_encoding(body), errors="replace")
    return masked(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _encoding(body: bytes) -> str:
    """By its beginning, as RFC 4627 section 3 tells; XML begins no differently."""
    found = json.detect_encoding(body)
    return found if found.startswith(("utf-16", "utf-32")) else "utf-8"


def without_secrets(body: bytes) -> bytes:
    """A message with its secrets masked and all else byte for byte as it is, where it is well-formed.

    Personal ids stay: this is for what is sealed afterwards.
    """
    encoding = _encoding(body)
    if encoding != "utf-8":
        return _bare(body.decode(encoding, errors="replace")).encode(encoding, errors="replace")
    if not _MAY_HAVE_SECRETS.search(body):
        return body
    return _bare(body.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def _bare(text: str) -> str:
    if text[:100].lstrip("\ufeff \t\r\n")[:1] == "<":
        bare = _by_patterns(text, _SECRETS)
        if not _A_SECRET.search(_DONE.sub("", bare)):
            return bare
    return _masked(text, _SECRETS_ALONE)


def _masked(text: str, kind: "_Kind") -> str:
    begins = text[:100].lstrip("\ufeff \t\r\n")[:1] if len(text) <= LARGEST else ""
    read = _masked_json if begins in ("{", "[") else _masked_xml if begins == "<" else None
    parted = read(text, kind) if read else None
    return _by_patterns(text, kind.patterns) if parted is None else parted


_AUTHORIZATION = re.compile(r"(?i)(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|.*-token")


def masked_header(name: str, value: str) -> str:
    return "***" if _AUTHORIZATION.fullmatch(name) else value


# --- names -------------------------------------------------------------------------------------------------------


def _secret(_: str) -> str:
    return "***"


def _hidden(_: str) -> str:
    return "…"


def _told(text: str) -> str:
    """Words for people: what looks like an id, and messages within them."""
    return masked_ids(_by_patterns(text, _ALL.patterns))


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names if name != _AS_SPELLED)


_SECRET_NAMES, _PERSONAL_NAMES, _PROSE_NAMES = _folded(SECRET), _folded(PERSONAL), _folded(PROSE)


def _of_secret(name: str) -> _Mask | None:
    """How the value of a member is masked; None: not at all."""
    return _secret if name == _AS_SPELLED or name.lower() in _SECRET_NAMES else None


def _of_private(name: str) -> _Mask | None:
    if name.lower() in _PROSE_NAMES:
        return _told
    return _of_secret(name) or (masked_value if name.lower() in _PERSONAL_NAMES else None)


def _deeper(mask: _Mask | None) -> _Mask | None:
    """Of what is in pieces nothing is shown."""
    return _hidden if mask is masked_value else mask


# --- JSON --------------------------------------------------------------------------------------------------------

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_TEXT = re.compile(r'"([^"]*)"(\s*:\s*)?')
"""A text without escapes; a member's name has its colon."""
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s"{}\[\],:]+|\s+', re.DOTALL)


def _masked_json(text: str, kind: "_Kind") -> str | None:
    """All but the private values stays as it is spelled; None for what is no JSON."""
    bare = text.lstrip("\ufeff")
    try:
        _DECODER.decode(bare)
    except (ValueError, RecursionError):
        return None
    plain = _masked_texts(bare, kind) if "\\" not in bare and "<" not in bare else None
    return "".join(_masked_tokens(bare, kind)) if plain is None else plain


def _masked_texts(text: str, kind: "_Kind") -> str | None:
    """Of JSON without escapes, where a quote can only end a text; None where a private member is more than a text."""
    pieces, done = [], 0
    for found in _TEXT.finditer(text):
        mask = kind.mask_of(found[1]) if found[2] else None
        if mask is not None:
            begin = found.end()
            if text[begin] != '"':
                return None
            end = text.index('"', begin + 1)
            pieces += [text[done:begin], _quoted(mask(text[begin + 1 : end]))]
            done = end + 1
    return "".join([*pieces, text[done:]])


def _masked_tokens(text: str, kind: "_Kind") -> Iterator[str]:
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
                mask = levels[-1][1] or kind.mask_of(_unquoted(token))
            token = _masked_name(token, levels[-1][1]) if named else _masked_scalar(token, mask, kind)
        yield token


def _masked_name(token: str, mask: _Mask | None) -> str:
    """Below a private member a name may be what it names."""
    return token if mask is None else _quoted(masked_ids(_unquoted(token)))


def _masked_scalar(token: str, mask: _Mask | None, kind: "_Kind") -> str:
    if token == "null":
        return token
    if mask is not None:
        return _quoted(mask(_unquoted(token))) if token[0] == '"' else mask(token)
    if "<" not in token and "\\" not in token:
        return token
    text = _unquoted(token)
    inner = _by_patterns(text, kind.patterns)
    return token if inner == text else _quoted(inner)


def _unquoted(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _quoted(text: str) -> str:
    """Half a surrogate pair, which an escape can say, becomes what a database can store."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)


# --- XML ---------------------------------------------------------------------------------------------------------

_DECLARATION = re.compile(r"\ufeff?\s*(<\?xml[^>]*\?>\s*)?")


def _masked_xml(text: str, kind: "_Kind") -> str | None:
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
    _mask_element(root, None, kind)
    return (head[1] or "" if head else "") + etree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _mask_element(element: etree._Element, above: _Mask | None, kind: "_Kind") -> None:
    mask = above or kind.mask_of(_local(str(element.tag)))
    below = _deeper(mask)
    for name, value in element.attrib.items():
        if not str(name).startswith("{http://www.w3.org/"):
            element.set(name, _masked_text(str(value), above or kind.mask_of(_local(str(name))), kind))
    if element.text:
        element.text = _masked_text(element.text, below if len(element) else mask, kind)
    for child in element:
        _mask_element(child, below, kind)
        if child.tail:
            child.tail = _masked_text(child.tail, below, kind)


def _masked_text(text: str, mask: _Mask | None, kind: "_Kind") -> str:
    bare = text.strip()
    if not bare:
        return text
    if mask is not None:
        return mask(bare)
    return _by_patterns(text, kind.patterns) if "<" in text or '"' in text else text


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
_A_SECRET = re.compile(rf"""[<:"'\s](?:{_either(SECRET)})["'\s>/=]""")
_DONE = re.compile(rf"<((?:[\w.\-]+:)?(?:{_either(SECRET)}))(?:\s[^<>]*+)?>\*\*\*</\1\s*>")
_MAY_HAVE_SECRETS = re.compile(rf"{_A_SECRET.pattern}|\\u".encode())
"""A JSON name may be spelled with escapes."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is masked: by the names of members, and by patterns where there are none."""

    mask_of: Callable[[str], _Mask | None]
    patterns: tuple[re.Pattern[str], ...]


_ALL = _Kind(_of_private, (*_SECRETS, *_PERSONALS))
_SECRETS_ALONE = _Kind(_of_secret, _SECRETS)


def _by_patterns(text: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    for pattern in patterns:
        mask = _secret if pattern in _SECRETS else masked_value
        text = pattern.sub(lambda found, mask=mask: f"{found[1]}{mask(found[2])}{found[3]}", text)  # type: ignore[misc]
    return text
