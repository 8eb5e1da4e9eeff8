"""The command `roaming-gateway`.

Results go to stdout, errors to stderr and never as a traceback; a command used wrongly exits with 64.
"""

import sys
from typing import NoReturn

import typer

from gateway.cli import (
    bench,
    cdrs,
    checking,
    data,
    deliveries,
    endpoints,
    journal,
    networks,
    operators,
    publishing,
    receiving,
    replaying,
    running,
    scenarios,
    sessions,
    tokens,
)
from gateway.cli.common import EXIT_USAGE, complain
from gateway.errors import GatewayError, Invalid

app = typer.Typer(
    name="roaming-gateway",
    help="Roaming hubs on one canonical model: Hubject (OICP), Gireve (eMIP), e-clearing.net (OCHP).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
bench.add_to(app)
checking.add_to(app)
running.add_to(app)
scenarios.add_to(app)
data.add_to(app)
deliveries.add_to(app)
cdrs.add_to(app)
publishing.add_to(app)
receiving.add_to(app)
journal.add_to(app)
replaying.add_to(app)
operators.add_to(app)
networks.add_to(app)
sessions.add_to(app)
tokens.add_to(app)
endpoints.add_to(app)


def main() -> NoReturn:
    """The entry point."""
    try:
        code = app(standalone_mode=False)
    except SystemExit as stop:
        code = stop.code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = _failed(error)
    sys.stdout.flush()
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: Exception) -> int:
    """Usage errors, our own failures, the file that is not there; anything else is a fault of ours, in one line."""
    usage = getattr(error, "format_message", None)
    if callable(usage):
        text, context = str(usage()), getattr(error, "ctx", None)
        whole_help = text.startswith("Usage:")
        complain(text if whole_help else f"{context.get_usage() if context else ''}\nroaming-gateway: {text}".lstrip())
        return EXIT_USAGE
    if isinstance(error, Invalid):
        for finding in error.findings:
            complain(f"roaming-gateway: {finding.pointer + ': ' if finding.pointer else ''}{finding.text}")
        return 2
    if isinstance(error, OSError):
        complain(f"roaming-gateway: {error.filename or ''}: {error.strerror or error}")
        return 2
    complain(f"roaming-gateway: {error if isinstance(error, GatewayError) else f'{type(error).__name__}: {error}'}")
    return 2 if isinstance(error, GatewayError) else 70
