"""Where the simulated hub asks: uploaded data, the contract's provider, everybody with an agreement."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.ids import ContractId, PartyId
from gateway.model.session import SessionIds
from gateway.model.token import Pin, Token, TokenType
from gateway.wire.json import parse_json
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, ack, json_reply, place
from tests.adapters.test_oicp_simulator import Stage, cdr, push

START = "/charging/v21/operators/NL*LON/authorize/start"
TWO: dict[str, Any] = {
    "push_hold_seconds": 0,
    "cards": [],
    "partners": [
        {"id": "NL*LON", "operators": ["DE*LON"], "url": "http://cpo"},
        {"id": "DE-8EO", "role": "EMSP", "url": "http://one", "operators": ["DE-SUB"]},
        {"id": "NL-GWE", "role": "EMSP", "url": "http://two"},
        {"id": "FR-OFF", "role": "EMSP"},
    ],
}
OFFLINE = replace(EMP, name="offline", party=PartyId.parse("FR-OFF"))
YES = {"AuthorizationStatus": "Authorized", "StatusCode": {"Code": "000"}}
LOCKED = {"AuthorizationStatus": "NotAuthorized", "StatusCode": {"Code": "200"}}


def without(partner: str, **changed: Any) -> dict[str, Any]:
    return {**TWO, "partners": [{**one, **(changed if one["id"] == partner else {})} for one in TWO["partners"]]}


class Providers(Stage):
    """A hub whose partners answer by their address."""

    def __init__(self, config: dict[str, Any], **said: Any) -> None:
        super().__init__(config)
        self.said = said

    async def _call(self, url: str, request: HttpRequest) -> HttpResponse:
        self.asked.append((url, request))
        return json_reply(self.said[url.removeprefix("http://")])

    async def code_of(self, token: Token = CARD) -> str:
        answer = await self.send(m.AuthorizeToken(token=token, evse=EVSE))
        return answer.reason.code if answer.reason else "000"

    def urls(self) -> list[str]:
        return sorted(url for url, _ in self.asked)


async def test_a_card_of_nobody_is_asked_for_everywhere_and_one_yes_wins() -> None:
    hub = Providers(TWO, one=LOCKED, two=YES)
    answer = await hub.send(m.AuthorizeToken(token=CARD, evse=EVSE))
    assert (answer.allowed, str(answer.provider)) == (m.Allowed.ALLOWED, "NL-GWE")
    assert hub.urls() == ["http://one", "http://two"]


async def test_the_hub_remembers_whose_card_it_is() -> None:
    hub = Providers(TWO, one=LOCKED, two=YES)
    await hub.send(m.AuthorizeToken(token=CARD, evse=EVSE))
    hub.asked.clear()
    await hub.send(m.AuthorizeToken(token=CARD, evse=EVSE))
    assert hub.urls() == ["http://two"]
    hub.said["two"] = LOCKED
    assert await hub.code_of() == "200"
    hub.asked.clear()
    assert await hub.code_of() == "102"
    assert hub.urls() == ["http://one", "http://two"]


async def test_where_nobody_says_yes_the_card_is_unknown() -> None:
    assert await Providers(TWO, one=LOCKED, two=LOCKED).code_of() == "102"


async def test_who_takes_no_broadcast_is_not_asked() -> None:
    hub = Providers(without("DE-8EO", broadcast=False), one=YES, two=LOCKED)
    assert await hub.code_of() == "102"
    assert hub.urls() == ["http://two"]


@pytest.mark.parametrize("contract", ["DE-8EO-CA2B3C4D5-6", "DE-SUB-CA2B3C4D5-6"])
async def test_a_contract_goes_straight_to_its_provider_or_who_bundles_it(contract: str) -> None:
    hub = Providers(TWO, one=YES)
    token = Token(uid=contract, type=TokenType.EMAID, contract_id=ContractId.parse(contract))
    answer = await hub.send(m.AuthorizeToken(token=token, evse=EVSE))
    assert (str(answer.provider), hub.urls()) == ("DE-8EO", ["http://one"])


async def test_without_an_agreement_nobody_is_asked() -> None:
    hub = Providers({**TWO, "contracts": [{"cpo": "NL*LON", "emsp": "NL-GWE"}]}, two=LOCKED)
    assert await hub.code_of(APP) == "210"
    assert hub.asked == []
    assert await hub.code_of() == "102"
    assert hub.urls() == ["http://two"]


async def test_an_evse_of_another_operator_is_inconsistent() -> None:
    tree = {
        "OperatorID": "NL*LON",
        "EvseID": "DE*ABC*E1",
        "Identification": {"RFIDMifareFamilyIdentification": {"UID": CARD.uid}},
    }
    code, answer = await Providers(TWO).post(START, tree)
    assert (code, answer["AuthorizationStatus"], answer["StatusCode"]["Code"]) == (200, "NotAuthorized", "018")


async def test_the_hub_asks_with_the_id_as_it_is() -> None:
    hub = Providers(TWO, one=YES, two=YES)
    await hub.send(m.AuthorizeToken(token=APP, evse=EVSE))
    ((_, request),) = hub.asked
    assert request.path == f"/api/oicp{START}"


# --- authentication data -----------------------------------------------------------------------------------------


async def uploaded(*tokens: Token, config: dict[str, Any] = TWO, **said: Any) -> Providers:
    hub = Providers(config, **said)
    await hub.send(m.PublishTokens(action=m.PushAction.REPLACE_ALL, tokens=tokens), OFFLINE)
    return hub


async def test_what_an_offline_provider_uploaded_the_hub_answers_itself() -> None:
    hub = await uploaded(CARD)
    answer = await hub.send(m.AuthorizeToken(token=CARD, evse=EVSE))
    assert (answer.allowed, str(answer.provider), hub.asked) == (m.Allowed.ALLOWED, "FR-OFF", [])
    session = hub.hub.state()["sessions"][answer.session.hub]
    assert (session["offline"], session["provider"]) == (True, "FR-OFF")


async def test_such_a_session_is_stopped_by_the_same_medium_alone() -> None:
    hub = await uploaded(CARD)
    ids = (await hub.send(m.AuthorizeToken(token=CARD, evse=EVSE))).session
    other = m.AuthorizeStop(token=replace(CARD, uid="04B1C2D3E4F590"), evse=EVSE, session=ids)
    assert (await hub.send(other)).reason.code == "602"
    assert (await hub.send(replace(other, token=CARD))).allowed is m.Allowed.ALLOWED
    assert hub.asked == []


@pytest.mark.parametrize(("pin", "code"), [("1234", "000"), ("4321", "101")])
async def test_a_pin_is_held_against_its_hash(pin: str, code: str) -> None:
    contract = ContractId.parse("FR-OFF-CA2B3C4D5-6")
    token = Token(uid=str(contract), type=TokenType.APP_USER, contract_id=contract, pin=Pin(clear="1234"))
    hub = await uploaded(token)
    assert await hub.code_of(replace(token, pin=Pin(clear=pin))) == code


async def test_a_hash_in_place_of_the_pin_is_denied() -> None:
    contract = ContractId.parse("FR-OFF-CA2B3C4D5-6")
    hub = await uploaded(Token(uid=str(contract), type=TokenType.APP_USER, contract_id=contract, pin=Pin(clear="1234")))
    held = next(iter(hub.hub.uploaded.ledger.records.values())).document["QRCodeIdentification"]["HashedPIN"]
    shown = {"QRCodeIdentification": {"EvcoID": str(contract), "HashedPIN": held}}
    _, answer = await hub.post(START, {"OperatorID": "NL*LON", "Identification": shown})
    assert answer["StatusCode"]["Code"] == "101"


async def test_uploaded_data_needs_an_agreement() -> None:
    config = {**TWO, "contracts": [{"cpo": "NL*LON", "emsp": "NL-GWE"}]}
    hub = await uploaded(CARD, config=config, two=LOCKED)
    assert await hub.code_of() == "102"
    assert (await hub.send(m.FetchTokens())).tokens == ()


async def test_operators_pull_what_was_uploaded() -> None:
    hub = await uploaded(CARD)
    (token,) = (await hub.send(m.FetchTokens())).tokens
    assert (token.uid, token.type) == (CARD.uid, TokenType.RFID)


def push_of(*shown: dict[str, Any], action: str = "insert") -> dict[str, Any]:
    records = [{"Identification": one} for one in shown]
    told = {"ProviderID": "FR-OFF", "AuthenticationDataRecord": records}
    return {"ActionType": action, "ProviderAuthenticationData": told}


CARD_RECORD = {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}
SAME_CARD = {"RFIDIdentification": {"UID": "04A2B3C4D5E680", "RFID": "mifareDes"}}
FOREIGN = {"RemoteIdentification": {"EvcoID": "DE-8EO-CA2B3C4D5-6"}}
BARE_CODE = {"QRCodeIdentification": {"EvcoID": "FR-OFF-CA2B3C4D5-6"}}


@pytest.mark.parametrize(
    ("shown", "code"),
    [((CARD_RECORD,), "000"), ((CARD_RECORD, SAME_CARD), "009"), ((FOREIGN,), "019"), ((BARE_CODE,), "022")],
    ids=["one", "twice", "foreign", "no-pin"],
)
async def test_uploads_are_judged(shown: tuple[dict[str, Any], ...], code: str) -> None:
    hub = Providers(TWO)
    path = "/authdata/v21/providers/FR-OFF/push-request"
    _, answer = await hub.post(path, push_of(*shown))
    assert (answer["Result"], answer["StatusCode"]["Code"]) == (code == "000", code)
    assert hub.hub.state()["authentication_data"] == (1 if code == "000" else 0)


async def test_an_upload_inserts_new_and_updates_known_records() -> None:
    hub, path = Providers(TWO), "/authdata/v21/providers/FR-OFF/push-request"
    codes = []
    for action in ("update", "insert", "insert", "update", "delete", "delete"):
        _, answer = await hub.post(path, push_of(CARD_RECORD, action=action))
        codes.append(answer["StatusCode"]["Code"])
        assert CARD.uid not in str(answer)
    assert codes == ["009", "000", "009", "000", "000", "009"]


# --- partners ----------------------------------------------------------------------------------------------------


async def test_a_locked_partner_may_do_nothing() -> None:
    code, answer = await Providers(without("NL*LON", locked=True)).post(START, {})
    assert (code, answer["StatusCode"]["Code"]) == (401, "017")


async def test_without_a_contract_with_the_hub_nothing_is_pushed() -> None:
    hub = Providers(without("NL*LON", services=["Reservation"]))
    assert await hub.code(push(place())) == "210"
    reply = await hub.hub.handle(
        HttpRequest(
            path="/evsepush/v21/operators/NL*LON/status-records",
            body=b'{"ActionType":"fullLoad","OperatorEvseStatus":{"OperatorID":"NL*LON","EvseStatusRecord":[]}}',
        )
    )
    assert (reply.status, reply.headers["content-type"]) == (403, "application/json;charset=ISO-8859-1")
    assert "Result" not in parse_json(reply.body)


async def test_a_remote_start_for_a_contract_of_another_provider_is_inconsistent() -> None:
    hub = Providers(TWO, cpo=ack())
    shown = {"RemoteIdentification": {"EvcoID": "NL-GWE-CA2B3C4D5-6"}}
    asked = {"ProviderID": "DE-8EO", "EvseID": str(EVSE), "Identification": shown}
    _, answer = await hub.post("/charging/v21/providers/DE-8EO/authorize-remote/start", asked)
    assert (answer["Result"], answer["StatusCode"]["Code"], hub.asked) == (False, "019", [])


async def test_a_remote_start_by_a_card_is_refused() -> None:
    hub = Providers(TWO, cpo=ack())
    asked = {"ProviderID": "DE-8EO", "EvseID": str(EVSE), "Identification": CARD_RECORD}
    _, answer = await hub.post("/charging/v21/providers/DE-8EO/authorize-remote/start", asked)
    assert (answer["Result"], answer["StatusCode"]["Code"], hub.asked) == (False, "022", [])


async def test_a_card_is_authorised_as_a_mifare_card_alone() -> None:
    hub = Providers(TWO, one=YES, two=LOCKED)
    _, answer = await hub.post(START, {"OperatorID": "NL*LON", "Identification": SAME_CARD})
    assert (answer["AuthorizationStatus"], answer["StatusCode"]["Code"]) == ("NotAuthorized", "022")
    assert hub.asked == []


async def test_a_reservation_needs_the_service_and_its_kind_of_agreement() -> None:
    asked = m.ReserveEvse(token=APP, evse=EVSE, minutes=15)
    disabled = Providers(without("NL*LON", services=["EvseData"]), cpo=ack())
    assert (await disabled.send(asked, EMP)).reason.code == "320"
    about = [{"cpo": "NL*LON", "emsp": "DE-8EO", "services": ["Authorization"]}]
    not_agreed = Providers({**TWO, "contracts": about}, cpo=ack())
    assert (await not_agreed.send(asked, EMP)).reason.code == "210"
    assert disabled.asked == not_agreed.asked == []
    started = await not_agreed.send(m.StartSession(token=APP, evse=EVSE), EMP)
    assert started.status is m.CommandStatus.ACCEPTED


async def test_a_reservation_is_a_session_that_owes_a_record() -> None:
    hub = Providers(TWO, cpo=ack(), one=ack())
    ids = (await hub.send(m.ReserveEvse(token=APP, evse=EVSE, minutes=15), EMP)).session
    assert (await hub.send(m.StopSession(evse=EVSE, session=ids), EMP)).reason.code == "400"
    await hub.send(m.CancelReservation(evse=EVSE, session=SessionIds(hub=ids.hub)), EMP)
    session = hub.hub.sessions.sessions[ids.hub or ""]
    assert (session.status, session.owes_cdr) == ("OPEN", True)
    await hub.send(cdr(ids.hub), CPO)
    assert (session.status, session.owes_cdr) == ("CLOSED", False)


@pytest.mark.parametrize("code", ["501", "510", "601", "602", "700"])
async def test_what_the_operator_refuses_goes_back_to_the_provider(code: str) -> None:
    hub = Providers(TWO, cpo=ack(code))
    answer = await hub.send(m.StartSession(token=APP, evse=EVSE), EMP)
    assert (answer.reason.code, answer.session.hub, hub.hub.state()["sessions"]) == (code, None, {})
