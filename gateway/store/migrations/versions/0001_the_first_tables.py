"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_accounts",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("baseline_at", sa.String(length=32), nullable=True),
        sa.Column("full_load_at", sa.String(length=32), nullable=True),
        sa.Column("full_load_entry", sa.Integer(), nullable=True),
        sa.Column("full_load_shown", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_gateway_accounts")),
    )
    op.create_table(
        "gateway_budgets",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("closed_until", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("connection", "kind", name=op.f("pk_gateway_budgets")),
    )
    op.create_table(
        "gateway_inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("leased_until", sa.String(length=32), nullable=True),
        sa.Column("aside_at", sa.String(length=32), nullable=True),
        sa.Column("forgotten_at", sa.String(length=32), nullable=True),
        sa.Column("next_try_at", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_inbox")),
        sa.UniqueConstraint("connection", "key", name=op.f("uq_gateway_inbox_connection_key")),
    )
    with op.batch_alter_table("gateway_inbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_inbox_connection_handed_over_id"), ["connection", "handed_over", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_inbox_forgotten_at"), ["forgotten_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_gateway_inbox_handed_over_next_try_at_id"),
            ["handed_over", "next_try_at", "id"],
            unique=False,
        )

    op.create_table(
        "gateway_issuers",
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("card", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "card", "connection", name=op.f("pk_gateway_issuers")),
    )
    op.create_table(
        "gateway_journal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("evse", sa.Text(), nullable=True),
        sa.Column("cdr", sa.Text(), nullable=True),
        sa.Column("peer", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("request_headers", sa.Text(), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response_headers", sa.Text(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.String(length=16), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_journal")),
    )
    with op.batch_alter_table("gateway_journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_journal_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_journal_connection_id"), ["connection", "id"], unique=False)

    op.create_table(
        "gateway_lanes",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("leased_until", sa.String(length=32), nullable=True),
        sa.Column("paused_at", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_gateway_lanes")),
    )
    op.create_table(
        "gateway_locations",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", "tenant", name=op.f("pk_gateway_locations")),
    )
    op.create_table(
        "gateway_networks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("hub_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("activated_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_networks")),
        sa.UniqueConstraint(
            "connection", "operator", "name", name=op.f("uq_gateway_networks_connection_operator_name")
        ),
    )
    op.create_table(
        "gateway_operators",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("spelled", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "operator", name=op.f("pk_gateway_operators")),
    )
    op.create_table(
        "gateway_outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("operator", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unknown_tries", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=True),
        sa.Column("sent", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("next_try_at", sa.String(length=32), nullable=False),
        sa.Column("deadline_at", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_outbox")),
        sa.UniqueConstraint("connection", "key", name=op.f("uq_gateway_outbox_connection_key")),
    )
    with op.batch_alter_table("gateway_outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_outbox_lane_state_id"), ["lane", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_outbox_session"), ["session"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_outbox_state_lane_id"), ["state", "lane", "id"], unique=False)

    op.create_table(
        "gateway_publications",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("evse", sa.String(length=80), nullable=False),
        sa.Column("spelled", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("broken", sa.Text(), nullable=True),
        sa.Column("wanted", sa.String(length=64), nullable=True),
        sa.Column("accepted", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.String(length=32), nullable=True),
        sa.Column("sent", sa.String(length=64), nullable=True),
        sa.Column("there", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("status_at", sa.String(length=32), nullable=True),
        sa.Column("status_until", sa.String(length=32), nullable=True),
        sa.Column("status_state", sa.String(length=12), nullable=True),
        sa.Column("status_accepted", sa.String(length=20), nullable=True),
        sa.Column("status_accepted_at", sa.String(length=32), nullable=True),
        sa.Column("status_entry", sa.Integer(), nullable=True),
        sa.Column("status_words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "evse", name=op.f("pk_gateway_publications")),
    )
    with op.batch_alter_table("gateway_publications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_publications_connection_state_alone"), ["connection", "state", "alone"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_publications_connection_status_state_status_at"),
            ["connection", "status_state", "status_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_gateway_publications_entry"), ["entry"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_publications_evse"), ["evse"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_publications_status_entry"), ["status_entry"], unique=False)

    op.create_table(
        "gateway_pulled",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("crawl", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("gone_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("connection", "list", "id", name=op.f("pk_gateway_pulled")),
    )
    with op.batch_alter_table("gateway_pulled", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_pulled_connection_list_crawl"), ["connection", "list", "crawl"], unique=False
        )

    op.create_table(
        "gateway_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("hub_id", sa.Text(), nullable=True),
        sa.Column("cpo_id", sa.Text(), nullable=True),
        sa.Column("emsp_id", sa.Text(), nullable=True),
        sa.Column("evse", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("auth_method", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("swipe", sa.String(length=40), nullable=True),
        sa.Column("evse_unknown_at_hub", sa.Boolean(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.Column("stop_tokens", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("reserved_until", sa.String(length=32), nullable=True),
        sa.Column("progress_at", sa.String(length=32), nullable=True),
        sa.Column("began_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_sessions")),
    )
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_cpo_id_connection"), ["cpo_id", "connection"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_emsp_id_connection"), ["emsp_id", "connection"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_hub_id_connection"), ["hub_id", "connection"], unique=True
        )
        batch_op.create_index(batch_op.f("ix_gateway_sessions_status_began_at"), ["status", "began_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_sessions_swipe"), ["swipe"], unique=False)

    op.create_table(
        "gateway_signs",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("sign", sa.String(length=12), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "sign", name=op.f("pk_gateway_signs")),
    )
    op.create_table(
        "gateway_turns",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=80), nullable=False),
        sa.Column("next_at", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("leased_until", sa.String(length=32), nullable=True),
        sa.Column("last_at", sa.String(length=32), nullable=True),
        sa.Column("succeeded_at", sa.String(length=32), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "job", name=op.f("pk_gateway_turns")),
    )
    op.create_table(
        "gateway_watermarks",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=True),
        sa.Column("full_at", sa.String(length=32), nullable=True),
        sa.Column("crawls", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "list", name=op.f("pk_gateway_watermarks")),
    )
    op.create_table(
        "gateway_groups",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("hub_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["network"], ["gateway_networks.id"], name=op.f("fk_gateway_groups_network")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_groups")),
        sa.UniqueConstraint("network", "id", name=op.f("uq_gateway_groups_network_id")),
        sa.UniqueConstraint("network", "name", name=op.f("uq_gateway_groups_network_name")),
    )
    op.create_table(
        "gateway_journal_names",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["gateway_journal.id"], name=op.f("fk_gateway_journal_names_entry")),
        sa.PrimaryKeyConstraint("entry", "kind", "value", name=op.f("pk_gateway_journal_names")),
    )
    with op.batch_alter_table("gateway_journal_names", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_journal_names_kind_value"), ["kind", "value"], unique=False)

    op.create_table(
        "gateway_offers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hub_id", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.String(length=32), nullable=False),
        sa.Column("valid_to", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["network"], ["gateway_networks.id"], name=op.f("fk_gateway_offers_network")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_offers")),
    )
    with op.batch_alter_table("gateway_offers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_offers_network_state_valid_from"), ["network", "state", "valid_from"], unique=False
        )

    op.create_table(
        "gateway_outbox_history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["gateway_outbox.id"], name=op.f("fk_gateway_outbox_history_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_outbox_history")),
    )
    with op.batch_alter_table("gateway_outbox_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_outbox_history_entry"), ["entry"], unique=False)

    op.create_table(
        "gateway_group_rules",
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network", "group"],
            ["gateway_groups.network", "gateway_groups.id"],
            name=op.f("fk_gateway_group_rules_network_group"),
        ),
        sa.PrimaryKeyConstraint("network", "name", name=op.f("pk_gateway_group_rules")),
    )
    op.create_table(
        "gateway_grouped_evses",
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("evse", sa.String(length=80), nullable=False),
        sa.Column("spelled", sa.Text(), nullable=False),
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["network", "group"],
            ["gateway_groups.network", "gateway_groups.id"],
            name=op.f("fk_gateway_grouped_evses_network_group"),
        ),
        sa.PrimaryKeyConstraint("tenant", "evse", name=op.f("pk_gateway_grouped_evses")),
    )
    with op.batch_alter_table("gateway_grouped_evses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_grouped_evses_network_group"), ["network", "group"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("gateway_grouped_evses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_grouped_evses_network_group"))

    op.drop_table("gateway_grouped_evses")
    op.drop_table("gateway_group_rules")
    with op.batch_alter_table("gateway_outbox_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_outbox_history_entry"))

    op.drop_table("gateway_outbox_history")
    with op.batch_alter_table("gateway_offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_offers_network_state_valid_from"))

    op.drop_table("gateway_offers")
    with op.batch_alter_table("gateway_journal_names", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_journal_names_kind_value"))

    op.drop_table("gateway_journal_names")
    op.drop_table("gateway_groups")
    op.drop_table("gateway_watermarks")
    op.drop_table("gateway_turns")
    op.drop_table("gateway_signs")
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_swipe"))
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_status_began_at"))
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_hub_id_connection"))
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_emsp_id_connection"))
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_cpo_id_connection"))

    op.drop_table("gateway_sessions")
    with op.batch_alter_table("gateway_pulled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_pulled_connection_list_crawl"))

    op.drop_table("gateway_pulled")
    with op.batch_alter_table("gateway_publications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_publications_status_entry"))
        batch_op.drop_index(batch_op.f("ix_gateway_publications_evse"))
        batch_op.drop_index(batch_op.f("ix_gateway_publications_entry"))
        batch_op.drop_index(batch_op.f("ix_gateway_publications_connection_status_state_status_at"))
        batch_op.drop_index(batch_op.f("ix_gateway_publications_connection_state_alone"))

    op.drop_table("gateway_publications")
    with op.batch_alter_table("gateway_outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_outbox_state_lane_id"))
        batch_op.drop_index(batch_op.f("ix_gateway_outbox_session"))
        batch_op.drop_index(batch_op.f("ix_gateway_outbox_lane_state_id"))

    op.drop_table("gateway_outbox")
    op.drop_table("gateway_operators")
    op.drop_table("gateway_networks")
    op.drop_table("gateway_locations")
    op.drop_table("gateway_lanes")
    with op.batch_alter_table("gateway_journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_journal_connection_id"))
        batch_op.drop_index(batch_op.f("ix_gateway_journal_at"))

    op.drop_table("gateway_journal")
    op.drop_table("gateway_issuers")
    with op.batch_alter_table("gateway_inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_inbox_handed_over_next_try_at_id"))
        batch_op.drop_index(batch_op.f("ix_gateway_inbox_forgotten_at"))
        batch_op.drop_index(batch_op.f("ix_gateway_inbox_connection_handed_over_id"))

    op.drop_table("gateway_inbox")
    op.drop_table("gateway_budgets")
    op.drop_table("gateway_accounts")
