"""The life of each CDR at hubs that keep one (OCHP), on either side, and how it went."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from gateway.store.tables.base import connection, metadata, moment

cdrs = Table(
    "gateway_cdrs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    connection(),
    Column("key", Text, nullable=False),  # the hub's id of the CDR and its EVSE: only together they are unique
    Column("cdr_id", Text, nullable=False),  # as the hub spells it
    Column("evse", Text, nullable=False),  # as the hub spells it
    Column("own_id", Text),  # what its maker here calls it
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("message", Text, nullable=False),  # the version that the hub has, or that is to be its first
    Column("digest", String(64), nullable=False),  # of what that version means
    Column("entry", Integer),  # the last entry of the outbox about it
    Column("left_open", Boolean, nullable=False, default=False),  # the backend leaves the answer to a person
    Column("words", Text),  # of the hub, the backend or a person
    moment("state_at"),
    moment("created_at"),
    UniqueConstraint("connection", "key"),
    Index(None, "connection", "state", "id"),
)

cdr_history = Table(
    "gateway_cdr_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cdr", Integer, ForeignKey("gateway_cdrs.id"), nullable=False, index=True),
    moment("at"),
    Column("state", String(12), nullable=False),
    Column("said", Text, nullable=False),  # what happened, in words for people
    Column("words", Text),
    Column("digest", String(64)),  # of the version that it is about
    Column("entry", Integer),
)
