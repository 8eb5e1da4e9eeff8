"""Every row of the protocols' field tables has its place in the canonical model, or a reason to have none.

`model_places.csv` names the rows of the crosswalk by its sections (2.1 parties to 2.12 CDR) and the items of what the
model needs beyond OCPI (5).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest

from gateway.canonical import field_types
from gateway.tables import read_table
from tests.support import SHARED

PLACES = read_table(Path(__file__).with_name("model_places.csv"))
CROSSWALK = SHARED / "protocols" / "crosswalk.md"
SECTIONS = [f"2.{number}" for number in range(1, 13)]
MODULES = ("common", "ids", "kinds", "party", "location", "metering", "session", "token", "cdr", "tariff", "messages")


def classes() -> Mapping[str, type]:
    """The dataclasses of the model by name."""
    members = [vars(import_module(f"gateway.model.{module}")) for module in MODULES]
    return {name: value for module in members for name, value in module.items() if is_dataclass(value)}  # type: ignore[misc]


def bare(hint: Any) -> Any:
    """What a place holds, without optional and repeated."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return bare(next(part for part in get_args(hint) if part is not NoneType))
    return bare(get_args(hint)[0]) if origin in (tuple, frozenset) else hint


def resolved(path: str) -> Any:
    """The type at a path such as `Location.address.postal_code`; raises KeyError."""
    name, *steps = path.split(".")
    kind: Any = classes()[name]
    for step in steps:
        kind = bare(field_types(kind)[step])
    return kind


def plain(text: str) -> str:
    return text.replace("`", "").strip().rstrip(".")


def table_rows(section: str, text: str) -> Iterator[str]:
    """The first cell of each row that says something."""
    chapter = text.split(f"### {section} ", 1)[1].split("\n##", 1)[0]
    table = [line for line in chapter.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield plain(next(cell for cell in (cell.strip() for cell in line.split("|")[1:]) if cell != "-"))


def needs(text: str) -> Iterator[str]:
    """`Location: hotline phone …` for each item of section 5, whose lists are parted by semicolons."""
    chapter = text.split("\n## 5. ", 1)[1].split("\n## 6. ", 1)[0]
    for group, items in re.findall(r"^\* \*\*(.+?)\*\*: (.+)$", chapter, re.MULTILINE):
        for item in re.split(r"; (?![^(]*\))", items):
            yield f"{group}: {plain(item)}"


@pytest.mark.parametrize("path", sorted({row["path"] for row in PLACES if row["path"]}))
def test_the_place_exists(path: str) -> None:
    kind = resolved(path)
    assert isinstance(get_origin(kind) or kind, type)


def test_a_row_without_a_place_says_why() -> None:
    assert [row["row"] for row in PLACES if bool(row["path"]) == bool(row["reason"])] == []


def test_a_place_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(KeyError):
        resolved("Location.address.colour")


@pytest.mark.skipif(not CROSSWALK.is_file(), reason="the crosswalk is not beside the project")
@pytest.mark.parametrize("section", [*SECTIONS, "5"])
def test_every_row_of_the_crosswalk_is_listed(section: str) -> None:
    text = CROSSWALK.read_text(encoding="utf-8")
    rows = needs(text) if section == "5" else table_rows(section, text)
    assert sorted({row["row"] for row in PLACES if row["section"] == section}) == sorted(set(rows))
