"""Every message of OICP 2.3: its form, and what is sent for a canonical message."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway_oicp.forms import (
    authentication_data,
    authorisation,
    cdr_pulls,
    cdrs,
    commands,
    notifications,
    pricing,
    publishing,
    pulls,
    reservations,
    status_pulls,
)
from gateway_oicp.forms.authentication_data import (
    PULL_AUTHENTICATION,
    PULL_AUTHENTICATION_ANSWER,
    PUSH_AUTHENTICATION,
    PUSH_AUTHENTICATION_ANSWER,
)
from gateway_oicp.forms.authorisation import START, START_ANSWER, STOP, STOP_ANSWER
from gateway_oicp.forms.cdr_pulls import GET_CDRS, GET_CDRS_ANSWER
from gateway_oicp.forms.cdrs import CDR, CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD_ANSWER
from gateway_oicp.forms.commands import REMOTE_START, REMOTE_START_ANSWER, REMOTE_STOP, REMOTE_STOP_ANSWER
from gateway_oicp.forms.form import Writes
from gateway_oicp.forms.notifications import NOTIFICATIONS, NOTIFY, NOTIFY_ANSWER, notification
from gateway_oicp.forms.pricing import (
    PULL_EVSE_PRICING,
    PULL_EVSE_PRICING_ANSWER,
    PULL_PRODUCTS,
    PULL_PRODUCTS_ANSWER,
    PUSH_EVSE_PRICING,
    PUSH_EVSE_PRICING_ANSWER,
    PUSH_PRODUCTS,
    PUSH_PRODUCTS_ANSWER,
)
from gateway_oicp.forms.publishing import PUSH_DATA, PUSH_DATA_ANSWER, PUSH_STATUS, PUSH_STATUS_ANSWER
from gateway_oicp.forms.pulls import PULL_DATA, PULL_DATA_ANSWER, PULL_STATUS, PULL_STATUS_ANSWER
from gateway_oicp.forms.reservations import (
    RESERVATION_START,
    RESERVATION_START_ANSWER,
    RESERVATION_STOP,
    RESERVATION_STOP_ANSWER,
)
from gateway_oicp.forms.status_pulls import (
    PULL_STATUS_BY_ID,
    PULL_STATUS_BY_ID_ANSWER,
    PULL_STATUS_BY_OPERATOR,
    PULL_STATUS_BY_OPERATOR_ANSWER,
    status_questions,
)
from gateway_oicp.ngp import forms as ngp

_PARTS = (
    publishing, authorisation, commands, reservations, notifications, cdrs, cdr_pulls, pulls, status_pulls,
    authentication_data, pricing, ngp,
)  # fmt: skip
FORMS: Sequence[AnyForm] = tuple(form for part in _PARTS for form in part.FORMS)
WRITES: Mapping[type, Writes] = {kind: write for part in _PARTS for kind, write in part.WRITES.items()}


def reread(models: Sequence[Any], original: Any) -> Any:
    """The message that `models` were written for, read back from all of them."""
    forms = [written.form for written in WRITES[type(original)](original)]
    parts = [form.read(model) for form, model in zip(forms, models, strict=True)]
    if isinstance(original, m.SubmitCdrs):
        return m.SubmitCdrs(cdrs=tuple(part.cdr for part in parts))
    if isinstance(original, m.PublishEvses):
        return replace(parts[0], locations=tuple(place for part in parts for place in part.locations))
    if isinstance(original, m.FetchStatuses):
        return replace(parts[0], evses=tuple(evse for part in parts for evse in part.evses))
    if isinstance(original, m.FetchCdrs):
        return replace(parts[0], until=parts[-1].until)
    return parts[0]


__all__ = [
    "CDR",
    "CHARGE_DETAIL_RECORD",
    "CHARGE_DETAIL_RECORD_ANSWER",
    "FORMS",
    "GET_CDRS",
    "GET_CDRS_ANSWER",
    "NOTIFICATIONS",
    "NOTIFY",
    "NOTIFY_ANSWER",
    "PULL_AUTHENTICATION",
    "PULL_AUTHENTICATION_ANSWER",
    "PULL_DATA",
    "PULL_DATA_ANSWER",
    "PULL_EVSE_PRICING",
    "PULL_EVSE_PRICING_ANSWER",
    "PULL_PRODUCTS",
    "PULL_PRODUCTS_ANSWER",
    "PULL_STATUS",
    "PULL_STATUS_ANSWER",
    "PULL_STATUS_BY_ID",
    "PULL_STATUS_BY_ID_ANSWER",
    "PULL_STATUS_BY_OPERATOR",
    "PULL_STATUS_BY_OPERATOR_ANSWER",
    "PUSH_AUTHENTICATION",
    "PUSH_AUTHENTICATION_ANSWER",
    "PUSH_DATA",
    "PUSH_DATA_ANSWER",
    "PUSH_EVSE_PRICING",
    "PUSH_EVSE_PRICING_ANSWER",
    "PUSH_PRODUCTS",
    "PUSH_PRODUCTS_ANSWER",
    "PUSH_STATUS",
    "PUSH_STATUS_ANSWER",
    "REMOTE_START",
    "REMOTE_START_ANSWER",
    "REMOTE_STOP",
    "REMOTE_STOP_ANSWER",
    "RESERVATION_START",
    "RESERVATION_START_ANSWER",
    "RESERVATION_STOP",
    "RESERVATION_STOP_ANSWER",
    "START",
    "START_ANSWER",
    "STOP",
    "STOP_ANSWER",
    "WRITES",
    "notification",
    "reread",
    "status_questions",
]
