"""Partners that answer and act by a script."""

from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.session import SessionIds
from gateway.model.token import Token
from gateway.simulation import Scripted
from tests.adapters.oicp_values import APP, CARD, EMP, EVSE
from tests.adapters.test_oicp_simulator import Stage, cdr

LOCKED, SILENT = "04DEADBEEF0001", "04DEADBEEF0002"


def config(emp: Any = None, cpo: Any = None) -> dict[str, Any]:
    return {
        "push_hold_seconds": 0,
        "cards": [],
        "partners": [
            {"id": "NL*LON", "operators": ["DE*LON"], "script": cpo or {}},
            {"id": "DE-8EO", "role": "EMSP", "script": emp or {}},
        ],
    }


EMP_SCRIPT = {
    "answers": [
        {"operation": "AuthorizeStart", "match": CARD.uid},
        {"operation": "AuthorizeStart", "match": LOCKED, "code": "200", "text": "locked"},
        {"operation": "AuthorizeStart", "match": SILENT, "silent": True},
        {"operation": "ChargingNotificationStart", "code": "021"},
    ]
}


def card(uid: str) -> m.AuthorizeToken:
    return m.AuthorizeToken(token=Token(uid=uid, type=CARD.type), evse=EVSE)


async def test_a_provider_answers_by_its_script() -> None:
    hub = Stage(config(EMP_SCRIPT))
    assert (await hub.send(card(str(CARD.uid)))).allowed is m.Allowed.ALLOWED
    for uid in (LOCKED, SILENT, "04FFFFFFFFFFFF"):
        assert (await hub.send(card(uid))).allowed is m.Allowed.UNKNOWN_TOKEN
    assert hub.asked == []


async def test_an_operator_answers_and_sends_its_record() -> None:
    script = {"answers": [{"operation": "AuthorizeRemoteStart", "cdr_after": 0.01}], "actions": []}
    expects = {"expects": [{"operation": "ChargeDetailRecord", "within": 5}]}
    hub = Stage(config(expects, script))
    answer = await hub.send(m.StartSession(token=APP, evse=EVSE), EMP)
    assert answer.status is m.CommandStatus.ACCEPTED
    told = await hub.hub.play()
    assert told == {
        "passed": True,
        "lines": [{"partner": "DE-8EO", "line": "hears ChargeDetailRecord 1 of 1 times within 5 s", "passed": True}],
    }
    assert hub.hub.state()["sessions"][answer.session.hub]["status"] == "CLOSED"


async def test_a_provider_starts_stops_and_expects_a_record() -> None:
    emp = {
        "actions": [
            {
                "operation": "AuthorizeRemoteStart",
                "evse": str(EVSE),
                "token": "DE-8EO-CA2B3C4D5-6",
                "at": 0.01,
                "stop_after": 0.01,
            },
            {"operation": "AuthorizeRemoteStart", "evse": "FR*XYZ*E1", "token": "DE-8EO-CA2B3C4D5-6", "expect": "603"},
        ],
        "expects": [{"operation": "ChargeDetailRecord", "within": 5}],
    }
    cpo = {"answers": [{"operation": "AuthorizeRemoteStart", "cdr_after": 0.05}]}
    hub = Stage(config(emp, cpo))
    assert isinstance(hub.hub, Scripted)
    told = await hub.hub.play()
    assert told["passed"], told
    assert sorted(line["line"] for line in told["lines"]) == [
        "asks AuthorizeRemoteStart: 000, expected 000",
        "asks AuthorizeRemoteStart: 603, expected 603",
        "asks AuthorizeRemoteStop: 000, expected 000",
        "hears ChargeDetailRecord 1 of 1 times within 5 s",
    ]


async def test_an_operator_authorises_stops_and_settles() -> None:
    action = {
        "operation": "AuthorizeStart", "evse": str(EVSE), "token": CARD.uid, "stop_after": 0.0, "cdr_after": 0.0,
    }  # fmt: skip
    hub = Stage(config(EMP_SCRIPT, {"actions": [action]}))
    told = await hub.hub.play()
    assert [line["line"] for line in told["lines"]] == [
        "asks AuthorizeStart: 000, expected 000",
        "asks AuthorizeStop: 000, expected 000",
        "asks ChargeDetailRecord: 000, expected 000",
    ]
    assert [one["session"] for one in hub.hub.state()["cdrs"]] == list(hub.hub.state()["sessions"])


async def test_what_does_not_come_has_failed() -> None:
    hub = Stage(config({"expects": [{"operation": "ChargeDetailRecord", "within": 0.01}]}))
    told = await hub.hub.play()
    assert (told["passed"], told["lines"][0]["line"]) == (
        False,
        "hears ChargeDetailRecord 0 of 1 times within 0.01 s",
    )


async def test_a_scripted_provider_may_refuse_what_it_is_told() -> None:
    hub = Stage(config({"answers": [{"operation": "AuthorizeStart"}, {"code": "022", "text": "no"}]}))
    name = (await hub.send(card(str(CARD.uid)))).session.hub
    assert (await hub.send(cdr(name))).accepted is True
    assert hub.hub.state()["cdrs"][0]["forwarded"] is False
    again = m.AuthorizeStop(token=CARD, evse=EVSE, session=SessionIds(hub=name))
    assert (await hub.send(again)).reason.code == "400"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"answer": []}, "script of DE-8EO: unknown answer"),
        ({"answers": [{"colour": "red"}]}, "script of DE-8EO: answers: .*'colour'"),
        ({"actions": [{"at": 1}]}, "script of DE-8EO: actions: .*'operation'"),
    ],
)
def test_a_script_that_is_none_is_refused(script: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Stage(config(script))
