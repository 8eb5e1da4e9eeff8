"""Scenarios of a provider: remote start and what follows, records fetched; what operators send is answered."""

from collections.abc import Sequence

from gateway.model.cdr import CdrNature
from gateway.model.common import Role
from gateway.model.messages import Allowed, SessionAction
from gateway.model.session import SessionEventKind
from gateway.scenario import Scenario
from gateway_emip.scenarios import acts
from gateway_emip.scenarios.cpo import cpo, emp
from gateway_emip.words import NO_SUCH_NATURE, UNKNOWN_OPERATOR, UNKNOWN_SESSION

_STARTED = emp("It starts a session", acts.start())
_ASKED = cpo("An operator asks for a card", acts.show("card", Allowed.ALLOWED))

EMP_SCENARIOS: Sequence[Scenario] = (
    Scenario("provider-heartbeat", "The heartbeat of a provider", Role.EMSP, (emp("A heartbeat", acts.heartbeat()),)),
    Scenario("provider-authorisation", "A card is asked for and allowed", Role.EMSP, (_ASKED,)),
    Scenario(
        "provider-remote-start", "Remote start, with a limit of energy", Role.EMSP,
        (
            emp("With a limit", acts.start(limits=acts.LIMITS)),
            emp("At an EVSE of nobody", acts.strange_start, UNKNOWN_OPERATOR),
        ),
    ),
    Scenario(
        "provider-remote-stop", "Remote stop", Role.EMSP,
        (
            _STARTED,
            emp("It stops it", acts.ask(SessionAction.STOP)),
            emp("It stops what nobody knows", acts.ask_of_nobody, UNKNOWN_SESSION),
        ),
    ),
    Scenario(
        "provider-suspend-restart", "A session is suspended and goes on", Role.EMSP,
        (
            _STARTED,
            emp("It suspends it", acts.ask(SessionAction.SUSPEND), also=(NO_SUCH_NATURE,)),
            emp("It lets it go on", acts.ask(SessionAction.RESTART), also=(NO_SUCH_NATURE,)),
        ),
    ),
    Scenario(
        "provider-emergency-stop", "The emergency stop", Role.EMSP,
        (_STARTED, emp("It stops at once", acts.ask(SessionAction.EMERGENCY_STOP))),
    ),
    Scenario(
        "provider-events", "Events of a session arrive", Role.EMSP,
        (
            _STARTED,
            cpo("Charging has begun", acts.tell(SessionEventKind.START)),
            cpo("Charging is over", acts.tell(SessionEventKind.END)),
        ),
    ),
    Scenario(
        "provider-records", "Intermediate and final records arrive", Role.EMSP,
        (
            emp("It starts a session and wants both", acts.start(intermediate_cdr_requested=True)),
            cpo("An intermediate record", acts.hand_in(CdrNature.INTERMEDIATE)),
            cpo("The final record", acts.hand_in(CdrNature.FINAL)),
        ),
    ),
    Scenario(
        "fetch-record", "A record is fetched (how IOP answers is assumed)", Role.EMSP,
        (
            _ASKED,
            cpo("Its record is handed in", acts.hand_in(CdrNature.FINAL)),
            emp("The provider fetches it", acts.fetch),
            emp("One of a session that nobody knows", acts.fetch_of_nobody, UNKNOWN_SESSION),
        ),
    ),
)  # fmt: skip
