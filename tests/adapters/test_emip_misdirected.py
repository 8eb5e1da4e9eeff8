"""What IOP sends that would hit the wrong session: a record of none, a stop with the id of another."""

import re

import pytest

from gateway.errors import ForeignOperator
from gateway.http import HttpRequest
from gateway.model.ids import EvseId
from gateway.model.messages import CdrReceipt, CommandResult, CommandStatus, SessionState
from gateway.model.session import Session, SessionIds
from gateway.ports import Call, NoSessions
from gateway_emip import adapter, forms
from gateway_emip.routes import set_charge_detail_record, set_service_authorisation, set_session_action
from tests.adapters.test_emip_routes import ACTION, AS_CPO, AS_EMSP, MSP, RECORD, START, call, read
from tests.support import FakeLink, Recorder

HUB = "IOP-SID-GIR-V-SIM01-000000000101"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<CDRNature>1</CDRNature>", "<CDRNature>3</CDRNature>", "10506"),
        ("<CDRNature>1</CDRNature>", "<CDRNature/>", "10506"),
        ("<CDRNature>1</CDRNature>", "", "10506"),
        ("<serviceSessionId>IOP-SID-GIR-V-SIM01-000000000101</serviceSessionId>", "", "10501"),
        ("<serviceSessionId>IOP-SID-GIR-V-SIM01-000000000101<", "<serviceSessionId><", "10501"),
    ],
)
async def test_a_record_that_nobody_can_book_takes_the_place_of_no_other(old: str, new: str, code: str) -> None:
    assert old in RECORD
    response, backend = await call(RECORD.replace(old, new), AS_EMSP)
    assert backend.asked == []
    assert read(response, forms.FORWARDED_CDR_ANSWER).request_status == code


@pytest.mark.parametrize(
    ("known", "code"), [(SessionIds(hub=HUB, emsp="M-1"), "1"), (None, "10502")], ids=["known", "another-tenant's"]
)
async def test_a_record_without_a_provider_is_of_who_knows_the_session(known: SessionIds | None, code: str) -> None:
    text = re.sub(r"<(targetO|salePartnerO)peratorId(Type|)>[^<]*</\1peratorId\2>", "", RECORD)
    backend = Recorder([CdrReceipt(accepted=True)])
    sessions = NoSessions() if known is None else Known(known)
    made = Call(AS_EMSP, HttpRequest(body=text.encode()), backend, FakeLink(AS_EMSP), sessions=sessions)
    try:
        response = await set_charge_detail_record(made)
    except ForeignOperator as error:
        response = adapter.refuse(AS_EMSP, made.request, error)
    assert read(response, forms.FORWARDED_CDR_ANSWER).request_status == code
    assert [getattr(one, "provider", None) for one in backend.asked] == ([] if known is None else [MSP])


class Known(NoSessions):
    """One session, which has these names; it is found by whatever it is asked for by."""

    def __init__(self, ids: SessionIds, evse: EvseId | None = None) -> None:
        self.ids, self.evse = ids, evse

    async def state(self, ids: SessionIds, evse: EvseId | None = None) -> SessionState | None:
        return SessionState(session=Session(ids=self.ids, provider=MSP, evse=self.evse))


@pytest.mark.parametrize(
    ("known", "stopped"),
    [
        (SessionIds(hub=HUB, cpo="LON-1"), "LON-1"),
        (SessionIds(hub=HUB), "LON-2"),
        (SessionIds(hub="IOP-SID-OTHER", cpo="LON-2"), "LON-2"),
    ],
)
async def test_a_stop_with_the_operators_id_of_another_session_stops_the_one_that_iop_names(
    known: SessionIds, stopped: str
) -> None:
    named = f"<serviceSessionId>{HUB}</serviceSessionId>"
    start, end = ACTION.index("<serviceSessionId>"), ACTION.index("</serviceSessionId>") + len("</serviceSessionId>")
    text = ACTION[:start] + named + "<execPartnerSessionId>LON-2</execPartnerSessionId>" + ACTION[end:]
    backend = Recorder([CommandResult(status=CommandStatus.ACCEPTED)])
    made = Call(AS_CPO, HttpRequest(body=text.encode()), backend, FakeLink(AS_CPO), sessions=Known(known))
    response = await set_session_action(made)
    assert [getattr(one, "session", None) for one in backend.asked] == [SessionIds(hub=HUB, cpo=stopped)]
    assert read(response, forms.FORWARDED_ACTION_ANSWER).request_status == "1"


@pytest.mark.parametrize(("evse", "code"), [("NL*LON*E5678*2", "1"), ("NLLONE56782", "1"), ("NL*LON*E9999*1", "10201")])
async def test_a_session_is_not_started_a_second_time_at_another_evse(evse: str, code: str) -> None:
    backend = Recorder([CommandResult(status=CommandStatus.ACCEPTED)])
    known = Known(SessionIds(hub=HUB, cpo="LON-1"), EvseId.parse(evse))
    made = Call(AS_CPO, HttpRequest(body=START.encode()), backend, FakeLink(AS_CPO), sessions=known)
    response = await set_service_authorisation(made)
    assert read(response, forms.FORWARDED_START_ANSWER).request_status == code
    assert len(backend.asked) == (code == "1")
