"""SOAP envelopes, faults and WS-Security, with what a stranger may send instead."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refused, Unauthenticated, Undecodable
from gateway.findings import Finding, Severity
from gateway.wire import WireModel, document, spelled, wsse
from gateway.wire.soap import (
    SOAP_11,
    SOAP_12,
    SoapVersion,
    enveloped,
    fault,
    opened,
    raise_fault,
    sealed,
    without_http_head,
)
from gateway.wire.wsse import UsernameToken
from tests.support import error_of

BOTH = pytest.mark.parametrize("version", [SOAP_11, SOAP_12], ids=["1.1", "1.2"])
USER = UsernameToken("EVU1", "s3cr&t <>")


class Heartbeat(WireModel):
    naming = spelled({}, first=str.lower)
    namespace = "urn:platform"
    element: ClassVar[str] = "HeartBeat"

    partner_id: str | None


def envelope(content: str, space: str = SOAP_12.namespace) -> bytes:
    return f'<s:Envelope xmlns:s="{space}">{content}</s:Envelope>'.encode()


# --- envelopes ---------------------------------------------------------------------------------------------------


@BOTH
def test_a_message_is_sealed_and_opened(version: SoapVersion) -> None:
    body = sealed(version, Heartbeat(partner_id="FR*MSP"))
    found = opened(body, version)
    assert (found.version, found.operation, found.noticed) == (version, "HeartBeat", [])
    assert found.child[0].text == "FR*MSP"
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')


def test_another_version_than_the_expected_one_is_refused() -> None:
    with pytest.raises(Undecodable, match=r"SOAP 1\.1 is expected, this is SOAP 1\.2"):
        opened(sealed(SOAP_12, Heartbeat(partner_id="x")), SOAP_11)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (envelope("<s:Body/>"), "found 0 in 1"),
        (envelope(""), "found 0 in 0"),
        (envelope("<s:Header/>"), "found 0 in 0"),
        (envelope("<s:Body><a/><b/></s:Body>"), "found 2 in 1"),
        (envelope("<s:Body><a/></s:Body><s:Body><b/></s:Body>"), "found 2 in 2"),
        (envelope("<s:Body>text</s:Body>"), "found 0 in 1"),
        (envelope("<s:Body><a/></s:Body>", "urn:other"), "a SOAP envelope is expected, not Envelope"),
        (b"<Envelope><Body><a/></Body></Envelope>", "a SOAP envelope is expected, not Envelope"),
        (b"<html><body>502</body></html>", "a SOAP envelope is expected, not html"),
        (f'<s:Body xmlns:s="{SOAP_12.namespace}"/>'.encode(), "a SOAP envelope is expected, not Body"),
    ],
)
def test_what_is_no_envelope_is_refused(body: bytes, text: str) -> None:
    with pytest.raises(Undecodable, match=text):
        opened(body)


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
    ],
)
@pytest.mark.parametrize("content", ["<s:Body><a>&a;</a></s:Body>", '<s:Body><a b="1"/></s:Body>'])
def test_a_document_type_before_the_envelope_is_refused(prolog: str, content: str) -> None:
    with pytest.raises(Undecodable):
        opened(prolog.encode() + envelope(content))


def test_nesting_and_size_are_bounded() -> None:
    deep = envelope("<s:Body>" + "<a>" * 1000 + "</a>" * 1000 + "</s:Body>")
    with pytest.raises(Undecodable):
        opened(deep)
    with pytest.raises(Undecodable, match="at most 100 are read"):
        opened(deep, limit=100)


def test_an_envelope_in_windows_1252_is_read() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + envelope("<s:Body><a>").split(b"</s:Env")[0]
    assert opened(body + "Straße €".encode("cp1252") + b"</a></s:Body></s:Envelope>").child.text == "Straße €"


def test_comments_and_blanks_around_the_message_do_not_count() -> None:
    found = opened(envelope("\n<!-- x --><s:Header/>\n<s:Body>\n<!-- y -->\n<a/>\n<?z?></s:Body>"))
    assert found.operation == "a"
    assert found.header is not None


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("<s:Body>one<a/></s:Body>", 1),
        ("<s:Body><a/>two</s:Body>", 1),
        ("<s:Body><!-- x -->one<!-- y --><a/>\n two</s:Body>", 1),
        ("<s:Body>\n <!-- x --> <a>text</a> </s:Body>", 0),
    ],
)
def test_text_beside_the_message_is_left_out_and_reported(content: str, count: int) -> None:
    found = opened(envelope(content))
    assert found.operation == "a"
    assert found.noticed == count * [
        Finding("/Envelope/Body", Severity.WARNING, "repaired", "text beside the message in the body was left out")
    ]


# --- a saved HTTP head -------------------------------------------------------------------------------------------

HEAD = 'POST /service HTTP/1.1\r\nHost: one.example\r\nContent-Type: application/soap+xml; action="{}"\r\n\r\n'


def test_an_http_head_before_the_document_is_split_off() -> None:
    found = opened(HEAD.format("urn:a").encode() + envelope("<s:Body><a/></s:Body>"))
    assert found.operation == "a"
    assert [finding.text for finding in found.noticed] == ["an HTTP head stood before the document; it was split off"]


def test_an_action_broken_over_two_lines_is_joined_and_reported() -> None:
    found = opened(b"\n  " + HEAD.format("urn:a\n  b").encode() + b"\n " + envelope("<s:Body><a/></s:Body>"))
    assert [finding.code for finding in found.noticed] == ["repaired"] * 3
    assert "action parameter" in found.noticed[1].text


def test_white_space_before_the_declaration_is_removed() -> None:
    found = opened(b'\r\n <?xml version="1.0"?>' + envelope("<s:Body><a/></s:Body>"))
    assert [finding.text for finding in found.noticed] == ["white space before the XML declaration was removed"]


@pytest.mark.parametrize("body", [b"", b"POST", b'{"a": 1}', b"<a/>"])
def test_a_body_without_a_head_stays_as_it_is(body: bytes) -> None:
    assert without_http_head(body) == (body, [])


# --- faults ------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("ours", [True, False])
def test_a_fault_says_who_failed_and_whether_to_try_again(version: SoapVersion, ours: bool) -> None:
    found = opened(fault(version, "Größe < 3 & \x01", ours=ours), version)
    with pytest.raises(Refused) as caught:
        raise_fault(found)
    assert caught.value.retryable is ours
    assert caught.value.code == f"soap:{version.receiver if ours else version.sender}"
    assert caught.value.text == "Größe < 3 & \ufffd"


def test_a_subcode_or_a_detail_does_not_hide_the_code() -> None:
    body = envelope(
        "<s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>x:Busy</s:Value></s:Subcode></s:Code>"
        "<s:Reason><s:Text>later</s:Text></s:Reason><s:Detail><Text>stack</Text><Value>7</Value></s:Detail>"
        "</s:Fault></s:Body>"
    )
    with pytest.raises(Refused) as caught:
        raise_fault(opened(body))
    assert (caught.value.code, caught.value.text, caught.value.retryable) == ("s:Receiver", "later", True)


@pytest.mark.parametrize("content", ["<s:Fault/>", "<s:Fault><faultcode/></s:Fault>", "<s:Fault>text</s:Fault>"])
def test_an_empty_fault_is_a_refusal_for_good(content: str) -> None:
    with pytest.raises(Refused) as caught:
        raise_fault(opened(envelope(f"<s:Body>{content}</s:Body>")))
    assert (caught.value.code, caught.value.retryable) == ("Fault", False)


def test_any_other_body_is_no_fault() -> None:
    found = opened(sealed(SOAP_11, Heartbeat(partner_id="x")))
    assert error_of(lambda: raise_fault(found)) is None


@given(st.text())
def test_a_fault_can_carry_any_text(text: str) -> None:
    assert opened(fault(SOAP_12, text, ours=True)).operation == "Fault"


# --- WS-Security -------------------------------------------------------------------------------------------------


def secured(header: str) -> bytes:
    return enveloped(SOAP_11, "<a/>", header)


def token(username: str, password: str, kind: str = wsse.PASSWORD_TEXT) -> str:
    return (
        f'<w:Security xmlns:w="{wsse.WSSE}"><w:UsernameToken><w:Username>{username}</w:Username>'
        f'<w:Password Type="{kind}">{password}</w:Password></w:UsernameToken></w:Security>'
    )


def test_the_header_that_we_write_is_admitted() -> None:
    header = opened(secured(wsse.written(USER))).header
    assert error_of(lambda: wsse.admitted(header, USER)) is None


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (wsse.written(UsernameToken("EVU1", "wrong")), "unknown user or wrong password"),
        (wsse.written(UsernameToken("evu1", USER.password)), "unknown user or wrong password"),
        (wsse.written(UsernameToken("", "")), "unknown user or wrong password"),
        (wsse.written(UsernameToken("Größe", "Größe")), "unknown user or wrong password"),
        (token("EVU1", "c2hh", "http://docs.oasis-open.org/wss/#PasswordDigest"), "no UsernameToken"),
        (token("EVU1", "x").replace("w:Username>", "w:Other>"), "no UsernameToken"),
        (f'<w:Security xmlns:w="{wsse.WSSE}"/>', "no UsernameToken"),
        (token("EVU1", "x").replace(wsse.WSSE, "urn:other"), "no UsernameToken"),
        ("", "no UsernameToken"),
    ],
)
def test_anybody_else_is_not_admitted(header: str, text: str) -> None:
    with pytest.raises(Unauthenticated, match=text):
        wsse.admitted(opened(secured(header)).header, USER)


def test_without_a_header_nobody_is_admitted() -> None:
    with pytest.raises(Unauthenticated):
        wsse.admitted(opened(envelope("<s:Body><a/></s:Body>")).header, USER)


def test_a_password_without_a_type_is_one_in_text() -> None:
    header = opened(secured(token("EVU1", "x").replace(f' Type="{wsse.PASSWORD_TEXT}"', ""))).header
    assert error_of(lambda: wsse.admitted(header, UsernameToken("EVU1", "x"))) is None


def test_a_comment_inside_the_password_does_not_shorten_it() -> None:
    with pytest.raises(Unauthenticated):
        wsse.admitted(opened(secured(token("EVU1", "x<!-- -->yz"))).header, UsernameToken("EVU1", "x"))


def test_a_password_is_never_printed() -> None:
    assert USER.password not in repr(USER)


# --- anything ----------------------------------------------------------------------------------------------------


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_raise_nothing_but_gateway_errors(body: bytes) -> None:
    assert error_of(lambda: raise_fault(opened(body))) in (None, Undecodable, Refused)


@given(st.integers(0, 300), st.binary(min_size=1, max_size=6))
def test_any_damage_to_a_good_envelope_raises_nothing_but_gateway_errors(place: int, damage: bytes) -> None:
    good = sealed(SOAP_11, Heartbeat(partner_id="FR*MSP"), wsse.written(USER))
    bad = good[:place] + damage + good[place + len(damage) :]
    assert error_of(lambda: wsse.admitted(opened(bad, SOAP_11).header, USER)) in (None, Undecodable, Unauthenticated)


def test_the_document_of_a_model_is_what_is_sealed() -> None:
    model = Heartbeat(partner_id="FR*MSP")
    assert opened(sealed(SOAP_12, model)).child.tag == document(model).tag
