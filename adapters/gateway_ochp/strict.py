"""What goes out is the schema's to the letter (inventory e: a tolerant reader, a strict writer).

A record that was received keeps what only OCHP understands, and gets it back when it is sent to OCHP again. Where that
breaks the schema - a word that it lacks, an element in the wrong place - the record goes out as its meaning alone.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from gateway.findings import Finding, errors
from gateway.ports import Connection
from gateway.tables import remembered
from gateway.wire import WireModel, decode, decode_document, encode, findings, slots
from gateway.wire.alike import reads_back
from gateway.wire.xml import Element, local_name, write_xml
from gateway_ochp import wire
from gateway_ochp.profile import PERMISSIONS, setting
from gateway_ochp.versions import Release
from gateway_ochp.wire import tokens
from gateway_ochp.wire.words import PERMISSIONS as PERMITTED

OF_THE_SCHEMA = frozenset(
    {
        "assumed", "choice", "combination", "malformed", "missing", "misspelled", "out-of-range", "pattern", "repaired",
        "repeated", "too-long", "too-many", "too-short", "unknown-member", "unknown-value",
    }
)  # fmt: skip
"""Codes of findings that the schema, or the rule of what may be sent, would not have."""
_TAG = re.compile(r"<[^<>]*>")


def strict(model: WireModel) -> WireModel:
    """`model`, restored parts that the schema has no room for taken back."""
    if model.verbatim is not None:
        if _is_clean(type(model), model.verbatim):
            return model
        model.put(verbatim=None)
    values = model.__dict__
    for name, is_many in _parts(type(model)):
        value = values[name]
        for part in value if is_many else (value,):
            if part is not None and not part.shared:
                strict(part)
    return model


@remembered
def _parts(kind: type[WireModel]) -> Sequence[tuple[str, bool]]:
    """Fields that are models, and which of them are lists."""
    return [(slot.name, slot.many) for slot in slots(kind) if slot.model is not None]


def faults(model: WireModel, place: str | None = None) -> Sequence[Finding]:
    """The errors that a reader would find in `model` as it goes out, restored parts included; none is the rule."""
    if reads_back(model) and not findings(model):
        return ()
    decoded = decode(type(model), encode(model))
    return errors(decoded.findings if place is None else [*decoded.noticed, *findings(decoded.model, place)])


def _is_clean(kind: type[WireModel], element: Element) -> bool:
    """The representation of a token is always written, though the schema has a default (inventory a.12)."""
    if any(token.get("representation") is None for token in element.iter("{*}EmtId", "{*}emtId")):
        return False
    found = decode_document(kind, element).findings
    return not any(one.code in OF_THE_SCHEMA for one in found) and _is_in_order(kind, element)


def _is_in_order(kind: type[WireModel], element: Element) -> bool:
    """Reading takes any order; the schema is a sequence everywhere."""
    declared = {slot.alias: (place, slot.model) for place, slot in enumerate(slots(kind))}
    found = [(child, *declared[name]) for child in element if (name := local_name(child)) in declared]
    if any(one[1] > other[1] for one, other in pairwise(found)):
        return False
    return all(model is None or _is_in_order(model, child) for child, _, model in found)


# --- releases ----------------------------------------------------------------------------------------------------

_PERMITTED: dict[type[WireModel], type[tokens.PermittedListRequest]] = {
    wire.SetRoamingAuthorisationListRequest: tokens.SetPermittedListRequest,
    wire.UpdateRoamingAuthorisationListRequest: tokens.UpdatePermittedListRequest,
}


def released(model: WireModel, release: Release, connection: Connection) -> WireModel:
    """`model` with what `release` demands beside 1.4."""
    kind = _PERMITTED.get(type(model)) if release.has_permissions else None
    if kind is None or not isinstance(model, wire.TokenListRequest):
        return model
    usual = tuple(str(word) for word in setting(connection, PERMISSIONS))
    infos = model.roaming_authorisation_info_array
    return kind(roaming_authorisation_info_array=tuple(_permitted(info, usual) for info in infos))


def _permitted(info: wire.RoamingAuthorisationInfo, usual: tuple[str, ...]) -> tokens.PermittedAuthorisationInfo:
    """Its own permissions, if it was received with any, else the usual ones."""
    told: Iterable[str] = ()
    if info.verbatim is not None:
        told = decode_document(tokens.PermittedAuthorisationInfo, info.verbatim).model.permissions
    return tokens.PermittedAuthorisationInfo(
        emt_id=info.emt_id,
        contract_id=info.contract_id,
        permissions=tuple(word for word in told if word in PERMITTED) or usual,
        printed_number=info.printed_number,
        expiry_date=info.expiry_date,
    )


def written_in(model: WireModel, release: Release, prefix: str) -> str:
    """The XML of `model`, in the namespace of `release`."""
    text = write_xml(model, prefix)
    if release.namespace == wire.NAMESPACE:
        return text
    ours, theirs = f'"{wire.NAMESPACE}"', f'"{release.namespace}"'
    return _TAG.sub(lambda tag: tag[0].replace(ours, theirs), text)
