"""Every message of OCHP beside its canonical meaning, and what is sent for a canonical message."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import messages as m
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_ochp.forms import cdrs, charge_points, direct, endpoints, live, tariffs, tokens
from gateway_ochp.forms.form import Writes

_PARTS = (charge_points, live, tokens, cdrs, tariffs, endpoints, direct)
FORMS: Sequence[AnyForm] = tuple(form for part in _PARTS for form in part.FORMS)
WRITES: Mapping[type, Writes] = {kind: write for part in _PARTS for kind, write in part.WRITES.items()}
BY_ELEMENT: Mapping[str, AnyForm] = {form.wire.element: form for form in reversed(FORMS)}
"""A message that two operations share is taken for that of the first."""


def reread(models: Sequence[WireModel], message: Any) -> Any:
    """A single CDR travels as a list of one, a start or stop as two messages; each reads back as the one it was."""
    session = direct.reread(models, message)
    if session is not None:
        return session
    value = BY_ELEMENT[models[0].element].read(models[0])
    if isinstance(message, m.SubmitCdr) and isinstance(value, m.SubmitCdrs):
        return m.SubmitCdr(cdr=next(iter(value.cdrs), None), extensions=value.extensions)
    return value
