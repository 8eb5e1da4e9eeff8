"""What peers write otherwise, by the list of pitfalls: understood and reported where the meaning is clear."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Undecodable
from gateway.model import messages as m
from gateway.model.session import SessionIds
from gateway.ports import Connection, Written
from gateway.wire.soap import SOAP_12, enveloped, opened
from gateway_emip import adapter, forms
from gateway_emip.documents import posted
from gateway_emip.wire.base import AUTHORISATION
from tests.adapters.emip_messages import (
    ACTION,
    AS_CPO,
    AS_EMSP,
    AUTHORISE,
    BEAT,
    MSP,
    PLAIN,
    PREFIX,
    RECORD,
    START,
    STOP,
    called,
    changed,
    event,
    means_the_same,
    read,
    status_of,
    written,
)

# --- on the wire: 1 to 11 ----------------------------------------------------------------------------------------


def test_01_what_we_send_is_soap_12_with_its_action_and_a_slash() -> None:
    request = posted(forms.FETCH.name, forms.FETCH.write(m.FetchCdr(
        transaction="T", partner=MSP, provider=MSP, session=SessionIds(hub="S"))))  # fmt: skip
    assert opened(request.body).version is SOAP_12
    assert request.headers["content-type"].startswith("application/soap+xml; charset=UTF-8; action=")
    assert request.headers["content-type"].endswith('V1/"')


def test_02_children_in_the_namespace_of_the_root_are_read() -> None:
    namespaced = re.sub(r"<(/?)(?!soap:|\?|\w+:)(\w+)", rf"<\1{PREFIX[1]}:\2", RECORD)  # type: ignore[index]
    value, found = read(namespaced)
    assert value.cdr.energy_kwh == PLAIN.cdr.energy_kwh
    assert {code for code, _ in found} >= {"repaired"}


def test_03_heartbeat_is_read_in_any_letter_case() -> None:
    value, found = read(BEAT)
    assert isinstance(value, m.HeartbeatAnswer)
    assert ("misspelled", "eMIP_ToIOP_HeartbeatResponse") in found


@pytest.mark.parametrize("root", ["SetSessionActionResponse", "SetSessionActionRequestResponse"])
def test_04_the_answer_to_an_action_has_two_names(root: str) -> None:
    content = (
        f'<m:eMIP_ToIOP_{root} xmlns:m="{AUTHORISATION}"><transactionId>T</transactionId>'
        f"<requestStatus>1</requestStatus></m:eMIP_ToIOP_{root}>"
    )
    value, _ = read(enveloped(SOAP_12, content).decode())
    assert value == m.CommandResult(transaction="T", status=m.CommandStatus.ACCEPTED, reason=value.reason)


@pytest.mark.parametrize("direction", ["Request", "Response"])
def test_04_a_second_request_in_the_name_of_an_event_is_read(direction: str) -> None:
    form = forms.EVENT if direction == "Request" else forms.EVENT_ANSWER
    name = f"eMIP_ToIOP_SetSessionEventReportRequest{direction}"
    content = f'<m:{name} xmlns:m="{AUTHORISATION}"><transactionId>T</transactionId></m:{name}>'
    found = adapter.identify(enveloped(SOAP_12, content), "")
    assert found.form is form
    assert [one.code for one in found.noticed] == ["misspelled"]


async def test_05_the_body_decides_not_the_action_nor_the_path() -> None:
    result = m.CommandResult(status=m.CommandStatus.ACCEPTED)
    answer, backend = await called(START, AS_CPO, result, action="wrong", path="/x")
    assert answer.status == 200
    assert [type(one) for one in backend.asked] == [m.StartSession]


@pytest.mark.parametrize(("word", "meaning"), [("0", False), ("1", True), ("true", True), ("false", False)])
def test_06_booleans_are_read_as_numbers_and_words_and_written_as_numbers(word: str, meaning: bool) -> None:
    whole = re.sub(r"(<intermediateCDRRequested>)\w+", rf"\g<1>{word}", STOP.replace("Value>2", "Value>1"))
    value, _ = read(whole)
    assert value.intermediate_cdr_requested is meaning
    plain = forms.FORWARDED_START.write_plain(value)
    body = adapter.render(Written(forms.FORWARDED_START, plain), None).decode()
    assert f"<intermediateCDRRequested>{int(meaning)}<" in body


def test_07_a_decimal_comma_is_read_and_not_written_again() -> None:
    whole = changed(RECORD, "21.480", "21,480")
    means_the_same(whole, ("repaired", "meterValue"))
    assert read(whole)[0].cdr.energy_kwh == Decimal("21.480")
    assert "21,480" not in written(whole)
    assert ("malformed", "meterValue") in read(changed(RECORD, "21.480", "1.021,480"))[1]


@pytest.mark.parametrize(
    ("word", "moment", "reported"),
    [
        ("2026-01-15T13:01:31Z", datetime(2026, 1, 15, 13, 1, 31, tzinfo=UTC), []),
        ("2026-01-15T13:01:31.250Z", datetime(2026, 1, 15, 13, 1, 31, 250_000, tzinfo=UTC), []),
        ("2026-01-15T14:01:31+01:00", datetime(2026, 1, 15, 14, 1, 31, tzinfo=timezone(timedelta(hours=1))), []),
        ("2026-01-15T13:01:31", datetime(2026, 1, 15, 13, 1, 31, tzinfo=UTC), [("assumed", "endTime")]),
        ("2026-01-15T13:01:31.5", datetime(2026, 1, 15, 13, 1, 31, 500_000, tzinfo=UTC), [("assumed", "endTime")]),
    ],
)
def test_08_times_come_in_every_form_and_go_back_as_they_came(
    word: str, moment: datetime, reported: list[tuple[str, str]]
) -> None:
    whole = re.sub(r"(<endTime>)[^<]+", rf"\g<1>{word}", RECORD)
    value, found = read(whole)
    assert value.cdr.end == moment
    assert [one for one in found if one[1] == "endTime"] == reported
    assert f"<endTime>{word}<" in written(whole)


def test_09_elements_in_another_order_are_read_and_put_into_ours() -> None:
    first = re.search(r"\s*<transactionId>.*?</transactionId>", RECORD)
    assert first is not None
    late = RECORD.replace(first[0], "").replace("<chargeDetailRecord>", f"{first[0]}<chargeDetailRecord>")
    late = late.replace(first[0], "").replace("</chargeDetailRecord>", f"</chargeDetailRecord>{first[0]}")
    means_the_same(late)
    assert read(late)[0].transaction == PLAIN.transaction
    plain = forms.CDR.write_plain(read(late)[0])
    body = adapter.render(Written(forms.CDR, plain), None)
    assert body.index(b"transactionId") < body.index(b"chargeDetailRecord")


def test_10_elements_and_codes_of_a_later_document_are_kept() -> None:
    assert "<connectorType>" in RECORD
    assert "<connectorType>" in written(RECORD)
    value, found = read(changed(ACTION, "<transactionId>", "<later>x</later><transactionId>"))
    assert value.action is m.SessionAction.EMERGENCY_STOP
    assert found == []


def test_11_a_document_type_is_refused() -> None:
    whole = changed(AUTHORISE, "<soap:Envelope", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><soap:Envelope')
    with pytest.raises(Undecodable, match="document type"):
        read(whole)


# --- one peer's habits: 33 to 43 ---------------------------------------------------------------------------------

EXEC = "<execPartnerSessionId>E-1</execPartnerSessionId>"


def test_33_elements_that_say_the_same_twice_are_read_once() -> None:
    once = changed(RECORD, "<requestedServiceId>", f"{EXEC}<requestedServiceId>")
    once = re.sub(r"\s*<execPartnerSessionId>(?!E-1).*?</execPartnerSessionId>", "", once)
    value, found = read(changed(once, EXEC, EXEC + EXEC))
    assert value.cdr.session.cpo == "E-1"
    assert ("repaired", "execPartnerSessionId") in found
    assert "repeated" not in {code for code, _ in found}
    assert written(changed(once, EXEC, EXEC + EXEC)).count("<execPartnerSessionId>") == 1


def test_33_elements_that_say_two_things_are_an_error() -> None:
    two = changed(RECORD, "<requestedServiceId>", f"{EXEC}{EXEC.replace('1', '2')}<requestedServiceId>")
    assert "repeated" in {code for code, _ in read(two)[1]}


@pytest.mark.parametrize("empty", ["<userContractIdAlias/>", "<userContractIdAlias> </userContractIdAlias>"])
def test_34_an_empty_element_says_nothing(empty: str) -> None:
    value, found = read(re.sub(r"(<userIdType>)", rf"{empty}\1", AUTHORISE))
    assert value.token.contract_alias is None
    assert [code for code, _ in found if code != "unknown-member"] == []
    means_the_same(re.sub(r"(<userIdType>)", rf"{empty}\1", RECORD))


def test_35_value_and_unit_that_changed_places_are_put_right() -> None:
    whole = changed(RECORD, "<meterValue>21.480</meterValue>", "<meterValue>kWh</meterValue>")
    whole = re.sub(r"(<meterValue>kWh</meterValue>\s*<meterUnit>)kWh", r"\g<1>21.480", whole)
    means_the_same(whole, ("repaired", "meterReport[1]"))
    assert "<meterValue>21.480</meterValue>" in written(whole)


def test_36_the_alias_is_the_alias_and_the_parameter_stays_what_it_is() -> None:
    terms = "<userContractIdAlias>ALIAS-1</userContractIdAlias><parameter>CPO={hello}</parameter>"
    whole = re.sub(r"(</intermediateCDRRequested>)", rf"\1{terms}", STOP.replace("Value>2", "Value>1"))
    value, _ = read(whole)
    assert (value.contract_alias, value.info) == ("ALIAS-1", "CPO={hello}")
    assert "<parameter>CPO={hello}</parameter>" in written(whole)


def grant(name: str, value: str) -> str:
    subject = re.search(r"<EVSEIdType>.*</requestedServiceId>", AUTHORISE, re.DOTALL)
    requester = re.search(r"<transactionId>.*</operatorId>", AUTHORISE, re.DOTALL)
    assert subject is not None
    assert requester is not None
    root = "eMIP_ToIOP_SetServiceAuthorisationRequest"
    return enveloped(SOAP_12, (
        f'<m:{root} xmlns:m="{AUTHORISATION}"><{name}>M-1</{name}><authorisationValue>{value}</authorisationValue>'
        f"{requester[0]}{subject[0]}<intermediateCDRRequested>0</intermediateCDRRequested></m:{root}>"
    )).decode()  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("partnerServiceSessionId", "1"), ("serviceSessionId", "OK")])
def test_37_a_remote_start_in_another_form_is_read(name: str, value: str) -> None:
    message, found = read(grant(name, value))
    assert isinstance(message, m.StartSession)
    assert message.session == SessionIds(emsp="M-1")
    reported = {"authorisationValue", "serviceSessionId"} if value == "OK" else set()
    assert {place for _, place in found} == reported
    assert "<authorisationValue>1<" in written(grant(name, value))


def test_37_a_forbidden_service_by_its_name_is_no_start() -> None:
    assert isinstance(read(grant("partnerServiceSessionId", "KO"))[0], m.StopSession)
    assert ("unknown-value", "authorisationValue") in read(grant("partnerServiceSessionId", "maybe"))[1]


@pytest.mark.parametrize("related", ["relatedSessionActionId", "relatedSessionEventId"])
@pytest.mark.parametrize("nature", ["1", "1: terminated"])
def test_38_an_event_names_its_action_under_either_name(related: str, nature: str) -> None:
    value, found = read(event(related, nature))
    assert value.event.related_action_id == "A-1"
    assert value.event.kind is not None
    assert value.event.kind == read(event("relatedSessionActionId", "1"))[0].event.kind
    assert {place for _, place in found} <= {"relatedSessionEventId", "sessionEventNature"}
    assert ">1<" in written(event(related, nature))


@pytest.mark.parametrize("word", ["1: Ok!", "1 : Ok!", "1"])
def test_39_text_behind_a_code_is_left_out(word: str) -> None:
    value, _ = read(re.sub(r"(<requestStatus>)[^<]+", rf"\g<1>{word}", BEAT))
    assert value.reason.code == "1"
    assert "Ok!" not in written(re.sub(r"(<requestStatus>)[^<]+", rf"\g<1>{word}", BEAT))


@pytest.mark.parametrize("word", ["eMI3_STAR", "EMI3", "eMI3_HYPHEN"])
def test_40_the_name_of_a_scheme_in_the_peers_code_is_emi3(word: str) -> None:
    whole = changed(RECORD, "<partnerIdType>eMI3", f"<partnerIdType>{word}")
    means_the_same(whole, ("repaired", "partnerIdType"))
    assert word not in written(whole)


def test_40_another_scheme_stays_what_it_is() -> None:
    assert "<partnerIdType>Gireve<" in written(changed(RECORD, "<partnerIdType>eMI3", "<partnerIdType>Gireve"))


async def test_41_an_action_without_its_prefix_is_no_obstacle() -> None:
    answer, _ = await called(
        ACTION, AS_CPO, m.CommandResult(status=m.CommandStatus.ACCEPTED), action="eMIP_ToIOP_SetEVSEBusyStatusV1/"
    )
    assert status_of(answer, forms.FORWARDED_ACTION_ANSWER) == "1"


@pytest.mark.parametrize(
    ("whole", "connection", "answer", "form"),
    [
        (event("relatedSessionActionId", "1"), AS_EMSP, m.EventReceipt(accepted=True), forms.FORWARDED_EVENT_ANSWER),
        (ACTION, AS_CPO, m.CommandResult(status=m.CommandStatus.ACCEPTED), forms.FORWARDED_ACTION_ANSWER),
        (START, AS_CPO, m.CommandResult(status=m.CommandStatus.ACCEPTED), forms.FORWARDED_START_ANSWER),
    ],
)
async def test_42_the_root_of_the_other_direction_is_understood(
    whole: str, connection: Connection, answer: m.Answer, form: Any
) -> None:
    usual, first = await called(whole, connection, answer)
    response, backend = await called(changed(whole, "eMIP_FromIOP_", "eMIP_ToIOP_"), connection, answer)
    assert backend.asked == first.asked
    assert response.body == usual.body
    assert status_of(response, form) == "1"


@pytest.mark.parametrize(("length", "reported"), [(30, False), (31, False), (32, True)])
def test_43_an_evse_has_31_characters_behind_the_e_at_most(length: int, reported: bool) -> None:
    whole = changed(AUTHORISE, "NL*LON*E5678*2", f"NL*LON*E{'1' * length}")
    assert (("pattern", "EVSEId") in read(whole)[1]) is reported
