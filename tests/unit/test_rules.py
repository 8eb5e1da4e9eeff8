"""Rules of single values, what breaks them and how it is told."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pytest

from gateway.errors import Invalid
from gateway.findings import Finding, Severity, errors
from gateway.wire import Private, WireModel, checked, decode_document, findings
from gateway.wire.declared import Rule
from gateway.wire.names import spelled
from gateway.wire.rules import (
    at_most,
    between,
    elided,
    escaped,
    joined,
    longest,
    matching,
    one_of,
    shortest,
)


@pytest.mark.parametrize(
    ("rule", "good", "bad", "text"),
    [
        (longest(3), "abc", "abcd", "4 characters, at most 3 allowed"),
        (shortest(3), "abc", "ab", "2 characters, at least 3 needed"),
        (matching("[A-Z]+"), "ABC", "ABC\n", "does not match [A-Z]+"),
        (matching("[A-Z]+", "country"), "ABC", "1", "is no country"),
        (one_of("new", "old"), "new", "New", "is none of the known values (new, old)"),
        (between(1, 3), 3, 4, "is not between 1 and 3"),
        (between(0, Decimal("0.5")), Decimal("0.50"), Decimal("0.51"), "is not between 0 and 0.5"),
        (elided(), "FR-abc", "FR-ab...c", "is shortened with dots and cannot be the whole identifier"),
        (elided(), "FR.a.b", "FR…c", "is shortened with dots and cannot be the whole identifier"),
    ],
)
def test_a_rule_says_in_words_how_a_value_breaks_it(rule: Rule, good: Any, bad: Any, text: str) -> None:
    assert rule.broken(good) is None
    assert rule.broken(bad) == text


def test_lengths_are_counted_in_characters() -> None:
    assert longest(5).broken("Größe") is None


def test_a_long_enumeration_is_not_listed_whole() -> None:
    assert one_of(*"abcdefghijk").broken("z") == "is none of the known values (a, b, c, d, e, f, g, h…)"


def test_an_unknown_word_is_a_warning_unless_no_reading_is_safe() -> None:
    assert one_of("a").severity is Severity.WARNING
    assert one_of("a", severity=Severity.ERROR).severity is Severity.ERROR


@pytest.mark.parametrize("text", ["FR-abcdef", "a b", ""])
def test_an_identifier_on_one_line_is_not_mended(text: str) -> None:
    assert joined(text) == (text, None)


@pytest.mark.parametrize("text", ["FR-abc\ndef", "FR-abc \r\n\t def"])
def test_an_identifier_on_two_lines_is_joined(text: str) -> None:
    assert joined(text) == ("FR-abcdef", "a line break inside the identifier was removed")


def test_member_names_are_escaped_as_rfc_6901_says() -> None:
    assert escaped("a/b~c") == "a~1b~0c"


@pytest.mark.parametrize(
    ("name", "upper", "lower"),
    [
        ("session_id", "SessionID", "sessionID"),
        ("cpo_partner_session_id", "CPOPartnerSessionID", "CPOPartnerSessionID"),
        ("evse", "Evse", "evse"),
    ],
)
def test_names_follow_one_rule(name: str, upper: str, lower: str) -> None:
    words = {"id": "ID", "cpo": "CPO"}
    assert spelled(words)(name) == upper
    assert spelled(words, first=str.lower)(name) == lower


# --- whole models ------------------------------------------------------------------------------------------------


class Leg(WireModel):
    begin: int | None
    end: int | None = None


def legs_follow_one_another(trip: Any) -> Iterator[tuple[str, Severity, str, str]]:
    for index, leg in enumerate(trip.legs):
        if leg.end is not None and leg.end < leg.begin:
            yield f"/legs/{index}/end", Severity.ERROR, "order", "ends before it begins"


class Trip(WireModel):
    judges: ClassVar[Any] = (legs_follow_one_another,)

    name: Annotated[str | None, longest(3), matching("[a-z]+", severity=Severity.WARNING)]
    legs: Annotated[tuple[Leg, ...], at_most(2)]
    card: Annotated[str | None, Private(), longest(4)] = None
    tags: tuple[Annotated[str, longest(2)], ...] = ()


def test_a_model_that_keeps_all_rules_has_no_findings() -> None:
    trip = Trip(name="abc", legs=(Leg(begin=1, end=2),))
    assert findings(trip) == []
    assert checked(trip) is trip


def test_every_broken_rule_is_found_with_its_place() -> None:
    trip = Trip(name="ABCD", legs=(Leg(begin=2, end=1), Leg(begin=None), Leg(begin=1)), tags=("a", "abc"))
    assert findings(trip) == [
        Finding("/name", Severity.ERROR, "too-long", "name: ABCD 4 characters, at most 3 allowed"),
        Finding("/name", Severity.WARNING, "pattern", "name: ABCD does not match [a-z]+"),
        Finding("/legs/1/begin", Severity.ERROR, "missing", "begin is mandatory"),
        Finding("/legs", Severity.ERROR, "too-many", "legs: 3 entries, at most 2 allowed"),
        Finding("/tags/1", Severity.ERROR, "too-long", "tags: abc 3 characters, at most 2 allowed"),
        Finding("/legs/0/end", Severity.ERROR, "order", "ends before it begins"),
    ]


def test_a_demanded_list_must_not_be_empty() -> None:
    assert [found.pointer for found in findings(Trip(name="a", legs=()))] == ["/legs"]


def test_a_malformed_value_is_not_missing_as_well() -> None:
    found = decode_document(Leg, {"begin": "x"}).findings
    assert {finding.code for finding in found} == {"repaired", "malformed"}


def test_a_private_value_is_never_shown() -> None:
    found = findings(Trip(name="a", legs=(Leg(begin=1),), card="4711-0815"))
    assert [finding.text for finding in found] == ["card: 9 characters, at most 4 allowed"]


def test_only_errors_stop_a_message() -> None:
    checked(Trip(name="A", legs=(Leg(begin=1),)))
    with pytest.raises(Invalid, match="/name: name is mandatory") as caught:
        checked(Trip(name=None, legs=(Leg(begin=1),)))
    assert caught.value.findings == (Finding("/name", Severity.ERROR, "missing", "name is mandatory"),)


def test_errors_are_picked_out_of_findings() -> None:
    found = findings(Trip(name="ABCD", legs=(Leg(begin=1),)))
    assert [finding.code for finding in errors(found)] == ["too-long"]
