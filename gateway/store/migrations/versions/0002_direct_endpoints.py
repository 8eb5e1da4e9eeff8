"""direct endpoints"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_endpoint_lists",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("tried_at", sa.String(length=32), nullable=True),
        sa.Column("fetched_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_gateway_endpoint_lists")),
    )
    op.create_table(
        "gateway_endpoints",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.String(length=16), nullable=True),
        sa.Column("allow", sa.Text(), nullable=False),
        sa.Column("deny", sa.Text(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_endpoints")),
    )
    with op.batch_alter_table("gateway_endpoints", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_endpoints_connection_ours_day"), ["connection", "ours", "day"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("gateway_endpoints", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_endpoints_connection_ours_day"))
    op.drop_table("gateway_endpoints")
    op.drop_table("gateway_endpoint_lists")
