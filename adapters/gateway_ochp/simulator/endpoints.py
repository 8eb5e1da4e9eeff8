"""Direct endpoints at the simulated clearing house: uploaded for a day, given to connected partners (inventory a.13).

With the setting `endpoint_hours` the hours of the day hold: those of tomorrow are taken until 12:00 UTC, and given from
then on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from gateway.model.ids import PartyId
from gateway.simulation import Desk
from gateway_ochp import wire
from gateway_ochp.simulator.accounts import CPO, DIRECT, EMSP, Account, Accounts, prefix_of
from gateway_ochp.simulator.rules import complaints, result, said
from gateway_ochp.simulator.settings import ENDPOINT_HOURS, setting

AnyEndpoint = wire.ProviderEndpoint | wire.OperatorEndpoint
NOON = time(12)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EARLY, LATE = timedelta(minutes=10), timedelta(minutes=30)
"""How long before its day begins, and after it has ended, a token is good."""


@dataclass(frozen=True)
class Listed:
    """One endpoint as uploaded, and whose account it is."""

    account: str
    endpoint: AnyEndpoint

    @property
    def role(self) -> str:
        return EMSP if isinstance(self.endpoint, wire.ProviderEndpoint) else CPO

    @property
    def parties(self) -> frozenset[PartyId]:
        return frozenset(party for one in self.endpoint.whitelist if (party := prefix_of(one)) is not None)

    @property
    def name(self) -> tuple[str, str, str | None, date | None]:
        return self.account, self.role, self.endpoint.url, self.endpoint.valid_date


class ServiceEndpoints:
    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk, self._accounts = desk, accounts
        self.listed: list[Listed] = []

    # --- uploaded ------------------------------------------------------------------------------------------------

    def add(self, request: wire.AddServiceEndpointsRequest, account: Account) -> wire.AddServiceEndpointsResponse:
        """All or nothing: there is no list of refused endpoints."""
        endpoints: list[AnyEndpoint] = [*request.provider_endpoint_array, *request.operator_endpoint_array]
        given = [Listed(account.user, one) for one in endpoints]
        found = complaints(request)
        code, text = (wire.FORMAT, said(found)) if found else self._against(given, account)
        if not text:
            self.keep(given)
        return wire.AddServiceEndpointsResponse(result=result(code, text) if text else result())

    def _against(self, given: Sequence[Listed], account: Account) -> tuple[str, str]:
        """(code, what is wrong), or no text."""
        foreign = [
            pattern
            for one in given
            for pattern in one.endpoint.whitelist
            if not account.owns(prefix_of(pattern), one.role)
        ]
        if foreign:
            return wire.INVALID_ID, f"not valid for this user: {', '.join(foreign)}"
        late = next((text for one in given if (text := self._against_day(one.endpoint))), "")
        return wire.FORMAT, late or self._against_tokens(given)

    def _against_day(self, endpoint: AnyEndpoint) -> str:
        now = self._desk.now().astimezone(UTC)
        if not is_safe(endpoint.url):
            return f"{endpoint.url} is not https"
        if endpoint.valid_date is None or endpoint.valid_date < now.date():
            return f"validDate {endpoint.valid_date} is over"
        due = datetime.combine(endpoint.valid_date - timedelta(days=1), NOON, UTC)
        if setting(self._desk.world, ENDPOINT_HOURS) and now >= due:
            return f"an endpoint of {endpoint.valid_date} has to be here by 12:00 UTC of the day before"
        return ""

    def _against_tokens(self, given: Sequence[Listed]) -> str:
        renewed = {one.name for one in given}
        taken = [one.endpoint.access_token for one in self.listed if one.name not in renewed]
        tokens = [one.endpoint.access_token for one in given]
        if any(token in taken for token in tokens) or len(set(tokens)) < len(tokens):
            return "accessToken is not unique"
        return ""

    def keep(self, given: Sequence[Listed]) -> None:
        """In the place of those of the same account, role, address and day."""
        renewed = {one.name for one in given}
        self.listed = [one for one in self.listed if one.name not in renewed] + [*given]

    # --- given ---------------------------------------------------------------------------------------------------

    def get(self, _: wire.GetServiceEndpointsRequest, account: Account) -> wire.GetServiceEndpointsResponse:
        found = [one.endpoint for one in self._given() if self._is_for(one, account)]
        if not found:
            nobody = result(wire.ROAMING, "no partner has endpoints for this user")
            return wire.GetServiceEndpointsResponse(result=nobody)
        return wire.GetServiceEndpointsResponse(
            result=result(),
            provider_endpoint_array=tuple(one for one in found if isinstance(one, wire.ProviderEndpoint)),
            operator_endpoint_array=tuple(one for one in found if isinstance(one, wire.OperatorEndpoint)),
        )

    def _given(self) -> Iterator[Listed]:
        now = self._desk.now().astimezone(UTC)
        hours = setting(self._desk.world, ENDPOINT_HOURS)
        for one in self.listed:
            day = one.endpoint.valid_date or date.min
            shown = datetime.combine(day - timedelta(days=1), NOON, UTC) if hours else datetime.min.replace(tzinfo=UTC)
            if shown <= now < valid(day)[1]:
                yield one

    def _is_for(self, one: Listed, account: Account) -> bool:
        if one.role == EMSP:
            return any(account.sees_provider(party, DIRECT) for party in one.parties)
        return any(account.sees_operator(party, DIRECT) for party in one.parties)

    # --- known to partners ---------------------------------------------------------------------------------------

    def of_token(self, token: str, role: str) -> Iterator[Listed]:
        """Those of this role that the token belongs to and is good for now."""
        now = self._desk.now()
        for one in self.listed:
            begins, ends = valid(one.endpoint.valid_date or date.min)
            if one.endpoint.access_token == token and one.role == role and begins <= now < ends:
                yield one

    def reach(self, role: str, compact: str) -> Listed | None:
        """The endpoint of today for an id without separators; of several the one that speaks the highest version."""
        today = self._desk.now().astimezone(UTC).date()
        fitting = [
            one
            for one in self.listed
            if one.role == role
            and one.endpoint.valid_date == today
            and _matches(one.endpoint.whitelist, compact)
            and not _matches(one.endpoint.blacklist, compact)
        ]
        return max(fitting, key=lambda one: one.endpoint.namespace_url or "", default=None)


def is_safe(url: str | None) -> bool:
    """TLS, or nothing but this machine."""
    parts = urlsplit(url or "")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def valid(day: date) -> tuple[datetime, datetime]:
    """From when until before when a token of this day is good: 23:50 of the day before to 00:30 of the day after."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    midnight = datetime.combine(day, time(), UTC)
    return midnight - EARLY, midnight + timedelta(days=1) + LATE


def _matches(patterns: Iterable[str], compact: str) -> bool:
    """Case counts; `%` at the end stands for any rest."""
    return any(compact.startswith(one[:-1]) if one.endswith("%") else compact == one for one in patterns)
