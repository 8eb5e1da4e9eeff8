"""the states of CDRs"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_cdrs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cdr_id", sa.Text(), nullable=False),
        sa.Column("evse", sa.Text(), nullable=False),
        sa.Column("own_id", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("left_open", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("state_at", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_cdrs")),
        sa.UniqueConstraint("connection", "key", name=op.f("uq_gateway_cdrs_connection_key")),
    )
    with op.batch_alter_table("gateway_cdrs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_cdrs_connection_state_id"), ["connection", "state", "id"], unique=False
        )
    op.create_table(
        "gateway_cdr_history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cdr", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cdr"], ["gateway_cdrs.id"], name=op.f("fk_gateway_cdr_history_cdr")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_cdr_history")),
    )
    with op.batch_alter_table("gateway_cdr_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gateway_cdr_history_cdr"), ["cdr"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("gateway_cdr_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_cdr_history_cdr"))
    op.drop_table("gateway_cdr_history")
    with op.batch_alter_table("gateway_cdrs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_cdrs_connection_state_id"))
    op.drop_table("gateway_cdrs")
