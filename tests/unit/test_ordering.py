from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.common import Role
from gateway.model.ids import ContractId, EvseId, PartyId
from gateway.model.messages import AuthorizeToken
from gateway.model.token import Token
from gateway.ordering import Learned, Place, issuer_of, ordered, unfit
from gateway.ports import Connection

CARD = Token(uid="04A2B3C4D5E680", contract_id=ContractId.parse("DE-8EO-CA2B3C4D5-6"))
ASK = AuthorizeToken(token=CARD)
EVSE = EvseId.parse("DE*LON*E1111*1")


def account(name: str, *issuers: str, **changed: Any) -> Connection:
    values: dict[str, Any] = {"hub": "toy", "protocol": "toy", "role": Role.CPO, "party": PartyId.parse("DE*LON")}
    return Connection(name=name, **{**values, "options": {"issuers": list(issuers)}, **changed})


def test_a_known_issuer_comes_before_what_was_learned_and_that_before_the_configured_order() -> None:
    hubs = [account("plain"), account("issuer-learned"), account("card-learned"), account("known", "DE-8EO")]
    learned = Learned(card={"card-learned": 1}, issuer={"issuer-learned": 40})
    assert ordered(hubs, ASK, learned) == [
        Place("known", "issuer DE8EO is configured for it"),
        Place("card-learned", "it has known this card before (1×)"),
        Place("issuer-learned", "it has known cards of this issuer before (40×)"),
        Place("plain", "configured order"),
    ]


def test_of_two_known_issuers_the_longer_beginning_comes_first() -> None:
    hubs = [account("country", "DE"), account("contract", "DE*8EO*CA2"), account("party", "DE8EO", "NL")]
    assert [place.connection for place in ordered(hubs, ASK, Learned())] == ["contract", "party", "country"]


def test_a_card_without_a_contract_is_placed_by_the_provider_that_is_named() -> None:
    hubs = [account("one"), account("two", "NL*GWE")]
    named = AuthorizeToken(token=Token(uid="04A2B3C4D5E680"), provider=PartyId.parse("NL-GWE"))
    assert [place.connection for place in ordered(hubs, named, Learned())] == ["two", "one"]
    assert [place.connection for place in ordered(hubs, AuthorizeToken(), Learned())] == ["one", "two"]


@pytest.mark.parametrize(
    ("message", "issuer"),
    [
        (ASK, "DE8EO"),
        (AuthorizeToken(token=Token(uid="1"), provider=PartyId.parse("NL-GWE")), "NLGWE"),
        (AuthorizeToken(token=Token(uid="1", provider=PartyId.parse("FR*MSP"))), "FRMSP"),
        (AuthorizeToken(token=Token(uid="1")), None),
        (AuthorizeToken(provider=PartyId.read("?")), None),
        (AuthorizeToken(), None),
    ],
)
def test_the_issuer_is_that_of_the_contract_or_the_one_that_is_named(message: AuthorizeToken, issuer: str) -> None:
    assert issuer_of(message) == issuer


NAMES = ("a", "b", "c", "d", "e")
TIMES = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 9))


@given(
    st.permutations(NAMES),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["DE", "DE8EO", "NL", "", "DE8EOCA2B3C4D5"])),
    TIMES,
    TIMES,
)
def test_every_hub_is_asked_once_and_nothing_overtakes_what_is_known_better(
    names: list[str], prefixes: dict[str, str], card: dict[str, int], issuer: dict[str, int]
) -> None:
    places = ordered([account(name, prefixes.get(name, "")) for name in names], ASK, Learned(card=card, issuer=issuer))
    order = [place.connection for place in places]
    assert sorted(order) == sorted(names)

    def known(name: str) -> tuple[int, int, int]:
        prefix = prefixes.get(name, "")
        matched = len(prefix) if prefix and "DE8EOCA2B3C4D56".startswith(prefix) else 0
        return matched, card.get(name, 0), issuer.get(name, 0)

    for former, latter in pairwise(order):
        assert known(former) >= known(latter)
        if known(former) == known(latter):
            assert names.index(former) < names.index(latter)


def test_a_hub_that_could_never_settle_for_the_operator_is_not_asked() -> None:
    reason = unfit(account("toy"), "default", EVSE, evse_known=None, barred="it takes one operator only")
    assert reason == "it takes one operator only"


@pytest.mark.parametrize(
    ("changed", "evse_known", "reason"),
    [
        ({}, None, None),
        ({}, False, None),
        ({"guest_charging": False}, True, None),
        ({"guest_charging": False}, None, None),
        ({"guest_charging": False}, False, "the hub has no record of the EVSE, and guest charging is switched off"),
        ({"party": PartyId.parse("NL*LON")}, True, "DE*LON is not one of its operators"),
        ({"role": Role.EMSP}, None, "not a CPO's connection of this tenant"),
        ({"tenant": "other"}, None, "not a CPO's connection of this tenant"),
    ],
)
def test_guest_charging_is_a_switch_of_its_own(changed: Any, evse_known: bool | None, reason: str | None) -> None:
    assert unfit(account("toy", **changed), "default", EVSE, evse_known=evse_known) == reason
