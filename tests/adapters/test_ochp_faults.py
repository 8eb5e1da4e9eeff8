"""Nothing goes out that a reader would find an error in, whether it is found at a glance or by reading it again."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Invalid
from gateway.findings import Finding, errors
from gateway.wire import decode, decode_document, encode
from gateway.wire.alike import reads_back
from gateway_ochp import wire
from gateway_ochp.documents import identify
from gateway_ochp.strict import faults
from tests.adapters.test_pulling import charge_points


def record() -> wire.ChargePointInfo:
    """As it is written, without what it was read from."""
    read = decode_document(wire.ChargePointInfo, identify(charge_points(1).body).document[1]).model
    return replace(read)


def listed(info: wire.ChargePointInfo) -> wire.SetChargePointListRequest:
    return wire.SetChargePointListRequest(charge_point_info_array=(info,))


def read_again(model: Any) -> list[Finding]:
    return errors(decode(type(model), encode(model)).findings)


def test_what_is_written_well_has_no_faults() -> None:
    model = listed(record())
    assert reads_back(model)
    assert faults(model) == ()
    assert read_again(model) == []


HOURS = wire.RegularHours(weekday=1, period_begin=0, period_end=2000)
CHANGES: dict[str, Callable[[wire.ChargePointInfo], wire.ChargePointInfo]] = {
    "blank": lambda info: replace(info, location_name=" "),
    "empty": lambda info: replace(info, location_name=""),
    "spaces around": lambda info: replace(info, evse_id=f" {info.evse_id} "),
    "too late": lambda info: replace(info, opening_times=wire.Hours(regular_hours=(HOURS,), closed_charging=True)),
    "no number": lambda info: replace(info, ratings=wire.Ratings(maximum_power=Decimal("NaN"))),
    "endless": lambda info: replace(info, ratings=wire.Ratings(maximum_power=Decimal("Infinity"))),
    "nothing in a list": lambda info: replace(info, auth_methods=("",)),
    "no id": lambda info: replace(info, evse_id=None),
    "unknown word": lambda info: replace(info, charge_point_type="MAYBE"),
    "too long": lambda info: replace(info, location_name="x" * 101),
}


@pytest.mark.parametrize("name", CHANGES)
def test_faults_are_those_that_a_reader_finds(name: str) -> None:
    model = listed(CHANGES[name](record()))
    assert list(faults(model)) == read_again(model)


@pytest.mark.parametrize("name", ["too late", "no number", "endless", "no id", "empty", "too long"])
def test_what_the_schema_refuses_is_a_fault(name: str) -> None:
    assert faults(CHANGES[name](record()), "/x")


@given(st.text(max_size=4), st.sampled_from(["location_name", "evse_id", "time_zone", "telephone_number"]))
def test_any_text_has_the_faults_that_a_reader_finds(text: str, name: str) -> None:
    model = listed(replace(record(), **{name: text}))  # type: ignore[arg-type]
    try:
        expected = read_again(model)
    except Invalid:
        return
    assert list(faults(model)) == expected


def test_what_is_remembered_of_a_part_is_of_that_part_alone() -> None:
    shared = wire.Ratings(maximum_power=Decimal(22)).put(shared=True)
    good = listed(replace(record(), ratings=shared))
    assert faults(good) == faults(good) == ()
    bad = wire.Ratings(maximum_power=Decimal("NaN")).put(shared=True)
    worse = listed(replace(record(), ratings=bad))
    assert list(faults(worse)) == list(faults(worse)) == read_again(worse)
