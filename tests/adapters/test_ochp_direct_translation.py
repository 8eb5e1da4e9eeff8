"""Messages of OCHPdirect and their meaning, both ways."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.metering import MeterReading
from gateway.model.session import Limit, LimitKind, Session, SessionEvent, SessionEventKind, SessionIds, SessionStatus
from gateway.wire import decode_document, document
from gateway_ochp import adapter, wire
from gateway_ochp.forms import direct as forms
from gateway_ochp.translate.direct import write_energy_limit
from tests.adapters.ochp_direct_values import CONTRACT, DEMAND, EVSE, ID, IDS, LIMITS, NOW, UNTIL, USER, result

START = m.StartSession(
    provider=CONTRACT.party, token=USER, evse=EVSE, limits=LIMITS, demand=DEMAND, reserve_until=UNTIL
)  # fmt: skip


def test_a_start_without_a_session_is_two_messages_and_reads_back_as_one() -> None:
    written = adapter.writes[m.StartSession](START)
    assert [(one.form.name, one.form.canonical) for one in written] == [
        ("SelectEvse", m.ReserveEvse),
        ("ControlEvse", m.StartSession),
    ]
    assert adapter.reread is not None
    assert adapter.reread([one.model for one in written], START) == START


def test_a_start_in_a_session_is_one_message() -> None:
    written = adapter.writes[m.StartSession](replace(START, session=IDS))
    assert [one.form.name for one in written] == ["ControlEvse"]


def test_a_stop_is_two_messages_and_reads_back_as_one() -> None:
    stop = m.StopSession(session=IDS)
    written = adapter.writes[m.StopSession](stop)
    assert [one.form.name for one in written] == ["ControlEvse", "ReleaseEvse"]
    assert adapter.reread is not None
    assert adapter.reread([one.model for one in written], stop) == stop


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("start", m.StartSession), ("change", m.ChangeSession), ("end", m.StopSession), ("pause", m.StartSession)],
)
def test_a_control_is_told_apart_by_its_operation(operation: str, kind: type) -> None:
    element = document(wire.ControlEvseRequest(direct_id=ID, operation=operation))
    assert forms.told_apart(forms.START, element).canonical is kind
    assert forms.told_apart(forms.SELECT, element) is forms.SELECT


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("", forms.INFORM_EMP),
        ("InformProviderCPO.response.full.xml", forms.INFORM_CPO_RESPONSE),
        ("inform_provider_cpo_response.xml", forms.INFORM_CPO_RESPONSE),
        ("InformProviderEMP.request.full.xml", forms.INFORM_EMP),
    ],
)
def test_a_shared_message_is_told_apart_by_the_name_of_its_file(name: str, form: object) -> None:
    body = b'<InformProviderMessage xmlns="http://ochp.eu/1.4"/>'
    assert adapter.identify(body, name).form is form


@pytest.mark.parametrize(
    ("limits", "kwh"),
    [
        ((), None),
        ((Limit(kind=LimitKind.ENERGY, value=Decimal(40), unit="kWh"),), Decimal(40)),
        ((Limit(kind=LimitKind.ENERGY, value=Decimal(40)),), Decimal(40)),
        ((Limit(kind=LimitKind.ENERGY, value=Decimal(5500), unit="Wh"),), Decimal("5.5")),
        ((Limit(kind=LimitKind.COST, value=Decimal(20), unit="EUR"),), None),
        ((Limit(kind=LimitKind.TIME, value=Decimal(60), unit="min"), *LIMITS), Decimal(85)),
    ],
)
def test_only_energy_is_a_limit(limits: tuple[Limit, ...], kwh: Decimal | None) -> None:
    assert write_energy_limit(limits) == kwh


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (m.CommandStatus.ACCEPTED, "ok", ""),
        (m.CommandStatus.CANCELED_RESERVATION, "ok", ""),
        (m.CommandStatus.UNKNOWN_SESSION, "invalid-id", ""),
        (m.CommandStatus.TIMEOUT, "server", "timeout"),
        (None, None, ""),
    ],
)
def test_what_has_no_code_is_said_in_words(status: m.CommandStatus | None, code: str | None, text: str) -> None:
    written = forms.CONTROL_RESPONSE.write(m.CommandResult(status=status))
    assert written == wire.ControlEvseResponse(result=result(code, text))


def test_a_reason_keeps_its_code_only_where_it_says_the_same() -> None:
    own = m.CommandResult(status=m.CommandStatus.FAILED, reason=Reason(code="not-found", text="gone"))
    assert forms.CONTROL_RESPONSE.write(own).result == result("server", "gone")
    same = replace(own, reason=Reason(code="server", text="gone"))
    assert forms.CONTROL_RESPONSE.write(same).result == result("server", "gone")


STATUS_OF = {
    SessionEventKind.START: SessionStatus.ACTIVE,
    SessionEventKind.CHANGE: SessionStatus.ACTIVE,
    SessionEventKind.PROGRESS: SessionStatus.ACTIVE,
    SessionEventKind.END: SessionStatus.COMPLETED,
    SessionEventKind.SETTLED: SessionStatus.COMPLETED,
}
AMOUNTS = st.decimals(min_value=0, max_value=1_000_000, places=3)


@given(st.sampled_from(list(STATUS_OF)), AMOUNTS, AMOUNTS)
def test_a_report_comes_back_as_it_was(kind: SessionEventKind, charged: Decimal, before: Decimal) -> None:
    """A meter that has counted all that was charged is never taken for one in kWh."""
    report = m.ReportEvent(
        operator=EVSE.party,
        provider=CONTRACT.party,
        event=SessionEvent(kind=kind, valid_until=UNTIL),
        session=Session(
            ids=IDS,
            operator=EVSE.party,
            provider=CONTRACT.party,
            evse=EVSE,
            token=USER,
            status=STATUS_OF[kind],
            energy_kwh=charged,
            meter_readings=(MeterReading(value_kwh=before + charged, at=NOW),),
            limits=LIMITS,
            demand=DEMAND,
        ),
    )
    written = document(forms.INFORM_EMP.write(report))
    assert forms.INFORM_EMP.read(decode_document(wire.InformProviderMessage, written).model) == report


def test_a_session_of_which_only_the_status_is_known_has_a_word() -> None:
    about = Session(ids=SessionIds(hub=ID), evse=EVSE, token=USER, status=SessionStatus.INVALID)
    assert forms.INFORM_CPO_RESPONSE.write(m.SessionState(session=about)).message == "end"
