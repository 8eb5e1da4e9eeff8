"""What each hub should show of our EVSEs, and what it has accepted."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from gateway.store.tables.base import metadata, moment

publications = Table(
    "gateway_publications",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("evse", String(80), primary_key=True),  # compact, so every spelling is one row
    Column("spelled", Text, nullable=False),
    Column("operator", String(20), nullable=False),  # compact
    Column("document", Text),  # the location with this one EVSE, canonical JSON, as it can be sent
    Column("broken", Text),  # a newer one that cannot
    Column("wanted", String(64)),  # digest of `document` as it is written for this hub; none: nothing is to be there
    Column("accepted", String(64)),  # digest of what the hub accepted last
    moment("accepted_at", nullable=True),
    Column("sent", String(64)),  # digest of what is under way; empty: its removal
    Column("there", String(5), nullable=False),  # whether the hub has it: no, maybe, said (by the hub), yes
    Column("state", String(12), nullable=False),
    Column("alone", Boolean, nullable=False, default=False),  # to be sent by itself, to learn what is wrong with it
    Column("entry", Integer),  # the outbox entry that carries it just now
    Column("held", Text),  # why it is not sent
    Column("code", Text),
    Column("words", Text),
    moment("changed_at"),
    Column("status", String(20)),
    moment("status_at", nullable=True),
    moment("status_until", nullable=True),
    Column("status_state", String(12)),
    Column("status_accepted", String(20)),
    moment("status_accepted_at", nullable=True),
    Column("status_entry", Integer),
    Column("status_words", Text),
    Index(None, "connection", "state", "alone"),
    Index(None, "connection", "status_state", "status_at"),
    Index(None, "evse"),
    Index(None, "entry"),
    Index(None, "status_entry"),
)

accounts = Table(
    "gateway_accounts",
    metadata,
    Column("connection", String(80), primary_key=True),
    moment("baseline_at", nullable=True),  # since when we know what the hub has; none: nothing is remembered
    moment("full_load_at", nullable=True),  # since when a full load is asked for
    Column("full_load_entry", Integer),
    Column("full_load_shown", Text),  # what its preview named, JSON: compact ids that it `sends` and `loses`
    Column("words", Text),
)
