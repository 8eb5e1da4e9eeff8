"""eMIP 0.7.4, the protocol of Gireve's hub IOP, as CPO and as EMSP."""

from gateway.model.session import SessionEventKind
from gateway.ports import Adapter
from gateway.tables import shipped
from gateway_emip import heartbeats, sends_cpo, sends_emsp
from gateway_emip.contract import schemas
from gateway_emip.documents import identify, render
from gateway_emip.errata import ERRATA
from gateway_emip.forms import FORMS
from gateway_emip.operations import GRADES, OPERATIONS
from gateway_emip.preflight import judged
from gateway_emip.profile import PROFILES
from gateway_emip.routes import ROUTES, admit, refuse
from gateway_emip.scenarios import PLAYBOOK
from gateway_emip.simulator.iop import BASE, Iop
from gateway_emip.words import CROSSWALKS, EVENT, PROTOCOL
from gateway_emip.writing import WRITES, reread

adapter = Adapter(
    name=PROTOCOL,
    title="eMIP 0.7.4",
    operations=OPERATIONS,
    forms=FORMS,
    writes=WRITES,
    identify=identify,
    render=render,
    sends={**sends_cpo.SENDS, **sends_emsp.SENDS, **heartbeats.SENDS},
    routes=ROUTES,
    admit=admit,
    refuse=refuse,
    profiles=PROFILES,
    tables=shipped("mappings") / PROTOCOL,
    crosswalks=CROSSWALKS,
    jobs=heartbeats.JOBS,
    reread=reread,
    simulator=Iop,
    simulator_base=BASE,
    scenarios=PLAYBOOK,
    judge_cdr=judged,
    errata=ERRATA,
    events=frozenset(kind for kind in SessionEventKind if EVENT.write(kind)),
    grades=GRADES,
    schemas=schemas,
)
