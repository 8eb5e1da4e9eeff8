"""Authentication data: hashed PINs, no foreign contracts, nothing that must not be authorised offline."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import bcrypt
import pytest

from gateway.errors import Invalid
from gateway.http import HttpResponse
from gateway.model import messages as m
from gateway.model.ids import ContractId, PartyId
from gateway.model.party import Operator
from gateway.model.token import HashAlgorithm, Pin, RfidTechnology, Token, TokenType, WhitelistType
from gateway.ports import Connection
from gateway.wire import decode_document, document
from gateway.wire.json import parse_json
from gateway.workbench import translate_value
from gateway_oicp import wire
from gateway_oicp.forms import PULL_AUTHENTICATION_ANSWER, PUSH_AUTHENTICATION, START
from gateway_oicp.pins import with_hashed_pin
from gateway_oicp.sends import SENDS
from tests.adapters.oicp_values import APP, CARD, CPO, EMP, EVSE, ack, json_reply
from tests.support import FakeLink

HASH = bcrypt.hashpw(b"4711", bcrypt.gensalt(4)).decode()
EVCO = "DE-8EO-CA2B3C4D5-6"
HASHED = replace(APP, pin=Pin(hashed=HASH, algorithm=HashAlgorithm.BCRYPT))
FOREIGN = replace(APP, uid="NL-GWE-C00012345-O", contract_id=ContractId.parse("NL-GWE-C00012345-O"))


async def sent(
    message: m.Message[Any], reply: HttpResponse | None = None, connection: Connection = EMP
) -> tuple[Any, FakeLink]:
    hub = FakeLink(connection, [reply or json_reply(ack())])
    return await SENDS[type(message)](hub, message), hub


def shown(hub: FakeLink) -> list[Any]:
    told = parse_json(hub.asked[0].body)["ProviderAuthenticationData"]
    return [record["Identification"] for record in told["AuthenticationDataRecord"]]


def push(*tokens: Token, action: m.PushAction = m.PushAction.INSERT) -> m.PublishTokens:
    return m.PublishTokens(action=action, tokens=tokens)


async def test_tokens_are_uploaded_under_the_account() -> None:
    printed = replace(CARD, uid="04B1C2D3E4F590", technology=RfidTechnology.MIFARE_DESFIRE, visual_number="NL 0815")
    message = push(CARD, printed, APP, HASHED, replace(APP, type=TokenType.EMAID))
    answer, hub = await sent(replace(message, tokens=(*message.tokens[:2], HASHED)))
    assert hub.asked[0].path == "/authdata/v21/providers/DE-8EO/push-request"
    assert parse_json(hub.asked[0].body) == {
        "ActionType": "insert",
        "ProviderAuthenticationData": {
            "ProviderID": "DE-8EO",
            "AuthenticationDataRecord": [
                {"Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}},
                {
                    "Identification": {
                        "RFIDIdentification": {
                            "UID": "04B1C2D3E4F590", "RFID": "mifareDes", "PrintedNumber": "NL 0815"
                        }
                    }
                },
                {
                    "Identification": {
                        "QRCodeIdentification": {"EvcoID": EVCO, "HashedPIN": {"Value": HASH, "Function": "Bcrypt"}}
                    }
                },
            ],
        },
    }  # fmt: skip
    assert (answer.accepted, answer.refused) == (True, ())


def test_an_upload_reads_back_as_it_was() -> None:
    message = m.PublishTokens(action=m.PushAction.REPLACE_ALL, provider=PartyId.parse("DE-8EO"), tokens=(CARD, HASHED))
    tree = document(PUSH_AUTHENTICATION.write(message))
    assert PUSH_AUTHENTICATION.read(decode_document(wire.PushAuthenticationData, tree).model) == message


# --- PINs --------------------------------------------------------------------------------------------------------


async def test_a_pin_leaves_hashed_and_never_in_clear() -> None:
    _, hub = await sent(push(replace(APP, pin=Pin(clear="4711"))))
    (identification,) = shown(hub)
    code = identification["QRCodeIdentification"]
    assert sorted(code) == ["EvcoID", "HashedPIN"]
    assert code["HashedPIN"]["Function"] == "Bcrypt"
    assert code["HashedPIN"]["Value"].startswith("$2a$")
    assert bcrypt.checkpw(b"4711", code["HashedPIN"]["Value"].encode())
    assert b"4711" not in hub.asked[0].body


@pytest.mark.parametrize(
    "pin",
    [
        Pin(hashed=HASH, algorithm=HashAlgorithm.BCRYPT),
        Pin(clear="4711", hashed=HASH, algorithm=HashAlgorithm.BCRYPT),
        Pin(clear=HASH),
    ],
)
async def test_a_hash_is_never_hashed_again(pin: Pin) -> None:
    _, hub = await sent(push(replace(APP, pin=pin)))
    assert shown(hub)[0]["QRCodeIdentification"]["HashedPIN"] == {"Value": HASH, "Function": "Bcrypt"}


def test_a_token_without_a_pin_in_clear_stays_the_same() -> None:
    for token in (CARD, APP, HASHED):
        assert with_hashed_pin(token) is token


@pytest.mark.parametrize("algorithm", [HashAlgorithm.MD5, HashAlgorithm.SHA1, HashAlgorithm.SHA256, None])
async def test_an_older_hash_is_not_uploaded(algorithm: HashAlgorithm | None) -> None:
    old = replace(APP, pin=Pin(hashed="81dc9bdb52d04dc20036dbd8313ed055", algorithm=algorithm))
    answer, hub = await sent(push(old))
    assert hub.asked == []
    assert (answer.accepted, answer.refused) == (
        False, (m.Refusal(uid=APP.uid, text="not sent: OICP takes PINs hashed by bcrypt only"),),
    )  # fmt: skip


@pytest.mark.parametrize(("word", "algorithm"), [("MD5", HashAlgorithm.MD5), ("SHA-1", HashAlgorithm.SHA1)])
def test_an_older_hash_is_read_and_goes_back_as_it_came(word: str, algorithm: HashAlgorithm) -> None:
    code = {"EvcoID": EVCO, "HashedPIN": {"LegacyHashData": {"Function": word, "Salt": "na", "Value": "9bdb52d0"}}}
    tree = {
        "ActionType": "insert",
        "ProviderAuthenticationData": {
            "ProviderID": "DE-8EO",
            "AuthenticationDataRecord": [{"Identification": {"QRCodeIdentification": code}}],
        },
    }
    message = PUSH_AUTHENTICATION.read(decode_document(wire.PushAuthenticationData, tree).model)
    assert message.tokens[0].pin == Pin(hashed="9bdb52d0", algorithm=algorithm)
    assert document(PUSH_AUTHENTICATION.write(message)) == tree


async def test_a_pin_in_clear_that_was_received_is_not_passed_on_either() -> None:
    """Whatever a received list keeps for its own way back."""
    code = {"EvcoID": EVCO, "PIN": "4711"}
    tree = {
        "ActionType": "insert",
        "ProviderAuthenticationData": {
            "ProviderID": "DE-8EO",
            "AuthenticationDataRecord": [
                {"Identification": {"QRCodeIdentification": code}},
                {"Identification": {"RemoteIdentification": {"EvcoID": EVCO}, "QRCodeIdentification": code}},
            ],
        },
    }
    decoded = decode_document(wire.PushAuthenticationData, tree)
    assert ["/PIN" in finding.pointer for finding in decoded.findings].count(True) == 2
    message = PUSH_AUTHENTICATION.read(decoded.model)
    _, hub = await sent(message)
    assert b"4711" not in hub.asked[0].body
    assert document(PUSH_AUTHENTICATION.write(message)) == tree


def test_the_report_of_a_translation_says_that_the_pin_in_clear_does_not_go() -> None:
    message = m.PublishTokens(provider=PartyId.parse("DE-8EO"), tokens=(replace(APP, pin=Pin(clear="4711")),))
    report = translate_value(message, "oicp")
    assert "tokens.0.pin.clear" in {loss.source for loss in report.losses}
    assert b"4711" not in report.documents[0][1]


async def test_a_driver_is_authorised_by_the_pin_in_clear_and_never_by_its_hash() -> None:
    both = replace(APP, pin=Pin(clear="4711", hashed=HASH, algorithm=HashAlgorithm.BCRYPT))
    for token, code in ((both, {"EvcoID": EVCO, "PIN": "4711"}), (HASHED, {"EvcoID": EVCO})):
        tree = document(START.write(m.AuthorizeToken(operator=CPO.party, token=token, evse=EVSE)))
        assert tree["Identification"] == {"QRCodeIdentification": code}


# --- what is not uploaded ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (FOREIGN, "019"),
        (replace(CARD, contract_id=FOREIGN.contract_id), "019"),
        (replace(APP, valid=False), "not valid"),
        (replace(CARD, expires=datetime(2026, 1, 1, tzinfo=UTC)), "not valid"),
        (replace(CARD, whitelist=WhitelistType.NEVER), "offline"),
        (replace(CARD, hashed_by=HashAlgorithm.SHA256), "in clear only"),
        (Token(type=TokenType.OTHER, uid="x"), "no identification"),
        (replace(APP, pin=Pin(clear="1" * 80)), "at most 20 characters"),
        (replace(APP, pin=Pin(clear="\U0001f511" * 20)), "72 bytes"),
        (APP, "twice"),
    ],
)
async def test_what_must_not_be_uploaded_stays_here_with_a_reason(token: Token, why: str) -> None:
    answer, hub = await sent(push(APP, token))
    assert len(shown(hub)) == 1
    assert [(refusal.uid, why in (refusal.text or "")) for refusal in answer.refused] == [(token.uid, True)]


async def test_a_card_is_the_same_with_and_without_its_contract() -> None:
    answer, hub = await sent(push(CARD, replace(CARD, contract_id=APP.contract_id, visual_number="NL 0815")))
    assert len(shown(hub)) == 1
    assert [refusal.text for refusal in answer.refused] == ["not sent: it stands twice in the list"]


async def test_a_contract_of_a_sub_provider_is_uploaded() -> None:
    connection = replace(EMP, operators=(Operator(id=PartyId.parse("NL-GWE")),))
    answer, hub = await sent(push(FOREIGN), connection=connection)
    assert shown(hub) == [{"RemoteIdentification": {"EvcoID": "NL-GWE-C00012345-O"}}]
    assert answer.refused == ()


async def test_what_is_not_valid_any_more_can_be_deleted() -> None:
    _, hub = await sent(push(replace(CARD, valid=False), action=m.PushAction.DELETE))
    assert parse_json(hub.asked[0].body)["ActionType"] == "delete"
    assert len(shown(hub)) == 1


@pytest.mark.parametrize(("tokens", "requests"), [((), 1), ((FOREIGN,), 0)])
async def test_a_full_load_clears_only_where_that_was_asked_for(tokens: tuple[Token, ...], requests: int) -> None:
    answer, hub = await sent(push(*tokens, action=m.PushAction.REPLACE_ALL))
    assert len(hub.asked) == requests
    assert answer.accepted is bool(requests)
    if requests:
        told = parse_json(hub.asked[0].body)["ProviderAuthenticationData"]
        assert told == {"ProviderID": "DE-8EO", "AuthenticationDataRecord": []}


async def test_a_card_number_of_another_length_does_not_leave() -> None:
    with pytest.raises(Invalid) as caught:
        await sent(push(replace(CARD, uid="12345ABCD")))
    assert "12345ABCD" not in str(caught.value)


# --- the legacy pull ---------------------------------------------------------------------------------------------


async def test_a_cpo_reads_who_may_charge_by_provider() -> None:
    listed = [
        {"ProviderID": "DE-8EO", "AuthenticationDataRecord": [
            {"Identification": {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4D5E680"}}}]},
        {"ProviderID": "NL-GWE", "AuthenticationDataRecord": [
            {"Identification": {"PlugAndChargeIdentification": {"EvcoID": EVCO}}}]},
    ]  # fmt: skip
    tree = {"AuthenticationData": {"ProviderAuthenticationData": listed}, "StatusCode": {"Code": "000"}}
    answer, hub = await sent(m.FetchTokens(), json_reply(tree), CPO)
    assert hub.asked[0].path == "/authdata/v21/operators/NL%2ALON/pull-request"
    assert parse_json(hub.asked[0].body) == {"OperatorID": "NL*LON"}
    contract = replace(APP, type=TokenType.EMAID, provider=PartyId.parse("NL-GWE"))
    assert answer.tokens == (replace(CARD, provider=PartyId.parse("DE-8EO")), contract)
    assert document(PULL_AUTHENTICATION_ANSWER.write(answer)) == tree
