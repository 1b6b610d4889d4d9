"""Prometheus metrics, all in one place. Labels are bounded: never an id, never a stranger's text."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """One process's metrics, in a registry of their own so that tests do not share counts.

    ``shared`` is where processes that listen on one port keep theirs together (PROMETHEUS_MULTIPROC_DIR, which the
    client library reads when it is loaded): then ``render`` tells the sums of all of them.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self.registry = CollectorRegistry()
        registry = self.registry
        self._requests = Counter(
            "hub_http_requests", "HTTP requests answered.", ["route", "method", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "hub_http_request_seconds", "Time to answer.", ["route", "method"], buckets=_FAST, registry=registry
        )
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # as many as there are series
        self._webhooks = Counter(
            "hub_webhooks", "Platform webhooks by what became of them.", ["kind", "outcome"], registry=registry
        )
        self._received: dict[tuple[str, str], Counter] = {}  # as many as there are series
        self._unknown_accounts = Counter(
            "hub_unknown_accounts",
            "Accounts in genuine shared webhooks that no tenant has.",
            ["kind"],
            registry=registry,
        )
        self._turns = Counter("hub_turns", "Turns by what became of them.", ["outcome"], registry=registry)
        self._turn_seconds = Histogram(
            "hub_turn_seconds", "Time from claim to commit.", ["outcome"], buckets=_SLOW, registry=registry
        )
        self._deliveries = Counter(
            "hub_deliveries", "Messages sent out by what became of them.", ["kind", "outcome"], registry=registry
        )
        self._model_calls = Counter(
            "hub_model_calls", "Calls to models.", ["provider", "task", "outcome"], registry=registry
        )
        self._model_seconds = Histogram(
            "hub_model_call_seconds", "Time of model calls.", ["provider", "task"], buckets=_SLOW, registry=registry
        )
        self._model_tokens = Counter(
            "hub_model_tokens", "Tokens used.", ["provider", "task", "direction"], registry=registry
        )
        self._claim_lag = Histogram(
            "hub_claim_lag_seconds", "Time from due to claimed.", ["loop"], buckets=_FAST, registry=registry
        )
        self._claim_swept = Gauge(
            "hub_claim_last_sweep_timestamp_seconds",
            "When a claim loop last looked.",
            ["loop"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._full = Gauge(
            "hub_full_tenants",
            "Tenants that have as much waiting as may wait.",
            ["kind"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._stuck = Gauge(
            "hub_stuck",
            "Messages in and deliveries out that are open longer than they should be.",
            ["kind"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._stuck_seconds = Gauge(
            "hub_stuck_oldest_seconds",
            "Age of the oldest of them.",
            ["kind"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """An HTTP request was answered. ``route`` is the template (``/tenants/{tenant}``), never the path."""
        known = self._answered.get((route, method, status))
        if known is None:
            named = method if method in _METHODS else "OTHER"
            known = self._requests.labels(route, named, str(status)), self._request_seconds.labels(route, named)
            if named == method:
                self._answered[route, method, status] = known
        counter, histogram = known
        counter.inc()
        histogram.observe(seconds)

    def response_times(self) -> dict[str, float | int | None]:
        """How many requests this process has answered, and within how many milliseconds it answered which share of
        them: `requests`, `p50_ms`, `p95_ms`, `p99_ms`, read from the histogram's buckets. `failed` of them ended with
        a fault of the hub's own, a status of 500 or above."""
        below: dict[float, float] = {}
        for family in self._request_seconds.collect():
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    bound = float(sample.labels["le"])
                    below[bound] = below.get(bound, 0.0) + sample.value
        total = below.get(inf, 0.0)
        shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
        return {
            "requests": int(total),
            "failed": self._failed(),
            **{name: _quantile(below, total * share) for name, share in shares.items()},
        }

    def _failed(self) -> int:
        samples = [sample for family in self._requests.collect() for sample in family.samples]
        counted = [one.value for one in samples if one.name.endswith("_total") and one.labels["status"] >= "500"]
        return int(sum(counted))

    def webhook(self, kind: str, outcome: str) -> None:
        """A platform's webhook ended: ``accepted``, ``duplicate``, ``forged``, ``ignored(disabled)``, ``failed`` ..."""
        counter = self._received.get((kind, outcome))
        if counter is None:
            counter = self._received[kind, outcome] = self._webhooks.labels(kind, outcome)
        counter.inc()

    def unknown_account(self, kind: str) -> None:
        """A genuine shared webhook named an account that no tenant has."""
        self._unknown_accounts.labels(kind).inc()

    def turn(self, outcome: str, seconds: float) -> None:
        """A turn ended: ``answered``, ``handed_over``, ``silent``, ``fenced``, ``failed`` ..."""
        self._turns.labels(outcome).inc()
        self._turn_seconds.labels(outcome).observe(seconds)

    def delivery(self, kind: str, outcome: str) -> None:
        """A delivery ended: ``sent``, ``retry``, ``dead``, ``unknown``, ``cancelled`` ..."""
        self._deliveries.labels(kind, outcome).inc()

    def model_call(
        self, provider: str, task: str, *, ok: bool, seconds: float, input_tokens: int = 0, output_tokens: int = 0
    ) -> None:
        """A call to a model ended."""
        self._model_calls.labels(provider, task, "ok" if ok else "failed").inc()
        self._model_seconds.labels(provider, task).observe(seconds)
        self._model_tokens.labels(provider, task, "input").inc(input_tokens)
        self._model_tokens.labels(provider, task, "output").inc(output_tokens)

    def claimed(self, loop: str, lag: float) -> None:
        """A claim loop took a piece of work that had been due for ``lag`` seconds."""
        self._claim_lag.labels(loop).observe(max(0.0, lag))

    def swept(self, loop: str) -> None:
        """A claim loop looked for work, found or not."""
        self._claim_swept.labels(loop).set_to_current_time()

    def full(self, kind: str, tenants: int) -> None:
        """So many tenants' ``inbox`` or ``outbox`` have reached their limit."""
        self._full.labels(kind).set(tenants)

    def stuck(self, kind: str, count: int, oldest: float) -> None:
        """So many of a kind (``message``, ``delivery``) are open beyond their bound, the oldest for ``oldest`` s."""
        self._stuck.labels(kind).set(count)
        self._stuck_seconds.labels(kind).set(oldest)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format; its type is ``CONTENT_TYPE``."""
        if self._shared is None:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._shared))  # type: ignore[no-untyped-call]  # the library's own
        return generate_latest(together)


def _quantile(below: Mapping[float, float], rank: float) -> float | None:
    """Milliseconds, between the bounds of the bucket that holds ``rank``; its lower bound where it has no upper."""
    lower, counted = 0.0, 0.0
    for upper in sorted(below):
        if 0 < rank <= below[upper]:
            inside = below[upper] - counted
            share = (rank - counted) / inside if inside else 1.0
            return round((lower if upper == inf else lower + (upper - lower) * share) * 1e3, 2)
        lower, counted = upper, below[upper]
    return None


def forget_process(shared: Path, pid: int) -> None:
    """Drop what is told of living processes alone, once ``pid`` has ended. Idempotent."""
    mark_process_dead(pid, str(shared))  # type: ignore[no-untyped-call]  # the library's own
