"""A message that is read and written again in the same protocol loses nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.model.cdr import Cdr
from gateway.model.messages import SubmitCdr
from gateway.model.token import Token
from gateway.translation import Form, MessageForm, kept_by
from gateway.wire import WireModel, decode, encode
from gateway.wire.json import parse_json
from gateway.wire.kept import differences


class Card(WireModel):
    uid: str | None
    kind: str | None = None


class Bill(WireModel):
    card: Card | None
    energy: Decimal | None = None
    version: int | None = None


class XmlBill(WireModel):
    namespace = "urn:bill"
    element: ClassVar[str] = "bill"

    uid: str | None
    energy: Decimal | None = None
    version: int | None = None


CARD: Form[Card, Token] = Form(
    "toy", Card, Token, lambda card: Token(uid=card.uid), lambda token: Card(uid=token.uid, kind="rfid")
)


def read_bill(bill: Bill) -> SubmitCdr:
    return SubmitCdr(cdr=Cdr(token=CARD.read(bill.card) if bill.card else None, energy_kwh=bill.energy))


def write_bill(message: SubmitCdr) -> Bill:
    cdr = message.cdr or Cdr()
    return Bill(card=CARD.write(cdr.token) if cdr.token else None, energy=cdr.energy_kwh, version=1)


BILL = MessageForm("toy", Bill, SubmitCdr, read_bill, write_bill, name="Bill")
XML_BILL = MessageForm(
    "toy",
    XmlBill,
    SubmitCdr,
    lambda bill: SubmitCdr(cdr=Cdr(token=Token(uid=bill.uid), energy_kwh=bill.energy)),
    lambda message: XmlBill(
        uid=message.cdr.token.uid if message.cdr and message.cdr.token else None,
        energy=message.cdr.energy_kwh if message.cdr else None,
        version=1,
    ),
)


def through(document: Any) -> Any:
    message = BILL.read(decode(Bill, json.dumps(document).encode()).model)
    return parse_json(encode(BILL.write(message)))


NAMES = st.sampled_from(["card", "energy", "version", "uid", "kind", "new"])
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=8,
    ),
)


@given(DOCUMENTS)
def test_any_json_message_is_written_as_it_was_read(document: Mapping[str, Any]) -> None:
    assert differences(through(document), document) == ()


def test_a_record_travels_with_what_was_kept_for_it() -> None:
    message = BILL.read(decode(Bill, b'{"card": {"uid": "1", "kind": "visa", "new": 1}, "more": 2}').model)
    assert message.cdr is not None
    assert [place.pointer for place in kept_by(message.cdr.token, "toy")] == ["/kind", "/new"]
    elsewhere = SubmitCdr(cdr=Cdr(token=message.cdr.token))
    assert parse_json(encode(BILL.write(elsewhere))) == {"card": {"uid": "1", "kind": "visa", "new": 1}, "version": 1}


def test_a_value_that_was_changed_meanwhile_is_written_as_it_is_now() -> None:
    message = BILL.read(decode(Bill, b'{"card": {"uid": "1"}, "energy": "7.50", "version": 2}').model)
    changed = replace(message, cdr=replace(message.cdr, energy_kwh=Decimal("8.25")))
    written = parse_json(encode(BILL.write(changed)))
    assert written == {"card": {"uid": "1"}, "energy": Decimal("8.25"), "version": 2}


def test_nothing_is_kept_of_a_message_that_we_would_write_alike() -> None:
    message = BILL.read(decode(Bill, b'{"card": {"uid": "1", "kind": "rfid"}, "energy": 7.50, "version": 1}').model)
    assert message.extensions == {}
    assert kept_by(message, "toy") == ()
    assert kept_by("no record", "toy") == ()


def test_nothing_is_kept_of_a_message_that_was_never_received() -> None:
    assert BILL.read(Bill(card=None, version=7)).extensions == {}


def test_what_is_kept_for_one_protocol_is_not_written_by_another() -> None:
    message = BILL.read(decode(Bill, b'{"card": {"uid": "1"}, "version": 2, "new": 1}').model)
    other = replace(BILL, protocol="other")
    assert parse_json(encode(other.write(message)))["version"] == 1


def test_an_xml_message_is_written_as_it_was_read() -> None:
    body = b'<bill xmlns="urn:bill" a="1"><new><x>1</x></new><uid>u</uid><energy>much</energy><uid>v</uid></bill>'
    written = encode(XML_BILL.write(XML_BILL.read(decode(XmlBill, body).model)))
    assert differences(etree.fromstring(body), etree.fromstring(written)) == ()
    assert differences(etree.fromstring(written), etree.fromstring(body)) == ()


def test_a_form_of_an_answer_says_so() -> None:
    assert (BILL.label, replace(BILL, direction="response").label) == ("Bill", "Bill.response")
