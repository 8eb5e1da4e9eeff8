"""Token lists of our own at hubs: published as changes, revoked, prolonged, and as a whole only when asked for by name.

What was published is a row for each token and connection, so that every process knows all of an account's providers.
Changes are owed in the transaction that writes the rows; how they ended is written down when somebody looks, and by the
clock.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from gateway.delivery.deliveries import Delivery
from gateway.errors import UnknownConnection, Unsupported
from gateway.hub import Hub
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.token import Token
from gateway.store import Database
from gateway.store import token_lists as store
from gateway.store.database import Transaction, stamp
from gateway.store.publications import in_turn
from gateway.store.token_lists import Listed
from gateway.token_lists import planning, views
from gateway.token_lists.planning import Planned, labels
from gateway.token_lists.records import TokenRecord, number_of, prepared, token_of
from gateway.token_lists.results import ListedToken, RevocationRefused, TokenLoad, TokenReport
from gateway.token_lists.settling import settled

MOST_REVOKED = "tokens_most_revoked"
"""Connection option: the share of a provider's tokens that `complete` may revoke without being confirmed."""
MOST_REVOKED_SHARE = 0.1
Owe = Callable[[Transaction, str, m.Message[m.Publication]], Delivery]
T = TypeVar("T")


class TokenLists:
    """`hubs` by connection name; `owe` puts a message into the outbox within a transaction; `wake` is told of it."""

    def __init__(
        self,
        database: Database,
        hubs: Mapping[str, Hub],
        owe: Owe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._owe, self._now, self._wake = database, owe, now, wake
        self._hubs = {name: hub for name, hub in hubs.items() if _takes_changes(hub)}
        self._known = set(hubs)

    # --- changes -------------------------------------------------------------------------------------------------

    async def publish(
        self,
        connection: str,
        tokens: Iterable[Token],
        *,
        complete: PartyId | None = None,
        confirm: bool = False,
    ) -> TokenReport:
        """Owes the hub what is new or has changed. Removes nothing, unless the tokens are the `complete` list of a
        provider: then what is missing of it is revoked.

        Broken tokens are named in the report and do not stop the others. Raises RevocationRefused (unless `confirm`)
        before anything is changed, UnknownConnection, Unsupported.
        """
        return await self._published(self._hub(connection), tokens, complete, confirm, writing=True)

    async def preview(
        self, connection: str, tokens: Iterable[Token], *, complete: PartyId | None = None
    ) -> TokenReport:  # fmt: skip
        """What `publish` would change, however much it would revoke."""
        return await self._published(self._hub(connection), tokens, complete, True, writing=False)

    async def _published(
        self, hub: Hub, tokens: Iterable[Token], complete: PartyId | None, confirm: bool, *, writing: bool
    ) -> TokenReport:
        await self.settle()
        given = list(tokens)
        records, broken = await asyncio.to_thread(prepared, hub, given)
        spared = {number for one in broken if (number := number_of(given[one.place]))}

        def work(transaction: Transaction) -> TokenReport:
            planned = self._compared(transaction, hub, records, spared, complete, confirm)
            entries = self._owed(transaction, hub, planned) if writing else ()
            return views.report(hub, planned, broken, entries)

        return await self._done(work, writing=writing)

    def _compared(
        self,
        transaction: Transaction,
        hub: Hub,
        records: Mapping[str, TokenRecord],
        spared: Collection[str],
        complete: PartyId | None,
        confirm: bool,
    ) -> Planned:
        """`spared`: numbers that were given in records that cannot be used. They are not missing."""
        name = hub.connection.name
        planned = planning.compared(hub, records.values(), store.found(transaction, name, list(records)))
        if complete is None:
            return planned
        known = store.listed(transaction, name, provider=complete.compact)
        wanted = [row for row in known if row.wanted is not None]
        missing = [row for row in wanted if row.key not in records]
        if spared:
            missing = [row for row in missing if number_of(token_of(row.document)) not in spared]
        most = float(hub.connection.options.get(MOST_REVOKED, MOST_REVOKED_SHARE))
        too_many = bool(missing) and (len(missing) == len(wanted) or len(missing) > most * len(wanted))
        if too_many and not confirm:
            raise RevocationRefused(name, str(complete), labels(missing), len(wanted), most)
        planned.revoked = planning.revoked(missing)
        return planned

    async def revoke(self, connection: str, names: Iterable[str]) -> TokenReport:
        """Ends the validity of tokens by their card number or hash, or of all tokens of a contract.

        Raises Invalid for a name that fits nothing that was published there.
        """
        hub, wanted = self._hub(connection), list(names)
        await self.settle()

        def work(transaction: Transaction) -> TokenReport:
            rows = store.listed(transaction, connection)
            planned = Planned(revoked=planning.revoked(views.named(rows, wanted)))
            return views.report(hub, planned, (), self._owed(transaction, hub, planned))

        return await self._done(work, writing=True)

    async def retry(self, connection: str) -> TokenReport:
        """Sends again what the hub has refused, as it was."""
        hub = self._hub(connection)
        await self.settle()

        def work(transaction: Transaction) -> TokenReport:
            planned = planning.again(store.listed(transaction, connection, state="refused"))
            return views.report(hub, planned, (), self._owed(transaction, hub, planned))

        return await self._done(work, writing=True)

    # --- a full load ---------------------------------------------------------------------------------------------

    async def full_load(self, connection: str, *, confirm: bool = False, confirm_loss: bool = False) -> TokenLoad:
        """The preview of replacing everything that the account has at the hub; with `confirm` it is owed.

        It has the tokens of all providers of the account. Raises Invalid for a load of nothing, and TokenLossRefused
        without `confirm_loss` where too much would go, or nobody knows what would.
        """
        hub = self._hub(connection)
        await self.settle()

        def work(transaction: Transaction) -> TokenLoad:
            rows = store.listed(transaction, connection)
            account = store.account(transaction, connection)
            sends = views.loadable(rows, stamp(self._now()))
            found = views.load(hub, account, rows, sends)
            if not confirm:
                return found
            views.refuse_bad_load(found, confirm_loss)
            number = self._carry(transaction, hub, m.PushAction.REPLACE_ALL, sends)
            store.noted(transaction, connection, load_entry=number, words=None)
            return replace(found, entry=number)

        return await self._done(work, writing=confirm)

    # --- looking -------------------------------------------------------------------------------------------------

    async def listed(self, connection: str, *, state: str = "") -> Sequence[ListedToken]:
        """What was published to a hub, by provider; of one state, if named."""
        self._hub(connection)
        await self.settle()
        rows = await self._database.read(lambda transaction: store.listed(transaction, connection, state=state))
        shown = [views.listed(row) for row in rows]
        return sorted(shown, key=lambda one: (one.provider, one.label))

    # --- by the clock --------------------------------------------------------------------------------------------

    async def settle(self) -> int:
        """Writes down how deliveries ended. Returns how many there were."""
        if not await self._database.read(store.any_waiting):
            return 0
        return await self._write(self._settled)

    def _settled(self, transaction: Transaction) -> int:
        over = store.over(transaction)
        for connection, number in over:
            lost = settled(transaction, connection, number, self._now())
            if lost and connection in self._hubs:
                self._owed(transaction, self._hubs[connection], planning.again(lost))
            elif lost:
                store.kept(transaction, [replace(row, state="refused", words="its outcome was lost") for row in lost])
        return len(over)

    async def keep_up(self) -> None:
        """Everything that is due by the clock."""
        await self.settle()
        await self.renew()

    async def renew(self) -> int:
        """Prolongs tokens whose validity comes near its end and whose issuer named none. Returns how many."""
        return sum([await self._renewed(name, hub) for name, hub in self._hubs.items()])

    async def _renewed(self, name: str, hub: Hub) -> int:
        before = planning.renewal_before(hub, self._now())
        if before is None:
            return 0

        def work(transaction: Transaction) -> int:
            planned = Planned(updates=store.ending(transaction, name, stamp(before)))
            self._owed(transaction, hub, planned)
            return len(planned.updates)

        return await self._done(work, writing=True)

    # --- shared --------------------------------------------------------------------------------------------------

    def _owed(self, transaction: Transaction, hub: Hub, planned: Planned) -> tuple[int, ...]:
        """Owes everything planned, and writes the rows."""
        return tuple(
            self._carry(transaction, hub, action, rows) for action, rows in planning.portions(planned)
        )  # fmt: skip

    def _carry(self, transaction: Transaction, hub: Hub, action: m.PushAction, rows: Sequence[Listed]) -> int:
        now = self._now()
        expires = planning.ends(hub, now)
        owed = self._owe(transaction, hub.connection.name, planning.message_of(hub, rows, action, expires))
        known = store.found(transaction, hub.connection.name, [row.key for row in rows])
        store.kept(transaction, planning.sending(rows, owed.id, expires, now), list(known))
        return owed.id

    async def _done(self, work: Callable[[Transaction], T], *, writing: bool) -> T:
        if not writing:
            return await self._database.read(work)
        done = await self._write(work)
        self._wake()
        return done

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        """Changes rows, one process after the other; again where another was first with a row."""

        def alone(transaction: Transaction) -> T:
            in_turn(transaction)
            return work(transaction)

        try:
            return await self._database.write(alone)
        except IntegrityError:
            return await self._database.write(alone)

    def _hub(self, connection: str) -> Hub:
        """Raises UnknownConnection, or Unsupported where no tokens can be published."""
        if connection in self._hubs:
            return self._hubs[connection]
        if connection in self._known:
            raise Unsupported(
                f"{connection} is no connection of an eMSP at a hub that takes changes of a token list as upserts; "
                "owe a whole list with `submit` where the hub takes one"
            )
        raise UnknownConnection(f"there is no connection {connection!r}")


def _takes_changes(hub: Hub) -> bool:
    """Where an update also inserts, as at a clearing house; elsewhere it must be known which of them is meant."""
    is_emsp = hub.connection.role is Role.EMSP and m.PublishTokens in hub.adapter.sends
    return is_emsp and hub.profile.publishing.upsert
