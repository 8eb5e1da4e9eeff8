import asyncio
import threading
from typing import Any

import pytest

from gateway.backends import METHODS, BackendPort
from gateway.errors import BackendFailed, Refused, Unsupported
from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.ports import Connection

HERE = Connection(name="c", hub="h", protocol="p", role=Role.CPO, party=PartyId.parse("NL*LON"))
YES = m.CommandResult(status=m.CommandStatus.ACCEPTED)


class Both:
    """One method of each kind; each remembers the thread it ran in."""

    def __init__(self) -> None:
        self.threads: dict[str, Any] = {}
        self.asked: list[Any] = []

    async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        self.threads["start"] = threading.current_thread()
        self.asked.append((connection, message))
        await asyncio.sleep(0)
        return YES

    def stop_session(self, connection: Connection, message: m.StopSession) -> m.CommandResult:
        self.threads["stop"] = threading.current_thread()
        self.asked.append((connection, message))
        return YES


async def test_a_method_may_be_asynchronous_or_plain_and_a_plain_one_holds_nobody_up() -> None:
    platform = Both()
    port = BackendPort(platform)
    assert await port.answer(HERE, m.StartSession()) is YES
    assert await port.answer(HERE, m.StopSession()) is YES
    assert platform.asked == [(HERE, m.StartSession()), (HERE, m.StopSession())]
    assert platform.threads["start"] is threading.main_thread()
    assert platform.threads["stop"] is not threading.main_thread()


async def test_a_callable_that_gives_an_awaitable_is_awaited() -> None:
    class Wrapped:
        def __init__(self) -> None:
            self.start_session = lambda connection, message: Both().start_session(connection, message)

    assert await BackendPort(Wrapped()).answer(HERE, m.StartSession()) is YES


async def test_what_the_backend_lacks_is_unsupported() -> None:
    port = BackendPort(Both())
    assert (port.has(m.StartSession), port.has(m.SubmitCdr), port.has(m.FetchCdrs)) == (True, False, False)
    for message in (m.SubmitCdr(), m.FetchCdrs()):
        with pytest.raises(Unsupported):
            await port.answer(HERE, message)


@pytest.mark.parametrize("plain", [True, False])
async def test_whatever_a_backend_raises_its_text_stays_here(plain: bool) -> None:
    class Failing:
        def stop_session(self, connection: Connection, message: m.StopSession) -> m.CommandResult:
            raise OSError("postgresql://lon:hunter2@db is down")

        async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
            raise OSError("postgresql://lon:hunter2@db is down")

    with pytest.raises(BackendFailed) as raised:
        await BackendPort(Failing()).answer(HERE, m.StopSession() if plain else m.StartSession())
    assert str(raised.value) == f"OSError in {'stop' if plain else 'start'}_session"
    assert raised.value.public_text == "internal error"


async def test_a_refusal_of_ours_goes_through_as_it_is() -> None:
    class Refusing:
        async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
            raise Refused("021", "later")

    with pytest.raises(Refused, match="021: later"):
        await BackendPort(Refusing()).answer(HERE, m.StartSession())


async def test_an_optional_method_is_told_only_where_there_is_one() -> None:
    class Listening:
        heard: tuple[int, ...] = ()

        def delivery_changed(self, *arguments: int) -> None:
            self.heard = arguments

    platform = Listening()
    assert await BackendPort(platform).tell("delivery_changed", 1, 2) is True
    assert platform.heard == (1, 2)
    assert await BackendPort(object()).tell("delivery_changed", 1) is False


@pytest.mark.parametrize("name", [*METHODS.values(), "delivery_changed", "_start_sesion", "charge", "session", "start"])
def test_a_name_that_is_right_or_quite_another_is_no_matter(name: str) -> None:
    port = BackendPort(type("Platform", (), {name: lambda *_: None})())
    assert [kind for kind in METHODS if port.has(kind)] == [kind for kind in METHODS if METHODS[kind] == name]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("start_sesssion", "start_session"),
        ("stop_sessions", "stop_session"),
        ("submit_cdrs", "submit_cdr"),
        ("authorise_token", "authorize_token"),
        ("publish_token", "publish_tokens"),
    ],
)
def test_a_name_that_is_nearly_right_is_refused(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"Platform.{name} is nearly, but not quite, {meant}"):
        BackendPort(type("Platform", (), {name: lambda *_: None})())
