"""Charging notifications: one operation of the hub, a message for each kind of event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.model import messages as m
from gateway.model.common import Role
from gateway.ports import Written
from gateway.translation import AnyForm
from gateway.wire import WireModel
from gateway_oicp import wire
from gateway_oicp.forms.form import Writes, message_form, one
from gateway_oicp.translate import answers, notifications
from gateway_oicp.words import NOTIFICATION

NOTIFICATIONS = "ChargingNotification"
"""What the names of the four begin with."""


def _told(kind: str, wire_type: type[WireModel], read: Callable[[Any], Any], write: Callable[[Any], Any]) -> AnyForm:
    fields = f"charging_notification_{kind.lower()}"
    return message_form(f"{NOTIFICATIONS}{kind}", fields, (wire_type, m.ReportEvent), (read, write))


def _answered(kind: str) -> AnyForm:
    return message_form(
        f"{NOTIFICATIONS}{kind}.response", "charging_notification_response",
        (wire.Acknowledgement, m.EventReceipt), (answers.read_event_receipt, answers.write_event_receipt), Role.EMSP,
    )  # fmt: skip


NOTIFY: Mapping[str, AnyForm] = {
    "Start": _told("Start", wire.ChargingNotificationStart, notifications.read_start, notifications.write_start),
    "Progress": _told(
        "Progress", wire.ChargingNotificationProgress, notifications.read_progress, notifications.write_progress
    ),
    "End": _told("End", wire.ChargingNotificationEnd, notifications.read_end, notifications.write_end),
    "Error": _told("Error", wire.ChargingNotificationError, notifications.read_error, notifications.write_error),
}
"""By the word of `Type`."""
NOTIFY_ANSWER: Mapping[str, AnyForm] = {kind: _answered(kind) for kind in NOTIFY}

FORMS: Sequence[AnyForm] = tuple(form for kind in NOTIFY for form in (NOTIFY[kind], NOTIFY_ANSWER[kind]))


def notification(message: m.ReportEvent) -> AnyForm | None:
    """The message for an event; None where OICP has none for it."""
    return NOTIFY.get(NOTIFICATION.write(message.event.kind if message.event else None) or "")


def _write(message: m.ReportEvent) -> Sequence[Written]:
    form = notification(message)
    return [Written(form, form.write(message))] if form is not None else []


WRITES: Mapping[type, Writes] = {m.ReportEvent: _write, m.EventReceipt: one(NOTIFY_ANSWER["Start"])}
