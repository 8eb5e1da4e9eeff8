"""Alembic runs this with the connection that `migrate` hands it."""

from alembic import context

from gateway.store.migrating import configured

configured(context)
with context.begin_transaction():
    context.run_migrations()
