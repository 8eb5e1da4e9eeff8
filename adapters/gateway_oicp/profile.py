"""The hubs that speak OICP, and their habits."""

from collections.abc import Mapping

from gateway.ports import Profile

PROFILES: Mapping[str, Profile] = {
    "hubject": Profile(
        name="hubject",
        title="Hubject",
        operator_regime="shared",
        published_urls={"": "https://service.hubject.com/api/oicp"},
        mutual_tls=True,
        timeout_seconds=30.0,
        lane="session",
        duplicate_is_delivered=False,
        options={"taken_when": {"400": "CLOSED"}, "page_size": 2000},
    ),
}
