"""Which tokens of a list a presented card is."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.ids import ContractId
from gateway.model.matching import ByteOrder, matches, matching
from gateway.model.token import HashAlgorithm, Token, TokenType

UID = "04C7D1E25A8F90"
MEASURED = "6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9"
"""SHA-1 of the number as lower-case text, printed in capitals: the form that a clearing house was seen to list."""


def hashed(content: bytes, algorithm: HashAlgorithm = HashAlgorithm.SHA1) -> Token:
    kind = hashlib.sha1 if algorithm is HashAlgorithm.SHA1 else hashlib.sha256
    return Token(uid=kind(content).hexdigest(), type=TokenType.RFID, hashed_by=algorithm)


@pytest.mark.parametrize("listed", [MEASURED, MEASURED.lower()])
def test_the_measured_pair_matches_in_any_case(listed: str) -> None:
    token = Token(uid=listed, hashed_by=HashAlgorithm.SHA1)
    assert matches(token, "04c7d1e25a8f90")
    assert matches(token, "04:C7:D1:E2:5A:8F:90")
    assert not matches(token, "04C7D1E25A8F91")


@pytest.mark.parametrize("algorithm", [HashAlgorithm.SHA1, HashAlgorithm.SHA256])
@pytest.mark.parametrize("content", [UID.lower().encode(), UID.encode(), bytes.fromhex(UID)])
def test_lower_upper_and_raw_bytes_are_tried(content: bytes, algorithm: HashAlgorithm) -> None:
    assert matches(hashed(content, algorithm), UID)


@pytest.mark.parametrize(
    ("token", "found"),
    [
        (Token(uid="04c7d1e25a8f90"), True),
        (Token(uid="04-C7-D1-E2-5A-8F-90"), True),
        (Token(uid="04C7D1E25A8F"), False),
        (Token(uid=None), False),
        (Token(uid=""), False),
        (Token(uid=MEASURED), False),
        (Token(uid=MEASURED, hashed_by=HashAlgorithm.SHA256), False),
        (Token(uid=hashlib.md5(UID.encode()).hexdigest(), hashed_by=HashAlgorithm.MD5), False),
    ],
)
def test_numbers_in_clear_are_compared_without_case(token: Token, found: bool) -> None:
    assert matches(token, UID) is found


def test_nothing_presented_matches_nothing() -> None:
    assert not matches(hashed(b""), "")
    assert not matches(Token(uid=""), "")


@pytest.mark.parametrize(
    ("order", "found"), [(ByteOrder.AS_LISTED, False), (ByteOrder.REVERSED, True), (ByteOrder.EITHER, True)]
)
def test_a_reader_may_give_the_bytes_in_the_other_order(order: ByteOrder, found: bool) -> None:
    backwards = bytes.fromhex(UID)[::-1].hex()
    assert matches(Token(uid=UID), backwards, order) is found
    assert matches(Token(uid=MEASURED, hashed_by=HashAlgorithm.SHA1), backwards, order) is found


def test_all_entries_of_a_card_are_found() -> None:
    one, other = ContractId.parse("DE-8EO-CA2B3C4D5"), ContractId.parse("NL-LON-CX2B3C4D5")
    listed = [
        Token(uid=UID, contract_id=one),
        Token(uid=MEASURED, hashed_by=HashAlgorithm.SHA1, contract_id=one),
        Token(uid="04A2B3C4D5E680", contract_id=one),
        Token(uid=UID.lower(), contract_id=other),
    ]
    assert matching(listed, UID) == [listed[0], listed[1], listed[3]]


@given(st.binary(min_size=4, max_size=10), st.binary(min_size=4, max_size=10))
def test_a_hash_matches_its_own_number_and_no_other(number: bytes, other: bytes) -> None:
    token = hashed(number.hex().encode(), HashAlgorithm.SHA256)
    assert matches(token, number.hex().upper())
    assert matches(token, other.hex()) is (number == other)
