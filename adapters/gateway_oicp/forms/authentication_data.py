"""What an EMP leaves with the hub of its drivers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.pins import with_hashed_pin
from gateway_oicp.translate import answers, authentication

PUSH_AUTHENTICATION = message_form(
    "PushAuthenticationData", "push_authentication_data", (wire.PushAuthenticationData, m.PublishTokens),
    (authentication.read_push_tokens, authentication.write_push_tokens), Role.EMSP,
)  # fmt: skip
PUSH_AUTHENTICATION_ANSWER = message_form(
    "PushAuthenticationData.response", "push_authentication_data_response", (wire.Acknowledgement, m.Publication),
    (answers.read_publication, answers.write_publication), Role.HUB,
)  # fmt: skip
PULL_AUTHENTICATION = message_form(
    "PullAuthenticationData", "pull_authentication_data", (wire.PullAuthenticationData, m.FetchTokens),
    (authentication.read_pull_tokens, authentication.write_pull_tokens),
)  # fmt: skip
PULL_AUTHENTICATION_ANSWER = message_form(
    "PullAuthenticationData.response", "pull_authentication_data_response", (wire.AuthenticationData, m.Tokens),
    (authentication.read_tokens, authentication.write_tokens), Role.HUB,
)  # fmt: skip

FORMS: Sequence[AnyForm] = (
    PUSH_AUTHENTICATION,
    PUSH_AUTHENTICATION_ANSWER,
    PULL_AUTHENTICATION,
    PULL_AUTHENTICATION_ANSWER,
)


def _write_tokens(message: m.PublishTokens) -> Sequence[Written]:
    hashed = replace(message, tokens=tuple(map(with_hashed_pin, message.tokens)))
    return [Written(PUSH_AUTHENTICATION, PUSH_AUTHENTICATION.write(hashed))]


WRITES: Mapping[type, Writes] = {
    m.PublishTokens: _write_tokens,
    m.FetchTokens: one(PULL_AUTHENTICATION),
    m.Tokens: one(PULL_AUTHENTICATION_ANSWER),
}
