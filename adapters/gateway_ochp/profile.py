"""The hubs that speak OCHP, and their habits as data. Addresses are those of the published WSDL."""

from typing import Any

from gateway.ports import Connection, Policy, Profile, Publishing

DIRECT = "ochp_direct"
"""Whether the account's sessions can be started over OCHPdirect; only then an EVSE is published as startable."""
DIRECT_URL = "ochp_direct_url"
"""Where partners call us: the address of this connection, as they reach it (`https://roaming.example.com/clearing`)."""
DIRECT_ALLOW, DIRECT_DENY = "ochp_direct_allow", "ochp_direct_deny"
"""Patterns of the ids that our endpoint is for; where none are allowed by name, all of our operators or our party."""
TOKEN_DAYS = "token_validity_days"
"""How long a published token is valid where its issuer says nothing: OCHP demands an end."""
TOKEN_RENEWAL = "token_renewal_days"
"""How many days before its end such a token is prolonged; 0: never."""
STATUS_VALIDITY = {
    "AVAILABLE": 300,
    "BLOCKED": 300,
    "CHARGING": 1200,
    "RESERVED": 900,
    "OUTOFORDER": 3600,
    "INOPERATIVE": 3600,
    "UNKNOWN": 3600,
}
"""Seconds that a status holds by the advice of OCHP 1.4 (EvseStatusType: near future for available and blocked, the
expected end for charging, reserved and out of order); used where the platform leaves the prolonging to the gateway."""
VERSION = "version"
"""The release of OCHP that the hub has switched the account to: 1.4 or 1.4.1."""
PERMISSIONS = "permissions"
"""What the holder of a published token may pay for, where it does not say it itself: OCHP 1.4.1 demands a word."""

DAY = 86_400.0
OPTIONS = {
    DIRECT: False,
    DIRECT_URL: "",
    DIRECT_ALLOW: (),
    DIRECT_DENY: (),
    TOKEN_DAYS: 365,
    TOKEN_RENEWAL: 30,
    "status_validity_seconds": STATUS_VALIDITY,
    VERSION: "1.4",
    PERMISSIONS: ("AC", "DC"),
    "progress_seconds": 900,
    "events_of": "commands",
    "tells_of_cdr": True,
    "sessions_named_by": "operator",
}

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
        "ConfirmCdrs": Policy(lane="cdr-confirmation", together=100),
        "PublishEvses": Policy(lane="evse-data", deadline_seconds=DAY),
        "ReportEvent": Policy(lane="event/{session}", deadline_seconds=DAY),
        "PublishStatuses": Policy(lane="evse-status", deadline_seconds=900.0),
    },
    publishing=Publishing(upsert=True, baseline=False, together=1000, parking=True),
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
