"""What the gateway keeps in mind: locations, operators at hubs, sessions, who answered for which cards."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from gateway.store.tables.base import connection, metadata, moment

locations = Table(
    "gateway_locations",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant", String(80), primary_key=True),
    Column("operator", Text, nullable=False),
    Column("document", Text, nullable=False),
    moment("created_at"),
    moment("changed_at"),
)

operators = Table(
    "gateway_operators",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("operator", String(20), primary_key=True),  # compact
    Column("spelled", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("since", String(10)),  # a date
    Column("note", Text),
    Column("by", Text),  # who said so
    moment("changed_at"),
)

sessions = Table(
    "gateway_sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    connection(),
    Column("hub_id", Text),
    Column("cpo_id", Text),
    Column("emsp_id", Text),
    Column("evse", Text),
    Column("token", Text),
    Column("operator", Text),
    Column("provider", Text),
    Column("auth_method", String(20)),
    Column("status", String(20), nullable=False),
    Column("swipe", String(40)),  # one request of a driver at several hubs
    Column("evse_unknown_at_hub", Boolean, nullable=False, default=False),
    Column("closing", Text),  # why it is to be closed towards its hub
    moment("closed_at", nullable=True),
    Column("stop_tokens", Text),  # who else may end it
    Column("product", Text),
    moment("reserved_until", nullable=True),  # a reservation's end; the past where it was cancelled
    moment("progress_at", nullable=True),  # when its last progress went to the hub
    Column("facts", Text),  # what was said when it began
    Column("named_by", String(20), nullable=False, server_default=""),  # the operator whose name hub_id is; a hub's: ""
    Column("hub_alias", String(36)),  # stands for a hub_id that is longer
    moment("began_at"),
    moment("changed_at"),
    # The name leads: asked for by any of three names, SQLite would otherwise read every session of the connection.
    Index(None, "hub_id", "connection", "named_by", unique=True),
    Index(None, "cpo_id", "connection"),
    Index(None, "emsp_id", "connection"),
    Index(None, "hub_alias", "connection"),
    Index(None, "status", "began_at"),
    Index(None, "swipe"),
)

refused_requests = Table(
    "gateway_refused_requests",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("hub_id", Text, primary_key=True),
    Column("message", Text, nullable=False),
    moment("open_until"),  # until when the hub may grant it after all
    moment("kept_until"),
)

heartbeats = Table(
    "gateway_heartbeats",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("operator", String(20), primary_key=True),
    moment("heard_at", nullable=True),  # the last answer
    Column("period_seconds", Float, nullable=False),  # that the hub wants
    Column("ahead_seconds", Float),  # by how much the hub's clock was ahead of ours
    Column("words", Text),  # why the last one failed
    moment("tried_at"),
)

issuers = Table(
    "gateway_issuers",
    metadata,
    Column("tenant", String(80), primary_key=True),
    Column("card", String(64), primary_key=True),  # keyed hash of the card or contract id, or an issuer's prefix
    Column("connection", String(80), primary_key=True),
    Column("successes", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    moment("changed_at"),
)
