"""Tokens (crosswalk 2.7 to 2.9, inventory a.11 and a.12)."""

import re
from collections.abc import Iterable

from gateway.model.ids import ContractId
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeToken,
    FetchTokens,
    Publication,
    PublishTokens,
    PushAction,
    Refusal,
    Tokens,
)
from gateway.model.token import HashAlgorithm, Token, TokenType, WhitelistType
from gateway.translation import Form
from gateway_ochp import wire
from gateway_ochp.fitting import cut, write_contract_id
from gateway_ochp.translate.results import (
    read_accepted,
    read_reason,
    write_answer_result,
    write_result,
)
from gateway_ochp.words import AUTHORIZATION, PROTOCOL, REPRESENTATION, TECHNOLOGY, TOKEN_TYPE

LOOKS_HASHED = {40: HashAlgorithm.SHA1, 64: HashAlgorithm.SHA256}
"""Hex digits of an instance; no card has a UID of 20 or 32 bytes."""


def read_emt_id(emt_id: wire.EmtId | None) -> Token:
    if emt_id is None:
        return Token()
    kind = TOKEN_TYPE.read(emt_id.token_type)
    return Token(
        uid=_uid(emt_id.instance, kind),
        type=kind,
        technology=TECHNOLOGY.read(emt_id.token_sub_type),
        hashed_by=_hashed_by(emt_id),
    )


def _uid(instance: str | None, kind: TokenType | None) -> str | None:
    if instance is None or kind is not TokenType.RFID:
        return instance
    return re.sub(r"[:\- ]", "", instance).upper()


def _hashed_by(emt_id: wire.EmtId) -> HashAlgorithm | None:
    """The representation; where it is missing or unknown, the length tells a hash in spite of the default."""
    word = emt_id.representation or ""
    known = REPRESENTATION.read(word) if word else None
    if known is not None or word.casefold() == wire.PLAIN:
        return known
    instance = emt_id.instance or ""
    return LOOKS_HASHED.get(len(instance)) if re.fullmatch(r"[0-9A-Fa-f]+", instance) else None


def write_emt_id(token: Token) -> wire.EmtId:
    """The representation is always written. A hash that OCHP does not know cannot be sent as anything else."""
    represented = wire.PLAIN if token.hashed_by is None else REPRESENTATION.write(token.hashed_by)
    return wire.EmtId(
        instance=token.uid if represented is not None else None,
        token_type=TOKEN_TYPE.write(token.type),
        token_sub_type=TECHNOLOGY.write(token.technology),
        representation=represented,
    )


def read_token(info: wire.RoamingAuthorisationInfo) -> Token:
    """A list entry may be used offline (crosswalk, "Whitelist type"); whether it has expired depends on the day."""
    contract = ContractId.read(info.contract_id)
    token = read_emt_id(info.emt_id)
    return Token(
        uid=token.uid,
        type=token.type,
        contract_id=contract,
        visual_number=info.printed_number,
        whitelist=WhitelistType.ALLOWED,
        technology=token.technology,
        hashed_by=token.hashed_by,
        expires=info.expiry_date,
        provider=contract.party if contract is not None else None,
    )


def write_token(token: Token) -> wire.RoamingAuthorisationInfo:
    return wire.RoamingAuthorisationInfo(
        emt_id=write_emt_id(token),
        contract_id=write_contract_id(token.contract_id),
        printed_number=cut(token.visual_number, 150) or None,
        expiry_date=token.expires,
    )


TOKEN = Form(PROTOCOL, wire.RoamingAuthorisationInfo, Token, read_token, write_token)


def read_token_records(infos: Iterable[wire.RoamingAuthorisationInfo]) -> tuple[Token, ...]:
    return tuple(map(TOKEN.read, infos))


def write_token_records(tokens: Iterable[Token]) -> tuple[wire.RoamingAuthorisationInfo, ...]:
    return tuple(map(TOKEN.write, tokens))


# --- one token ---------------------------------------------------------------------------------------------------


def read_single(request: wire.GetSingleRoamingAuthorisationRequest) -> AuthorizeToken:
    return AuthorizeToken(token=read_emt_id(request.emt_id))


def write_single(message: AuthorizeToken) -> wire.GetSingleRoamingAuthorisationRequest:
    emt_id = None if message.token is None else write_emt_id(message.token)
    return wire.GetSingleRoamingAuthorisationRequest(emt_id=emt_id)


def read_authorization(response: wire.GetSingleRoamingAuthorisationResponse) -> Authorization:
    """Anything without the token's record is a no (inventory a.11)."""
    code = response.result.result_code if response.result is not None else None
    allowed = AUTHORIZATION.read(code)
    info = response.roaming_authorisation_info
    token = TOKEN.read(info) if info is not None else None
    return Authorization(
        allowed=Allowed.UNKNOWN_TOKEN if allowed is Allowed.ALLOWED and token is None else allowed,
        token=token,
        provider=token.provider if token is not None else None,
        reason=read_reason(response.result),
    )


def write_authorization(answer: Authorization) -> wire.GetSingleRoamingAuthorisationResponse:
    """A yes needs the token's record: an empty one is written where it is unknown, and reported as incomplete."""
    result = write_result(answer.reason, None)
    if answer.allowed is not AUTHORIZATION.read(result.result_code):
        result.result_code = AUTHORIZATION.write(answer.allowed) or AUTHORIZATION.write(Allowed.UNKNOWN_TOKEN)
    shown = (answer.token or Token()) if answer.allowed is Allowed.ALLOWED else None
    return wire.GetSingleRoamingAuthorisationResponse(
        result=result, roaming_authorisation_info=None if shown is None else TOKEN.write(shown)
    )


# --- token lists -------------------------------------------------------------------------------------------------


def read_published_tokens(request: wire.TokenListRequest) -> PublishTokens:
    replaces = isinstance(request, wire.SetRoamingAuthorisationListRequest)
    return PublishTokens(
        action=PushAction.REPLACE_ALL if replaces else PushAction.UPDATE,
        tokens=read_token_records(request.roaming_authorisation_info_array),
    )


def write_set_tokens(message: PublishTokens) -> wire.SetRoamingAuthorisationListRequest:
    records = write_token_records(message.tokens)
    return wire.SetRoamingAuthorisationListRequest(roaming_authorisation_info_array=records)


def write_updated_tokens(message: PublishTokens) -> wire.UpdateRoamingAuthorisationListRequest:
    records = write_token_records(message.tokens)
    return wire.UpdateRoamingAuthorisationListRequest(roaming_authorisation_info_array=records)


def read_tokens_publication(response: wire.TokenListResponse) -> Publication:
    refused = read_token_records(response.refused_roaming_authorisation_info)
    return Publication(
        accepted=read_accepted(response.result),
        reason=read_reason(response.result),
        refused=tuple(Refusal(uid=token.uid) for token in refused),
        refused_tokens=refused,
    )


def write_set_tokens_response(answer: Publication) -> wire.SetRoamingAuthorisationListResponse:
    return wire.SetRoamingAuthorisationListResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused_tokens)),
        refused_roaming_authorisation_info=write_token_records(answer.refused_tokens),
    )


def write_updated_tokens_response(answer: Publication) -> wire.UpdateRoamingAuthorisationListResponse:
    return wire.UpdateRoamingAuthorisationListResponse(
        result=write_result(answer.reason, answer.accepted, refused=bool(answer.refused_tokens)),
        refused_roaming_authorisation_info=write_token_records(answer.refused_tokens),
    )


def read_fetch_tokens(_: wire.GetRoamingAuthorisationListRequest) -> FetchTokens:
    return FetchTokens()


def write_fetch_tokens(_: FetchTokens) -> wire.GetRoamingAuthorisationListRequest:
    return wire.GetRoamingAuthorisationListRequest()


def read_tokens(response: wire.GetRoamingAuthorisationListResponse) -> Tokens:
    records = read_token_records(response.roaming_authorisation_info_array)
    return Tokens(tokens=records, reason=read_reason(response.result))


def write_tokens(answer: Tokens) -> wire.GetRoamingAuthorisationListResponse:
    return wire.GetRoamingAuthorisationListResponse(
        result=write_answer_result(answer.reason), roaming_authorisation_info_array=write_token_records(answer.tokens)
    )


def read_fetch_token_updates(request: wire.GetRoamingAuthorisationListUpdatesRequest) -> FetchTokens:
    return FetchTokens(since=request.last_update)


def write_fetch_token_updates(message: FetchTokens) -> wire.GetRoamingAuthorisationListUpdatesRequest:
    return wire.GetRoamingAuthorisationListUpdatesRequest(last_update=message.since)


def read_token_updates(response: wire.GetRoamingAuthorisationListUpdatesResponse) -> Tokens:
    records = read_token_records(response.roaming_authorisation_info)
    return Tokens(tokens=records, reason=read_reason(response.result))


def write_token_updates(answer: Tokens) -> wire.GetRoamingAuthorisationListUpdatesResponse:
    return wire.GetRoamingAuthorisationListUpdatesResponse(
        result=write_answer_result(answer.reason), roaming_authorisation_info=write_token_records(answer.tokens)
    )
