"""Metrics: every measure shows in Prometheus' format, with bounded labels, apart for each registry."""

from prometheus_client.parser import text_string_to_metric_families

from hub.telemetry.metrics import Metrics


def samples(metrics):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def test_each_measure_is_counted_under_its_labels():
    metrics = Metrics()
    metrics.request("/api/v1/tenants/{tenant}", "GET", 200, 0.02)
    metrics.request("/api/v1/tenants/{tenant}", "BREW", 405, 0.02)
    metrics.webhook("telegram", "accepted")
    metrics.unknown_account("slack")
    metrics.turn("answered", 0.7)
    metrics.delivery("telegram", "sent")
    metrics.model_call("openai", "answer", ok=False, seconds=2, input_tokens=10, output_tokens=3)
    metrics.claimed("turn", -0.1)
    metrics.swept("turn")
    found = samples(metrics)
    route = ("route", "/api/v1/tenants/{tenant}")
    assert found["hub_http_requests_total", (("method", "GET"), route, ("status", "200"))] == 1
    assert found["hub_http_requests_total", (("method", "OTHER"), route, ("status", "405"))] == 1
    assert found["hub_http_request_seconds_count", (("method", "GET"), route)] == 1
    assert found["hub_webhooks_total", (("kind", "telegram"), ("outcome", "accepted"))] == 1
    assert found["hub_unknown_accounts_total", (("kind", "slack"),)] == 1
    assert found["hub_turn_seconds_sum", (("outcome", "answered"),)] == 0.7
    assert found["hub_deliveries_total", (("kind", "telegram"), ("outcome", "sent"))] == 1
    assert found["hub_model_calls_total", (("outcome", "failed"), ("provider", "openai"), ("task", "answer"))] == 1
    assert found["hub_model_tokens_total", (("direction", "input"), ("provider", "openai"), ("task", "answer"))] == 10
    assert found["hub_claim_lag_seconds_sum", (("loop", "turn"),)] == 0
    assert found["hub_claim_last_sweep_timestamp_seconds", (("loop", "turn"),)] > 1_700_000_000


def test_two_registries_do_not_share_counts():
    one, other = Metrics(), Metrics()
    one.unknown_account("slack")
    assert ("hub_unknown_accounts_total", (("kind", "slack"),)) not in samples(other)


def test_answers_that_failed_are_counted_apart() -> None:
    metrics = Metrics()
    for status in (200, 404, 500, 503, 503):
        metrics.request("/tenants/{tenant}", "GET", status, 0.01)
    told = metrics.response_times()
    assert (told["requests"], told["failed"]) == (5, 3)
