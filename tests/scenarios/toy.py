"""A protocol of the tests' own: another hub is another package, and nothing in the core knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest

from gateway.errors import BackendFailed, ForeignOperator, GatewayError, Refused, Unauthenticated, Undecodable
from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature, CdrStatus
from gateway.model.common import Reason, Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import (
    Adapter,
    Backend,
    Call,
    Connection,
    HubLink,
    Identified,
    Job,
    Operation,
    Policy,
    Profile,
    Route,
    Written,
)
from gateway.simulation import Desk
from gateway.translation import MessageForm
from gateway.wire import Private, WireModel, checked, decode, encode, parsed
from gateway.wire.rules import longest

CPO, EMSP = Role.CPO, Role.EMSP


# --- wire --------------------------------------------------------------------------------------------------------


class Ask(WireModel):
    evse: str | None
    uid: Annotated[str, Private()] | None
    session: str | None = None
    name: str | None = None


class Record(WireModel):
    session: str | None
    evse: Annotated[str, longest(20)] | None
    uid: Annotated[str, Private()] | None
    begin: datetime | None
    end: datetime | None
    kwh: Decimal | None
    id: str | None = None
    kind: str | None = None
    exchange: str | None = None


class Said(WireModel):
    """`result` is yes, no, or what went wrong."""

    result: str | None
    session: str | None = None
    name: str | None = None
    text: str | None = None


# --- translation -------------------------------------------------------------------------------------------------


def _token(uid: str | None) -> Token | None:
    return Token(uid=uid, type=TokenType.RFID) if uid else None


def read_ask(model: Ask) -> m.AuthorizeToken:
    ids = SessionIds(hub=model.session, cpo=model.name)
    return m.AuthorizeToken(evse=EvseId.read(model.evse), token=_token(model.uid), session=ids)


def write_ask(message: m.AuthorizeToken) -> Ask:
    uid = message.token.uid if message.token else None
    evse = str(message.evse) if message.evse else None
    return Ask(evse=evse, uid=uid, session=message.session.hub, name=message.session.cpo)


def read_start(model: Ask) -> m.StartSession:
    return m.StartSession(evse=EvseId.read(model.evse), token=_token(model.uid), session=SessionIds(hub=model.session))


def write_start(message: m.StartSession) -> Ask:
    uid = message.token.uid if message.token else None
    return Ask(evse=str(message.evse) if message.evse else None, uid=uid, session=message.session.hub)


def read_authorization(model: Said) -> m.Authorization:
    allowed = m.Allowed.ALLOWED if model.result == "yes" else m.Allowed.NOT_ALLOWED
    reason = Reason(text=model.text) if model.text else None
    return m.Authorization(allowed=allowed, session=SessionIds(hub=model.session), reason=reason)


def write_authorization(answer: m.Authorization) -> Said:
    yes = answer.allowed is m.Allowed.ALLOWED
    return Said(result="yes" if yes else "no", session=answer.session.hub, text=answer.reason and answer.reason.text)


def read_result(model: Said) -> m.CommandResult:
    status = m.CommandStatus.ACCEPTED if model.result == "yes" else m.CommandStatus.REJECTED
    return m.CommandResult(status=status, session=SessionIds(hub=model.session, cpo=model.name))


def write_result(answer: m.CommandResult) -> Said:
    yes = answer.status is m.CommandStatus.ACCEPTED
    return Said(result="yes" if yes else "no", session=answer.session.hub, name=answer.session.cpo)


def read_record(model: Record) -> m.SubmitCdr:
    cdr = Cdr(
        id=model.id,
        session=SessionIds(hub=model.session),
        nature=CdrNature.INTERMEDIATE if model.kind == "so far" else None,
        status=CdrStatus.REVISED if model.kind == "revised" else None,
        evse=EvseId.read(model.evse),
        token=_token(model.uid),
        start=model.begin,
        end=model.end,
        energy_kwh=model.kwh,
    )
    return m.SubmitCdr(cdr=cdr, transaction=model.exchange)


def write_record(message: m.SubmitCdr) -> Record:
    cdr = message.cdr or Cdr()
    return Record(
        session=cdr.session.hub,
        evse=str(cdr.evse) if cdr.evse else None,
        uid=cdr.token.uid if cdr.token else None,
        begin=cdr.start,
        end=cdr.end,
        kwh=cdr.energy_kwh,
        id=cdr.id,
    )


def read_receipt(model: Said) -> m.CdrReceipt:
    return m.CdrReceipt(accepted=model.result == "yes", reason=Reason(text=model.text) if model.text else None)


def write_receipt(answer: m.CdrReceipt) -> Said:
    known = "known already" if answer.already_there else None
    return Said(result="yes" if answer.accepted else "no", text=known)


ASK = MessageForm("toy", Ask, m.AuthorizeToken, read_ask, write_ask, name="Ask")
ASK_ANSWER = MessageForm(
    "toy", Said, m.Authorization, read_authorization, write_authorization, name="Ask", direction="response"
)
START = MessageForm("toy", Ask, m.StartSession, read_start, write_start, name="Start", sent_by=EMSP)
START_ANSWER = MessageForm(
    "toy", Said, m.CommandResult, read_result, write_result, name="Start", direction="response", sent_by=EMSP
)
RECORD = MessageForm("toy", Record, m.SubmitCdr, read_record, write_record, name="Record")
RECORD_ANSWER = MessageForm("toy", Said, m.CdrReceipt, read_receipt, write_receipt, name="Record", direction="response")
FORMS = (ASK, ASK_ANSWER, START, START_ANSWER, RECORD, RECORD_ANSWER)


# --- exchange ----------------------------------------------------------------------------------------------------


async def _ask(hub: HubLink, path: str, model: WireModel) -> Said:
    reply = await hub.exchange(HttpRequest(path=path, body=encode(checked(model))))
    said = decode(Said, reply.body).model
    if said.result not in ("yes", "no"):
        raise Refused(said.result or "", said.text or "", retryable=said.result == "busy")
    return said


async def authorize_token(hub: HubLink, message: m.AuthorizeToken) -> m.Authorization:
    return ASK_ANSWER.read(await _ask(hub, "/ask", ASK.write(message)))


async def submit_cdr(hub: HubLink, message: m.SubmitCdr) -> m.CdrReceipt:
    return RECORD_ANSWER.read(await _ask(hub, "/record", RECORD.write(message)))


async def collect(hub: HubLink, backend: Backend) -> float | None:
    reply = await hub.exchange(HttpRequest(method="GET", path="/waiting"))
    if reply.body:
        receipt = await backend.answer(hub.connection, RECORD.read(decode(Record, reply.body).model))
        await hub.exchange(HttpRequest(path="/confirm", body=encode(write_receipt(receipt))))
    return None


def _reply(model: WireModel) -> HttpResponse:
    return HttpResponse(headers={"content-type": "application/json"}, body=encode(model))


async def asked(call: Call) -> HttpResponse:
    message = ASK.read(decode(Ask, call.request.body).model)
    return _reply(ASK_ANSWER.write(await call.backend.answer(call.connection, message)))


async def started(call: Call) -> HttpResponse:
    message = START.read(decode(Ask, call.request.body).model)
    if message.evse is None or not call.connection.carries(message.evse.party):
        raise ForeignOperator(f"{message.evse} is not ours")
    return _reply(START_ANSWER.write(await call.backend.answer(call.connection, message)))


async def recorded(call: Call) -> HttpResponse:
    message = RECORD.read(decode(Record, call.request.body).model)
    return _reply(RECORD_ANSWER.write(await call.backend.answer(call.connection, message)))


async def broken(call: Call) -> HttpResponse:
    raise ZeroDivisionError("the adapter has a bug")


async def admit(hub: HubLink, request: HttpRequest) -> None:
    connection = hub.connection
    if connection.credentials.username and request.headers.get("x-user") != connection.credentials.username:
        raise Unauthenticated("wrong user")


def refuse(_: Connection, __: HttpRequest, error: GatewayError) -> HttpResponse:
    word = "trouble" if isinstance(error, BackendFailed) else type(error).__name__
    return _reply(Said(result=word, text=error.public_text))


def identify(body: bytes, name: str) -> Identified:
    for form in FORMS:
        if name.startswith(form.label):
            return Identified(form, parsed(form.wire, body))
    raise Undecodable(f"no message is named {name!r}")


def render(written: Written, _: Connection | None) -> bytes:
    return encode(written.model)


# --- the hub's half ----------------------------------------------------------------------------------------------


@dataclass
class ToyHub:
    """Takes one record a session; asks the one partner it has."""

    desk: Desk
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/ask":
            return _reply(Said(result="yes", session=self.desk.new_id()))
        record = decode(Record, request.body).model
        content = {"kwh": str(record.kwh), "id": record.id}
        if record.session in self.records:
            return _reply(Said(result="400", text="session is CLOSED"))
        self.records[record.session or ""] = content
        return _reply(Said(result="yes"))

    def state(self) -> Mapping[str, Any]:
        return {"records": self.records}

    async def remote_start(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        body = encode(Ask(evse=str(wish["evse"]), uid=wish.get("token"), session="H-1"))
        reply = await self.desk.call_partner(None, HttpRequest(path="/start", body=body))
        return {"result": decode(Said, reply.body).model.result, "session": "H-1"}

    async def remote_stop(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        raise Refused("unknown", f"no session {wish['session']}")

    def reset(self) -> None:
        self.records.clear()


CDRS = Policy(lane="cdr/{operator}", taken_when={"400": "CLOSED"})
OPEN = Profile("toyland", "Toyland", deliveries={"SubmitCdr": CDRS}, timeout_seconds=2.0)
GUARDED = replace(OPEN, name="toytown", title="Toytown", mutual_tls=True)

adapter = Adapter(
    name="toy",
    title="Toy 1.0",
    operations=(
        Operation("Ask", CPO, EMSP, "/ask", request=Ask, response=Said),
        Operation("Start", EMSP, CPO, "/start", request=Ask, response=Said),
        Operation("Record", CPO, EMSP, "/record", request=Record, response=Said),
    ),
    forms=FORMS,
    writes={form.canonical: lambda value, form=form: [Written(form, form.write(value))] for form in FORMS},
    identify=identify,
    render=render,
    sends={m.AuthorizeToken: authorize_token, m.SubmitCdr: submit_cdr},
    routes=(
        Route("Ask", asked, "/ask"),
        Route("Start", started, "/start", role=CPO),
        Route("Record", recorded, "/record"),
        Route("Broken", broken, "/broken"),
    ),
    jobs=(Job("collect", EMSP, 0.05, collect),),
    admit=admit,
    refuse=refuse,
    profiles={profile.name: profile for profile in (OPEN, GUARDED)},
    tables=Path(__file__).parent,
    simulator=ToyHub,
)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy protocol is the only one that is installed."""
    monkeypatch.setattr("gateway.connections.adapters", lambda: {"toy": adapter})


NLLON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
OURS = EvseId.parse("DE*LON*E1111*1")
FOREIGN = EvseId.parse("FR*XXX*E1111*1")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID)


def connection(name: str = "toy", hub: str = "toyland", **changed: Any) -> Connection:
    plain = Connection(
        name=name, hub=hub, protocol="toy", role=CPO, party=NLLON, operators=(Operator(id=NLLON), Operator(id=DELON))
    )
    return replace(plain, **changed)
