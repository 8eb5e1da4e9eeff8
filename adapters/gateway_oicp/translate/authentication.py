"""PushAuthenticationData and PullAuthenticationData, questions and answers. No PIN is written in clear."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.model.ids import PartyId
from gateway.model.messages import FetchTokens, PublishTokens, PushAction, Refusal, Tokens
from gateway.model.token import HashAlgorithm, Pin, Token, TokenType, WhitelistType
from gateway.ports import Connection
from gateway.translation import Form
from gateway_oicp import wire
from gateway_oicp.pins import is_hashable
from gateway_oicp.translate.sessions import read_reason, text, write_status
from gateway_oicp.translate.tokens import normal_uid, read_token, write_full_identification
from gateway_oicp.words import ACTION, HASH, NAME


def read_record(record: wire.AuthenticationDataRecord) -> Token:
    """An identification that cannot be read is a token without anything."""
    token = read_token(record.identification) or Token()
    legacy, own = _read_legacy(record.identification), token.pin or Pin()
    if legacy is None or own.hashed is not None or token.type is TokenType.RFID:
        return token
    return replace(token, pin=replace(legacy, clear=own.clear))


def _read_legacy(shown: wire.Identification | None) -> Pin | None:
    """A hash of OICP 2.1, by MD5 or SHA-1; its salt has no place."""
    code = shown.qr_code_identification if shown else None
    old = code.hashed_pin.legacy_hash_data if code and code.hashed_pin else None
    return Pin(hashed=old.value, algorithm=HASH.read(old.function)) if old and old.value else None


def write_record(token: Token) -> wire.AuthenticationDataRecord:
    shown = write_full_identification(token)
    code = shown.qr_code_identification if shown else None
    if code is None:
        return wire.AuthenticationDataRecord(identification=shown)
    hashed = wire.QrCodeIdentification(evco_id=code.evco_id, hashed_pin=_write_hash(token.pin))
    return wire.AuthenticationDataRecord(identification=wire.Identification(qr_code_identification=hashed))


def _write_hash(pin: Pin | None) -> wire.HashedPin | None:
    if pin is None or pin.hashed is None or pin.algorithm is not HashAlgorithm.BCRYPT:
        return None
    return wire.HashedPin(value=pin.hashed, function=HASH.write(pin.algorithm))


RECORD = Form(NAME, wire.AuthenticationDataRecord, Token, read_record, write_record)


# --- PushAuthenticationData --------------------------------------------------------------------------------------


def read_push_tokens(model: wire.PushAuthenticationData) -> PublishTokens:
    told = model.provider_authentication_data
    return PublishTokens(
        action=(model.action_type and ACTION.read(model.action_type)) or PushAction.UPDATE,
        provider=PartyId.read(told.provider_id) if told else None,
        tokens=tuple(map(RECORD.read, told.authentication_data_record)) if told else (),
    )


def write_push_tokens(message: PublishTokens) -> wire.PushAuthenticationData:
    return wire.PushAuthenticationData(
        action_type=ACTION.write(message.action),
        provider_authentication_data=_write_group(message.provider, message.tokens),
    )


def _write_group(provider: PartyId | None, tokens: Sequence[Token]) -> wire.ProviderAuthenticationData:
    return wire.ProviderAuthenticationData(
        provider_id=text(provider),
        authentication_data_record=tuple(RECORD.write(replace(token, provider=None)) for token in tokens),
    )


# --- PullAuthenticationData --------------------------------------------------------------------------------------


def read_pull_tokens(model: wire.PullAuthenticationData) -> FetchTokens:
    return FetchTokens(operator=PartyId.read(model.operator_id))


def write_pull_tokens(message: FetchTokens) -> wire.PullAuthenticationData:
    return wire.PullAuthenticationData(operator_id=text(message.operator))


def read_tokens(model: wire.AuthenticationData) -> Tokens:
    groups = model.authentication_data.provider_authentication_data if model.authentication_data else ()
    return Tokens(
        tokens=tuple(token for group in groups for token in _read_group(group)),
        reason=read_reason(model.status_code),
    )


def _read_group(group: wire.ProviderAuthenticationData) -> Iterator[Token]:
    provider = PartyId.read(group.provider_id)
    return (replace(RECORD.read(record), provider=provider) for record in group.authentication_data_record)


def write_tokens(answer: Tokens) -> wire.AuthenticationData:
    providers = dict.fromkeys(token.provider for token in answer.tokens)
    groups = tuple(
        _write_group(provider, [token for token in answer.tokens if token.provider == provider])
        for provider in providers
    )
    reason = answer.reason
    return wire.AuthenticationData(
        authentication_data=wire.ListedAuthenticationData(provider_authentication_data=groups),
        status_code=write_status(reason.code, reason) if reason and reason.code else None,
    )


# --- what is not uploaded ----------------------------------------------------------------------------------------


def sorted_out(
    message: PublishTokens, connection: Connection, now: datetime
) -> tuple[Sequence[Token], Sequence[Refusal]]:
    """(the tokens that may be sent, the others with the reason)."""
    staying: dict[str, Token] = {}
    declined: list[Refusal] = []
    for token in message.tokens:
        why = _foreign(token, connection) or _unsayable(token)
        if why is None and message.action is not PushAction.DELETE:
            why = _unwanted(token, now)
        key = _key(token)
        if why is None and key in staying:
            why = "not sent: it stands twice in the list"
        if why is None:
            staying[key] = token
        else:
            declined.append(Refusal(uid=token.uid, text=why))
    return list(staying.values()), declined


def _key(token: Token) -> str:
    """A card is the same one with and without its contract, a contract another one with a PIN."""
    if token.type is TokenType.RFID:
        return f"card {normal_uid(token.uid)}"
    contract = token.contract_id.compact if token.contract_id else token.uid
    return f"{token.type} {contract} {token.pin is not None}"


def _foreign(token: Token, connection: Connection) -> str | None:
    """What the hub would refuse with 019."""
    party = token.contract_id.party if token.contract_id else None
    if party is None or connection.carries(party):
        return None
    return f"not sent (019): its contract is one of {party}, which is no provider of this connection"


def _unsayable(token: Token) -> str | None:
    if token.hashed_by is not None:
        return "not sent: OICP takes numbers of cards in clear only"
    if token.pin is not None and token.pin.hashed and token.pin.algorithm is not HashAlgorithm.BCRYPT:
        return "not sent: OICP takes PINs hashed by bcrypt only"
    if token.pin is not None and not is_hashable(token.pin):
        return "not sent: a PIN has at most 20 characters, and 72 bytes"
    return "not sent: OICP has no identification for it" if write_record(token).identification is None else None


def _unwanted(token: Token, now: datetime) -> str | None:
    """What is uploaded is authorised without asking."""
    if token.valid is False or (token.expires is not None and token.expires <= now):
        return "not sent: it is not valid, and the hub would authorise it"
    return "not sent: it must not be authorised offline" if token.whitelist is WhitelistType.NEVER else None
