"""Tariffs of OCHP: whole values both ways, one tariff for each recipient, and what only one side can say."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from gateway.fields import without_extensions
from gateway.findings import LossKind
from gateway.model import messages as m
from gateway.model.common import LocalText, Price
from gateway.model.ids import EvseId, PartyId
from gateway.model.kinds import ConnectorFormat, ConnectorType
from gateway.model.location import Connector, EnergyMix, Evse, Location
from gateway.model.tariff import (
    PriceComponent,
    ReservationRestriction,
    Tariff,
    TariffDimension,
    TariffElement,
    TariffRestrictions,
    TariffType,
)
from gateway.wire import decode, decode_document, document, encode
from gateway.workbench import translate_value
from gateway_ochp import wire
from gateway_ochp.forms.tariffs import GET_TARIFFS_RESPONSE, UPDATE_TARIFFS, UPDATE_TARIFFS_RESPONSE
from gateway_ochp.translate.locations import write_charge_point
from gateway_ochp.translate.tariff_ids import write_tariff_id
from gateway_ochp.translate.tariff_lists import read_infos, write_infos
from gateway_ochp.translate.tariffs import TARIFF, unsayable
from tests.support import CONFORMANCE, needs_conformance

OPERATOR = PartyId.parse("DE*823")
PROVIDER, OTHER = PartyId.parse("DE-8AA"), PartyId.parse("NL-GWE")
NAMESPACE = "{http://ochp.eu/1.4}"


def asked(kind: str, price: str, step: int | None = None, **more: Any) -> PriceComponent:
    return PriceComponent(type=TariffDimension(kind), price=Decimal(price), step_size=step, **more)


def element(*components: PriceComponent, **restrictions: Any) -> TariffElement:
    told = TariffRestrictions(**restrictions) if restrictions else None
    return TariffElement(price_components=components, restrictions=told)


def tariff(*elements: TariffElement, **more: Any) -> Tariff:
    usual = {"id": "DE823T0001", "currency": "EUR", "type": TariffType.REGULAR, "operator": OPERATOR}
    return Tariff(**{**usual, "elements": elements, **more})


def told(item: str, price: str, step: str = "0", restriction: str = "") -> str:
    return (
        f"<tariffElement><priceComponent><billingItem><BillingItemType>{item}</BillingItemType></billingItem>"
        f"<itemPrice>{price}</itemPrice><stepSize>{step}</stepSize></priceComponent>"
        f"<tariffRestriction>{restriction}</tariffRestriction></tariffElement>"
    )


def individual(*elements: str, recipients: tuple[str, ...] = ()) -> str:
    named = "".join(f"<recipient>{recipient}</recipient>" for recipient in recipients)
    return f"<individualTariff>{''.join(elements)}{named}<currency>EUR</currency></individualTariff>"


def record(*individuals: str, id: str = "DE823T0001") -> etree._Element:
    whole = f'<TariffInfoArray xmlns="http://ochp.eu/1.4"><tariffId>{id}</tariffId>{"".join(individuals)}'
    return etree.fromstring(f"{whole}</TariffInfoArray>")


def read(*elements: str) -> Tariff:
    return TARIFF.read(decode_document(wire.TariffInfo, record(individual(*elements))).model)


def canonical(element: etree._Element) -> bytes:
    """Canonical XML by local names: prefixes do not count."""
    bare = etree.fromstring(etree.tostring(element))
    for part in bare.iter():
        part.tag = etree.QName(part).localname
    etree.cleanup_namespaces(bare)
    return etree.tostring(bare, method="c14n", exclusive=True)


def hours(begin: str, end: str, *days: int) -> str:
    return "".join(
        f'<regularHours weekday="{day}" periodBegin="{begin}" periodEnd="{end}"></regularHours>' for day in days
    )


WEEK = (1, 2, 3, 4, 5, 6, 7)


# --- the published samples ---------------------------------------------------------------------------------------

SAMPLE_ELEMENTS = (
    element(asked("FLAT", "0.5", 1)),
    element(asked("ENERGY", "0.4", 1), max_kwh=Decimal(50), max_power=Decimal(22), max_duration=14400,
            start_date=date(2026, 1, 1), end_date=date(2027, 1, 1)),
    element(asked("TIME", "2", 720), min_power=Decimal(11), weekdays=(1, 2, 3, 4, 5)),
    element(asked("PARKING_TIME", "5", 360), start_time=480, end_time=720),
    element(asked("PARKING_TIME", "5", 360), start_time=810, end_time=1080),
)  # fmt: skip
SAMPLE = tariff(*SAMPLE_ELEMENTS)
SAMPLE_ALONE = tariff(element(asked("ENERGY", "0.35")), provider=PROVIDER)
SAMPLE_RESERVED = tariff(
    element(asked("FLAT", "1", 1), asked("TIME", "2", 900), reservation=ReservationRestriction.RESERVATION),
    element(asked("POWER", "0.1", 1000)),
    id="DE*823*T0002*A",
    currency="CHF",
)


@needs_conformance
def test_the_samples_mean_one_tariff_for_each_recipient() -> None:
    body = (CONFORMANCE / "ochp/samples/UpdateTariffs.request.full.xml").read_bytes()
    (request,) = etree.fromstring(body).iter(f"{NAMESPACE}UpdateTariffsRequest")
    message = UPDATE_TARIFFS.read(decode_document(wire.UpdateTariffsRequest, request).model)
    alone = (SAMPLE_ALONE, replace(SAMPLE_ALONE, provider=OTHER))
    assert message == m.PublishTariffs(tariffs=(SAMPLE, *alone, SAMPLE_RESERVED))
    assert message.extensions == {}


@needs_conformance
def test_the_answer_with_refused_tariffs_names_them() -> None:
    body = (CONFORMANCE / "ochp/samples/UpdateTariffs.response.full.xml").read_bytes()
    (response,) = etree.fromstring(body).iter(f"{NAMESPACE}UpdateTariffsResponse")
    answer = UPDATE_TARIFFS_RESPONSE.read(decode_document(wire.UpdateTariffsResponse, response).model)
    assert (answer.accepted, answer.reason.text) == (False, "No default tariff")
    assert answer.refused == (m.Refusal(uid="DE823T0001"), m.Refusal(uid="DE*823*T0002*A"))
    assert [(one.id, one.provider) for one in answer.refused_tariffs] == [
        ("DE823T0001", None), ("DE823T0001", PROVIDER), ("DE823T0001", OTHER), ("DE*823*T0002*A", None),
    ]  # fmt: skip


# --- one record, many tariffs ------------------------------------------------------------------------------------


def test_each_recipient_has_a_tariff_with_its_own_extensions_and_all_come_together_again() -> None:
    with_extra = told("energy", "0.4").replace("</tariffElement>", "<extra>1</extra></tariffElement>")
    whole = record(
        individual(told("energy", "0.50")),
        individual(with_extra, recipients=("DE8AA", "NLGWE")),
        individual(told("energy", "0.3"), recipients=("DE8BB",)),
    )
    tariffs = read_infos([decode_document(wire.TariffInfo, whole).model])
    assert [(str(one.provider or ""), one.elements[0].price_components[0].price) for one in tariffs] == [
        ("", Decimal("0.50")), ("DE8AA", Decimal("0.4")), ("NLGWE", Decimal("0.4")), ("DE8BB", Decimal("0.3")),
    ]  # fmt: skip
    assert [[place.pointer for place in one.extensions.get("ochp", ())] for one in tariffs] == [
        [], ["/individualTariff[1]/tariffElement[1]/extra[1]"], ["/individualTariff[1]/tariffElement[1]/extra[1]"], [],
    ]  # fmt: skip
    (info,) = write_infos(tariffs)
    assert canonical(document(info)) == canonical(whole)


def test_versions_of_different_spellings_of_an_id_are_one_record_and_equal_ones_share_it() -> None:
    one, other = (tariff(element(asked("ENERGY", "0.4")), id=name) for name in ("DE*823*T1", "de823t1"))
    (info,) = write_infos([one, replace(other, provider=PROVIDER), replace(other, provider=OTHER)])
    assert info.tariff_id == "DE*823*T1"
    assert [each.recipient for each in info.individual_tariff] == [(), ("DE8AA", "NLGWE")]


def test_a_record_without_individual_tariffs_is_read_and_kept() -> None:
    model = decode_document(wire.TariffInfo, record()).model
    (only,) = read_infos([model])
    assert only == tariff(currency=None)
    assert canonical(document(TARIFF.write(only))) == canonical(record())


# --- prices and steps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "item", "step"),
    [
        (asked("ENERGY", "0.39", 1), "energy", "0.001"),
        (asked("ENERGY", "0.39", 1000), "energy", "1"),
        (asked("ENERGY", "0.39"), "energy", "0"),
        (asked("TIME", "1.2", 900), "usagetime", "0.25"),
        (asked("TIME", "1.2", 60), "usagetime", "0.016666667"),
        (asked("TIME", "1.2", 1), "usagetime", "0.000277778"),
        (asked("TIME", "1.2", 86399), "usagetime", "23.999722222"),
        (asked("PARKING_TIME", "3", 360), "parkingtime", "0.1"),
        (asked("FLAT", "0.5", 1), "serviceFee", "1"),
        (asked("POWER", "0.1", 500), "power", "0.5"),
    ],
)
def test_an_item_and_its_step_both_ways(component: PriceComponent, item: str, step: str) -> None:
    value = tariff(element(component))
    written = document(TARIFF.write(value))
    plain = record(individual(told(item, str(component.price), step)))
    assert canonical(written) == canonical(plain)
    assert TARIFF.read(decode_document(wire.TariffInfo, written).model) == value


def test_a_step_that_does_not_divide_is_reported_and_one_that_does_is_not() -> None:
    def found(step: int) -> list[tuple[str, str]]:
        body = encode(TARIFF.write(tariff(element(asked("TIME", "1", step)))))
        return [(one.code, one.text) for one in decode(wire.TariffInfo, body).findings]

    assert found(900) == []
    assert found(60) == [
        ("inexact", "a step of 0.016666667 is no whole number of seconds; it is taken for the nearest")
    ]


@pytest.mark.parametrize(
    ("item", "step", "taken"),
    [("energy", "0.0004", 1), ("energy", "0.0015", 2), ("usagetime", "0.0167", 60), ("serviceFee", "0.0", None)],
)
def test_a_step_of_theirs_is_taken_for_the_nearest_and_goes_back_as_it_came(
    item: str, step: str, taken: int | None
) -> None:
    source = record(individual(told(item, "1", step)))
    value = TARIFF.read(decode_document(wire.TariffInfo, source).model)
    assert value.elements[0].price_components[0].step_size == taken
    assert canonical(document(TARIFF.write(value))) == canonical(source)


def test_a_changed_price_wins_over_what_was_kept() -> None:
    source = record(individual(told("energy", "0.4", "0.0004")))
    value = TARIFF.read(decode_document(wire.TariffInfo, source).model)
    dearer = replace(value, elements=(element(asked("ENERGY", "0.6", 1)),))
    written = document(TARIFF.write(dearer))
    assert canonical(written) == canonical(record(individual(told("energy", "0.6", "0.0004"))))


# --- restrictions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restricted", "restriction"),
    [
        ({"start_time": 480, "end_time": 720, "weekdays": (1, 3)}, hours("08:00", "12:00", 1, 3)),
        ({"weekdays": (6, 7)}, hours("00:00", "24:00", 6, 7)),
        ({"start_time": 0, "end_time": 360}, hours("00:00", "06:00", *WEEK)),
        ({"start_time": 1320, "end_time": 1440}, hours("22:00", "24:00", *WEEK)),
        ({"start_time": 1320, "end_time": 360}, hours("00:00", "06:00", *WEEK) + hours("22:00", "24:00", *WEEK)),
        ({"start_time": 1320, "end_time": 360, "weekdays": (5,)},
         hours("00:00", "06:00", 6) + hours("22:00", "24:00", 5)),
        ({"start_time": 1320, "end_time": 360, "weekdays": (7,)},
         hours("00:00", "06:00", 1) + hours("22:00", "24:00", 7)),
        ({"min_kwh": Decimal(10), "max_kwh": Decimal("20.5")}, "<minEnergy>10</minEnergy><maxEnergy>20.5</maxEnergy>"),
        ({"min_power": Decimal(11), "max_power": Decimal(22)}, "<minPower>11</minPower><maxPower>22</maxPower>"),
        ({"min_duration": 1800, "max_duration": 3600},
         "<minDuration>1800</minDuration><maxDuration>3600</maxDuration>"),
    ],
)  # fmt: skip
def test_a_restriction_both_ways(restricted: dict[str, Any], restriction: str) -> None:
    value = tariff(element(asked("ENERGY", "0.4"), asked("TIME", "1"), **restricted))
    both = (told("energy", "0.4", "0", restriction), told("usagetime", "1", "0", restriction))
    assert canonical(document(TARIFF.write(value))) == canonical(record(individual(*both)))
    assert read(*both) == value


@pytest.mark.parametrize(
    ("restriction", "restricted"),
    [
        (hours("08:00", "23:59", 1), {"start_time": 480, "end_time": 1440, "weekdays": (1,)}),
        (hours("08:00", "00:00", 1), {"start_time": 480, "end_time": 1440, "weekdays": (1,)}),
        (hours("22:00", "06:00", 5), {"start_time": 1320, "end_time": 360, "weekdays": (5,)}),
        ("<minEnergy>0.0</minEnergy>", {}),
        (hours("00:00", "24:00", *WEEK), {}),
    ],
)
def test_other_spellings_of_a_restriction_are_read_and_go_back_as_they_came(
    restriction: str, restricted: dict[str, Any]
) -> None:
    source = record(individual(told("energy", "0.4", "0", restriction)))
    value = TARIFF.read(decode_document(wire.TariffInfo, source).model)
    assert value.elements == (element(asked("ENERGY", "0.4"), **restricted),)
    assert canonical(document(TARIFF.write(value))) == canonical(source)


def test_dates_of_the_whole_tariff_are_moments_and_those_of_an_element_days() -> None:
    start, end = datetime(2026, 3, 1, 10, 30, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    value = tariff(
        element(asked("ENERGY", "0.3"), start_date=date(2026, 6, 1)),
        element(asked("TIME", "1")),
        start=start,
        end=end,
    )
    (written,) = TARIFF.write(value).individual_tariff
    dates = [(one.tariff_restriction.start_date_time, one.tariff_restriction.end_date_time)
             for one in written.tariff_element if one.tariff_restriction]  # fmt: skip
    assert dates == [(datetime(2026, 6, 1, tzinfo=UTC), end), (start, end)]
    assert TARIFF.read(decode_document(wire.TariffInfo, document(TARIFF.write(value))).model) == value


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-01T00:00:00Z", date(2026, 6, 1)),
        ("2026-05-31T22:00:00Z", date(2026, 6, 1)),
        ("2026-06-01T07:00:00Z", date(2026, 6, 1)),
        ("9999-12-31T23:59:59Z", date(9999, 12, 31)),
    ],
)
def test_a_moment_of_an_element_is_the_day_whose_midnight_is_nearest(moment: str, day: date) -> None:
    dated = told("energy", "0.3", "0", f"<startDateTime><DateTime>{moment}</DateTime></startDateTime>")
    source = record(individual(dated, told("usagetime", "1")))
    value = TARIFF.read(decode_document(wire.TariffInfo, source).model)
    assert value.elements[0] == element(asked("ENERGY", "0.3"), start_date=day)
    assert canonical(document(TARIFF.write(value))) == canonical(source)


@pytest.mark.parametrize("name", ["startDateTime", "startDate"])
@pytest.mark.parametrize("date", ["<DateTime>2026-06-01T00:00:00Z</DateTime>", "2026-06-01"])
def test_both_names_of_a_date_and_a_bare_day_are_read(name: str, date: str) -> None:
    value = read(told("energy", "0.3", "0", f"<{name}>{date}</{name}>"))
    assert value.start == datetime(2026, 6, 1, tzinfo=UTC)


# --- order against sum -------------------------------------------------------------------------------------------


def test_what_stands_behind_is_written_for_the_rest_alone() -> None:
    value = tariff(
        element(asked("ENERGY", "0.3"), start_time=1200, end_time=480),
        element(asked("ENERGY", "0.5"), asked("TIME", "1")),
    )
    night = hours("00:00", "08:00", *WEEK) + hours("20:00", "24:00", *WEEK)
    assert canonical(document(TARIFF.write(value))) == canonical(
        record(
            individual(
                told("energy", "0.3", "0", night),
                told("energy", "0.5", "0", hours("08:00", "20:00", *WEEK)),
                told("usagetime", "1"),
            )
        )
    )


def test_more_than_fourteen_hours_are_several_elements() -> None:
    busy = [element(asked("ENERGY", "0.6"), start_time=start, end_time=start + 60) for start in (480, 600, 720)]
    (told_one,) = TARIFF.write(tariff(*busy)).individual_tariff
    counts = [len(one.tariff_restriction.regular_hours) for one in told_one.tariff_element if one.tariff_restriction]
    assert counts == [14, 7]
    back = TARIFF.read(decode_document(wire.TariffInfo, document(TARIFF.write(tariff(*busy)))).model)
    assert back == tariff(*busy)


def test_prices_that_hold_at_the_same_time_are_read_as_their_sum() -> None:
    value = read(
        told("energy", "0.30", "0.001"),
        told("energy", "0.10", "0.001", "<minPower>50</minPower>"),
        told("serviceFee", "1", "1"),
    )
    assert value.elements == (
        element(asked("ENERGY", "0.40", 1), min_power=Decimal(50)),
        element(asked("ENERGY", "0.30", 1), max_power=Decimal(50)),
        element(asked("FLAT", "1", 1)),
    )


def test_more_elements_than_anybody_means_are_not_laid_beside_each_other() -> None:
    many = [told("energy", "0.1", "0", f"<minEnergy>{number}</minEnergy>") for number in range(1, 502)]
    assert read(*many) == tariff()
    asking = element(*(asked("ENERGY", "0.1") for _ in range(501)))
    assert unsayable(tariff(asking)) == "it has too many elements, or they overlap in too many ways"


def test_steps_that_differ_in_a_sum_are_none() -> None:
    value = read(told("energy", "0.30", "0.001"), told("energy", "0.10", "0.5"))
    assert value.elements == (element(asked("ENERGY", "0.40")),)


@pytest.mark.parametrize(
    "unclear",
    [
        told("goodwill", "1"),
        told("energy", "free"),
        told("energy", "0.3", "0", hours("08:00", "soon", 1)),
        told("energy", "0.3", "0", hours("08:00", "08:00", 1)),
        told("energy", "0.3", "0", "<minCurrent>32</minCurrent>"),
        "<tariffElement></tariffElement>",
    ],
)
def test_half_of_a_tariff_is_no_tariff(unclear: str) -> None:
    source = record(individual(told("energy", "0.4"), unclear))
    value = TARIFF.read(decode_document(wire.TariffInfo, source).model)
    assert value == tariff()
    assert canonical(document(TARIFF.write(value))) == canonical(source)


# --- what is lost, and what is not sent --------------------------------------------------------------------------


def test_the_report_names_what_ochp_has_no_place_for() -> None:
    value = tariff(
        element(asked("ENERGY", "0.4", 1, vat=Decimal(19))),
        element(asked("FLAT", "2", 1), reservation=ReservationRestriction.RESERVATION_EXPIRES),
        min_price=Price(excl_vat=Decimal(1)),
        max_price=Price(excl_vat=Decimal(50)),
        alt_text=(LocalText("cheap", "en"),),
        alt_url="https://one.example/",
        energy_mix=EnergyMix(is_green_energy=True),
        operator_name="One",
    )
    report = translate_value(m.PublishTariffs(tariffs=(value,)), "ochp")
    assert {loss.source for loss in report.losses if loss.kind is LossKind.DROPPED} == {
        f"tariffs.0.{name}"
        for name in (
            "elements.0.price_components.0.vat", "elements.1.price_components.0.type", "energy_mix.is_green_energy",
            "elements.1.price_components.0.price", "elements.1.price_components.0.step_size",
            "elements.1.restrictions.reservation", "min_price.excl_vat", "max_price.excl_vat", "alt_text.0.text",
            "alt_text.0.language", "alt_url", "operator_name",
        )
    }  # fmt: skip
    assert all(loss.reason for loss in report.losses)


FEE = asked("FLAT", "1", 1)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (SAMPLE, None),
        (SAMPLE_RESERVED, None),
        (tariff(element(FEE, start_time=1200, end_time=480), element(asked("FLAT", "2"))), None),
        (tariff(element(asked("ENERGY", "1")), min_price=Price(excl_vat=Decimal(5))), None),
        (tariff(), "it has no price"),
        (tariff(element(FEE, reservation=ReservationRestriction.RESERVATION_EXPIRES)), "it has no price"),
        (tariff(element(asked("ENERGY", "1")), type=TariffType.AD_HOC_PAYMENT), "of type AD_HOC_PAYMENT"),
        (tariff(element(asked("ENERGY", "1"), min_current=Decimal(16))), "restricted by current"),
        (tariff(element(FEE, min_kwh=Decimal(5), max_kwh=Decimal(9)), element(asked("FLAT", "2"))), "asked for each"),
        (tariff(*(element(asked("ENERGY", str(n)), min_kwh=Decimal(10 * n), max_kwh=Decimal(10 * n + 5),
                          min_power=Decimal(10 * n), max_power=Decimal(10 * n + 5), min_duration=10 * n,
                          max_duration=10 * n + 5) for n in range(1, 300)), element(asked("ENERGY", "1"))),
         "overlap in too many ways"),
    ],
)  # fmt: skip
def test_what_ochp_cannot_price_is_not_sent(value: Tariff, why: str | None) -> None:
    found = unsayable(value)
    assert found is None if why is None else why in (found or "")


# --- ids ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("DE823T0001", "DE823T0001"),
        ("DE*823*T1*A", "DE*823*T1*A"),
        ("night", "DE823TNIGHT"),
        ("0123456789", "DE823T0123456789"),
        ("ad-hoc", "DE823TAD2R3P2W3L"),
        ("8f7e2c60-52f1-4be8-9a3c-0d1f7b6a9e11", "DE823T8FEZR4UWRC"),
        ("", None),
        (None, None),
    ],
)
def test_an_id_that_does_not_fit_becomes_one_below_the_operator(name: str | None, written: str | None) -> None:
    assert write_tariff_id(name, "DE823") == written


@pytest.mark.parametrize("name", ["DE823T0001", "DE*823*T1*A", "night", "Night", "ad-hoc", "x" * 36])
@pytest.mark.parametrize("operator", [OPERATOR, PartyId.parse("+49*823")])
def test_a_connector_names_the_tariff_as_it_is_published(name: str, operator: PartyId) -> None:
    evse = EvseId.parse("+49*823*1234" if operator.country.startswith("+") else "DE*823*E1234")
    plug = Connector(standard=ConnectorType.CHADEMO, format=ConnectorFormat.CABLE, tariff_ids=(name,))
    info = write_charge_point(Location(evses=(Evse(evse_id=evse, connectors=(plug,)),)))
    published = TARIFF.write(tariff(element(asked("ENERGY", "1")), id=name, operator=operator))
    assert [one.tariff_id for one in info.connectors] == [published.tariff_id]
    assert wire.TariffInfo(tariff_id=published.tariff_id, individual_tariff=published.individual_tariff)
    assert not [one for one in decode(wire.TariffInfo, encode(published)).findings if one.code == "pattern"]


def test_a_list_of_tariffs_is_written_as_it_was_read() -> None:
    answer = m.Tariffs(tariffs=(SAMPLE, SAMPLE_ALONE, SAMPLE_RESERVED))
    body = encode(GET_TARIFFS_RESPONSE.write(without_extensions(answer)))
    back = GET_TARIFFS_RESPONSE.read(decode(wire.GetTariffUpdatesResponse, body).model)
    assert back.tariffs == answer.tariffs
