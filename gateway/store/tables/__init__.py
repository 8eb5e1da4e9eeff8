"""The tables, by subject. Messages are canonical JSON; times are ISO 8601 texts in UTC, so that they sort as they are.

Every name begins with `gateway_`: the tables may stand in the backend's own database. What a partner may name as it
likes has no limit of length here.
"""

from gateway.store.tables.base import metadata
from gateway.store.tables.deliveries import inbox, lanes, outbox, outbox_history
from gateway.store.tables.journal import journal, journal_names
from gateway.store.tables.networks import group_rules, grouped, groups, networks, offers
from gateway.store.tables.publishing import accounts, publications
from gateway.store.tables.pulls import pulled, watermarks
from gateway.store.tables.registers import issuers, locations, operators, sessions
from gateway.store.tables.schedule import budgets, signs, turns

__all__ = [
    "accounts",
    "budgets",
    "group_rules",
    "grouped",
    "groups",
    "inbox",
    "issuers",
    "journal",
    "journal_names",
    "lanes",
    "locations",
    "metadata",
    "networks",
    "offers",
    "operators",
    "outbox",
    "outbox_history",
    "publications",
    "pulled",
    "sessions",
    "signs",
    "turns",
    "watermarks",
]
