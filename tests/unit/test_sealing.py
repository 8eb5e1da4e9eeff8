import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Invalid
from gateway.sealing import Key, Keyring, Unopened
from gateway.settings import parsed

OLD, NEW = base64.b64encode(bytes(range(32))).decode(), "a passphrase that is long enough"
RING = Keyring.of([NEW, OLD])


@given(st.binary(), st.text())
def test_what_is_sealed_opens_with_the_same_keys_and_place(content: bytes, place: str) -> None:
    sealed = RING.seal(content, place)
    assert RING.opened(sealed, RING.sealing or "", place) == content
    assert len(sealed) == len(content) + 12 + 16


def test_the_first_key_seals_and_all_open() -> None:
    before, now = Keyring.of([OLD]), RING
    assert (now.sealing, before.sealing) == (Key.of(NEW).id, Key.of(OLD).id)
    assert now.opened(before.seal(b"x", "p"), before.sealing or "", "p") == b"x"


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(Unopened) as error:
        Keyring.of([OLD]).opened(RING.seal(b"x", "p"), "3f2a0000", "p")
    assert str(error.value) == "cannot be opened: sealed with key 3f2a0000, which the settings do not have"


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: text[:5], lambda text: text[:-1] + b"\0"])
def test_damaged_bytes_are_said_to_be_damaged(damage: object) -> None:
    sealed = damage(RING.seal(b"content", "p"))  # type: ignore[operator]
    with pytest.raises(Unopened, match="has been damaged"):
        RING.opened(sealed, RING.sealing or "", "p")


def test_what_belongs_elsewhere_does_not_open() -> None:
    with pytest.raises(Unopened):
        RING.opened(RING.seal(b"x", "1/request"), RING.sealing or "", "1/response")


def test_a_card_is_called_the_same_under_one_key_and_otherwise_under_another() -> None:
    today, before = RING.hashes("04A2B3C4D5E680")
    assert (today, before) == (Key.of(NEW).hashed("04A2B3C4D5E680"), Key.of(OLD).hashed("04A2B3C4D5E680"))
    assert len({today, before, RING.hashes("04A2B3C4D5E681")[0]}) == 3
    assert Keyring().hashes("04A2B3C4D5E680") == ()


def test_no_key_is_ever_printed() -> None:
    assert OLD not in repr(RING) + str(parsed({"journal": {"key": OLD}}))


@pytest.mark.parametrize("text", ["", "too short", base64.b64encode(b"15 bytes only").decode()[:15]])
def test_a_key_that_is_none_is_refused_by_the_settings(text: str) -> None:
    with pytest.raises(Invalid) as error:
        parsed({"journal": {"keys": [NEW, text]}})
    assert [(finding.pointer, "at least 16 characters" in finding.text) for finding in error.value.findings] == [
        ("/journal/keys/1", True)
    ]


def test_one_key_comes_before_several() -> None:
    assert parsed({"journal": {"key": NEW, "keys": [OLD]}}).journal.secrets == (NEW, OLD)
    assert parsed({}).journal.secrets == ()
