"""Every message in and out, and what each belongs to."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from gateway.store.tables.base import connection, metadata, moment

journal = Table(
    "gateway_journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    moment("at"),
    connection(),
    Column("direction", String(3), nullable=False),
    Column("operation", Text),
    Column("session", Text),
    Column("evse", Text),
    Column("cdr", Text),
    Column("peer", Text),
    Column("service", Text),  # which of the partner's addresses, where it has several
    Column("method", String(8), nullable=False),
    Column("path", Text, nullable=False),
    Column("query", Text),
    Column("request_headers", Text),
    Column("request", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("response_headers", Text),
    Column("response", LargeBinary),
    Column("sealed", String(16)),  # id of the key that sealed the bodies; none: they are masked for good; "-": not kept
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
    Index(None, "connection", "id"),
    Index(None, "at"),
)

journal_names = Table(
    "gateway_journal_names",
    metadata,
    Column("entry", Integer, ForeignKey("gateway_journal.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # session, evse, cdr or card
    Column("value", Text, nullable=False),  # its beginning; of a card or contract id the keyed hash
    PrimaryKeyConstraint("entry", "kind", "value"),
    Index(None, "kind", "value"),
)
