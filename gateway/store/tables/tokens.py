"""What each hub should know of our cards and contracts, and what it has accepted."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from gateway.store.tables.base import metadata, moment

listed_tokens = Table(
    "gateway_listed_tokens",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("key", String(64), primary_key=True),  # digest of what names the token at the hub
    Column("provider", String(20), nullable=False),  # compact
    Column("document", Text, nullable=False),  # the token as it was given, canonical JSON
    Column("wanted", String(64)),  # digest of `document` as it is written for this hub; none: it is revoked
    Column("accepted", String(64)),  # digest of what the hub accepted last
    moment("accepted_at", nullable=True),
    Column("sent", String(64)),  # digest of what is under way; empty: its revocation
    Column("there", String(5), nullable=False),  # whether the hub has it: no, maybe, yes
    Column("state", String(12), nullable=False),
    Column("entry", Integer),  # the newest outbox entry that carries it
    moment("expires_at", nullable=True),  # the end of validity as the hub was told
    Column("renews", Boolean, nullable=False),  # its issuer named no end: the gateway prolongs it
    Column("code", Text),
    Column("words", Text),
    moment("changed_at"),
    Index(None, "connection", "state"),
    Index(None, "entry"),
)

token_accounts = Table(
    "gateway_token_accounts",
    metadata,
    Column("connection", String(80), primary_key=True),
    moment("baseline_at", nullable=True),  # since when we know what the hub has: it took a full load
    Column("load_entry", Integer),  # the outbox entry of a full load that is under way
    Column("words", Text),  # why the last full load came to nothing
)
