"""What real traffic shows, as it happens: deliveries, exchanges, signs of life. A note costs microseconds."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.journal import Exchange

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_MOST_COUNTS, _LONGEST_CODE = 1000, 40
"""A hub's own texts may turn up as codes: what is counted by them has an end."""
ACCEPTED, CALLED = "accepted", "called"


class Metrics:
    """One gateway's counters, in a registry of their own. `hubs`: connection → hub."""

    def __init__(self, hubs: Mapping[str, str]) -> None:
        self.registry = CollectorRegistry()
        self.began = datetime.now(UTC)
        self._hubs = hubs
        self._signs: dict[tuple[str, str], float] = {}
        self._counts: dict[tuple[str, ...], Counter] = {}
        self._times: dict[tuple[str, ...], Histogram] = {}
        self._deliveries = Counter(
            "roaming_gateway_deliveries",
            "Tries of owed messages, by what became of the entry.",
            ("connection", "hub", "kind", "state", "code"),
            registry=self.registry,
        )
        self._exchanges = Counter(
            "roaming_gateway_exchanges",
            "Requests to hubs (out) and from them (in): the HTTP status, or the class of the failure.",
            ("hub", "direction", "operation", "outcome"),
            registry=self.registry,
        )
        self._zero = Counter(
            "roaming_gateway_prices_zero",
            "Questions for the price of an EVSE that is in no group while an offer is active: it costs nothing.",
            ("connection",),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "roaming_gateway_exchange_seconds",
            "How long requests to hubs (out) and from them (in) took.",
            ("hub", "direction", "operation"),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def priced_zero(self, connection: str) -> None:
        """An EVSE in no group was asked for its price."""
        self._zero.labels(connection).inc()

    def delivered(self, connection: str, kind: str, state: str, code: str | None, seconds: float) -> None:
        """A try of an owed message: the state that it brought the entry to, and the hub's code."""
        key = (connection, kind, state, code or "")
        (self._counts.get(key) or self._delivery(key)).inc()
        if state == "accepted":
            self._signs[connection, ACCEPTED] = time.time()

    def exchanged(
        self, connection: str, direction: str, operation: str | None, outcome: int | str, seconds: float
    ) -> None:
        """A request and its end: `outcome` is the HTTP status, or the class of the failure."""
        timed = (connection, direction, operation or "")
        (self._times.get(timed) or self._time(timed)).observe(seconds)
        key = (*timed, str(outcome), "exchange")
        (self._counts.get(key) or self._exchange(key)).inc()
        if direction == "in" and isinstance(outcome, int) and outcome < 400:
            self._signs[connection, CALLED] = time.time()

    def _delivery(self, key: tuple[str, ...]) -> Counter:
        """The counter of these labels, kept at hand: finding it among all costs more than counting."""
        connection, kind, state, code = key
        known = len(self._counts) < _MOST_COUNTS and len(code) <= _LONGEST_CODE
        child = self._deliveries.labels(
            connection, self._hubs.get(connection, ""), kind, state, code if known else "other"
        )
        return self._counts.setdefault(key, child) if known else child

    def _exchange(self, key: tuple[str, ...]) -> Counter:
        connection, direction, operation, outcome, _ = key
        child = self._exchanges.labels(self._hubs.get(connection, ""), direction, operation, outcome)
        return self._counts.setdefault(key, child)

    def _time(self, key: tuple[str, ...]) -> Histogram:
        connection, direction, operation = key
        child = self._seconds.labels(self._hubs.get(connection, ""), direction, operation)
        return self._times.setdefault(key, child)

    def saw(self, exchange: Exchange) -> None:
        """An exchange has ended."""
        outcome: int | str = exchange.response.status if exchange.response is not None else "none"
        if exchange.error:
            outcome = exchange.error.partition(":")[0]
        seconds = time.perf_counter() - exchange.began
        self.exchanged(exchange.connection, exchange.direction, exchange.operation, outcome, seconds)

    def signs(self) -> Mapping[tuple[str, str], datetime]:
        """What was heard of connections since this was last asked."""
        heard, self._signs = self._signs, {}
        return {sign: datetime.fromtimestamp(at, UTC) for sign, at in heard.items()}
