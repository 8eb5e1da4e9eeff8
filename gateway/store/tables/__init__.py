"""The tables, by subject. Messages are canonical JSON; times are ISO 8601 texts in UTC, so that they sort as they are.

Every name begins with `gateway_`: the tables may stand in the backend's own database. What a partner may name as it
likes has no limit of length here.
"""

from gateway.store.tables.base import metadata
from gateway.store.tables.cdrs import cdr_history, cdrs
from gateway.store.tables.deliveries import inbox, lanes, outbox, outbox_history
from gateway.store.tables.endpoints import endpoint_lists, endpoints
from gateway.store.tables.journal import journal, journal_names
from gateway.store.tables.networks import group_rules, grouped, groups, networks, offers
from gateway.store.tables.publishing import accounts, publications
from gateway.store.tables.pulls import pulled, watermarks
from gateway.store.tables.registers import heartbeats, issuers, locations, operators, refused_requests, sessions
from gateway.store.tables.schedule import budgets, signs, turns
from gateway.store.tables.tokens import listed_tokens, token_accounts

__all__ = [
    "accounts",
    "budgets",
    "cdr_history",
    "cdrs",
    "endpoint_lists",
    "endpoints",
    "group_rules",
    "grouped",
    "groups",
    "heartbeats",
    "inbox",
    "issuers",
    "journal",
    "journal_names",
    "lanes",
    "listed_tokens",
    "locations",
    "metadata",
    "networks",
    "offers",
    "operators",
    "outbox",
    "outbox_history",
    "publications",
    "pulled",
    "refused_requests",
    "sessions",
    "signs",
    "token_accounts",
    "turns",
    "watermarks",
]
