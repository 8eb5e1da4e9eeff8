"""The gateway's memory: SQLAlchemy Core tables, SQLite by default, another database by DSN.

One schema with Alembic migrations. Writes go through one thread, so SQLite never sees two writers of ours.
"""

from gateway.store.database import Database
from gateway.store.tables import metadata

__all__ = ["Database", "metadata"]
