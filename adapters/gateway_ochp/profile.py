"""The hubs that speak OCHP, and their habits as data. Addresses are those of the published WSDL."""

from typing import Any

from gateway.ports import Connection, Policy, Profile, Publishing

DIRECT = "ochp_direct"
"""Whether the account's sessions can be started over OCHPdirect; only then an EVSE is published as startable."""
TOKEN_DAYS = "token_validity_days"
"""How long a published token is valid where its issuer says nothing: OCHP demands an end."""

DAY = 86_400.0
OPTIONS = {DIRECT: False, TOKEN_DAYS: 365}

ECLEARING = Profile(
    name="eclearing",
    title="e-clearing.net",
    published_urls={
        "service": "https://echs.e-clearing.net/service/ochp/v1.4",
        "live": "https://echs.e-clearing.net/live/ochp/v1.4",
        "direct": "https://echs.e-clearing.net/direct/ochp/v1.4",
    },
    timeout_seconds=300.0,
    deliveries={
        "SubmitCdr": Policy(lane="cdr", together=100, listed_is_taken=True),
        "PublishEvses": Policy(lane="evse-data", deadline_seconds=DAY),
        "PublishStatuses": Policy(lane="evse-status", deadline_seconds=900.0),
    },
    publishing=Publishing(upsert=True, baseline=False, together=1000),
    options={
        **OPTIONS,
        "test_urls": {
            "service": "https://echs-q.e-clearing.net/service/ochp/v1.4",
            "live": "https://echs-q.e-clearing.net/live/ochp/v1.4",
            "direct": "https://echs-q.e-clearing.net/direct/ochp/v1.4",
        },
    },
)

PROFILES = {ECLEARING.name: ECLEARING}


def setting(connection: Connection, name: str) -> Any:
    """The connection's own setting, else the profile's."""
    profile = PROFILES.get(connection.hub, ECLEARING)
    return connection.options.get(name, profile.options.get(name))
