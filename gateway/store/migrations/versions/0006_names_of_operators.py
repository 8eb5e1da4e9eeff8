"""sessions that operators name, each its own"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_by", sa.String(length=20), nullable=False, server_default=""))
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_hub_id_connection"))
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_hub_id_connection_named_by"),
            ["hub_id", "connection", "named_by"],
            unique=True,
        )


def downgrade() -> None:
    with op.batch_alter_table("gateway_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_sessions_hub_id_connection_named_by"))
        batch_op.create_index(
            batch_op.f("ix_gateway_sessions_hub_id_connection"), ["hub_id", "connection"], unique=True
        )
        batch_op.drop_column("named_by")
