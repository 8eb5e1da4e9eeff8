"""The hub that speaks eMIP: Gireve's IOP."""

from gateway.ports import Policy, Profile, Publishing

HEARTBEAT_DEFAULT, HEARTBEAT_SHORTEST, HEARTBEAT_LONGEST = 300, 30, 3600
"""Seconds; IOP names the period it wants, its unit is inferred (errata `heartBeatPeriod`)."""

GIREVE = Profile(
    name="gireve",
    title="Gireve IOP (eMIP)",
    operator_regime="operation-per-operator",
    published_urls={"": "https://api-iop.gireve.com/api/emip"},
    mutual_tls=True,
    timeout_seconds=60.0,
    deliveries={
        "SubmitCdr": Policy(lane="cdr/{operator}"),
        "PublishStatuses": Policy(lane="evse-status", deadline_seconds=900.0),
    },
    publishing=Publishing(data=False, baseline=False, statuses_together=10),
    options={
        "pre_production_url": "https://api-pp-iop.gireve.com/api/emip",
        "heartbeat_per_operator": False,
        "closes_with": "zero-cdr",
    },
)
PROFILES = {GIREVE.name: GIREVE}
