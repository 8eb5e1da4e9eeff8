"""Identifiers: compared by meaning, printed as received."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.ids import ContractId, EvseId, PartyId, check_digit

LETTER = st.sampled_from(string.ascii_uppercase)
SIGN = st.sampled_from(string.ascii_uppercase + string.digits)
COUNTRY = st.builds("".join, st.lists(LETTER, min_size=2, max_size=2))
PARTY = st.builds("".join, st.lists(SIGN, min_size=3, max_size=3))
SEPARATOR = st.sampled_from(["", "*", "-"])
STATION = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=12)
INSTANCE = st.text(string.ascii_uppercase + string.digits, min_size=9, max_size=9)


# --- parties -----------------------------------------------------------------------------------------------------


@given(COUNTRY, PARTY, SEPARATOR, st.booleans())
def test_a_party_prints_as_received_and_compares_by_meaning(country: str, party: str, sign: str, lower: bool) -> None:
    text = f"{country}{sign}{party}"
    text = text.lower() if lower else text
    parsed = PartyId.parse(text)
    assert str(parsed) == text
    assert parsed == PartyId(country, party)
    assert hash(parsed) == hash(PartyId(country, party))
    assert parsed.compact == country + party


@pytest.mark.parametrize("text", ["NLLON", "NL*LON", "NL-LON", "nl*lon", " NLLON "])
def test_all_spellings_of_an_operator_are_one(text: str) -> None:
    assert PartyId.parse(text) == PartyId("NL", "LON")


@pytest.mark.parametrize("text", ["+49*822", "49*822"])
def test_a_dialling_code_is_a_country(text: str) -> None:
    assert PartyId.parse(text) == PartyId("+49", "822")
    assert PartyId.parse(text) != PartyId.parse("+43*822")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("N1LON", "character '1' at position 2"),
        ("NL*L?N", "character '?' at position 5"),
        ("NLLÖN", "character 'Ö' at position 4"),
        ("NLLO", "4 characters without separators, 5 expected"),
        ("NL*LONG", "6 characters without separators, 5 expected"),
        ("", "0 characters without separators, 5 expected"),
    ],
)
def test_what_is_no_party_is_refused_with_the_place_of_the_fault(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match="is not a party id") as caught:
        PartyId.parse(text)
    assert str(caught.value).endswith(fault)


@given(st.text(min_size=1))
def test_any_text_of_a_partner_is_kept_as_a_party(text: str) -> None:
    party = PartyId.read(text)
    assert party is not None
    assert party == PartyId.read(text)
    assert party.well_formed or str(party) == text


def test_nothing_is_no_party() -> None:
    assert PartyId.read(None) is None
    assert PartyId.read("") is None


# --- EVSEs -------------------------------------------------------------------------------------------------------


@given(COUNTRY, PARTY, STATION, STATION)
def test_an_evse_is_the_same_with_and_without_separators(country: str, party: str, station: str, point: str) -> None:
    starred = EvseId.parse(f"{country}*{party}*E{station}*{point}")
    compact = EvseId.parse(f"{country}{party}E{station}{point}")
    lower = EvseId.parse(f"{country}*{party}*e{station}*{point}".lower())
    assert starred == compact == lower
    assert len({starred, compact, lower}) == 1
    assert starred.compact == compact.compact == lower.compact
    assert starred.party == PartyId(country, party)


@given(COUNTRY, PARTY, STATION, STATION)
def test_an_evse_prints_as_received(country: str, party: str, station: str, point: str) -> None:
    for text in (f"{country}*{party}*E{station}*{point}", f"{country}{party}E{station}{point}"):
        assert str(EvseId.parse(text)) == text
        assert EvseId.parse(EvseId.parse(text).compact) == EvseId.parse(text)


@given(COUNTRY, PARTY, STATION, STATION, st.sampled_from(["", "*"]), st.sampled_from(["", "*"]))
def test_a_separator_shows_where_the_station_ends(
    country: str, party: str, station: str, point: str, one: str, two: str
) -> None:
    assert EvseId.parse(f"{country}{one}{party}{two}E{station}*{point}").split == (station, point)


@given(COUNTRY, PARTY, STATION)
def test_without_a_separator_nobody_guesses_where_the_station_ends(country: str, party: str, station: str) -> None:
    assert EvseId.parse(f"{country}{party}E{station}").split is None
    assert EvseId.parse(f"{country}*{party}*E{station}").split is None


def test_the_two_forms_of_the_source_document() -> None:
    bare, starred = EvseId.parse("NLLONE111111"), EvseId.parse("NL*LON*E1111*11")
    assert bare == starred
    assert bare.party is not None
    assert bare.party.compact == "NLLON"
    assert (bare.split, starred.split) == (None, ("1111", "11"))
    assert (str(bare), str(starred)) == ("NLLONE111111", "NL*LON*E1111*11")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("DE*EBW*E1*2", ("1", "2")),
        ("DE*E0N*E1111", None),
        ("DE*E0N*EE1*E2", ("E1", "E2")),
        ("DE*823*E1*2*3", None),
        ("+49*823*1234*5678", ("1234", "5678")),
        ("nonsense", None),
    ],
)
def test_the_split_is_not_confused_by_an_e_elsewhere(text: str, split: tuple[str, str] | None) -> None:
    evse = EvseId.read(text)
    assert evse is not None
    assert evse.split == split


@pytest.mark.parametrize(
    ("letter", "what"),
    [("C", "a contract id"), ("P", "a pool id"), ("S", "a station id"), ("T", "a tariff id"), ("X", "a connector id")],
)
def test_another_type_letter_is_named(letter: str, what: str) -> None:
    with pytest.raises(ValueError, match=f"this is {what}"):
        EvseId.parse(f"NL*LON*{letter}1111*11")


@pytest.mark.parametrize(
    "text", ["", "NL*LON", "NL*LON*1111", "NL*LON*E", "NL*LON*Q1", "NL LON E1", "NL*LON*E" + 33 * "1"]
)
def test_what_is_no_evse_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an EVSE id"):
        EvseId.parse(text)


@given(st.text(min_size=1))
def test_any_text_of_a_partner_is_kept_as_an_evse(text: str) -> None:
    evse = EvseId.read(text)
    assert evse is not None
    assert evse == EvseId.read(text)
    assert evse.well_formed or (str(evse) == text and evse.split is None)


def test_a_malformed_evse_equals_no_well_formed_one() -> None:
    assert EvseId.read("NL*LON*C111111") != EvseId.parse("NL*LON*E111111")
    assert not EvseId.read("NL*LON*C111111").well_formed  # type: ignore[union-attr]


# --- contracts ---------------------------------------------------------------------------------------------------


@given(COUNTRY, PARTY, INSTANCE, st.one_of(st.just(""), SIGN))
def test_a_contract_compares_without_separators_and_check_digit(
    country: str, party: str, instance: str, check: str
) -> None:
    hyphened = ContractId.parse("-".join(filter(None, [country, party, instance, check])))
    compact = ContractId.parse(f"{country}{party}{instance}".lower())
    assert hyphened == compact
    assert hash(hyphened) == hash(compact)
    assert str(compact) == f"{country}{party}{instance}".lower()


@pytest.mark.parametrize("text", ["DE*8EO*Aet5e4*3", "DE-8EO-Aet5e4-3", "DE8EOAet5e43"])
def test_the_older_form_of_contracts_is_read(text: str) -> None:
    assert ContractId.parse(text) == ContractId(PartyId("DE", "8EO"), "AET5E4")


def test_a_contract_that_was_put_together_can_be_read_again() -> None:
    contract = ContractId(PartyId("DE", "8EO", "DE*8EO"), "CA2B3C4D5")
    assert ContractId.parse(str(contract)) == contract


@given(st.text(min_size=1))
def test_any_text_of_a_partner_is_kept_as_a_contract(text: str) -> None:
    contract = ContractId.read(text)
    assert contract is not None
    assert contract == ContractId.read(text)
    assert contract.well_formed or str(contract) == text


# --- check digits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "digit"),
    [("DE83DUIEN83QGZ", "D"), ("DE-83D-UIEN83QGZ", "D"), ("DE-8AA-CA2B3C4D5", "L"), ("DE-8AA-00123A563-N", "M")],
)
def test_the_check_digit_is_that_of_iso_15118(contract: str, digit: str) -> None:
    assert check_digit(contract) == digit


@given(COUNTRY, PARTY, INSTANCE)
def test_the_check_digit_looks_at_letters_not_at_their_case(country: str, party: str, instance: str) -> None:
    assert check_digit(f"{country}-{party}-{instance}") == check_digit(f"{country}{party}{instance}".lower())


@given(COUNTRY, PARTY, INSTANCE, st.integers(0, 13), SIGN)
def test_one_wrong_character_is_found(country: str, party: str, instance: str, place: int, wrong: str) -> None:
    right = country + party + instance
    mistyped = right[:place] + wrong + right[place + 1 :]
    assert mistyped == right or check_digit(mistyped) != check_digit(right)


@pytest.mark.parametrize("text", ["", "DE8EO", "DE-8EO-CA2B3C4Ö5"])
def test_too_few_characters_have_no_check_digit(text: str) -> None:
    with pytest.raises(ValueError, match="no 14 characters"):
        check_digit(text)
