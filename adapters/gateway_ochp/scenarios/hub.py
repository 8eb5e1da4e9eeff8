"""Scenarios at the clearing house: lists, statuses, tariffs, tokens, CDRs."""

from collections.abc import Sequence

from gateway.model.cdr import CdrStatus
from gateway.model.common import Role
from gateway.model.kinds import StaticStatus
from gateway.model.messages import Allowed, PushAction
from gateway.scenario import CPO, EMP, Act, Scenario, Step
from gateway_ochp import wire
from gateway_ochp.scenarios import acts


def cpo(
    title: str, act: Act, expected: str = wire.OK, *, confirm: bool = False, elsewhere: tuple[str, ...] = ()
) -> Step:
    return Step(title, CPO, act, expected, confirm, elsewhere)


def emp(
    title: str, act: Act, expected: str = wire.OK, *, confirm: bool = False, elsewhere: tuple[str, ...] = ()
) -> Step:
    return Step(title, EMP, act, expected, confirm, elsewhere)


_WHOLE, _UPDATE = PushAction.REPLACE_ALL, PushAction.UPDATE
_LIST = cpo("The whole list of two EVSEs", acts.publish(_WHOLE, "evse", "second"), confirm=True)
_EMPTY = (wire.ROAMING,)
"""No partner has anything for the account yet, which is no fault."""
_PRESENTED = (
    cpo("A new CDR", acts.new_cdr),
    emp("It waits for the provider", acts.fetch_cdrs(there=True)),
)
_DECLINED = (
    *_PRESENTED,
    emp("The provider declines it", acts.settle(approved=False)),
    emp("It waits no more", acts.fetch_cdrs(there=False)),
    cpo("The operator finds it declined", acts.check_cdrs(there=True)),
)

HUB_SCENARIOS: Sequence[Scenario] = (
    Scenario(
        "evse-list", "Charge points: the whole list, replaced", Role.CPO,
        (
            _LIST,
            emp("A provider fetches all", acts.fetch_evses("evse", "second")),
            cpo("The whole list of one EVSE", acts.publish(_WHOLE, "evse"), confirm=True),
            emp("A provider fetches all again", acts.fetch_evses("evse")),
        ),
    ),
    Scenario(
        "evse-delta", "Charge points: changes, and one that closes", Role.CPO,
        (
            cpo("Two EVSEs are added or changed", acts.publish(_UPDATE, "evse", "second", name="Scenario two")),
            emp("A provider fetches what has changed", acts.fetch_evses("evse", "second", changes=True)),
            cpo("One closes for ever", acts.publish(_UPDATE, "second", static_status=StaticStatus.CLOSED),
                confirm=True),
            emp("That is a change", acts.fetch_evses("second", changes=True, status=StaticStatus.CLOSED)),
        ),
    ),
    Scenario(
        "evse-pull", "Charge points of partners: all, and since a time", Role.EMSP,
        (
            _LIST,
            emp("All", acts.fetch_evses(), elsewhere=_EMPTY),
            emp("The time is noted, statuses are asked for", acts.mark_and_ask),
            emp("What has changed", acts.fetch_evses(changes=True), elsewhere=_EMPTY),
        ),
    ),
    Scenario(
        "live-status", "Live status with its ttl", Role.CPO,
        (
            _LIST,
            cpo("Charging and available, each with its ttl", acts.statuses),
            emp("A provider fetches them", acts.fetch_statuses),
            emp("And with the parking spots mixed in", acts.fetch_combined),
        ),
    ),
    Scenario(
        "parking", "Status of a parking spot", Role.CPO,
        (
            cpo("A spot is taken", acts.parking),
            emp("A provider fetches it", acts.fetch_parking),
        ),
    ),
    Scenario(
        "tariffs", "Tariffs: for everybody, and for one provider", Role.CPO,
        (
            cpo("A tariff with two prices", acts.tariffs("0.45", "0.39")),
            emp("The provider gets its own", acts.fetch_tariffs("0.39")),
            cpo("It is replaced as a whole", acts.tariffs("0.46", "0.40")),
            emp("That is a change", acts.fetch_tariffs("0.40", changes=True)),
        ),
    ),
    Scenario(
        "tokens", "Tokens: the whole list, and changes", Role.EMSP,
        (
            emp("The whole list of one card", acts.tokens(_WHOLE, "card"), confirm=True),
            cpo("An operator fetches all", acts.fetch_tokens("card")),
            emp("A card is added", acts.tokens(_UPDATE, "uploaded")),
            cpo("An operator fetches what has changed", acts.fetch_tokens("uploaded", changes=True)),
            emp("It is deleted: its validity ends", acts.tokens(PushAction.DELETE, "uploaded")),
            cpo("That is a change", acts.fetch_tokens("uploaded", changes=True)),
            cpo("It is good no more", acts.look_up("uploaded", Allowed.UNKNOWN_TOKEN), wire.INVALID_ID,
                elsewhere=(wire.OK,)),
        ),
    ),
    Scenario(
        "single-authorisation", "One card is looked up in the hub's list", Role.CPO,
        (
            emp("A provider has issued a card", acts.tokens(_UPDATE, "card")),
            cpo("A card of the test provider", acts.look_up("card", Allowed.ALLOWED)),
            cpo("A card that nobody knows", acts.look_up("stranger", Allowed.UNKNOWN_TOKEN), wire.INVALID_ID,
                elsewhere=(wire.OK,)),
        ),
    ),
    Scenario(
        "cdr-accepted", "A CDR that is accepted and approved", Role.CPO,
        (
            *_PRESENTED,
            emp("The provider approves it", acts.settle(approved=True)),
            emp("It waits no more", acts.fetch_cdrs(there=False)),
            cpo("The operator finds it approved", acts.check_cdrs(there=True, status=CdrStatus.APPROVED)),
        ),
    ),
    Scenario(
        "cdr-implausible", "A CDR that stays with its sender", Role.CPO,
        (cpo("Of a contract that nobody has a relation with", acts.strange_cdr, wire.PARTLY),),
    ),
    Scenario(
        "cdr-declined-revised", "A CDR that is declined, corrected and approved", Role.CPO,
        (
            *_DECLINED,
            cpo("It is sent corrected", acts.again(CdrStatus.REVISED)),
            emp("It waits again", acts.fetch_cdrs(there=True)),
            emp("The provider approves it", acts.settle(approved=True)),
            cpo("Nothing is declined any more", acts.check_cdrs(there=False)),
        ),
    ),
    Scenario(
        "cdr-given-up", "A CDR whose claim is given up", Role.CPO,
        (
            *_DECLINED,
            cpo("The claim is given up", acts.again(CdrStatus.REJECTED)),
            emp("The provider finds it given up", acts.fetch_cdrs(there=True, status=CdrStatus.REJECTED)),
            cpo("It cannot be revised any more", acts.again(CdrStatus.REVISED), wire.PARTLY),
        ),
    ),
    Scenario(
        "cdr-pull", "CDRs that wait for the provider", Role.EMSP,
        (emp("They can be asked for as often as one likes", acts.waiting),),
    ),
)  # fmt: skip
