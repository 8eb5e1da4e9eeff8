"""The tables. Messages are canonical JSON; times are ISO 8601 texts in UTC, so that they sort as they are.

What a partner may name as it likes has no limit of length here.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("connection", String(80), nullable=False),
    Column("lane", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("session", Text),
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("unknown_tries", Integer, nullable=False, default=0),
    Column("code", Text),
    Column("words", Text),
    Column("answer", Text),
    Column("next_try_at", String(32), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    UniqueConstraint("connection", "key"),
    Index(None, "lane", "state", "id"),
)

outbox_history = Table(
    "outbox_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("entry", Integer, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("words", Text),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("connection", String(80), nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("handed_over", Boolean, nullable=False, default=False),
    Column("answer", Text),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", String(32), nullable=False),
    Column("received_at", String(32), nullable=False),
    UniqueConstraint("connection", "key"),
    Index(None, "handed_over", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("connection", String(80), nullable=False),
    Column("hub_id", Text),
    Column("cpo_id", Text),
    Column("emsp_id", Text),
    Column("evse", Text),
    Column("token", Text),
    Column("operator", Text),
    Column("provider", Text),
    Column("auth_method", String(20)),
    Column("status", String(20), nullable=False),
    Column("evse_unknown_at_hub", Boolean, nullable=False, default=False),
    Column("began_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Index(None, "connection", "hub_id"),
    Index(None, "connection", "cpo_id"),
    Index(None, "connection", "emsp_id"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("connection", String(80), nullable=False, index=True),
    Column("direction", String(3), nullable=False),
    Column("operation", Text),
    Column("session", Text, index=True),
    Column("method", String(8), nullable=False),
    Column("path", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("status", Integer),
    Column("response", Text),
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
)

locations = Table(
    "locations",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant", String(80), primary_key=True),
    Column("operator", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
)
