"""Plays onboarding scenarios, on a simulated hub or with an account at the hub, and writes down what happened."""

from gateway.scenarios.account import Account, account
from gateway.scenarios.playing import PASSED, Line, played
from gateway.scenarios.protocol import Run, as_json, as_markdown, summary
from gateway.scenarios.stands import Stand, simulated

__all__ = [
    "PASSED", "Account", "Line", "Run", "Stand", "account", "as_json", "as_markdown", "played", "simulated", "summary",
]  # fmt: skip
