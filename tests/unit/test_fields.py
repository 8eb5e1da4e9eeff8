"""Losses: what a translation drops, narrows or fills in, with its place and its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.crosswalk import Crosswalk, Row
from gateway.fields import (
    DEMANDED,
    NO_PLACE,
    NOT_WRITTEN,
    FieldRow,
    field_table,
    generic,
    kept_everywhere,
    losses,
    unread,
    without_extensions,
)
from gateway.findings import Loss, LossKind
from gateway.model.cdr import Cdr, ChargingPeriod
from gateway.model.common import Kept
from gateway.model.ids import EvseId
from gateway.model.kinds import EvseStatus
from gateway.model.location import Evse, Location
from gateway.model.messages import AuthorizeToken, EvseStatusReport, SubmitCdr
from gateway.model.token import Token, TokenType

TABLE = [
    FieldRow("evse", "/EVSEID", ""),
    FieldRow("token.uid", "/Card/UID", ""),
    FieldRow("token.uid", "/Remote/ID", ""),
    FieldRow("token.contract_id", "", "a card has no contract here"),
    FieldRow("cdr.periods.*.cost", "/Periods/*/Cost", "rounded to cents"),
    FieldRow("", "/Version", "always 1"),
]
WALK = Crosswalk(
    EvseStatus,
    "toy",
    "status",
    [
        Row("Occupied", "CHARGING", "both", "", ""),
        Row("Occupied", "BLOCKED", "out", "", "comes back as CHARGING: one word for both"),
    ],
)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
EVSE = EvseId.parse("NL*LON*E1111*11")


def test_what_comes_back_equal_is_not_lost() -> None:
    message = AuthorizeToken(evse=EVSE, token=Token(uid="04A2"))
    assert losses(message, replace(message), TABLE) == []


def test_a_leaf_without_a_place_is_dropped_for_the_reason_in_the_table() -> None:
    before = AuthorizeToken(token=Token(uid="04A2", contract_id=None, issuer="X"))
    before = replace(before, token=replace(before.token, visual_number="77"))
    after = AuthorizeToken(token=Token(uid="04A2"))
    assert losses(before, after, [*TABLE, FieldRow("token.issuer", "", "cards carry no issuer")]) == [
        Loss(LossKind.DROPPED, "token.visual_number", "", "77", None, NO_PLACE),
        Loss(LossKind.DROPPED, "token.issuer", "", "X", None, "cards carry no issuer"),
    ]


def test_a_leaf_whose_place_stays_empty_is_dropped_with_all_its_places() -> None:
    before, after = AuthorizeToken(token=Token(uid="04A2")), AuthorizeToken()
    assert losses(before, after, TABLE) == [
        Loss(LossKind.DROPPED, "token.uid", "/Card/UID, /Remote/ID", "04A2", None, NOT_WRITTEN)
    ]


def test_a_value_that_comes_back_less_exact_is_narrowed() -> None:
    def billed(cost: str) -> SubmitCdr:
        return SubmitCdr(cdr=Cdr(periods=(ChargingPeriod(), ChargingPeriod(cost=Decimal(cost)))))

    (loss,) = losses(billed("6.305"), billed("6.31"), TABLE)
    assert (loss.kind, loss.source, loss.target) == (LossKind.NARROWED, "cdr.periods.1.cost", "/Periods/*/Cost")
    assert (loss.value, loss.becomes, loss.reason) == (Decimal("6.305"), Decimal("6.31"), "rounded to cents")


def test_a_value_that_nobody_gave_is_defaulted() -> None:
    (loss,) = losses(AuthorizeToken(), AuthorizeToken(evse=EVSE), TABLE)
    assert loss == Loss(LossKind.DEFAULTED, "evse", "/EVSEID", None, EVSE, DEMANDED)


def test_the_note_of_a_crosswalk_comes_before_that_of_the_table() -> None:
    before, after = EvseStatusReport(status=EvseStatus.BLOCKED), EvseStatusReport(status=EvseStatus.CHARGING)
    (loss,) = losses(before, after, [FieldRow("status", "/Status", "other")], [WALK])
    assert (loss.kind, loss.reason) == (LossKind.NARROWED, "comes back as CHARGING: one word for both")


def test_a_value_of_another_enumeration_is_not_explained_by_the_crosswalk() -> None:
    (loss,) = losses(Token(type=TokenType.OTHER), Token(type=TokenType.RFID), [], [WALK])
    assert loss.reason == "the target holds it less exactly"


@pytest.mark.parametrize(
    ("value", "becomes", "same"),
    [
        (Decimal("1.50"), Decimal("1.5"), True),
        (Decimal("1.50"), Decimal("1.51"), False),
        (NOON, NOON.astimezone(timezone(timedelta(0))), True),
        (NOON, NOON.astimezone(timezone(timedelta(hours=1))), False),
        (NOON.astimezone(ZoneInfo("Europe/Berlin")), NOON.astimezone(timezone(timedelta(hours=1))), True),
        (NOON, NOON + timedelta(seconds=1), False),
        (EVSE, EvseId.parse("NL*LON*E1111*11"), True),
        (EVSE, EvseId.parse("NLLONE111111"), False),
        ("de", "DE", False),
        (True, False, False),
    ],
)
def test_numbers_are_compared_by_value_times_with_their_offset_ids_with_their_spelling(
    value: Any, becomes: Any, same: bool
) -> None:
    place = {"Decimal": "energy_kwh", "datetime": "start", "EvseId": "evse", "str": "remark", "bool": "rated"}
    name = place[type(value).__name__]
    assert (losses(Cdr(**{name: value}), Cdr(**{name: becomes}), []) == []) is same


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("evse", "evse"),
        ("cdr.periods.0.cost", "cdr.periods.*.cost"),
        ("cdr.periods.10.dimensions.2", "cdr.periods.*.dimensions.*"),
        ("cdr.x1.2y", "cdr.x1.2y"),
    ],
)
def test_places_in_lists_have_no_number_in_tables(path: str, wanted: str) -> None:
    assert generic(path) == wanted


def test_a_plug_in_brings_its_own_table(tmp_path: Path) -> None:
    (tmp_path / "fields").mkdir()
    text = 'canonical,wire,note\nevse,/EVSEID,\n,/Version,"always 1, always"\n'
    (tmp_path / "fields" / "toy.csv").write_text(text, encoding="utf-8")
    assert field_table("toy", "toy", tmp_path) == [
        FieldRow("evse", "/EVSEID", ""),
        FieldRow("", "/Version", "always 1, always"),
    ]


# --- what only one protocol understands --------------------------------------------------------------------------


def kept(*places: Kept) -> dict[str, tuple[Kept, ...]]:
    return {"oicp": places}


def test_what_only_the_source_understands_is_reported_wherever_it_is_kept() -> None:
    place = Location(extensions=kept(Kept("/A", 1)), evses=(Evse(extensions=kept(Kept("/B", {"x": 1}))),))
    message = SubmitCdr(cdr=Cdr(place=place), extensions={"ochp": (Kept("/C", 3),)})
    assert [found.pointer for found in kept_everywhere(message, "oicp")] == ["/A", "/B"]
    assert unread(message, "oicp") == [
        Loss(LossKind.DROPPED, "extensions.oicp/A", "", 1, None, "only oicp understands it"),
        Loss(LossKind.DROPPED, "extensions.oicp/B", "", {"x": 1}, None, "only oicp understands it"),
    ]


@pytest.mark.parametrize(
    ("received", "written", "told"),
    [
        ("x", None, True),
        (None, "x", False),
        ("x", "y", True),
        ("DE*823*e1", "DE*823*E1", False),
        ("1.50", "1.5", False),
        ("1.50", "1.51", True),
        ("2026-01-15T12:00:00.123Z", "2026-01-15T13:00:00+01:00", False),
        ("2026-01-15T12:00:00", "2026-01-15T12:00:00Z", False),
        ("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z", True),
        ("12.34567", "12.346", False),
        (Decimal("12.34567"), Decimal("12.346"), False),
        ("12.345", Decimal("12.345"), False),
        ("22.5", "22", False),
        ("NaN", "sNaN", True),
        (1, 2, True),
    ],
)
def test_a_mere_spelling_is_not_reported(received: Any, written: Any, told: bool) -> None:
    token = Token(extensions=kept(Kept("/A", received, written)))
    assert bool(unread(token, "oicp")) is told


def test_extensions_are_taken_off_at_any_depth() -> None:
    place = Location(
        id="L", extensions=kept(Kept("/A", 1)), evses=(Evse(uid="1", evse_id=EVSE, extensions=kept(Kept("/B", 2))),)
    )
    message = SubmitCdr(cdr=Cdr(place=place, evse=EVSE, start=NOON))
    bare = without_extensions(message)
    assert bare == message
    assert list(kept_everywhere(bare, "oicp")) == []
    assert list(kept_everywhere(message, "oicp")) != []
    assert str(bare.cdr.evse) == "NL*LON*E1111*11"  # type: ignore[union-attr]
