"""Token lists from the command line, on a store beside which no gateway runs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import to_json
from gateway.model.ids import ContractId
from gateway.model.token import Token, TokenType
from tests.cli.here import Ran, run

SETTINGS = """
[store]
dsn = "sqlite:///{store}"
[connections.clearing]
hub = "eclearing"
role = "EMSP"
party = "DE-8EO"
urls = {{ service = "http://127.0.0.1:9", live = "http://127.0.0.1:9" }}
insecure_loopback = true
"""
CARDS = tuple(
    Token(uid=f"04A2B3C4D5E68{number}", type=TokenType.RFID, contract_id=ContractId.parse(f"DE-8EO-C0000000{number}"))
    for number in range(3)
)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "gateway.toml"
        self.config.write_text(SETTINGS.format(store=folder / "store.sqlite"), encoding="utf-8")

    def file(self, *tokens: Token) -> Path:
        path = self.folder / "cards.json"
        path.write_text(json.dumps({"tokens": to_json(tokens)}), encoding="utf-8")
        return path

    def run(self, *arguments: object, given: bytes = b"") -> Ran:
        ran = run("tokens", *arguments, "--config", self.config, given=given)
        shown = ran.out.decode() + ran.err
        assert not any(str(token.uid) in shown or str(token.contract_id) in shown for token in CARDS), shown
        return ran

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json").out)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_is_published_and_listed_without_a_number_in_clear(desk: Desk) -> None:
    file = desk.file(*CARDS)
    shown = desk.run("diff", "clearing", file)
    assert b"clearing: 3 new, 0 changed, 0 revoked, 0 unchanged, 0 refused before" in shown.out
    assert b"04\xe2\x80\xa680 plain DE\xe2\x80\xa600" in shown.out
    assert desk.json("list", "clearing") == []
    assert desk.run("publish", "clearing", file).code == 0
    rows = desk.json("list", "clearing")
    assert [(row["state"], row["there"], row["revoked"], "token" in row) for row in rows] == [
        ("sending", "no", False, False)
    ] * 3
    assert desk.json("publish", "clearing", file)["unchanged"] == 3
    year = datetime.now(UTC).year + 1
    assert str(year).encode() in desk.run("list", "clearing").out
    assert desk.json("list", "clearing", "--state", "current") == []


def test_what_cannot_be_used_is_told_by_its_place(desk: Desk) -> None:
    broken = Token(uid="04A2B3C4D5E680", type=TokenType.RFID, contract_id=ContractId.parse("FR-ABC-C00000001"))
    ran = desk.run("publish", "clearing", desk.file(CARDS[1], broken))
    assert ran.code == 1
    assert "token 1 (04…80 plain FR…01): /contract_id: provider FR*ABC is not on connection clearing" in ran.err


def test_tokens_are_revoked_by_number_or_contract(desk: Desk) -> None:
    desk.run("publish", "clearing", desk.file(*CARDS))
    assert b"1 revoked" in desk.run("revoke", "clearing", CARDS[0].uid).out
    names = f"{CARDS[1].contract_id}\n\n".encode()
    assert b"1 revoked" in desk.run("revoke", "clearing", "-", given=names).out
    assert [row["revoked"] for row in desk.json("list", "clearing")] == [True, True, False]
    assert b"revoking" in desk.run("list", "clearing").out
    unknown = desk.run("revoke", "clearing", "04FFFFFFFFFFFF")
    assert (unknown.code, "was not published there" in unknown.err) == (2, True)


def test_a_complete_list_asks_before_it_revokes_much(desk: Desk) -> None:
    desk.run("publish", "clearing", desk.file(*CARDS))
    fewer = desk.file(CARDS[0])
    refused = desk.run("publish", "clearing", fewer, "--complete", "DE-8EO")
    assert (refused.code, "2 of 3 tokens of DE-8EO would be revoked" in refused.err) == (2, True)
    assert len(desk.json("diff", "clearing", fewer, "--complete", "DE-8EO")["revoked"]) == 2
    assert b"2 revoked" in desk.run("publish", "clearing", fewer, "--complete", "DE-8EO", "--confirm").out


def test_a_full_load_is_shown_before_it_is_done(desk: Desk) -> None:
    nothing = desk.run("full-load", "clearing", "--confirm", "--confirm-loss")
    assert (nothing.code, "there is nothing to send" in nothing.err) == (2, True)
    desk.run("publish", "clearing", desk.file(*CARDS))
    shown = desk.run("full-load", "clearing").out.decode()
    assert "a full load sends 3 tokens" in shown
    assert "not known here" in shown
    assert "nothing is owed" in shown
    refused = desk.run("full-load", "clearing", "--confirm")
    assert (refused.code, "confirm the loss too" in refused.err) == (2, True)
    assert (
        "owed; a running gateway sends it"
        in desk.run("full-load", "clearing", "--confirm", "--confirm-loss").out.decode()
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "nowhere"), "there is no connection 'nowhere'"),
        (("publish", "clearing", "absent.json"), "No such file"),
        (("diff", "clearing", "-", "--complete", "?"), "is no canonical JSON with tokens"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(desk: Desk, arguments: tuple[str, ...], words: str) -> None:
    ran = desk.run(*arguments, given=b"not json")
    assert (ran.code, words in ran.err, ran.err.count("\n")) == (2, True, 1)
