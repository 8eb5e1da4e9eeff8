"""Structured logs: JSON in service, readable in a terminal; private values masked wherever they turn up.

As a library the gateway only logs to the standard loggers below `gateway` and leaves their set-up to its host.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, cast

import structlog

from gateway.masking import masked, masked_value

_PRIVATE = frozenset({"uid", "contract_id", "token", "password", "pin"})


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked_value(value) if name in _PRIVATE else masked(value)
    return event


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose events carry fields: `log.info("delivery", entry=7, state="accepted")`."""
    return cast(
        structlog.stdlib.BoundLogger,
        structlog.wrap_logger(
            logging.getLogger(name),
            wrapper_class=structlog.stdlib.BoundLogger,
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _mask,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
        ),
    )


def configure(level: str = "INFO", *, as_json: bool | None = None) -> None:
    """Sets up logging for a process of our own: to stderr, our loggers and everybody else's alike."""
    render_json = not sys.stderr.isatty() if as_json is None else as_json
    renderer: Any = structlog.processors.JSONRenderer() if render_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
