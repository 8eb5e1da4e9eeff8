"""Every message of OCHP beside its canonical meaning."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Operation
from gateway.translation import AnyForm, MessageForm
from gateway.wire import WireModel
from gateway_ochp import operations as op
from gateway_ochp import translate_publication as publication
from gateway_ochp import translate_settlement as settlement
from gateway_ochp import translate_statuses as statuses
from gateway_ochp import translate_tokens as tokens
from gateway_ochp.words import PROTOCOL

Meaning = tuple[type[Any], Callable[[Any], Any], Callable[[Any], Any]]
"""A canonical type, how a message is read as it, how it is written."""


def _pair(operation: Operation, fields: str, question: Meaning, answer: Meaning) -> tuple[AnyForm, AnyForm]:
    """The forms of an operation's request and response; `fields` names the table of the first."""
    request = MessageForm(
        PROTOCOL, wired(operation.request), *question, name=operation.name, sent_by=operation.sender, fields=fields
    )
    response = MessageForm(
        PROTOCOL,
        wired(operation.response),
        *answer,
        name=operation.name,
        direction="response",
        sent_by=Role.HUB,
        fields=f"{fields}_response",
    )
    return request, response


def wired(model: type[WireModel] | None) -> type[WireModel]:
    assert model is not None, "every operation of OCHP has a request and a response"
    return model


SET_TOKENS, SET_TOKENS_RESPONSE = _pair(
    op.SET_TOKENS,
    "set_roaming_authorisation_list",
    (m.PublishTokens, tokens.read_published_tokens, tokens.write_set_tokens),
    (m.Publication, tokens.read_tokens_publication, tokens.write_set_tokens_response),
)
UPDATE_TOKENS, UPDATE_TOKENS_RESPONSE = _pair(
    op.UPDATE_TOKENS,
    "update_roaming_authorisation_list",
    (m.PublishTokens, tokens.read_published_tokens, tokens.write_updated_tokens),
    (m.Publication, tokens.read_tokens_publication, tokens.write_updated_tokens_response),
)
GET_TOKENS, GET_TOKENS_RESPONSE = _pair(
    op.GET_TOKENS,
    "get_roaming_authorisation_list",
    (m.FetchTokens, tokens.read_fetch_tokens, tokens.write_fetch_tokens),
    (m.Tokens, tokens.read_tokens, tokens.write_tokens),
)
GET_TOKEN_UPDATES, GET_TOKEN_UPDATES_RESPONSE = _pair(
    op.GET_TOKEN_UPDATES,
    "get_roaming_authorisation_list_updates",
    (m.FetchTokens, tokens.read_fetch_token_updates, tokens.write_fetch_token_updates),
    (m.Tokens, tokens.read_token_updates, tokens.write_token_updates),
)
GET_SINGLE, GET_SINGLE_RESPONSE = _pair(
    op.GET_SINGLE,
    "get_single_roaming_authorisation",
    (m.AuthorizeToken, tokens.read_single, tokens.write_single),
    (m.Authorization, tokens.read_authorization, tokens.write_authorization),
)
ADD_CDRS, ADD_CDRS_RESPONSE = _pair(
    op.ADD_CDRS,
    "add_cdrs",
    (m.SubmitCdrs, settlement.read_add_cdrs, settlement.write_add_cdrs),
    (m.CdrReceipt, settlement.read_receipt, settlement.write_receipt),
)
CHECK_CDRS, CHECK_CDRS_RESPONSE = _pair(
    op.CHECK_CDRS,
    "check_cdrs",
    (m.CheckCdrs, settlement.read_check, settlement.write_check),
    (m.Cdrs, settlement.read_cdrs, settlement.write_checked),
)
GET_CDRS, GET_CDRS_RESPONSE = _pair(
    op.GET_CDRS,
    "get_cdrs",
    (m.FetchCdrs, settlement.read_get, settlement.write_get),
    (m.Cdrs, settlement.read_cdrs, settlement.write_cdrs),
)
CONFIRM_CDRS, CONFIRM_CDRS_RESPONSE = _pair(
    op.CONFIRM_CDRS,
    "confirm_cdrs",
    (m.ConfirmCdrs, settlement.read_confirm, settlement.write_confirm),
    (m.Confirmation, settlement.read_confirmation, settlement.write_confirmation),
)
SET_CHARGE_POINTS, SET_CHARGE_POINTS_RESPONSE = _pair(
    op.SET_CHARGE_POINTS,
    "set_charge_point_list",
    (m.PublishEvses, publication.read_published, publication.write_set),
    (m.Publication, publication.read_publication, publication.write_set_response),
)
UPDATE_CHARGE_POINTS, UPDATE_CHARGE_POINTS_RESPONSE = _pair(
    op.UPDATE_CHARGE_POINTS,
    "update_charge_point_list",
    (m.PublishEvses, publication.read_published, publication.write_update),
    (m.Publication, publication.read_publication, publication.write_update_response),
)
GET_CHARGE_POINTS, GET_CHARGE_POINTS_RESPONSE = _pair(
    op.GET_CHARGE_POINTS,
    "get_charge_point_list",
    (m.FetchEvses, publication.read_fetch, publication.write_fetch),
    (m.Locations, publication.read_locations, publication.write_locations),
)
GET_CHARGE_POINT_UPDATES, GET_CHARGE_POINT_UPDATES_RESPONSE = _pair(
    op.GET_CHARGE_POINT_UPDATES,
    "get_charge_point_list_updates",
    (m.FetchEvses, publication.read_fetch_updates, publication.write_fetch_updates),
    (m.Locations, publication.read_updated_locations, publication.write_updated_locations),
)
UPDATE_STATUS, UPDATE_STATUS_RESPONSE = _pair(
    op.UPDATE_STATUS,
    "update_status",
    (m.PublishStatuses, statuses.read_update_status, statuses.write_update_status),
    (m.Publication, statuses.read_status_publication, statuses.write_status_publication),
)
GET_STATUS, GET_STATUS_RESPONSE = _pair(
    op.GET_STATUS,
    "get_status",
    (m.FetchStatuses, statuses.read_get_status, statuses.write_get_status),
    (m.Statuses, statuses.read_statuses, statuses.write_statuses),
)

FORMS: tuple[AnyForm, ...] = (
    SET_CHARGE_POINTS, SET_CHARGE_POINTS_RESPONSE, UPDATE_CHARGE_POINTS, UPDATE_CHARGE_POINTS_RESPONSE,
    UPDATE_STATUS, UPDATE_STATUS_RESPONSE, GET_SINGLE, GET_SINGLE_RESPONSE, GET_TOKENS, GET_TOKENS_RESPONSE,
    GET_TOKEN_UPDATES, GET_TOKEN_UPDATES_RESPONSE, ADD_CDRS, ADD_CDRS_RESPONSE, CHECK_CDRS, CHECK_CDRS_RESPONSE,
    SET_TOKENS, SET_TOKENS_RESPONSE, UPDATE_TOKENS, UPDATE_TOKENS_RESPONSE, GET_CHARGE_POINTS,
    GET_CHARGE_POINTS_RESPONSE, GET_CHARGE_POINT_UPDATES, GET_CHARGE_POINT_UPDATES_RESPONSE, GET_STATUS,
    GET_STATUS_RESPONSE, GET_CDRS, GET_CDRS_RESPONSE, CONFIRM_CDRS, CONFIRM_CDRS_RESPONSE,
)  # fmt: skip
BY_ELEMENT: Mapping[str, AnyForm] = {form.wire.element: form for form in FORMS}
