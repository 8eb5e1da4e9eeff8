"""What stands against a CDR beside its schema and its sums: wall clocks that nobody has told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.findings import Severity
from gateway_ochp.rules import Judgement

if TYPE_CHECKING:
    from gateway_ochp import wire

AT_UTC = frozenset(
    ("GBR", "IRL", "PRT", "ESP", "ISL", "FRO", "GGY", "JEY", "IMN", "MAR", "ESH", "GHA", "SEN", "CIV", "MLI", "TGO")
)  # fmt: skip
"""Countries where some wall clock shows UTC, at least in winter (ISO 3166-1 alpha-3; IANA time zone database)."""


def offset_is_of_the_place(info: "wire.CdrInfo") -> Iterator[Judgement]:
    """OCHP 1.4, LocalDateTimeType: the wall clock of the charge point. UTC in another form is none."""
    address = info.charge_point_address
    country = address.country if address is not None else None
    told = [moment for moment in (info.start_date_time, info.end_date_time) if moment is not None]
    if not told or country in AT_UTC or any(moment.utcoffset() != timedelta() for moment in told):
        return
    where = f"in {country}" if country else "of the place"
    text = f"the offset +00:00 is hardly that of a wall clock {where}: the time zone of the place was not told"
    yield "/startDateTime", Severity.WARNING, "offset", text
