"""Scenarios of an operator: statuses, local start, what a provider asks, events, records."""

from collections.abc import Sequence

from gateway.model.cdr import CdrNature
from gateway.model.common import Role
from gateway.model.kinds import EvseStatus
from gateway.model.messages import Allowed, PlaceLevel, SessionAction
from gateway.model.session import SessionEventKind
from gateway.scenario import CPO, EMP, Act, Scenario, Step
from gateway_emip.scenarios import acts
from gateway_emip.scenarios.cast import CONNECTOR, POOL, STATION
from gateway_emip.words import (
    DUPLICATE,
    NO_CONTRACT,
    NO_SUCH_NATURE,
    NOT_A_PARTY,
    NOT_TAKEN,
    OK,
    UNKNOWN_PLACE,
    UNKNOWN_PROVIDER,
    UNKNOWN_SESSION,
)

NO_EVENTS = (NOT_TAKEN,)
"""The provider of the test platform takes no events, which says nothing about the account."""


def cpo(title: str, act: Act, expected: str = OK, *, also: tuple[str, ...] = (), additional: bool = False) -> Step:
    return Step(title, CPO, act, expected, elsewhere=also, additional=additional)


def emp(title: str, act: Act, expected: str = OK, *, also: tuple[str, ...] = (), additional: bool = False) -> Step:
    return Step(title, EMP, act, expected, elsewhere=also, additional=additional)


_FINAL, _INTERMEDIATE = CdrNature.FINAL, CdrNature.INTERMEDIATE
_SHOWN = cpo("A card that its provider allows", acts.show("card", Allowed.ALLOWED))
_STARTED = emp("A provider starts a session", acts.start())
_BEGUN = cpo("Charging has begun", acts.tell(SessionEventKind.START), also=NO_EVENTS)
_OVER = cpo("Charging is over", acts.tell(SessionEventKind.END), also=NO_EVENTS)
_BILLED = cpo("The final record", acts.hand_in(_FINAL))

CPO_SCENARIOS: Sequence[Scenario] = (
    Scenario(
        "heartbeat", "The heartbeat, and that of an additional operator", Role.CPO,
        (
            cpo("The main operator", acts.heartbeat()),
            cpo("Another operator of the connection", acts.heartbeat(additional=True), additional=True),
        ),
    ),
    Scenario(
        "evse-status", "Availability and busy status of an EVSE, one call each", Role.CPO,
        (
            cpo("Available", acts.status(EvseStatus.AVAILABLE)),
            cpo("Charging", acts.status(EvseStatus.CHARGING)),
            cpo("Reserved", acts.status(EvseStatus.RESERVED)),
            cpo("Out of order", acts.status(EvseStatus.OUTOFORDER)),
            cpo("An EVSE that was never declared", acts.unknown_evse, UNKNOWN_PLACE),
        ),
    ),
    Scenario(
        "synthetic-status", "Both dimensions in one call", Role.CPO,
        (
            cpo("Charging", acts.synthetic(EvseStatus.CHARGING)),
            cpo("Planned: availability alone", acts.synthetic(EvseStatus.PLANNED)),
        ),
    ),
    Scenario(
        "place-availability", "Availability of a pool, a station, a connector", Role.CPO,
        (
            cpo("A pool", acts.available(PlaceLevel.POOL, POOL), also=(UNKNOWN_PLACE,)),
            cpo("A station", acts.available(PlaceLevel.STATION, STATION), also=(UNKNOWN_PLACE,)),
            cpo("A connector", acts.available(PlaceLevel.CONNECTOR, CONNECTOR), also=(UNKNOWN_PLACE,)),
            cpo("A pool that was never declared", acts.available(PlaceLevel.POOL, "P9999"), UNKNOWN_PLACE),
        ),
    ),
    Scenario(
        "local-start", "A card at the EVSE, from the start to the record", Role.CPO,
        (_SHOWN, _BEGUN, _OVER, _BILLED),
    ),
    Scenario(
        "refused-card", "Cards that are refused, each for its reason", Role.CPO,
        (
            cpo("Of a provider that nobody knows", acts.show("stranger", Allowed.UNKNOWN_TOKEN), UNKNOWN_PROVIDER),
            cpo("Of a provider without a contract", acts.show("uploaded", Allowed.NOT_ALLOWED), NO_CONTRACT,
                also=(UNKNOWN_PROVIDER,)),
            cpo("That its provider has blocked", acts.show("other", Allowed.NOT_ALLOWED), also=(UNKNOWN_PROVIDER,)),
        ),
    ),
    Scenario(
        "remote-start", "A provider starts, the operator tells and bills", Role.CPO,
        (_STARTED, _BEGUN, _OVER, _BILLED),
    ),
    Scenario(
        "remote-stop", "A provider stops what it has started", Role.CPO,
        (_STARTED, emp("It stops it", acts.ask(SessionAction.STOP)), _OVER, _BILLED),
    ),
    Scenario(
        "suspend-restart", "A session is suspended and goes on", Role.CPO,
        (
            _STARTED,
            emp("It is suspended", acts.ask(SessionAction.SUSPEND), also=(NO_SUCH_NATURE,)),
            cpo("Charging is suspended", acts.tell(SessionEventKind.SUSPEND), also=NO_EVENTS),
            emp("It goes on", acts.ask(SessionAction.RESTART), also=(NO_SUCH_NATURE,)),
            _BEGUN,
        ),
    ),
    Scenario(
        "emergency-stop", "The emergency stop, asked for and reported", Role.CPO,
        (
            _STARTED,
            emp("The provider asks for it", acts.ask(SessionAction.EMERGENCY_STOP)),
            cpo("The operator reports it", acts.tell(SessionEventKind.EMERGENCY_STOP), also=NO_EVENTS),
        ),
    ),
    Scenario(
        "events", "Events of a session that a card has started", Role.CPO,
        (
            _SHOWN,
            _BEGUN,
            cpo("Charging is suspended", acts.tell(SessionEventKind.SUSPEND), also=NO_EVENTS),
            _OVER,
            cpo("Of a session that nobody knows", acts.tell_of_nobody, UNKNOWN_SESSION),
        ),
    ),
    Scenario(
        "intermediate-and-final-record", "An intermediate record where it is asked for, and the final one", Role.CPO,
        (
            emp("A provider starts a session and wants them", acts.start(intermediate_cdr_requested=True)),
            cpo("An intermediate record", acts.hand_in(_INTERMEDIATE)),
            _BILLED,
            emp("Another session, without", acts.start()),
            cpo("An intermediate record that nobody wants", acts.hand_in(_INTERMEDIATE, arrives=False),
                NO_SUCH_NATURE),
        ),
    ),
    Scenario(
        "duplicate-record", "A final record is taken once", Role.CPO,
        (
            _SHOWN,
            _BILLED,
            cpo("The same again", acts.hand_in(_FINAL, arrives=False), DUPLICATE),
            cpo("One of a session that nobody knows", acts.hand_in_for_nobody, UNKNOWN_SESSION),
        ),
    ),
    Scenario(
        "additional-operator", "Two operators behind one connection", Role.CPO,
        (
            cpo("A card at an EVSE of the second", acts.show("card", Allowed.ALLOWED, "second"), additional=True),
            cpo("Charging has begun there", acts.tell(SessionEventKind.START, "second"), also=NO_EVENTS,
                additional=True),
            cpo("A record under the first", acts.hand_in(_FINAL, arrives=False), NOT_A_PARTY, additional=True),
            cpo("The record under the second", acts.hand_in(_FINAL, "second"), additional=True),
            emp("A provider starts at the second", acts.start("second"), additional=True),
        ),
    ),
)  # fmt: skip
