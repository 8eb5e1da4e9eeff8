"""Who plays: a Dutch CPO with NLLON and DELON, its four chargers, its platform, and three simulated hubs."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.connections import connections
from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import kinds as k
from gateway.model import messages as m
from gateway.model.cdr import Cdr, CdrDimension, CdrNature, CdrStatus, ChargingPeriod, Dimension
from gateway.model.common import BusinessDetails, LocalText, Price
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Address, Connector, Coordinates, EnergyMix, Location, OpeningTimes
from gateway.model.session import AuthMethod, SessionIds
from gateway.model.token import Token, TokenType
from gateway.ports import Connection
from gateway.settings import parsed
from gateway.simulation import world
from gateway.store import Database
from gateway.transport import PartnerClient
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of

NLLON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
HUBS = ("hubject", "gireve", "eclearing")
CARD = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
OPERATORS = [
    {"id": "NL*LON", "name": "Lon Charging", "country": "NL", "hotline": "+31201234567"},
    {"id": "DE*LON", "name": "Lon Charging Germany", "country": "DE", "hotline": "+49301234567"},
]


class Platform:
    """The charging platform of the story: starts what it is asked to, and hears what became of its messages."""

    def __init__(self) -> None:
        self.started: list[m.StartSession] = []
        self.stopped: list[m.StopSession] = []

    async def start_session(self, connection: Connection, message: m.StartSession) -> m.CommandResult:
        self.started.append(message)
        name = f"LON-{connection.name}-{len(self.started)}"
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=replace(message.session, cpo=name))

    def stop_session(self, connection: Connection, message: m.StopSession) -> m.CommandResult:
        self.stopped.append(message)
        return m.CommandResult(status=m.CommandStatus.ACCEPTED, session=message.session)


def _location(operator: PartyId, city: str, **address: str) -> Location:
    place = {"NL": ("52.370216", "4.895168", "Europe/Amsterdam"), "DE": ("52.480495", "13.356465", "Europe/Berlin")}
    latitude, longitude, zone = place[operator.country]
    return Location(
        id=f"LOC-{operator.compact}",
        operator=operator,
        publish=True,
        names=(LocalText(f"Lon {city}", "en"),),
        address=Address(city=city, **address),
        coordinates=Coordinates(latitude=Decimal(latitude), longitude=Decimal(longitude)),
        parking_type=k.ParkingType.ON_STREET,
        operator_details=BusinessDetails(name="Lon Charging"),
        time_zone=zone,
        opening_times=OpeningTimes(twentyfourseven=True),
        charging_when_closed=True,
        energy_mix=EnergyMix(is_green_energy=True),
        external_ids={"ochp.location": f"{operator.compact} 1"},
    )


def _connector() -> Connector:
    return Connector(
        id="1",
        standard=k.ConnectorType.IEC_62196_T2,
        format=k.ConnectorFormat.SOCKET,
        power_type=k.PowerType.AC_3_PHASE,
        max_voltage_v=Decimal(230),
        max_amperage_a=Decimal(32),
        max_power_kw=Decimal(22),
    )


def _equipped(location: Location) -> Location:
    """The chargers as the platform knows them beyond their ids."""
    evses = tuple(
        replace(
            evse,
            status=k.EvseStatus.AVAILABLE,
            capabilities=(k.Capability.RFID_READER, k.Capability.REMOTE_START_STOP_CAPABLE),
            authentication_methods=(
                k.AuthenticationMethod.RFID_MIFARE_CLASSIC,
                k.AuthenticationMethod.RFID_MIFARE_DESFIRE,
                k.AuthenticationMethod.REMOTE,
            ),
            payment_options=(k.PaymentOption.CONTRACT,),
            access=k.Access.FREE,
            calibration_law=k.CalibrationLaw.NOT_AVAILABLE,
            hub_compatible=True,
            dynamic_info=k.DynamicInfo.TRUE,
            station_names=location.names,
            max_power_kw=Decimal(22),
        )
        for evse in location.evses
    )
    return replace(location, evses=evses)


def cdr_of(session: SessionIds, evse: EvseId, place: Location, energy: str = "12.345") -> Cdr:
    """A finished hour and a half of charging at a price per kWh; `session` as the hub and we call it."""
    zone = timezone(timedelta(hours=1))
    end = datetime.now(UTC).astimezone(zone).replace(microsecond=0) - timedelta(minutes=1)
    begin = end - timedelta(minutes=90)
    kwh, price = Decimal(energy), Decimal("0.40")
    cost = (kwh * price).quantize(Decimal("0.0001"))
    period = ChargingPeriod(
        start=begin, end=end, dimensions=(CdrDimension(type=Dimension.ENERGY, volume=kwh),), item_price=price, cost=cost
    )
    party = evse.party or NLLON
    return Cdr(
        id=f"{party.compact}{begin:%Y%m%d%H%M%S}{(session.cpo or session.hub or '')[-6:].upper().replace('-', '')}",
        session=session,
        status=CdrStatus.NEW,
        nature=CdrNature.FINAL,
        operator=party,
        evse=evse,
        token=CARD,
        auth_method=AuthMethod.AUTH_REQUEST,
        start=begin,
        end=end,
        charging_start=begin,
        charging_end=end,
        place=replace(place, evses=tuple(one for one in place.evses if one.evse_id == evse)),
        meter_start_kwh=Decimal("100.000"),
        meter_end_kwh=Decimal("100.000") + kwh,
        energy_kwh=kwh,
        energy_known=True,
        periods=(period,),
        product_id="AC3",
        currency="EUR",
        total_cost=Price(excl_vat=cost),
        rated=True,
    )


@dataclass
class Scene:
    """Everything that runs while the story is played."""

    folder: Path
    platform: Platform = field(default_factory=Platform)
    locations: tuple[Location, ...] = ()
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _simulators: dict[str, str] = field(default_factory=dict)
    _client: PartnerClient = field(default_factory=PartnerClient)

    gateway: Gateway = field(init=False)
    url: str = ""

    async def __aenter__(self) -> Self:
        front = _Front()
        hosted = await self._stack.enter_async_context(Hosted(front))
        self.url = hosted.url
        for hub in HUBS:
            partners = {
                "partners": [{"id": "NL*LON", "role": "CPO", "operators": ["NL*LON", "DE*LON"], "name": "Lon Charging"}]
            }
            simulation = simulation_of(hub, world(partners, partner_url=f"{self.url}/{hub}"))
            running = await self._stack.enter_async_context(Hosted(simulation.application()))
            self._simulators[hub] = running.url
        known = connections(parsed({"connections": {hub: self._section(hub) for hub in HUBS}}))
        database = Database(f"sqlite:///{self.folder / 'demo.sqlite'}")
        self.gateway = Gateway(known, self.platform, database=database, first_wait_seconds=0.1)
        front.app = application(self.gateway, manage=False)
        await self._stack.enter_async_context(self.gateway)
        self.locations = await self._built()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()
        await self._stack.aclose()

    def _section(self, hub: str) -> Mapping[str, Any]:
        base = self._simulators[hub]
        urls = {"service": f"{base}/service", "live": f"{base}/live", "direct": f"{base}/direct"}
        return {
            "hub": hub,
            "role": "CPO",
            "party": "NL*LON",
            "operators": OPERATORS,
            "urls": urls if hub == "eclearing" else {"": base},
            "credentials": {"username": "demo", "password": "demo"},
            "insecure_loopback": True,
        }

    async def _built(self) -> tuple[Location, ...]:
        """Two locations, two chargers each; the EVSE ids come from the location's operator."""
        register = self.gateway.locations
        plans = (
            _location(NLLON, "Amsterdam", street="Lange Kade", house_number="10", postal_code="1011 AB", country="NLD"),
            _location(DELON, "Berlin", street="Lange Allee", house_number="7", postal_code="10829", country="DEU"),
        )
        built = []
        for plan in plans:
            await register.create(plan)
            for point in ("1", "2"):
                await register.add_evse(plan.id or "", "1111", point, connectors=[_connector()])
            found = await register.get(plan.id or "")
            built.append(await register.update(_equipped(found or plan)))
        return tuple(built)

    async def ask_simulator(self, hub: str, path: str, body: bytes = b"{}", method: str = "POST") -> bytes:
        request = HttpRequest(method=method, path=f"/_simulator/{path}", body=body)
        reply = await self._client.call(self._simulators[hub], request)
        return reply.body


class _Front:
    """The gateway's address is needed before the gateway is: this forwards to the application once there is one."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)
