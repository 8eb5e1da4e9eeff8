"""Our cards and contracts → hubs: what each hub should know, what it has accepted, and what is sent because of it."""

from gateway.token_lists.lists import TokenLists
from gateway.token_lists.results import (
    BrokenToken,
    ListedToken,
    RevocationRefused,
    TokenLoad,
    TokenLossRefused,
    TokenReport,
)

__all__ = [
    "BrokenToken",
    "ListedToken",
    "RevocationRefused",
    "TokenLists",
    "TokenLoad",
    "TokenLossRefused",
    "TokenReport",
]
