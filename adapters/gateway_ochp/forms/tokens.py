"""Tokens: uploaded by providers, fetched or looked up by operators."""

from collections.abc import Mapping, Sequence

from gateway.model import messages as m
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_ochp import operations as op
from gateway_ochp.forms.form import Writes, one, pair
from gateway_ochp.translate import tokens

SET_TOKENS, SET_TOKENS_RESPONSE = pair(
    op.SET_TOKENS,
    "set_roaming_authorisation_list",
    (m.PublishTokens, tokens.read_published_tokens, tokens.write_set_tokens),
    (m.Publication, tokens.read_tokens_publication, tokens.write_set_tokens_response),
)
UPDATE_TOKENS, UPDATE_TOKENS_RESPONSE = pair(
    op.UPDATE_TOKENS,
    "update_roaming_authorisation_list",
    (m.PublishTokens, tokens.read_published_tokens, tokens.write_updated_tokens),
    (m.Publication, tokens.read_tokens_publication, tokens.write_updated_tokens_response),
)
GET_TOKENS, GET_TOKENS_RESPONSE = pair(
    op.GET_TOKENS,
    "get_roaming_authorisation_list",
    (m.FetchTokens, tokens.read_fetch_tokens, tokens.write_fetch_tokens),
    (m.Tokens, tokens.read_tokens, tokens.write_tokens),
)
GET_TOKEN_UPDATES, GET_TOKEN_UPDATES_RESPONSE = pair(
    op.GET_TOKEN_UPDATES,
    "get_roaming_authorisation_list_updates",
    (m.FetchTokens, tokens.read_fetch_token_updates, tokens.write_fetch_token_updates),
    (m.Tokens, tokens.read_token_updates, tokens.write_token_updates),
)
GET_SINGLE, GET_SINGLE_RESPONSE = pair(
    op.GET_SINGLE,
    "get_single_roaming_authorisation",
    (m.AuthorizeToken, tokens.read_single, tokens.write_single),
    (m.Authorization, tokens.read_authorization, tokens.write_authorization),
)

FORMS: Sequence[AnyForm] = (
    SET_TOKENS,
    SET_TOKENS_RESPONSE,
    UPDATE_TOKENS,
    UPDATE_TOKENS_RESPONSE,
    GET_TOKENS,
    GET_TOKENS_RESPONSE,
    GET_TOKEN_UPDATES,
    GET_TOKEN_UPDATES_RESPONSE,
    GET_SINGLE,
    GET_SINGLE_RESPONSE,
)


def write_publish_tokens(message: m.PublishTokens) -> Sequence[Written]:
    """An update of tokens to be deleted has to end their validity: OCHP has no other deletion."""
    form = SET_TOKENS if message.action is m.PushAction.REPLACE_ALL else UPDATE_TOKENS
    return [Written(form, form.write(message))]


def write_fetch_tokens(message: m.FetchTokens) -> Sequence[Written]:
    form = GET_TOKENS if message.since is None else GET_TOKEN_UPDATES
    return [Written(form, form.write(message))]


WRITES: Mapping[type, Writes] = {
    m.AuthorizeToken: one(GET_SINGLE),
    m.Authorization: one(GET_SINGLE_RESPONSE),
    m.FetchTokens: write_fetch_tokens,
    m.Tokens: one(GET_TOKENS_RESPONSE),
    m.PublishTokens: write_publish_tokens,
}
