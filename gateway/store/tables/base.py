"""What the tables share."""

from typing import Any

from sqlalchemy import Column, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """A time, as `stamp` writes it."""
    return Column(name, String(32), nullable=nullable)


def connection() -> Column[Any]:
    """The name of a connection."""
    return Column("connection", String(80), nullable=False)
