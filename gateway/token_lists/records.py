"""One token as one record for one hub: its name, its digest as it would be written, and what stands against it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gateway.canonical import from_json, to_json
from gateway.errors import Invalid
from gateway.findings import Finding, Severity, errors
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.ids import PartyId
from gateway.model.token import Token
from gateway.token_lists.results import BrokenToken, label
from gateway.wire import findings

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""The end of validity in the digest of a token that the gateway prolongs: a later end is no other content."""


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """`renews`: its issuer named no end of validity, so the gateway sets one and prolongs it."""

    key: str
    token: Token
    provider: PartyId
    document: str
    digest: str
    renews: bool


def key_of(token: Token) -> str:
    """What names a token at a hub, as a digest: its number or hash, how that is represented, its kind, its contract.

    A contract may have several tokens, and a token may be listed in clear and hashed (OCHP 1.4, EmtId).
    """
    contract = token.contract_id.compact if token.contract_id is not None else ""
    parts = (number_of(token), token.hashed_by or "", token.type or "", contract)
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def number_of(token: Token) -> str:
    """Its number or hash, whose case does not matter."""
    return (token.uid or "").upper()


def document_of(token: Token) -> str:
    return json.dumps(to_json(token), sort_keys=True)


def token_of(document: str) -> Token:
    """Raises Invalid for what is no token."""
    try:
        return from_json(Token, json.loads(document))
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid([Finding("", Severity.ERROR, "malformed", f"unreadable in the store: {error}")]) from None


def provider_of(token: Token) -> PartyId | None:
    return token.contract_id.party if token.contract_id is not None else token.provider


def prepared(hub: Hub, tokens: Iterable[Token]) -> tuple[dict[str, TokenRecord], list[BrokenToken]]:
    """(records by key, what cannot be used). Of two with one key the last counts. Writes each one, which takes time."""
    records: dict[str, TokenRecord] = {}
    broken = []
    for place, token in enumerate(tokens):
        fault = _fault(hub, token)
        made = record(hub, token) if fault is None else [fault]
        if isinstance(made, TokenRecord):
            records[made.key] = made
        else:
            broken.append(BrokenToken(place, label(token), tuple(made)))
    return records, broken


def _fault(hub: Hub, token: Token) -> Finding | None:
    if token.pin is not None and token.pin.clear:
        return Finding("/pin/clear", Severity.ERROR, "secret", "a PIN in clear is not stored: hash it")
    provider = provider_of(token)
    if provider is None:
        return Finding("/contract_id", Severity.ERROR, "missing", "it has neither a contract id nor a provider")
    if not hub.connection.carries(provider):
        text = f"provider {provider} is not on connection {hub.connection.name}; add it under its operators"
        return Finding("/contract_id", Severity.ERROR, "foreign", text)
    return None


def record(hub: Hub, token: Token) -> TokenRecord | Sequence[Finding]:
    """The record of a token of one of the account's providers, or the errors that keep it from being sent."""
    timed = token if token.expires is not None else replace(token, expires=_ALWAYS)
    message = m.PublishTokens(action=m.PushAction.UPDATE, provider=hub.connection.party, tokens=(timed,))
    parts = hub.adapter.writes[m.PublishTokens](message)
    broken = errors([finding for part in parts for finding in findings(part.model)])
    if broken:
        return broken
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hub.adapter.render(part, None))
    seen: Any = parts[0].form.read(parts[0].model)
    at_hub = seen.tokens[0] if getattr(seen, "tokens", ()) else token
    provider = provider_of(token)
    assert provider is not None
    return TokenRecord(
        key=key_of(at_hub),
        token=token,
        provider=provider,
        document=document_of(token),
        digest=digest.hexdigest(),
        renews=token.expires is None,
    )


def of_file(content: bytes, name: str) -> tuple[Token, ...]:
    """Tokens from a file: canonical JSON, `{"tokens": […]}` or the list alone. Raises Invalid."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, str(error)) from None
    given = document.get("tokens") if isinstance(document, dict) else document
    if not isinstance(given, list):
        raise _unreadable(name, "there is no list `tokens`")
    listed: m.Tokens = from_json(m.Tokens, {"tokens": given})
    return listed.tokens


def _unreadable(name: str, words: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "malformed", f"{name} is no canonical JSON with tokens: {words}")])
