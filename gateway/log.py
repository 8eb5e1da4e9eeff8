"""Structured logs: JSON in service, readable in a terminal; private values masked wherever they turn up.

As a library the gateway only logs to the standard loggers below `gateway` and leaves their set-up to its host.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import structlog

from gateway.masking import masked, masked_ids, masked_value

_PRIVATE = frozenset({"uid", "contract_id", "token", "password", "pin"})
_OURS = frozenset({"timestamp", "level", "logger", "connection", "lane", "exc_info", "stack_info"})
"""What is never a stranger's text, and what other processors still need as it is."""


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if not name.startswith("_") and name not in _OURS:
            event[name] = _masked(value, private=name in _PRIVATE)
    return event


def _masked(value: Any, *, private: bool = False) -> Any:
    """Whatever a field holds, as it will be printed: exceptions and ids of the model as their text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value if not private else "…"
    if isinstance(value, Mapping):
        return {str(name): _masked(member, private=private or name in _PRIVATE) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(member, private=private) for member in value]
    return masked_value(str(value)) if private else masked_ids(masked(str(value)))


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
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _mask,
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "alembic", "procrastinate", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
