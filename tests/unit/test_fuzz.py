"""Whatever a stranger sends: nothing but a GatewayError leaves the reading, in no protocol."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.canonical import from_json, to_json
from gateway.errors import Undecodable
from gateway.ports import Adapter
from gateway.translation import AnyForm
from gateway.wire import decode, decode_document, encode, parsed
from gateway.wire.xml import parse_xml
from tests.fieldmap import Sampler, adapters
from tests.support import error_of

BYTES = st.binary() | st.text().map(str.encode)
EACH_ADAPTER = pytest.mark.parametrize("adapter", adapters(), ids=lambda adapter: adapter.name)
FORMS = [(adapter, form) for adapter in adapters() for form in adapter.forms]
EACH_FORM = pytest.mark.parametrize(("adapter", "form"), FORMS, ids=[f"{a.name}-{f.label}" for a, f in FORMS])


FEW = settings(max_examples=8, suppress_health_check=list(HealthCheck))
"""A form is large and there are many of them: a few each, anew in every run."""


@cache
def full(protocol: str, label: str) -> bytes:
    """The bytes of a message with everything in it."""
    adapter, form = next(each for each in FORMS if (each[0].name, each[1].label) == (protocol, label))
    value: Any = Sampler(protocol, adapter.crosswalks, 0).record(form.canonical)
    return encode(form.write_plain(value))


@EACH_ADAPTER
@given(body=BYTES)
def test_any_bytes_are_identified_or_undecodable(adapter: Adapter, body: bytes) -> None:
    assert error_of(lambda: adapter.identify(body, "")) in (None, Undecodable)


@EACH_FORM
@FEW
@given(drawn=st.data())
def test_any_damage_to_a_message_is_reported_not_raised(adapter: Adapter, form: AnyForm, drawn: Any) -> None:
    good = full(adapter.name, form.label)
    place, damage = drawn.draw(st.integers(0, len(good))), drawn.draw(st.binary(min_size=1, max_size=4))
    body = good[:place] + damage + good[place + len(damage) :]
    assert error_of(lambda: through(form, decode(form.wire, body))) in (None, Undecodable)


@EACH_FORM
@FEW
@given(drawn=st.data())
def test_any_values_in_the_places_of_a_message_are_reported_not_raised(
    adapter: Adapter, form: AnyForm, drawn: Any
) -> None:
    """Every text is replaced by one that is strange, but can stand there."""
    strange = st.sampled_from(["", "x", "-1", "0", "1e5", "NaN", "true", "9999-12-31T23:59:59-23:59", "24:00", "ä/*~"])
    written = parsed(form.wire, full(adapter.name, form.label))
    if form.wire.namespace:
        for element in written.iter():
            if not len(element) and drawn.draw(st.booleans()):
                element.text = drawn.draw(strange)
            for name in element.attrib:
                element.set(name, drawn.draw(strange))
    else:
        written = spoiled(written, drawn, strange)
    assert through(form, decode_document(form.wire, written))


def spoiled(value: Any, drawn: Any, strange: Any) -> Any:
    if isinstance(value, dict):
        return {key: spoiled(member, drawn, strange) for key, member in value.items()}
    if isinstance(value, list):
        return [spoiled(member, drawn, strange) for member in value] * drawn.draw(st.integers(0, 2))
    return drawn.draw(st.just(value) | strange | st.sampled_from([None, -1, 0, True, [], {}]))


def through(form: AnyForm, decoded: Any) -> bytes:
    """Reads, checks, stores, and writes again; what is written."""
    assert all(finding.text for finding in decoded.findings)
    value = form.read(decoded.model)
    assert from_json(form.canonical, json.loads(json.dumps(to_json(value)))) is not None
    body = encode(form.write(value))
    if form.wire.namespace:
        parse_xml(body)
    return body
