"""Whose name of a session is meant: a directId is unique for each operator only (OCHPdirect 0.2)."""

from typing import Any

from gateway.model.ids import EvseId, PartyId


def operator_named(about: Any) -> str:
    """The operator, compact, that a message, a CDR or a session is about: of its EVSE, else by name; "" for neither."""
    both = about, getattr(about, "session", None)
    evses = [evse.party for one in both if isinstance(evse := getattr(one, "evse", None), EvseId)]
    named = [*evses, *(getattr(one, "operator", None) for one in both)]
    return next((party.compact for party in named if isinstance(party, PartyId)), "")
