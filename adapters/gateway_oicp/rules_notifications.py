"""Rules of the charging notifications (OICP 2.3, CPO and EMP books: eRoamingChargingNotifications)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gateway.findings import Severity
from gateway.wire.declared import Rule
from gateway_oicp.rules import IMPLAUSIBLE, Broken

if TYPE_CHECKING:
    from gateway_oicp import wire

_TIMES = (
    ("SessionStart", "session_start"),
    ("ChargingStart", "charging_start"),
    ("EventOccurred", "event_occurred"),
    ("ChargingEnd", "charging_end"),
    ("SessionEnd", "session_end"),
)
_TOLERANCE = timedelta(seconds=60)
_TOO_SHORT = 10
NO_NEGATIVE_DURATION = Rule(IMPLAUSIBLE, lambda value: "is negative" if value < 0 else None)


def without_blanks(text: str) -> tuple[str, str | None]:
    """`Connector Error`, as the sample of the EMP book has it."""
    whole = "".join(text.split())
    return (text, None) if whole == text else (whole, "a blank inside the word was removed")


def times_in_order(model: Any) -> Iterator[Broken]:
    """SessionStart ≤ ChargingStart ≤ EventOccurred or ChargingEnd ≤ SessionEnd, as far as they are told."""
    told = ((name, getattr(model, attribute, None)) for name, attribute in _TIMES)
    known: list[tuple[str, datetime]] = [(name, moment) for name, moment in told if moment is not None]
    for (before, early), (after, late) in pairwise(known):
        if late < early:
            yield f"/{after}", Severity.ERROR, IMPLAUSIBLE, f"{after} is before {before}"


def progress_of_something(model: "wire.ChargingNotificationProgress") -> Iterator[Broken]:
    """Progress: ChargingDuration or ConsumedEnergyProgress is mandatory."""
    if model.charging_duration is None and model.consumed_energy_progress is None:
        text = "a progress tells ChargingDuration or ConsumedEnergyProgress"
        yield "/ChargingDuration", Severity.ERROR, "missing", text


def duration_in_milliseconds(model: "wire.ChargingNotificationProgress") -> Iterator[Broken]:
    """Progress: ChargingDuration is in milliseconds, which the sample of both books gets wrong by ten."""
    start, at, milliseconds = model.charging_start, model.event_occurred, model.charging_duration
    if start is None or at is None or milliseconds is None or at <= start:
        return
    passed = (at - start) // timedelta(milliseconds=1)
    if milliseconds > passed + _TOLERANCE // timedelta(milliseconds=1):
        text = f"{milliseconds} ms of charging, but only {passed} ms have passed since ChargingStart"
        yield "/ChargingDuration", Severity.WARNING, IMPLAUSIBLE, text
    elif milliseconds > 0 and milliseconds * _TOO_SHORT <= passed:
        text = f"{milliseconds} is in milliseconds; {passed} ms have passed since ChargingStart"
        yield "/ChargingDuration", Severity.WARNING, IMPLAUSIBLE, text


def penalty_after_charging(model: "wire.ChargingNotificationEnd") -> Iterator[Broken]:
    """End: PenaltyTimeStart is where the grace period after the charging ends."""
    penalty = model.penalty_time_start
    if penalty is None:
        return
    if model.session_start is not None and penalty <= model.session_start:
        yield "/PenaltyTimeStart", Severity.WARNING, IMPLAUSIBLE, "the penalty begins with the session"
    elif model.charging_end is not None and penalty < model.charging_end:
        yield "/PenaltyTimeStart", Severity.WARNING, IMPLAUSIBLE, "the penalty begins before ChargingEnd"
