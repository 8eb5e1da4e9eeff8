"""The 18 operations of eMIP 0.7.4 that are known in public (inventory a.3 to a.6), the heartbeat in both roles."""

from collections.abc import Mapping, Sequence

from gateway.model.common import Role
from gateway.ports import Operation
from gateway.translation import AnyForm
from gateway_emip import forms, wire
from gateway_emip.documents import SERVICES
from gateway_emip.forms import ANSWERS

PLATFORM, EVCI_DYNAMIC, AUTHORISATION = "Platform", "EVCIDynamic", "Authorisation"
SERVICE_OF: Mapping[str, str] = {
    wire.PLATFORM: PLATFORM,
    wire.EVCI_DYNAMIC: EVCI_DYNAMIC,
    wire.AUTHORISATION: AUTHORISATION,
}
"""The namespace of a message tells its service (inventory a.1, grade A)."""
GRADES: Mapping[str, str] = {
    "A": "used against IOP, or stated by Gireve",
    "B": "from a skeleton in a peer's source, or sent by the peer without evidence of use",
    "C": "inferred",
    "D": "unknown; what we do is a decision of ours",
}
LETTER_CASE, ASSUMED = "B, letter case C", "request A, response D"


def _operation(form: AnyForm, sender: Role, receiver: Role, grade: str) -> Operation:
    return Operation(
        name=form.name,
        sender=sender,
        receiver=receiver,
        action=f"{SERVICES}{form.name}V1/",
        service=SERVICE_OF[form.wire.namespace],
        version="0.7.4",
        request=form.wire,
        response=ANSWERS[form.name].wire,
        grade=grade,
    )


OPERATIONS: Sequence[Operation] = [
    _operation(form, sender, receiver, grade)
    for form, sender, receiver, grade in (
        (forms.HEARTBEAT, Role.CPO, Role.HUB, "A"),
        (forms.HEARTBEAT, Role.EMSP, Role.HUB, "A"),
        (forms.AVAILABILITY, Role.CPO, Role.HUB, "A"),
        (forms.BUSY, Role.CPO, Role.HUB, "A"),
        (forms.SYNTHETIC, Role.CPO, Role.HUB, "B"),
        (forms.POOL, Role.CPO, Role.HUB, LETTER_CASE),
        (forms.STATION, Role.CPO, Role.HUB, LETTER_CASE),
        (forms.CONNECTOR, Role.CPO, Role.HUB, LETTER_CASE),
        (forms.AUTHORISATION, Role.CPO, Role.HUB, "A"),
        (forms.FORWARDED_START, Role.HUB, Role.CPO, "A"),
        (forms.FORWARDED_ACTION, Role.HUB, Role.CPO, "A"),
        (forms.EVENT, Role.CPO, Role.HUB, "B"),
        (forms.CDR, Role.CPO, Role.HUB, "A"),
        (forms.FORWARDED_AUTHORISATION, Role.HUB, Role.EMSP, "B"),
        (forms.START, Role.EMSP, Role.HUB, "B"),
        (forms.ACTION, Role.EMSP, Role.HUB, "B"),
        (forms.FORWARDED_EVENT, Role.HUB, Role.EMSP, "B"),
        (forms.FORWARDED_CDR, Role.HUB, Role.EMSP, "B"),
        (forms.FETCH, Role.EMSP, Role.HUB, ASSUMED),
    )
]
"""In the order of the inventory. The grade tells how sure a message is, see `GRADES`."""
