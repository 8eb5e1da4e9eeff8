"""Statuses asked of operators themselves, where they have an endpoint; all others are left to the clearing house."""

from collections.abc import Sequence

from gateway.errors import GatewayError, NotSent, Unsupported
from gateway.log import logger
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.ports import HubLink
from gateway_ochp.direct.endpoints import Way
from gateway_ochp.direct.exchange import asked, operator_of
from gateway_ochp.forms import direct as forms

_log = logger(__name__)


async def statuses_of(hub: HubLink, evses: Sequence[EvseId]) -> tuple[Sequence[m.EvseStatusReport], Sequence[EvseId]]:
    """(what operators have told of their EVSEs, those of which nobody has)."""
    left: list[EvseId] = []
    ways: dict[str, tuple[Way, list[EvseId]]] = {}
    for evse in evses:
        try:
            way = await operator_of(hub, evse)
        except (Unsupported, NotSent):
            left.append(evse)
            continue
        ways.setdefault(way.base, (way, []))[1].append(evse)
    told: list[m.EvseStatusReport] = []
    for way, of_operator in ways.values():
        told += await _asked(hub, way, of_operator)
    known = {report.evse for report in told}
    return told, [*left, *(evse for evse in evses if evse not in known and evse not in left)]


async def _asked(hub: HubLink, way: Way, evses: Sequence[EvseId]) -> Sequence[m.EvseStatusReport]:
    """Nothing where the operator cannot say: the clearing house may know."""
    question = m.FetchStatuses(evses=tuple(evses))
    try:
        answer: m.Statuses = await asked(hub, way, forms.STATUS, question, forms.STATUS_RESPONSE)
    except GatewayError as error:
        _log.warning("an operator does not tell its statuses", connection=hub.connection.name, words=str(error))
        return ()
    return [report for report in answer.statuses if report.evse in evses]
