"""Tokens, and the lists of them."""

from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire import Alias, Attribute, Inner, Private
from gateway.wire.rules import longest, one_of, shortest
from gateway_ochp import rules
from gateway_ochp.wire.base import ContractIdText, DateTime, OchpModel, ResultResponse
from gateway_ochp.wire.words import PERMISSIONS, REPRESENTATIONS, TOKEN_SUB_TYPES, TOKEN_TYPES


class EmtId(OchpModel):
    judges = (rules.representation_is_told,)

    instance: Annotated[str | None, shortest(1), longest(512), Private()]
    token_type: Annotated[str | None, Alias(also=("type",)), one_of(*TOKEN_TYPES)]
    token_sub_type: Annotated[str | None, Alias(also=("subType",)), one_of(*TOKEN_SUB_TYPES)] = None
    representation: Annotated[str | None, Attribute(), one_of(*REPRESENTATIONS)] = None


class RoamingAuthorisationInfo(OchpModel):
    element: ClassVar[str] = "roamingAuthorisationInfoArray"

    emt_id: Annotated[EmtId | None, Alias("EmtId")]
    contract_id: ContractIdText | None
    printed_number: Annotated[str | None, shortest(1), longest(150), Private()] = None
    expiry_date: DateTime | None


class TokenListRequest(OchpModel):
    judges = (rules.listed_tokens_last,)

    roaming_authorisation_info_array: tuple[RoamingAuthorisationInfo, ...]


class TokenListResponse(ResultResponse):
    refused_roaming_authorisation_info: tuple[RoamingAuthorisationInfo, ...] = ()


class SetRoamingAuthorisationListRequest(TokenListRequest):
    element: ClassVar[str] = "SetRoamingAuthorisationListRequest"


class SetRoamingAuthorisationListResponse(TokenListResponse):
    element: ClassVar[str] = "SetRoamingAuthorisationListResponse"


class UpdateRoamingAuthorisationListRequest(TokenListRequest):
    element: ClassVar[str] = "UpdateRoamingAuthorisationListRequest"


class UpdateRoamingAuthorisationListResponse(TokenListResponse):
    element: ClassVar[str] = "UpdateRoamingAuthorisationListResponse"


class GetRoamingAuthorisationListRequest(OchpModel):
    element: ClassVar[str] = "GetRoamingAuthorisationListRequest"


class GetRoamingAuthorisationListResponse(ResultResponse):
    element: ClassVar[str] = "GetRoamingAuthorisationListResponse"

    roaming_authorisation_info_array: Annotated[
        tuple[RoamingAuthorisationInfo, ...], Alias(also=("roamingAuthorisationInfo",))
    ] = ()


class GetRoamingAuthorisationListUpdatesRequest(OchpModel):
    element: ClassVar[str] = "GetRoamingAuthorisationListUpdatesRequest"

    last_update: DateTime | None


class GetRoamingAuthorisationListUpdatesResponse(ResultResponse):
    element: ClassVar[str] = "GetRoamingAuthorisationListUpdatesResponse"

    roaming_authorisation_info: Annotated[
        tuple[RoamingAuthorisationInfo, ...], Alias(also=("roamingAuthorisationInfoArray",))
    ] = ()


class GetSingleRoamingAuthorisationRequest(OchpModel):
    element: ClassVar[str] = "GetSingleRoamingAuthorisationRequest"

    emt_id: EmtId | None


class GetSingleRoamingAuthorisationResponse(ResultResponse):
    element: ClassVar[str] = "GetSingleRoamingAuthorisationResponse"

    roaming_authorisation_info: RoamingAuthorisationInfo | None = None


class PermittedAuthorisationInfo(OchpModel):
    """As OCHP 1.4.1 has it: with what the token may pay for."""

    element: ClassVar[str] = "roamingAuthorisationInfoArray"

    emt_id: Annotated[EmtId | None, Alias("EmtId")]
    contract_id: ContractIdText | None
    permissions: tuple[Annotated[str, Inner("PermissionsType"), one_of(*PERMISSIONS, severity=Severity.ERROR)], ...]
    printed_number: Annotated[str | None, shortest(1), longest(150), Private()] = None
    expiry_date: DateTime | None


class PermittedListRequest(OchpModel):
    judges = (rules.listed_tokens_last,)

    roaming_authorisation_info_array: tuple[PermittedAuthorisationInfo, ...]


class SetPermittedListRequest(PermittedListRequest):
    element: ClassVar[str] = "SetRoamingAuthorisationListRequest"


class UpdatePermittedListRequest(PermittedListRequest):
    element: ClassVar[str] = "UpdateRoamingAuthorisationListRequest"
