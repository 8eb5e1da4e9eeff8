"""Structured logs: JSON in service, readable in a terminal; private values masked wherever they turn up."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from gateway.masking import masked, masked_value

_PRIVATE = frozenset({"uid", "contract_id", "token", "password", "pin"})


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked_value(value) if name in _PRIVATE else masked(value)
    return event


def configure(level: str = "INFO", *, as_json: bool | None = None) -> None:
    """Sets up logging for a process; a library's caller leaves this alone."""
    render_json = not sys.stderr.isatty() if as_json is None else as_json
    renderer: Any = structlog.processors.JSONRenderer() if render_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
