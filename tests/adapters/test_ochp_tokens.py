"""Tokens of OCHP: what a check says of them, what a list may have, how they are revoked and asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.ids import ContractId
from gateway.model.kinds import EvseStatus
from gateway.model.token import HashAlgorithm, RfidTechnology, Token, TokenType
from gateway.wire import decode_document, encode
from gateway_ochp import adapter, wire
from gateway_ochp.sends_cpo import LIST_ASKED
from tests.adapters.test_ochp_sends import CARD, EVSE, link, result, said, send, sent

RECORD = """<UpdateRoamingAuthorisationListRequest xmlns="http://ochp.eu/1.4"><roamingAuthorisationInfoArray>
<EmtId{attributes}><instance>{instance}</instance><tokenType>{kind}</tokenType></EmtId>
<contractId>{contract}</contractId><expiryDate><DateTime>2027-01-01T00:00:00Z</DateTime></expiryDate>
</roamingAuthorisationInfoArray></UpdateRoamingAuthorisationListRequest>"""
MEASURED = "6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9"


def document(
    contract: str = "DE83DUIEN83QGZD", kind: str = "rfid", instance: str = "04A2", attributes: str = ""
) -> Any:  # fmt: skip
    text = RECORD.format(contract=contract, kind=kind, instance=instance, attributes=attributes)
    found = adapter.identify(text.encode(), "")
    return found.form, decode_document(found.form.wire, found.document)


@pytest.mark.parametrize(
    ("contract", "computed"),
    [
        ("DE83DUIEN83QGZD", None),
        ("DE-83D-UIEN83QGZ-D", None),
        ("de83duien83qgzd", None),
        ("DE83DUIEN83QGZ", None),
        ("DE83DUIEN83QGZA", "D"),
        ("DE-8AA-CA2B3C4D5-N", "L"),
        ("DE-8AA-00123A563-N", "M"),
    ],
)
def test_a_check_digit_is_a_warning_and_no_more(contract: str, computed: str | None) -> None:
    form, decoded = document(contract)
    found = [(one.severity, one.text) for one in decoded.findings if one.code == "check-digit"]
    assert [severity for severity, _ in found] == ([] if computed is None else [Severity.WARNING])
    assert all(text.endswith(f"it is {computed}") for _, text in found)
    (token,) = form.read(decoded.model).tokens
    assert str(token.contract_id) == contract


def test_no_contract_stands_in_what_is_said_of_its_check_digit() -> None:
    _, decoded = document("DE-8AA-CA2B3C4D5-N")
    assert "CA2B3C4D5" not in " ".join(one.text for one in decoded.findings)


def test_a_token_of_one_session_cannot_be_listed() -> None:
    _, decoded = document(kind="remote")
    assert [one.code for one in decoded.findings if one.severity is Severity.ERROR] == ["remote"]


@pytest.mark.parametrize("kind", [TokenType.APP_USER, TokenType.AD_HOC_USER])
async def test_nor_is_it_sent(kind: TokenType) -> None:
    with pytest.raises(Invalid):
        await send(link(), m.PublishTokens(action=m.PushAction.UPDATE, tokens=(replace(CARD, type=kind),)))


@pytest.mark.parametrize(
    ("attributes", "instance", "hashed"),
    [
        (' representation="plain"', "04a2b3c4d5e680", None),
        (' representation="sha-160"', MEASURED, HashAlgorithm.SHA1),
        (' representation="sha-160"', MEASURED.lower(), HashAlgorithm.SHA1),
        (' representation="SHA-1"', MEASURED, HashAlgorithm.SHA1),
        (' representation="sha-256"', "AB" * 32, HashAlgorithm.SHA256),
        (' representation="sha1"', MEASURED, HashAlgorithm.SHA1),
        (' representation=""', MEASURED, HashAlgorithm.SHA1),
        (' representation="PLAIN"', "04a2b3c4d5e680", None),
        ("", "04a2b3c4d5e680", None),
        ("", MEASURED, HashAlgorithm.SHA1),
        ("", "AB" * 32, HashAlgorithm.SHA256),
    ],
)
def test_every_form_of_a_number_is_read_and_goes_back_as_it_came(
    attributes: str, instance: str, hashed: HashAlgorithm | None
) -> None:  # fmt: skip
    form, decoded = document(instance=instance, attributes=attributes)
    message = form.read(decoded.model)
    assert (message.tokens[0].uid, message.tokens[0].hashed_by) == (instance.upper(), hashed)
    assert f":instance>{instance}<" in encode(form.write(message)).decode()


async def test_a_hash_is_written_with_its_representation_and_a_plain_number_too() -> None:
    hub = link(said(wire.UpdateRoamingAuthorisationListResponse(result=result("ok"))))
    hashed = replace(CARD, uid=MEASURED, hashed_by=HashAlgorithm.SHA1, technology=RfidTechnology.CALYPSO)
    await send(hub, m.PublishTokens(action=m.PushAction.UPDATE, tokens=(CARD, hashed)))
    asked = sent(hub, wire.UpdateRoamingAuthorisationListRequest).roaming_authorisation_info_array
    assert [(info.emt_id.instance, info.emt_id.representation, info.emt_id.token_sub_type) for info in asked] == [
        (CARD.uid, "plain", None),
        (MEASURED, "sha-160", "calypso"),
    ]


async def test_a_revoked_token_ends_in_the_past_by_the_hubs_clock_too() -> None:
    hub = link(said(wire.UpdateRoamingAuthorisationListResponse(result=result("ok"))))
    await send(hub, m.PublishTokens(action=m.PushAction.DELETE, tokens=(CARD,)))
    (info,) = sent(hub, wire.UpdateRoamingAuthorisationListRequest).roaming_authorisation_info_array
    assert info.expiry_date == hub.moment - timedelta(days=1)


async def test_the_hubs_list_answers_and_not_the_provider() -> None:
    answer = wire.GetSingleRoamingAuthorisationResponse(result=result("invalid-id", "no such token"))
    told = await send(link(said(answer)), m.AuthorizeToken(token=Token(uid="04A2", type=TokenType.RFID)))
    assert (told.allowed, told.info, told.reason.text) == (m.Allowed.UNKNOWN_TOKEN, LIST_ASKED, "no such token")


@pytest.mark.parametrize("contract", ["DE-8EO-CA2B3C4D5", "NL-GWE-300012345"])
async def test_a_contract_goes_out_as_it_was_issued(contract: str) -> None:
    hub = link(said(wire.UpdateRoamingAuthorisationListResponse(result=result("ok"))))
    card = replace(CARD, contract_id=ContractId.parse(contract), visual_number="7421 0098 5532")
    await send(hub, m.PublishTokens(action=m.PushAction.UPDATE, tokens=(card,)))
    (info,) = sent(hub, wire.UpdateRoamingAuthorisationListRequest).roaming_authorisation_info_array
    assert (info.contract_id, info.printed_number) == (contract, "7421 0098 5532")


@pytest.mark.parametrize("status", [EvseStatus.PLANNED, EvseStatus.REMOVED])
async def test_what_ochp_has_no_word_for_is_named_and_not_sent(status: EvseStatus) -> None:
    spot = m.ParkingStatusReport(parking_id="DE*ABC*P1", status=status)
    told = await send(link(), m.PublishStatuses(parking=(spot,)))
    assert (told.accepted, [one.uid for one in told.refused]) == (True, ["DE*ABC*P1"])
    hub = link(said(wire.UpdateStatusResponse(result=result("ok"))))
    charging = m.EvseStatusReport(evse=EVSE, status=EvseStatus.CHARGING)
    mixed = await send(hub, m.PublishStatuses(statuses=(charging,), parking=(spot,)))
    assert [one.uid for one in mixed.refused] == ["DE*ABC*P1"]
    assert sent(hub, wire.UpdateStatusRequest).parking == ()
