"""Where documents and schema of OCHP disagree, and what partners make of both: all of it is read, one form is written.

Each row is a line of the table of disagreements: what is sent, what it means, and the finding that tells of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.errors import Refused, Undecodable
from gateway.fields import without_extensions
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.kinds import ConnectorType
from gateway.model.location import Address, Location, OpeningTimes, RegularHours
from gateway.model.token import HashAlgorithm
from gateway.wire import Decoded, decode, document
from gateway.wire.soap import SOAP_11, SOAP_12, enveloped
from gateway_ochp import adapter, wire
from gateway_ochp.strict import strict
from gateway_ochp.translate.cdrs import CDR
from gateway_ochp.translate.locations import CHARGE_POINT, LOCATION_KEY
from gateway_ochp.translate.tokens import TOKEN
from tests.adapters.test_ochp_reading import PLAIN_CDR, PLAIN_POINT, bill, point, reported
from tests.adapters.test_ochp_sends import CONNECTION, PLACE
from tests.support import CONFORMANCE, FIXTURES, FakeLink, needs_conformance

TOKENS = (FIXTURES / "ochp/get_tokens_response.xml").read_text(encoding="utf-8")
OCHP = f'xmlns="{wire.NAMESPACE}"'
Read = Callable[[Location], Any]


def found(decoded: Decoded[Any], place: str) -> set[tuple[str, str]]:
    return {(severity, code) for pointer, severity, code in reported(decoded) if pointer.endswith(place)}


def street(place: Location) -> Any:
    return place.address and (place.address.street, place.address.house_number, place.address.country)


def hours(place: Location) -> Any:
    return place.opening_times, place.charging_when_closed


def changed(place: Location) -> Any:
    return place.evses[0].last_updated


def latitude(place: Location) -> Any:
    return place.coordinates and place.coordinates.latitude


def plug(place: Location) -> Any:
    return place.evses[0].connectors[0].standard, place.evses[0].connectors[0].wire_standard


NIGHT = datetime(2026, 2, 28, 23, tzinfo=UTC)
NILLED = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
GEO = '<o:chargePointLocation lat="-0.500000" lon="10.000001"/>'
GEO_OF_ELEMENTS = "<o:chargePointLocation><o:lat>-0.500000</o:lat><o:lon>10.000001</o:lon></o:chargePointLocation>"
LAST = "</o:chargePointInfoArray>"
SHUT = "<o:closedCharging>false</o:closedCharging>"
ALWAYS = "<o:twentyfourseven>true</o:twentyfourseven>"
OPEN = OpeningTimes(twentyfourseven=True)
MONDAY = '<o:regularHours weekday="1" periodBegin="08:00" periodEnd="12:00"/>'
MORNING = RegularHours(weekday=1, begin=480, end=720)
SOCKET = "<o:ConnectorStandard>IEC_62196_T2_COMBO</o:ConnectorStandard>"


@pytest.mark.parametrize(
    ("changes", "meaning", "expected", "finding"),
    [
        # hours
        ({"o:openingTimes": "o:operatingTimes"}, hours, (OPEN, False), ("/operatingTimes", "warning", "misspelled")),
        ({SHUT: ""}, hours, (OPEN, None), ("/closedCharging", "error", "missing")),
        ({SHUT: "", ALWAYS: SHUT + ALWAYS}, hours, (OPEN, False), None),
        ({ALWAYS: ""}, hours, (None, False), ("/openingTimes", "error", "choice")),
        (
            {ALWAYS: MONDAY + ALWAYS},
            hours,
            (OpeningTimes(twentyfourseven=True, regular=(MORNING,)), False),
            ("/openingTimes", "warning", "choice"),
        ),
        (
            {ALWAYS: MONDAY * 8},
            hours,
            (OpeningTimes(regular=(MORNING,) * 8), False),
            ("/regularHours", "warning", "too-many"),
        ),
        (
            {ALWAYS: MONDAY.replace("08:00", "8:00")},
            hours,
            (OpeningTimes(regular=(MORNING,)), False),
            ("/@periodBegin", "warning", "repaired"),
        ),
        # texts and codes
        (
            {">DEU</o:country>": ">de</o:country>"},
            street,
            ("Lindenallee", "7", "DEU"),
            ("/country", "error", "pattern"),
        ),
        (
            {">DEU</o:country>": ">deu</o:country>"},
            street,
            ("Lindenallee", "7", "DEU"),
            ("/country", "error", "pattern"),
        ),
        ({">7<": ">12-14/2<"}, street, ("Lindenallee", "12-14/2", "DEU"), ("/houseNumber", "error", "pattern")),
        ({">7<": ">-<"}, street, ("Lindenallee", None, "DEU"), None),
        ({">7<": "><"}, street, ("Lindenallee", None, "DEU"), None),
        ({">DEU</o:locationNameLang>": ">de</o:locationNameLang>"}, lambda p: p.names[0].language, "de", None),
        (
            {"HAFEN 01": "hafen 01"},
            lambda p: p.external_ids,
            {LOCATION_KEY: "hafen 01"},
            ("/locationId", "error", "pattern"),
        ),
        ({"DE*ABC*E100*1": "de*abc*e100*1"}, lambda p: str(p.evses[0].evse_id), "de*abc*e100*1", None),
        # times
        (
            {"23:00:00Z": "23:00:00.123Z"},
            changed,
            NIGHT.replace(microsecond=123000),
            ("/DateTime", "warning", "repaired"),
        ),
        ({"2026-02-28T23:00:00Z": "2026-03-01T00:00:00+01:00"}, changed, NIGHT, ("/DateTime", "warning", "repaired")),
        ({"23:00:00Z": "23:00:00"}, changed, NIGHT, ("/DateTime", "warning", "assumed")),
        (
            {"<o:DateTime>2026-02-28T23:00:00Z</o:DateTime>": "2026-02-28T23:00:00Z"},
            changed,
            NIGHT,
            ("/timestamp", "warning", "repaired"),
        ),
        ({"o:DateTime>": "o:dateTime>"}, changed, NIGHT, ("/dateTime", "warning", "misspelled")),
        # numbers
        ({'lat="-0.500000"': 'lat="-.5"'}, latitude, Decimal("-0.5"), ("/@lat", "warning", "pattern")),
        (
            {'lat="-0.500000"': 'lat="-0.50000000000001"'},
            latitude,
            Decimal("-0.50000000000001"),
            ("/@lat", "warning", "pattern"),
        ),
        (
            {LAST: f"<o:maxReservation>30.5</o:maxReservation>{LAST}"},
            lambda p: p.evses[0].max_reservation_minutes,
            30,
            ("/maxReservation", "warning", "repaired"),
        ),
        # attributes and elements
        ({GEO: GEO.replace(" lat", " o:lat")}, latitude, Decimal("-0.5"), ("/@lat", "warning", "repaired")),
        ({GEO: GEO_OF_ELEMENTS}, latitude, Decimal("-0.5"), ("/lat", "warning", "repaired")),
        (
            {SOCKET: SOCKET.replace("_", "-")},
            plug,
            (ConnectorType.IEC_62196_T2_COMBO, None),
            ("/connectorStandard", "warning", "unknown-value"),
        ),
        (
            {SOCKET: SOCKET.replace("IEC_62196_T2_COMBO", "WARP")},
            plug,
            (None, "WARP"),
            ("/connectorStandard", "warning", "unknown-value"),
        ),
        (
            {"<o:ratings>": "<o:flux/><o:ratings>"},
            lambda p: p.evses[0].max_power_kw,
            Decimal("150.0"),
            ("/flux", "info", "unknown-member"),
        ),
        ({"<o:status>": f"<o:telephoneNumber {NILLED}/><o:status>"}, lambda p: p.hotline, None, None),
        (
            {"<o:status>": "<o:telephoneNumber/><o:parkingSpot/><o:status>"},
            lambda p: p.hotline,
            None,
            ("/parkingSpot[1]/parkingId", "error", "missing"),
        ),
    ],
)
def test_a_charge_point_in_any_form_is_read(
    changes: dict[str, str], meaning: Read, expected: Any, finding: tuple[str, str, str] | None
) -> None:
    decoded = point(changes)
    place = CHARGE_POINT.read(decoded.model)
    assert meaning(place) == expected
    if finding is not None:
        assert finding[1:] in found(decoded, finding[0])
    assert is_written_to_the_letter(place)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"o:CdrId": "o:cdrId"}, ("/cdrId", "warning", "misspelled")),
        ({"o:tokenType>": "o:type>"}, ("/type", "warning", "misspelled")),
        ({"+01:00": ".000+01:00"}, ("/LocalDateTime", "warning", "repaired")),
        ({"2026-03-01T14:00:00+01:00": "2026-03-01T13:00:00Z"}, ("/LocalDateTime", "warning", "repaired")),
        ({"DE-8EO-CA2B3C4D5-6": "DE-8EO-A12B3C4D5"}, None),
        ({"<o:currency>EUR": "<o:currency> EUR "}, None),
        ({"030:30:00": "30:30:00"}, ("/duration", "warning", "repaired")),
    ],
)
def test_a_cdr_in_any_form_means_the_same(changes: dict[str, str], finding: tuple[str, str, str] | None) -> None:
    decoded, plain = bill(changes), CDR.read(bill({}).model)
    cdr = without_extensions(CDR.read(decoded.model))
    assert (cdr.id, cdr.start, cdr.duration, cdr.currency) == (plain.id, plain.start, plain.duration, plain.currency)
    assert (cdr.energy_kwh, cdr.total_cost, cdr.token and cdr.token.uid) == (
        plain.energy_kwh,
        plain.total_cost,
        plain.token and plain.token.uid,
    )
    if finding is not None:
        assert finding[1:] in found(decoded, finding[0])


@pytest.mark.parametrize(
    ("attribute", "inner", "hashed"),
    [
        (' representation="SHA160"', "", HashAlgorithm.SHA1),
        (' representation="SHA-1"', "", HashAlgorithm.SHA1),
        (' o:representation="sha-256"', "", HashAlgorithm.SHA256),
        ("", "<o:representation>sha-256</o:representation>", HashAlgorithm.SHA256),
        ("", "", None),
    ],
)
def test_a_token_in_any_form_is_read_and_written_with_its_representation(
    attribute: str, inner: str, hashed: HashAlgorithm | None
) -> None:
    text = (
        f'<o:a xmlns:o="{wire.NAMESPACE}"><o:EmtId{attribute}><o:instance>AB12</o:instance><o:type>rfid</o:type>'
        f"<o:subType>mifareDes</o:subType>{inner}</o:EmtId><o:contractId>DE8EOC00000001</o:contractId></o:a>"
    )
    token = TOKEN.read(decode(wire.RoamingAuthorisationInfo, text.encode()).model)
    assert (token.hashed_by, token.technology is not None) == (hashed, True)
    written = document(strict(TOKEN.write(token)))[0]
    words = {None: "plain", HashAlgorithm.SHA1: "sha-160", HashAlgorithm.SHA256: "sha-256"}
    assert written.get("representation") == words[hashed]
    assert [etree.QName(part).localname for part in written] == ["instance", "tokenType", "tokenSubType"]


def is_written_to_the_letter(place: Location) -> bool:
    """Whether what goes out for a charge point, with all that was kept of it, is as the schema has it but for what the
    partner has not told."""
    again = decode(wire.ChargePointInfo, etree.tostring(document(strict(CHARGE_POINT.write(place)))))
    return {one.code for one in again.findings} <= {"missing", "check-digit"}


# --- lists -------------------------------------------------------------------------------------------------------

EMSP = replace(CONNECTION, role=Role.EMSP)
RESULT = "<result><resultCode><resultCode>{}</resultCode></resultCode>{}</result>"
NIL = f"<resultDescription {NILLED}/>"


def said(name: str, inner: str, version: Any = SOAP_11, **headers: str) -> HttpResponse:
    return HttpResponse(headers=headers, body=enveloped(version, f"<{name} {OCHP}>{inner}</{name}>"))


async def sent(message: m.Message[Any], *replies: HttpResponse, role: Role = Role.EMSP) -> Any:
    return await adapter.sends[type(message)](FakeLink(replace(CONNECTION, role=role), list(replies)), message)


@pytest.mark.parametrize("text", ["", NIL, "<resultDescription/>", "<resultDescription>done</resultDescription>"])
async def test_the_description_of_a_result_may_be_absent_nil_or_empty(text: str) -> None:
    answer = await sent(m.FetchEvses(), said("GetChargePointListResponse", RESULT.format("ok", text)))
    assert (answer.reason.code, answer.locations) == ("ok", ())


@pytest.mark.parametrize("code", ["", "unheard-of", "server", "format", "not-authorized"])
async def test_the_code_counts_before_the_list(code: str) -> None:
    record = "<chargePointInfoArray><evseId>DE*ABC*E1</evseId></chargePointInfoArray>"
    with pytest.raises(Refused):
        await sent(m.FetchEvses(), said("GetChargePointListResponse", RESULT.format(code, "") + record))


BROKEN = "<chargePointInfoArray><locationId>A1</locationId><timestamp>soon</timestamp></chargePointInfoArray>"
WHOLE = "<chargePointInfoArray><evseId>DE*ABC*E{}</evseId></chargePointInfoArray>"


async def test_one_bad_record_costs_the_list_nothing_but_itself() -> None:
    inner = RESULT.format("ok", "") + WHOLE.format(1) + BROKEN + WHOLE.format(3)
    answer = await sent(m.FetchEvses(), said("GetChargePointListResponse", inner))
    assert [str(evse.evse_id) for place in answer.locations for evse in place.evses if evse.evse_id] == [
        "DE*ABC*E1",
        "DE*ABC*E3",
    ]
    assert answer.page.unread == ("/GetChargePointListResponse/chargePointInfoArray[2]: it has no readable evse id",)
    kept = {one.pointer: str(one.received) for one in answer.locations[1].extensions["ochp"]}
    assert ">soon</timestamp>" in kept["/timestamp[1]"]


async def test_a_cdr_without_its_id_is_named() -> None:
    inner = RESULT.format("ok", "") + "<cdrInfoArray><evseId>DE*ABC*E1</evseId></cdrInfoArray>"
    answer = await sent(m.FetchCdrs(), said("GetCDRsResponse", inner))
    assert answer.page.unread == ("/GetCDRsResponse/cdrInfoArray[1]: it has no readable cdr id",)


@pytest.mark.parametrize("name", ["roamingAuthorisationInfo", "roamingAuthorisationInfoArray"])
@pytest.mark.parametrize("since", [None, datetime(2026, 1, 1, tzinfo=UTC)])
async def test_a_token_list_is_read_under_either_name(name: str, since: datetime | None) -> None:
    operation = "GetRoamingAuthorisationList" + ("Updates" if since else "")
    record = f"<{name}><EmtId representation='plain'><instance>AB12</instance></EmtId></{name}>"
    inner = RESULT.format("ok", "") + record
    answer = await sent(m.FetchTokens(since=since), said(f"{operation}Response", inner), role=Role.CPO)
    assert [token.uid for token in answer.tokens] == ["AB12"]


EVSE = '<{} major="available" minor="available"><evseId>DE*ABC*E{}</evseId></{}>'
SPOT = '<parking status="available"><parkingId>DE*ABC*P1</parkingId></parking>'


@pytest.mark.parametrize(
    ("inner", "evses", "spots"),
    [
        ("", [], 0),
        (SPOT + EVSE.format("evse", 1, "evse") + EVSE.format("combined", 2, "combined"), ["DE*ABC*E1", "DE*ABC*E2"], 1),
        (RESULT.format("ok", "") + EVSE.format("evse", 1, "evse"), ["DE*ABC*E1"], 0),
        (RESULT.format("partly", NIL), [], 0),
    ],
)
async def test_statuses_come_mixed_alone_with_a_result_or_not_at_all(inner: str, evses: list[str], spots: int) -> None:
    answer = await sent(m.FetchStatuses(), said("GetStatusResponse", inner))
    assert ([str(one.evse) for one in answer.statuses], len(answer.parking)) == (evses, spots)


@pytest.mark.parametrize("code", ["server", "not-authorized", ""])
async def test_a_result_that_the_schema_does_not_have_is_still_a_refusal(code: str) -> None:
    with pytest.raises(Refused):
        await sent(m.FetchStatuses(), said("GetStatusResponse", RESULT.format(code, "")))


# --- encodings ---------------------------------------------------------------------------------------------------

NAMED = f"<GetChargePointListResponse {OCHP}>{RESULT.format('ok', '')}<chargePointInfoArray><evseId>DE*ABC*E1</evseId>"
NAMED += "<locationName>Zürich – Łódź</locationName></chargePointInfoArray></GetChargePointListResponse>"


@pytest.mark.parametrize(
    ("declared", "written", "charset", "name"),
    [
        ("UTF-8", "utf-8", "utf-8", "Zürich – Łódź"),
        ("UTF-8", "utf-8", "iso-8859-1", "Zürich – Łódź"),
        ("ISO-8859-2", "iso-8859-2", "utf-8", "Zürich ? Łódź"),
        ("UTF-8", "cp1250", "windows-1250", "Zürich – Łódź"),
        ("UTF-8", "cp1252", "", "Zürich – ?ód?"),
        ("", "cp1252", "utf-8", "Zürich – ?ód?"),
        ("", "cp1252", "no-such-thing", "Zürich – ?ód?"),
        ("UTF-16", "utf-16", "", "Zürich – Łódź"),
    ],
)
async def test_the_encoding_is_that_of_the_document_then_that_of_the_transport(
    declared: str, written: str, charset: str, name: str
) -> None:
    body = enveloped(SOAP_11, NAMED).decode().partition("\n")[2]
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    answer = await sent(
        m.FetchEvses(),
        HttpResponse(
            headers={"content-type": f"text/xml; charset={charset}" if charset else "text/xml"},
            body=(declaration + body).encode(written, errors="replace"),
        ),
    )
    assert answer.locations[0].names[0].text == name


# --- bad input ---------------------------------------------------------------------------------------------------

EMPTY = enveloped(SOAP_11, f"<GetChargePointListResponse {OCHP}/>")
DEEP = f"<a>{'<b>' * 4000}{'</b>' * 4000}</a>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml at all",
        EMPTY[:-20],
        EMPTY.replace(b"?>\n", b"?>\n<!DOCTYPE x>"),
        EMPTY.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>'),
        EMPTY.replace(b"?>\n", b'?>\n<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        enveloped(SOAP_12, f"<GetChargePointListResponse {OCHP}/>"),
        enveloped(SOAP_11, f"<GetChargePointListResponse {OCHP}/><GetChargePointListResponse {OCHP}/>"),
        enveloped(SOAP_11, ""),
        enveloped(SOAP_11, f"<GetCDRsResponse {OCHP}/>"),
        enveloped(SOAP_11, f"<Surprise {OCHP}/>"),
        EMPTY.replace(b"<soap:Body>", b"<soap:Body>&unknown;"),
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_what_is_no_answer_is_an_error_of_its_own_kind(body: bytes) -> None:
    with pytest.raises(Undecodable):
        await sent(m.FetchEvses(), HttpResponse(body=body))


@pytest.mark.parametrize(
    "inner", [DEEP, f"<result>{DEEP}</result>", f'<result a="{"x" * 11_000_000}"/>'], ids=["deep", "deeper", "long"]
)
async def test_a_huge_answer_is_read_or_refused_but_never_breaks_anything(inner: str) -> None:
    with pytest.raises((Undecodable, Refused)):
        await sent(m.FetchEvses(), said("GetChargePointListResponse", inner))
    with pytest.raises(Undecodable):
        adapter.identify(
            enveloped(SOAP_11, f"<GetChargePointListResponse {OCHP}>{inner}</GetChargePointListResponse>"), ""
        )


LEAF = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([(PLAIN_POINT, "SetChargePointList"), (PLAIN_CDR, "AddCDRs"), (TOKENS, "Get")]), st.data())
def test_any_text_anywhere_is_read_and_costs_no_other_field(sample: tuple[str, str], data: st.DataObject) -> None:
    envelope = etree.fromstring(sample[0].encode())
    leaves = [element for element in envelope.iter("*") if not len(element)]
    for leaf in data.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=6)):
        leaf.text = data.draw(LEAF)
        for name in leaf.attrib:
            leaf.set(name, data.draw(LEAF))
    found = adapter.identify(etree.tostring(envelope), "")
    decoded = decode(found.form.wire, etree.tostring(found.document))
    value = found.form.read(decoded.model)
    assert isinstance(decoded.findings, list)
    assert document(found.form.write(value)).tag == found.document.tag


# --- written -----------------------------------------------------------------------------------------------------


def test_an_unknown_word_is_kept_and_never_written() -> None:
    place = CHARGE_POINT.read(point({"Inoperative": "Sleeping", "<o:ratings>": "<o:flux>1</o:flux><o:ratings>"}).model)
    kept = {one.pointer: str(one.received) for one in place.extensions["ochp"]}
    assert "Sleeping" in kept["/status[1]"]
    assert b"Sleeping" in etree.tostring(document(CHARGE_POINT.write(place)))
    written = etree.tostring(document(strict(CHARGE_POINT.write(place))))
    assert (b"Sleeping" in written, b"flux" in written, b"DE*ABC*E100*1" in written) == (False, False, True)


def test_what_the_schema_has_is_written_as_it_was_received() -> None:
    place = CHARGE_POINT.read(point({"150.0<": "150.00<"}).model)
    assert b">150.00<" in etree.tostring(document(strict(CHARGE_POINT.write(place))))


def test_an_element_that_stood_in_the_wrong_place_is_written_in_its_own() -> None:
    zone = "<o:timeZone>Europe/Berlin</o:timeZone>"
    place = CHARGE_POINT.read(point({zone: "", "<o:evseId>": f"{zone}<o:evseId>"}).model)
    names = [etree.QName(part).localname for part in document(strict(CHARGE_POINT.write(place)))]
    assert names.index("timeZone") > names.index("evseId")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (Address(street="S" * 50, house_number="12-14/2"), ("S" * 37 + " 12-14/2", None)),
        (Address(street="Lindenallee", house_number="12-14/2"), ("Lindenallee 12-14/2", None)),
        (Address(house_number="12-14/2"), ("12-14/2", None)),
        (Address(street="Lindenallee", house_number="12a"), ("Lindenallee", "12A")),
    ],
)
def test_a_number_is_never_cut_off_its_street(address: Address, written: tuple[str, str | None]) -> None:
    found = CHARGE_POINT.write(replace(PLACE, address=address)).charge_point_address
    assert found is not None
    assert (found.address, found.house_number) == written


@pytest.mark.parametrize(
    ("spans", "written"),
    [
        ([(1, 1320, 360)], [(1, 1320, 1440), (2, 0, 360)]),
        ([(7, 1320, 360)], [(7, 1320, 1440), (1, 0, 360)]),
        ([(3, 600, 0)], [(3, 600, 1440)]),
        ([(3, 0, 1440)], [(3, 0, 1440)]),
        (
            [(day, start, start + 60) for day in range(1, 8) for start in (480, 900)],
            [(day, 480, 960) for day in range(1, 8)],
        ),
    ],
)
def test_hours_are_written_within_their_days(
    spans: list[tuple[int, int, int]], written: list[tuple[int, int, int]]
) -> None:
    regular = tuple(RegularHours(weekday=day, begin=begin, end=end) for day, begin, end in spans)
    hours = CHARGE_POINT.write(replace(PLACE, opening_times=OpeningTimes(regular=regular))).opening_times
    assert hours is not None
    assert [(one.weekday, one.period_begin, one.period_end) for one in hours.regular_hours] == written


MOMENTS = st.datetimes(
    min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.timezones() | st.just(UTC)
)


@given(MOMENTS, MOMENTS)
def test_times_have_exactly_their_width(utc: datetime, local: datetime) -> None:
    info = CDR.write_plain(replace(CDR.read(bill({}).model), start=local))
    text = document(info).find("{*}startDateTime/{*}LocalDateTime").text
    assert (len(text), text[-6] in "+-", "Z" in text) == (25, True, False)
    assert abs(datetime.fromisoformat(text) - local) < timedelta(seconds=1)
    place = replace(PLACE, evses=(replace(PLACE.evses[0], last_updated=utc),))
    stamp = document(CHARGE_POINT.write_plain(place)).find("{*}timestamp/{*}DateTime").text
    assert (len(stamp), stamp[-1]) == (20, "Z")
    assert abs(datetime.fromisoformat(stamp) - utc) < timedelta(seconds=1)


@given(st.decimals(-180, 180, allow_nan=False, allow_infinity=False), st.decimals(-90, 90, allow_nan=False))
def test_coordinates_have_exactly_six_decimals(lon: Decimal, lat: Decimal) -> None:
    point = wire.GeoPoint(lat=lat, lon=lon)
    written = document(wire.ChargePointInfo(**{**EMPTY_POINT, "charge_point_location": point}))[0]
    for text, told in ((written.get("lat"), lat), (written.get("lon"), lon)):
        whole, _, decimals = text.partition(".")
        assert (len(decimals), whole.lstrip("-").isdecimal()) == (6, True)
        assert abs(Decimal(text) - told) <= Decimal("0.0000005")


EMPTY_POINT: Mapping[str, Any] = dict.fromkeys(
    ("evse_id", "location_id", "location_name", "location_name_lang", "charge_point_address", "charge_point_location",
     "location", "charge_point_type")
) | {"auth_methods": (), "connectors": ()}  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("0.10", "0.10"),
        ("12345678901234567890.12", "12345678901234567890.12"),
    ],
)
def test_money_is_plain(amount: str, text: str) -> None:
    info = bill({}).model
    info.total_cost = Decimal(amount)
    assert document(info).find("{*}totalCost").text == text


@needs_conformance
def test_what_partners_send_is_written_as_the_schema_has_it() -> None:
    schema = etree.XMLSchema(etree.parse(str(CONFORMANCE / "ochp/contract/ochp-1.4-all.xsd")))
    path = FIXTURES / "ochp/charge_points_as_partners_send_them.xml"
    sample = adapter.identify(path.read_bytes(), path.name)
    answer = sample.form.read(decode(sample.form.wire, etree.tostring(sample.document)).model)
    places = tuple(place for place in answer.locations if place.coordinates is not None)
    written = strict(adapter.writes[m.PublishEvses](m.PublishEvses(locations=places))[0].model)
    assert schema.validate(document(written)), schema.error_log
