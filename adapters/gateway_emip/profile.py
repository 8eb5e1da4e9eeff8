"""The hub that speaks eMIP: Gireve's IOP."""

from gateway.ports import Profile

HEARTBEAT_DEFAULT, HEARTBEAT_SHORTEST, HEARTBEAT_LONGEST = 300, 30, 3600
"""Seconds; IOP names the period it wants, its unit is inferred (errata `heartBeatPeriod`)."""

GIREVE = Profile(
    name="gireve",
    title="Gireve IOP (eMIP)",
    operator_regime="operation-per-operator",
    published_urls={"": "https://api-iop.gireve.com/api/emip"},
    mutual_tls=True,
    timeout_seconds=60.0,
    lane="operator",
    duplicate_is_delivered=True,
    options={
        "pre_production_url": "https://api-pp-iop.gireve.com/api/emip",
        "heartbeat_per_operator": False,
    },
)
PROFILES = {GIREVE.name: GIREVE}
