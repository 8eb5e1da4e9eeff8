"""The story, act by act."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.canonical import to_json
from gateway.connections import adapters
from gateway.delivery.deliveries import Delivery
from gateway.demo.scene import CARD, HUBS, NLLON, Scene, cdr_of
from gateway.fields import without_extensions
from gateway.findings import Loss
from gateway.log import configure
from gateway.model import messages as m
from gateway.model.ids import EvseId
from gateway.model.session import SessionIds
from gateway.workbench import Translated, translate_value

UNKNOWN_EVSE = EvseId.parse("NL*LON*E9999*1")
TITLES = {"hubject": "Hubject (OICP 2.3)", "gireve": "Gireve (eMIP 0.7.4)", "eclearing": "e-clearing.net (OCHP 1.4)"}


class Story:
    """Plays on a scene and tells what happens; `failures` are the things that did not go as told."""

    def __init__(self, scene: Scene, console: Console) -> None:
        self.scene, self.say, self.failures = scene, console, list[str]()
        self.sessions: dict[str, tuple[SessionIds, EvseId]] = {}

    def _act(self, number: int, text: str) -> None:
        self.say.print(f"\n[bold]{number}. {text}[/bold]")

    def _tell(self, hub: str, text: str, *, good: bool) -> None:
        mark = "[green]✓[/green]" if good else "[red]✗[/red]"
        self.say.print(f"   {mark} {TITLES[hub]}: {text}", highlight=False)
        if not good:
            self.failures.append(f"{TITLES[hub]}: {text}")

    async def play(self) -> None:
        self.say.print(
            "[bold]A Dutch CPO with NLLON and DELON, on three hubs.[/bold] Everything below went over real HTTP."
        )
        await self._publish()
        await self._authorise()
        await self._guest()
        await self._remote()
        await self._settle()
        await self._second_cdr()
        await self._side_by_side()

    async def _delivered(self, hub: str, message: m.Message[Any]) -> Delivery:
        owed = await self.scene.gateway.submit(hub, message)
        await self.scene.gateway.engine.idle()
        return next(one for one in await self.scene.gateway.deliveries(connection=hub) if one.id == owed.id)

    async def _publish(self) -> None:
        self._act(1, "Four EVSEs, two per operator, and their status, to each hub that takes them")
        places, publisher = self.scene.locations, self.scene.gateway.publisher
        evses = [one for place in places for one in place.evses if one.evse_id and one.status]
        self.say.print(f"   {', '.join(str(one.evse_id) for one in evses)}", highlight=False)
        await publisher.publish(places)
        held = {one.connection: one.reason for one in await publisher.held()}
        for hub in HUBS:
            if not self.scene.gateway.hub(hub).profile.publishing.data:
                self.say.print(f"   – {TITLES[hub]}: takes no EVSE data by this protocol", highlight=False)
            elif hub in held:
                self.say.print(f"   – {TITLES[hub]}: held back: {held[hub]}", highlight=False)
                load = await publisher.full_load(hub, confirm=True)
                told = f"full load confirmed: {len(load.sends)} EVSEs are sent, {len(load.loses)} known ones go"
                self.say.print(f"   – {TITLES[hub]}: {told}", highlight=False)
        await self.scene.gateway.engine.idle()
        for one in evses:
            if one.evse_id and one.status:
                await publisher.publish_status(one.evse_id, one.status, datetime.now(UTC))
        await self.scene.gateway.engine.idle()
        await self._tell_published()

    async def _tell_published(self) -> None:
        what = {"PublishEvses": "EVSE data", "PublishStatuses": "EVSE status"}
        for hub in HUBS:
            pushes = [one for one in await self.scene.gateway.deliveries(connection=hub) if one.kind in what]
            for push in pushes:
                self._tell_delivery(hub, what[push.kind], push)
        for place in self.scene.locations:
            for one in place.evses:
                rows = await self.scene.gateway.publisher.show(one.evse_id) if one.evse_id else []
                if any(row.status_accepted != one.status for row in rows):
                    self.failures.append(f"{one.evse_id}: a hub does not have its status")

    def _tell_delivery(self, hub: str, what: str, delivery: Delivery, wanted: str = "accepted") -> None:
        words = " ".join(part for part in (delivery.code, delivery.words) if part)
        said = f" – {'the hub says: ' if delivery.code else ''}{words}" if words else ""
        self._tell(hub, f"{what} {delivery.state}{said}", good=delivery.state == wanted)

    async def _asked(self, hub: str, evse: EvseId, name: str) -> m.Authorization:
        message = m.AuthorizeToken(token=CARD, evse=evse, session=SessionIds(cpo=name))
        return await self.scene.gateway.hub(hub).send(message)

    def _tell_answer(self, hub: str, what: str, answer: Any, *, good: bool) -> None:
        reason = answer.reason
        words = " ".join(part for part in (reason.code, reason.text) if part) if reason else ""
        outcome = answer.allowed if isinstance(answer, m.Authorization) else answer.status
        session = f", session {answer.session.hub}" if answer.session.hub else ""
        self._tell(hub, f"{what} {outcome}{session}{f' – the hub says: {words}' if words else ''}", good=good)

    async def _authorise(self) -> None:
        self._act(2, f"A driver's card ({CARD.uid[:2] if CARD.uid else ''}…) is authorised through each hub")
        for number, hub in enumerate(HUBS):
            evse = self.scene.locations[number % 2].evses[0].evse_id or UNKNOWN_EVSE
            name = f"LON-CARD-{number + 1}"
            answer = await self._asked(hub, evse, name)
            self._tell_answer(hub, f"{evse}", answer, good=answer.allowed is m.Allowed.ALLOWED)
            self.sessions[hub] = (SessionIds(hub=answer.session.hub, cpo=name, emsp=answer.session.emsp), evse)

    async def _guest(self) -> None:
        self._act(3, f"Guest charging: {UNKNOWN_EVSE} was never published, and the card is authorised all the same")
        answer = await self._asked("hubject", UNKNOWN_EVSE, "LON-GUEST-1")
        self._tell_answer("hubject", f"{UNKNOWN_EVSE}", answer, good=answer.allowed is m.Allowed.ALLOWED)
        self.sessions["hubject guest"] = (SessionIds(hub=answer.session.hub, cpo="LON-GUEST-1"), UNKNOWN_EVSE)

    async def _remote(self) -> None:
        self._act(4, "A remote start and a remote stop arrive from each hub that can send them")
        for hub in ("hubject", "gireve"):
            evse = self.scene.locations[1].evses[1].evse_id
            wish = {"evse": str(evse), "token": str(CARD.contract_id), "provider": "DE-8EO"}
            began = json.loads(await self.scene.ask_simulator(hub, "remote-start", json.dumps(wish).encode()))
            started = len(self.scene.platform.started)
            self._tell(hub, f"start at {evse}: {_short(began)}", good=_accepted(began) and started > 0)
            session = json.dumps({"session": began.get("session")}).encode()
            ended = json.loads(await self.scene.ask_simulator(hub, "remote-stop", session))
            self._tell(hub, f"stop: {_short(ended)}", good=_accepted(ended))
            known = SessionIds(hub=began.get("session"), cpo=f"LON-{hub}-{started}")
            self.sessions[f"{hub} remote"] = (known, evse or UNKNOWN_EVSE)
        self.say.print(f"   – {TITLES['eclearing']}: OCHP 1.4 has no remote start without OCHPdirect", highlight=False)

    def _place(self, evse: EvseId) -> Any:
        return next(place for place in self.scene.locations if place.operator == evse.party)

    async def _settle(self) -> None:
        self._act(5, "Each session ends with a CDR that its hub accepts")
        for name, (session, evse) in self.sessions.items():
            hub = name.split()[0]
            cdr = cdr_of(session, evse, self._place(evse))
            delivery = await self._delivered(hub, m.SubmitCdr(cdr=cdr))
            self._tell_delivery(hub, f"CDR {cdr.energy_kwh} kWh at {evse}", delivery)

    async def _second_cdr(self) -> None:
        self._act(6, "A second, different CDR for the same session is set aside; tried by hand, Hubject refuses it")
        session, evse = self.sessions["hubject"]
        cdr = cdr_of(session, evse, self._place(evse), energy="99.999")
        aside = await self._delivered("hubject", m.SubmitCdr(cdr=cdr))
        self._tell_delivery("hubject", "second CDR", aside, "refused")
        await self.scene.gateway.outbox.retry(aside.id)
        self.scene.gateway.wake()
        await self.scene.gateway.engine.idle()
        self._tell_delivery("hubject", "tried by hand", await self.scene.gateway.outbox.get(aside.id), "refused")

    async def _side_by_side(self) -> None:
        self._act(7, "The same CDR, canonical and as each hub gets it, and what each translation loses")
        session, evse = self.sessions["hubject"]
        emsp = replace(session, emsp="8EO-4711")
        cdr = replace(cdr_of(emsp, evse, self._place(evse)), remark="Thank you")
        self.say.print_json(json.dumps(to_json(without_extensions(replace(cdr, place=None)))))
        message = m.SubmitCdr(cdr=cdr, partner=NLLON, operator=evse.party, transaction="LON-TX-1")
        for name, adapter in adapters().items():
            translated = translate_value(message, name)
            self.say.print(f"\n   [bold]{adapter.title}[/bold]")
            for _, document in translated.documents:
                self.say.print(_indented(document), highlight=False, markup=False, soft_wrap=True)
            self.say.print(_loss_table(translated))
            if not translated.documents:
                self.failures.append(f"{adapter.title}: no CDR was written: {translated.findings}")


def _accepted(answer: Mapping[str, Any]) -> bool:
    return answer.get("result") in (True, "accepted", "ACCEPTED", "ok")


def _short(answer: Mapping[str, Any]) -> str:
    said = answer.get("answer") or {}
    return f"{answer.get('result', answer.get('error'))} (answered {json.dumps(said, ensure_ascii=False)})"


def _indented(document: bytes) -> str:
    if document[:1] == b"{":
        return json.dumps(json.loads(document, parse_float=Decimal), indent=1, default=float, ensure_ascii=False)
    from lxml import etree

    return etree.tostring(etree.fromstring(document), pretty_print=True, encoding="unicode").rstrip()


def _gathered(losses: Sequence[Loss]) -> list[Loss]:
    """One line for everything that is lost of the place: the record goes by the EVSE's id."""
    of_place = [loss for loss in losses if ".place." in loss.source]
    others = [loss for loss in losses if ".place." not in loss.source]
    if not of_place:
        return others
    first = of_place[0]
    path = first.source.partition(".place.")[0] + ".place.*"
    return [*others, replace(first, source=path, value=f"{len(of_place)} fields", becomes=None)]


def _loss_table(translated: Translated) -> Table:
    table = Table("lost", "what", "value", "becomes", "why", title="loss report", title_justify="left", expand=False)
    for loss in _gathered(translated.losses):
        cells: Sequence[Any] = (
            loss.kind.value,
            loss.source or loss.target,
            to_json(loss.value),
            to_json(loss.becomes),
            loss.reason,
        )
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    return table


async def play() -> int:
    """Plays the story; 0 if everything went as told."""
    configure("WARNING")
    console = Console(width=None if Console().is_terminal else 160)
    with tempfile.TemporaryDirectory(prefix="roaming-gateway-") as folder:
        async with Scene(Path(folder)) as scene:
            story = Story(scene, console)
            await story.play()
    if story.failures:
        console.print(f"\n[red]{len(story.failures)} thing(s) did not go as told.[/red]")
        return 1
    console.print("\n[green]Every message arrived; what was refused is kept with the hub's words.[/green]")
    return 0
