"""Statements on EVSE networks: their groups, who is in which, saved filters, offers.

That an EVSE is in one group of one network of a tenant is held by the key of its row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, or_, select, update

from gateway.store.database import Transaction
from gateway.store.publications import CHUNK
from gateway.store.tables import group_rules, grouped, groups, networks, offers, publications

DRAFT, ACTIVE = "DRAFT", "ACTIVE"
_g, _p = grouped.c, publications.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRow:
    id: str
    tenant: str
    connection: str
    operator: str
    name: str
    description: str | None = None
    state: str = DRAFT
    hub_id: str | None = None
    created_at: str
    changed_at: str
    activated_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    id: str
    network: str
    name: str
    description: str | None = None
    hub_id: str | None = None
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an EVSE is; names beside the ids of network and group."""

    evse: str
    spelled: str
    network: str
    group: str
    network_name: str
    group_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An EVSE of a connection, with the group that it is in."""

    evse: str
    spelled: str
    operator: str
    document: str | None
    state: str
    held: str | None
    words: str | None
    network: str | None
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    network: str
    name: str
    position: int
    group: str
    document: str


# --- networks and groups -----------------------------------------------------------------------------------------


def listed(
    transaction: Transaction, *, network: str = "", connection: str = "", operator: str = "", name: str = ""
) -> list[NetworkRow]:
    """By connection and name; every filter may be left out. `network` is an id."""
    statement = select(networks).order_by(networks.c.connection, networks.c.operator, networks.c.name)
    given = {"id": network, "connection": connection, "operator": operator, "name": name}
    for column, value in given.items():
        statement = statement.where(networks.c[column] == value) if value else statement
    return [NetworkRow(**row._mapping) for row in transaction.execute(statement)]


def locked(transaction: Transaction, network: str) -> NetworkRow | None:
    """The row by its id, to be changed, or to change what hangs on it."""
    row = transaction.execute(select(networks).where(networks.c.id == network).with_for_update()).one_or_none()
    return None if row is None else NetworkRow(**row._mapping)


def add_network(transaction: Transaction, row: NetworkRow) -> None:
    transaction.execute(insert(networks), [asdict(row)])


def change_network(transaction: Transaction, network: str, **values: Any) -> None:
    transaction.execute(update(networks).where(networks.c.id == network).values(**values))


def drop_network(transaction: Transaction, network: str) -> None:
    """With everything that hangs on it."""
    for table in (grouped, group_rules, groups, offers):
        transaction.execute(delete(table).where(table.c.network == network))
    transaction.execute(delete(networks).where(networks.c.id == network))


def groups_of(transaction: Transaction, network: str) -> list[GroupRow]:
    statement = select(groups).where(groups.c.network == network).order_by(groups.c.name)
    return [GroupRow(**row._mapping) for row in transaction.execute(statement)]


def add_group(transaction: Transaction, row: GroupRow) -> None:
    transaction.execute(insert(groups), [asdict(row)])


def change_group(transaction: Transaction, group: str, **values: Any) -> None:
    transaction.execute(update(groups).where(groups.c.id == group).values(**values))


def drop_group(transaction: Transaction, group: str) -> None:
    """Its EVSEs are in no group then, and its filters are gone."""
    for table in (grouped, group_rules):
        transaction.execute(delete(table).where(table.c.group == group))
    transaction.execute(delete(groups).where(groups.c.id == group))


# --- who is in which ---------------------------------------------------------------------------------------------


def places(transaction: Transaction, tenant: str, evses: Sequence[str]) -> dict[str, Place]:
    """Where these EVSEs are, by compact id; those in no group are left out."""
    found: dict[str, Place] = {}
    for begin in range(0, len(evses), CHUNK):
        statement = _placed().where(_g.tenant == tenant, _g.evse.in_(evses[begin : begin + CHUNK]))
        found |= {row.evse: Place(**row._mapping) for row in transaction.execute(statement)}
    return found


def members(transaction: Transaction, network: str) -> list[Place]:
    """Everything in a network, by group and EVSE."""
    statement = _placed().where(_g.network == network).order_by(groups.c.name, _g.evse)
    return [Place(**row._mapping) for row in transaction.execute(statement)]


def _placed() -> Select[Any]:
    names = [networks.c.name.label("network_name"), groups.c.name.label("group_name")]
    columns: list[ColumnElement[Any]] = [_g.evse, _g.spelled, _g.network, _g.group, *names]
    statement: Select[Any] = select(*columns)
    return statement.join(networks, networks.c.id == _g.network).join(groups, groups.c.id == _g.group)


def counted(transaction: Transaction, network: str) -> Mapping[str, int]:
    """How many EVSEs are in each group that has any, by the group's id."""
    statement = select(_g.group, func.count().label("number")).where(_g.network == network).group_by(_g.group)
    return {row.group: row.number for row in transaction.execute(statement)}


def placed(
    transaction: Transaction, group: GroupRow, tenant: str, evses: Mapping[str, str], rule: str | None, moment: str
) -> None:
    """EVSEs (compact id → as spelled) that are in no group, into this one."""
    common = {"tenant": tenant, "network": group.network, "group": group.id, "rule": rule, "assigned_at": moment}
    if evses:
        rows = [{"evse": evse, "spelled": spelled, **common} for evse, spelled in evses.items()]
        transaction.execute(insert(grouped), rows)


def moved(transaction: Transaction, group: GroupRow, tenant: str, evses: Iterable[str], moment: str) -> None:
    """EVSEs of the same network into another of its groups."""
    rows = [{"its_evse": evse} for evse in evses]
    if rows:
        where = (_g.tenant == tenant, _g.network == group.network, _g.evse == bindparam("its_evse"))
        transaction.execute(update(grouped).where(*where).values(group=group.id, rule=None, assigned_at=moment), rows)


def removed(transaction: Transaction, tenant: str, evses: Iterable[str]) -> None:
    rows = [{"its_evse": evse} for evse in evses]
    if rows:
        transaction.execute(delete(grouped).where(_g.tenant == tenant, _g.evse == bindparam("its_evse")), rows)


# --- the fleet ---------------------------------------------------------------------------------------------------


def at_hub() -> ColumnElement[bool]:
    """The hub has accepted it, and it is not on its way out."""
    return and_(_p.there.in_(("said", "yes")), is_wanted())


def is_wanted() -> ColumnElement[bool]:
    """It is to be at the hub."""
    return or_(_p.wanted.is_not(None), _p.broken.is_not(None))


def candidates(
    transaction: Transaction,
    connection: str,
    tenant: str,
    *where: ColumnElement[bool],
    after: str = "",
    limit: int | None = None,
) -> list[Candidate]:
    """EVSEs of a connection with their groups, by compact id; `where` is made with `FLEET` and `at_hub`."""
    told = [networks.c.name.label("network"), groups.c.name.label("group")]
    document = func.coalesce(_p.document, _p.broken).label("document")
    columns: list[ColumnElement[Any]] = [_p.evse, _p.spelled, _p.operator, document, _p.state, _p.held, _p.words, *told]
    statement: Select[Any] = select(*columns)
    statement = _of_fleet(statement, connection, tenant).where(*where, _p.evse > after).order_by(_p.evse).limit(limit)
    return [Candidate(**row._mapping) for row in transaction.execute(statement)]


def number_of(transaction: Transaction, connection: str, tenant: str, *where: ColumnElement[bool]) -> int:
    """How many `candidates` there are."""
    statement = _of_fleet(select(func.count()).select_from(publications), connection, tenant).where(*where)
    return int(transaction.execute(statement).scalar_one())


def _of_fleet(statement: Select[Any], connection: str, tenant: str) -> Select[Any]:
    same = and_(_g.evse == _p.evse, _g.tenant == tenant)
    joined = statement.outerjoin(grouped, same).outerjoin(groups, groups.c.id == _g.group)
    return joined.outerjoin(networks, networks.c.id == _g.network).where(_p.connection == connection)


FLEET = {
    "evse": _p.evse,
    "spelled": _p.spelled,
    "operator": _p.operator,
    "network": _g.network,
    "group": _g.group,
    "group_name": groups.c.name,
}
"""Columns to filter `candidates` by."""


def unpriced(transaction: Transaction, now: str) -> Mapping[str, int]:
    """How many EVSEs have no price at each connection where an offer is in force: they are in no group."""
    lasting = or_(offers.c.valid_to.is_(None), offers.c.valid_to > now)
    in_force = (offers.c.state == "active", offers.c.valid_from <= now, lasting)
    selling = select(networks.c.connection, networks.c.tenant).join(offers, offers.c.network == networks.c.id)
    found = transaction.execute(selling.where(*in_force).distinct().order_by(networks.c.connection))
    free = (at_hub(), _g.group.is_(None))
    return {row.connection: number_of(transaction, row.connection, row.tenant, *free) for row in found}


# --- saved filters -----------------------------------------------------------------------------------------------


def rules_of(transaction: Transaction, network: str) -> list[RuleRow]:
    """In the order in which they are tried."""
    order = (group_rules.c.position, group_rules.c.name)
    statement = select(group_rules).where(group_rules.c.network == network).order_by(*order)
    return [RuleRow(**row._mapping) for row in transaction.execute(statement)]


def put_rule(transaction: Transaction, row: RuleRow) -> None:
    drop_rule(transaction, row.network, row.name)
    transaction.execute(insert(group_rules), [asdict(row)])


def drop_rule(transaction: Transaction, network: str, name: str) -> bool:
    where = (group_rules.c.network == network, group_rules.c.name == name)
    return bool(transaction.execute(delete(group_rules).where(*where)).rowcount)
