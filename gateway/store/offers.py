"""Statements on the offers of EVSE networks."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, or_, select, update

from gateway.store.database import Transaction
from gateway.store.tables import offers

DRAFT, ACTIVE = "draft", "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """`document` is the canonical offer; times are stamps. A change of prices is a row of its own."""

    id: str
    network: str
    name: str
    state: str = DRAFT
    document: str
    hub_id: str | None = None
    valid_from: str
    valid_to: str | None = None
    created_at: str
    changed_at: str


def listed(transaction: Transaction, network: str) -> list[OfferRow]:
    statement = select(offers).where(offers.c.network == network).order_by(offers.c.valid_from, offers.c.created_at)
    return [OfferRow(**row._mapping) for row in transaction.execute(statement)]


def add(transaction: Transaction, row: OfferRow) -> None:
    transaction.execute(insert(offers), [asdict(row)])


def change(transaction: Transaction, offer: str, **values: Any) -> None:
    transaction.execute(update(offers).where(offers.c.id == offer).values(**values))


def in_force(transaction: Transaction, network: str, moment: str) -> OfferRow | None:
    """The active offer of a network at a moment: of several the one that began last."""
    its = (offers.c.network == network, offers.c.state == ACTIVE, offers.c.valid_from <= moment)
    until = or_(offers.c.valid_to.is_(None), offers.c.valid_to > moment)
    order = (offers.c.valid_from.desc(), offers.c.created_at.desc())
    row = transaction.execute(select(offers).where(*its, until).order_by(*order).limit(1)).one_or_none()
    return None if row is None else OfferRow(**row._mapping)
