"""The hubs that speak OICP, and their habits."""

from collections.abc import Mapping

from gateway.ports import Policy, Profile, Publishing
from gateway.tables import read_table, shipped
from gateway_oicp.demanded import untold


def fact(name: str) -> int:
    """A number that the hub goes by (`mappings/hubs.csv`)."""
    rows = read_table(shipped("mappings") / "hubs.csv")
    return next(int(row["value"]) for row in rows if row["fact"] == name)


def calls(operation: str) -> int:
    """Calls per minute that the hub's use policy allows."""
    return fact(f"rate limit {operation}")


PROFILES: Mapping[str, Profile] = {
    "hubject": Profile(
        name="hubject",
        title="Hubject",
        operator_regime="shared",
        published_urls={"": "https://service.hubject.com/api/oicp"},
        mutual_tls=True,
        timeout_seconds=30.0,
        deliveries={
            "SubmitCdr": Policy(
                lane="cdr/{session}", per_minute=calls("ChargeDetailRecord"), taken_when={"400": "CLOSED"}
            ),
            "ReportEvent": Policy(
                lane="event/{session}", per_minute=calls("ChargingNotifications"), deadline_seconds=3600.0
            ),
            "PublishEvses": Policy(lane="evse-data", per_minute=calls("PushEvseData")),
            "PublishStatuses": Policy(lane="evse-status", per_minute=calls("PushEvseStatus"), deadline_seconds=900.0),
            "PublishTokens": Policy(lane="tokens", per_minute=calls("PushAuthenticationData")),
            "PublishTariffs": Policy(lane="prices", per_minute=calls("PushPricingProductData")),
            "PublishEvseTariffs": Policy(lane="prices", per_minute=calls("PushEVSEPricing")),
        },
        publishing=Publishing(
            untold=untold,
            statuses_singly=20,
            exists={"009": r"already exists?\b"},
            exists_after_unknown={"009": r"^(?!.*in progress)"},
            unknown={"603": "", "009": r"\bnot exist|\bmissing\b"},
            hub_decides={"DynamicInfoAvailable": "auto"},
            position=r"(?i)evseDataRecord\[(\d+)\]",
        ),
        options={
            "page_size": 2000,
            "closes_with": "zero-cdr",
            "one_cdr": True,
            "stop_with": "same-medium",
            "progress_seconds": fact("seconds between progress notifications"),
        },
    ),
}
