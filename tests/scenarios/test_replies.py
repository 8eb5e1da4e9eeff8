"""The shipped answers: what the simulated hubs and a gateway with the demonstration's platform really say."""

import pytest

from gateway.connections import connections
from gateway.demo.scene import Platform
from gateway.gateway import Gateway
from gateway.replay import Outcome, replayed
from gateway.settings import parsed
from gateway.simulation import world
from gateway.web.app import application
from gateway.web.hosting import Hosted
from gateway.web.simulate import simulation_of
from tests.support import FIXTURES

CALLS = {
    "hubject": ("oicp/AuthorizeRemoteStart.request.json", "oicp/AuthorizeRemoteStop.request.json"),
    "gireve": (
        "emip/from_iop_set_service_authorisation_stop.xml",
        "emip/from_iop_set_session_action_emergency_stop.xml",
    ),
}


@pytest.mark.parametrize(
    ("hub", "message", "ignored"),
    [
        ("hubject", "oicp/AuthorizeStart.request.json", "sessionid"),
        ("gireve", "emip/get_service_authorisation.xml", "servicesessionid"),
        ("eclearing", "ochp/get_single_roaming_authorisation_with_a_user.xml", "expirydate"),
    ],
)
async def test_a_simulated_hub_answers_as_shipped(hub: str, message: str, ignored: str) -> None:
    path = FIXTURES / message
    async with Hosted(simulation_of(hub, world({})).application()) as hosted:
        (outcome,) = await replayed(path, hosted.url, frozenset((ignored,)))
        (other,) = await replayed(path, hosted.url)
    assert outcome == Outcome(path.name, "HTTP 200, as expected")
    assert (len(other.differences), ignored in other.differences[0].lower()) == (1, True)


async def test_a_gateway_answers_as_shipped() -> None:
    sections = {
        hub: {
            "hub": hub,
            "role": "CPO",
            "party": "NL*LON",
            "urls": {"": "http://127.0.0.1:9"},
            "insecure_loopback": True,
        }
        for hub in CALLS
    }
    gateway = Gateway(connections(parsed({"connections": sections})), Platform())
    async with Hosted(application(gateway, manage=False)) as hosted:
        said = {
            message: await replayed(FIXTURES / message, f"{hosted.url}/{hub}")
            for hub, messages in CALLS.items()
            for message in messages
        }
    await gateway.stop()
    assert {message: outcomes[0].differences for message, outcomes in said.items()} == dict.fromkeys(said, ())
