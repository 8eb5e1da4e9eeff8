"""How sure the facts about a message are, what is doubtful about it, and what another protocol could say beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.ports import Adapter
from gateway.tables import read_table
from gateway.translation import AnyForm

TITLES = {"ocpi": "OCPI 2.2.1"}


@dataclass(frozen=True, slots=True)
class Beyond:
    """Something that another protocol can say, and this one cannot. `message` names a type of the canonical model.

    `canonical` is the field, with all below it; empty where the protocol has no such message at all.
    """

    message: str
    canonical: str
    other: str
    note: str
    source: str


def grade_of(adapter: Adapter, form: AnyForm) -> str:
    """The grade of a message in the letters of its protocol's `grades`; empty where all its facts are sure."""
    return next((one.grade for one in adapter.operations if one.name == form.name), "")


def doubts(adapter: Adapter, form: AnyForm) -> Sequence[Any]:
    """The errata that are about this message by name."""
    return [one for one in adapter.errata if getattr(one, "about", "") and one.about in form.name]


def beyond(adapter: Adapter, other: str = "ocpi") -> Sequence[Beyond]:
    """The rows of `mappings/<protocol>/beyond/<other>.csv`; none where nobody has written them down."""
    path = adapter.tables / "beyond" / f"{other}.csv"
    if not path.is_file():
        return []
    rows = read_table(path)
    return [Beyond(row["message"], row["canonical"], row[other], row["note"], row["source"]) for row in rows]
