"""Messages on the bench: read, written again, translated, explained. What the command line prints, as a library."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.aliases import LONGEST, aliased
from gateway.aliases import without_hub_sessions as without_hub_sessions
from gateway.canonical import leaves, to_json
from gateway.connections import adapters
from gateway.context import Context, filled
from gateway.errors import Undecodable
from gateway.fields import FieldRow, field_table, generic, losses, unread, without_extensions
from gateway.findings import Finding, Loss, LossKind, Severity, errors
from gateway.ports import Adapter, Written
from gateway.translation import AnyForm
from gateway.wire import decode_document, document, findings
from gateway.wire.kept import differences
from gateway.wire.xml import Element, local_name, with_prefix

NOT_SPOKEN = {"ocpi": "OCPI is not spoken yet"}


@dataclass(frozen=True)
class Reading:
    """A message that was read: its form, its meaning, and everything that was noticed."""

    adapter: Adapter
    form: AnyForm
    document: Any
    value: Any
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        return bool(errors(list(self.findings)))

    def extensions(self) -> Mapping[str, Any]:
        """Everything that only this protocol understands, by its pointer into the message."""
        written = document(self.form.write_plain(without_extensions(self.value)))
        return {
            place.pointer: {name: member for name, member in to_json(place).items() if name != "pointer"}
            for place in differences(self.document, written)
        }

    def report(self) -> dict[str, Any]:
        """The JSON object that `decode` prints."""
        kept = self.extensions()
        return {
            "protocol": self.adapter.name,
            "message": self.form.name,
            "direction": self.form.direction,
            "sent_by": self.form.sent_by.value,
            "canonical": to_json(without_extensions(self.value)),
            "findings": [to_json(finding) for finding in self.findings],
            "extensions": {self.adapter.name: kept} if kept else {},
        }


def adapter_of(protocol: str) -> Adapter:
    """Raises Undecodable for a protocol that is not spoken."""
    known = adapters()
    if protocol not in known:
        raise Undecodable(NOT_SPOKEN.get(protocol, f"unknown protocol {protocol!r}; known are {', '.join(known)}"))
    return known[protocol]


def decode(protocol: str, body: bytes, name: str = "", *, strict: bool = False) -> Reading:
    """Reads one message; `name` is the operation or a file's name, where the message does not name itself.

    Raises Undecodable. With `strict` every repair is an error.
    """
    adapter = adapter_of(protocol)
    found = adapter.identify(body, name)
    decoded = decode_document(found.form.wire, found.document)
    noticed = tuple(_strict(finding) if strict else finding for finding in (*found.noticed, *decoded.findings))
    return Reading(adapter, found.form, found.document, found.form.read(decoded.model), noticed)


def _strict(finding: Finding) -> Finding:
    repaired = finding.code in ("repaired", "misspelled")
    return replace(finding, severity=Severity.ERROR) if repaired else finding


def recode(reading: Reading) -> bytes:
    """The message written again from its meaning, in the same protocol and with the same namespace prefix."""
    model = reading.form.write(reading.value)
    if isinstance(reading.document, Element):
        model.put(verbatim=with_prefix(document(model), reading.document.prefix or ""))
    return reading.adapter.render(Written(reading.form, model), None)


@dataclass(frozen=True)
class Translated:
    """Another hub's message(s) for the same meaning, and what they cannot carry."""

    documents: tuple[tuple[str, bytes], ...]
    losses: tuple[Loss, ...]
    findings: tuple[Finding, ...]
    """Of the written messages; an error here means that nothing was written."""
    noticed: tuple[Finding, ...] = ()
    """Of the message that was read."""

    def report(self) -> dict[str, Any]:
        """The JSON loss report."""
        return {
            "messages": [label for label, _ in self.documents],
            "losses": [to_json(loss) for loss in self.losses],
            "findings": [to_json(finding) for finding in (*self.findings, *self.noticed)],
        }


def translate(reading: Reading, target: str, context: Context | None = None) -> Translated:
    """Writes the meaning of a message for another hub. No document where something mandatory is missing.

    A mandatory field that neither the message nor the context gives is an error finding `needs-context`.
    """
    source = reading.adapter.name
    value = reading.value if source == target else without_hub_sessions(reading.value)
    full = filled(value, context or Context())
    short, translated = aliased(full, LONGEST), translate_value(full, target)
    left = (*unread(reading.value, source), *_sessions_left(reading.value, value, source))
    if short != full and any(finding.code == "too-long" for finding in translated.findings):
        left, translated = (*left, *_aliases(full, short)), translate_value(short, target)
    noticed = tuple(_of_source(finding, source) for finding in reading.findings)
    return replace(translated, losses=(*left, *translated.losses), noticed=noticed)


def _sessions_left(before: Any, after: Any, source: str) -> list[Loss]:
    gone = leaves(before).items() - leaves(after).items()
    reason = f"the session id of one hub ({source}) means nothing to another"
    return [Loss(LossKind.DROPPED, path, "", value, None, reason) for path, value in sorted(gone)]


def _aliases(before: Any, after: Any) -> list[Loss]:
    """Session ids that the target has not the room for: a stable alias stands for each, nothing is cut."""
    told, text = leaves(before), "the other hub allows fewer characters; the alias is the same each time"
    news = sorted(leaves(after).items() - told.items())
    return [Loss(LossKind.NARROWED, path, "", told[path], alias, text) for path, alias in news]


def translate_value(value: Any, target: str) -> Translated:
    """Writes a canonical message or answer for a hub; documents, losses and findings as `translate` gives them."""
    adapter = adapter_of(target)
    write = adapter.writes.get(type(value))
    if write is None:
        text = f"{adapter.title} has no message for {type(value).__name__}"
        return Translated((), (), (Finding("", Severity.ERROR, "no-message", text),))
    written = write(without_extensions(value))
    broken = tuple(
        _of_target(finding, number, len(written))
        for number, part in enumerate(written, 1)
        for finding in findings(part.model)
    )
    lost = tuple(_lost(adapter, value, written))
    if errors(list(broken)):
        return Translated((), lost, broken)
    return Translated(tuple((part.form.label, adapter.render(part, None)) for part in written), lost, broken)


def _of_source(finding: Finding, source: str) -> Finding:
    return replace(finding, text=f"in the {source} message: {finding.text}")


def _of_target(finding: Finding, number: int, count: int) -> Finding:
    which = f" (message {number} of {count})" if count > 1 else ""
    if finding.code != "missing" or finding.severity is not Severity.ERROR:
        return replace(finding, text=finding.text + which)
    text = f"{finding.text}; neither the message nor the context gives it{which}"
    return replace(finding, code="needs-context", text=text)


def _lost(adapter: Adapter, value: Any, written: Sequence[Written]) -> list[Loss]:
    if not written:
        return [
            Loss(LossKind.DROPPED, path, "", leaf, None, f"{adapter.title} sends nothing for it")
            for path, leaf in leaves(value).items()
        ]
    again = [decode_document(part.form.wire, document(part.model)).model for part in written]
    back = written[0].form.read_plain(again[0])
    if adapter.reread is not None and len(written) > 1:
        back = adapter.reread(again, value)
    table = _batched(_table(adapter, written[0].form)) if hasattr(value, "cdrs") else _table(adapter, written[0].form)
    return [*losses(_like(value, back), back, table, adapter.crosswalks), *_constants(table, again[0])]


def _like(value: Any, back: Any) -> Any:
    """The value in the shape that was read back: one CDR where a batch was asked for, or the other way."""
    if type(value) is type(back):
        return value
    cdrs = getattr(value, "cdrs", None) or (getattr(value, "cdr", None),)
    common = {name: getattr(value, name) for name in ("transaction", "partner", "operator", "provider")}
    return type(back)(**common, **({"cdrs": cdrs} if hasattr(back, "cdrs") else {"cdr": cdrs[0]}))


def _table(adapter: Adapter, form: AnyForm) -> Sequence[FieldRow]:
    return field_table(adapter.name, form.fields, adapter.tables) if form.fields else ()


def _batched(table: Sequence[FieldRow]) -> Sequence[FieldRow]:
    """The table of one CDR's message, for several of them."""
    return [replace(row, canonical=re.sub(r"^cdr\.", "cdrs.*.", row.canonical)) for row in table]


def _constants(table: Sequence[FieldRow], model: Any) -> list[Loss]:
    """Places that we fill by ourselves, whatever the message says."""
    present = wire_leaves(document(model))
    return [
        Loss(LossKind.DEFAULTED, "", row.wire, None, present[row.wire], row.note)
        for row in table
        if not row.canonical and row.wire in present
    ]


def wire_leaves(tree: Any, pointer: str = "") -> dict[str, Any]:
    """Every leaf of a wire document by its pointer, places in lists as `*` (JSON) or left out (XML)."""
    if isinstance(tree, Element):
        return _xml_leaves(tree, f"{pointer}/{local_name(tree)}")
    members: dict[str, Any] = {}
    if isinstance(tree, dict):
        for key, member in tree.items():
            members |= wire_leaves(member, f"{pointer}/{key}")
    elif isinstance(tree, list):
        for member in tree:
            members |= wire_leaves(member, f"{pointer}/*")
    elif tree is not None:
        members[pointer] = tree
    return members


def _xml_leaves(element: Element, pointer: str) -> dict[str, Any]:
    found: dict[str, Any] = {f"{pointer}/@{name}": value for name, value in element.attrib.items()}
    children = [child for child in element if isinstance(child.tag, str)]
    for child in children:
        found |= _xml_leaves(child, f"{pointer}/{local_name(child)}")
    if not children and (element.text or "").strip():
        found[pointer] = (element.text or "").strip()
    return found


@dataclass(frozen=True)
class Explained:
    """One line of the side-by-side view. `fields` has the place of the same meaning in every protocol."""

    meaning: str
    canonical: str
    value: Any
    fields: Mapping[str, tuple[str, ...]]


def explain(reading: Reading) -> list[Explained]:
    """The message beside every protocol: meaning, canonical field, value, and where each protocol has it."""
    places = {name: _places(adapter, reading) for name, adapter in adapters().items()}
    return [
        Explained(
            meaning_of(path),
            path,
            to_json(value),
            {name: tuple(table.get(_plain_path(path), ())) for name, table in places.items()},
        )
        for path, value in leaves(without_extensions(reading.value)).items()
    ]


def _plain_path(path: str) -> str:
    return generic(path).replace("cdrs.*.", "cdr.")


def _places(adapter: Adapter, reading: Reading) -> dict[str, list[str]]:
    """Canonical path → places, of the form of this protocol that carries the same kind of message."""
    kinds = {
        type(reading.value).__name__,
        type(reading.value).__name__ + "s",
        type(reading.value).__name__.removesuffix("s"),
    }
    forms = [form for form in adapter.forms if form.canonical.__name__ in kinds and form.fields]
    own = [form for form in forms if form is reading.form]
    found: dict[str, list[str]] = {}
    for form in (own or forms)[:1]:
        for row in _table(adapter, form):
            if row.canonical and row.wire:
                found.setdefault(_plain_path(row.canonical), []).append(row.wire)
    return found


def meaning_of(path: str) -> str:
    """A path in words: `cdr.energy_kwh` is "cdr: energy kwh"."""
    head, _, tail = path.partition(".")
    words = " ".join(part for part in tail.replace("_", " ").split(".") if not part.isdigit())
    return f"{head.replace('_', ' ')}: {words}" if words else head.replace("_", " ")
