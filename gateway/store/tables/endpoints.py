"""Direct endpoints of each connection by their days, and when partners' were fetched."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from gateway.store.tables.base import connection, metadata, moment

endpoints = Table(
    "gateway_endpoints",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    connection(),
    Column("ours", Boolean, nullable=False),  # else a partner's
    Column("role", String(10), nullable=False),
    Column("url", Text),
    Column("version", Text),
    Column("day", String(10), nullable=False),  # a date
    Column("token", LargeBinary),
    Column("sealed", String(16)),  # the key of the token; none: it is as it is
    Column("allow", Text, nullable=False),  # JSON
    Column("deny", Text, nullable=False),  # JSON
    Column("taken", Boolean, nullable=False),  # by the clearing house
    Index(None, "connection", "ours", "day"),
)

endpoint_lists = Table(
    "gateway_endpoint_lists",
    metadata,
    Column("connection", String(80), primary_key=True),
    moment("tried_at", nullable=True),
    moment("fetched_at", nullable=True),
)
