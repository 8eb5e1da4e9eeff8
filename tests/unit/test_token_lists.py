"""Our cards at a simulated clearing house: changes, revocations, refusals, full loads. Time moves only when told to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import Invalid, UnknownConnection, Unsupported
from gateway.http import HttpRequest, HttpResponse
from gateway.model.common import Role
from gateway.model.ids import ContractId, PartyId
from gateway.model.messages import PublishTokens
from gateway.model.party import Operator
from gateway.model.token import HashAlgorithm, Pin, Token, TokenType
from gateway.simulation import Partner, World
from gateway.store import Database
from gateway.token_lists import RevocationRefused, TokenLists, TokenLossRefused
from gateway.wire import decode_document, encode
from gateway.wire.soap import SOAP_11, opened, sealed
from gateway_ochp import wire
from gateway_ochp.translate.tokens import read_token
from tests.support.publishing import BEGIN, EMP, LON, Stand, answer_lost, connection, stand

OTHER = PartyId.parse("NL-GWE")
WORLD = World(
    partners=(Partner(LON), Partner(EMP, role="EMSP", operators=(OTHER,))), push_hold_seconds=0.0, contracts=()
)
ACCOUNT = connection(
    "eclearing", role=Role.EMSP, party=EMP, operators=(Operator(id=EMP), Operator(id=OTHER))
)  # fmt: skip


def card(number: int, provider: str = "DE-8EO", **more: Any) -> Token:
    contract = ContractId.parse(f"{provider}-C{number:08}")
    return Token(uid=f"04A2B3C4D5{number:04X}", type=TokenType.RFID, contract_id=contract, **more)


@dataclass
class Table:
    stand: Stand
    lists: TokenLists

    async def published(self, *tokens: Token, **how: Any) -> Any:
        report = await self.lists.publish("eclearing", tokens, **how)
        await self.stand.deliver()
        await self.lists.settle()
        return report

    async def loaded(self, **how: Any) -> Any:
        found = await self.lists.full_load("eclearing", confirm=True, **how)
        await self.stand.deliver()
        await self.lists.settle()
        return found

    def records(self) -> list[Token]:
        """All that the hub has; what it shows of them is masked."""
        simulator: Any = self.stand.links["eclearing"].simulator
        return [read_token(info) for info in simulator._tokens.register.records(self.stand.moment)]

    def ends(self) -> dict[str, datetime | None]:
        """Number → end of validity, of all that the hub has."""
        return {token.uid or "": token.expires for token in self.records()}

    def valid(self) -> list[str]:
        return sorted(uid for uid, end in self.ends().items() if end is not None and end > self.stand.moment)

    def asked(self) -> list[tuple[str, int]]:
        """(operation, how many tokens) of every request."""
        found = []
        for request in self.stand.links["eclearing"].asked:
            child = opened(request.body).child
            found.append((str(child.tag).rpartition("}")[2], len(child)))
        return found

    async def states(self) -> dict[str, tuple[str, str]]:
        return {one.token.uid or "": (one.state, one.there) for one in await self.lists.listed("eclearing")}


def table_on(database: Database, account: Any = ACCOUNT) -> Table:
    one = stand(database, [account], world=WORLD)
    return Table(one, TokenLists(database, one.hubs, one.outbox.owe, lambda: one.moment))


@pytest.fixture
def table() -> Iterator[Table]:
    database = Database()
    database.migrate()
    yield table_on(database)
    database.close()


UID = [card(number).uid or "" for number in range(10)]


# --- changes -----------------------------------------------------------------------------------------------------


async def test_only_what_is_new_or_has_changed_goes_out(table: Table) -> None:
    first = await table.published(card(1), card(2))
    assert (len(first.inserts), len(first.updates), first.unchanged) == (2, 0, 0)
    again = await table.published(card(1), card(2))
    assert (again.inserts, again.updates, again.unchanged, again.entries) == ((), (), 2, ())
    changed = await table.published(card(1), card(2, visual_number="7421 0098"), card(3))
    assert (len(changed.inserts), len(changed.updates), changed.unchanged) == (1, 1, 1)
    assert table.asked() == [("UpdateRoamingAuthorisationListRequest", 2), ("UpdateRoamingAuthorisationListRequest", 2)]
    assert table.valid() == UID[1:4]
    assert await table.states() == dict.fromkeys(UID[1:4], ("current", "yes"))


async def test_a_change_survives_lost_answers_and_a_restart(table: Table) -> None:
    table.stand.links["eclearing"].script += [answer_lost, answer_lost]
    await table.lists.publish("eclearing", [card(1)])
    again = table_on(table.stand.database)
    again.stand.links["eclearing"].script += [answer_lost]
    await again.stand.deliver()
    assert await again.states() == {UID[1]: ("current", "yes")}
    assert again.asked() == [("UpdateRoamingAuthorisationListRequest", 1)] * 2


async def test_a_preview_changes_nothing(table: Table) -> None:
    report = await table.lists.preview("eclearing", [card(1), card(2)])
    await table.stand.deliver()
    assert (len(report.inserts), report.entries, table.asked(), await table.states()) == (2, (), [], {})


async def test_the_same_card_in_clear_and_hashed_and_under_two_contracts_are_three_records(table: Table) -> None:
    hashed = replace(card(1), uid="6C1D9C2E8EF9CA62F608D317FC68C0A454556AC9", hashed_by=HashAlgorithm.SHA1)
    report = await table.published(card(1), hashed, replace(card(1), contract_id=card(2).contract_id))
    assert len(report.inserts) == 3
    assert len(table.records()) == 3


async def test_spellings_of_a_card_are_one(table: Table) -> None:
    await table.published(card(1))
    contract = ContractId.parse("DE8EOC00000001")
    report = await table.published(replace(card(1), uid=UID[1].lower(), contract_id=contract))
    assert (len(report.updates), report.inserts) == (1, ())


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (replace(card(1), contract_id=ContractId.parse("FR-ABC-C00000001")), "foreign"),
        (replace(card(1), contract_id=None), "missing"),
        (replace(card(1), uid=None), "missing"),
        (replace(card(1), type=TokenType.APP_USER), "remote"),
        (replace(card(1), hashed_by=HashAlgorithm.MD5), "missing"),
        (replace(card(1), pin=Pin(clear="4711")), "secret"),
    ],
)
async def test_a_token_that_cannot_be_sent_is_named_and_costs_no_other(table: Table, token: Token, code: str) -> None:
    report = await table.published(card(2), token)
    assert [(one.place, {finding.code for finding in one.findings}) for one in report.broken] == [(1, {code})]
    assert table.valid() == [UID[2]]
    assert "4711" not in str(report)
    assert UID[1] not in str(report)


# --- expiry ------------------------------------------------------------------------------------------------------


async def test_where_the_issuer_names_no_end_the_account_does_and_prolongs_it(table: Table) -> None:
    end = datetime(2027, 5, 1, tzinfo=BEGIN.tzinfo)
    await table.published(card(1), card(2, expires=end))
    year = BEGIN + timedelta(days=365)
    assert table.ends() == {UID[1]: year, UID[2]: end}
    table.stand.moment = year - timedelta(days=31)
    assert await table.lists.renew() == 0
    table.stand.moment = year - timedelta(days=29)
    assert await table.lists.renew() == 1
    assert await table.lists.renew() == 0
    await table.stand.deliver()
    await table.lists.settle()
    assert table.ends() == {UID[1]: table.stand.moment + timedelta(days=365), UID[2]: end}


@pytest.mark.parametrize(("options", "renewed"), [({"token_renewal_days": 0}, 0), ({"token_validity_days": 10}, 1)])
async def test_prolonging_follows_the_account_settings(options: dict[str, int], renewed: int) -> None:
    database = Database()
    database.migrate()
    table = table_on(database, replace(ACCOUNT, options=options))
    await table.published(card(1))
    table.stand.moment += timedelta(days=options.get("token_validity_days", 365) - 1)
    assert await table.lists.renew() == renewed
    database.close()


# --- revocation --------------------------------------------------------------------------------------------------


async def test_a_revoked_token_ends_in_the_past_and_is_forgotten(table: Table) -> None:
    await table.published(card(1), card(2))
    report = await table.lists.revoke("eclearing", [UID[1].lower()])
    await table.stand.deliver()
    await table.lists.settle()
    assert len(report.revoked) == 1
    assert table.valid() == [UID[2]]
    assert table.ends()[UID[1]] == BEGIN - timedelta(days=1)
    assert await table.states() == {UID[2]: ("current", "yes")}
    assert table.asked()[-1] == ("UpdateRoamingAuthorisationListRequest", 1)
    back = await table.published(card(1))
    assert len(back.inserts) == 1
    assert table.valid() == UID[1:3]


async def test_all_tokens_of_a_contract_are_revoked(table: Table) -> None:
    second = replace(card(1), uid="0499887766")
    await table.published(card(1), second, card(2))
    report = await table.lists.revoke("eclearing", ["DE8EOC00000001"])
    await table.stand.deliver()
    assert (len(report.revoked), table.valid()) == (2, [UID[2]])


async def test_what_was_not_published_cannot_be_revoked_and_is_not_printed(table: Table) -> None:
    await table.published(card(1))
    with pytest.raises(Invalid) as raised:
        await table.lists.revoke("eclearing", [UID[2]])
    assert UID[2] not in str(raised.value)


async def test_a_revocation_on_top_of_an_undelivered_change_wins(table: Table) -> None:
    await table.lists.publish("eclearing", [card(1)])
    await table.lists.revoke("eclearing", [UID[1]])
    await table.stand.deliver()
    await table.lists.settle()
    assert (table.valid(), await table.states()) == ([], {})


async def test_a_complete_list_revokes_what_is_missing_of_that_provider_alone(table: Table) -> None:
    ours = [card(number) for number in range(1, 9)]
    await table.published(*ours, card(1, "NL-GWE"))
    with pytest.raises(RevocationRefused, match="2 of 8 tokens") as raised:
        await table.lists.publish("eclearing", ours[2:], complete=EMP)
    assert UID[1] not in str(raised.value)
    assert len((await table.lists.preview("eclearing", ours[2:], complete=EMP)).revoked) == 2
    report = await table.published(*ours[2:], complete=EMP, confirm=True)
    assert (len(report.revoked), report.unchanged) == (2, 6)
    assert table.valid() == sorted([*UID[3:9], UID[1]])


async def test_what_is_broken_in_a_complete_list_is_not_missing(table: Table) -> None:
    await table.published(card(1), card(2), card(3))
    broken = replace(card(2), contract_id=None)
    report = await table.published(card(1), broken, complete=EMP, confirm=True)
    assert ([one.place for one in report.broken], len(report.revoked)) == ([1], 1)
    assert table.valid() == UID[1:3]


async def test_the_share_that_may_go_is_a_setting_and_all_of_them_never_go_unconfirmed(table: Table) -> None:
    lax = table_on(table.stand.database, replace(ACCOUNT, options={"tokens_most_revoked": 1.0}))
    await lax.published(card(1), card(2))
    assert len((await lax.published(card(1), complete=EMP)).revoked) == 1
    with pytest.raises(RevocationRefused):
        await lax.lists.publish("eclearing", [], complete=EMP)


# --- what the hub refuses ----------------------------------------------------------------------------------------


def refusing(number: int) -> Any:
    """The hub takes everything but one card."""

    def act(request: HttpRequest) -> HttpResponse:
        asked = decode_document(
            wire.UpdateRoamingAuthorisationListRequest, opened(request.body).child
        ).model  # fmt: skip
        refused = tuple(
            info for info in asked.roaming_authorisation_info_array
            if info.emt_id is not None and info.emt_id.instance == UID[number]
        )  # fmt: skip
        result = wire.Result(result_code="partly", result_description="contract unknown")
        answer = wire.UpdateRoamingAuthorisationListResponse(result=result, refused_roaming_authorisation_info=refused)
        return HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, answer, prefix="ns"))

    return act


async def test_a_refused_token_is_kept_with_the_reason_and_tried_again_only_when_it_changes(table: Table) -> None:
    table.stand.links["eclearing"].script.append(refusing(1))
    await table.published(card(1), card(2))
    assert await table.states() == {UID[1]: ("refused", "no"), UID[2]: ("current", "yes")}
    (refused,) = await table.lists.listed("eclearing", state="refused")
    assert (refused.words, refused.code) == ("contract unknown", "partly")
    again = await table.published(card(1), card(2))
    assert (len(again.refused), again.unchanged, len(table.asked())) == (1, 1, 1)
    changed = await table.published(card(1, visual_number="1"), card(2))
    assert len(changed.inserts) == 1
    assert await table.states() == dict.fromkeys(UID[1:3], ("current", "yes"))


def partly(*refused: wire.RoamingAuthorisationInfo) -> Any:
    result = wire.Result(result_code="partly", result_description="")
    answer = wire.UpdateRoamingAuthorisationListResponse(result=result, refused_roaming_authorisation_info=refused)
    return lambda _: HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, answer, prefix="ns"))


async def test_a_refused_token_is_known_by_its_number_alone(table: Table) -> None:
    info = wire.RoamingAuthorisationInfo(
        emt_id=wire.EmtId(instance=UID[1].lower(), token_type=None), contract_id=None, expiry_date=None
    )
    table.stand.links["eclearing"].script.append(partly(info))
    await table.published(card(1), card(2))
    assert await table.states() == {UID[1]: ("refused", "no"), UID[2]: ("current", "yes")}


async def test_where_a_part_is_refused_and_nobody_is_named_nothing_counts_as_taken(table: Table) -> None:
    table.stand.links["eclearing"].script.append(partly())
    await table.published(card(1), card(2))
    assert await table.states() == dict.fromkeys(UID[1:3], ("refused", "maybe"))
    await table.lists.retry("eclearing")
    await table.stand.deliver()
    assert await table.states() == dict.fromkeys(UID[1:3], ("current", "yes"))
    table.stand.links["eclearing"].script.append(partly())
    await table.lists.revoke("eclearing", UID[1:3])
    await table.stand.deliver()
    assert [one.revoked for one in await table.lists.listed("eclearing", state="refused")] == [True, True]
    assert table.valid() == UID[1:3]


async def test_a_person_may_have_it_tried_again(table: Table) -> None:
    table.stand.links["eclearing"].script.append(refusing(1))
    await table.published(card(1), card(2))
    report = await table.lists.retry("eclearing")
    await table.stand.deliver()
    assert len(report.inserts) == 1
    assert await table.states() == dict.fromkeys(UID[1:3], ("current", "yes"))


async def test_an_entry_that_is_over_cannot_be_sent_again_beside_newer_ones(table: Table) -> None:
    table.stand.links["eclearing"].script.append(lambda _: _failed("format"))
    report = await table.published(card(1))
    assert await table.states() == {UID[1]: ("refused", "no")}
    with pytest.raises(ValueError, match="tokens retry"):
        await table.stand.outbox.retry(report.entries[0])


async def test_a_list_that_the_hub_fails_at_keeps_its_place_before_newer_ones(table: Table) -> None:
    await table.published(card(1))
    table.stand.links["eclearing"].script += [lambda _: _failed("server")] * 20
    await table.lists.full_load("eclearing", confirm=True, confirm_loss=True)
    await table.lists.publish("eclearing", [card(2)])
    await table.stand.deliver(rounds=100)
    assert table.valid() == UID[1:3]
    operations = [name for name, _ in table.asked()]
    assert operations[-2:] == ["SetRoamingAuthorisationListRequest", "UpdateRoamingAuthorisationListRequest"]


def _failed(code: str) -> HttpResponse:
    result = wire.Result(result_code=code, result_description="no")
    answer = wire.UpdateRoamingAuthorisationListResponse(result=result)
    body = sealed(SOAP_11, answer, prefix="ns")
    return HttpResponse(headers={"content-type": "text/xml"}, body=body)


# --- the whole list ----------------------------------------------------------------------------------------------


async def test_a_full_load_has_the_tokens_of_all_providers_also_those_of_other_processes(table: Table) -> None:
    await table.published(card(1), card(2))
    elsewhere = TokenLists(
        table.stand.database, table.stand.hubs, table.stand.outbox.owe, lambda: table.stand.moment
    )  # fmt: skip
    await elsewhere.publish("eclearing", [card(3, "NL-GWE")])
    found = await table.loaded(confirm_loss=True)
    assert (found.sends, found.loses) == (3, ())
    assert table.asked()[-1] == ("SetRoamingAuthorisationListRequest", 3)
    assert table.valid() == UID[1:4]


async def test_a_load_of_a_store_that_knows_nothing_of_the_hub_must_be_meant(table: Table) -> None:
    await table.published(*(card(number) for number in range(1, 9)))
    fresh_database = Database()
    fresh_database.migrate()
    simulator = table.stand.links["eclearing"].simulator
    one = stand(fresh_database, [ACCOUNT], world=WORLD, simulators={"eclearing": simulator})
    fresh = Table(one, TokenLists(fresh_database, one.hubs, one.outbox.owe, lambda: one.moment))
    with pytest.raises(Invalid, match="nothing to send"):
        await fresh.loaded(confirm_loss=True)
    await fresh.published(card(1))
    preview = await fresh.lists.full_load("eclearing")
    assert (preview.complete, preview.is_loss, preview.entry) == (False, True, None)
    with pytest.raises(TokenLossRefused, match="not known here"):
        await fresh.loaded()
    assert len(fresh.valid()) == 8
    await fresh.loaded(confirm_loss=True)
    assert fresh.valid() == [UID[1]]
    assert (await fresh.lists.full_load("eclearing")).complete is True
    fresh_database.close()


async def test_a_load_that_would_take_away_too_much_is_refused(table: Table) -> None:
    await table.published(card(1), card(2), card(3))
    await table.loaded(confirm_loss=True)
    table.stand.links["eclearing"].script.append(refusing(1))
    await table.published(card(1, visual_number="new"))
    preview = await table.lists.full_load("eclearing")
    assert (preview.sends, preview.keeps, len(preview.loses), preview.is_loss) == (2, 2, 1, True)
    with pytest.raises(TokenLossRefused, match="would lose 1 of them") as raised:
        await table.loaded()
    assert UID[1] not in str(raised.value)
    await table.loaded(confirm_loss=True)
    assert table.valid() == UID[2:4]
    assert await table.states() == {UID[1]: ("refused", "no"), UID[2]: ("current", "yes"), UID[3]: ("current", "yes")}


async def test_an_expired_or_revoked_token_is_left_out_of_a_load(table: Table) -> None:
    await table.published(card(1), card(2, expires=BEGIN + timedelta(days=1)), card(3))
    await table.lists.revoke("eclearing", [UID[3]])
    await table.stand.deliver()
    table.stand.moment += timedelta(days=2)
    await table.loaded(confirm_loss=True)
    assert list(table.ends()) == [UID[1]]


async def test_a_refused_load_leaves_everything_and_says_why(table: Table) -> None:
    await table.published(card(1))
    answer = wire.SetRoamingAuthorisationListResponse(
        result=wire.Result(result_code="format", result_description="bad day")
    )
    response = HttpResponse(headers={"content-type": "text/xml"}, body=sealed(SOAP_11, answer, prefix="ns"))
    table.stand.links["eclearing"].script.append(lambda _: response)
    await table.loaded(confirm_loss=True)
    found = await table.lists.full_load("eclearing")
    assert (found.last, found.complete, table.valid()) == ("bad day", False, [UID[1]])


async def test_rows_whose_entry_is_lost_are_sent_again(table: Table) -> None:
    await table.lists.publish("eclearing", [card(1)])
    with table.stand.database.engine.begin() as transaction:
        transaction.exec_driver_sql("DELETE FROM gateway_outbox_history")
        transaction.exec_driver_sql("DELETE FROM gateway_outbox")
    assert await table.lists.settle() == 1
    await table.stand.deliver()
    assert await table.states() == {UID[1]: ("current", "yes")}


# --- who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"hub": "eclearing"}, {"hub": "hubject", "name": "eclearing", "role": Role.EMSP}])
async def test_only_an_emsp_at_a_clearing_house_publishes_tokens(how: dict[str, Any]) -> None:
    database = Database()
    database.migrate()
    one = stand(database, [connection(**how)])
    lists = TokenLists(database, one.hubs, one.outbox.owe)
    with pytest.raises(Unsupported):
        await lists.publish("eclearing", [card(1)])
    with pytest.raises(UnknownConnection):
        await lists.publish("elsewhere", [card(1)])
    database.close()


async def test_every_message_is_written_strictly(table: Table) -> None:
    await table.published(card(1), card(2, visual_number="x" * 200))
    for request in table.stand.links["eclearing"].asked:
        decoded = decode_document(wire.UpdateRoamingAuthorisationListRequest, opened(request.body).child)
        assert decoded.findings == []
        assert encode(decoded.model)
    (owed,) = await table.stand.outbox.listed()
    assert isinstance(owed.message, PublishTokens)


# --- any order of events -----------------------------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("publish"), st.integers(1, 4), st.integers(0, 1)),
    st.tuples(st.just("revoke"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("load"), st.just(0), st.just(0)),
    st.tuples(st.just("deliver"), st.just(0), st.just(0)),
    st.tuples(st.just("lose"), st.just(0), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=12))
async def test_in_any_order_the_hub_ends_with_what_is_wanted(steps: list[tuple[str, int, int]]) -> None:
    database = Database()
    database.migrate()
    table, wanted = table_on(database), dict[str, Token]()
    for what, number, variant in steps:
        if what == "publish":
            token = card(number, visual_number=str(variant))
            wanted[UID[number]] = token
            await table.lists.publish("eclearing", [token])
        elif what == "revoke" and UID[number] in wanted:
            del wanted[UID[number]]
            await table.lists.revoke("eclearing", [UID[number]])
        elif what == "load" and wanted:
            await table.lists.full_load("eclearing", confirm=True, confirm_loss=True)
        elif what == "deliver":
            await table.stand.deliver()
        elif what == "lose":
            table.stand.links["eclearing"].script.append(answer_lost)
    await table.stand.deliver()
    await table.lists.settle()
    assert table.valid() == sorted(wanted)
    shown = {token.uid or "": token.visual_number for token in table.records()}
    assert {uid: shown[uid] for uid in wanted} == {uid: token.visual_number for uid, token in wanted.items()}
    assert await table.states() == dict.fromkeys(wanted, ("current", "yes"))
    database.close()
