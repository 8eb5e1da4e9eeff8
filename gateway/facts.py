"""What is known of the hubs that may change with time, with where it is from: `mappings/hubs.csv`."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.tables import read_table, remembered, shipped


@dataclass(frozen=True, slots=True)
class Fact:
    value: str
    since: str = ""
    source: str = ""
    note: str = ""

    @property
    def number(self) -> int:
        return int(self.value)


@remembered
def facts(hub: str) -> Mapping[str, Fact]:
    """The facts of a hub by name; of one that has several versions the last."""
    rows = read_table(shipped("mappings") / "hubs.csv")
    return {
        row["fact"]: Fact(row["value"], row["since"], row["source"], row["note"]) for row in rows if row["hub"] == hub
    }
