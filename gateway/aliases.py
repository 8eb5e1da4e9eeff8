"""Short names for long session ids, where somebody allows fewer characters than a hub does.

IOP's serviceSessionId has about 60 characters, many platforms and OCPI keep 36. An alias is made of the name itself,
so it is the same everywhere and always; the session register finds a session by it, too. Nothing is ever cut.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.model.session import SessionIds

LONGEST = 36
"""Characters of an alias, and of OCPI's CiString(36)."""


def alias_of(name: str | None, longest: int = LONGEST) -> str | None:
    """36 characters for a name that is longer than `longest`; None where it needs none."""
    if name is None or len(name) <= longest:
        return None
    return str(uuid5(NAMESPACE_URL, f"session:{name}"))


def is_alias_of(alias: str | None, name: str | None) -> bool:
    """Whether `alias` stands for this name; a shorter name may have one too, where even less is allowed."""
    return alias is not None and name is not None and alias != name and alias == alias_of(name, 0)


def joined(one: SessionIds, other: SessionIds) -> SessionIds:
    """The names of both; where they differ, those of the first, but for an alias of the other."""
    return SessionIds(hub=_name(one.hub, other.hub), cpo=_name(one.cpo, other.cpo), emsp=_name(one.emsp, other.emsp))


def _name(one: str | None, other: str | None) -> str | None:
    return other if is_alias_of(one, other) else one or other


def aliased(value: Any, longest: int) -> Any:
    """The same message or answer with an alias for every session id that is longer."""
    return _with_ids(value, lambda ids: SessionIds(
        hub=alias_of(ids.hub, longest) or ids.hub,
        cpo=alias_of(ids.cpo, longest) or ids.cpo,
        emsp=alias_of(ids.emsp, longest) or ids.emsp,
    ))  # fmt: skip


def without_hub_sessions(value: Any) -> Any:
    """The same value without the session ids that a hub has issued: they mean nothing to another one."""
    return _with_ids(value, lambda ids: replace(ids, hub=None))


def _with_ids(value: Any, change: Callable[[SessionIds], SessionIds]) -> Any:
    """Another value where a session is named otherwise, wherever that stands; the very same one where none is."""
    if isinstance(value, SessionIds):
        return change(value)
    if isinstance(value, tuple):
        members = tuple(_with_ids(member, change) for member in value)
        return members if members != value else value
    if not is_dataclass(value) or isinstance(value, type):
        return value
    told = {one.name: getattr(value, one.name) for one in fields(value)}
    news = {name: new for name, member in told.items() if (new := _with_ids(member, change)) != member}
    return replace(value, **news) if news else value
