"""EVSE networks and their groups, who is in which, saved filters, and offers."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.store.tables.base import connection, metadata, moment

networks = Table(
    "gateway_networks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(80), nullable=False),
    connection(),
    Column("operator", String(20), nullable=False),  # compact; who the account belongs to
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("state", String(10), nullable=False),
    Column("hub_id", Text),
    moment("created_at"),
    moment("changed_at"),
    moment("activated_at", nullable=True),
    UniqueConstraint("connection", "operator", "name"),
)

groups = Table(
    "gateway_groups",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("network", String(40), ForeignKey("gateway_networks.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("hub_id", Text),
    moment("created_at"),
    UniqueConstraint("network", "name"),
    UniqueConstraint("network", "id"),
)

grouped = Table(
    "gateway_grouped_evses",
    metadata,
    Column("tenant", String(80), primary_key=True),
    Column("evse", String(80), primary_key=True),  # compact: an EVSE is in one group of one network of a tenant
    Column("spelled", Text, nullable=False),
    Column("network", String(40), nullable=False),
    Column("group", String(40), nullable=False),
    Column("rule", Text),  # the saved filter that put it there
    moment("assigned_at"),
    ForeignKeyConstraint(["network", "group"], ["gateway_groups.network", "gateway_groups.id"]),
    Index(None, "network", "group"),
)

group_rules = Table(
    "gateway_group_rules",
    metadata,
    Column("network", String(40), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("position", Integer, nullable=False),  # the first that fits counts
    Column("group", String(40), nullable=False),
    Column("document", Text, nullable=False),  # the filter, JSON
    ForeignKeyConstraint(["network", "group"], ["gateway_groups.network", "gateway_groups.id"]),
)

offers = Table(
    "gateway_offers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("network", String(40), ForeignKey("gateway_networks.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(10), nullable=False),  # draft, active, replaced
    Column("document", Text, nullable=False),  # canonical JSON, prices by the name of the group
    Column("hub_id", Text),
    moment("valid_from"),
    moment("valid_to", nullable=True),
    moment("created_at"),
    moment("changed_at"),
    Index(None, "network", "state", "valid_from"),
)
