"""Reservations of an EVSE, started and ended by an EMP."""

from typing import Annotated

from gateway.wire import Alias
from gateway.wire.rules import between
from gateway_oicp.wire.base import EvseId, OicpModel, PartnerSessionId, ProductId, ProviderId, SessionId
from gateway_oicp.wire.identification import Identification

_SPELLED_SO_TOO = Alias(also=("EMPPartnerSessionId",))


class AuthorizeRemoteReservationStart(OicpModel):
    """`session_id` is set towards the CPO and left empty by the EMP; `duration` in minutes."""

    session_id: SessionId | None = None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: Annotated[PartnerSessionId, _SPELLED_SO_TOO] | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None
    identification: Identification | None
    partner_product_id: ProductId | None = None
    duration: Annotated[int, between(1, 99)] | None = None


class AuthorizeRemoteReservationStop(OicpModel):
    session_id: SessionId | None
    cpo_partner_session_id: PartnerSessionId | None = None
    emp_partner_session_id: Annotated[PartnerSessionId, _SPELLED_SO_TOO] | None = None
    provider_id: ProviderId | None
    evse_id: EvseId | None
