"""What Prometheus reads: the counters of traffic, and gauges of what the store shows at the moment of asking."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.metrics import Metrics
from gateway.monitoring import Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Gauges:
    """The gauges of one snapshot, as a registry that is asked once."""

    def __init__(self, found: Snapshot) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        for family in (_queues, _backlog, _connections, _turns, _budgets, _certificates, _unpriced, _pulses):
            yield from family(self._found)


def exposition(metrics: Metrics, found: Snapshot) -> bytes:
    """The page of `/metrics`."""
    return generate_latest(metrics.registry) + generate_latest(_Gauges(found))


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"roaming_gateway_{name}", text, labels=labels)


def _queues(found: Snapshot) -> Iterator[Metric]:
    count = _gauge("queue_entries", "Owed messages that are not settled.", "connection", "kind", "state")
    oldest = _gauge("queue_oldest_seconds", "Age of the oldest of them.", "connection", "kind", "state")
    overdue = _gauge("queue_overdue", "Those past their deadline.", "connection", "kind", "state")
    for queue in found.queues:
        labels = (queue.connection, queue.kind, queue.state)
        count.add_metric(labels, queue.count)
        oldest.add_metric(labels, _age(queue.oldest, found.at))
        overdue.add_metric(labels, queue.overdue)
    stuck = _gauge("lanes_stuck", "Lanes that could be delivered and that nobody takes up.")
    stuck.add_metric((), len(found.stuck))
    yield from (count, oldest, overdue, stuck)


def _backlog(found: Snapshot) -> Iterator[Metric]:
    count = _gauge("inbox_items", "What hubs gave us and the backend has not answered for.", "connection")
    oldest = _gauge("inbox_oldest_seconds", "Age of the oldest of them.", "connection")
    for backlog in found.backlog:
        count.add_metric((backlog.connection,), backlog.count)
        oldest.add_metric((backlog.connection,), _age(backlog.oldest, found.at))
    yield from (count, oldest)


def _connections(found: Snapshot) -> Iterator[Metric]:
    silent = _gauge("silent", "1: somebody charges, and nothing was accepted or called for too long.", "connection")
    heard = _gauge("heard_seconds", "Since the connection last accepted something or called.", "connection")
    for name in sorted({*found.heard, *found.silent}):
        silent.add_metric((name,), float(name in found.silent))
    for name, at in sorted(found.heard.items()):
        heard.add_metric((name,), _age(at, found.at))
    yield from (silent, heard)


def _turns(found: Snapshot) -> Iterator[Metric]:
    failures = _gauge("job_failures", "Failed runs in a row of periodic work.", "connection", "job")
    late = _gauge("job_late_seconds", "How long periodic work has been due.", "connection", "job")
    for turn in found.turns:
        failures.add_metric((turn.connection, turn.job), turn.failures)
        waits = turn.leased_until is None or datetime.fromisoformat(turn.leased_until) <= found.at
        late.add_metric((turn.connection, turn.job), max(0.0, _age(turn.next_at, found.at)) if waits else 0.0)
    yield from (failures, late)


def _budgets(found: Snapshot) -> Iterator[Metric]:
    left = _gauge("budget_left_ratio", "Share of a hub's budget of calls that is left now.", "connection", "kind")
    for (connection, kind), share in sorted(found.budgets.items()):
        left.add_metric((connection, kind), share)
    yield left


def _certificates(found: Snapshot) -> Iterator[Metric]:
    days = _gauge("certificate_days_left", "Negative: it has expired. NaN: it cannot be read.", "connection", "use")
    for one in found.certificates:
        days.add_metric((one.connection, one.use), float("nan") if one.days is None else one.days)
    yield days


def _unpriced(found: Snapshot) -> Iterator[Metric]:
    count = _gauge("evses_unpriced", "EVSEs in no group while an offer is active: their price is zero.", "connection")
    for connection, number in sorted(found.unpriced.items()):
        count.add_metric((connection,), number)
    yield count


def _pulses(found: Snapshot) -> Iterator[Metric]:
    names = ("connection", "operator")
    overdue = _gauge("heartbeat_overdue_seconds", "Since the next heartbeat was due; 0: in time.", *names)
    ahead = _gauge("hub_clock_ahead_seconds", "How far the hub's clock is ahead of ours.", *names)
    for pulse in found.pulses:
        overdue.add_metric((pulse.connection, pulse.operator), pulse.overdue_seconds)
        if pulse.ahead_seconds is not None:
            ahead.add_metric((pulse.connection, pulse.operator), pulse.ahead_seconds)
    yield from (overdue, ahead)


def _age(moment: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(moment)).total_seconds()
