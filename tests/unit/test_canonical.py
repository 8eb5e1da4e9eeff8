"""The canonical model as JSON: there and back, by its schema, and strict with what people write."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.canonical import field_types, from_json, leaves, to_json
from gateway.canonical_schema import schema
from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.cdr import Cdr
from gateway.model.common import Extensible, Kept, Price
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.location import Coordinates, Evse, Location
from gateway.model.party import Operator
from gateway.model.session import Session
from gateway.model.token import Token
from tests.fieldmap import Sampler
from tests.support import error_of

IDS = {PartyId: "NL*LON", EvseId: "NL*LON*E1111*11", ContractId: "DE-8EO-CA2B3C4D5-L"}
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=3, minutes=30))])
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(10**6), 10**6),
    bool: st.booleans(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    datetime: st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1), timezones=ZONES),
    date: st.dates(),
    timedelta: st.timedeltas(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a canonical type, by its fields."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return st.none() | values(next(part for part in get_args(kind) if part is not NoneType))
    if origin in (tuple, frozenset):
        return st.lists(values(get_args(kind)[0]), max_size=1).map(origin)
    if origin is not None:
        return st.dictionaries(*map(values, get_args(kind)), max_size=1)
    if kind in IDS:
        return st.sampled_from([kind.parse(IDS[kind]), kind.read("strange"), kind.parse(IDS[kind].lower())])
    if is_dataclass(kind):
        hints = field_types(kind)  # type: ignore[arg-type]
        return st.builds(kind, **{name: values(hint) for name, hint in hints.items() if name != "extensions"})  # type: ignore[arg-type]
    return st.sampled_from(list(kind)) if issubclass(kind, StrEnum) else SCALARS[kind]


MESSAGES = [kind for kind in vars(m).values() if isinstance(kind, type) and issubclass(kind, (m.Message, m.Answer))]
KINDS = {kind.__name__: kind for kind in [*MESSAGES, Cdr, Session, Location, Evse, Token, Operator]}
SMALL = [
    m.AuthorizeToken,
    m.Authorization,
    m.StartSession,
    m.StopSession,
    m.FetchEvses,
    m.CdrReceipt,
    Session,
    Operator,
]
VALIDATOR = Draft202012Validator(schema(KINDS))


def spelled(value: Any) -> dict[str, str]:
    """Every leaf as it prints: ids compare by meaning, here their spelling counts too."""
    return {path: f"{type(leaf).__name__} {leaf!s}" for path, leaf in leaves(value).items()}


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
@given(drawn=st.data())
def test_a_value_survives_the_way_through_json(kind: Any, drawn: Any) -> None:
    value = drawn.draw(values(kind))
    document = json.loads(json.dumps(to_json(value)))
    back = from_json(kind, document)
    assert spelled(back) == spelled(value)
    assert from_json(kind, to_json(back)) == back


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("which", [0, 1])
def test_a_full_value_of_every_kind_survives_and_fits_the_schema(kind: type, which: int) -> None:
    value = Sampler("none", (), which).record(kind)
    document = json.loads(json.dumps(to_json(value)))
    assert from_json(kind, document) == value
    assert spelled(from_json(kind, document)) == spelled(value)
    assert list(VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_an_empty_value_of_every_kind_fits_the_schema(kind: Any) -> None:
    value = kind(id=PartyId("NL", "LON")) if kind is Operator else kind()
    assert list(VALIDATOR.iter_errors(to_json(value))) == []
    assert from_json(kind, to_json(value)) == value


@pytest.mark.parametrize("document", [{"colour": 1}, {"token": {"uid": 1}}, {"evse": {}}, {"cdr": {"energy_kwh": "x"}}])
def test_the_schema_refuses_what_is_not_in_the_model(document: Any) -> None:
    assert list(VALIDATOR.iter_errors(document)) != []


def test_the_schema_is_valid_and_demands_what_has_no_default() -> None:
    Draft202012Validator.check_schema(schema(KINDS))
    assert schema(KINDS)["$defs"]["Coordinates"]["required"] == ["latitude", "longitude"]


def test_values_are_written_plainly() -> None:
    value = m.SubmitCdr(
        cdr=Cdr(
            evse=EvseId.parse("NL*LON*E1111*11"),
            start=datetime(2026, 1, 15, 12, tzinfo=timezone(timedelta(hours=1))),
            energy_kwh=Decimal("1E+1"),
            duration=timedelta(hours=30, minutes=5),
            total_cost=Price(excl_vat=Decimal("6.30")),
            rated=True,
        )
    )
    assert to_json(value) == {
        "cdr": {
            "evse": "NL*LON*E1111*11",
            "start": "2026-01-15T12:00:00+01:00",
            "duration": "PT30H5M0S",
            "energy_kwh": "10",
            "total_cost": {"excl_vat": "6.30"},
            "rated": True,
        }
    }


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(), "PT0H0M0S"),
        (timedelta(hours=1, minutes=1, seconds=29.9), "PT1H1M29.9S"),
        (timedelta(seconds=-1), "-PT0H0M1S"),
        (timedelta(microseconds=-1), "-PT0H0M0.000001S"),
        (timedelta(days=3, microseconds=10), "PT72H0M0.00001S"),
    ],
)
def test_durations_are_exact_iso_8601(duration: timedelta, text: str) -> None:
    assert to_json(Cdr(duration=duration)) == {"duration": text}
    assert from_json(Cdr, {"duration": text}).duration == duration


@given(st.timedeltas())
def test_any_duration_survives_and_fits_the_schema(duration: timedelta) -> None:
    document = to_json(Cdr(duration=duration))
    assert from_json(Cdr, document).duration == duration
    assert list(VALIDATOR.iter_errors(document)) == []


def test_what_is_kept_for_a_protocol_survives_with_exact_numbers() -> None:
    kept = (
        Kept("/a", {"b": [Decimal("0.1"), 1, True, "x"]}, None),
        Kept("/c", None, Decimal("12345678901234567890.5")),
        Kept("/m/x[1]", "<x/>", None, after="a[1]"),
    )
    token = Token(uid="04A2", extensions={"oicp": kept})
    back = from_json(Token, json.loads(json.dumps(to_json(token))))
    assert back.extensions["oicp"][0] == kept[0]
    assert back.extensions["oicp"][2] == kept[2]
    assert Decimal(str(back.extensions["oicp"][1].written)) == kept[1].written


# --- what people write -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "document", "pointer"),
    [
        (m.AuthorizeToken, [], ""),
        (m.AuthorizeToken, "text", ""),
        (m.AuthorizeToken, {"colour": "red"}, "/colour"),
        (m.AuthorizeToken, {"token": []}, "/token"),
        (m.AuthorizeToken, {"token": {"uid": 4711}}, "/token/uid"),
        (m.AuthorizeToken, {"token": {"valid": "false"}}, "/token/valid"),
        (m.AuthorizeToken, {"token": {"type": "rfid"}}, "/token/type"),
        (m.AuthorizeToken, {"evse": 7}, "/evse"),
        (m.AuthorizeToken, {"token": {"expires": "2026-01-15T12:00:00"}}, "/token/expires"),
        (m.AuthorizeToken, {"token": {"expires": "tomorrow"}}, "/token/expires"),
        (m.AuthorizeToken, {"token": {"expires": 7}}, "/token/expires"),
        (m.StartSession, {"reserve_minutes": "15"}, "/reserve_minutes"),
        (m.StartSession, {"reserve_minutes": 1.5}, "/reserve_minutes"),
        (m.StartSession, {"reserve_minutes": True}, "/reserve_minutes"),
        (m.StartSession, {"limits": [{}, {"value": "much"}]}, "/limits/1/value"),
        (m.StartSession, {"limits": {}}, "/limits"),
        (m.SubmitCdr, {"cdr": {"energy_kwh": "NaN"}}, "/cdr/energy_kwh"),
        (m.SubmitCdr, {"cdr": {"energy_kwh": "1e999999"}}, "/cdr/energy_kwh"),
        (m.SubmitCdr, {"cdr": {"energy_kwh": True}}, "/cdr/energy_kwh"),
        (m.SubmitCdr, {"cdr": {"duration": "an hour"}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": 7}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": "PT1H"}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": "PT1H-1M0S"}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": "PT1H0M0.0000001S"}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": f"PT{10**30}H0M0S"}}, "/cdr/duration"),
        (m.SubmitCdr, {"cdr": {"duration": "PT1H0M0S\n"}}, "/cdr/duration"),
        (m.AuthorizeToken, {"token": {"uid": "\ud800"}}, "/token/uid"),
        (m.SubmitCdr, {"cdr": {"place": {"coordinates": {"latitude": "52.1"}}}}, "/cdr/place/coordinates"),
        (m.SubmitCdr, {"cdr": {"place": {"external_ids": []}}}, "/cdr/place/external_ids"),
        (m.SubmitCdr, {"cdr": {"place": {"energy_mix": {"impacts": {"NOISE": "1"}}}}}, "/cdr/place/energy_mix/impacts"),
        (m.SubmitCdr, {"cdr": {"extensions": {"oicp": [{"received": 1}]}}}, "/cdr/extensions/oicp/0"),
    ],
)
def test_a_wrong_document_is_invalid_with_its_place(kind: Any, document: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        from_json(kind, document)
    assert [finding.pointer for finding in caught.value.findings] == [pointer]


def test_numbers_may_be_numbers_and_nothing_may_be_null() -> None:
    document = {"cdr": {"energy_kwh": 1.1, "start": None, "meter_values_kwh": [1, "2.50"]}}
    cdr = from_json(m.SubmitCdr, document).cdr
    assert cdr == Cdr(energy_kwh=Decimal("1.1"), meter_values_kwh=(Decimal(1), Decimal("2.50")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([field.name for kind in KINDS.values() for field in fields(kind)]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@given(document=JSON)
def test_any_document_is_read_or_invalid(kind: type, document: Any) -> None:
    assert error_of(lambda: from_json(kind, document)) in (None, Invalid)


# --- leaves ------------------------------------------------------------------------------------------------------


def test_leaves_are_named_by_their_way_and_leave_out_what_is_empty() -> None:
    value = Location(
        id="L",
        operator=PartyId("NL", "LON"),
        coordinates=Coordinates(latitude=Decimal(52), longitude=Decimal(5)),
        external_ids={"oicp.pool": "P"},
        evses=(Evse(uid="1"), Evse(hub_compatible=False)),
    )
    assert leaves(value) == {
        "id": "L",
        "operator": PartyId("NL", "LON"),
        "coordinates.latitude": Decimal(52),
        "coordinates.longitude": Decimal(5),
        "external_ids.oicp.pool": "P",
        "evses.0.uid": "1",
        "evses.1.hub_compatible": False,
    }


def test_what_is_kept_is_no_leaf() -> None:
    assert leaves(Token(extensions={"oicp": (Kept("/a", 1),)})) == {}
    assert all(issubclass(kind, Extensible) for kind in MESSAGES)
