"""The demonstration, over real HTTP."""

import io

import pytest
from rich.console import Console

from gateway.demo.scene import Scene
from gateway.demo.story import Story


@pytest.fixture
def told() -> io.StringIO:
    return io.StringIO()


async def test_the_story_goes_as_told_and_every_hub_speaks(
    tmp_path_factory: pytest.TempPathFactory, told: io.StringIO
) -> None:
    async with Scene(tmp_path_factory.mktemp("story")) as scene:
        story = Story(scene, Console(file=told, width=200))
        await story.play()
        deliveries = await scene.gateway.deliveries()
        records = await scene.gateway.journal.records()
    assert story.failures == []
    states = [(one.connection, one.kind, one.state, one.code) for one in deliveries if one.kind == "SubmitCdr"]
    assert sorted(states) == [
        ("eclearing", "SubmitCdr", "accepted", "ok"),
        ("gireve", "SubmitCdr", "accepted", "1"),
        ("gireve", "SubmitCdr", "accepted", "1"),
        ("hubject", "SubmitCdr", "accepted", "000"),
        ("hubject", "SubmitCdr", "accepted", "000"),
        ("hubject", "SubmitCdr", "accepted", "000"),
        ("hubject", "SubmitCdr", "refused", "400"),
    ]
    assert "Session found but status is not valid CLOSED!" in told.getvalue()
    assert {record.direction for record in records} == {"in", "out"}
    assert not any("04A2B3C4D5E680" in record.request + (record.response or "") for record in records)
