"""published token lists, and until when a pulled status holds"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_listed_tokens",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("wanted", sa.String(length=64), nullable=True),
        sa.Column("accepted", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.String(length=32), nullable=True),
        sa.Column("sent", sa.String(length=64), nullable=True),
        sa.Column("there", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.String(length=32), nullable=True),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("connection", "key", name=op.f("pk_gateway_listed_tokens")),
    )
    with op.batch_alter_table("gateway_listed_tokens", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_listed_tokens_connection_state"), ["connection", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_listed_tokens_entry"), ["entry"], unique=False)

    op.create_table(
        "gateway_token_accounts",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("baseline_at", sa.String(length=32), nullable=True),
        sa.Column("load_entry", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_gateway_token_accounts")),
    )
    with op.batch_alter_table("gateway_pulled", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_gateway_pulled_until"), ["until"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("gateway_pulled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_pulled_until"))
        batch_op.drop_column("until")
    op.drop_table("gateway_token_accounts")
    with op.batch_alter_table("gateway_listed_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gateway_listed_tokens_entry"))
        batch_op.drop_index(batch_op.f("ix_gateway_listed_tokens_connection_state"))
    op.drop_table("gateway_listed_tokens")
