"""Long lists of charge points on their way out: encoded record by record, and never whole in memory as XML."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from gateway.errors import Invalid
from gateway.model import messages as m
from gateway.model.location import Location
from gateway.ports import HubLink, Written
from gateway.streaming import spooled
from gateway.wire.codec import undisturbed
from gateway_ochp import wire
from gateway_ochp.documents import PREFIX
from gateway_ochp.exchange import asked, meaning, told
from gateway_ochp.forms.charge_points import form_of
from gateway_ochp.strict import faults, strict, written_in
from gateway_ochp.translate.locations import CHARGE_POINT, closed, flat
from gateway_ochp.versions import Release, written_release
from gateway_ochp.words import PROTOCOL

LONG = 1000
"""Places of a list that is encoded record by record."""
FEW = 100
"""Records that are given on at once."""


def is_long(message: m.PublishEvses) -> bool:
    """What was kept of a received message as a whole needs the whole to be put back."""
    return len(message.locations) >= LONG and not message.extensions.get(PROTOCOL)


async def published(hub: HubLink, message: m.PublishEvses, prepared: Callable[[Location], Location]) -> m.Publication:
    """Raises as any send; Invalid for the first record that breaks a rule, and then nothing was sent."""
    form = form_of(message)
    if message.action is m.PushAction.DELETE:
        locations: Iterable[Location] = map(closed, message.locations)
    else:
        locations = message.locations
    records = _records(flat(map(prepared, locations)), f"/{form.wire.element}")
    first = tuple(islice(records, 1))
    written = Written(form, form.wire(charge_point_info_array=first))
    request = asked(hub, written)
    release = written_release(hub.connection)
    head, record, tail = _parted(request.body, f"{PREFIX}:{form.wire.element}".encode())
    pieces = chain((head, record), _written(records, release), (tail,))
    response = await spooled(hub, replace(request, body=b""), pieces)
    answer: m.Publication = meaning(told(response, written, hub.connection), written)
    return answer


def _records(locations: Iterable[Location], place: str) -> Iterator[wire.ChargePointInfo]:
    """As they go out, each of them checked. Raises Invalid."""
    for number, location in enumerate(locations, 1):
        info = CHARGE_POINT.write(location)
        strict(info)
        broken = faults(info, f"{place}/{info.element}[{number}]")
        if broken:
            raise Invalid(broken)
        yield info


def _written(records: Iterator[wire.ChargePointInfo], release: Release) -> Iterator[bytes]:
    """A few at a time."""
    while True:
        with undisturbed(True):
            few = "".join([written_in(one, release, PREFIX) for one in islice(records, FEW)])
        if not few:
            return
        yield few.encode()


def _parted(body: bytes, tag: bytes) -> tuple[bytes, bytes, bytes]:
    """A message of one record: what stands before it, the record itself, and what follows it."""
    begin = body.index(b">", body.index(b"<" + tag)) + 1
    end = body.rindex(b"</" + tag)
    return body[:begin], body[begin:end], body[end:]
