"""The field tables are what the code does: every leaf changed once, every place on the wire watched."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.model.ids import EvseId
from gateway.model.messages import AuthorizeToken
from gateway.ports import Adapter
from gateway.translation import AnyForm, MessageForm
from gateway.wire import WireModel, document, spelled
from tests import fieldmap

FORMS = [(adapter, form) for adapter in fieldmap.adapters() for form in adapter.forms if form.fields]


@pytest.mark.parametrize("point", fieldmap.found_adapters(), ids=lambda point: point.name)
def test_every_installed_adapter_takes_part(point: Any) -> None:
    loaded = point.load()
    assert isinstance(loaded, Adapter)
    assert [form.label for form in loaded.forms if form.fields] != []


@pytest.mark.parametrize(("adapter", "form"), FORMS, ids=[f"{a.name}-{f.label}" for a, f in FORMS])
def test_the_field_table_is_what_the_code_does(adapter: Adapter, form: AnyForm) -> None:
    assert fieldmap.differences(adapter, form) == []


@pytest.mark.parametrize("adapter", fieldmap.adapters(), ids=lambda adapter: adapter.name)
def test_every_table_belongs_to_a_form(adapter: Adapter) -> None:
    files = {path.stem for path in fieldmap.folder(adapter).glob("*.csv")}
    assert files == {form.fields for form in adapter.forms if form.fields}


# --- the proof itself --------------------------------------------------------------------------------------------


class Toy(WireModel):
    naming = spelled({"evse": "EVSE", "id": "ID"})
    evse_id: str | None
    card: tuple[str, ...] = ()
    kind: str | None = None


def write_toy(message: AuthorizeToken) -> Toy:
    card = message.token.uid if message.token else None
    return Toy(evse_id=str(message.evse) if message.evse else None, card=(card,) if card else (), kind="1")


TOY = MessageForm("toy", Toy, AuthorizeToken, lambda model: AuthorizeToken(), write_toy, name="Toy")


def test_a_leaf_that_moves_a_place_is_found_with_it() -> None:
    proof = fieldmap.prove(TOY)
    assert {pair for pair in proof.pairs if pair[1]} == {("evse", "/EVSEID"), ("token.uid", "/Card/*")}


def test_a_leaf_that_moves_nothing_and_a_place_that_no_leaf_moves_have_rows_of_their_own() -> None:
    proof = fieldmap.prove(TOY)
    assert ("session.hub", "") in proof.rows
    assert proof.constants == {"/Kind": "1"}


def test_a_writer_that_raises_is_named_with_the_leaf() -> None:
    def fragile(message: AuthorizeToken) -> Toy:
        return Toy(evse_id=message.evse.spelling)  # type: ignore[union-attr]

    with pytest.raises(AssertionError, match=r"AuthorizeToken with .*evse = None cannot be written"):
        fieldmap.influence(lambda value: document(fragile(value)), *SAMPLES)


SAMPLES = [
    replace(AuthorizeToken(), evse=EvseId.parse("DE*823*E1234*1")),
    replace(AuthorizeToken(), evse=None),
]


def test_a_leaf_that_only_stands_in_for_another_is_found() -> None:
    def first_of(message: AuthorizeToken) -> Toy:
        return Toy(evse_id=message.location_id or (str(message.evse) if message.evse else None))

    proof = fieldmap.prove(replace(TOY, write_plain=first_of))
    assert {pair for pair in proof.pairs if pair[1]} == {("location_id", "/EVSEID"), ("evse", "/EVSEID")}
