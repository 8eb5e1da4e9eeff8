"""Authorisations at the charger and remote commands."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from gateway.findings import Severity
from gateway.wire.rules import one_of
from gateway_oicp import rules
from gateway_oicp.wire.base import (
    EvseId,
    OicpModel,
    OperatorId,
    PartnerSessionId,
    ProductId,
    ProviderId,
    SessionId,
    StatusCode,
)
from gateway_oicp.wire.identification import Identification, StopIdentification


class AuthorizeStart(OicpModel):
    judges = (rules.card_by_its_family,)

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    operator_id: OperatorId | None
    evse_id: EvseId | None = None
    identification: Identification | None
    partner_product_id: ProductId | None = None


class _AuthorizationAnswer(OicpModel):
    AUTHORIZED: ClassVar[str] = "Authorized"
    NOT_AUTHORIZED: ClassVar[str] = "NotAuthorized"
    judges = (rules.positive_names_provider,)
    unexpected: ClassVar[Mapping[str, Severity]] = {"Result": Severity.ERROR}

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None = None
    authorization_status: Annotated[str, one_of("Authorized", "NotAuthorized", severity=Severity.ERROR)] | None
    status_code: StatusCode | None


class AuthorizationStart(_AuthorizationAnswer):
    authorization_stop_identifications: tuple[StopIdentification, ...] = ()


class AuthorizeStop(OicpModel):
    judges = (rules.card_by_its_family,)
    unexpected: ClassVar[Mapping[str, Severity]] = {"PartnerProductID": Severity.WARNING}

    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    operator_id: OperatorId | None
    evse_id: EvseId | None = None
    identification: Identification | None


class AuthorizationStop(_AuthorizationAnswer):
    pass


class AuthorizeRemoteStart(OicpModel):
    """`session_id` is mandatory towards the CPO and left empty by the EMP."""

    judges = (rules.remote_identification,)

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None
    identification: Identification | None
    partner_product_id: ProductId | None = None


class AuthorizeRemoteStop(OicpModel):
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: PartnerSessionId | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None
