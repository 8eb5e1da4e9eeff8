"""What the commands on EVSE networks share: the registry, names, and filters as options."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gateway.cli.common import with_gateway
from gateway.errors import Invalid
from gateway.findings import Finding, Severity

if TYPE_CHECKING:
    from gateway.networks import EvseFilter, EvseNetworks

T = TypeVar("T")
Network = Annotated[str, typer.Argument(help="The network's name or id.")]
Group = Annotated[str, typer.Argument(help="The group's name.")]
ByEvse = Annotated[str, typer.Option("--evse", help="Part of the EVSE id; separators do not count.")]
ByPlace = Annotated[str, typer.Option("--location", help="Part of the location's id, name or address.")]
ByPower = Annotated[str, typer.Option("--power-type", help="AC, DC, or a power type as AC_3_PHASE.")]
FromKw = Annotated[str, typer.Option("--from-kw", help="Least output in kW.")]
ToKw = Annotated[str, typer.Option("--to-kw", help="Most output in kW.")]
ByOperator = Annotated[str, typer.Option("--operator", help="The operator's id, as DELON.")]
ByGroup = Annotated[str, typer.Option("--group", help="The group's name.")]


def on_networks(config: Path, work: "Callable[[EvseNetworks], Awaitable[T]]") -> T:
    return with_gateway(config, lambda gateway: work(gateway.networks))


def wrong(text: str) -> Invalid:
    return Invalid([Finding("", Severity.ERROR, "networks", text)])


def _kw(text: str) -> Decimal | None:
    """Raises Invalid."""
    try:
        output = Decimal(text) if text else None
    except InvalidOperation:
        output = Decimal("NaN")
    if output is not None and not output.is_finite():
        raise wrong(f"{text!r} is no output in kW")
    return output


@dataclass(frozen=True)
class Given:
    """A filter as it is typed; empty: not given."""

    evse: str = ""
    location: str = ""
    power_type: str = ""
    from_kw: str = ""
    to_kw: str = ""
    operator: str = ""
    group: str = ""

    def filter(self) -> "EvseFilter":
        """Raises Invalid."""
        from gateway.model.ids import PartyId
        from gateway.networks import EvseFilter

        try:
            return EvseFilter(
                evse=self.evse or None,
                location=self.location or None,
                power_type=self.power_type.upper() or None,
                min_kw=_kw(self.from_kw),
                max_kw=_kw(self.to_kw),
                operator=PartyId.parse(self.operator) if self.operator else None,
                group=self.group or None,
            )
        except ValueError as error:
            raise wrong(str(error)) from None
