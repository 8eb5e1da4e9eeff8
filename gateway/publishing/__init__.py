"""The fleet → hubs: what each hub should show of our EVSEs, what it has accepted, and what is pushed next."""

from gateway.publishing.publisher import Publisher
from gateway.publishing.results import (
    Broken,
    Changes,
    FullLoad,
    Held,
    LossRefused,
    RemovalRefused,
    Report,
    StatusTaken,
)

__all__ = [
    "Broken",
    "Changes",
    "FullLoad",
    "Held",
    "LossRefused",
    "Publisher",
    "RemovalRefused",
    "Report",
    "StatusTaken",
]
