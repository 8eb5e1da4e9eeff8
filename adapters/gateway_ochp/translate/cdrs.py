"""CDRInfo ↔ Cdr (crosswalk 2.12, inventory a.8). Nobody's money is made up on the way."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.exact import product
from gateway.model.cdr import Cdr, CdrStatus
from gateway.model.common import Price
from gateway.model.ids import ContractId, EvseId
from gateway.model.location import Connector, Evse, Location
from gateway.model.messages import CdrReference
from gateway.model.metering import Dimension
from gateway.model.session import AuthMethod, SessionIds
from gateway.model.token import Token, TokenType
from gateway.translation import Form
from gateway_ochp import rules, wire
from gateway_ochp.fitting import cut, fits, operator_prefix, shortened, write_contract_id, write_evse_id
from gateway_ochp.translate.connectors import read_connector, write_connectors, write_current, write_ratings
from gateway_ochp.translate.older import address_of
from gateway_ochp.translate.periods import is_rated, read_costs, read_periods, volume, write_periods
from gateway_ochp.translate.places import read_address, write_address
from gateway_ochp.translate.tokens import read_emt_id, write_emt_id
from gateway_ochp.words import CDR_STATUS, PROTOCOL, STANDARD

LONGEST_ID = 36
LONGEST_DURATION = timedelta(hours=1000)
LOCAL_MEANS = (TokenType.RFID, TokenType.EMAID)
REMOTE_MEANS = (TokenType.APP_USER, TokenType.AD_HOC_USER)


def read_cdr(info: wire.CdrInfo) -> Cdr:
    evse = EvseId.read(info.evse_id)
    contract = ContractId.read(info.contract_id)
    token = _read_token(info, contract)
    remote = token.type is TokenType.APP_USER
    periods = read_periods(info.charging_periods)
    energy = volume(periods, Dimension.ENERGY)
    return Cdr(
        id=info.cdr_id,
        session=SessionIds(hub=info.emt_id.instance) if remote and info.emt_id is not None else SessionIds(),
        status=CDR_STATUS.read(info.status),
        operator=evse.party if evse is not None else None,
        provider=contract.party if contract is not None else None,
        evse=evse,
        token=token,
        auth_method=AuthMethod.COMMAND if remote else AuthMethod.WHITELIST if token.type in LOCAL_MEANS else None,
        start=info.start_date_time,
        end=info.end_date_time,
        duration=info.duration,
        place=_read_place(info, evse),
        meter_id=info.meter_id,
        energy_kwh=energy,
        energy_known=energy is not None,
        total_parking_hours=volume(periods, Dimension.PARKING_TIME),
        periods=periods,
        currency=info.currency,
        total_cost=None if info.total_cost is None else Price(excl_vat=info.total_cost),
        costs=read_costs(periods),
        rated=is_rated(info),
    )


def _read_token(info: wire.CdrInfo, contract: ContractId | None) -> Token:
    """A remote token's instance names the session; the user is the contract (crosswalk 4, "uid for remote users")."""
    shown = read_emt_id(info.emt_id)
    remote = shown.type is TokenType.APP_USER
    return Token(
        uid=info.contract_id if remote else shown.uid,
        type=shown.type,
        contract_id=contract,
        technology=shown.technology,
        hashed_by=shown.hashed_by,
        provider=contract.party if contract is not None else None,
    )


def _read_place(info: wire.CdrInfo, evse: EvseId | None) -> Location:
    plug, ratings = info.connector_type, info.ratings
    kinds = [STANDARD.read(plug.connector_standard)] if plug is not None else []
    voltage = ratings.nominal_voltage if ratings is not None else None
    snapshot = Evse(
        evse_id=evse,
        connectors=() if plug is None else (read_connector(plug, info.charge_point_type, ratings, kinds),),
        max_power_kw=ratings.maximum_power if ratings is not None else None,
        guaranteed_power_kw=ratings.guaranteed_power if ratings is not None else None,
        nominal_voltage_v=None if voltage is None else Decimal(voltage),
    )
    return Location(address=read_address(address_of(info)), evses=(snapshot,))


def write_cdr(cdr: Cdr) -> wire.CdrInfo:
    """What is mandatory and unknown stays out, and is reported as missing."""
    snapshot = _snapshot(cdr)
    return wire.CdrInfo(
        cdr_id=write_cdr_id(cdr),
        evse_id=write_evse_id(cdr.evse),
        emt_id=_write_token(cdr),
        contract_id=write_contract_id(cdr.token.contract_id if cdr.token is not None else None),
        status=CDR_STATUS.write(cdr.status or CdrStatus.NEW),
        start_date_time=at_place(cdr.start, cdr),
        end_date_time=at_place(cdr.end, cdr),
        duration=_write_duration(cdr),
        charge_point_address=write_address(cdr.place.address) if cdr.place is not None else None,
        charge_point_type=write_current(snapshot.connectors),
        connector_type=next(iter(write_connectors(snapshot.connectors, operator_prefix(cdr.evse))), None),
        ratings=write_ratings(snapshot),
        meter_id=cut(cdr.meter_id, 20) or None,
        charging_periods=write_periods(cdr, lambda moment: at_place(moment, cdr)),
        total_cost=cdr.total_cost.excl_vat if cdr.total_cost is not None else None,
        currency=cdr.currency,
    )


def _snapshot(cdr: Cdr) -> Evse:
    """The EVSE and the one connector of the place, as they were at the start."""
    evse = next(iter(cdr.place.evses), Evse()) if cdr.place is not None else Evse()
    return evse if len(evse.connectors) <= 1 else _with_connectors(evse, evse.connectors[:1])


def _with_connectors(evse: Evse, connectors: tuple[Connector, ...]) -> Evse:
    return Evse(
        connectors=connectors,
        max_power_kw=evse.max_power_kw,
        guaranteed_power_kw=evse.guaranteed_power_kw,
        nominal_voltage_v=evse.nominal_voltage_v,
    )


def _write_token(cdr: Cdr) -> wire.EmtId | None:
    if cdr.token is None:
        return None
    written = write_emt_id(cdr.token)
    if cdr.token.type in REMOTE_MEANS:
        written.instance = cdr.session.hub or cdr.session.cpo or written.instance
    return written


def _write_duration(cdr: Cdr) -> timedelta | None:
    """Three digits of hours; longer is left out, it is optional."""
    hours = cdr.total_time_hours
    counted = None if hours is None else timedelta(seconds=round(product(hours, 3600)))
    told = cdr.duration if cdr.duration is not None else counted
    return told if told is not None and timedelta() <= told < LONGEST_DURATION else None


def at_place(moment: datetime | None, cdr: Cdr) -> datetime | None:
    """OCHP wants the wall clock of the place: where its zone is known, a time is put into it, else it stays as told."""
    zone = _zone(cdr.place.time_zone if cdr.place is not None else None)
    return moment if moment is None or zone is None else moment.astimezone(zone)


def _zone(name: str | None) -> ZoneInfo | None:
    """None for what is no zone of the IANA database."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def write_cdr_id(cdr: Cdr) -> str | None:
    """The id itself where it is one of OCHP's; else the operator's five characters, what can be kept of it, a digest.

    The digest is of the whole: two ids that differ in a hyphen or in capitals never become one CDR at the hub.
    """
    prefix = operator_prefix(cdr.evse)
    if cdr.id is not None and fits(rules.CDR_ID, cdr.id) and cdr.id.startswith(prefix):
        return cdr.id
    session = cdr.session.hub or cdr.session.cpo or cdr.session.emsp
    if cdr.id is None and session is None:
        return None
    named, seed = (cdr.id, cdr.id) if cdr.id is not None else (str(session), f"session {session}")
    bare = re.sub(r"[^0-9A-Z]", "", named.upper()).removeprefix(prefix)
    return prefix + shortened(bare, LONGEST_ID - len(prefix), seed=seed)


def cdr_name(cdr: Cdr) -> CdrReference:
    """What the clearing house knows a CDR of ours by: the id that is sent, and the EVSE as it is spelled there."""
    return CdrReference(cdr_id=write_cdr_id(cdr), evse=EvseId.read(write_evse_id(cdr.evse)))


CDR = Form(PROTOCOL, wire.CdrInfo, Cdr, read_cdr, write_cdr)
