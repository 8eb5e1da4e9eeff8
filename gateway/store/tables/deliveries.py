"""What is owed to hubs, and what hubs have given us for the backend."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from gateway.store.tables.base import connection, metadata, moment

outbox = Table(
    "gateway_outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    connection(),
    Column("lane", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("digest", String(64), nullable=False, default=""),  # of what the message means
    Column("record", Text),  # the record's own id: the same one again is a correction
    Column("session", Text),
    Column("operator", String(20)),  # compact; whose registration at the hub decides
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("unknown_tries", Integer, nullable=False, default=0),
    Column("batch", String(40)),  # what was sent together; a try of unknown outcome is repeated together
    Column("sent", Text),  # the requests of the first try, without credentials, to be sent again byte for byte
    Column("code", Text),
    Column("words", Text),
    Column("answer", Text),
    moment("next_try_at"),
    moment("deadline_at", nullable=True),
    moment("created_at"),
    moment("changed_at"),
    UniqueConstraint("connection", "key"),
    Index(None, "state", "lane", "id"),
    Index(None, "lane", "state", "id"),
    Index(None, "session"),
)

outbox_history = Table(
    "gateway_outbox_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("entry", Integer, ForeignKey("gateway_outbox.id"), nullable=False, index=True),
    moment("at"),
    Column("state", String(12), nullable=False),
    Column("code", Text),
    Column("words", Text),
    Column("message", Text),  # the content before a correction
)

lanes = Table(
    "gateway_lanes",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("owner", String(80)),  # the worker that drains it
    moment("leased_until", nullable=True),
    moment("paused_at", nullable=True),
    Column("reason", Text),  # why it is paused
)

inbox = Table(
    "gateway_inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    connection(),
    Column("key", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("handed_over", Boolean, nullable=False, default=False),
    Column("answer", Text),
    Column("words", Text),  # why it is not handed over yet
    Column("tries", Integer, nullable=False, default=0),
    Column("owner", String(80)),  # who hands it over, or asks it, just now
    moment("leased_until", nullable=True),
    moment("aside_at", nullable=True),  # it cannot be read: for people to look at
    moment("forgotten_at", nullable=True),  # until when the answer to a question is remembered
    moment("next_try_at"),
    moment("received_at"),
    UniqueConstraint("connection", "key"),
    Index(None, "connection", "handed_over", "id"),
    Index(None, "forgotten_at"),
    Index(None, "handed_over", "next_try_at", "id"),
)
