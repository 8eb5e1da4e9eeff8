"""Several hubs, one driver, on scripted hubs that record sessions as real ones do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.authorising import Authorising
from gateway.errors import NoAnswer, Refused, UnknownConnection
from gateway.model import messages as m
from gateway.model.common import Reason, Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.session import SessionIds, SessionStatus
from gateway.model.token import Token
from gateway.ports import Connection
from gateway.sessions import SessionRegister
from gateway.store import Database
from gateway.swiping import Step

CARD = Token(uid="04A2B3C4D5E680", contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
ASK = m.AuthorizeToken(token=CARD, evse=EvseId.parse("DE*LON*E1111*1"), session=SessionIds(cpo="LON-1"))
YES = m.Authorization(allowed=m.Allowed.ALLOWED)
UNKNOWN = m.Authorization(allowed=m.Allowed.UNKNOWN_TOKEN, reason=Reason(code="102", text="no such card"))
Answer = m.Authorization | Exception


@dataclass
class ScriptedHub:
    """Says what it is told to, after a while; its yes opens a session `H-<name>`."""

    connection: Connection
    register: SessionRegister
    says: Answer = UNKNOWN
    after: float = 0.0
    asked: list[m.AuthorizeToken] = field(default_factory=list)
    adapter: Any = field(default_factory=lambda: SimpleNamespace(sends={m.AuthorizeToken: None}))

    async def send(self, message: m.AuthorizeToken, /) -> m.Authorization:
        self.asked.append(message)
        await asyncio.sleep(self.after)
        if isinstance(self.says, Exception):
            raise self.says
        answer = self.says
        if answer.allowed is m.Allowed.ALLOWED:
            answer = replace(answer, session=SessionIds(hub=f"H-{self.connection.name}"))
        await self.register.remember(self.connection, message, answer)
        return answer


@dataclass
class Roaming:
    """Hubs in the order of their names' configuration, a register, and the search over them."""

    hubs: dict[str, ScriptedHub]
    register: SessionRegister
    authorising: Authorising
    known_evses: dict[str, bool]

    async def sessions(self) -> dict[str, str | None]:
        """connection → why its session is to be closed; None: it is kept."""
        await self.authorising.close()
        return {known.connection: known.closing for known in await self.register.listed()}

    def asked(self) -> list[str]:
        return [name for name, hub in self.hubs.items() if hub.asked]


Make = Callable[..., Awaitable[Roaming]]


def account(name: str, **changed: Any) -> Connection:
    values: dict[str, Any] = {"hub": "toy", "protocol": "toy", "role": Role.CPO, "party": PartyId.parse("DE*LON")}
    return Connection(name=name, **{**values, **changed})


def opened(database: Database, says: dict[str, Any], accounts: dict[str, dict[str, Any]]) -> Roaming:
    database.migrate()
    evses: dict[str, bool] = {}
    register = SessionRegister(database, lambda _, name, __: evses.get(name))
    hubs = {}
    for name, said in says.items():
        answer, after = said if isinstance(said, tuple) else (said, 0.0)
        hubs[name] = ScriptedHub(account(name, **accounts.get(name, {})), register, answer, after)
    authorising = Authorising(
        hubs, database, card_hash=lambda text: f"hash of {text}", knows_evse=lambda _, name, __: evses.get(name)
    )
    return Roaming(hubs, register, authorising, evses)


@pytest.fixture
async def roaming() -> AsyncIterator[Make]:
    databases: list[Database] = []

    async def make(accounts: dict[str, dict[str, Any]] | None = None, **says: Any) -> Roaming:
        databases.append(Database())
        return opened(databases[-1], says, accounts or {})

    yield make
    for database in databases:
        database.close()


def verdicts(steps: tuple[Step, ...]) -> dict[str, str | None]:
    return {step.connection: step.answer for step in steps}


# --- one after the other -----------------------------------------------------------------------------------------


async def test_the_first_yes_is_the_answer_and_nobody_else_is_asked(roaming: Make) -> None:
    here = await roaming(one=UNKNOWN, two=YES, three=YES)
    routed = await here.authorising.authorize(ASK)
    assert (routed.connection, routed.answer) == ("two", replace(YES, session=SessionIds(hub="H-two")))
    assert here.asked() == ["one", "two"]
    assert await here.sessions() == {"two": None}
    assert verdicts(routed.trace.steps) == {"one": "UNKNOWN_TOKEN", "two": "ALLOWED", "three": None}


async def test_every_hub_gets_the_question_as_it_was_asked(roaming: Make) -> None:
    here = await roaming(one=UNKNOWN, two=YES)
    await here.authorising.authorize(ASK)
    assert [hub.asked for hub in here.hubs.values()] == [[ASK], [ASK]]


@pytest.mark.parametrize("word", [m.Allowed.BLOCKED, m.Allowed.NO_CREDIT])
async def test_the_issuers_own_refusal_ends_the_search(roaming: Make, word: m.Allowed) -> None:
    refusal = m.Authorization(allowed=word, reason=Reason(code="200"))
    here = await roaming(one=refusal, two=YES)
    routed = await here.authorising.authorize(ASK)
    assert (routed.connection, routed.answer) == ("one", refusal)
    assert here.asked() == ["one"]
    assert routed.trace.verdict == f"one refused for the issuer: {word}"


@pytest.mark.parametrize(
    "said",
    [
        m.Authorization(allowed=m.Allowed.UNKNOWN_TOKEN),
        m.Authorization(allowed=m.Allowed.NOT_ALLOWED),
        m.Authorization(allowed=m.Allowed.EXPIRED),
        m.Authorization(allowed=m.Allowed.NO_ANSWER),
        m.Authorization(),
        NoAnswer("timeout"),
        Refused("017", "certificate"),
        RuntimeError("a fault of ours"),
    ],
)
async def test_what_says_nothing_of_other_hubs_and_every_failure_go_on_to_the_next(roaming: Make, said: Any) -> None:
    here = await roaming(one=said, two=YES)
    routed = await here.authorising.authorize(ASK)
    assert routed.connection == "two"
    assert await here.sessions() == {"two": None}


async def test_of_several_refusals_the_one_that_says_most_is_passed_on(roaming: Make) -> None:
    refusal = m.Authorization(allowed=m.Allowed.NOT_ALLOWED, reason=Reason(code="106"))
    here = await roaming(one=UNKNOWN, two=NoAnswer("timeout"), three=refusal)
    routed = await here.authorising.authorize(ASK)
    assert (routed.connection, routed.answer) == (None, refusal)
    assert routed.trace.verdict == "refused: NOT_ALLOWED"


async def test_where_nobody_answers_or_can_be_asked_the_answer_says_so(roaming: Make) -> None:
    silent = await roaming(one=NoAnswer("timeout"))
    routed = await silent.authorising.authorize(ASK)
    assert routed.answer == m.Authorization(allowed=m.Allowed.NO_ANSWER, reason=Reason(text="no hub gave an answer"))
    alone = await roaming()
    routed = await alone.authorising.authorize(ASK)
    assert routed.answer.reason == Reason(text="there was no hub to ask")


async def test_a_hub_that_is_silent_costs_the_budget_and_no_more(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.2), two=YES)
    routed = await here.authorising.authorize(ASK, budget_seconds=0.05)
    assert routed.answer.allowed is m.Allowed.NO_ANSWER
    assert here.asked() == ["one"]
    assert verdicts(routed.trace.steps) == {"one": "has not answered yet", "two": None}


# --- late and doubled sessions -----------------------------------------------------------------------------------


async def test_a_yes_after_the_budget_is_a_session_to_be_closed(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.1))
    await here.authorising.authorize(ASK, budget_seconds=0.02)
    assert await here.sessions() == {"one": "the driver had been answered before"}


async def test_the_next_hub_is_asked_when_the_former_is_silent_and_the_loser_is_closed(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.15), two=YES, three=YES)
    routed = await here.authorising.authorize(ASK, parallel_after_seconds=0.02)
    assert routed.connection == "two"
    assert here.asked() == ["one", "two"]
    assert await here.sessions() == {"one": "two had authorised the driver before", "two": None}


async def test_a_late_yes_after_the_issuers_refusal_is_closed_as_well(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.1), two=m.Authorization(allowed=m.Allowed.BLOCKED))
    routed = await here.authorising.authorize(ASK, parallel_after_seconds=0.02)
    assert (routed.connection, routed.answer.allowed) == ("two", m.Allowed.BLOCKED)
    assert await here.sessions() == {"one": "the driver had been answered before"}


async def test_a_caller_that_goes_away_leaves_no_session_open(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.05))
    asking = asyncio.create_task(here.authorising.authorize(ASK))
    await asyncio.sleep(0.02)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await here.sessions() == {"one": "the driver had been answered before"}


async def test_sessions_of_one_request_have_their_swipe_in_common_and_others_have_not(roaming: Make) -> None:
    here = await roaming(one=(YES, 0.05), two=YES)
    routed = await here.authorising.authorize(ASK, parallel_after_seconds=0.01)
    await here.authorising.close()
    assert {known.swipe for known in await here.register.listed()} == {routed.trace.swipe}
    await here.hubs["one"].send(replace(ASK, session=SessionIds()))
    other = await here.authorising.authorize(ASK)
    assert other.trace.swipe != routed.trace.swipe


HUBS = ("a", "b", "c", "d")
ANSWERS = st.sampled_from([*m.Allowed, NoAnswer("timeout"), ValueError("a fault")])


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(HUBS), st.tuples(ANSWERS, st.sampled_from([0.0, 0.004, 0.008]))),
    st.sampled_from([None, 0.0, 0.003]),
    st.sampled_from([0.006, 5.0]),
)
async def test_whatever_hubs_say_one_session_is_kept_at_most_and_it_is_the_answers(
    says: dict[str, Any], parallel: float | None, budget: float
) -> None:
    database = Database()
    script = {
        name: (said if isinstance(said, Exception) else m.Authorization(allowed=said), after)
        for name, (said, after) in says.items()
    }
    here = opened(database, script, {})
    routed = await here.authorising.authorize(ASK, parallel_after_seconds=parallel, budget_seconds=budget)
    kept = [name for name, closing in (await here.sessions()).items() if closing is None]
    allowed = routed.answer.allowed is m.Allowed.ALLOWED
    assert kept == ([routed.connection] if allowed else [])
    assert sorted(verdicts(routed.trace.steps)) == sorted(says)
    assert all(len(hub.asked) <= 1 for hub in here.hubs.values())
    database.close()


# --- who is asked, and in which order ----------------------------------------------------------------------------


async def test_a_configured_issuer_is_asked_first_and_the_trace_says_why(roaming: Make) -> None:
    here = await roaming({"two": {"options": {"issuers": ["DE8EO"]}}}, one=YES, two=YES)
    routed = await here.authorising.authorize(ASK)
    assert here.asked() == ["two"]
    assert [(step.connection, step.why) for step in routed.trace.steps] == [
        ("two", "issuer DE8EO is configured for it"),
        ("one", "configured order"),
    ]


async def test_the_hub_that_knew_a_card_is_asked_first_from_then_on(roaming: Make) -> None:
    here = await roaming(one=UNKNOWN, two=YES)
    await here.authorising.authorize(ASK)
    await here.authorising.close()
    here.hubs["one"].asked.clear()
    routed = await here.authorising.authorize(ASK)
    assert here.asked() == ["two"]
    assert routed.trace.steps[0].why == "it has known this card before (1×)"
    other = replace(ASK, token=Token(uid="04FFFFFFFFFF80", contract_id=ContractId.parse("DE-8EO-CZZZZZZZZ-1")))
    routed = await here.authorising.authorize(other)
    assert routed.trace.steps[0].why.startswith("it has known cards of this issuer before")
    await here.authorising.close()


async def test_a_card_that_a_hub_no_longer_knows_is_unlearned_and_its_issuer_is_not(roaming: Make) -> None:
    here = await roaming(one=UNKNOWN, two=YES)
    await here.authorising.authorize(ASK)
    await here.authorising.close()
    here.hubs["two"].says = UNKNOWN
    await here.authorising.authorize(ASK)
    await here.authorising.close()
    routed = await here.authorising.authorize(ASK)
    assert routed.trace.steps[0].connection == "two"
    assert routed.trace.steps[0].why == "it has known cards of this issuer before (1×)"
    await here.authorising.close()


async def test_the_callers_own_list_limits_who_is_asked_and_orders_them(roaming: Make) -> None:
    here = await roaming(one=UNKNOWN, two=UNKNOWN, three=UNKNOWN)
    routed = await here.authorising.authorize(ASK, connections=["three", "one"])
    assert [step.connection for step in routed.trace.steps] == ["three", "one"]
    with pytest.raises(UnknownConnection, match="no connection 'four'"):
        await here.authorising.authorize(ASK, connections=["four"])
    await here.authorising.close()


async def test_an_evse_that_a_hub_does_not_know_is_asked_for_and_the_session_is_flagged(roaming: Make) -> None:
    here = await roaming(one=YES)
    here.known_evses["one"] = False
    routed = await here.authorising.authorize(ASK)
    assert routed.answer.allowed is m.Allowed.ALLOWED
    assert [known.evse_unknown_at_hub for known in await here.register.listed()] == [True]


async def test_with_guest_charging_switched_off_such_a_hub_is_skipped_and_the_trace_says_so(roaming: Make) -> None:
    here = await roaming({"one": {"guest_charging": False}}, one=YES, two=YES)
    here.known_evses["one"] = False
    routed = await here.authorising.authorize(ASK)
    assert routed.connection == "two"
    assert routed.trace.steps[0] == Step(
        connection="one", why="skipped: the hub has no record of the EVSE, and guest charging is switched off"
    )


async def test_a_hub_that_could_never_settle_is_skipped_with_the_reason(roaming: Make) -> None:
    here = await roaming(one=YES, two=YES)
    bars = {"one": "it takes one operator only"}
    authorising = Authorising(
        here.hubs, here.authorising._database, bars=lambda connection, _: bars.get(connection.name)
    )
    routed = await authorising.authorize(ASK)
    assert (here.asked(), routed.connection) == (["two"], "two")
    assert routed.trace.steps[0] == Step(connection="one", why="skipped: it takes one operator only")
    await authorising.close()


async def test_another_tenants_hubs_and_those_of_an_emsp_are_not_asked(roaming: Make) -> None:
    here = await roaming({"one": {"tenant": "other"}, "two": {"role": Role.EMSP}}, one=YES, two=YES, three=YES)
    routed = await here.authorising.authorize(ASK)
    assert (here.asked(), routed.connection) == (["three"], "three")
    assert [step.connection for step in routed.trace.steps] == ["two", "three"]


async def test_a_hub_without_such_an_operation_is_not_a_candidate(roaming: Make) -> None:
    here = await roaming(one=YES)
    here.hubs["one"].adapter.sends.clear()
    routed = await here.authorising.authorize(ASK)
    assert routed.trace.steps == ()


# --- what is written down ----------------------------------------------------------------------------------------


async def test_the_trace_has_code_words_and_time_of_each_hub_and_no_bare_card(
    roaming: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gateway")
    here = await roaming(one=(UNKNOWN, 0.02), two=Refused("017", "certificate"), three=YES)
    trace = (await here.authorising.authorize(ASK)).trace
    assert (trace.card, trace.evse, trace.verdict) == ("04…80", "DE*LON*E1111*1", "allowed by three")
    assert [(step.answer, step.code, step.words) for step in trace.steps] == [
        ("UNKNOWN_TOKEN", "102", "no such card"),
        ("Refused", None, "017: certificate"),
        ("ALLOWED", None, None),
    ]
    assert trace.steps[0].milliseconds >= 20
    assert trace.milliseconds >= 20
    assert "04A2B3C4D5E680" not in caplog.text + repr(trace)
    assert "CA2B3C4D5" not in caplog.text + repr(trace)


async def test_the_kept_session_waits_for_its_start(roaming: Make) -> None:
    here = await roaming(one=YES)
    await here.authorising.authorize(ASK)
    (known,) = await here.register.listed()
    assert (known.status, known.token, known.ids) == (
        SessionStatus.PENDING,
        CARD,
        SessionIds(hub="H-one", cpo="LON-1"),
    )
