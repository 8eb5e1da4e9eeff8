"""What OICP demands of a place and OCPI does not know: who says it, before anything is published.

The crosswalk has a value for every mandatory field, so that messages can be translated and the loss report names what
was filled in. To a hub we say only what somebody has said. Fields that have a word for "not told", or follow from the
publishing itself, are not here: DynamicInfoAvailable `auto`, ValueAddedServices `None`, CalibrationLawDataAvailability
`Not Available`, PaymentOptions `Contract`, IsHubjectCompatible.
"""

from collections.abc import Sequence

from gateway.findings import Finding, Severity
from gateway.model.location import Location
from gateway_oicp.derived import told_access


def untold(location: Location) -> Sequence[Finding]:
    """Of a location with one EVSE, completed by the settings (OICP 2.3, EvseDataRecord: mandatory fields)."""
    mix, times, evse = location.energy_mix, location.opening_times, location.evses[0]
    missing = {
        "/evses/0/access": ("accessibility", told_access(location, evse) is None),
        "/energy_mix/is_green_energy": ("word on renewable energy", mix is None or mix.is_green_energy is None),
        "/opening_times": ("opening times", times is None or (times.twentyfourseven is None and not times.regular)),
    }
    return [
        Finding(pointer, Severity.ERROR, "untold", f"no {what}")
        for pointer, (what, is_missing) in missing.items()
        if is_missing
    ]
