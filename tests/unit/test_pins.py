"""A PIN in clear, or its hash, stands in no table: not with a session, a CDR or an event that is owed or received."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.delivery.owed import owed
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Kept, Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import Session, SessionEvent, SessionEventKind, SessionIds
from gateway.model.token import Pin, Token, TokenType
from gateway.pins import without_pins
from gateway.ports import Connection, Profile
from gateway.sessions import opened, same_swipe

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
CONTRACT = ContractId.parse("DE-8EO-CA2B3C4D5-6")
BARE = Token(uid=str(CONTRACT), type=TokenType.APP_USER, contract_id=CONTRACT)
SHOWN = replace(BARE, pin=Pin(clear="112233", hashed="445566"))
IDS = SessionIds(hub="H", cpo="C")
CPO = Connection(name="toy", hub="toy", protocol="toy", role=Role.CPO, party=PartyId.parse("DE*LON"))
PROFILE = Profile(name="toy", title="Toy")
HARMLESS = Kept("/Identification/QRCodeIdentification/Note", "kept", None)
KEPT = {
    "oicp": (
        Kept("/Identification/QRCodeIdentification/PIN", 112233, "112233"),
        HARMLESS,
        Kept("/Identification", {"QRCodeIdentification": {"EvcoID": "x", "HashedPIN": {"Value": "445566"}}}, None),
    )
}
EVENT = SessionEvent(kind=SessionEventKind.START, at=NOW)
CDR = m.SubmitCdr(cdr=Cdr(session=IDS, token=SHOWN, extensions=KEPT))
REPORT = m.ReportEvent(event=EVENT, session=Session(ids=IDS, token=SHOWN), extensions=KEPT)


@pytest.mark.parametrize("message", [CDR, REPORT], ids=["cdr", "event"])
def test_what_is_owed_is_stored_without_a_pin(message: m.Message[Any]) -> None:
    stored = owed(CPO, PROFILE, message, NOW).message
    assert "112233" not in stored
    assert "445566" not in stored
    assert str(CONTRACT) in stored


def test_all_else_that_was_received_stays() -> None:
    told = without_pins(CDR).cdr
    assert told is not None
    assert (told.token, told.extensions) == (BARE, {"oicp": (HARMLESS,)})
    clean = m.SubmitCdr(cdr=Cdr(session=IDS, token=BARE, extensions={"oicp": (HARMLESS,)}))
    assert to_json(without_pins(clean)) == to_json(clean)


def test_a_session_is_remembered_without_the_pin_that_began_it() -> None:
    ask = m.AuthorizeToken(token=SHOWN, evse=EvseId.parse("DE*LON*E1111*1"), session=IDS)
    known = opened(CPO, ask, m.Authorization(allowed=m.Allowed.ALLOWED), NOW)
    bare = opened(CPO, replace(ask, token=BARE), m.Authorization(allowed=m.Allowed.ALLOWED), NOW)
    assert known is not None
    assert bare is not None
    assert known.token == BARE
    assert same_swipe(CPO, known) == same_swipe(CPO, bare)
