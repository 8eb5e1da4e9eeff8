"""What the settings know of an operator, for the fields that a hub demands and a place does not say itself."""

from dataclasses import replace
from typing import Any

from gateway.model import messages as m
from gateway.model.common import BusinessDetails
from gateway.model.ids import PartyId
from gateway.model.location import EnergyMix, Evse, Location, OpeningTimes
from gateway.model.party import Operator, PlaceFacts
from gateway.ports import Connection

_OF_EVSE = (
    "access",
    "authentication_methods",
    "payment_options",
    "value_added_services",
    "calibration_law",
    "hub_compatible",
    "dynamic_info",
)


def completed(message: m.Message[Any], connection: Connection) -> m.Message[Any]:
    """The message with what the operator's settings know: its name, and of each place what it does not say itself."""
    account = connection.operator(connection.party)
    name = account.name if account else None
    if isinstance(message, m.PublishEvses):
        places = tuple(_completed(place, connection) for place in message.locations)
        return replace(message, operator_name=message.operator_name or name, locations=places)
    if isinstance(message, m.PublishStatuses):
        return replace(message, operator_name=message.operator_name or name)
    return message


def _completed(location: Location, connection: Connection) -> Location:
    first = next((evse.evse_id.party for evse in location.evses if evse.evse_id), None)
    party = location.operator or first
    operator = connection.operator(party) or connection.operator(connection.party)
    if operator is None:
        return location
    return _of_suboperator(_with_facts(location, operator), party, operator, connection)


def _with_facts(location: Location, operator: Operator) -> Location:
    facts = operator.places
    hotline = location.hotline or operator.hotline
    if facts == PlaceFacts():
        return location if hotline == location.hotline else replace(location, hotline=hotline)
    return replace(
        location,
        hotline=hotline,
        opening_times=_opening_times(location.opening_times, facts),
        energy_mix=_energy_mix(location.energy_mix, facts),
        evses=tuple(_evse(evse, facts) for evse in location.evses),
    )


def _opening_times(times: OpeningTimes | None, facts: PlaceFacts) -> OpeningTimes | None:
    known = times is not None and (times.twentyfourseven is not None or times.regular)
    if known or facts.always_open is not True:
        return times
    return replace(times or OpeningTimes(), twentyfourseven=True)


def _energy_mix(mix: EnergyMix | None, facts: PlaceFacts) -> EnergyMix | None:
    if facts.renewable_energy is None or (mix is not None and mix.is_green_energy is not None):
        return mix
    return replace(mix or EnergyMix(), is_green_energy=facts.renewable_energy)


def _evse(evse: Evse, facts: PlaceFacts) -> Evse:
    """A list that is empty says nothing, and neither does None."""
    missing = {name: getattr(facts, name) for name in _OF_EVSE if getattr(evse, name) in (None, ())}
    return replace(evse, **missing)


def _of_suboperator(
    location: Location, party: PartyId | None, operator: Operator, connection: Connection
) -> Location:  # fmt: skip
    """A place of another operator than the account's names that operator, and the account behind which it stands."""
    if party is None or operator.id != party or party == connection.party:
        return location
    name = BusinessDetails(name=operator.name) if operator.name else None
    evses = tuple(replace(evse, hub_operator=evse.hub_operator or connection.party) for evse in location.evses)
    return replace(location, suboperator=location.suboperator or name, evses=evses)
