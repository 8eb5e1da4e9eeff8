"""Scenarios of OCHPdirect: registration, sessions at the hub's test operator, and those that an operator serves."""

from collections.abc import Sequence

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.session import SessionEventKind
from gateway.scenario import CPO, EMP, Act, Scenario, Step
from gateway_ochp import wire
from gateway_ochp.scenarios import acts
from gateway_ochp.scenarios import direct_acts as direct


def cpo(title: str, act: Act, expected: str = wire.OK, elsewhere: tuple[str, ...] = ()) -> Step:
    return Step(title, CPO, act, expected, elsewhere=elsewhere, reached=True)


def emp(title: str, act: Act, expected: str = wire.OK, elsewhere: tuple[str, ...] = ()) -> Step:
    return Step(title, EMP, act, expected, elsewhere=elsewhere, reached=True)


START, CHANGE, END, FINISH = (
    SessionEventKind.START, SessionEventKind.CHANGE, SessionEventKind.END, SessionEventKind.SETTLED,
)  # fmt: skip
_PARTNERS = (emp("The endpoints of partners", direct.register),)
_BOTH = (
    emp("The provider registers", direct.register),
    cpo("The operator registers", direct.register),
    emp("The provider looks for the operator", direct.fetch),
)
_AT_PARTNER, _AT_OURS = direct.partner_evse, direct.own_evse

DIRECT_SCENARIOS: Sequence[Scenario] = (
    Scenario(
        "direct-registration", "Endpoints and tokens of the day, uploaded and fetched", Role.EMSP,
        (
            cpo("An operator uploads today's and tomorrow's", direct.upload),
            emp("A provider uploads today's and tomorrow's", direct.upload),
            cpo("The operator fetches those of its partners", direct.fetch),
            emp("The provider fetches those of its partners", direct.fetch),
        ),
    ),
    Scenario(
        "direct-session", "A session at the test operator, from the selection to the CDR", Role.EMSP,
        (
            *_PARTNERS,
            emp("The EVSE is selected", direct.select(_AT_PARTNER)),
            emp("Charging starts", direct.told(START, direct.start)),
            emp("How does it stand?", direct.look),
            emp("It ends, and the EVSE is released", direct.told(END, direct.stop)),
            Step("The CDR waits for the provider", EMP, direct.told_before(FINISH, direct.bill), wire.OK, reached=True),
            Step("The provider approves it", EMP, acts.settle(approved=True), wire.OK, reached=True),
        ),
    ),
    Scenario(
        "direct-change", "Other limits for a running session, not all of which can be kept", Role.EMSP,
        (
            *_PARTNERS,
            emp("The EVSE is selected", direct.select(_AT_PARTNER)),
            emp("Charging starts", direct.told(START, direct.start)),
            emp("Less power, and a departure", direct.told(CHANGE, direct.change), wire.PARTLY, (wire.OK,)),
            emp("It ends", direct.told(FINISH, direct.stop)),
        ),
    ),
    Scenario(
        "direct-release", "A reservation that is given back", Role.EMSP,
        (
            *_PARTNERS,
            emp("The EVSE is reserved for ten minutes", direct.select(_AT_PARTNER, minutes=10)),
            emp("It is released", direct.release),
            emp("There is no such session any more", direct.release, wire.INVALID_ID),
        ),
    ),
    Scenario(
        "direct-refused", "EVSEs that cannot be selected", Role.EMSP,
        (
            *_PARTNERS,
            emp("One that nobody knows", direct.select(direct.nobodys, good=False), wire.NOT_FOUND),
            emp("One without OCHPdirect", direct.select(direct.deaf, good=False), wire.NOT_SUPPORTED,
                (wire.NOT_FOUND,)),
        ),
    ),
    Scenario(
        "direct-status", "The status of an EVSE, from its operator", Role.EMSP,
        (*_PARTNERS, emp("Is it free?", direct.status(_AT_PARTNER))),
    ),
    Scenario(
        "discrepancy", "Something is not as it was published", Role.EMSP,
        (*_PARTNERS, emp("The operator is told", direct.discrepancy(_AT_PARTNER))),
    ),
    Scenario(
        "served-session", "A session that the operator serves", Role.CPO,
        (
            *_BOTH,
            emp("The EVSE is selected", direct.heard(m.ReserveEvse, direct.select(_AT_OURS, minutes=10))),
            emp("Charging starts", direct.heard(m.StartSession, direct.start)),
            cpo("The operator tells that it has", direct.tell(START)),
            emp("Other limits", direct.heard(m.ChangeSession, direct.change)),
            emp("How does it stand?", direct.heard(m.FetchSession, direct.look)),
            emp("It ends, and the EVSE is released", direct.heard(m.StopSession, direct.stop)),
            cpo("The operator tells that it has", direct.tell(END)),
        ),
    ),
    Scenario(
        "served-release", "A reservation that is given back", Role.CPO,
        (
            *_BOTH,
            emp("The EVSE is selected", direct.heard(m.ReserveEvse, direct.select(_AT_OURS))),
            emp("It is released", direct.heard(m.CancelReservation, direct.release)),
            emp("There is no such session any more", direct.release, wire.INVALID_ID),
        ),
    ),
    Scenario(
        "served-questions", "Statuses and discrepancies, asked of the operator", Role.CPO,
        (
            *_BOTH,
            emp("Is it free?", direct.heard(m.FetchStatuses, direct.status(_AT_OURS))),
            emp("Something is not as published", direct.heard(m.ReportDiscrepancy, direct.discrepancy(_AT_OURS))),
        ),
    ),
)  # fmt: skip
