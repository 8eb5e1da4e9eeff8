"""what a session began with, requests that were refused, heartbeats"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("hub_alias", sa.String(length=36), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_hub_alias_connection"), ["hub_alias", "connection"], unique=False
        )
    op.create_table(
        "gateway_refused_requests",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("hub_id", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("open_until", sa.String(length=32), nullable=False),
        sa.Column("kept_until", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "hub_id", name=op.f("pk_gateway_refused_requests")),
    )
    op.create_table(
        "gateway_heartbeats",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("heard_at", sa.String(length=32), nullable=True),
        sa.Column("period_seconds", sa.Float(), nullable=False),
        sa.Column("ahead_seconds", sa.Float(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("tried_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "operator", name=op.f("pk_gateway_heartbeats")),
    )


def downgrade() -> None:
    op.drop_table("gateway_heartbeats")
    op.drop_table("gateway_refused_requests")
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_hub_alias_connection"))
        batch_op.drop_column("hub_alias")
        batch_op.drop_column("facts")
