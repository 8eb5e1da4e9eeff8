"""What an eMIP message means, and how a meaning is said in eMIP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.model.cdr import Cdr, MeterReport
from gateway.model.common import Price
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.kinds import EvseStatus
from gateway.model.messages import (
    Allowed,
    Authorization,
    AuthorizeToken,
    CdrReceipt,
    CommandResult,
    CommandStatus,
    EvseStatusReport,
    PublishStatuses,
    SessionAction,
    StartSession,
    StopSession,
    SubmitCdr,
    SubmitCdrs,
)
from gateway.model.session import Limit, LimitKind, SessionIds
from gateway.model.token import HashAlgorithm, Token, TokenType
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import WireModel, decode_document, document
from gateway_emip import adapter, forms, meters, wire
from gateway_emip.translate.authorisations import read_allowed
from gateway_emip.translate.cdrs import RECORD
from gateway_emip.translate.parts import is_taken, read_command_status, write_party
from gateway_emip.words import STATUS
from tests.support import FIXTURES

CONTRACT, OTHER_CONTRACT = ContractId.parse("FR-MSP-C0000A101-X"), ContractId.parse("FR*MSP*000A10*1")
OTHER_USER = Token(uid=str(OTHER_CONTRACT), type=TokenType.APP_USER, contract_id=OTHER_CONTRACT)
CAR = Token(uid="FRMSPC0000A101", type=TokenType.EMAID, contract_id=ContractId.parse("FRMSPC0000A101"))
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
HERE, THERE = EvseId.parse("NL*LON*E5678*2"), EvseId.parse("DE*LON*E1111*11")


def through(form: AnyForm, value: Any) -> Any:
    """Written, and read from what was written."""
    return form.read(decode_document(form.wire, document(form.write(value))).model)


def fixture(name: str) -> Any:
    found = adapter.identify((FIXTURES / "emip" / name).read_bytes(), name)
    return found.form.read(decode_document(found.form.wire, found.document).model)


def models(written: Any) -> list[WireModel]:
    return [one.model for one in written]


# --- who charges -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "kind", "user"),
    [
        (Token(uid="04B1C2D3E4F590", type=TokenType.RFID), "RFID-UID", "04B1C2D3E4F590"),
        (Token(uid="x", type=TokenType.APP_USER, contract_id=CONTRACT), "eMA", str(CONTRACT)),
        (Token(type=TokenType.EMAID, contract_id=CONTRACT), "EMP-SPEC", str(CONTRACT)),
        (Token(uid="guest 7", type=TokenType.AD_HOC_USER), "EMP-SPEC", "guest 7"),
        (Token(uid="6F1C", type=TokenType.RFID, hashed_by=HashAlgorithm.SHA256), "RFID-UID", None),
        (Token(uid="x"), None, "x"),
        (None, None, None),
    ],
)  # fmt: skip
def test_a_token_is_written_as_a_user(token: Token | None, kind: str | None, user: str | None) -> None:
    model = forms.AUTHORISATION.write(AuthorizeToken(token=token, evse=HERE))
    assert (model.user_id_type, model.user_id) == (kind, user)


@pytest.mark.parametrize(
    ("kind", "user", "token"),
    [
        ("RFID-UID", "04:b1:c2:d3:e4:f5:90", Token(uid="04B1C2D3E4F590", type=TokenType.RFID)),
        ("EVCO", str(OTHER_CONTRACT), OTHER_USER),
        ("EMP-SPEC", "FRMSPC0000A101", CAR),
        ("EMP-SPEC", "guest 7", Token(uid="guest 7", type=TokenType.OTHER)),
        ("BIOMETRIC", "thumb", Token(uid="thumb")),
    ],
)  # fmt: skip
def test_a_user_is_read_as_a_token_and_comes_back_as_sent(kind: str, user: str, token: Token) -> None:
    asked = forms.AUTHORISATION.write_plain(AuthorizeToken(evse=HERE, partner=LON, operator=LON))
    asked.user_id_type, asked.user_id = kind, user
    message = forms.AUTHORISATION.read(decode_document(forms.AUTHORISATION.wire, document(asked)).model)
    again = decode_document(forms.AUTHORISATION.wire, document(forms.AUTHORISATION.write(message))).model
    assert message.token == token
    assert (again.user_id_type, again.user_id) == (kind, user)


def test_the_operator_of_a_message_is_that_of_its_evse() -> None:
    model = forms.AUTHORISATION.write(AuthorizeToken(operator=LON, evse=THERE))
    assert model.operator_id == "DE*LON"
    spelled = PartyId.parse("NLLON")
    assert forms.AUTHORISATION.write(AuthorizeToken(operator=spelled, evse=HERE)).operator_id == "NLLON"


def test_providers_are_written_with_an_asterisk() -> None:
    assert write_party(PartyId.parse("DE-8EO")) == "DE*8EO"
    assert write_party(PartyId.parse("DE8EO")) == "DE8EO"
    assert write_party(None) is None


# --- may he? -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status", "allowed"),
    [
        ("1", "1", Allowed.ALLOWED),
        ("2", "1", Allowed.NOT_ALLOWED),
        ("1", "202", Allowed.NOT_ALLOWED),
        ("1", "203", Allowed.UNKNOWN_TOKEN),
        ("1", "777", Allowed.NOT_ALLOWED),
        ("1", None, Allowed.NOT_ALLOWED),
        (None, "1", Allowed.NOT_ALLOWED),
        ("3", "1", Allowed.NOT_ALLOWED),
        ("2", "10210", Allowed.NO_ANSWER),
        (None, None, Allowed.NOT_ALLOWED),
    ],
)
def test_only_value_1_with_status_1_lets_anybody_charge(
    value: str | None, status: str | None, allowed: Allowed
) -> None:
    assert read_allowed(value, status) is allowed


def test_limits_are_read_by_their_unit_and_written_in_that_of_the_specification() -> None:
    answer = fixture("get_service_authorisation_answer.xml")
    assert answer.limits == (
        Limit(kind=LimitKind.ENERGY, value=Decimal("30.5"), unit="kWh"),
        Limit(kind=LimitKind.COST, value=Decimal(40), unit="EUR"),
    )
    fresh = forms.AUTHORISATION_ANSWER.write(replace(answer, extensions={}))
    assert fresh.meter_limit_list is not None
    assert [(one.meter_value, one.meter_unit) for one in fresh.meter_limit_list.meter_report] == [
        (Decimal(30500), "Wh"),
        (Decimal(40), "EUR"),
    ]


def test_a_kept_unit_is_not_put_beside_a_changed_value() -> None:
    answer = fixture("get_service_authorisation_answer.xml")
    limit = replace(answer.limits[0], value=Decimal(22))
    again = through(forms.AUTHORISATION_ANSWER, replace(answer, limits=(limit, answer.limits[1])))
    assert again.limits == (limit, answer.limits[1])


def test_a_refusal_that_became_a_yes_is_written_as_a_yes() -> None:
    refused = fixture("get_service_authorisation_refused.xml")
    ids = SessionIds(hub="S-1")
    assert (
        through(forms.AUTHORISATION_ANSWER, replace(refused, allowed=Allowed.ALLOWED, session=ids)).allowed
        is Allowed.ALLOWED
    )


# --- start and stop ----------------------------------------------------------------------------------------------


def test_a_stop_is_never_turned_into_a_start() -> None:
    stop = fixture("from_iop_set_service_authorisation_stop.xml")
    assert isinstance(stop, StopSession)
    for form in (forms.FORWARDED_START, forms.START):
        assert form.write(replace(stop, extensions={})).authorisation_value == "2"
    assert forms.START.write(StartSession()).authorisation_value == "1"


@pytest.mark.parametrize(("action", "nature"), list(zip(SessionAction, "0123", strict=True)))
def test_every_action_has_its_nature_and_0_is_the_emergency_stop(action: SessionAction, nature: str) -> None:
    message = StopSession(action=action, session=SessionIds(hub="S-1"), at=NOON)
    model = forms.ACTION.write(message)
    assert model.session_action is not None
    assert model.session_action.session_action_nature == nature
    assert through(forms.ACTION, message) == message


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("1", CommandStatus.ACCEPTED),
        ("10501", CommandStatus.UNKNOWN_SESSION),
        ("777", CommandStatus.FAILED),
        (None, None),
    ],
)
def test_a_command_is_accepted_by_status_1_alone(status: str | None, read: CommandStatus | None) -> None:
    assert read_command_status(status) is read


def test_an_action_that_is_not_offered_has_a_code_of_its_own() -> None:
    result = CommandResult(status=CommandStatus.NOT_SUPPORTED)
    assert forms.FORWARDED_ACTION_ANSWER.write(result).request_status == "10506"
    assert forms.FORWARDED_START_ANSWER.write(result).request_status == "205"
    nothing = CommandResult(status=CommandStatus.UNKNOWN_RESERVATION)
    assert forms.FORWARDED_START_ANSWER.write(nothing).request_status == "10507"


# --- records -----------------------------------------------------------------------------------------------------

CDR = Cdr(
    session=SessionIds(hub="S-1", cpo="C-1", emsp="M-1"),
    evse=HERE,
    operator=LON,
    provider=PartyId.parse("FR*MSP"),
    token=Token(uid="04B1C2D3E4F590", type=TokenType.RFID),
    start=NOON,
    end=NOON + timedelta(minutes=61, seconds=31),
    duration=timedelta(minutes=61, seconds=31),
    energy_kwh=Decimal("21.4805"),
    energy_known=True,
    currency="EUR",
    total_cost=Price(excl_vat=Decimal("8.590")),
    rated=True,
)


def reports(cdr: Cdr) -> list[tuple[str | None, str, str | None]]:
    listed = RECORD.write(cdr).meter_report_list
    assert listed is not None
    return [(one.meter_type_id, f"{one.meter_value:f}", one.meter_unit) for one in listed.meter_report]


def test_totals_are_written_in_minutes_watt_hours_and_the_currency() -> None:
    assert reports(CDR) == [("1", "61.51666667", "min"), ("2", "21480.5", "Wh"), ("3", "8.590", "EUR")]


def test_what_is_not_known_is_not_written() -> None:
    silent = replace(CDR, duration=None, energy_known=False, energy_kwh=Decimal(0), rated=False)
    assert reports(silent) == []
    assert reports(replace(silent, total_time_hours=Decimal("1.25"))) == [("1", "75", "min")]
    read = through(forms.CDR, SubmitCdr(cdr=silent)).cdr
    assert (read.energy_kwh, read.energy_known, read.total_cost, read.rated) == (None, False, None, False)


def test_a_record_comes_back_from_the_wire() -> None:
    assert through(forms.CDR, SubmitCdr(operator=LON, partner=LON, cdr=CDR)).cdr == replace(CDR, nature="FINAL")


def test_meter_reports_that_are_no_totals_stay_exact() -> None:
    cdr = fixture("set_charge_detail_record_in_kwh.xml").cdr
    assert cdr.energy_kwh == Decimal("21.48")
    assert cdr.duration == timedelta(minutes=61, seconds=31)
    assert cdr.meter_reports == (
        MeterReport(type_id="1022", value=Decimal(40), unit="min"),
        MeterReport(type_id="45", value=Decimal("1833.25"), unit="Wh"),
    )
    strange = wire.MeterReport(meter_type_id="2", meter_value=Decimal(3), meter_unit="GJ")
    record = RECORD.write_plain(CDR)
    record.meter_report_list = wire.MeterReportList(meter_report=(strange,))
    read = RECORD.read(record)
    assert read.energy_kwh is None
    assert read.meter_reports == (MeterReport(type_id="2", value=Decimal(3), unit="GJ"),)


def test_a_record_that_came_in_kwh_in_another_order_can_be_changed() -> None:
    message = fixture("set_charge_detail_record_in_kwh.xml")
    changed = replace(message, cdr=replace(message.cdr, energy_kwh=Decimal(22)))
    again = through(forms.CDR, changed)
    assert again.cdr == changed.cdr
    assert b"<connectorType>3</connectorType>" in adapter.render(Written(forms.CDR, forms.CDR.write(changed)), None)


def test_several_records_are_several_messages_and_one_meaning() -> None:
    first = replace(CDR, nature="FINAL")
    both = SubmitCdrs(partner=LON, operator=LON, cdrs=(first, replace(first, session=SessionIds(hub="S-2"))))
    written = adapter.writes[SubmitCdrs](both)
    assert [one.form.name for one in written] == ["eMIP_ToIOP_SetChargeDetailRecord"] * 2
    assert adapter.reread is not None
    assert adapter.reread(models(written), both) == both


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        ("1", True),
        ("10701", True),
        ("205", False),
        ("777", True),
        ("10501", False),
        ("10999", False),
        ("-1", False),
        (None, None),
    ],
)
def test_an_unknown_warning_is_no_refusal_of_a_record(status: str | None, taken: bool | None) -> None:
    assert is_taken(status) is taken


@pytest.mark.parametrize(
    ("receipt", "status"),
    [
        (CdrReceipt(accepted=True), "1"),
        (CdrReceipt(accepted=True, already_there=True), "10701"),
        (CdrReceipt(accepted=False), "10201"),
        (CdrReceipt(accepted=False, already_there=True), "10701"),
        (CdrReceipt(), None),
    ],
)
def test_a_receipt_is_a_status(receipt: CdrReceipt, status: str | None) -> None:
    assert forms.FORWARDED_CDR_ANSWER.write(receipt).request_status == status


@pytest.mark.parametrize("text", ["0", "0.0010", "21480", "1" + 60 * "0", "0.333", "1234567890123456789012345678901.5"])
def test_scaling_is_exact_and_adds_no_zeros(text: str) -> None:
    value = Decimal(text)
    there = meters.on_wire(LimitKind.ENERGY, value)
    assert meters.in_model(LimitKind.ENERGY, there, "Wh") == value
    assert "E" not in f"{there:f}"
    assert f"{meters.plain(value):f}" == (text.rstrip("0").rstrip(".") if "." in text else text)


# --- statuses ----------------------------------------------------------------------------------------------------


def published(*statuses: EvseStatus) -> PublishStatuses:
    places = (HERE, THERE)
    made = tuple(
        EvseStatusReport(evse=evse, status=status, at=NOON) for evse, status in zip(places, statuses, strict=False)
    )
    return PublishStatuses(partner=LON, operator=LON, statuses=made)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (EvseStatus.AVAILABLE, ["2", "1"]),
        (EvseStatus.CHARGING, ["2", "2"]),
        (EvseStatus.BLOCKED, ["2", "2"]),
        (EvseStatus.RESERVED, ["2", "3"]),
        (EvseStatus.OUTOFORDER, ["1"]),
        (EvseStatus.INOPERATIVE, ["1"]),
        (EvseStatus.PLANNED, ["3"]),
        (EvseStatus.REMOVED, ["4"]),
        (EvseStatus.UNKNOWN, ["0", "0"]),
    ],
)
def test_a_status_is_told_in_the_dimensions_that_say_something(status: EvseStatus, told: list[str]) -> None:
    message = published(status)
    written = models(adapter.writes[PublishStatuses](message))
    said = [
        model.availability_status if isinstance(model, wire.SetEvseAvailabilityStatusRequest) else model.busy_status
        for model in written
        if isinstance(model, (wire.SetEvseAvailabilityStatusRequest, wire.SetEvseBusyStatusRequest))
    ]
    assert said == told
    assert adapter.reread is not None
    again = adapter.reread(written, message)
    assert again.statuses[0].status is STATUS.read(told[0], told[1] if len(told) > 1 else "0")


def test_statuses_of_two_operators_never_share_a_message() -> None:
    written = adapter.writes[PublishStatuses](published(EvseStatus.AVAILABLE, EvseStatus.CHARGING))
    assert [(model.operator_id, model.evse_id) for model in models(written)] == [  # type: ignore[attr-defined]
        ("NL*LON", "NL*LON*E5678*2"),
        ("NL*LON", "NL*LON*E5678*2"),
        ("DE*LON", "DE*LON*E1111*11"),
        ("DE*LON", "DE*LON*E1111*11"),
    ]


def test_in_service_alone_does_not_say_free() -> None:
    message = fixture("set_evse_availability_in_service.xml")
    assert message.statuses[0].status is EvseStatus.UNKNOWN
    assert forms.AVAILABILITY.write(message).verbatim.findtext("availabilityStatus") == "2"


def test_answers_have_one_message_each() -> None:
    for answer in (Authorization(), CommandResult(), CdrReceipt()):
        assert len(adapter.writes[type(answer)](answer)) == 1
