"""Where `mappings/`, `schemas/` and `fixtures/` lie: in the wheel, or in the checkout beside the package."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache` for functions whose result is the same each time, typed as they are."""
    return cast(Callable[P, T], cache(function))


def shipped(name: str) -> Traversable:
    """The folder `name` (`mappings`, `schemas`, `fixtures`) of this installation."""
    inside = files("gateway") / f"_{name}"
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parent.parent / name


def read_table(table: Traversable) -> Sequence[Mapping[str, str]]:
    """The rows of a CSV file by column name."""
    return list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
