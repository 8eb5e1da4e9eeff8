"""May this driver charge?"""

from collections.abc import Sequence

from gateway.model.common import Role
from gateway.model.messages import (
    Authorization,
    AuthorizeToken,
)
from gateway.translation import AnyForm
from gateway_emip import wire
from gateway_emip.forms.form import form
from gateway_emip.translate import authorisations

AUTHORISATION = form(
    wire.ToIopGetServiceAuthorisationRequest,
    AuthorizeToken,
    authorisations.read_to_iop,
    authorisations.write_to_iop,
    Role.CPO,
    "get_service_authorisation",
)
AUTHORISATION_ANSWER = form(
    wire.ToIopGetServiceAuthorisationResponse,
    Authorization,
    authorisations.read_answer_of_iop,
    authorisations.write_answer_of_iop,
    Role.HUB,
    "get_service_authorisation_answer",
)
FORWARDED_AUTHORISATION = form(
    wire.FromIopGetServiceAuthorisationRequest,
    AuthorizeToken,
    authorisations.read_from_iop,
    authorisations.write_from_iop,
    Role.HUB,
    "from_iop_get_service_authorisation",
)
FORWARDED_AUTHORISATION_ANSWER = form(
    wire.FromIopGetServiceAuthorisationResponse,
    Authorization,
    authorisations.read_answer_to_iop,
    authorisations.write_answer_to_iop,
    Role.EMSP,
    "from_iop_get_service_authorisation_answer",
)

FORMS: Sequence[AnyForm] = (
    AUTHORISATION,
    AUTHORISATION_ANSWER,
    FORWARDED_AUTHORISATION,
    FORWARDED_AUTHORISATION_ANSWER,
)
