"""The forms of eMIP's messages: wire type beside meaning, one for each request and each answer."""

from collections.abc import Mapping, Sequence

from gateway.translation import AnyForm
from gateway_emip.forms import authorisations, cdrs, events, platform, sessions, statuses
from gateway_emip.forms.authorisations import (
    AUTHORISATION,
    AUTHORISATION_ANSWER,
    FORWARDED_AUTHORISATION,
    FORWARDED_AUTHORISATION_ANSWER,
)
from gateway_emip.forms.cdrs import CDR, CDR_ANSWER, FETCH, FETCH_ANSWER, FORWARDED_CDR, FORWARDED_CDR_ANSWER
from gateway_emip.forms.events import EVENT, EVENT_ANSWER, FORWARDED_EVENT, FORWARDED_EVENT_ANSWER
from gateway_emip.forms.platform import HEARTBEAT, HEARTBEAT_ANSWER
from gateway_emip.forms.sessions import (
    ACTION,
    ACTION_ANSWER,
    FORWARDED_ACTION,
    FORWARDED_ACTION_ANSWER,
    FORWARDED_START,
    FORWARDED_START_ANSWER,
    START,
    START_ANSWER,
)
from gateway_emip.forms.statuses import (
    AVAILABILITY,
    AVAILABILITY_ANSWER,
    BUSY,
    BUSY_ANSWER,
    CONNECTOR,
    CONNECTOR_ANSWER,
    POOL,
    POOL_ANSWER,
    STATION,
    STATION_ANSWER,
    SYNTHETIC,
    SYNTHETIC_ANSWER,
)

FORMS: Sequence[AnyForm] = tuple(
    form for part in (platform, statuses, authorisations, sessions, events, cdrs) for form in part.FORMS
)
BY_ELEMENT: Mapping[str, AnyForm] = {form.wire.element: form for form in FORMS}
ANSWERS: Mapping[str, AnyForm] = {form.name: form for form in FORMS if form.direction == "response"}

__all__ = [
    "ACTION",
    "ACTION_ANSWER",
    "ANSWERS",
    "AUTHORISATION",
    "AUTHORISATION_ANSWER",
    "AVAILABILITY",
    "AVAILABILITY_ANSWER",
    "BUSY",
    "BUSY_ANSWER",
    "BY_ELEMENT",
    "CDR",
    "CDR_ANSWER",
    "CONNECTOR",
    "CONNECTOR_ANSWER",
    "EVENT",
    "EVENT_ANSWER",
    "FETCH",
    "FETCH_ANSWER",
    "FORMS",
    "FORWARDED_ACTION",
    "FORWARDED_ACTION_ANSWER",
    "FORWARDED_AUTHORISATION",
    "FORWARDED_AUTHORISATION_ANSWER",
    "FORWARDED_CDR",
    "FORWARDED_CDR_ANSWER",
    "FORWARDED_EVENT",
    "FORWARDED_EVENT_ANSWER",
    "FORWARDED_START",
    "FORWARDED_START_ANSWER",
    "HEARTBEAT",
    "HEARTBEAT_ANSWER",
    "POOL",
    "POOL_ANSWER",
    "START",
    "START_ANSWER",
    "STATION",
    "STATION_ANSWER",
    "SYNTHETIC",
    "SYNTHETIC_ANSWER",
]
