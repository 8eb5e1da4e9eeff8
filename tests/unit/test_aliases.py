"""Aliases of session ids: stable, 36 characters, never for what fits, and given back for the name they stand for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.aliases import LONGEST, alias_of, aliased, is_alias_of, joined
from gateway.context import Context
from gateway.findings import Severity
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.session import Session, SessionIds
from gateway.ports import Written
from gateway.sessions import SessionRegister, new_session
from gateway.store import Database
from gateway.workbench import decode, translate
from gateway_emip import adapter, forms
from tests.adapters.emip_values import CDR, LON, NOON, SESSION

NAMES = st.text(min_size=1, max_size=300)


@given(NAMES)
def test_a_name_that_fits_has_none_and_every_other_has_one_of_36(name: str) -> None:
    alias = alias_of(name)
    assert (alias is None) is (len(name) <= LONGEST)
    if alias is not None:
        assert len(alias) == LONGEST
        assert alias == alias_of(name)
        assert is_alias_of(alias, name)


def test_an_alias_is_the_same_in_every_process_and_version() -> None:
    name = "IOP-SID-GIR-V-SIM01-6f1c2b0a-9d3e-4f57-8a61-0b1c2d3e4f50"
    assert alias_of(name) == "51186d09-8207-54b0-bbb1-7ded1a1fe197"


@given(NAMES, NAMES)
def test_a_name_is_no_alias_of_another(one: str, other: str) -> None:
    assert not is_alias_of(one, other)
    assert not is_alias_of(None, other)


def test_an_alias_gives_way_to_the_name_it_stands_for() -> None:
    known, asked = SessionIds(hub=SESSION, cpo="LON-1"), SessionIds(hub=alias_of(SESSION), emsp="E-1")
    whole = SessionIds(hub=SESSION, cpo="LON-1", emsp="E-1")
    assert joined(asked, known) == joined(known, asked) == whole
    assert joined(SessionIds(hub="other"), known) == SessionIds(hub="other", cpo="LON-1")


def test_ids_are_aliased_wherever_they_stand_and_nothing_else() -> None:
    long, short = SessionIds(hub=SESSION, cpo="LON-1"), SessionIds(hub=alias_of(SESSION), cpo="LON-1")
    cdr = Cdr(id=SESSION, session=long)
    assert aliased(m.SubmitCdr(cdr=cdr), 36) == m.SubmitCdr(cdr=replace(cdr, session=short))
    event = m.ReportEvent(session=Session(id=SESSION, ids=long))
    assert aliased(event, 36) == m.ReportEvent(session=Session(id=SESSION, ids=short))
    assert aliased(m.StopSession(session=long), 60) == m.StopSession(session=long)
    batch = m.SubmitCdrs(cdrs=(cdr, Cdr()))
    assert aliased(batch, 36).cdrs == (replace(cdr, session=short), Cdr())


async def test_the_register_finds_a_session_by_its_alias_at_its_connection_only() -> None:
    database = Database()
    database.migrate()
    register = SessionRegister(database)
    for name in ("gireve", "other"):
        hub = SESSION if name == "gireve" else SESSION.replace("SIM01", "SIM02")
        await register.record(new_session(name, SessionIds(hub=hub, cpo="LON-1")), NOON)
    found = await register.find("gireve", SessionIds(hub=alias_of(SESSION)))
    assert found is not None
    assert found.ids.hub == SESSION
    assert await register.find("other", SessionIds(hub=alias_of(SESSION))) is None
    completed = await register.complete("gireve", Cdr(session=SessionIds(hub=alias_of(SESSION))), NOON)
    assert completed.session == SessionIds(hub=SESSION, cpo="LON-1")


@pytest.mark.parametrize("length", [36, 250, 251])
def test_a_translation_aliases_what_the_other_hub_has_no_room_for(length: int) -> None:
    name = "C" * length
    cdr = replace(CDR, session=SessionIds(hub=SESSION, cpo=name))
    model = forms.CDR.write(m.SubmitCdr(partner=LON, operator=LON, cdr=cdr))
    body = adapter.render(Written(forms.CDR, model), None)
    context = Context(session=SessionIds(hub="7052df91-3a1b-4cf2-9a5b-0a1b2c3d4e5f"))
    found = translate(decode("emip", body), "oicp", context)
    assert [one for one in found.findings if one.severity is Severity.ERROR] == []
    ((_, written),) = found.documents
    told = [(one.value, one.becomes) for one in found.losses if one.source.endswith("session.cpo")]
    assert told == ([(name, alias_of(name))] if length > 250 else [])
    assert (alias_of(name) or name if length > 250 else name).encode() in written
