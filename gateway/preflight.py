"""CDRs before they are sent: what the hub would refuse them for, by the rules that its adapter knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import from_json
from gateway.connections import adapters
from gateway.errors import Undecodable, Unsupported
from gateway.findings import Severity
from gateway.gateway import Gateway
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.kinds import CalibrationLaw
from gateway.model.session import SessionIds
from gateway.ports import Adapter, CdrContext, Judged
from gateway.publishing.records import location_of
from gateway.wire import document
from gateway.workbench import decode

OICP, OCHP, EMIP = "oicp", "ochp", "emip"


@dataclass(frozen=True, slots=True)
class Checked:
    """A CDR and everything that stands against it."""

    cdr: Cdr
    judged: Sequence[Judged]

    @property
    def refused(self) -> bool:
        return any(one.finding.severity is Severity.ERROR for one in self.judged)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CDR as a document of the hub's protocol, and what it means."""

    adapter: Adapter
    cdr: Cdr
    document: Any

    def check(self, context: CdrContext) -> Checked:
        """Raises Unsupported where the adapter knows no rules."""
        if self.adapter.judge_cdr is None:
            raise Unsupported(f"{self.adapter.title} has no rules to check a CDR by")
        return Checked(self.cdr, self.adapter.judge_cdr(self.document, context))


def candidate(body: bytes, parsed: Any, protocol: str = "") -> Candidate:
    """A CDR from the canonical JSON of a record or of its submission, or from the protocol's own document.

    `parsed` is None for XML, which is OCHP's where no protocol is named; else that is OICP. Raises Undecodable, or
    Invalid with a pointer into the canonical JSON.
    """
    if parsed is None:
        return _of_xml(body, protocol or OCHP)
    adapter = adapters()[protocol or OICP]
    if not isinstance(parsed, Mapping):
        raise Undecodable("a CDR is a JSON object")
    if _is_canonical(parsed):
        inner = parsed.get("cdr", parsed)
        cdr: Cdr = from_json(Cdr, inner)
        (written,) = adapter.writes[m.SubmitCdr](m.SubmitCdr(cdr=cdr))
        return Candidate(adapter, cdr, document(written.model))
    reading = decode(protocol or OICP, body, "ChargeDetailRecord")
    return Candidate(adapter, reading.value.cdr, reading.document)


def _of_xml(body: bytes, protocol: str) -> Candidate:
    reading = decode(protocol, body)
    message = reading.value
    cdrs = message.cdrs if isinstance(message, m.SubmitCdrs) else (getattr(message, "cdr", None),)
    if len(cdrs) != 1 or cdrs[0] is None:
        raise Undecodable(f"{reading.form.label} has not just one CDR: one at a time can be checked")
    return Candidate(reading.adapter, cdrs[0], reading.document)


def _is_canonical(parsed: Mapping[str, Any]) -> bool:
    """By its members: names of the canonical model are in lower case, those of OICP are not."""
    return any(name[:1].islower() for name in parsed)


async def context_of(gateway: Gateway, connection: str, cdr: Cdr, now: datetime) -> CdrContext:
    """What the gateway knows beside the record. Raises UnknownConnection."""
    hub = gateway.hub(connection)
    return CdrContext(
        at=now,
        parties=hub.connection.parties,
        calibration_law=await _calibration(gateway, connection, cdr),
        session=await _session(gateway, connection, cdr.session),
        max_power_kw=await _power(gateway, cdr),
        cdr_state=await gateway.cdrs.state_of(connection, cdr),
    )


async def _calibration(gateway: Gateway, connection: str, cdr: Cdr) -> CalibrationLaw | None:
    """As the EVSE was published last; else as the operator's settings say for all of its places."""
    if cdr.evse is None:
        return None
    rows = await gateway.publisher.show(cdr.evse)
    documents = [row.document or row.broken for row in rows if row.connection == connection]
    told = [location_of(document) for document in documents if document]
    law = next((place.evses[0].calibration_law for place in told), None)
    operator = gateway.hub(connection).connection.operator(cdr.evse.party)
    return law or (operator.places.calibration_law if operator else None)


async def _power(gateway: Gateway, cdr: Cdr) -> Decimal | None:
    """Of the EVSE, in kW: its own, or that of its strongest connector; the most that any hub was told."""
    if cdr.evse is None:
        return None
    documents = [row.document or row.broken for row in await gateway.publisher.show(cdr.evse)]
    evses = [location_of(document).evses[0] for document in documents if document]
    told = [power for evse in evses for power in (evse.max_power_kw, *(one.max_power_kw for one in evse.connectors))]
    return max((power for power in told if power is not None), default=None)


async def _session(gateway: Gateway, connection: str, ids: SessionIds) -> str:
    """`closed` where the hub has accepted a CDR of the session, `unknown` where nobody knows it here."""
    if ids.hub is None:
        return ""
    owed = await gateway.deliveries(connection=connection, session=ids.hub)
    if any(one.kind == m.SubmitCdr.__name__ and one.state == "accepted" for one in owed):
        return "closed"
    return "open" if await gateway.sessions.find(connection, ids) is not None else "unknown"
