"""Identifications that an EMP leaves with the hub, so that it authorises without asking; legacy: for CPOs to pull."""

from typing import Annotated

from gateway.wire.declared import MayBeEmpty
from gateway_oicp import rules_pulls as rules
from gateway_oicp.wire.base import ActionType, OicpModel, OperatorId, ProviderId, StatusCode
from gateway_oicp.wire.identification import Identification


class AuthenticationDataRecord(OicpModel):
    judges = (rules.hashed_pin,)

    identification: Identification | None


class ProviderAuthenticationData(OicpModel):
    provider_id: ProviderId | None
    authentication_data_record: Annotated[tuple[AuthenticationDataRecord, ...], MayBeEmpty()]


class PushAuthenticationData(OicpModel):
    action_type: ActionType | None
    provider_authentication_data: ProviderAuthenticationData | None


class PullAuthenticationData(OicpModel):
    operator_id: OperatorId | None


class ListedAuthenticationData(OicpModel):
    provider_authentication_data: Annotated[tuple[ProviderAuthenticationData, ...], MayBeEmpty()]


class AuthenticationData(OicpModel):
    """The answer to PullAuthenticationData; only the description generated from the hub's code has it."""

    authentication_data: ListedAuthenticationData | None
    status_code: StatusCode | None = None
