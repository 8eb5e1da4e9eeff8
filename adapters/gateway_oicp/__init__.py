"""OICP 2.3 (Hubject), as CPO and as EMP."""

from gateway.ports import Adapter, Connection, Written
from gateway.tables import shipped
from gateway.wire import encode
from gateway_oicp.errata import ERRATA
from gateway_oicp.forms import FORMS, WRITES, reread
from gateway_oicp.identify import identify
from gateway_oicp.ngp.operations import NGP_OPERATIONS
from gateway_oicp.ngp.sends import SENDS as NGP_SENDS
from gateway_oicp.ngp.words import CROSSWALKS as NGP_CROSSWALKS
from gateway_oicp.operations import BASE, OPERATIONS
from gateway_oicp.preflight import judged
from gateway_oicp.profile import PROFILES
from gateway_oicp.pulling import JOBS, PAGES
from gateway_oicp.routes import ROUTES, admit, refuse
from gateway_oicp.scenarios import PLAYBOOK
from gateway_oicp.sends import SENDS
from gateway_oicp.simulator.hub import OicpHub
from gateway_oicp.words import CROSSWALKS, NAME


def render(written: Written, _: Connection | None) -> bytes:
    return encode(written.model)


adapter = Adapter(
    name=NAME,
    title="OICP 2.3",
    operations=(*OPERATIONS, *NGP_OPERATIONS),
    forms=FORMS,
    writes=WRITES,
    identify=identify,
    render=render,
    sends={**SENDS, **NGP_SENDS},
    routes=ROUTES,
    admit=admit,
    refuse=refuse,
    profiles=PROFILES,
    tables=shipped("mappings") / NAME,
    crosswalks=(*CROSSWALKS, *NGP_CROSSWALKS),
    jobs=JOBS,
    pages=PAGES,
    reread=reread,
    judge_cdr=judged,
    scenarios=PLAYBOOK,
    simulator=OicpHub,
    simulator_base=BASE,
    errata=ERRATA,
)

__all__ = ["FORMS", "OPERATIONS", "adapter"]
