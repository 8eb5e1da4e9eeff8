"""The lists of EVSEs beside a network: without a group, in groups, and those that the hub does not have yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, not_

from gateway.networks.filters import EvseFilter, ListedEvse, conditions, fits, listed
from gateway.store import networks as store
from gateway.store.database import Transaction
from gateway.store.networks import FLEET, Candidate, NetworkRow

PAGE = 50
EVERYTHING = EvseFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvsePage:
    """A page of a list. `total` is the number of all that fit; `after` asks for the next page, None: there is none."""

    rows: tuple[ListedEvse, ...]
    total: int
    after: str | None = None


def unassigned(
    transaction: Transaction, network: NetworkRow, wanted: EvseFilter = EVERYTHING, after: str = "", size: int = PAGE
) -> EvsePage:
    """What the hub has and no group holds."""
    return _page(transaction, network, (store.at_hub(), FLEET["group"].is_(None)), wanted, after, size)


def assigned(
    transaction: Transaction, network: NetworkRow, wanted: EvseFilter = EVERYTHING, after: str = "", size: int = PAGE
) -> EvsePage:
    """What the groups of this network hold, and the hub has or is to have."""
    return _page(transaction, network, (FLEET["network"] == network.id,), wanted, after, size)


def not_yet_at_hub(
    transaction: Transaction, network: NetworkRow, wanted: EvseFilter = EVERYTHING, after: str = "", size: int = PAGE
) -> EvsePage:
    """What is to be shown at the hub and is not accepted: it cannot be chosen. `waits` says why."""
    return _page(transaction, network, (not_(store.at_hub()), store.is_wanted()), wanted, after, size, waits=True)


def fitting(
    transaction: Transaction, network: NetworkRow, where: Sequence[ColumnElement[bool]], wanted: EvseFilter
) -> Iterator[tuple[ListedEvse, Candidate]]:
    """Everything that fits, by compact id."""
    told = (*where, *conditions(wanted))
    for row in store.candidates(transaction, network.connection, network.tenant, *told):
        shown = listed(row)
        if not wanted.looks_inside or fits(shown, row, wanted):
            yield shown, row


def free(transaction: Transaction, network: NetworkRow, wanted: EvseFilter = EVERYTHING) -> list[ListedEvse]:
    """All that the hub has and no group holds, and that fits."""
    where = (store.at_hub(), FLEET["group"].is_(None))
    return [shown for shown, _ in fitting(transaction, network, where, wanted)]


def number_free(transaction: Transaction, network: NetworkRow) -> int:
    where = (store.at_hub(), FLEET["group"].is_(None))
    return store.number_of(transaction, network.connection, network.tenant, *where)


def _page(
    transaction: Transaction,
    network: NetworkRow,
    where: Sequence[ColumnElement[bool]],
    wanted: EvseFilter,
    after: str,
    size: int,
    *,
    waits: bool = False,
) -> EvsePage:
    if wanted.looks_inside:
        every = list(fitting(transaction, network, where, wanted))
        total, rest = len(every), [(shown, row) for shown, row in every if row.evse > after]
    else:
        told = (*where, *conditions(wanted))
        fleet = (transaction, network.connection, network.tenant)
        total = store.number_of(*fleet, *told)
        rest = [(listed(row), row) for row in store.candidates(*fleet, *told, after=after, limit=size + 1)]
    page = rest[:size]
    rows = tuple(replace(shown, waits=waiting(row)) if waits else shown for shown, row in page)
    return EvsePage(rows=rows, total=total, after=page[-1][1].evse if len(rest) > size else None)


_WAITS = {"insert": "waits to be sent", "update": "waits to be sent", "sending": "is being sent", "none": "is not sent"}


def waiting(row: Candidate) -> str:
    """Why the hub does not have it yet."""
    return row.held or row.words or _WAITS.get(row.state, row.state)
