"""What was fetched from hubs, and how far."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from gateway.store.tables.base import metadata, moment

watermarks = Table(
    "gateway_watermarks",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("list", String(40), primary_key=True),
    moment("since", nullable=True),  # from when on changes are to be asked for
    moment("full_at", nullable=True),  # when the last crawl of the whole list began
    Column("crawls", Integer, nullable=False),  # how many have begun; so each has a number, the younger the higher
    moment("changed_at"),
)

pulled = Table(
    "gateway_pulled",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("list", String(40), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # canonical JSON of what is needed to say that it is gone
    Column("digest", String(64), nullable=False),  # of what the backend was given; empty: not yet given
    Column("crawl", Integer, nullable=False),  # the youngest crawl that saw it
    moment("changed_at"),
    moment("gone_at", nullable=True),  # a tombstone
    moment("until", nullable=True),  # how long it holds; after that the backend is told that it is unknown
    Index(None, "connection", "list", "crawl"),
    Index(None, "until"),
)
