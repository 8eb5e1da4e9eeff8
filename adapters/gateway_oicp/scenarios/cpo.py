"""The onboarding of an operator."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.model.kinds import EvseStatus
from gateway.model.messages import PushAction
from gateway.model.session import SessionEventKind
from gateway.model.tariff import (
    DefaultPrice,
    PriceComponent,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
)
from gateway.scenario import CPO, EMP, Scenario, Stage, Step
from gateway_oicp.scenarios import acts
from gateway_oicp.scenarios.cast import PRODUCT, car, qr_code

_ENERGY = PriceComponent(type=TariffDimension.ENERGY, price=Decimal("0.45"))


async def _products(stage: Stage) -> None:
    operator = stage.cast.operator
    element = TariffElement(price_components=(_ENERGY,), restrictions=TariffRestrictions(max_power=Decimal(22)))
    tariff = Tariff(id=PRODUCT, currency="EUR", operator=operator, elements=(element,))
    default = DefaultPrice(operator=operator, currency="EUR", component=_ENERGY)
    await stage.send(m.PublishTariffs(action=PushAction.REPLACE_ALL, tariffs=(tariff,), defaults=(default,)))


async def _assignments(stage: Stage) -> None:
    one = m.EvseTariffs(evse=stage.cast.evse, operator=stage.cast.operator, tariff_ids=(PRODUCT,))
    await stage.send(m.PublishEvseTariffs(action=PushAction.REPLACE_ALL, assignments=(one,)))


async def _foreign_end(stage: Stage) -> None:
    ids = replace(stage.kept["session"], hub="00000000-0000-4000-8000-000000000000")
    await stage.send(m.AuthorizeStop(token=stage.cast.card, evse=stage.cast.evse, session=ids))


_AVAILABLE, _CHARGING = EvseStatus.AVAILABLE, EvseStatus.CHARGING
_NO_ADDRESS = ("320",)
"""The provider takes no notifications, which says nothing about the session."""
_LOAD = Step("A full load of both EVSEs", CPO, acts.push(PushAction.REPLACE_ALL, "evse", "second"), confirm=True)

CPO_SCENARIOS: Sequence[Scenario] = (
    Scenario(
        "evse-data", "EVSE data: full load, insert, update, delete", Role.CPO,
        (
            Step("A full load of one EVSE", CPO, acts.push(PushAction.REPLACE_ALL, "evse"), confirm=True),
            Step("Another EVSE is inserted", CPO, acts.push(PushAction.INSERT, "second")),
            Step("The same is inserted again", CPO, acts.push(PushAction.INSERT, "second"), "009"),
            Step("Its name changes", CPO, acts.push(PushAction.UPDATE, "second", name="Scenario two")),
            Step("It is deleted", CPO, acts.push(PushAction.DELETE, "second")),
            Step("What is not there is updated", CPO, acts.push(PushAction.UPDATE, "second"), "009"),
        ),
    ),
    Scenario(
        "evse-status", "EVSE status: full load, changes, an EVSE without data", Role.CPO,
        (
            Step("A full load of one EVSE", CPO, acts.push(PushAction.REPLACE_ALL, "evse"), confirm=True),
            Step("A full load of its status", CPO,
                 acts.statuses(PushAction.REPLACE_ALL, _AVAILABLE, "evse"), confirm=True),
            Step("It is in use", CPO, acts.statuses(PushAction.UPDATE, _CHARGING, "evse")),
            Step("A status of an EVSE without data", CPO,
                 acts.statuses(PushAction.UPDATE, _AVAILABLE, "second"), "603"),
        ),
    ),
    Scenario(
        "authorise-card", "A card starts and stops a session; one record closes it", Role.CPO,
        (
            Step("The card starts", CPO, acts.authorise("card")),
            Step("A session that nobody knows is stopped", CPO, _foreign_end, "400"),
            Step("The card stops", CPO, acts.stop_by("card")),
            Step("The record", CPO, acts.cdr_heard("card")),
            Step("The record once more", CPO, acts.cdr("card"), "400"),
            Step("The card stops the closed session", CPO, acts.stop_by("card"), "400"),
        ),
    ),
    Scenario(
        "authorise-unknown", "A card that nobody knows", Role.CPO,
        (Step("The card is refused", CPO, acts.refused("stranger"), "102"),),
    ),
    Scenario(
        "authorise-other-medium", "A driver stops with another medium than the one of the start", Role.CPO,
        (
            Step("The card starts", CPO, acts.authorise("card")),
            Step("A stranger's card stops", CPO, acts.stop_by("stranger"), "602"),
            Step("Another card of the driver stops", CPO, acts.stop_by("other", asks=True), elsewhere=("602",)),
            Step("The record", CPO, acts.cdr_heard("card")),
        ),
    ),
    Scenario(
        "authorise-qr-code", "A QR code with a PIN", Role.CPO,
        (
            Step("The code starts", CPO, acts.authorise("contract", qr_code)),
            Step("The record", CPO, acts.cdr_heard("contract", car)),
        ),
    ),
    Scenario(
        "authorise-plug-and-charge", "A car that names its contract", Role.CPO,
        (
            Step("The car starts", CPO, acts.authorise("contract", car)),
            Step("The car stops", CPO, acts.stop_by("contract", car)),
            Step("The record", CPO, acts.cdr_heard("contract", car)),
        ),
    ),
    Scenario(
        "remote", "Remote start and stop, served by the operator", Role.CPO,
        (
            _LOAD,
            Step("A provider starts", EMP, acts.remote_start),
            Step("It stops", EMP, acts.remote_stop_heard),
            Step("The record", CPO, acts.cdr_heard("contract")),
            Step("It stops the closed session", EMP, acts.remote_stop, "400"),
        ),
    ),
    Scenario(
        "reservation", "A reservation, its end and its record", Role.CPO,
        (
            Step("A provider reserves", EMP, acts.reserve),
            Step("It ends the reservation", EMP, acts.cancel),
            Step("The record of the reservation", CPO, acts.cdr_heard("contract", energy="0.000")),
        ),
    ),
    Scenario(
        "notifications", "Charging notifications, as far as to the provider", Role.CPO,
        (
            Step("The card starts", CPO, acts.authorise("card")),
            Step("Charging has started", CPO, acts.notify_heard(SessionEventKind.START), elsewhere=_NO_ADDRESS),
            Step("It goes on", CPO, acts.notify_heard(SessionEventKind.PROGRESS), elsewhere=_NO_ADDRESS),
            Step("It goes on, too soon", CPO, acts.notify(SessionEventKind.PROGRESS), "022"),
            Step("An error", CPO, acts.notify_heard(SessionEventKind.ERROR, error="ConnectorError"),
                 elsewhere=_NO_ADDRESS),
            Step("Charging has ended", CPO, acts.notify_heard(SessionEventKind.END), elsewhere=_NO_ADDRESS),
            Step("The record", CPO, acts.cdr_heard("card")),
            Step("A notification of the closed session", CPO, acts.notify(SessionEventKind.START), "400"),
        ),
    ),
    Scenario(
        "pricing", "Dynamic pricing: products, and which of them an EVSE has", Role.CPO,
        (
            _LOAD,
            Step("The products", CPO, _products, confirm=True),
            Step("The products of an EVSE", CPO, _assignments, confirm=True),
        ),
    ),
)  # fmt: skip
