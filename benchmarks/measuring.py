"""What the benchmarks share: fresh stores, a connection, a hub that answers at once, CDRs and EVSEs."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count as numbers
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from gateway.http import HttpRequest, HttpResponse
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrNature
from gateway.model.common import LocalText, Role
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import AuthenticationMethod, ConnectorFormat, ConnectorType, PowerType
from gateway.model.location import Address, Connector, Coordinates, Evse, Location, OpeningTimes
from gateway.model.party import Operator
from gateway.model.session import SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection

POSTGRES = os.environ.get("ROAMING_GATEWAY_TEST_POSTGRES", "")
BEGAN = datetime(2026, 1, 15, 10, tzinfo=UTC)
ACCEPTED = b'{"Result":true,"StatusCode":{"Code":"000","AdditionalInfo":"Success"}}'
SAMPLE = Path(__file__).resolve().parents[1] / "fixtures" / "oicp" / "ChargeDetailRecord.request.json"
LON = PartyId.parse("NL*LON")
OPERATORS = tuple(PartyId.parse(f"NL*B{number:02}") for number in range(20))
PUSH_PATH = "/emp/cdrmgmt/v22/operators/NL*LON/charge-detail-record"


def stores(folder: Path) -> Mapping[str, Callable[[], str]]:
    """Store → a function that makes a fresh, empty one and gives its DSN."""
    count = numbers()
    found = {"sqlite": lambda: f"sqlite:///{folder / f'{next(count)}.sqlite'}"}
    return found | ({"postgres": _schema} if POSTGRES else {})


def _schema() -> str:
    """A schema of its own, which drops those of earlier runs."""
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        old = connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bench_%'")).scalars().all()
        for name in old:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        fresh = f"bench_{uuid4().hex[:12]}"
        connection.execute(text(f"CREATE SCHEMA {fresh}"))
    engine.dispose()
    options = {"options": f"-csearch_path={fresh}"}
    return make_url(POSTGRES).update_query_dict(options).render_as_string(hide_password=False)


def connection(role: str) -> Connection:
    """An account at Hubject without any budget of calls; a CPO's CDRs in a lane for each of its operators."""
    free = {"per_minute": None}
    policies = dict.fromkeys(("PublishEvses", "PublishStatuses"), free)
    return Connection(
        name="cpo" if role == "CPO" else "emp",
        hub="hubject",
        protocol="oicp",
        role=Role(role),
        party=LON if role == "CPO" else PartyId.parse("DE-8EO"),
        operators=tuple(Operator(id=party, name="Lon") for party in (LON, *OPERATORS)) if role == "CPO" else (),
        insecure_loopback=True,
        options={"policies": {**policies, "SubmitCdr": {**free, "lane": "cdr/{operator}"}}},
    )


class Hub:
    """Takes everything at once, in this process. `taken` requests; `last`: when the latest came."""

    def __init__(self) -> None:
        self.taken, self.last, self.bytes = 0, 0.0, 0

    def link(self, connection: Connection) -> "Link":
        return Link(connection, self)


class Link:
    def __init__(self, connection: Connection, hub: Hub) -> None:
        self.connection, self._hub = connection, hub

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        self._hub.last = time.perf_counter()
        self._hub.taken += 1
        self._hub.bytes += len(request.body)
        return HttpResponse(headers={"content-type": "application/json"}, body=ACCEPTED)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> str:
        return str(uuid4())


def session(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def owed_cdr(number: int) -> m.SubmitCdr:
    """The records of an operator follow each other in its lane."""
    cdr = Cdr(
        id=f"NLLON{number}",
        session=SessionIds(hub=session(number)),
        nature=CdrNature.FINAL,
        evse=EvseId.parse(f"{OPERATORS[number % len(OPERATORS)]}*E1111*1"),
        token=Token(uid="04A2B3C4D5E680", type=TokenType.RFID),
        start=BEGAN,
        end=BEGAN + timedelta(hours=1),
        energy_kwh=Decimal(number + 1) / 1000,
    )
    return m.SubmitCdr(cdr=cdr)


def pushed_cdr(number: int, host: str) -> bytes:
    """The HTTP request of a hub that pushes a CDR of a session of its own."""
    body = json.dumps({**_sample(), "SessionID": session(number)}).encode()
    head = f"POST {PUSH_PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


_read: dict[str, object] = {}


def _sample() -> dict[str, object]:
    if not _read:
        _read.update(json.loads(SAMPLE.read_text(encoding="utf-8")))
    return _read


def evse_id(number: int) -> EvseId:
    return EvseId.parse(f"NL*LON*E{number:06}*1")


def fleet(count: int) -> Iterator[Location]:
    """Places with one EVSE each."""
    for number in range(count):
        yield _place(number)


def _place(number: int) -> Location:
    connector = Connector(
        id="1",
        standard=ConnectorType.IEC_62196_T2,
        format=ConnectorFormat.SOCKET,
        power_type=PowerType.AC_3_PHASE,
        max_power_kw=Decimal(22),
        max_voltage_v=Decimal(230),
        max_amperage_a=Decimal(32),
    )
    charger = Evse(
        evse_id=evse_id(number),
        authentication_methods=(AuthenticationMethod.RFID_MIFARE_CLASSIC,),
        connectors=(connector,),
    )
    return Location(
        id=f"L{number}",
        operator=LON,
        names=(LocalText("Lange Kade", "nl"),),
        address=Address(street="Lange Kade", house_number="10", city="Amsterdam", postal_code="1011 AB", country="NLD"),
        coordinates=Coordinates(latitude=Decimal("52.370216"), longitude=Decimal("4.895168")),
        hotline="+31201234567",
        opening_times=OpeningTimes(twentyfourseven=True),
        evses=(charger,),
    )
