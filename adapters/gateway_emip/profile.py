"""The hub that speaks eMIP: Gireve's IOP."""

from typing import Any

from gateway.ports import Connection, Policy, Profile, Publishing

HEARTBEAT_DEFAULT, HEARTBEAT_SHORTEST, HEARTBEAT_LONGEST = 300, 30, 3600
"""Seconds; IOP names the period it wants, its unit is inferred (errata `heartBeatPeriod`)."""

SYNTHETIC = "synthetic_status"
"""Whether both dimensions of an EVSE's status go in one call (grade B; the two single calls are A)."""

PLACE_NAMES = "place_names"
"""`lower` (chargingPoolId) or `upper` (ChargingPoolId): the letter case is not settled (grade C)."""

STOP_WITH, HERE, ASK = "stop_with", "same-medium-here", "ask"
"""Who may end a session with a card: the card that began it, without asking IOP; or whom IOP says yes to, asked by a
second GetServiceAuthorisation (the habit of one peer, grade B)."""

GIREVE = Profile(
    name="gireve",
    title="Gireve IOP (eMIP)",
    operator_regime="operation-per-operator",
    published_urls={"": "https://api-iop.gireve.com/api/emip"},
    mutual_tls=True,
    timeout_seconds=60.0,
    deliveries={
        "SubmitCdr": Policy(lane="cdr/{operator}", after_events=True),
        "PublishStatuses": Policy(lane="evse-status", deadline_seconds=900.0),
        "PublishAvailability": Policy(lane="evse-status", deadline_seconds=900.0),
        "ReportEvent": Policy(lane="event/{session}", deadline_seconds=3600.0),
    },
    publishing=Publishing(data=False, baseline=False, statuses_together=10),
    options={
        "pre_production_url": "https://api-pp-iop.gireve.com/api/emip",
        "heartbeat_per_operator": False,
        SYNTHETIC: False,
        "closes_with": "zero-cdr",
        "late_grant_seconds": 0,
        "cdr_token": "as-begun",
        "intermediate_cdrs": "on-request",
        STOP_WITH: HERE,
        PLACE_NAMES: "lower",
    },
)
PROFILES = {GIREVE.name: GIREVE}


def setting(connection: Connection, name: str) -> Any:
    """The connection's own setting, else the profile's."""
    return connection.options.get(name, PROFILES.get(connection.hub, GIREVE).options.get(name))
