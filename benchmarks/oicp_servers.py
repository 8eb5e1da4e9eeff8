"""The servers of the callback benchmark, each a process of its own: `python benchmarks/oicp_servers.py KIND PORT FILE`.

gateway   the service as it is run, over a settings file: decoded, admitted, asked once, journalled, session recorded
bare      the same uvicorn with a constant answer
fastapi   the same work written for FastAPI: pydantic in and out, the question, the answer, the session and the masked
          journal rows in the same tables by the same statements, gathered into commits as the gateway's are
plain     as fastapi, but as it is usually written: each request its own transactions, in FastAPI's threads
"""

import asyncio
import gc
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.masking import masked_bytes
from gateway.model import messages as m
from gateway.model.ids import EvseId, PartyId
from gateway.model.session import AuthMethod, SessionIds
from gateway.model.token import Token
from gateway.ports import Connection
from gateway.settings import ServerSettings, parsed
from gateway.store import Database, inbox, sessions
from gateway.store import journal as rows
from gateway.store.database import Transaction, stamp
from gateway.store.sessions import KnownSession
from gateway.web.server import bound, configuration
from gateway.web.service import run

PROVIDER = "DE-8EO"
ANSWER = b'{"SessionID":"00000000-0000-4000-8000-000000000000","ProviderID":"DE-8EO","AuthorizationStatus":"Authorized","StatusCode":{"Code":"000"}}'  # noqa: E501


class Platform:
    """A backend that knows every card."""

    async def authorize_token(self, _: Connection, __: m.AuthorizeToken) -> m.Authorization:
        return m.Authorization(allowed=m.Allowed.ALLOWED)


# --- the gateway -------------------------------------------------------------------------------------------------


def gateway(port: int, file: Path) -> None:
    account = {
        "hub": "hubject",
        "role": "EMSP",
        "party": PROVIDER,
        "urls": {"": "http://127.0.0.1:9"},
        "insecure_loopback": True,
    }
    run(
        parsed(
            {
                "store": {"dsn": f"sqlite:///{file}"},
                "server": {"port": port},
                "backend": {"factory": "benchmarks.oicp_servers:Platform"},
                "connections": {"emp": account},
            }
        )
    )


# --- a constant answer -------------------------------------------------------------------------------------------


def bare(port: int, _: Path) -> None:
    head = [(b"content-type", b"application/json;charset=utf-8"), (b"content-length", str(len(ANSWER)).encode())]
    start = {"type": "http.response.start", "status": 200, "headers": head}
    body = {"type": "http.response.body", "body": ANSWER}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        await send(start)
        await send(body)

    _served(application, port)


async def _lifespan(receive: Any, send: Any) -> None:
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})


def _served(application: Any, port: int) -> None:
    """As the service is served: the same uvicorn, loop and collector."""
    import uvicorn

    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    settings = ServerSettings(port=port)
    config = configuration(application, settings)
    with bound(settings.host, port) as listening, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listening]))


# --- the same work for FastAPI -----------------------------------------------------------------------------------


class Work:
    """What is written for an authorisation, as functions of a transaction."""

    def __init__(self, file: Path) -> None:
        self.database = Database(f"sqlite:///{file}")
        self.database.migrate()

    def ask(self, transaction: Transaction, asked: Any) -> inbox.Item:
        key, now = f"AuthorizeToken/{asked.session_id}", datetime.now(UTC)
        values: dict[str, Any] = {"connection": "emp", "key": key, "kind": "AuthorizeToken", "keep_seconds": 3600.0}
        return inbox.asked(transaction, **values, now=now, lease=inbox.Lease("fastapi", 30.0))[0]

    def record(self, transaction: Transaction, asked: Any, item: inbox.Item, answer: str, body: bytes) -> None:
        """The session, the answer and the journal's row, all masked."""
        now = datetime.now(UTC)
        evse = EvseId.read(asked.evse_id)
        known = KnownSession(
            id=str(uuid4()),
            connection="emp",
            ids=SessionIds(hub=asked.session_id, cpo=asked.cpo_partner_session_id),
            evse=evse,
            token=Token(uid=asked.identification.rfid_mifare_family_identification.uid),
            operator=PartyId.read(asked.operator_id),
            provider=PartyId.read(PROVIDER),
            auth_method=AuthMethod.AUTH_REQUEST,
        )
        sessions.record(transaction, known, now)
        inbox.answered(transaction, item, answer, now)
        names = {
            ("session", asked.session_id),
            ("session", asked.cpo_partner_session_id),
            ("evse", evse and evse.compact),
        }
        values = {"at": stamp(now), "connection": "emp", "direction": "in", "operation": "AuthorizeStart"}
        values |= {"session": asked.session_id, "evse": asked.evse_id, "method": "POST", "path": "/", "status": 200}
        values |= {"request_headers": "{}", "response_headers": "{}", "milliseconds": 1}
        kept = {"request": masked_bytes(body).encode(), "response": masked_bytes(answer.encode()).encode()}
        rows.add(transaction, {**values, **kept}, frozenset(names))  # type: ignore[arg-type]


def fastapi(port: int, file: Path) -> None:
    from fastapi import FastAPI, Request

    from benchmarks.oicp_models import AuthorizationStart, AuthorizeStart

    application, work = FastAPI(), Work(file)

    @application.post(
        "/emp/api/oicp/charging/v21/operators/{operator}/authorize/start", response_model_exclude_none=True
    )
    async def authorize(operator: str, asked: AuthorizeStart, request: Request) -> AuthorizationStart:
        item = await work.database.write(lambda transaction: work.ask(transaction, asked))
        answer = AuthorizationStart.authorized(asked, PROVIDER)
        text, body = answer.model_dump_json(by_alias=True, exclude_none=True), await request.body()
        await work.database.write(lambda transaction: work.record(transaction, asked, item, text, body))
        return answer

    _served(application, port)


def plain(port: int, file: Path) -> None:
    from fastapi import FastAPI

    from benchmarks.oicp_models import AuthorizationStart, AuthorizeStart

    application, work = FastAPI(), Work(file)

    @application.post(
        "/emp/api/oicp/charging/v21/operators/{operator}/authorize/start", response_model_exclude_none=True
    )
    def authorize(operator: str, asked: AuthorizeStart) -> AuthorizationStart:
        with work.database.engine.begin() as transaction:
            item = work.ask(transaction, asked)
        answer = AuthorizationStart.authorized(asked, PROVIDER)
        text, body = (one.model_dump_json(by_alias=True, exclude_none=True) for one in (answer, asked))
        with work.database.engine.begin() as transaction:
            work.record(transaction, asked, item, text, body.encode())
        return answer

    _served(application, port)


KINDS: dict[str, Callable[[int, Path], None]] = {"gateway": gateway, "bare": bare, "fastapi": fastapi, "plain": plain}


def main() -> int:
    kind, port, file = sys.argv[1:]
    logging.basicConfig(level=logging.WARNING)
    KINDS[kind](int(port), Path(file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
