"""One driver, several hubs: who is asked, in which order, and whose yes counts.

The first ALLOWED wins. BLOCKED and NO_CREDIT come from the issuer itself and end the search: asking on would look for
somebody who lets a blocked card charge. UNKNOWN_TOKEN, NOT_ALLOWED, NO_ANSWER, and EXPIRED (also a hub's word for
"operator and issuer have no subscription here", OICP code 210) say nothing of other hubs: the next one is asked.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import UnknownConnection
from gateway.log import logger
from gateway.masking import masked_value
from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import PartyId
from gateway.model.token import Token
from gateway.ordering import Learned, Place, issuer_of, ordered, unfit
from gateway.ports import Adapter, Connection
from gateway.sessions import KnowsEvse, Swipe
from gateway.store import Database, issuers, sessions
from gateway.store.database import Transaction
from gateway.swiping import DEFINITE, Outcome, Search, Step

_log = logger(__name__)
BUDGET_SECONDS = 15.0
_TELLING = (m.Allowed.EXPIRED, m.Allowed.NOT_ALLOWED, m.Allowed.UNKNOWN_TOKEN, m.Allowed.NO_ANSWER)
"""Of several refusals the one that says most is passed on."""


class Asked(Protocol):
    """What is needed of a hub."""

    connection: Connection
    adapter: Adapter

    async def send(self, message: m.AuthorizeToken, /) -> m.Authorization: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Every decision of one search, in order. `card` is masked; `verdict` tells what came of it, and why."""

    swipe: str
    card: str
    evse: str | None
    steps: tuple[Step, ...]
    verdict: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Routed:
    """The answer, the connection whose hub gave it (None: no hub did), and how it came to that."""

    answer: m.Authorization
    connection: str | None
    trace: Trace


class Authorising:
    """Asks hubs about cards, and learns who knows which.

    `card_hash` names a card by a keyed hash; without it only issuers are learned, since a card id is never stored bare.
    `knows_evse` tells which EVSEs a hub has, `bars` for which operators it can never settle (`Registry.bars`).
    """

    def __init__(
        self,
        hubs: Mapping[str, Asked],
        database: Database,
        *,
        card_hash: Callable[[str], str | None] = lambda _: None,
        knows_evse: KnowsEvse = lambda _, __, ___: None,
        bars: Callable[[Connection, PartyId], str | None] = lambda _, __: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hubs, self._database, self._card_hash = hubs, database, card_hash
        self._knows_evse, self._bars, self._now = knows_evse, bars, now
        self._after: set[asyncio.Task[None]] = set()

    async def authorize(
        self,
        message: m.AuthorizeToken,
        *,
        connections: Sequence[str] | None = None,
        tenant: str = "default",
        budget_seconds: float = BUDGET_SECONDS,
        parallel_after_seconds: float | None = None,
    ) -> Routed:
        """May this token charge? Never longer than the budget; what a hub does wrong never fails the whole.

        One hub after the other, or, with `parallel_after_seconds`, the next as soon as the former has been silent for
        so long. `connections` limits who may be asked, and gives the configured order. Raises UnknownConnection.
        """
        began = asyncio.get_running_loop().time()
        names = self._names(message)
        places, skipped = await self._places(message, connections, tenant, names)
        search = Search(Swipe(str(uuid4())), lambda name: self._hubs[name].send(message), places)
        found: Outcome | None = None
        try:
            found = await search.run(budget_seconds, parallel_after_seconds)
        finally:
            # Also where the caller has gone away: a late yes is a session that must be closed.
            self._follow(search, found, tenant, names)
        answer, verdict = _verdict(found, search.outcomes)
        spent = asyncio.get_running_loop().time() - began
        trace = _traced(message, search.swipe, (*skipped, *search.steps()), verdict, spent)
        return Routed(answer, found.connection if found else None, trace)

    async def close(self, seconds: float = 5.0) -> None:
        """Waits for hubs that have not answered yet: their late yes is a session to close."""
        if self._after:
            _, silent = await asyncio.wait(self._after, timeout=seconds)
            for task in silent:
                task.cancel()
            await asyncio.gather(*silent, return_exceptions=True)

    # --- before --------------------------------------------------------------------------------------------------

    async def _places(
        self, message: m.AuthorizeToken, connections: Sequence[str] | None, tenant: str, names: Sequence[str]
    ) -> tuple[Sequence[Place], Sequence[Step]]:
        """(who is asked, in this order; who is not, and why)."""
        wanted = list(self._hubs) if connections is None else list(dict.fromkeys(connections))
        unknown = [name for name in wanted if name not in self._hubs]
        if unknown:
            raise UnknownConnection(f"there is no connection {unknown[0]!r}")
        able = [name for name in wanted if m.AuthorizeToken in self._hubs[name].adapter.sends]
        reasons, learned = await self._database.read(lambda store: self._known(store, able, message, tenant, names))
        skipped = [Step(connection=name, why="skipped: " + why) for name, why in reasons.items() if why]
        if connections is None:
            skipped = [step for step in skipped if self._hubs[step.connection].connection.tenant == tenant]
        fit = [self._hubs[name].connection for name in able if reasons[name] is None]
        return ordered(fit, message, learned), skipped

    def _known(
        self,
        store: Transaction,
        able: Sequence[str],
        message: m.AuthorizeToken,
        tenant: str,
        names: Sequence[str],
    ) -> tuple[Mapping[str, str | None], Learned]:
        reasons: dict[str, str | None] = {}
        for name in able:
            connection, evse = self._hubs[name].connection, message.evse
            known = self._knows_evse(store, name, evse) if evse is not None else None
            barred = self._bars(connection, connection.operator_of(evse)) if evse is not None else None
            reasons[name] = unfit(connection, tenant, evse, evse_known=known, barred=barred)
        found = issuers.learned(store, tenant, names) if names else {}
        card = next((found[name] for name in names if name in found and not name.startswith(_ISSUER)), {})
        issuer = next((found[name] for name in names if name in found and name.startswith(_ISSUER)), {})
        return reasons, Learned(card=card, issuer=issuer)

    def _names(self, message: m.AuthorizeToken) -> Sequence[str]:
        """What is learned under: the card's hash, and its issuer."""
        token = message.token or Token()
        text = token.contract_id.compact if token.contract_id is not None else (token.uid or "").upper()
        card = self._card_hash(text) if text else None
        issuer = issuer_of(message)
        return [name for name in (card, f"{_ISSUER}{issuer}" if issuer else None) if name]

    # --- after ---------------------------------------------------------------------------------------------------

    def _follow(self, search: Search, found: Outcome | None, tenant: str, names: Sequence[str]) -> None:
        """What the driver need not wait for: writing down who knew the card, and hearing the others to the end."""
        kept = found.connection if found is not None and found.allowed is m.Allowed.ALLOWED else None
        search.over(kept)
        after = asyncio.create_task(self._afterwards(search, kept, tenant, names))
        self._after.add(after)
        after.add_done_callback(self._after.discard)

    async def _afterwards(self, search: Search, kept: str | None, tenant: str, names: Sequence[str]) -> None:
        try:
            await self._learn(tenant, names, search.outcomes)
            for coming in asyncio.as_completed(search.running):
                await self._late(await coming, search.swipe, kept, tenant, names)
        except asyncio.CancelledError:
            for task in search.running:
                task.cancel()
            raise

    async def _late(self, outcome: Outcome, swipe: Swipe, kept: str | None, tenant: str, names: Sequence[str]) -> None:
        """A yes that comes after the driver was answered has opened a session that nobody will use."""
        _log.info("late answer to an authorisation", connection=outcome.connection, swipe=swipe.id, answer=outcome.word)
        reason = swipe.over or f"{kept} had authorised the driver before"
        if outcome.allowed is m.Allowed.ALLOWED and outcome.connection != kept:
            now = self._now()
            await self._database.write(lambda store: sessions.give_up(store, swipe.id, kept, reason, now))
        await self._learn(tenant, names, [outcome])

    async def _learn(self, tenant: str, names: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        """Who knew the card, and who did not; a failure to write it down costs a detour later, nothing more."""
        facts = [(one.connection, knew) for one in outcomes if (knew := one.knew) is not None]
        cards = [name for name in names if not name.startswith(_ISSUER)]
        now = self._now()

        def write(transaction: Transaction) -> None:
            for connection, knew in facts:
                issuers.learn(transaction, tenant, names if knew else cards, connection, knew=knew, now=now)

        try:
            if names and facts:
                await self._database.write(write)
        except SQLAlchemyError:
            _log.exception("what was learned of a card is not stored")


_ISSUER = "issuer:"


def _verdict(found: Outcome | None, outcomes: Sequence[Outcome]) -> tuple[m.Authorization, str]:
    """(the answer that is passed on, why)."""
    if found is not None and found.answer is not None:
        ended = f"{found.connection} refused for the issuer: {found.word}"
        return found.answer, f"allowed by {found.connection}" if found.allowed is m.Allowed.ALLOWED else ended
    for kind in _TELLING:
        for one in outcomes:
            if one.answer is not None and one.allowed is kind:
                return replace(one.answer, session=replace(one.answer.session, hub=None)), f"refused: {one.word}"
    text = "no hub gave an answer" if outcomes else "there was no hub to ask"
    return m.Authorization(allowed=m.Allowed.NO_ANSWER, reason=Reason(text=text)), text


def _masked(token: Token | None) -> str:
    text = (token.uid or (str(token.contract_id) if token.contract_id else "")) if token is not None else ""
    return masked_value(text)


def _traced(message: m.AuthorizeToken, swipe: Swipe, steps: tuple[Step, ...], verdict: str, seconds: float) -> Trace:
    """The trace, which is logged as well."""
    trace = Trace(
        swipe=swipe.id,
        card=_masked(message.token),
        evse=str(message.evse) if message.evse else None,
        steps=steps,
        verdict=verdict,
        milliseconds=round(seconds * 1000),
    )
    said = [f"{step.connection}: {step.answer or '–'} ({step.why}; {step.milliseconds} ms)" for step in steps]
    _log.info(
        "authorisation routed",
        swipe=trace.swipe,
        card=trace.card,
        evse=trace.evse,
        verdict=verdict,
        steps=said,
        milliseconds=trace.milliseconds,
    )
    return trace


__all__ = ["BUDGET_SECONDS", "DEFINITE", "Asked", "Authorising", "Routed", "Step", "Trace"]
