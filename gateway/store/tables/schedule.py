"""Work by the clock, once per cluster; the budgets of calls; when something was last heard of a connection."""

from sqlalchemy import Column, Float, Integer, String, Table, Text

from gateway.store.tables.base import metadata, moment

turns = Table(
    "gateway_turns",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("job", String(80), primary_key=True),
    moment("next_at"),
    Column("owner", String(80)),
    moment("leased_until", nullable=True),
    moment("last_at", nullable=True),
    moment("succeeded_at", nullable=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("words", Text),
)

budgets = Table(
    "gateway_budgets",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("tokens", Float, nullable=False),
    moment("at"),
    moment("closed_until", nullable=True),  # the hub asked to be left alone
)

signs = Table(
    "gateway_signs",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("sign", String(12), primary_key=True),  # what was seen of it: accepted, called
    moment("at"),
)
