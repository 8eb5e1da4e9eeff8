from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from gateway.context import Context, filled, merged, place_of
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.location import Address, Evse, Location
from gateway.model.session import SessionIds
from gateway.model.token import Token

NLLON, DELON = PartyId.parse("NL*LON"), PartyId.parse("DE*LON")
ONE, OTHER = EvseId.parse("NL*LON*E1"), EvseId.parse("NL*LON*E2")
PLACE = Location(id="L", address=Address(city="Amsterdam"), evses=(Evse(evse_id=ONE), Evse(evse_id=OTHER)))
AT = datetime(2026, 1, 15, tzinfo=UTC)


def test_a_message_is_completed_only_where_it_is_silent() -> None:
    asked = m.AuthorizeToken(evse=ONE, operator=NLLON, session=SessionIds(cpo="C"))
    context = Context(
        evse=OTHER,
        operator=DELON,
        provider=DELON,
        session=SessionIds(hub="H", cpo="X"),
        token=Token(uid="1"),
        partner=DELON,
    )
    assert filled(asked, context) == m.AuthorizeToken(
        evse=ONE,
        operator=NLLON,
        provider=DELON,
        session=SessionIds(hub="H", cpo="C"),
        token=Token(uid="1"),
        partner=DELON,
    )


def test_an_empty_context_changes_nothing() -> None:
    message = m.SubmitCdr(cdr=Cdr(id="1", energy_kwh=Decimal(0), energy_known=False))
    assert filled(message, Context()) == message


def test_a_cdr_is_completed_leaf_by_leaf_and_zero_and_no_are_answers() -> None:
    cdr = Cdr(id="1", evse=ONE, energy_kwh=Decimal(0), rated=False, total_cost=Price(excl_vat=Decimal("1.20")))
    given = Cdr(
        id="2",
        energy_kwh=Decimal(9),
        rated=True,
        currency="EUR",
        total_cost=Price(excl_vat=Decimal(9), incl_vat=Decimal("1.45")),
    )
    context = Context(cdr=given, locations=(PLACE,), operator=NLLON, session=SessionIds(hub="H"))
    assert filled(m.SubmitCdr(cdr=cdr), context).cdr == replace(
        cdr,
        currency="EUR",
        operator=NLLON,
        session=SessionIds(hub="H"),
        total_cost=Price(excl_vat=Decimal("1.20"), incl_vat=Decimal("1.45")),
        place=replace(PLACE, evses=(Evse(evse_id=ONE),)),
    )


def test_every_cdr_of_a_batch_and_every_status_is_completed() -> None:
    batch = filled(m.SubmitCdrs(cdrs=(Cdr(id="1"), Cdr(id="2", operator=DELON))), Context(operator=NLLON))
    assert [cdr.operator for cdr in batch.cdrs] == [NLLON, DELON]
    push = m.PublishStatuses(statuses=(m.EvseStatusReport(evse=ONE), m.EvseStatusReport(evse=OTHER, operator=DELON)))
    assert filled(push, Context(operator=NLLON, operator_name="Lon", at=AT)).statuses == (
        m.EvseStatusReport(evse=ONE, operator=NLLON, operator_name="Lon", at=AT),
        m.EvseStatusReport(evse=OTHER, operator=DELON, operator_name="Lon", at=AT),
    )


def test_a_place_is_that_of_the_evse_with_this_evse_alone() -> None:
    assert place_of(OTHER, [Location(id="K"), PLACE]) == replace(PLACE, evses=(Evse(evse_id=OTHER),))
    assert place_of(EvseId.parse("nllone2"), [PLACE]) == replace(PLACE, evses=(Evse(evse_id=OTHER),))
    assert place_of(None, [PLACE]) is None
    assert place_of(EvseId.parse("DE*LON*E2"), [PLACE]) is None


def test_an_id_is_never_mixed_from_two() -> None:
    broken = EvseId.read("what?")
    assert merged(broken, ONE) == broken
    assert merged(None, ONE) == ONE
    assert merged((), (1,)) == (1,)
    assert merged((2,), (1,)) == (2,)
