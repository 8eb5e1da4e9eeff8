"""Recognises an OICP document. Its JSON does not name itself: a name or a file's name does.

Charging notifications alone say what they are, by `Type`; at their one address nothing else does.
"""

from pathlib import PurePath
from typing import Any

from gateway.errors import Undecodable
from gateway.ports import Identified
from gateway.translation import AnyForm
from gateway.wire import parsed
from gateway.wire.json import not_utf8
from gateway_oicp.forms import FORMS, NOTIFICATIONS, NOTIFY


def identify(body: bytes, name: str) -> Identified:
    """`name` is a message (`AuthorizeStart.response`) or begins with one (`AuthorizeStart.request.json`).

    The longest fit counts, case does not. Raises Undecodable with the names that there are.
    """
    wanted = _singular(PurePath(name).name.lower().removeprefix("eroaming"))
    fitting = [form for form in FORMS if _begins(wanted, form.label.lower())]
    if not fitting and _begins(wanted, NOTIFICATIONS.lower()):
        fitting = [NOTIFY["Start"]]
    if not fitting:
        known = ", ".join(form.label for form in FORMS)
        what = f"{name!r} names no message of OICP" if name else "OICP documents do not name themselves"
        raise Undecodable(f"{what}; the messages are {known}")
    form = max(fitting, key=lambda one: len(one.label))
    document = parsed(form.wire, body)
    if not isinstance(document, dict):
        raise Undecodable(f"{form.label} is a JSON object")
    return Identified(_by_type(form, document), document, tuple(not_utf8(body)))


def _singular(wanted: str) -> str:
    """Hubject's own name of the operation is `ChargingNotifications`."""
    plural, one = f"{NOTIFICATIONS.lower()}s", NOTIFICATIONS.lower()
    return one + wanted.removeprefix(plural) if _begins(wanted, plural) else wanted


def _by_type(form: AnyForm, document: dict[str, Any]) -> AnyForm:
    return NOTIFY.get(str(document.get("Type")), form) if form in NOTIFY.values() else form


def _begins(wanted: str, label: str) -> bool:
    """At the border of a word: `PullEvseStatusByID` is not `PullEvseStatus`."""
    return wanted.startswith(label) and not wanted[len(label) : len(label) + 1].isalnum()
