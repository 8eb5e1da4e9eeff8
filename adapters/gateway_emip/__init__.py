"""eMIP 0.7.4, the protocol of Gireve's hub IOP, as CPO and as EMSP."""

from gateway.model.common import Role
from gateway.ports import Adapter, Operation
from gateway.tables import shipped
from gateway.translation import AnyForm
from gateway_emip import forms
from gateway_emip.documents import SERVICES, identify, render
from gateway_emip.errata import ERRATA
from gateway_emip.exchange import JOBS, SENDS
from gateway_emip.forms import ANSWERS, FORMS
from gateway_emip.profile import PROFILES
from gateway_emip.routes import ROUTES, admit, refuse
from gateway_emip.simulator.iop import BASE, Iop
from gateway_emip.words import CROSSWALKS, PROTOCOL
from gateway_emip.writing import WRITES, reread


def _operation(form: AnyForm, sender: Role, receiver: Role, grade: str) -> Operation:
    return Operation(
        name=form.name,
        sender=sender,
        receiver=receiver,
        action=f"{SERVICES}{form.name}V1/",
        version="0.7.4",
        request=form.wire,
        response=ANSWERS[form.name].wire,
        grade=grade,
    )


OPERATIONS = [
    _operation(form, sender, receiver, grade)
    for form, sender, receiver, grade in (
        (forms.HEARTBEAT, Role.CPO, Role.HUB, "A"),
        (forms.HEARTBEAT, Role.EMSP, Role.HUB, "A"),
        (forms.AVAILABILITY, Role.CPO, Role.HUB, "A"),
        (forms.BUSY, Role.CPO, Role.HUB, "A"),
        (forms.AUTHORISATION, Role.CPO, Role.HUB, "A"),
        (forms.CDR, Role.CPO, Role.HUB, "A"),
        (forms.FORWARDED_START, Role.HUB, Role.CPO, "A"),
        (forms.FORWARDED_ACTION, Role.HUB, Role.CPO, "A"),
        (forms.FORWARDED_AUTHORISATION, Role.HUB, Role.EMSP, "B"),
        (forms.FORWARDED_CDR, Role.HUB, Role.EMSP, "B"),
        (forms.START, Role.EMSP, Role.HUB, "B"),
        (forms.ACTION, Role.EMSP, Role.HUB, "B"),
        (forms.FETCH, Role.EMSP, Role.HUB, "A/D"),
    )
]
"""The grade tells how sure a message is: A used against IOP, B from a skeleton, C inferred, D unknown."""

adapter = Adapter(
    name=PROTOCOL,
    title="eMIP 0.7.4",
    operations=OPERATIONS,
    forms=FORMS,
    writes=WRITES,
    identify=identify,
    render=render,
    sends=SENDS,
    routes=ROUTES,
    admit=admit,
    refuse=refuse,
    profiles=PROFILES,
    tables=shipped("mappings") / PROTOCOL,
    crosswalks=CROSSWALKS,
    jobs=JOBS,
    reread=reread,
    simulator=Iop,
    simulator_base=BASE,
    errata=ERRATA,
)
