"""What partners ask each other: sessions, statuses, discrepancies."""

from collections.abc import Mapping, Sequence

from gateway.translation import AnyForm
from gateway_ochp.forms.form import Writes

FORMS: Sequence[AnyForm] = ()
WRITES: Mapping[type, Writes] = {}
