"""pydantic models with the fields of our wire types: what OICP's messages are for who declares them with pydantic.

They are made from the declarations, so that both sides read and write the same. Rules (lengths, patterns, words) are
left out: a declaration of ours does not hold a message to them while it is read.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, create_model

from gateway.wire import WireModel
from gateway.wire.declared import slots
from gateway_oicp import wire

_SCALARS: dict[str, Any] = {
    "integer": int,
    "decimal": Decimal,
    "boolean": bool,
    "timestamp": datetime,
    "zulu": datetime,
}


class Base(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore")


@cache
def mirrored(cls: type[WireModel]) -> type[Base]:
    """The pydantic model of a wire type: the same names, aliases, types, lists and records."""
    fields: dict[str, Any] = {}
    for slot in slots(cls):
        kind = mirrored(slot.model) if slot.model is not None else _SCALARS.get(slot.scalar.name, str)
        hint = tuple[kind, ...] if slot.many else kind | None  # type: ignore[valid-type]
        fields[slot.name] = (hint, Field(default=() if slot.many else None, alias=slot.alias))
    return create_model(cls.__name__, __base__=Base, **fields)


class AuthorizeStart(mirrored(wire.AuthorizeStart)):  # type: ignore[misc]
    pass


class AuthorizationStart(mirrored(wire.AuthorizationStart)):  # type: ignore[misc]
    @classmethod
    def authorized(cls, asked: Any, provider: str) -> Self:
        return cls(
            session_id=asked.session_id,
            cpo_partner_session_id=asked.cpo_partner_session_id,
            provider_id=provider,
            authorization_status="Authorized",
            status_code={"Code": "000"},
        )
