"""Every message of OICP 2.3: its form, and what is sent for a canonical message."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway_oicp.forms import authorisation, cdrs, commands, publishing, pulls
from gateway_oicp.forms.authorisation import START, START_ANSWER, STOP, STOP_ANSWER
from gateway_oicp.forms.cdrs import CDR, CHARGE_DETAIL_RECORD, CHARGE_DETAIL_RECORD_ANSWER
from gateway_oicp.forms.commands import REMOTE_START, REMOTE_START_ANSWER, REMOTE_STOP, REMOTE_STOP_ANSWER
from gateway_oicp.forms.form import Writes
from gateway_oicp.forms.publishing import PUSH_DATA, PUSH_DATA_ANSWER, PUSH_STATUS, PUSH_STATUS_ANSWER
from gateway_oicp.forms.pulls import PULL_DATA, PULL_DATA_ANSWER, PULL_STATUS, PULL_STATUS_ANSWER

_PARTS = (publishing, authorisation, commands, cdrs, pulls)
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
    return parts[0]


__all__ = [
    "CDR",
    "CHARGE_DETAIL_RECORD",
    "CHARGE_DETAIL_RECORD_ANSWER",
    "FORMS",
    "PULL_DATA",
    "PULL_DATA_ANSWER",
    "PULL_STATUS",
    "PULL_STATUS_ANSWER",
    "PUSH_DATA",
    "PUSH_DATA_ANSWER",
    "PUSH_STATUS",
    "PUSH_STATUS_ANSWER",
    "REMOTE_START",
    "REMOTE_START_ANSWER",
    "REMOTE_STOP",
    "REMOTE_STOP_ANSWER",
    "START",
    "START_ANSWER",
    "STOP",
    "STOP_ANSWER",
    "WRITES",
    "reread",
]
