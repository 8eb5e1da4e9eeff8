import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking import without_secrets
from gateway.wire.soap import SOAP_11, enveloped
from gateway.wire.wsse import UsernameToken, restored, stripped, written
from gateway.wire.xml import escape_text

XML = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
AWKWARD = st.sampled_from(["", "***", "a&b", "<>", "</wsse:Password>", r"\1\g<0>", "demo", "]]>", "<!--", "Password"])


def message(token: UsernameToken, text: str) -> bytes:
    return enveloped(SOAP_11, f"<m:note>{escape_text(text)}</m:note>", written(token))


@given(st.builds(UsernameToken, XML, XML | AWKWARD), XML | AWKWARD)
def test_a_password_that_was_left_out_is_put_back_byte_for_byte(token: UsernameToken, text: str) -> None:
    body = message(token, text)
    assert restored(stripped(body), token) == body
    assert restored(body, token) == body


@given(st.text("abcdefgh<&>", min_size=8), XML)
def test_no_password_is_left_where_it_stood(password: str, text: str) -> None:
    token = UsernameToken("user", password)
    assert stripped(message(token, text)) == message(UsernameToken("user", "***"), text)
    assert without_secrets(message(token, text)) == message(UsernameToken("user", "***"), text)


def test_the_same_text_elsewhere_in_the_body_stays() -> None:
    body = message(UsernameToken("demo", "demo"), "demo")
    assert stripped(body) == message(UsernameToken("demo", "***"), "demo")


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"", b""),
        (b"<a>UsernameToken</a>", b"<a>UsernameToken</a>"),
        (b"<UsernameToken><Password>x</Password>", b"<UsernameToken><Password>x</Password>"),
        (
            b"<w:UsernameToken a='1'><w:Password><![CDATA[<x>]]></w:Password></w:UsernameToken>",
            b"<w:UsernameToken a='1'><w:Password>***</w:Password></w:UsernameToken>",
        ),
        (b"<a><Password>mine</Password></a>", b"<a><Password>mine</Password></a>"),
    ],
)
def test_only_the_password_of_a_whole_token_is_touched(body: bytes, left: bytes) -> None:
    assert stripped(body) == left


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('{"UID":"04A2B3C4D5E680", "PIN" : "1234"}', '{"UID":"04A2B3C4D5E680", "PIN" : "***"}'),
        ('{"HashedPIN":{"Value":"v","Function":"Bcrypt"}}', '{"HashedPIN":{"Value":"***","Function":"***"}}'),
        (r'{"\u0050IN":"1234"}', r'{"\u0050IN":"***"}'),
        ("<a><PIN>1</PIN><userId>04A2B3C4D5E680</userId></a>", "<a><PIN>***</PIN><userId>04A2B3C4D5E680</userId></a>"),
        ('<a PIN="1234"/>', '<a PIN="***"/>'),
        ("<shop>shopping PINK</shop>", "<shop>shopping PINK</shop>"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_secrets_go_and_all_else_stays_as_it_was(body: str, left: str, encoding: str) -> None:
    assert without_secrets(body.encode(encoding)) == left.encode(encoding)


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert without_secrets(b"<a>\xe9<PIN>12</PIN></a>") == b"<a>\xe9<PIN>***</PIN></a>"
